#!/bin/sh
# Makes a base image for the Dockerfile where no public registry is reached: Debian by debootstrap, Node and npm as they are
# on this machine. As root, with debootstrap and a Docker engine:
#   docker/base-image.sh [TAG] && docker build --build-arg BASE_IMAGE=myelin-base .
set -eu
tag=${1:-myelin-base}
here=$(cd "$(dirname "$0")/.." && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >&2
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*

# Node 24 is a package of the project; npm is the one that installed it.
node=$(ls "$here"/node_modules/node-linux-*/bin/node | head -n 1)
cp "$node" "$root/usr/local/bin/node"
mkdir -p "$root/usr/local/lib/node_modules"
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
cp -r "$npm" "$root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"

# Certificates that this machine believes: its way to the package registry may lead through a proxy.
[ ! -f /etc/ssl/certs/ca-certificates.crt ] || cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"

tar -C "$root" -c . | docker import - "$tag"
