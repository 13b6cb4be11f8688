#!/bin/sh
# Puts boto3 where AWS's Python runtimes have it, from PyPI or else from Debian's packages, while an
# image is built. Where neither can be reached the image has none, which is found out quickly.
target=/var/runtime
apt="-qq -o Acquire::Retries=0 -o Acquire::http::Timeout=5 -o Acquire::https::Timeout=5"
packages="python3-boto3 python3-botocore python3-s3transfer python3-jmespath python3-dateutil python3-six python3-urllib3
  python3-requests python3-certifi python3-charset-normalizer python3-chardet python3-idna"

from_pypi() {
  timeout 45 python3 -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-compile \
    --root-user-action=ignore --retries 0 --timeout 5 --target "$target" boto3 && rm -rf "$target/bin"
}

# Unpacked, not installed: Debian's packages are for Debian's Python, which need not be the image's.
from_debian() {
  mkdir /tmp/boto3 && chmod 777 /tmp/boto3 && cd /tmp/boto3 || return
  timeout 30 apt-get $apt update && timeout 45 apt-get $apt download $packages || return
  for package in *.deb; do dpkg --extract "$package" files || return; done
  cp -R files/usr/lib/python3/dist-packages/. "$target/"
}

mkdir -p "$target"
if ! from_pypi; then
  rm -rf "${target:?}"/*
  from_debian || rm -rf "${target:?}"/*
  rm -rf /tmp/boto3 /var/lib/apt/lists/*
fi
# Sandboxes can't write there, so compile now what they load.
if PYTHONPATH=$target python3 -B -c 'import boto3'; then
  python3 -m compileall -q -j 0 "$target"
else
  rm -rf "${target:?}"/*
  echo "lambdock: boto3 is not in this image, since neither PyPI nor Debian could be reached"
fi
