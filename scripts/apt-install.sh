#!/usr/bin/env bash
# Installs Debian packages that are not there yet: waits for other users of apt, refreshes the lists
# only when needed, and tries again when a mirror fails once.
#
#   scripts/apt-install.sh docker.io redis-server
set -uo pipefail

export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a

missing=()
for package in "$@"; do
  dpkg-query --show --showformat '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null || { echo "apt-install: ${missing[*]} must be installed by hand, this is no Debian" >&2; exit 1; }
[ "$(id -u)" = 0 ] || { echo "apt-install: root is needed to install ${missing[*]}" >&2; exit 1; }

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() { apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" >"$log" 2>&1 </dev/null; }

echo "apt-install: ${missing[*]}"
for attempt in 1 2 3 4 5 6; do
  # The first try uses the lists that are there; a stale or missing one is refreshed by the next.
  if [ "$attempt" = 1 ] || apt -q update; then
    # An interrupted dpkg of somebody else would fail every later install.
    dpkg --configure -a >/dev/null 2>&1 </dev/null || true
    apt -q install -y "${missing[@]}" && exit 0
  fi
  [ "$attempt" = 1 ] || sleep 10
done
tail -20 "$log" >&2
echo "apt-install: ${missing[*]} could not be installed" >&2
exit 1
