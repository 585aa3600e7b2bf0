#!/usr/bin/env bash
# Runs every test and ends with one line that counts them: "huying: N passed, N failed".
#
# Every stage runs even when an earlier one failed, so that one run names everything that is wrong. The exit code is
# the stages' own: the counting reads what the runners print and can never turn a failure into a success.
# Stages may be named: scripts/test.sh fmt clippy web rust e2e
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
stages=("$@")
((${#stages[@]})) || stages=(fmt web clippy rust e2e)
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
failed_stages=()
extra_passed=0 # stages that are one check each and print no count of their own
started=$SECONDS

run() { # run NAME COMMAND…: one stage; its output goes to the screen and, for counting, to the log
  local name="$1" began=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  if "$@" 2>&1 | tee -a "$log"; then
    printf '== %s: ok (%s s)\n' "$name" "$((SECONDS - began))"
  else
    failed_stages+=("$name")
    printf '== %s: FAILED (%s s)\n' "$name" "$((SECONDS - began))"
    return 1
  fi
}
check() { if run "$@"; then ((extra_passed += 1)); fi; } # a stage that counts as one test

# The linter compiles just as the compiler does. Put in its place for the workspace's own crates, it lints and builds in one go; a check
# by 'cargo clippy' would compile every dependency a second time. The price: tests do not run where a lint fails.
if driver="$(command -v clippy-driver)"; then
  export RUSTC_WORKSPACE_WRAPPER="$driver" CLIPPY_ARGS=-Dwarnings
fi

lint_and_build() {
  if [[ -z "${RUSTC_WORKSPACE_WRAPPER:-}" ]]; then
    cargo clippy --workspace --all-targets --locked --quiet -- -D warnings || return
  fi
  cargo test --workspace --all-targets --locked --no-run
}

rust_tests() {
  export HUYING_TEST_THREADS="${HUYING_TEST_THREADS:-}"
  cargo test --workspace --locked --no-fail-fast
}

browser_tests() {
  local files=(e2e/*.test.mjs)
  if [[ ! -e "${files[0]}" ]]; then
    echo "e2e: no test file yet"
    return 0
  fi
  # The workspace's tests have built this very binary; another selection of packages would build most of it anew.
  cargo test --workspace --locked --no-run --quiet && node --test --test-reporter=tap --test-concurrency=2 "${files[@]}"
}

for stage in "${stages[@]}"; do
  case "$stage" in
  fmt) check "formatting" cargo fmt --all --check ;;
  web)
    check "web assets" scripts/assets.sh
    check "TypeScript" npm --prefix web run --silent check
    check "pictures of the guides" scripts/pictures.sh --check
    run "web tests" node --test --test-reporter=tap web/test/*.test.mjs
    ;;
  clippy) check "clippy and build" lint_and_build ;;
  rust) run "Rust tests" rust_tests ;;
  e2e) run "browser tests" browser_tests ;;
  *)
    echo "test.sh: there is no stage '$stage'; the stages are fmt, web, clippy, rust, e2e." >&2
    failed_stages+=("$stage")
    ;;
  esac
done

# cargo prints "test result: ok. 12 passed; 0 failed; 1 ignored; …", node's TAP reporter "# pass 12" and "# fail 0".
read -r passed failed skipped < <(awk '
  /^test result: / { for (i = 2; i <= NF; i++) { if ($i ~ /^passed/) p += $(i-1); if ($i ~ /^failed/) f += $(i-1); if ($i ~ /^ignored/) s += $(i-1) } }
  /^# pass [0-9]+$/ { p += $3 }
  /^# fail [0-9]+$/ { f += $3 }
  /^# skipped [0-9]+$/ { s += $3 }
  END { print p + 0, f + 0, s + 0 }' "$log")
passed=$((passed + extra_passed))
if ((${#failed_stages[@]} && failed == 0)); then failed=${#failed_stages[@]}; fi # a stage that broke before its tests ran

# What the exhaustive walk of the life cycle covered, which wrong rows of dispatch tables nobody noticed, and how large the census of
# sight is; cargo keeps a passing test's own words to itself.
cat "${CARGO_TARGET_DIR:-target}"/tmp/{walk,mutants,census}.txt 2>/dev/null || true
printf '\n'
if ((${#failed_stages[@]})); then printf 'failed: %s\n' "${failed_stages[@]}"; fi
printf 'took %s s\n' "$((SECONDS - started))"
printf 'huying: %s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
if ((${#failed_stages[@]} || failed || passed == 0)); then exit 1; fi
