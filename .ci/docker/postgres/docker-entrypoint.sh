#!/usr/bin/env bash
# The part of the official postgres entrypoint that people rely on: the
# POSTGRES_* variables, /docker-entrypoint-initdb.d, server arguments.
set -euo pipefail

# VAR or, for secrets, the content of the file that VAR_FILE names.
file_env() { # <VAR> [default]
  local file_var=$1_FILE
  if [ -n "${!file_var:-}" ]; then
    export "$1=$(<"${!file_var}")"
  else
    export "$1=${!1:-${2:-}}"
  fi
}

# The first start runs a server that only the socket reaches: a client that
# waits for the port cannot get in before the database is complete.
init() {
  file_env POSTGRES_PASSWORD
  file_env POSTGRES_USER postgres
  file_env POSTGRES_DB "$POSTGRES_USER"
  local method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
  if [ -z "$POSTGRES_PASSWORD" ] && [ "$method" != trust ]; then
    echo "Error: Database is uninitialized and superuser password is not specified." >&2
    echo "       You must specify POSTGRES_PASSWORD to a non-empty value for the superuser." >&2
    exit 1
  fi
  # shellcheck disable=SC2086 # several arguments in one variable, as documented
  initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") ${POSTGRES_INITDB_ARGS:-}
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"

  PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -w start \
    -o "$(printf '%q ' "${@:2}" -c listen_addresses='' -p 5432)"
  local psql=(psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password -U "$POSTGRES_USER")
  if [ "$POSTGRES_DB" != postgres ]; then
    "${psql[@]}" -d postgres -v db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
  fi
  local f
  for f in /docker-entrypoint-initdb.d/*; do
    case $f in
      *.sh)
        echo "$0: running $f"
        # Sourced without -u, which the official entrypoint does not set.
        # shellcheck disable=SC1090
        if [ -x "$f" ]; then "$f"; else set +u; . "$f"; set -u; fi
        ;;
      *.sql)
        echo "$0: running $f"
        "${psql[@]}" -d "$POSTGRES_DB" -f "$f"
        ;;
      *.sql.gz)
        echo "$0: running $f"
        gunzip -c "$f" | "${psql[@]}" -d "$POSTGRES_DB"
        ;;
    esac
  done
  PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -m fast -w stop
  printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

if [ "${1:0:1}" = - ]; then
  set -- postgres "$@"
fi

if [ "$1" = postgres ] && [[ " $* " != *" --version "* ]] && [[ " $* " != *" --help "* ]]; then
  # The official 18 refuses the mount point of 17 and before: data there would
  # silently be on no volume. Refused here too, so the mistake shows up here.
  if mountpoint -q /var/lib/postgresql/data; then
    echo "Error: in 18+ the data is in $PGDATA, mount /var/lib/postgresql instead of /var/lib/postgresql/data" >&2
    exit 1
  fi
  if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    find "$PGDATA" \! -user postgres -exec chown postgres '{}' +
    exec setpriv --reuid=postgres --regid=postgres --init-groups \
      env HOME=/var/lib/postgresql "$0" "$@"
  fi
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  if [ -s "$PGDATA/PG_VERSION" ]; then
    printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
  else
    init "$@"
  fi
fi

exec "$@"
