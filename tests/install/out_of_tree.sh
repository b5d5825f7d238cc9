#!/bin/bash
# out_of_tree.sh PREFIX WORK: a method that is built against the prefix alone is dropped into the
# user's folder of plugins; it is listed, and a sweep runs it.
source "$(dirname "$0")/common.sh"
SOURCE=$(cd "$(dirname "$0")" && pwd)
PREFIX=$1 WORK=$2
rm -rf "$WORK"
mkdir -p "$WORK"
build_project "$SOURCE/my_method" "$WORK/build"

export HOME="$WORK/home" SSLX_HOME="$WORK/record"
unset SSLX_PLUGIN_PATH
folder="$HOME/.local/share/sslx/plugins"
mkdir -p "$folder" "$SSLX_HOME"
cp "$WORK/build/plugins/methods/my_method.so" "$folder"
cd "$WORK"
expect "methods in $folder" "$PREFIX/bin/sslx" plugins
expect "Gidaris et al. 2018" "$PREFIX/bin/sslx" plugins show my_method
expect "method.rotations" "$PREFIX/bin/sslx" sweep "$SOURCE/my_method/my_method.toml"
expect "rotations  kNN top-1 %" "$PREFIX/bin/sslx" report my_method
