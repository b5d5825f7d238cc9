#!/bin/bash
# Which LibTorch is used: one that is there and new enough, else one's own, whole.
. "$(dirname "$0")/checkout.sh"

make_libtorch "$work/old" 2.9.1
LIBTORCH_ROOT="$work/old" wrapper 0
said "LibTorch 2.9.1 in $work/old is older than 2.11 and is not used"
called "cmake .*-DLIBTORCH_ROOT=$root/.libtorch/torch"

make_libtorch "$work/prefix/torch" 2.12.0
CMAKE_PREFIX_PATH="$work/none:$work/prefix" wrapper 0
called "cmake .*-DLIBTORCH_ROOT=$work/prefix/torch"
not_called 'python3.*download'

wrapper 0
called "cmake .*-DLIBTORCH_ROOT=$root/.libtorch/torch"

# A truncated library is noticed, and the wheels that were kept are unpacked again.
: >"$root/.libtorch/torch/lib/libtorch_cpu.so"
wrapper 0
said ".libtorch is not whole and is made anew"
not_called 'python3.*download'
called unzip
grep -q whole "$root/.libtorch/torch/lib/libtorch_cpu.so" || fail "still truncated"

# A damaged wheel in the cache is fetched again.
rm -r "$root/.libtorch"
for wheel in "$XDG_CACHE_HOME"/sslx/wheels/*/torch-1.whl; do echo damage >>"$wheel"; done
wrapper 0
called 'python3.*download'

# On a machine with a GPU the CPU's libraries are not enough.
SSLX_CUDA=1 wrapper 0
said "fetching LibTorch 2.11.0 for the cuda"
called 'python3.* nvidia-nccl-cu13==2$'
