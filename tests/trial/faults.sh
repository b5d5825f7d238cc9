#!/bin/bash
# Faults of the real host: a child that leaves its session keeps no claim and ends with its trial; a trial
# that removes its folder ends alone; a file limit is an error with its reason; an export to a full disk fails.
. "$(dirname "$0")/common.sh"

# variants ACT...: a variant an act.
variants() {
  local act
  for act in "$@"; do
    printf '[[variants]]\nname = "%s"\nmethod = { name = "misbehave", act = "%s" }\n' "$act" "$act"
  done
}
# marked: the processes that trials of this home started, by the run in their environment.
marked() {
  local run
  for run in "$HOME_DIR"/runs/2*/; do
    grep -lz "^SSLX_RUN=$(basename "$run")$" /proc/[0-9]*/environ 2>/dev/null || true
  done
}

# The child asks for descriptor 3, sleeps for ever, and has the mark.
code=0
{ variants daemon vanish behave; } | sweep --jobs 3 --threads 1 >"$HOME_DIR/out" 2>&1 || code=$?
[ "$code" = 1 ] || fail "the sweep ended with $code instead of 1: $(cat "$HOME_DIR/out")"
runs=$("$SSLX" --home "$HOME_DIR" runs)
for name in daemon behave; do
  grep -qE "trial +$name .* completed" <<<"$runs" || fail "$name did not complete: $runs"
done
grep -q "vanish, seed 0: failed after .*: its folder was damaged while it ran" "$HOME_DIR/out" ||
  fail "the trial without a folder is not told: $(cat "$HOME_DIR/out")"
grep -qh "the child holds no claim" "$HOME_DIR"/runs/*/host.log || fail "the claim is a child's, too"
! grep -qh "holds the claim" "$HOME_DIR"/runs/*/host.log || fail "the claim is a command's, too"
[ -z "$(marked)" ] || fail "processes are left behind: $(marked)"
[ -z "$(ls "$HOME_DIR/runs/claims")" ] || fail "claims are left: $(ls "$HOME_DIR/runs/claims")"

# A limit on file sizes that the weights exceed: no signal, but a sentence with the reason.
code=0
(ulimit -f 1000 && variants behave | sweep --set backbone.width=64 --threads 1 >"$HOME_DIR/out" 2>&1) || code=$?
[ "$code" = 1 ] || fail "the limited sweep ended with $code: $(cat "$HOME_DIR/out")"
grep -q "cannot be written: File too large" "$HOME_DIR/out" || fail "no reason is given: $(cat "$HOME_DIR/out")"

# What a host or the tools print is whole, too.
variants behave | sweep --threads 1 >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
run=$("$SSLX" --home "$HOME_DIR" runs --state completed | awk '/^20/ {print $1; exit}')
cd "$HOME_DIR"
# full WORDS...: with a full standard output the verb ends with 1 and says so.
full() {
  local code=0
  "$SSLX" --home "$HOME_DIR" --plugin-dir "$PLUGINS" "$@" >/dev/full 2>"$HOME_DIR/out" || code=$?
  [ "$code" = 1 ] || fail "$* ended with $code: $(cat "$HOME_DIR/out")"
  grep -q "cannot be written" "$HOME_DIR/out" || fail "$* does not say why: $(cat "$HOME_DIR/out")"
}
full plugins show resnet_small
full plugins check flip
full views sweep.toml --out views.png
full export "$run" net.safetensors
"$SSLX" --home "$HOME_DIR" export "$run" net.safetensors >/dev/null || true
full import net.safetensors --backbone resnet_small --set width=8
full bench views --seconds 0.05
full reproduce "$run"
full debug "$run"
