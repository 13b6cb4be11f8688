#!/usr/bin/env bash
# Debian only: installs a current Node and npm to /usr/local when there is none that Lambdock runs on
# (20.19 or newer). Debian 12's own is too old, but good enough to fetch the npm package that carries
# the official program. Needs root.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)

recent() {
  command -v node >/dev/null && command -v npm >/dev/null &&
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
}

if recent; then exit 0; fi
command -v npm >/dev/null || "$here/apt-install.sh" npm
case "$(dpkg --print-architecture)" in
  amd64) architecture=x64 ;;
  arm64) architecture=arm64 ;;
  *) echo "install-node: there is no package of Node for $(dpkg --print-architecture)" >&2; exit 1 ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# A machine with a certificate authority of its own: node does not look where the system does.
readonly ca_bundle=/etc/ssl/certs/ca-certificates.crt
if [ -s "$ca_bundle" ]; then export NODE_EXTRA_CA_CERTS="$ca_bundle" npm_config_cafile="$ca_bundle"; fi
npm pack --silent "node-linux-$architecture@24" npm@11 >/dev/null
tar -xzf node-linux-*.tgz -C /usr/local --strip-components=1 package/bin package/include
rm -rf /usr/local/lib/node_modules/npm
mkdir -p /usr/local/lib/node_modules/npm
tar -xzf npm-*.tgz -C /usr/local/lib/node_modules/npm --strip-components=1
chmod 755 /usr/local/bin/node
ln -sf ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
ln -sf ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
chmod 755 /usr/local/lib/node_modules/npm/bin/*.js
# The settings of all users, which the npm in /usr/local reads.
if [ -s "$ca_bundle" ] && [ ! -e /usr/local/etc/npmrc ]; then
  mkdir -p /usr/local/etc
  echo "cafile=$ca_bundle" >/usr/local/etc/npmrc
fi
echo "install-node: $(/usr/local/bin/node --version), npm $(/usr/local/bin/npm --version)"
