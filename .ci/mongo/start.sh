#!/usr/bin/env bash
# Starts what stands in for MongoDB in the kit's own CI: start.sh <port> <pid file>
#
# Why a stand-in: CI runs on machines that reach package registries alone, and none of those carries
# MongoDB. This is for that run, and never offered to learners: they get the real server, and a grader
# says `not run` where it needs what the stand-in lacks.
#
# The last line printed is the URL, with the rights of an administrator. Called again, it leaves a
# server that runs alone. Stop it with: kill "$(cat <pid file>)"
set -euo pipefail

port=$1
pid_file=$2
here=$(cd "$(dirname "$0")" && pwd)
log=${pid_file%.pid}.log

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }
runs() { [ -s "$pid_file" ] && kill -0 "$(cat "$pid_file")" 2>/dev/null; }

python=$(command -v python3) || { apt-get -qq update && apt-get -qq install -y python3 >/dev/null; python=python3; }
"$python" -m pip --version >/dev/null 2>&1 ||
  { apt-get -qq update && apt-get -qq install -y --no-install-recommends python3-pip >/dev/null; }

# One folder for each set of packages and each Python, renamed to its name when it is whole.
version=$("$python" -c 'import sys; print("py%d.%d" % sys.version_info[:2])')
packages=$HOME/.cache/roadworks-ci/mongo-$version-$(sha256sum <"$here/requirements.txt" | cut -c1-12)
if [ ! -d "$packages" ]; then
  mkdir -p "$(dirname "$packages")"
  unfinished=$(mktemp -d "$packages.XXXXXX")
  trap 'rm -rf "$unfinished"' EXIT
  "$python" -m pip install -q --disable-pip-version-check --root-user-action=ignore \
    --only-binary=:all: --target "$unfinished" -r "$here/requirements.txt"
  mv -T "$unfinished" "$packages" 2>/dev/null || true # another run may have been faster
fi

if ! runs; then
  : >"$log"
  PYTHONPATH=$packages nohup "$python" "$here/server.py" "$port" >"$log" 2>&1 </dev/null &
  echo $! >"$pid_file"
fi
for _ in $(seq 300); do
  if grep -qx ready "$log" && listens; then
    release=$(sed -n 's/^SecantusDB==//p' "$here/requirements.txt")
    echo "mongo/start.sh: SecantusDB $release stands in for MongoDB on port $port, log in $log"
    echo "mongodb://roadworks:stand-in@127.0.0.1:$port/?authSource=admin"
    exit 0
  fi
  runs || break
  sleep 0.2
done
echo "mongo/start.sh: the stand-in did not start:" >&2
tail -n 20 "$log" >&2
exit 1
