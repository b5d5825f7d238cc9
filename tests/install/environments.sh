#!/bin/bash
# environments.sh BUILD WORK: the wheel of $WORK/dist in the environments of users: moved, not writable, another user's; with
# another torch, with none, with one elsewhere; in a folder of its own; removed and installed again.
source "$(dirname "$0")/common.sh"
BUILD=$1 WORK=$2
TINY=$(realpath "$(dirname "$0")/tiny.toml")
wheel=$(echo "$WORK"/dist/*.whl)
unset LIBTORCH_ROOT CMAKE_PREFIX_PATH LD_LIBRARY_PATH SSLX_PLUGIN_PATH VIRTUAL_ENV
export PIP_DISABLE_PIP_VERSION_CHECK=1
rm -rf "${WORK:?}/users" "${WORK:?}/home"
mkdir -p "$WORK/users" "$WORK/home"
make_environment "$WORK/users/first"
"$WORK/users/first/bin/pip" install -q --no-index "$wheel"

# Moved, and nobody's to write: as another user when this one is root.
mv "$WORK/users/first" "$WORK/users/moved"
sslx="$WORK/users/moved/bin/sslx"
packages=$(echo "$WORK"/users/moved/lib/python3*/site-packages)
cd "$WORK/home"
if [ "$(id -u)" = 0 ] && chown 65534 . && setpriv --reuid 65534 --clear-groups test -r "$packages" 2>/dev/null; then
  expect "kNN" setpriv --reuid 65534 --regid 65534 --clear-groups env HOME="$WORK/home" "$sslx" sweep "$TINY"
else
  chmod -R a-w "$WORK/users/moved"
  expect "kNN" "$sslx" sweep "$TINY"
  chmod -R u+w "$WORK/users/moved"
fi
ln -s "$sslx" "$WORK/users/link"
expect "methods in $packages/sslx/lib/sslx/plugins/methods" "$WORK/users/link" plugins

# Someone else's LibTorch in the way is not loaded.
mkdir -p "$WORK/users/old/lib"
echo broken >"$WORK/users/old/lib/libtorch_cpu.so"
LD_LIBRARY_PATH="$WORK/users/old/lib" expect "multiply-adds  " "$sslx" plugins show resnet_small --set width=8

# Another version, none, one elsewhere.
torch=$(readlink "$packages/torch")
rm "$packages/torch"
mkdir -p "$packages/torch/lib"
echo "__version__ = '2.10.0+cpu'" >"$packages/torch/version.py"
touch "$packages/torch/lib/libtorch_cpu.so"
refused "this sslx runs on LibTorch 2.11, and the one in $packages/torch is 2.10.0+cpu" "$sslx" --home . sweep "$TINY" --set train.epochs=1
refused "pip install 'torch>=2.11,<2.12'" "$sslx" --home . sweep "$TINY" --set train.epochs=1
expect "is 2.10.0+cpu" "$sslx" --version
expect "kNN" "$sslx" report tiny
rm -r "$packages/torch"
refused "there is no LibTorch 2.11" env PATH=/nowhere "$sslx" --home . sweep "$TINY" --set train.epochs=1
LIBTORCH_ROOT="$torch" expect "kNN" "$sslx" --home "$WORK/home/elsewhere" sweep "$TINY" --set train.epochs=1
mkdir -p "$WORK/users/seen"
ln -s "$torch" "$WORK/users/seen/torch"
(cd "$WORK/users/seen" && expect "LibTorch 2.11.0 in" "$sslx" --version)

# --target, and removed from where it was: nothing is left of it, and no result is lost.
ln -s "$torch" "$packages/torch"
"$WORK/users/moved/bin/python3" -m pip install -q --no-index --no-deps --target "$WORK/users/target" "$wheel"
ln -s "$torch" "$WORK/users/target/torch"
expect "kNN" "$WORK/users/target/bin/sslx" --home "$WORK/home/target" sweep "$TINY" --set train.epochs=1
"$WORK/users/moved/bin/python3" -m pip uninstall -q -y sslx
left=$(find "$WORK/users/moved" -name '*sslx*')
[ -z "$left" ] || fail "this is left: $left"
"$WORK/users/moved/bin/python3" -m pip install -q --no-index "$wheel"
expect "kNN" "$WORK/users/moved/bin/sslx" report tiny
rm -rf "$packages/sslx"
refused "is not in $WORK/users/moved; install it there again" "$WORK/users/moved/bin/sslx" --help
