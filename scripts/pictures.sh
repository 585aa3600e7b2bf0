#!/usr/bin/env bash
# Puts the screenshots that docs/users names into docs/users/pictures, from what the browser tests took (e2e/shots, or a folder that is
# named). A picture has the name of its shot. Pictures that no page names any more are removed; a shot that is missing is named, and nothing is changed.
#
#   make test ARGS=e2e && scripts/pictures.sh
#   scripts/pictures.sh --check     only says whether every picture is there
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mapfile -t names < <(grep -oh 'pictures/[a-z0-9-]*\.png' docs/users/*.md | sed 's|pictures/||' | sort -u)
((${#names[@]})) || { echo "pictures: no page of docs/users names a picture" >&2; exit 1; }
from="${1:-e2e/shots}"
check=
if [[ "$from" == --check ]]; then
  check=yes
  from=docs/users/pictures
fi
missing=()
for name in "${names[@]}"; do
  [[ -s "$from/$name" ]] || missing+=("$name")
done
if ((${#missing[@]})); then
  printf 'pictures: %s is missing\n' "${missing[@]/#/$from/}" >&2
  echo "pictures: run the browser tests first (make test ARGS=e2e)" >&2
  exit 1
fi
if [[ -n "$check" ]]; then
  echo "pictures: ${#names[@]} are there"
  exit 0
fi
mkdir -p docs/users/pictures
for old in docs/users/pictures/*.png; do
  [[ -e "$old" ]] || continue
  printf '%s\n' "${names[@]}" | grep -qxF "$(basename "$old")" || rm "$old"
done
for name in "${names[@]}"; do cp "$from/$name" "docs/users/pictures/$name"; done
echo "pictures: ${#names[@]} in docs/users/pictures"
