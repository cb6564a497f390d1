#!/usr/bin/env bash
# The demo behind `make demo`: examples/pi as the user `scientist`, on the sandbox that is up.
set -euo pipefail
cd "$(dirname "$0")/.."
KUBECONFIG=$(bin/sandbox kubeconfig scientist)
export KUBECONFIG

say() { if [[ -t 1 && -z ${NO_COLOR:-} ]]; then printf '\n\033[1m%s\033[0m\n' "$*"; else printf '\n%s\n' "$*"; fi; }

# Safe to run twice.
if bin/odh training describe pi >/dev/null 2>&1; then
  say "The pi of the run before makes room for this one:"
  bin/odh training delete pi --yes --wait
fi

say "\$ odh training run -f examples/pi/pi.yaml"
bin/odh training run -f examples/pi/pi.yaml

say "\$ odh training describe pi"
bin/odh training describe pi

say "Everything stays up. To try next, as scientist in team-a:"
cat <<NEXT

  export KUBECONFIG=$KUBECONFIG PATH=$PWD/bin:\$PATH
  odh training list
  odh training logs pi --all-workers
  odh training run hello --image mpijob.sandbox/openmpi:4.1 --workers 3 -- hostname
  odh training run broken --image mpijob.sandbox/openmpi:4.1 --workers 2 -- mpi-fault --exit-rank 1 --exit-code 3   # fails on purpose, and says why

  make down          removes all of it

The dashboard, whose certificate the sandbox has signed itself; sign in as scientist with the token that this prints
(\`bin/sandbox status\` says both again):

  https://127.0.0.1:8443/
  bin/sandbox token scientist

The same over REST; https://127.0.0.1:8443/docs describes all that there is:

  TOKEN=\$(bin/sandbox token scientist)
  curl --cacert ${KUBECONFIG%/kubeconfig/*}/tls/ca.crt -H "Authorization: Bearer \$TOKEN" \\
    https://127.0.0.1:8443/api/v1/namespaces/team-a/trainingjobs
NEXT
