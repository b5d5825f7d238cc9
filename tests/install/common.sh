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
  LIBTORCH_ROOT="" cmake -S "$1" -B "$2" -DCMAKE_PREFIX_PATH="$PREFIX"
  cmake --build "$2" --parallel 2
}

# make_environment FOLDER: a virtual environment in which the LibTorch of the build is installed as `torch`.
make_environment() {
  local libtorch packages
  libtorch=$(sed -n 's/^LIBTORCH_ROOT:[^=]*=//p' "$BUILD/CMakeCache.txt")
  python3 -m venv "$1"
  packages=$(echo "$1"/lib/python3*/site-packages)
  ln -s "$libtorch" "$packages/torch"
  pretend_torch "$packages" 2.11.0
}

# pretend_torch PACKAGES VERSION: what pip knows of an installed torch.
pretend_torch() {
  mkdir -p "$1/torch-$2.dist-info"
  printf 'Metadata-Version: 2.1\nName: torch\nVersion: %s\n' "$2" >"$1/torch-$2.dist-info/METADATA"
}

# refused TEXT COMMAND...: the command fails and says the text, however its lines are broken.
refused() {
  local text=$1 out
  shift
  if out=$("$@" 2>&1); then fail "$* succeeds and prints: $out"; fi
  out=$(tr -s ' \n' '  ' <<<"$out")
  [[ $out == *"$text"* ]] || fail "$* does not say '$text' but: $out"
}
