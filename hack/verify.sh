#!/usr/bin/env bash
# What `make verify` checks, each in one line of output; every problem is shown before it fails.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
failed=0

# check NAME MEND COMMAND…: runs the command; on failure shows its output and how to mend it.
check() {
  local name=$1 mend=$2 out start=$SECONDS
  shift 2
  if out=$("$@" 2>&1); then
    printf '  ok    %-28s %3ds\n' "$name" $((SECONDS - start))
  else
    printf '  FAIL  %-28s %3ds\n%s\n        mend: %s\n' "$name" $((SECONDS - start)) "$out" "$mend"
    failed=1
  fi
}

formatted() { local f; f=$(git ls-files '*.go' | xargs gofmt -l) || return; [[ -z $f ]] || { echo "$f"; return 1; }; }
vetted() { go vet -tags e2e,failures,gang,matrix,metrics,parity,service,writes ./... && (cd sandbox && go vet ./...) && (cd bench && go vet ./...); }
tidy() { go mod tidy -diff && (cd sandbox && go mod tidy -diff) && (cd bench && go mod tidy -diff); }
# Edits that are not committed yet are no fault of the generators: only what they change counts.
files() { git ls-files -z --cached --others --exclude-standard config docs internal pkg | xargs -0 sha256sum 2>/dev/null; }
generated() {
  local before
  before=$(files)
  go generate ./... || return
  diff <(echo "$before") <(files) | sed -n 's/^[<>] [0-9a-f]* */stale: /p' | sort -u | grep . && return 1
  return 0
}
linted() { make -s lint; }
shells() { git ls-files '*.sh' '.ci/run' ':!*/testdata/*' | xargs shellcheck --severity=warning; }
# The product's module stays free of the sandbox's: nobody who imports the SDK inherits Kubernetes' server.
lean() { local deps; deps=$(go list -deps ./...) || return; ! grep -E '^(k8s.io/kubernetes|go.etcd.io/etcd/server|github.com/coredns)' <<<"$deps"; }

check "gofmt" "gofmt -w ." formatted
check "go vet" "see above" vetted
check "go.mod tidy" "go mod tidy in the module named" tidy
check "generated files" "make generate, then commit" generated
check "product module is lean" "keep the sandbox's parts in its own modules" lean
check "golangci-lint" "make lint" linted
check "shellcheck" "see above" shells
exit $failed
