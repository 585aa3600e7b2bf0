#!/usr/bin/env bash
# Builds web/dist when a source of it is newer than its manifest; otherwise does nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../web"
manifest=dist/manifest.json
if [[ -f "$manifest" && -z "$(find src build.mjs package-lock.json -newer "$manifest" -print -quit)" ]]; then exit 0; fi
node build.mjs
