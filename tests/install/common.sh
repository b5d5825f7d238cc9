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

# What is compiled from here on is taken from ccache where it has it, whatever HOME becomes.
use_ccache() {
  command -v ccache >/dev/null || return 0
  CCACHE_DIR=$(ccache --get-config cache_dir)
  export CCACHE_DIR CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
}

# The lines of commands of a README, as they stand there, without their comments.
commands_of() { sed -n 's/^    \([^ ].*\)$/\1/p' "$1" | sed 's/ *#.*$//'; }

# Builds the project in $1 into $2 against the prefix alone.
build_project() {
  use_ccache
  env -u LIBTORCH_ROOT cmake -S "$1" -B "$2" -DCMAKE_PREFIX_PATH="$PREFIX"
  cmake --build "$2" --parallel 2
}
