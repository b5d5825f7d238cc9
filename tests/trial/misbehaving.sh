#!/bin/bash
# A plugin that throws, aborts, exits, loops or diverges fails its own trial, with the reason recorded: who, in
# which stage, at which step, in our own words; the rest of the sweep completes, and the exit code says that
# something failed.
. "$(dirname "$0")/common.sh"

acts="behave throw throw_torch throw_int abort segv exit loop nan"
mistakes="throw_index throw_thread nan_gradient shape diagnostic after_step embed embed_shape embed_nan make"
stages="embed_late groups before_epoch"
code=0
{
  misbehaving act "$acts"
  misbehaving mistake "$mistakes"
  misbehaving stage "$stages"
} | sweep --time-limit 20 --retries 0 --threads 1 >"$HOME_DIR/out" 2>&1 || code=$?
[ "$code" = 1 ] || fail "the sweep ended with $code instead of 1: $(cat "$HOME_DIR/out")"

runs=$("$SSLX" --home "$HOME_DIR" runs)
# ended VARIANT STATE REASON
ended() {
  grep -qE "trial +$1 .* $2 .*$3" <<<"$runs" || fail "$1 is not recorded as $2 with '$3': $runs"
}
who="method 'misbehave'"
ended behave completed ""
ended throw failed "$who in loss at step 2: the loss gave up"
ended throw_torch failed "$who in loss at step 2: torch gave up"
ended throw_int failed "$who in loss at step 2: an exception of a type that is no std::exception"
ended throw_index failed "$who in loss at step 2: an index, a key or a number is outside its range"
ended throw_thread crashed "SIGABRT ended it \(a thread beside $who in loss at step 2\); its last words: a thread gave up"
ended abort crashed "SIGABRT ended it \($who in loss at step 2\); it printed nothing"
ended segv crashed "SIGSEGV ended it \($who in loss at step 2\); it printed nothing"
ended exit failed "exit code 0 and no result \($who in loss at step 2\)"
ended loop timeout "time limit being 20 s \($who in loss at step 2\)"
ended nan diverged "the loss is -?nan at step 2; it is the first figure to leave its range"
ended nan_gradient diverged "the loss is -?nan at step 3; first, the parameter '[a-z0-9.]+' \([0-9]+ of [0-9]+\) was not finite after the update of step 2"
ended shape failed "$who: its loss has shape \[100\] at step 2; it must be a scalar"
ended diagnostic failed "$who: its diagnostic 'accuracy' has shape \[100\] at step 2; it must be a scalar"
ended after_step failed "$who in after_step at step 2: the queue is full"
ended embed failed "$who in embed: it cannot embed"
ended embed_shape failed "$who in embed: it gave Float of shape \[2, [0-9]+, 1, 1\] for 2 images; it must give"
ended embed_nan failed "$who in embed: the features that it gave of 2 of 2 images are not finite"
ended embed_late failed "$who in embed: too many"
ended make failed "$who in making: it cannot be made"
ended groups failed "$who in parameter_groups: there are no groups"
ended before_epoch failed "$who in before_epoch at step 5: the clusters are gone"
report=$("$SSLX" --home "$HOME_DIR" report trial)
grep -q "the loss gave up" <<<"$report" || fail "the report hides a reason"
grep -q "^diverged: nan, seed 0 (.*): the loss is -\?nan at step 2" <<<"$report" ||
  fail "the report does not say what diverged: $report"

# The log has what was thrown, where, and the last figures; so has `sslx show`, also when the folder is gone.
# told VARIANT WORDS...
told() {
  local run variant=$1
  run=$(run_of "$variant")
  shift
  "$SSLX" --home "$HOME_DIR" show "$run" >"$HOME_DIR/shown"
  for words in "$@"; do
    grep -qE -e "$words" "$HOME_DIR/runs/$run/host.log" || fail "$variant's log lacks '$words': $(cat "$HOME_DIR/runs/$run/host.log")"
    grep -qE -e "$words" "$HOME_DIR/shown" || fail "show of $variant lacks '$words': $(cat "$HOME_DIR/shown")"
  done
}
told throw "^sslx-host: $who in loss at step 2: the loss gave up" "^last recorded, after 2 steps:" "^  loss [0-9.e-]+" \
  "^it was thrown in" "#[0-9]+ .*Misbehave::loss\(" "#[0-9]+ .*run_trial"
told throw_torch "Misbehave::loss"
told throw_index "Misbehave::loss"
told throw_thread "what\(\):  a thread gave up" "Misbehave::loss"
told segv "its stacks at SIGSEGV, $who in loss" "Misbehave::loss"
told abort "its stacks at SIGABRT, $who in loss" "Misbehave::loss"
told loop "its stacks as asked for, $who in loss at step 2" "the main thread:" "Misbehave::loss"
told nan "^sslx-host: the loss is -?nan at step 2" "^last recorded, after 2 steps:"
told make "it cannot be made" "sslx_plugin_entry"
[ -z "$(pgrep -f "$HOME_DIR/runs" || true)" ] || fail "a host is left behind"

# So have the stages after the pretraining.
misbehaving stage "transfer transfer_shape" |
  sweep --retries 0 --threads 1 --set 'evaluate.finetune={labels=[0.5], epochs=[1], batch_size=8}' >"$HOME_DIR/out" 2>&1 && fail "nothing failed: $(cat "$HOME_DIR/out")"
runs=$("$SSLX" --home "$HOME_DIR" runs)
ended transfer failed "$who: finetune_50pct in loss at step 0: it does not transfer"
ended transfer_shape failed "$who: finetune_50pct in transfer_features: it gave Float of shape \[1, [0-9]+, 1\] for 1 images; it must give"
