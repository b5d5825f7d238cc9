#!/bin/bash
# scaffold.sh PREFIX KIND WORK: the project that `sslx plugins new` writes builds, passes its own
# test, and runs at once.
source "$(dirname "$0")/common.sh"
PREFIX=$1 KIND=$2 WORK=$3
rm -rf "$WORK"
mkdir -p "$WORK"
export SSLX_HOME="$WORK"
sslx="$PREFIX/bin/sslx"
expect "new_$KIND/README.md" "$sslx" plugins new "$KIND" "new_$KIND" --dir "$WORK"
if "$sslx" plugins new "$KIND" "new_$KIND" --dir "$WORK" 2>/dev/null; then fail "an old project is overwritten"; fi
if "$sslx" plugins new "$KIND" New-One --dir "$WORK" 2>/dev/null; then fail "New-One is taken as a name"; fi

cd "$WORK/new_$KIND"
build_project . build
ctest --test-dir build --output-on-failure
expect "new_$KIND" "$sslx" --plugin-dir build/plugins plugins
expect "new_$KIND on shapes" "$sslx" --plugin-dir build/plugins sweep "new_$KIND.toml"
