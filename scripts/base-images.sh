#!/usr/bin/env bash
# Makes the public base images that Lambdock's Dockerfiles and docker-compose.yml name, on a machine
# that reaches no image registry but only Debian's and npm's packages. The images carry the usual
# names, so nothing else in the repository knows the difference. An image that exists is left alone.
#
#   scripts/base-images.sh                       the four that `docker compose up` and the tests need
#   scripts/base-images.sh node:22-bookworm-slim only what is named (and what it stands on)
#   scripts/base-images.sh --force [image ...]   makes them again
#
# Needs root, debootstrap, npm and a Docker engine. Downloads are kept in ~/.cache/lambdock; remove
# that folder for newer ones. The machine's certificate authorities, apt sources and npm settings
# (without credentials) are copied into the images: such a machine often sits behind a TLS proxy.
set -euo pipefail

readonly suite=bookworm
readonly debian=debian:bookworm-slim
readonly cache="${XDG_CACHE_HOME:-$HOME/.cache}/lambdock"
readonly ca_bundle=/etc/ssl/certs/ca-certificates.crt
readonly label="LABEL lambdock-base-image=made-locally"

force=false
made=""
work=""

say() { printf 'base-images: %s\n' "$*"; }
die() { printf 'base-images: %s\n' "$*" >&2; exit 1; }

exists() { docker image inspect "$1" >/dev/null 2>&1; }

wanted() { # image: true when it has to be made; with --force, once in this run
  case " $made " in *" $1 "*) return 1 ;; esac
  if ! $force && exists "$1"; then say "$1 exists"; return 1; fi
}

finished() { # image
  made="$made $1"
  say "$1 made"
}

# The Debian mirror that this machine's apt uses, without its trailing slash; empty when there is none.
mirror_of() { # suite
  # Read to the end: a reader that stops early would kill apt-get with SIGPIPE under pipefail.
  apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -v suite="$1" '$1 == suite && !found { sub("/$", "", $2); print $2; found = 1 }'
}

# Commits a container in which `build` ran as a new image. Works with every builder and without one.
commit_image() { # image, base, directory copied over /, shell script run inside, changes...
  local image=$1 base=$2 tree=$3 script=$4 container change
  shift 4
  local changes=()
  for change in "$label" "$@"; do changes+=(--change "$change"); done
  # The host's network: apt then works even where bridged traffic is filtered.
  container=$(docker create --network host "$base" /bin/sh -euc "$script")
  tar -C "$tree" --owner=0 --group=0 -cf - . | docker cp - "$container:/"
  if ! docker start --attach "$container" >"$work/build.log" 2>&1; then
    cat "$work/build.log" >&2
    docker rm --force "$container" >/dev/null
    die "$image could not be made: the commands above failed in a container of $base"
  fi
  docker commit "${changes[@]}" "$container" "$image" >/dev/null
  docker rm --volumes "$container" >/dev/null
  finished "$image"
}

empty_tree() {
  rm -rf "$work/tree"
  mkdir -p "$work/tree"
}

# --- debian:bookworm-slim -----------------------------------------------------------------------

