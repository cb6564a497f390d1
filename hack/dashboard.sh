#!/usr/bin/env bash
# dashboard.sh build: builds the dashboard into dashboard/dist, where its sources have changed. What was built is
# kept by content outside the clone: another clone of the same takes it from there.
# dashboard.sh check: types, lint, unit tests, and that the API's types are those of the contract.
# dashboard.sh browser [NAME…]: the tests of e2e, or of those files, on the sandbox that is up, in Chromium and their core in
# Firefox; --project=firefox is that alone. PICTURES=1 keeps the docs' pictures, METRICS=1 takes in
# what needs metrics-server.
# dashboard.sh visual [ARG…]: every page's states beside their pictures in visual/pictures, with axe, and what is spoken of them; UPDATE=1 takes those anew. RECORD=1 asks the sandbox that is up for the answers that are shown.
# dashboard.sh bench: how soon the list of 1,000 jobs is there, how it scrolls, and a change until it is seen, also on a CPU
# of a quarter, TIMES=5; typing in a long manifest; and the memory of a log that is followed for MINUTES=1, 60 being an hour. Or of those files alone.
# dashboard.sh cluster: a change on the sandbox that is up until it is on the screen.
# dashboard.sh lighthouse: what Lighthouse says of the pages, on a desktop and on a phone.
set -euo pipefail
cd "$(dirname "$0")/../dashboard"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mpijob-sandbox/dashboard
built=node_modules/.dist # as vite.config.ts has it
readonly oldest=18

# tools makes sure of npm, and says whether there is one that will do.
tools() {
  ../hack/need.sh npm node=nodejs && (($(node -p 'process.versions.node.split(".")[0]') >= oldest))
}

# packages [FOLDER] installs what package-lock.json there names, where that has changed.
packages() {
  local in=${1:-.}
  cmp -s "$in/package-lock.json" "$in/node_modules/.lock" && return
  npm --prefix "$in" ci --no-audit --no-fund --loglevel=error
  cp "$in/package-lock.json" "$in/node_modules/.lock"
}

# The help page is made of the docs' own.
sources() {
  git ls-files -co --exclude-standard -- . ../docs/troubleshooting.md ':!e2e' ':!visual' ':!bench' ':!embed.go' ':!README.md' ':!eslint.config.js' ':!*.test.ts' ':!*.test.tsx' | LC_ALL=C sort
}

# take puts a folder's files into dist.
take() {
  find dist -mindepth 1 -not -name .gitkeep -delete
  cp -r "$1"/. dist/
  echo "$2" >dist/.built
}

build() {
  local hash started=$SECONDS
  hash=$(sources | xargs -d '\n' sha256sum | sha256sum | cut -c1-16)
  [[ -f dist/.built && $(<dist/.built) == "$hash" ]] && return
  if [[ -f $cache/$hash/index.html ]]; then
    take "$cache/$hash" "$hash"
    return
  fi
  if ! tools; then
    echo "The dashboard is left out: to build it needs npm and Node.js $oldest or later. The rest works without it." >&2
    return
  fi
  echo '  …  build dashboard (about 60 s)'
  packages
  npm run -s build
  mkdir -p "$cache"
  local new
  new=$(mktemp -d "$cache/new.XXXXXX") # another clone may be building the same
  cp -r "$built" "$new/$hash"
  mv -T "$new/$hash" "$cache/$hash" 2>/dev/null || [[ -f $cache/$hash/index.html ]] # it came first
  rm -rf "$new"
  take "$built" "$hash"
  echo "  ✓  build dashboard  $((SECONDS - started)) s"
}

check() {
  tools || { echo "the dashboard's checks need npm and Node.js $oldest or later" >&2; return 1; }
  packages
  npm run -s check
}

# chromium_is_there and firefox_is_there install a browser where none is named.
chromium_is_there() { [[ -n ${CHROMIUM:-} ]] || ../hack/need.sh chromium=chromium,fonts-dejavu-core; }
firefox_is_there() { [[ -n ${FIREFOX:-} ]] || ../hack/need.sh firefox-esr; }

browser() {
  tools || { echo "the dashboard's tests need npm and Node.js $oldest or later" >&2; return 1; }
  chromium_is_there
  [[ " $* " == *" --project=chromium "* ]] || firefox_is_there
  packages
  beside npx playwright test "$@"
}

visual() {
  tools || { echo "the dashboard's pictures need npm and Node.js $oldest or later" >&2; return 1; }
  chromium_is_there
  packages
  packages visual/host
  build
  local how=(../hack/apart.sh --)
  [[ -z ${RECORD:-} ]] || how=(beside)
  "${how[@]}" npx playwright test -c visual/playwright.config.ts ${UPDATE:+--update-snapshots=all} "$@"
}

# alone runs what is measured with a network of its own: it speaks to this machine only.
alone() {
  (cd .. && go build -o /dev/null ./dashboard/bench/served) # it has nowhere to get modules from then
  ../hack/apart.sh -- "$@"
}

# beside runs what looks at the sandbox that is up with a network of its own, from which its API server and its dashboard
# can be reached.
beside() {
  local server dashboard=${DASHBOARD:-https://127.0.0.1:8443}
  server=$(sed -n 's|^ *server: https://||p' "$(../bin/sandbox kubeconfig admin)")
  ../hack/apart.sh "$server" "${dashboard#https://}" -- "$@"
}

bench() {
  tools || { echo "to measure the dashboard needs npm and Node.js $oldest or later" >&2; return 1; }
  chromium_is_there
  packages
  alone npx playwright test -c bench/playwright.config.ts "$@"
}

cluster() {
  tools || { echo "to measure the dashboard needs npm and Node.js $oldest or later" >&2; return 1; }
  chromium_is_there
  packages
  beside npx playwright test -c bench/cluster.config.ts
}

lighthouse() {
  tools || { echo "to measure the dashboard needs npm and Node.js $oldest or later" >&2; return 1; }
  chromium_is_there
  packages
  packages bench/lighthouse
  alone npx playwright test -c bench/lighthouse/playwright.config.ts
}

case "${1:-}" in
build | check | browser | visual | bench | cluster | lighthouse) "$@" ;;
*) echo "usage: $0 build|check|browser|visual|bench|cluster|lighthouse [NAME…]" >&2; exit 2 ;;
esac
