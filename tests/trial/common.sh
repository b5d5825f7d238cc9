# shellcheck shell=bash
# What the scripts of this folder share: $SSLX is the built command, $HOME_DIR an empty home.
set -Eeuo pipefail
trap 'echo "FAILED: $BASH_COMMAND (exit code $?), line $LINENO of ${BASH_SOURCE[0]##*/}" >&2' ERR
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

# sslx ARGUMENTS...: the command, whose words go into the file out of its home.
sslx() { "$SSLX" --home "$HOME_DIR" --plugin-dir "$PLUGINS" "$@" >"$HOME_DIR/out" 2>&1; }
# refused SENTENCE ARGUMENTS...: the command ends with 2 and says so.
refused() {
  local sentence=$1 code=0
  shift
  sslx "$@" || code=$?
  [ "$code" = 2 ] || fail "sslx $* ended with $code: $(cat "$HOME_DIR/out")"
  grep -qF -e "$sentence" "$HOME_DIR/out" || fail "sslx $* does not say '$sentence': $(cat "$HOME_DIR/out")"
}

# misbehaving KEY VALUES: for each a variant of its name, of the method that misbehaves.
misbehaving() {
  local value
  for value in $2; do
    printf '[[variants]]\nname = "%s"\nmethod = { name = "misbehave", %s = "%s" }\n' "$value" "$1" "$value"
  done
}

# run_of VARIANT: the newest run of that variant.
run_of() { "$SSLX" --home "$HOME_DIR" runs | awk -v name="$1" '$2 == "trial" && $3 == name && !seen++ {print $1}'; }

# in_time SECONDS COMMAND...: tries it until it succeeds; fails when that takes longer.
in_time() {
  local until=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $until ] || return 1
    sleep 0.05
  done
}

# side FILE: width and height of a PNG.
side() { od -An -tu1 -j16 -N8 "$1" | awk '{print ($3 * 256 + $4) "x" ($7 * 256 + $8)}'; }
