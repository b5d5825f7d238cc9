#!/bin/bash
# deb.sh SOURCE BUILD WORK: makes the Debian package: a prefix of its own under /usr/lib and a link to its command. It depends on
# Debian's libraries, and LibTorch is the one that is named or that the active Python has.
source "$(dirname "$0")/common.sh"
SOURCE=$1 BUILD=$2 WORK=$3
rm -rf "$WORK"
mkdir -p "$WORK"
deb=$("$SOURCE/packaging/deb" "$WORK/dist")
[[ $deb == */sslx_*_amd64.deb ]] || fail "the package is called $deb"
depends=$(dpkg-deb -f "$deb" Depends)
for package in libc6 libfmt9 libjpeg62-turbo libsqlite3-0 libssl3 libboost-filesystem1.74.0; do
  [[ $depends == *"$package"* ]] || fail "it does not depend on $package but on $depends"
done
dpkg-deb -x "$deb" "$WORK/root"
if command -v lintian >/dev/null; then
  lintian --fail-on error --allow-root "$deb" || fail "lintian finds errors"
fi

unset LIBTORCH_ROOT CMAKE_PREFIX_PATH LD_LIBRARY_PATH
sslx="$WORK/root/usr/bin/sslx"
libtorch=$(sed -n 's/^LIBTORCH_ROOT:[^=]*=//p' "$BUILD/CMakeCache.txt")
if readelf -d "$WORK"/root/usr/lib/sslx/bin/* | grep -E '\(R(UN)?PATH\)' | grep -vF '[$ORIGIN/../lib]'; then fail "it names a place of this machine"; fi
expect "there is no LibTorch 2.11" env PATH=/nowhere "$sslx" --version
LIBTORCH_ROOT="$libtorch" expect "LibTorch 2.11.0 in $libtorch" "$sslx" --version
mkdir -p "$WORK/active"
ln -s "$libtorch" "$WORK/active/torch"
PYTHONPATH="$WORK/active" expect "LibTorch 2.11.0 in $libtorch" "$sslx" --version
PYTHONPATH="$WORK/active" expect "kNN" "$sslx" --home "$WORK/home" sweep "$(dirname "$0")/tiny.toml"
