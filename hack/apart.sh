#!/usr/bin/env bash
# apart.sh [HOST:PORT]… -- COMMAND…: runs a command with a network of its own, from which these IPv4 addresses of this
# machine can be reached, and nothing else. Browsers drop what is under way whenever their machine's network changes, as
# that of the sandbox's node does with each pod. Where a network of its own can't be had, it runs without.
set -euo pipefail
here=$(dirname "$0")
reach=()
while [[ $1 != -- ]]; do
  reach+=("$1")
  shift
done
shift

own=(unshare -n)
((EUID == 0)) || own=(unshare -rn)
# without WHY runs the command with this machine's network.
without() {
  echo "${command##*/} runs with this machine's network: $1" >&2
  exec "${what[@]}"
}
command=$1 what=("$@")
"${own[@]}" ip link set lo up 2>/dev/null || without "one of its own can't be had here"
for at in "${reach[@]}"; do
  [[ $at =~ ^[0-9.]+:[0-9]+$ ]] || without "$at is no address with a port"
done
((${#reach[@]} == 0)) || "$here/need.sh" socat

# way LOG FROM TO: a way from one address to another, as socat has them, until this shell ends.
way() {
  setpriv --pdeathsig KILL socat -d -d -lf "$1" "$2,fork" "$3" &
  until grep -qs 'listening on' "$1"; do
    kill -0 $! 2>/dev/null || { cat "$1" >&2; exit 1; }
    sleep 0.05
  done
}

# over ends the ways of this shell, and nothing is said of those that have ended.
over() {
  local ways
  ways=$(jobs -p)
  [[ -z $ways ]] || kill $ways 2>/dev/null || :
  wait || :
}

# inside WAYS COMMAND… is what runs with the network of its own.
inside() {
  local ways=$1 at
  shift
  ip link set lo up
  for at in "$ways"/*.in; do
    at=$(basename "$at" .in)
    [[ $at == 127.* ]] || ip address add "${at%-*}/32" dev lo
    way "$ways/$at.log" "TCP-LISTEN:${at#*-},bind=${at%-*},reuseaddr" "UNIX-CONNECT:$ways/$at.in"
  done
  "$@"
}
export -f way over inside

ways=$(mktemp -d)
trap 'rm -rf "$ways"; over' EXIT
# A socket in the file system is the same one in every network.
for at in "${reach[@]}"; do
  way "$ways/$at.to.log" "UNIX-LISTEN:$ways/${at/:/-}.in" "TCP:$at"
done
setpriv --pdeathsig TERM "${own[@]}" bash -euc 'shopt -s nullglob; trap over EXIT; inside "$@"' apart "$ways" "$@"
