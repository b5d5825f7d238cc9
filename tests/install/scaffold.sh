#!/bin/bash
# scaffold.sh PREFIX KIND WORK: the project that `sslx plugins new` writes builds, passes its own test and its
# check, and runs at once, by the lines of its README as they stand there. The checkout's README has the same.
source "$(dirname "$0")/common.sh"
PREFIX=$1 KIND=$2 WORK=$3
SOURCE=$(cd "$(dirname "$0")" && pwd)
rm -rf "$WORK"
mkdir -p "$WORK"
use_ccache
export HOME="$WORK/home"
unset SSLX_HOME SSLX_PLUGIN_PATH
sslx="$PREFIX/bin/sslx"
expect "new_$KIND/README.md" "$sslx" plugins new "$KIND" "new_$KIND" --dir "$WORK"
if "$sslx" plugins new "$KIND" "new_$KIND" --dir "$WORK" 2>/dev/null; then fail "an old project is overwritten"; fi
if "$sslx" plugins new "$KIND" New-One --dir "$WORK" 2>/dev/null; then fail "New-One is taken as a name"; fi

cd "$WORK/new_$KIND"
mapfile -t lines < <(commands_of README.md)
[ "${#lines[@]}" = 5 ] || fail "the README has ${#lines[@]} lines of commands: ${lines[*]}"
for line in "${lines[@]}"; do
  out=$(env -u LIBTORCH_ROOT bash -euo pipefail -c "$line" 2>&1) || fail "$line: $out"
  case $line in
    *"plugins check"*) [[ $out == *"$KIND 'new_$KIND' passes"* ]] || fail "the check says: $out" ;;
    *sweep*) [[ $out == *"new_$KIND on shapes"* ]] || fail "the sweep prints: $out" ;;
  esac
done
[ "$(ctest --preset release -N | sed -n 's/^Total Tests: //p')" = 2 ] || fail "the check is no test of the project"
[ "$(find build/release -name 'cmake_pch.hxx.gch' | wc -l)" = 1 ] || fail "plugin and test have headers of their own"
expect "new_$KIND" "$sslx" plugins
expect "new_$KIND on shapes" "$sslx" sweep "new_$KIND.toml"

[ "$KIND" = method ] || exit 0
own=$(commands_of "$SOURCE/../../README.md" | sed -n '/plugins new method my_method/,/^cp /p' | sed '1,2d')
own=${own//..\/sslx/$sslx}
[ "${own//my_method/new_method}" = "$(printf '%s\n' "${lines[@]}")" ] || fail "the README of the checkout has other lines: $own"

# The run says what a collapse is told by, and the source how to compute beside bf16.
run=$("$sslx" runs | awk '/^20/ && $3 == "new_method" && !seen++ {print $1}')
for figure in output_deviation output_rank; do expect "$figure" "$sslx" show "$run"; done
for word in "sslx::wide" "sslx::FullPrecision"; do
  grep -qF "$word" new_method.cpp || fail "the scaffold does not tell of $word"
  grep -qF "${word#sslx::}" "$PREFIX/include/sslx/method.h" || fail "method.h does not tell of $word"
done

# Another line of the loss compiles one file, and nothing of torch's headers anew.
sed -i 's/+ uniformity_ \*/+ 2 * uniformity_ */' new_method.cpp
built=$(cmake --build --preset release 2>&1) || fail "$built"
[ "$(grep -c 'Building CXX' <<<"$built")" = 1 ] || fail "a changed line compiles more than its file: $built"

# A part that is not registered passes the plugin's own test, which trains what is registered, and not the check's.
cp new_method.cpp kept.cpp
sed -i 's/projector_ = register_module("projector", sslx::mlp(head));/projector_ = sslx::mlp(head);/' new_method.cpp
cmake --build --preset release >/dev/null
if ctest --preset release >out 2>&1; then fail "the projector is not registered, and nothing tells it"; fi
grep -q "1/2 Test.*new_method .*Passed" out || fail "the plugin's own test fails: $(cat out)"
grep -q "registered .*WRONG: the loss has a gradient for" out || fail "the check does not name it: $(cat out)"
mv kept.cpp new_method.cpp

# For a debugger: without optimisation, and run all the same.
cmake --preset debug >/dev/null
cmake --build --preset debug >/dev/null || fail "the preset debug does not build"
ctest --preset debug >out 2>&1 || fail "the preset debug does not pass: $(cat out)"

# The preset for the test alone finds what it is for, and its library is refused.
# shellcheck disable=SC2016
sed -i 's/    const Tensor z1 = project(batch.views\[0\]);/    std::vector<int> three(3); volatile int place = 3; three[place] = 1;\n&/' new_method.cpp
cmake --preset sanitize >/dev/null
cmake --build --preset sanitize >/dev/null || fail "the preset sanitize does not build"
if ctest --preset sanitize >out 2>&1; then fail "the sanitizer finds nothing"; fi
grep -q "heap-buffer-overflow" out || fail "the sanitizer says: $(cat out)"
refusal=$("$sslx" --plugin-dir build/sanitize/plugins plugins)
[[ $refusal == *"it does not fit this sslx: built with a sanitizer"* ]] || fail "a library with a sanitizer is not refused: $refusal"
