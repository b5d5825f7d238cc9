# shellcheck shell=bash
# Which LibTorch the build uses, and how it is fetched. Sourced by cmake/setup.sh.
#
# Used in this order: LIBTORCH_ROOT, CMAKE_PREFIX_PATH, the active Python's torch, .libtorch in the
# checkout, which is unpacked from the `torch` wheel when none of the others is new enough. An older
# one is named and passed over. The wheels are kept in the user's cache folder, their SHA-256 beside
# them; all works when that folder is empty, broken or not writable.

libtorch_release=2.11.0
libtorch_oldest=2.11
libtorch="" # set by provide_libtorch
own_libtorch="${root:?}/.libtorch"

# version_at_least VERSION OLDEST
version_at_least() { [ "$(printf '%s\n' "$2" "$1" | sort -V | sed -n 1p)" = "$2" ]; }

# libtorch_version FOLDER: its version, from its headers; fails where no LibTorch is.
libtorch_version() {
  local header
  [ -e "$1/lib/libtorch_cpu.so" ] || return 1
  for header in "$1/include/torch/headeronly/version.h" "$1/include/torch/csrc/api/include/torch/version.h"; do
    if grep -qs '^#define TORCH_VERSION_MAJOR' "$header"; then
      sed -nE 's/^#define TORCH_VERSION_(MAJOR|MINOR|PATCH) ([0-9]+).*/\2/p' "$header" | paste -sd.
      return 0
    fi
  done
  return 1
}

# The folders where an existing LibTorch may be, one a line.
libtorch_candidates() {
  local entry
  while read -r entry; do
    [ -z "$entry" ] || printf '%s\n' "$entry" "$entry/torch" "$entry/../.."
  done < <(printf '%s\n%s\n' "${LIBTORCH_ROOT:-}" "${CMAKE_PREFIX_PATH:-}" | tr ':;' '\n')
  python3 -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])' \
    2>/dev/null || true
}

# find_libtorch: sets libtorch to an existing one that is new enough.
find_libtorch() {
  local candidate version
  while read -r candidate; do
    version=$(libtorch_version "$candidate") || continue
    if version_at_least "$version" "$libtorch_oldest"; then
      libtorch=$(realpath "$candidate")
      return 0
    fi
    say "LibTorch $version in $candidate is older than $libtorch_oldest and is not used"
  done < <(libtorch_candidates)
  return 1
}

# What decides the choice, and the choice: recorded at configure time.
libtorch_choice() { echo "$libtorch|${LIBTORCH_ROOT:-}|${CMAKE_PREFIX_PATH:-}"; }

# libtorch_unchanged: the one that the last build used is there and whole, and was not chosen otherwise.
# Another Python alone is no reason to build all anew.
libtorch_unchanged() {
  local recorded
  recorded=$(cat "${build:?}/.libtorch" 2>/dev/null) || return 1
  libtorch=${recorded%%|*}
  [ "$recorded" = "$(libtorch_choice)" ] && [ -e "$libtorch/lib/libtorch_cpu.so" ] || return 1
  [ "$libtorch" != "$own_libtorch/torch" ] || own_libtorch_whole
}

# cpu or cuda. SSLX_CUDA=1 or 0 decides for another machine than this one (a cluster's login node).
libtorch_flavour() {
  if [ -n "${SSLX_CUDA:-}" ]; then
    if [ "$SSLX_CUDA" = 0 ]; then echo cpu; else echo cuda; fi
  elif [ -e /dev/nvidia0 ]; then echo cuda; else echo cpu; fi
}

# libtorch_manifest FOLDER: the libraries and the header of the version, with their sizes.
libtorch_manifest() {
  (cd "$1" && find torch/lib nvidia torch/include/torch/headeronly -name '*.so*' -printf '%s %p\n' \
    -o -name version.h -printf '%s %p\n' 2>/dev/null | LC_ALL=C sort)
}

# own_libtorch_whole: .libtorch is what was unpacked, and has CUDA's libraries if this machine wants them.
own_libtorch_whole() {
  local recorded
  recorded=$(cat "$own_libtorch/complete" 2>/dev/null) || return 1
  [ "${recorded#*$'\n'}" = "$(libtorch_manifest "$own_libtorch")" ] || return 1
  [ "${recorded%%$'\n'*}" = "$libtorch_release cuda" ] || [ "${recorded%%$'\n'*}" = "$libtorch_release $(libtorch_flavour)" ]
}

