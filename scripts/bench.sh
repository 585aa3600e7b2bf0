#!/usr/bin/env bash
# Prints measurements; asserts none. The machine's load decides what they say, so it is printed beside them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
echo "load average $(cut -d ' ' -f 1-3 /proc/loadavg 2>/dev/null || uptime), $(nproc 2>/dev/null || echo '?') cores"
cargo build --release --locked --package huying
for what in decide locate lifecycle; do
  echo "== huying bench $what"
  target/release/huying bench "$what" "$@"
done
echo "== divan benches"
cargo bench --workspace --locked
