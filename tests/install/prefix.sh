#!/bin/bash
# prefix.sh BUILD PREFIX: installs, and checks that the prefix is whole and stands on its own.
source "$(dirname "$0")/common.sh"
BUILD=$1 PREFIX=$2
rm -rf "$PREFIX" "$PREFIX.moved"
cmake --install "$BUILD" --prefix "$PREFIX" >/dev/null

for file in bin/sslx bin/sslx-host bin/sslx-tools lib/libsslx.so lib/libsslx_core.so lib/sslx/plugins/methods/simclr.so \
    lib/sslx/plugins/backbones/resnet_small.so lib/sslx/plugins/augmentations/crop.so include/sslx/method.h \
    include/sslx/plugin.h lib/cmake/sslx/sslxConfig.cmake lib/cmake/sslx/sslxTargets.cmake \
    lib/cmake/sslx/FindLibTorch.cmake lib/cmake/sslx/SslxPlugin.cmake share/sslx/sweeps/quickstart.toml \
    share/sslx/published/simclr_v1.toml share/sslx/templates/method/plugin.cpp share/sslx/templates/check.toml \
    lib/cmake/sslx/SslxCompiler.cmake include/sslx/linked_plugin.h; do
  [ -e "$PREFIX/$file" ] || fail "the prefix has no $file"
done

# Nothing of the prefix may lead back into the build tree, but for LibTorch's own place.
for file in "$PREFIX"/bin/* "$PREFIX"/lib/*.so "$PREFIX"/lib/sslx/plugins/*/*.so; do
  if readelf -d "$file" | grep -E 'RPATH|RUNPATH' | grep -qF "$BUILD"; then
    fail "$file is searched for in $BUILD"
  fi
done
if grep -rlF "$BUILD" "$PREFIX/lib/cmake"; then fail "the package names $BUILD"; fi
if ldd "$PREFIX/bin/sslx" | grep -qE 'libtorch|libc10'; then fail "sslx needs torch"; fi

# From any folder, and from any place.
mv "$PREFIX" "$PREFIX.moved"
cd /
expect "methods in $PREFIX.moved/lib/sslx/plugins/methods" env -u SSLX_PLUGIN_PATH "$PREFIX.moved/bin/sslx" plugins
expect "temperature" "$PREFIX.moved/bin/sslx" plugins show simclr
for program in sslx-host sslx-tools; do
  if ldd "$PREFIX.moved/bin/$program" | grep -q 'not found'; then fail "$program lacks libraries"; fi
done
mv "$PREFIX.moved" "$PREFIX"
