# shellcheck shell=bash
# The wheel that packaging/wheel made of the very same sources, kept in the user's cache: a checkout that was never
# built runs from it at once. Sourced by cmake/setup.sh.

unpacked="${root:?}/build/from-wheel"
sources=(cli host plugins sweeps results/published cmake packaging CMakeLists.txt CMakePresets.json)

# kept_wheel: where the wheel of these sources is kept, or would be.
kept_wheel() {
  local digest
  digest=$(cd "$root" && { find "${sources[@]}" -type f ! -name '*.pyc' -print0 2>/dev/null || true; } |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
  echo "${XDG_CACHE_HOME:-$HOME/.cache}/sslx/built/${digest:0:16}-${libtorch_oldest:?}-$(uname -m).whl"
}

# keep_wheel FILE: in place of those of older sources; a cache that cannot be written is none.
keep_wheel() {
  local kept
  kept=$(kept_wheel)
  if mkdir -p "$(dirname "$kept")" 2>/dev/null && cp "$1" "$kept.$$" 2>/dev/null; then
    rm -f "$(dirname "$kept")"/*.whl
    mv "$kept.$$" "$kept"
  fi
}

# wheel_fits: one is unpacked, its LibTorch is there, and no source is newer.
wheel_fits() {
  [ -x "$unpacked/sslx/bin/sslx" ] && [ -e "$unpacked/torch/lib/libtorch_cpu.so" ] &&
    [ -z "$(cd "$root" && find "${sources[@]}" -newer "$unpacked/made" ! -name '*.pyc' -print -quit 2>/dev/null)" ]
}

# unpack_wheel: fails where none is kept, or where this checkout was built.
unpack_wheel() {
  local kept
  if wheel_fits; then return 0; fi
  [ ! -e "${build:?}/bin/sslx" ] && command -v unzip >/dev/null || return 1
  kept=$(kept_wheel)
  [ -e "$kept" ] || return 1
  provide_libtorch
  rm -rf "$unpacked" "$unpacked.new"
  if ! unzip -q "$kept" -d "$unpacked.new"; then return 1; fi
  ln -s "${libtorch:?}" "$unpacked.new/torch"
  touch "$unpacked.new/made"
  mv -T "$unpacked.new" "$unpacked"
  say "taken from the wheel of these sources, $kept"
}
