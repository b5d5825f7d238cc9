# shellcheck shell=bash
# What the scripts of this folder share: $SSLX is the built command, $HOME_DIR an empty home.
set -euo pipefail
SSLX=$1/bin/sslx PLUGINS=$2 HOME_DIR=$3
SOURCE=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
rm -rf "$HOME_DIR"
mkdir -p "$HOME_DIR"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# sweep ARGUMENTS...: the sweep file with the variants of standard input appended.
sweep() {
  { cat "$SOURCE/sweep.toml"; cat; } >"$HOME_DIR/sweep.toml"
  "$SSLX" --home "$HOME_DIR" --plugin-dir "$PLUGINS" sweep "$HOME_DIR/sweep.toml" "$@"
}

# weights: the digests of the final weights in all journals, one a line.
weights() { grep -h '"event":"finished"' "$HOME_DIR"/runs/*/journal.jsonl | grep -o '"weights_sha256":"[0-9a-f]\{64\}"'; }
