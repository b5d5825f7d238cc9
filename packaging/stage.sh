# shellcheck shell=bash
# What packaging/wheel and packaging/deb share. Sourced with $root set to the checkout.

# shellcheck source=cmake/setup.sh
. "${root:?}/cmake/setup.sh"

# cached NAME: a value of the build's configuration.
cached() { sed -n "s/^$1:[^=]*=//p" "${build:?}/CMakeCache.txt"; }

version() { cached CMAKE_PROJECT_VERSION; }

# stage_prefix FOLDER: what is built, installed there without debugging symbols and without a path of this machine.
stage_prefix() {
  rm -rf "$1"
  cmake --install "$build" --strip --prefix "$1" || return 1
  sed -i "s#\"$libtorch\"##" "$1/lib/cmake/sslx/sslxConfig.cmake"
  if grep -rlF -e "$root" "$1/lib/cmake"; then
    echo "these files name $root" >&2
    return 1
  fi
}
