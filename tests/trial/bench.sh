#!/bin/bash
# `sslx bench` prints figures, records nothing, and says what it cannot measure.
. "$(dirname "$0")/common.sh"

cp "$SOURCE/sweep.toml" "$HOME_DIR/sweep.toml"
printf '[[variants]]\nname = "%s"\nmethod = { name = "%s" }\n' a simclr b simsiam >>"$HOME_DIR/sweep.toml"
bench() { "$SSLX" --home "$HOME_DIR" bench "$@" >"$HOME_DIR/out" 2>&1; }
# lines PATTERN COUNT: as many lines of the output match.
lines() { [ "$(grep -Ec "$1" "$HOME_DIR/out")" = "$2" ] || fail "$2 lines of $1 were expected: $(cat "$HOME_DIR/out")"; }

bench views --seconds 0.01 || fail "$(cat "$HOME_DIR/out")"
lines '^[0-9]+ px from .* [0-9]+$' 3
lines '^[0-9]+ px, area .*( +[0-9.]+){6}$' 3
mkdir "$HOME_DIR/empty"
code=0
bench views --seconds 0.01 --photos "$HOME_DIR/empty" || code=$?
[ "$code" = 2 ] || fail "a folder without photos ended with $code"
grep -q "empty holds no .jpg or .jpeg file" "$HOME_DIR/out" || fail "$(cat "$HOME_DIR/out")"

bench step "$HOME_DIR/sweep.toml" --steps 2 || fail "$(cat "$HOME_DIR/out")"
lines '^(fp32|bf16)( channels-last)?( +[0-9.]+){5}$' 1
lines '^a, seed 0$' 1
lines '^a training step of simclr with ' 1
bench step "$HOME_DIR/sweep.toml" --steps 2 --trial b || fail "$(cat "$HOME_DIR/out")"
lines '^b, seed 0$' 1
lines '^a training step of simsiam with ' 1
code=0
bench step "$HOME_DIR/sweep.toml" --trial c || code=$?
[ "$code" = 2 ] || fail "a trial that there is not ended with $code"
grep -q "no trial of 'trial' is called 'c'" "$HOME_DIR/out" || fail "$(cat "$HOME_DIR/out")"
# Beside others that keep all cores busy it says so.
busy=()
stop_busy() { [ "${#busy[@]}" = 0 ] || kill "${busy[@]}" 2>/dev/null || true; }
trap stop_busy EXIT
for ((i = 0; i < 2 * $(nproc); ++i)); do
  sha256sum /dev/zero &
  busy+=("$!")
done
bench step "$HOME_DIR/sweep.toml" --steps 5 || fail "$(cat "$HOME_DIR/out")"
stop_busy
busy=()
lines '^other processes used [0-9.]+ of [0-9]+ cores meanwhile: alone it is faster than these figures$' 1
bench step "$HOME_DIR/sweep.toml" --steps 2 --each || fail "$(cat "$HOME_DIR/out")"
lines '^(fp32|bf16)( channels-last)?( +[0-9.]+){5}$' 4
code=0
bench step "$HOME_DIR/sweep.toml" --set train.batch_size=1000 || code=$?
[ "$code" = 2 ] || fail "a batch larger than the data set ended with $code"
grep -q "train.batch_size is 1000, more than the 320 training images" "$HOME_DIR/out" || fail "$(cat "$HOME_DIR/out")"
[ ! -e "$HOME_DIR/runs" ] || fail "measuring made runs"

bench record --runs 60 --rows 24 --repeats 1 || fail "$(cat "$HOME_DIR/out")"
lines '^60 runs of 24 metric rows taken in, .*: [0-9]+ rows a second' 1
lines '^sslx (--help|runs|report|report bench_0000|show 20260101-000059-00003b) +[0-9]+ +[0-9]+$' 5
[ ! -e "$HOME_DIR/results" ] || fail "measuring wrote to the record"
bench record --runs 1 --rows 3 --repeats 1 --keep "$HOME_DIR/kept" || fail "$(cat "$HOME_DIR/out")"
[ "$("$SSLX" --home "$HOME_DIR/kept" runs | grep -c "bench_0000 .* completed")" = 1 ] || fail "the record is not kept"
code=0
bench record --runs 1 --rows 3 --keep "$HOME_DIR/kept" || code=$?
[ "$code" = 2 ] || fail "a folder that is there ended with $code"