# download FOLDER REQUIREMENT...: wheels for the Python that is named, whichever runs pip. Nothing is
# installed, so an externally managed Python is no obstacle.
download() {
  local folder=$1 platforms=() minor
  shift
  for minor in $(seq 17 28); do platforms+=(--platform "manylinux_2_${minor}_$(uname -m)"); done
  python3 -m pip download --no-cache-dir --only-binary=:all: --implementation cp --python-version 3.11 \
    --platform "manylinux2014_$(uname -m)" "${platforms[@]}" --dest "$folder" "$@"
}

# download_wheels FOLDER: on the CPU, LibTorch needs two small libraries of CUDA beside itself. With a
# GPU it needs all that the wheel names as required; that way could not be tried without such a machine.
download_wheels() {
  local wanted=("nvidia-cuda-cupti>=13,<14" "nvidia-cuda-runtime>=13,<14")
  download "$1" --no-deps "torch==$libtorch_release" || return 1
  if [ "$(libtorch_flavour)" = cuda ]; then
    mapfile -t wanted < <(unzip -p "$1"/torch-*.whl 'torch-*.dist-info/METADATA' |
      sed -nE 's/^Requires-Dist: ((cuda-toolkit|nvidia-)[^;]*).*/\1/p')
    download "$1" "${wanted[@]}"
  else
    download "$1" --no-deps "${wanted[@]}"
  fi
}

wheels_whole() { (cd "$1" 2>/dev/null && [ -e SHA256SUMS ] && sha256sum --quiet --status -c SHA256SUMS); }

# keep_wheels FROM TO: into the cache, whole or not at all; a cache that cannot be written is none.
keep_wheels() {
  local aside="$2.$$"
  if mkdir -p "$(dirname "$2")" 2>/dev/null && cp -r "$1" "$aside" 2>/dev/null; then
    rm -rf "$2" && mv -T "$aside" "$2" && return 0
  fi
  rm -rf "$aside"
}

# unpack_wheels FOLDER INTO: torch and nvidia side by side, where libtorch_cpu.so looks for them. The
# Python parts are left out, and CUDA's gigabyte where there is no GPU.
unpack_wheels() {
  local unwanted=(torch/lib/libtorch_python.so) wheel
  [ "$(libtorch_flavour)" = cuda ] || unwanted+=('torch/lib/libtorch_cuda*' 'torch/lib/libtorch_nvshmem*')
  unzip -q "$1"/torch-*.whl 'torch/lib/*' 'torch/include/*' 'torch/share/*' -x "${unwanted[@]}" -d "$2" || return 1
  for wheel in "$1"/nvidia_*.whl; do unzip -q -o "$wheel" 'nvidia/*/lib/*' -d "$2" || return 1; done
  { echo "$libtorch_release $(libtorch_flavour)" && libtorch_manifest "$2"; } >"$2/complete"
}

fetch_libtorch() {
  local new="$root/build/libtorch.new" flavour cache
  flavour=$(libtorch_flavour)
  cache="${XDG_CACHE_HOME:-$HOME/.cache}/sslx/wheels/$libtorch_release-$flavour-$(uname -m)"
  rm -rf "$new" && mkdir -p "$new/wheels" "$new/tree"
  if wheels_whole "$cache"; then
    rmdir "$new/wheels" && ln -s "$cache" "$new/wheels"
  else
    step download "fetching LibTorch $libtorch_release for the $flavour (the torch wheel, 530 MB)" download_wheels "$new/wheels"
    (cd "$new/wheels" && sha256sum -- *.whl >SHA256SUMS)
    keep_wheels "$new/wheels" "$cache"
  fi
  step unpack "unpacking LibTorch into .libtorch" unpack_wheels "$new/wheels" "$new/tree"
  rm -rf "$own_libtorch"
  mv -T "$new/tree" "$own_libtorch"
  rm -rf "$new"
}

# provide_libtorch: sets libtorch to the one to build on.
provide_libtorch() {
  if libtorch_unchanged || find_libtorch; then return 0; fi
  libtorch="$own_libtorch/torch"
  if own_libtorch_whole; then return 0; fi
  if [ -e "$own_libtorch" ]; then say ".libtorch is not whole and is made anew"; fi
  fetch_libtorch
}