debian_tar() { # prints the path of the cached root file system
  local tarball root="$work/root" mirror
  tarball="$cache/debian-$suite-$(dpkg --print-architecture).tar"
  if [ ! -s "$tarball" ]; then
    say "debootstrap $suite (about 40 s, once)" >&2
    mirror=$(mirror_of "$suite")
    debootstrap --variant=minbase --include=ca-certificates,curl "$suite" "$root" ${mirror:+"$mirror"} >"$work/debootstrap.log" 2>&1 ||
      { tail -20 "$work/debootstrap.log" >&2; die "debootstrap failed; can this machine reach its Debian mirror?"; }
    rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/* \
      "$root"/usr/share/{doc,man,info,locale,lintian}/*
    tar -C "$root" --numeric-owner --exclude=./dev/* -cf "$tarball.part" .
    mv "$tarball.part" "$tarball"
    rm -rf "$root"
  fi
  printf '%s' "$tarball"
}

debian_tree() { # what the machine adds: its certificate authorities and its apt sources
  local updates security proxy
  empty_tree
  mkdir -p "$work/tree"/etc/{ssl/certs,apt/apt.conf.d,dpkg/dpkg.cfg.d} "$work/tree/usr/sbin"
  if [ -s "$ca_bundle" ]; then cp -L "$ca_bundle" "$work/tree$ca_bundle"; fi
  # As the public slim image: no manuals, no services started by packages, small apt lists.
  printf 'path-exclude /usr/share/%s/*\n' doc man info locale lintian >"$work/tree/etc/dpkg/dpkg.cfg.d/docker"
  printf '#!/bin/sh\nexit 101\n' >"$work/tree/usr/sbin/policy-rc.d"
  chmod 755 "$work/tree/usr/sbin/policy-rc.d"
  {
    printf 'Acquire::Languages "none";\nAcquire::GzipIndexes "true";\n'
    apt-config dump 2>/dev/null | grep -E '^Acquire::(https?::Proxy|Check-Valid-Until|Check-Date) ' || true
  } >"$work/tree/etc/apt/apt.conf.d/docker"
  updates=$(mirror_of "$suite-updates") security=$(mirror_of "$suite-security")
  {
    [ -z "$(mirror_of "$suite")" ] || printf 'deb %s %s main\n' "$(mirror_of "$suite")" "$suite"
    [ -z "$updates" ] || printf 'deb %s %s-updates main\n' "$updates" "$suite"
    [ -z "$security" ] || printf 'deb %s %s-security main\n' "$security" "$suite"
  } >"$work/tree/etc/apt/sources.list"
  [ -s "$work/tree/etc/apt/sources.list" ] || rm "$work/tree/etc/apt/sources.list"
}

make_debian() {
  wanted "$debian" || return 0
  local tarball bare
  tarball=$(debian_tar)
  bare=$(docker import --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' "$tarball")
  debian_tree
  commit_image "$debian" "$bare" "$work/tree" true 'CMD ["bash"]'
}

# --- node:<major>-bookworm-slim -----------------------------------------------------------------

npm_package() { # name, range: prints the path of the cached tarball
  local name=$1 range=$2 file
  file="$cache/$name-$range.tgz"
  if [ ! -s "$file" ]; then
    say "downloading $name@$range" >&2
    mkdir -p "$work/pack"
    (cd "$work/pack" && npm pack --silent "$name@$range" >/dev/null 2>"$work/npm.log") ||
      { cat "$work/npm.log" >&2; die "npm could not download $name@$range; can this machine reach its npm registry?"; }
    mv "$work/pack/$name"-*.tgz "$file"
  fi
  printf '%s' "$file"
}

node_architecture() {
  case "$(dpkg --print-architecture)" in
    amd64) printf x64 ;;
    arm64) printf arm64 ;;
    *) die "there is no node image for $(dpkg --print-architecture)" ;;
  esac
}

# npm's settings of this machine, for builds inside the image. Credentials stay out of images.
npm_settings() {
  local key value
  if [ -s "$ca_bundle" ]; then printf 'cafile=%s\n' "$ca_bundle"; fi
  for key in registry proxy https-proxy noproxy strict-ssl; do
    value=$(cd / && npm config get "$key" 2>/dev/null)
    case "$value" in "" | null | undefined | *@*) continue ;; esac
    printf '%s=%s\n' "$key" "$value"
  done
}

make_node() { # major
  local image="node:$1-bookworm-slim" node npm
  wanted "$image" || return 0
  make_debian
  node=$(npm_package "node-linux-$(node_architecture)" "$1")
  npm=$(npm_package npm "$([ "$1" -ge 22 ] && echo 11 || echo 10)")
  empty_tree
  local prefix="$work/tree/usr/local"
  mkdir -p "$prefix"/{bin,etc,lib/node_modules/npm}
  tar -xzf "$node" -C "$prefix" --strip-components=1 package/bin package/include
  tar -xzf "$npm" -C "$prefix/lib/node_modules/npm" --strip-components=1
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$prefix/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$prefix/bin/npx"
  ln -s node "$prefix/bin/nodejs"
  chmod 755 "$prefix/bin/node" "$prefix"/lib/node_modules/npm/bin/*.js
  npm_settings >"$prefix/etc/npmrc"
  # Entry point as in the public image: options and unknown commands go to node.
  cat >"$prefix/bin/docker-entrypoint.sh" <<'ENTRYPOINT'
#!/bin/sh
set -e
if [ "${1#-}" != "${1}" ] || [ -z "$(command -v "${1}")" ]; then set -- node "$@"; fi
exec "$@"
ENTRYPOINT
  chmod 755 "$prefix/bin/docker-entrypoint.sh"
  commit_image "$image" "$debian" "$work/tree" \
    'groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node && node --version && npm --version' \
    'ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["node"]' "ENV NODE_VERSION=$(tar -xzOf "$node" package/package.json | sed -n 's/.*"version": *"v\{0,1\}\([^"]*\)".*/\1/p')" \
    "ENV NODE_EXTRA_CA_CERTS=$ca_bundle"
}

