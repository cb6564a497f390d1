#!/usr/bin/env bash
# need.sh COMMAND[=PACKAGE[,PACKAGE]…]…: makes sure of commands. Those that are missing are installed, as root where there is
# apt; elsewhere they are named. py:MODULE is a module of Python's instead.
set -euo pipefail
PATH=$PATH:/usr/sbin

there() {
  case $1 in
  py:*) python3 -c "import ${1#py:}" 2>/dev/null ;;
  *) command -v "$1" >/dev/null ;;
  esac
}

missing=()
for want in "$@"; do
  there "${want%%=*}" && continue
  IFS=, read -ra packages <<<"${want#*=}"
  missing+=("${packages[@]}")
done
((${#missing[@]})) || exit 0

if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
  echo "missing here: ${missing[*]}. Install them, or run this as root on Debian, where it does so itself." >&2
  exit 1
fi
echo "  …  apt-get install ${missing[*]} (about 60 s)"
export DEBIAN_FRONTEND=noninteractive
# Another may be installing something: its lock is waited for, which apt itself does for that of dpkg alone.
apt() {
  until out=$(apt-get -q -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 "$@" 2>&1); do
    if [[ $out != *'Could not get lock'* ]] || ((SECONDS > 120)); then
      echo "$out" >&2
      exit 1
    fi
    sleep 2
  done
}
apt update
apt install --no-install-recommends "${missing[@]}"
