#!/usr/bin/env bash
# Debian only: installs the Docker engine, Compose v2 and buildx, and starts the engine when none
# answers. Needs root. Debian 12 has no Compose v2 and no buildx: their plugins are taken out of
# Debian 13's packages, which are static programs, without touching the system's package sources.
#
#   scripts/install-docker.sh            the engine logs to /var/log/lambdock-dockerd.log
set -euo pipefail

readonly plugins=/usr/libexec/docker/cli-plugins
readonly log=/var/log/lambdock-dockerd.log
here=$(cd "$(dirname "$0")" && pwd)
work=""

say() { printf 'install-docker: %s\n' "$*"; }
die() { printf 'install-docker: %s\n' "$*" >&2; exit 1; }

answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

install_engine() {
  if command -v docker >/dev/null && answers; then return; fi
  if command -v docker >/dev/null && command -v dockerd >/dev/null; then return; fi
  "$here/apt-install.sh" docker.io cgroupfs-mount iptables ca-certificates
}

# apt with lists of its own, which know Debian 13 beside what this machine's sources name.
newer_apt() {
  apt-get -q -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$work/lists" \
    -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root -o Acquire::Retries=3 "$@" </dev/null
}

install_plugins() {
  local wanted=() package mirror
  docker compose version >/dev/null 2>&1 || wanted+=(docker-compose)
  docker buildx version >/dev/null 2>&1 || wanted+=(docker-buildx)
  [ ${#wanted[@]} -gt 0 ] || return 0
  say "adding ${wanted[*]} from Debian 13"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$plugins"
  mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
    awk '($1 == "bookworm" || $1 == "stable" || $1 == "trixie") && !found { print $2; found = 1 }')
  [ -n "$mirror" ] || die "apt has no source for Debian here, so ${wanted[*]} must be installed by hand"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s trixie main\n' "$mirror" >"$work/sources.list"
  { newer_apt update && (cd "$work" && newer_apt download "${wanted[@]}"); } >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; die "could not download ${wanted[*]}"; }
  for package in "$work"/*.deb; do dpkg-deb --extract "$package" "$work/tree"; done
  install -m 755 "$work/tree$plugins"/* "$plugins/"
}

# A bare machine without an init system may have no control groups mounted.
mount_cgroups() {
  [ -e /sys/fs/cgroup/cgroup.controllers ] || [ -d /sys/fs/cgroup/memory ] && return
  command -v cgroupfs-mount >/dev/null || "$here/apt-install.sh" cgroupfs-mount
  cgroupfs-mount
}

# Starts dockerd with the given options; true once it answers.
try_engine() {
  rm -f /var/run/docker.pid
  # Its own session and no terminal: it outlives this script and is stopped by its pid file.
  setsid dockerd "$@" </dev/null >>"$log" 2>&1 &
  local pid=$! waited
  for waited in $(seq 1 120); do
    if answers; then return 0; fi
    kill -0 "$pid" 2>/dev/null || return 1
    sleep 0.5
  done
  kill "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  return 1
}

start_engine() {
  local waited
  for waited in $(seq 1 60); do
    if answers; then say "an engine answers"; return; fi
    # One that somebody else has just started gets its time.
    pgrep -x dockerd >/dev/null || break
    sleep 0.5
  done
  mount_cgroups
  say "starting dockerd (log: $log)"
  # A data directory from before may be unusable here (another storage driver, a copied disk), and
  # some file systems cannot carry overlay2; vfs is slow but works on all.
  if try_engine; then :
  elif say "not with the data directory that is there, trying a new one" && try_engine --data-root /var/lib/lambdock-docker; then :
  elif say "not with overlay2, trying vfs" && try_engine --data-root /var/lib/lambdock-docker-vfs --storage-driver vfs; then :
  else
    tail -20 "$log" >&2
    die "dockerd does not start; the lines above are the end of $log"
  fi
}

[ "$(id -u)" = 0 ] || die "root is needed: sudo $0"
install_engine
install_plugins
start_engine
say "engine $(docker version --format '{{.Server.Version}} ({{.Server.Os}}/{{.Server.Arch}})'), compose $(docker compose version --short), $(docker info --format '{{.Driver}}')"
