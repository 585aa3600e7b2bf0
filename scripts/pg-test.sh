#!/usr/bin/env bash
# A private PostgreSQL cluster for tests.
#
#   pg-test.sh start DIR   makes a cluster in DIR (or starts the one that is there) and prints its URL
#   pg-test.sh stop DIR    stops it at once; the files stay until whoever owns DIR removes them
#   pg-test.sh kill DIR    ends the postmaster without warning, as a crash would
#
# PostgreSQL refuses to run as root, so as root it runs under the user named by HUYING_PG_USER, "postgres" or "nobody",
# whichever exists first. It listens on a free loopback port and on no socket file. fsync stays on: a crash test that
# switched it off would prove nothing.
set -euo pipefail
verb="${1:-}" dir="${2:-}"
if [[ -z "$verb" || -z "$dir" ]]; then
  echo "usage: pg-test.sh start|stop|kill DIR" >&2
  exit 2
fi
mkdir -p "$dir"
dir="$(cd "$dir" && pwd)"

bin="$(dirname "$(readlink -f "$(command -v initdb || true)")")"
if [[ ! -x "$bin/initdb" ]]; then
  bin="$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1 || true)"
fi
if [[ ! -x "$bin/initdb" ]]; then
  echo "pg-test.sh: the PostgreSQL server programs (initdb, pg_ctl) are missing; 'make bootstrap' says how to get them." >&2
  exit 3
fi

owner="$(id -un)"
if [[ "$(id -u)" == 0 ]]; then
  for owner in "${HUYING_PG_USER:-postgres}" postgres nobody; do
    if id "$owner" >/dev/null 2>&1; then break; fi
  done
fi
as_owner() {
  if [[ "$(id -u)" == 0 ]]; then setpriv --reuid "$owner" --regid "$(id -g "$owner")" --clear-groups env HOME="$dir" "$@"; else "$@"; fi
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' 2>/dev/null ||
    node -e 's = require("net").createServer(); s.listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'
}

start() {
  if [[ "$(id -u)" == 0 ]]; then chown "$owner" "$dir"; fi
  # Every directory above must let the owner pass, or initdb fails with a message that hides the reason.
  if ! as_owner test -w "$dir"; then
    echo "pg-test.sh: the user '$owner' cannot write in $dir; choose a directory that it can reach." >&2
    exit 4
  fi
  if [[ ! -f "$dir/data/PG_VERSION" ]]; then
    (cd "$dir" && as_owner "$bin/initdb" --pgdata "$dir/data" --username huying --auth trust --encoding UTF8 --no-locale \
      --no-instructions >"$dir/initdb.log") || { cat "$dir/initdb.log" >&2; exit 4; }
  fi
  if ! (cd "$dir" && as_owner "$bin/pg_ctl" --pgdata "$dir/data" status >/dev/null); then
    local port try
    for try in 1 2 3 4 5; do
      # Another process may take a free port between the look and the start, so a failed start looks again.
      port="$(free_port)"
      if (cd "$dir" && as_owner "$bin/pg_ctl" --pgdata "$dir/data" --log "$dir/postgres.log" --wait --timeout 60 \
        --options "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories='' -c max_connections=60" \
        start >/dev/null 2>&1); then break; fi
      if ((try == 5)); then tail -n 20 "$dir/postgres.log" >&2; exit 4; fi
    done
  fi
  # After a crash it replays its log first, and does not answer or refuses whoever comes meanwhile; one that has ended is not waited for.
  local wait
  for wait in {1..480}; do
    if "$bin/pg_isready" --quiet --host 127.0.0.1 --port "$(sed -n 4p "$dir/data/postmaster.pid")"; then break; fi
    kill -0 "$(sed -n 1p "$dir/data/postmaster.pid")" 2>/dev/null || break
    sleep 0.25
  done
  # The fourth line of postmaster.pid is the port.
  echo "postgres://huying@127.0.0.1:$(sed -n 4p "$dir/data/postmaster.pid")/postgres"
}

case "$verb" in
start) start ;;
stop)
  if [[ -f "$dir/data/postmaster.pid" ]]; then
    (cd "$dir" && as_owner "$bin/pg_ctl" --pgdata "$dir/data" --mode immediate --wait stop >/dev/null)
  fi
  ;;
kill) if [[ -f "$dir/data/postmaster.pid" ]]; then kill -9 "$(head -n 1 "$dir/data/postmaster.pid")"; fi ;;
*)
  echo "pg-test.sh: unknown verb '$verb'; it is start, stop or kill." >&2
  exit 2
  ;;
esac
