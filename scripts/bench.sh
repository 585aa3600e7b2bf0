#!/usr/bin/env bash
# Prints measurements; times are never asserted. The machine's load decides what they say, so it is printed beside them.
# scripts/bench.sh [decide|locate|lifecycle|open311|divan|watching|pages] [ARGS]: all of them, or one by its name with its own arguments.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
what=all
if [[ $# -gt 0 && $1 != -* ]]; then
  what="$1"
  shift
fi
echo "load average $(cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null || uptime), $(nproc 2>/dev/null || echo '?') cores"

binary() { cargo build --release --locked --package huying; }
bench() { # bench NAME ARGS…: one bench of the binary
  echo "== huying bench $1"
  target/release/huying bench "$@"
}
browsers() { # browsers NAME ARGS…: one bench in Chromium, on the optimised binary
  echo "== e2e/bench/$1.mjs"
  HUYING_BIN="${HUYING_BIN:-$PWD/target/release/huying}" node "e2e/bench/$1.mjs" "${@:2}"
}

case "$what" in
decide | locate | lifecycle | open311) binary && bench "$what" "$@" ;;
watching | pages) binary && browsers "$what" "$@" ;;
divan) cargo bench --workspace --locked "$@" ;;
all)
  binary
  for one in decide locate lifecycle; do bench "$one" "$@"; done
  echo "== divan benches"
  cargo bench --workspace --locked
  # Chromium and the modules of e2e are for these two only; a machine without them has all the others.
  if [[ -d e2e/node_modules ]]; then
    browsers pages
    browsers watching
  else
    echo "no browser benches: 'make bootstrap' brings what they need"
  fi
  ;;
*)
  echo "bench.sh: there is no bench '$what'; there are decide, locate, lifecycle, open311, divan, watching, pages." >&2
  exit 2
  ;;
esac
