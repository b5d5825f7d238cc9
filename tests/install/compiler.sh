#!/bin/bash
# compiler.sh PREFIX WORK: a compiler whose plugins could not be loaded is refused when CMake configures, in a sentence
# that says which one could be.
source "$(dirname "$0")/common.sh"
PREFIX=$1 WORK=$2
rm -rf "$WORK"
mkdir -p "$WORK"
export HOME="$WORK/home"
cd "$WORK"
"$PREFIX/bin/sslx" plugins new method mine >/dev/null
cd mine

# refused SENTENCE ARGUMENTS...: the configuration ends, before anything is built, with words of the sentence.
refused() {
  local out sentence=$1
  shift
  rm -rf build
  if out=$(env -u LIBTORCH_ROOT cmake --preset release "$@" 2>&1); then fail "$* is configured: $out"; fi
  out=$(tr -s ' \n' ' ' <<<"$out")
  [[ $out == *"$sentence"* ]] || fail "$* does not say '$sentence': $out"
  [ "$(grep -o 'CMake Error' <<<"$out" | wc -l)" = 1 ] || fail "$* is more than one sentence: $out"
}

refused "which makes cxxabi1017 glibcxx11=0: configure a new build folder with -DCMAKE_CXX_COMPILER=" -DCMAKE_CXX_FLAGS=-D_GLIBCXX_USE_CXX11_ABI=0
refused "glibcxx11=1: configure a new build folder" -DCMAKE_CXX_FLAGS=-fabi-version=11
if command -v clang++ >/dev/null; then refused "(Clang " -DCMAKE_CXX_COMPILER=clang++; fi
# One that is no C++20 compiler at all.
printf '#!/bin/sh\nfor word; do [ "$word" != -std=c++20 ] || { echo "unknown option" >&2; exit 1; }; done\nexec c++ "$@"\n' >"$WORK/old++"
chmod +x "$WORK/old++"
refused "which reads no C++20: configure" -DCMAKE_CXX_COMPILER="$WORK/old++"
