#!/usr/bin/env bash
# The tour behind `make tour`: a job fails for lack of memory, says so, and is mended by one command.
# As the user `scientist`, on the sandbox that is up. Nothing in it is played: the kernel kills the rank.
set -euo pipefail
cd "$(dirname "$0")/.."
KUBECONFIG=$(bin/sandbox kubeconfig scientist)
export KUBECONFIG PATH=$PWD/bin:$PATH

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\033[1m' dim=$'\033[2m' off=$'\033[0m'; else bold='' dim='' off=''; fi
# Everything goes to stdout, so that a pipe has it in order; on a terminal both are the same.
[[ -t 1 ]] || exec 2>&1
chapter() { printf '\n%s%s%s\n' "$bold" "$1" "$off"; shift; printf "$dim%s$off\n" "$@"; }
# typed is a command as one would type it, in lines of a fair length.
typed() { fold -s -w 96 <<<"$*" | sed '2,$s/^/    /; $!s/ *$/ \\/'; }
# shows prints a command and runs it; its exit code has to be the one given.
shows() {
  local want=$1 got=0
  shift
  printf '\n%s$ %s%s\n' "$bold" "$(typed "$@")" "$off"
  "$@" || got=$?
  ((got == want)) && return
  ((got == 130)) || echo "tour: that ended with exit code $got and should have ended with $want; sandbox logs controller may say why" >&2
  exit "$got"
}

# Where the same is seen in a browser.
dashboard=https://127.0.0.1:8443/projects/team-a/jobs
cat <<LOOK

${bold}In the terminal and in a browser at once${off}
All of it can be seen live in the dashboard too; the sandbox has signed its certificate itself:

  $dashboard
  bin/sandbox token scientist      a token to sign in with, as scientist
LOOK

# Safe to take twice: the jobs of an earlier tour make room.
odh training delete tour tour-2 --yes --wait >/dev/null 2>&1 || true

chapter '1. A job that is too large for its Workers' \
  '2 Workers × 2 slots, 512 MiB each. After three seconds rank 3 takes 600 MiB, and the kernel kills it.' \
  'The others would wait for it for ever: MPI has no idea. Watch what the job says, and how soon.'
shows 3 odh training run tour --image mpijob.sandbox/openmpi:4.1 --workers 2 --slots-per-worker 2 \
  --memory-per-worker 512Mi -- mpi-fault --after 3 --alloc-rank 3 --alloc-mb 600 --sleep 2

chapter '2. Tomorrow it still says so' \
  'Cause, ranks and the last lines of the log outlive the processes and, in the report, their pods.'
shows 0 odh training describe tour

# The command is the one that the job itself suggests.
mend=$(odh training describe tour | sed -n 's/^.*\(odh training clone .*\)$/\1/p' | head -n 1)
[[ -n $mend ]] || { echo "tour: the failed job suggests no clone" >&2; exit 1; }
chapter '3. One command mends it' \
  'It is the one from above: a copy of the job with twice the memory, whatever else its manifest says.'
read -ra words <<<"$mend --follow"
shows 0 "${words[@]}"

chapter '4. Both attempts stay' 'The list says which is whose copy, and why the first one failed.'
shows 0 odh training list

cat <<NEXT

${bold}That was it. To go on, as scientist in team-a:${off}

  export KUBECONFIG=$KUBECONFIG PATH=$PWD/bin:\$PATH
  odh training describe tour-2
  odh training logs tour --all-workers
  odh training clone tour --workers 4 --slots-per-worker 1 --follow
  odh training delete tour tour-2
  $dashboard/tour      why it failed, in pictures

  make down          removes all of it
NEXT
