#!/usr/bin/env bash
set -euo pipefail

if [ "${1:0:1}" = - ] || [[ $1 == *.conf ]]; then
  set -- redis-server "$@"
fi

if [ "$1" = redis-server ]; then
  # The official image is compiled without protected mode, which would refuse
  # every client from outside the container. A caller's own choice stands.
  case " $* " in
    *" --protected-mode "*) ;;
    *) set -- "$@" --protected-mode no ;;
  esac
  # Without the capability to change user (--cap-drop ALL) it stays as it is,
  # like the official image.
  drop=(setpriv --reuid=redis --regid=redis --clear-groups)
  if [ "$(id -u)" = 0 ] && "${drop[@]}" true 2>/dev/null; then
    find . \! -user redis -exec chown redis '{}' +
    exec "${drop[@]}" "$@"
  fi
fi

exec "$@"