# --- python and redis ---------------------------------------------------------------------------

make_python() {
  local image=python:3.11-slim-bookworm
  wanted "$image" || return 0
  make_debian
  empty_tree
  commit_image "$image" "$debian" "$work/tree" '
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3 python3-pip
    for name in python python3 python3.11; do ln -s /usr/bin/python3.11 /usr/local/bin/$name; done
    for name in pip pip3; do ln -s /usr/bin/pip3 /usr/local/bin/$name; done
    rm -f /usr/lib/python3*/EXTERNALLY-MANAGED
    rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*' \
    'CMD ["python3"]' 'ENV LANG=C.UTF-8' "ENV PIP_CERT=$ca_bundle"
}

make_redis() {
  local image=redis:7-bookworm
  wanted "$image" || return 0
  make_debian
  empty_tree
  mkdir -p "$work/tree/usr/local/bin"
  # As the public image: options alone mean redis-server, root steps down to the user redis, and
  # protected mode is off because who reaches the container is decided by its network.
  cat >"$work/tree/usr/local/bin/docker-entrypoint.sh" <<'ENTRYPOINT'
#!/bin/sh
set -e
if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then set -- redis-server "$@"; fi
if [ "$1" = redis-server ]; then
  case " $* " in *" --protected-mode "*) ;; *) set -- "$@" --protected-mode no ;; esac
  if [ "$(id -u)" = 0 ]; then
    find . \! -user redis -exec chown redis '{}' +
    exec setpriv --reuid=redis --regid=redis --clear-groups -- "$@"
  fi
fi
exec "$@"
ENTRYPOINT
  chmod 755 "$work/tree/usr/local/bin/docker-entrypoint.sh"
  commit_image "$image" "$debian" "$work/tree" '
    groupadd --system --gid 999 redis
    useradd --system --uid 999 --gid redis --home-dir /data --no-create-home redis
    mkdir -p /data && chown redis:redis /data
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends redis-server
    rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /var/lib/redis' \
    'ENTRYPOINT ["docker-entrypoint.sh"]' 'WORKDIR /data' 'VOLUME /data' 'EXPOSE 6379' 'CMD ["redis-server"]'
}

make_image() {
  case "$1" in
    "$debian") make_debian ;;
    node:2[0-9]-bookworm-slim) local major=${1#node:}; make_node "${major%%-*}" ;;
    python:3.11-slim-bookworm) make_python ;;
    redis:7-bookworm) make_redis ;;
    *) die "no recipe for $1; there is one for $debian, node:<20..29>-bookworm-slim, python:3.11-slim-bookworm and redis:7-bookworm" ;;
  esac
}

main() {
  local images=() argument tool
  for argument in "$@"; do
    case "$argument" in
      --force) force=true ;;
      -h | --help) sed -n '2,12s/^# \{0,1\}//p' "$0"; return 0 ;;
      -*) die "unknown option $argument (there is only --force)" ;;
      *) images+=("$argument") ;;
    esac
  done
  [ ${#images[@]} -gt 0 ] || images=("$debian" node:24-bookworm-slim python:3.11-slim-bookworm redis:7-bookworm)
  docker version >/dev/null 2>&1 || die "no Docker engine answers; scripts/install-docker.sh installs and starts one"
  if ! $force; then
    local missing=()
    for argument in "${images[@]}"; do exists "$argument" || missing+=("$argument"); done
    [ ${#missing[@]} -gt 0 ] || { say "all of ${images[*]} exist"; return 0; }
  fi
  [ "$(id -u)" = 0 ] || die "debootstrap needs root: sudo -E $0 $*"
  for tool in debootstrap npm tar; do command -v "$tool" >/dev/null || die "$tool is missing: apt-get install $tool"; done
  mkdir -p "$cache"
  work=$(mktemp -d "${TMPDIR:-/tmp}/lambdock-base-images.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  for argument in "${images[@]}"; do make_image "$argument"; done
}

main "$@"
