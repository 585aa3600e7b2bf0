#!/usr/bin/env bash
# Makes a machine ready: `bootstrap.sh demo` for building and running, `bootstrap.sh test` for the tests as well.
#
# On Debian or Ubuntu as root it installs what is missing. Anywhere else it names what is missing, in one
# sentence, and stops with exit code 3. It refuses to touch a Rust toolchain: rustup owns that. When nothing is
# missing it only looks, in well under a second.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scope="${1:-test}"
case "$scope" in demo | test) ;; *)
  echo "bootstrap.sh: say 'demo' or 'test', not '$scope'." >&2
  exit 2
  ;;
esac

packages=() # Debian package names to install
words=()    # the same things as a person would name them
need() { packages+=("$1"); words+=("$2"); }

node_is_new_enough() { [[ "$(node --version 2>/dev/null)" =~ ^v([0-9]+) ]] && ((BASH_REMATCH[1] >= 20)); }
postgres_is_here() { command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
cjk_font_is_here() {
  compgen -G '/usr/share/fonts/*/*/*CJK*' >/dev/null || compgen -G '/usr/share/fonts/*/*CJK*' >/dev/null ||
    { command -v fc-list >/dev/null && fc-list ':lang=zh-cn' | grep -q .; }
}
browser_is_here() {
  [[ -n "${HUYING_CHROMIUM:-}" && -x "${HUYING_CHROMIUM:-}" ]] && return
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null
}

look() {
  packages=() words=()
  command -v cc >/dev/null || need build-essential "a C compiler"
  command -v make >/dev/null || need make "make"
  node_is_new_enough || need nodejs "Node.js 20 or newer"
  command -v npm >/dev/null || need npm "npm"
  if [[ "$scope" == test ]]; then
    postgres_is_here || need postgresql "the PostgreSQL server programs"
    browser_is_here || need chromium "Chromium"
    cjk_font_is_here || need fonts-noto-cjk "a Chinese font"
    compgen -G '/usr/share/fonts/truetype/noto/NotoSans-*' >/dev/null || ! command -v apt-get >/dev/null ||
      need fonts-noto-core "the Noto fonts"
    python3 -c 'import ensurepip, venv' 2>/dev/null || need python3-venv "Python 3 with venv"
  fi
}

install() {
  export DEBIAN_FRONTEND=noninteractive
  # The tests start their own private clusters, so Debian need not make and start one.
  if ! command -v pg_createcluster >/dev/null; then
    mkdir -p /etc/postgresql-common/createcluster.d
    echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/huying.conf
  fi
  echo "Installing ${words[*]} …"
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
}

# A distribution's Node may be older than the tools here; the registry that serves them serves Node as well.
newer_node() {
  node_is_new_enough && return
  command -v npm >/dev/null || apt-get install -y -qq --no-install-recommends npm >/dev/null
  local machine
  machine="$(uname -m)"
  case "$machine" in x86_64) machine=x64 ;; aarch64) machine=arm64 ;; esac
  echo "Installing a newer Node.js …"
  npm install --global --silent --prefix /usr/local "node-linux-$machine@22"
  ln -sf "/usr/local/lib/node_modules/node-linux-$machine/bin/node" /usr/local/bin/node
  hash -r
}

if ! command -v cargo >/dev/null; then
  echo "Rust is missing: install it with rustup (https://rustup.rs, then 'rustup default stable'), open a new shell and run this again." >&2
  exit 3
fi

look
if ((${#packages[@]})); then
  if [[ "$(id -u)" == 0 ]] && command -v apt-get >/dev/null; then
    install
    newer_node
    look
  fi
  if ((${#packages[@]})); then
    list="$(printf '%s, ' "${words[@]}")"
    echo "Missing on this machine: ${list%, }; install them and run this again (on Debian or Ubuntu, as root, this does it for you)." >&2
    exit 3
  fi
fi

# npm writes node_modules/.package-lock.json last, so a newer lock file means an unfinished or outdated install.
npm_install() {
  [[ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ]] && return
  echo "Installing the npm packages of $1/ …"
  npm ci --prefix "$1" --no-fund --no-audit --silent --ignore-scripts
  touch "$1/node_modules/.package-lock.json"
}
npm_install web
if [[ "$scope" == test ]]; then npm_install e2e; fi

# The mail test stands on a real SMTP server, the contract test on schemathesis, the developers' test on a maker of clients; the stamp names the versions that were installed.
python_packages=(aiosmtpd==1.4.6 schemathesis==4.32.5 openapi-python-client==0.29.1)
python_venv() {
  local stamp="e2e/.venv/${python_packages[*]}"
  stamp="${stamp// /+}"
  [[ -f "$stamp" ]] && return
  echo "Installing the Python packages of e2e/ …"
  python3 -m venv e2e/.venv
  e2e/.venv/bin/pip install --quiet --disable-pip-version-check "${python_packages[@]}"
  touch "$stamp"
}
if [[ "$scope" == test ]]; then python_venv; fi

# Open311 clients that others wrote, each with the versions of its own time.
open311_clients=(georeport==0.3.1 chicagorequests==0.0.5 boston311==0.1.1 three==0.8.0)
open311_venvs() {
  local client place
  for client in "${open311_clients[@]}"; do
    place="e2e/.open311/${client%%==*}"
    [[ -f "$place/$client" ]] && continue
    echo "Installing the Open311 client $client …"
    python3 -m venv "$place"
    "$place/bin/pip" install --quiet --disable-pip-version-check "$client"
    touch "$place/$client"
  done
}
if [[ "$scope" == test ]]; then open311_venvs; fi
