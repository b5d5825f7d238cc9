#!/bin/bash
# A plugin that throws, aborts, exits, loops or diverges fails its own trial, with the reason recorded;
# the rest of the sweep completes, and the exit code says that something failed.
. "$(dirname "$0")/common.sh"

acts="behave throw throw_torch throw_int abort exit loop nan"
code=0
for act in $acts; do
  printf '[[variants]]\nname = "%s"\nmethod = { name = "misbehave", act = "%s" }\n' "$act" "$act"
done | sweep --time-limit 20 >"$HOME_DIR/out" 2>&1 || code=$?
[ "$code" = 1 ] || fail "the sweep ended with $code instead of 1: $(cat "$HOME_DIR/out")"

runs=$("$SSLX" --home "$HOME_DIR" runs)
# ended VARIANT STATE REASON
ended() {
  grep -qE "trial +$1 .* $2 .*$3" <<<"$runs" || fail "$1 is not recorded as $2 with '$3': $runs"
}
ended behave completed ""
ended throw failed "the loss gave up"
ended throw_torch failed "torch gave up"
ended throw_int failed "no std::exception"
ended abort crashed "SIGABRT"
ended exit failed ""
ended loop timeout "time limit"
ended nan diverged "the loss is"
report=$("$SSLX" --home "$HOME_DIR" report trial)
grep -q "the loss gave up" <<<"$report" || fail "the report hides a reason"
grep -q "^diverged: nan, seed 0 (.*): the loss is -\?nan at step 2" <<<"$report" ||
  fail "the report does not say what diverged: $report"
[ -z "$(pgrep -f "$HOME_DIR/runs" || true)" ] || fail "a host is left behind"
