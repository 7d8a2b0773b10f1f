#!/usr/bin/env bash
# The part of the official mariadb entrypoint that people rely on: the
# MARIADB_* variables, /docker-entrypoint-initdb.d, server arguments.
set -euo pipefail

if [ "${1:0:1}" = - ]; then
  set -- mariadbd "$@"
fi

data=/var/lib/mysql
socket=/run/mysqld/mysqld.sock

quoted() { printf "'%s'" "$(sed "s/\\\\/\\\\\\\\/g; s/'/''/g" <<<"$1")"; }

# The first start runs a server that only the socket reaches: a client that
# waits for the port cannot get in before the users are there.
init() {
  if [ -z "${MARIADB_ROOT_PASSWORD:-}" ]; then
    echo 'Database is uninitialized and password option is not specified: set MARIADB_ROOT_PASSWORD' >&2
    exit 1
  fi
  mariadb-install-db --datadir="$data" --auth-root-authentication-method=normal --skip-test-db \
    "${@:2}" >/dev/null
  "$@" --skip-networking --socket="$socket" &
  local server=$! host=${MARIADB_ROOT_HOST:-%}
  local client=(mariadb --protocol=socket --socket="$socket" -uroot)
  for _ in $(seq 150); do
    "${client[@]}" -e 'select 1' >/dev/null 2>&1 && break
    sleep 0.2
  done
  {
    echo "DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost');"
    echo 'FLUSH PRIVILEGES;'
    echo "CREATE USER root@$(quoted "$host") IDENTIFIED BY $(quoted "$MARIADB_ROOT_PASSWORD");"
    echo "GRANT ALL ON *.* TO root@$(quoted "$host") WITH GRANT OPTION;"
    if [ -n "${MARIADB_DATABASE:-}" ]; then
      echo "CREATE DATABASE IF NOT EXISTS \`$MARIADB_DATABASE\`;"
    fi
    if [ -n "${MARIADB_USER:-}" ]; then
      echo "CREATE USER $(quoted "$MARIADB_USER")@'%' IDENTIFIED BY $(quoted "${MARIADB_PASSWORD:-}");"
      if [ -n "${MARIADB_DATABASE:-}" ]; then
        echo "GRANT ALL ON \`$MARIADB_DATABASE\`.* TO $(quoted "$MARIADB_USER")@'%';"
      fi
    fi
    for f in /docker-entrypoint-initdb.d/*.sql; do
      [ -e "$f" ] || continue
      if [ -n "${MARIADB_DATABASE:-}" ]; then echo "USE \`$MARIADB_DATABASE\`;"; fi
      cat "$f"
    done
    echo "ALTER USER root@localhost IDENTIFIED BY $(quoted "$MARIADB_ROOT_PASSWORD");"
  } | "${client[@]}"
  mariadb-admin --protocol=socket --socket="$socket" -uroot -p"$MARIADB_ROOT_PASSWORD" shutdown
  wait "$server"
  printf '\nMariaDB init process done. Ready for start up.\n\n'
}

if [ "$1" = mariadbd ]; then
  if [ "$(id -u)" = 0 ]; then
    find "$data" /run/mysqld \! -user mysql -exec chown mysql '{}' +
    exec setpriv --reuid=mysql --regid=mysql --init-groups env HOME=/var/lib/mysql "$0" "$@"
  fi
  set -- "$@" --datadir="$data" --bind-address='*'
  [ -d "$data/mysql" ] || init "$@"
fi

exec "$@"
