#!/bin/bash
# A call that fails or is stopped half-way leaves nothing that the next takes for whole; calls at the
# same time wait for each other.
. "$(dirname "$0")/checkout.sh"

cp "$work/bin/unzip" "$work/unzip"
stand_in unzip 'mkdir -p "${@: -1}/torch/lib"; echo "disk full"; exit 1'
wrapper 1
said "disk full"
said "build/log/unpack.log"
[ ! -e "$root/.libtorch" ] || fail "half a LibTorch is left"

cp "$work/unzip" "$work/bin/unzip"
cp "$work/bin/ninja" "$work/ninja"
stand_in ninja "mkdir -p $root/build/release/bin; echo 'error: expected a semicolon'; exit 1"
wrapper 1
said "expected a semicolon"
wrapper 1
called ninja

stand_in ninja 'kill -KILL $PPID; sleep 0.2; exit 1'
"$root/sslx" >/dev/null 2>&1 && fail "a killed build counts as built"

cp "$work/ninja" "$work/bin/ninja"
sed -i '2i sleep 0.5' "$work/bin/ninja"
: >"$calls"
"$root/sslx" one >"$work/one" 2>&1 &
"$root/sslx" two >"$work/two" 2>&1
wait
grep -q "with one" "$work/one" || fail "the first of two calls did not run"
grep -q "with two" "$work/two" || fail "the second of two calls did not run"
grep -q "waiting for another call" "$work/one" "$work/two" || fail "nobody waited"
[ "$(grep -c '^ninja' "$calls")" = 1 ] || fail "both calls built"
