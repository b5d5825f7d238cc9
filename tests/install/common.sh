# shellcheck shell=bash
# What the scripts of this folder share. A check that fails ends the script with its reason.
set -euo pipefail

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# expect TEXT COMMAND...: the command succeeds and prints the text.
expect() {
  local text=$1 out
  shift
  out=$("$@" 2>&1) || fail "$* ended with $?: $out"
  [[ $out == *"$text"* ]] || fail "$* does not print '$text' but: $out"
}

# Builds the project in $1 into $1/build against the prefix alone.
build_project() {
  local launcher=()
  if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  env -u LIBTORCH_ROOT cmake -S "$1" -B "$2" -DCMAKE_PREFIX_PATH="$PREFIX" "${launcher[@]}"
  cmake --build "$2" --parallel 2
}
