#!/bin/bash
# A trial that shows no sign of life is ended, with the stacks of where it hung in its log; one that only takes its
# time, in its steps and in its evaluation, is not.
. "$(dirname "$0")/common.sh"

misbehaving act "loop behave" | sweep --stall-limit 4 --threads 1 >"$HOME_DIR/out" 2>&1 && fail "a trial that hangs is no failure"
runs=$("$SSLX" --home "$HOME_DIR" runs)
grep -qE "trial +behave .* completed " <<<"$runs" || fail "what takes its time was ended: $runs"
grep -qE "trial +loop .* timeout .*it showed no sign of life for [4-9][0-9.]* s \(method 'misbehave' in loss at step 2\), and was ended; its stacks are in its log" <<<"$runs" ||
  fail "it is not told where it hung: $runs"
log=$HOME_DIR/runs/$(run_of loop)/host.log
grep -q "the main thread:" "$log" || fail "no stack of the main thread: $(cat "$log")"
grep -qE "#[0-9]+ .*Misbehave::loss" "$log" || fail "the stack names no function of the plugin: $(cat "$log")"
[ "$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["reason"])' "$HOME_DIR/runs/$(run_of loop)/exit.json")" = stalled ] || fail "the reason is another"

