# shellcheck shell=bash
# A checkout in a temporary folder, with the real wrapper and stand-ins for all that it calls: each
# stand-in writes its name and arguments to $calls. Sourced by the tests of this folder.
set -euo pipefail
source=${SSLX_SOURCE_DIR:-$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root="$work/checkout"
calls="$work/calls"
export XDG_CACHE_HOME="$work/cache" HOME="$work/home" SSLX_OS_RELEASE="$work/os-release" SSLX_CUDA=0
unset LIBTORCH_ROOT CMAKE_PREFIX_PATH SSLX_SKIP_PACKAGES
mkdir -p "$root/cmake" "$root/cli" "$root/host" "$root/plugins" "$work/bin" "$HOME"
cp "$source/sslx" "$root/"
cp "$source"/cmake/{setup.sh,libtorch.sh,own_wheel.sh,packages.txt} "$root/cmake/"
touch "$root/CMakeLists.txt" "$root/CMakePresets.json" "$calls"
echo 'ID=debian' >"$SSLX_OS_RELEASE"
PATH="$work/bin:$PATH"

fail() {
  echo "FAILED: $*" >&2
  cat "$work/out" "$calls" >&2 || true
  exit 1
}

# stand_in NAME BODY: a command that records its call and then does BODY.
stand_in() {
  printf '#!/bin/bash\necho "%s $*" >>%q\n%s\n' "$1" "$calls" "$2" >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}

# wrapper CODE ARGUMENTS...: runs ./sslx; its output is in $work/out, and CODE its exit code.
wrapper() {
  local wanted=$1 code=0
  shift
  : >"$calls"
  "$root/sslx" "$@" >"$work/out" 2>&1 </dev/null || code=$?
  [ "$code" = "$wanted" ] || fail "exit code $code, not $wanted"
}

said() { grep -qF -- "$1" "$work/out" || fail "it does not say: $1"; }
called() { grep -qE -- "$1" "$calls" || fail "not called: $1"; }
not_called() { ! grep -qE -- "$1" "$calls" || fail "called: $1"; }

# make_libtorch FOLDER VERSION: what a LibTorch looks like from outside.
make_libtorch() {
  local header="$1/include/torch/headeronly/version.h" major minor patch
  IFS=. read -r major minor patch <<<"$2"
  mkdir -p "$(dirname "$header")" "$1/lib"
  printf '#define TORCH_VERSION_%s %s\n' MAJOR "$major" MINOR "$minor" PATCH "$patch" >"$header"
  echo "$2" >"$1/lib/libtorch_cpu.so"
}

# A system where every package is installed, and that builds an sslx which says what it was given.
stand_in dpkg-query 'shift 3; printf "%s installed\n" "$@"'
stand_in apt-get 'exit 1'
stand_in apt-cache 'exit 0'
stand_in sudo 'exit 1'
stand_in cmake "mkdir -p $root/build/release/bin && touch $root/build/release/build.ninja"
stand_in ninja "printf '#!/bin/bash\necho ran in \$PWD with \$*\n' | tee $root/build/release/bin/{sslx,sslx-host} >$root/build/release/bin/sslx-tools
chmod +x $root/build/release/bin/*"
# pip's downloads are folders' names here: unzip makes the LibTorch.
stand_in python3 'case "$*" in
*download*) while [ "$1" != --dest ]; do shift; done; touch "$2/torch-1.whl" "$2/nvidia_1.whl" ;;
*) exit 1 ;;
esac'
stand_in unzip "case \"\$*\" in
-p*) echo 'Requires-Dist: nvidia-nccl-cu13==2; platform_system == \"Linux\"' ;;
*torch-1.whl*) . $source/tests/setup/fake_torch.sh \"\${@: -1}/torch\" ;;
esac"
