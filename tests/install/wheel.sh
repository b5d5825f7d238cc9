#!/bin/bash
# wheel.sh SOURCE BUILD WORK: makes the wheel and installs it into an environment that has torch, $WORK/env. It is small, whole
# and quick, names no place of this machine, and needs no other library than glibc's and torch's.
source "$(dirname "$0")/common.sh"
SOURCE=$1 BUILD=$2 WORK=$3
rm -rf "$WORK"
mkdir -p "$WORK"
export XDG_CACHE_HOME="$WORK/cache" PIP_DISABLE_PIP_VERSION_CHECK=1
wheel=$("$SOURCE/packaging/wheel" "$WORK/dist")
version=$(sed -n 's/^project(sslx VERSION \([0-9.]*\).*/\1/p' "$SOURCE/CMakeLists.txt")
[[ $wheel == "$WORK/dist/sslx-$version-py3-none-manylinux_2_"*"_$(uname -m).whl" ]] || fail "the wheel is called $wheel"
[ "$(stat -c %s "$wheel")" -lt 15000000 ] || fail "the wheel has $(stat -c %s "$wheel") bytes"

make_environment "$WORK/env"
"$WORK/env/bin/pip" install -q --no-index "$wheel"
packages=$(echo "$WORK"/env/lib/python3*/site-packages)
prefix="$packages/sslx"
for file in bin/sslx bin/sslx-host bin/sslx-tools lib/libsslx.so lib/sslx/plugins/methods/simclr.so include/sslx/method.h \
    include/nlohmann/json.hpp lib/cmake/sslx/sslxConfig.cmake share/sslx/sweeps/quickstart.toml \
    share/sslx/published/simclr_v1.toml share/sslx/templates/method/plugin.cpp share/sslx/licences/libfmt9.txt; do
  [ -e "$prefix/$file" ] || fail "the wheel has no $file"
done
grep -q '^Requires-Dist: torch>=2.11,<2.12$' "$packages/sslx-$version.dist-info/METADATA" || fail "it does not ask for torch"

# Whatever it loads is its own, torch's, or glibc's and the compiler's.
torch=$(realpath "$packages/torch")
while read -r file; do
  readelf -h "$file" >/dev/null 2>&1 || continue
  if readelf -d "$file" | sed -nE 's/.*\(R(UN)?PATH\).*\[(.*)\]/\2/p' | tr ':' '\n' | grep -v '^\$ORIGIN'; then
    fail "$file is searched for in a place of this machine"
  fi
  while read -r name _ found _; do
    case "$found" in
      "$prefix"/* | "$packages"/torch/lib/* | "$torch"/* | */nvidia/*) ;;
      /*) [[ $name =~ ^lib(c|m|dl|pthread|rt|util|stdc\+\+|gcc_s)\.so ]] || fail "$file loads $found" ;;
      *) fail "$file does not find $name" ;;
    esac
  done < <(ldd "$file" | grep '=>')
done < <(find "$prefix" "$WORK/env/bin/sslx" -type f \( -path '*/bin/*' -o -name '*.so*' \))
if grep -rlF -e "$SOURCE" "$prefix/lib/cmake"; then fail "the package names $SOURCE"; fi

expect "sslx $version" "$WORK/env/bin/sslx" --version
expect "LibTorch 2.11.0 in $torch" "$WORK/env/bin/sslx" --version
[ "$("$WORK/env/bin/sslx" --cmake-dir)" = "$prefix/lib/cmake/sslx" ] || fail "--cmake-dir: $("$WORK/env/bin/sslx" --cmake-dir)"

# A plugin's project finds the headers in the wheel, and LibTorch in the environment.
cmake -S "$(dirname "$0")/my_method" -B "$WORK/configured" -Dsslx_DIR="$("$WORK/env/bin/sslx" --cmake-dir)" >"$WORK/out" 2>&1 || fail "$(cat "$WORK/out")"
if grep -q nlohmann_json_DIR "$WORK/configured/CMakeCache.txt"; then fail "the headers of nlohmann-json are this machine's"; fi
grep -rqF -e "-isystem $torch/include" "$WORK/configured/CMakeFiles" "$WORK/configured/compile_commands.json" "$WORK"/configured/*.ninja 2>/dev/null ||
  fail "another LibTorch is found than $torch"
mkdir -p "$WORK/newer/include/torch/headeronly" "$WORK/newer/lib"
printf '#define TORCH_VERSION_%s\n' 'MAJOR 2' 'MINOR 12' 'PATCH 0' >"$WORK/newer/include/torch/headeronly/version.h"
touch "$WORK/newer/lib/libtorch_cpu.so"
refused "this sslx runs on LibTorch 2.11.x, and the one in $WORK/newer is 2.12.0" cmake -S "$(dirname "$0")/my_method" -B "$WORK/refused" \
  -Dsslx_DIR="$prefix/lib/cmake/sslx" -DLIBTORCH_ROOT="$WORK/newer"

milliseconds=$(python3 - "$WORK/env/bin/sslx" <<'PYTHON'
import subprocess, sys, time
def once():
    start = time.perf_counter()
    subprocess.run([sys.argv[1], "--help"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start
print(int(1000 * min(once() for _ in range(15))))
PYTHON
)
[ "$milliseconds" -lt 30 ] || fail "sslx --help takes $milliseconds ms"
