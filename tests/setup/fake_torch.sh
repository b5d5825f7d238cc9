# shellcheck shell=bash
# What the stand-in of unzip unpacks into the folder given.
mkdir -p "$1/include/torch/headeronly" "$1/lib" "$1/../nvidia"
printf '#define TORCH_VERSION_%s\n' 'MAJOR 2' 'MINOR 11' 'PATCH 0' >"$1/include/torch/headeronly/version.h"
echo whole >"$1/lib/libtorch_cpu.so"
