#!/usr/bin/env bash
# Makes a Docker engine answer on this machine. Does nothing when one already
# does, so it is safe to call before every step that needs Docker.
set -euo pipefail

ready() { docker info >/dev/null 2>&1; }

if ready; then
  exit 0
fi

if [ "$(id -u)" -ne 0 ]; then
  echo "engine.sh: no Docker engine answers, and only root can install and start one" >&2
  exit 1
fi

if ! command -v dockerd >/dev/null || ! command -v iptables >/dev/null; then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # A docker CLI that is already on the PATH stays the one that is used: it
  # talks the older engine's API by negotiation.
  apt-get install -y -qq --no-install-recommends docker.io iptables >/dev/null
fi

log=$(mktemp "${TMPDIR:-/tmp}/dockerd.XXXXXX.log")
# setsid: the engine outlives the shell that called this script.
setsid dockerd </dev/null >"$log" 2>&1 &

for _ in $(seq 60); do
  if ready; then
    echo "engine.sh: Docker engine $(docker version -f '{{.Server.Version}}') is up, log in $log"
    exit 0
  fi
  sleep 1
done

echo "engine.sh: no Docker engine after 60 s, end of $log:" >&2
tail -n 40 "$log" >&2
exit 1
