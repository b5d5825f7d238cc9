#!/bin/bash
# Faults of the real host: a child that leaves its session keeps no claim and ends with its trial; a trial
# that removes its folder ends alone; a copy of a home touches nothing of the original; a file limit is an error
# with its reason; an export to a full disk fails.
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
    grep -lz "^SSLX_RUN=$(basename "$run")@" /proc/[0-9]*/environ 2>/dev/null || true
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

# A copy of a home whose trial is running, with its claims or without: what runs in it leaves that trial alone.
mkdir "$HOME_DIR/original" "$HOME_DIR/whole" "$HOME_DIR/folders" "$HOME_DIR/folders/runs"
{ cat "$SOURCE/sweep.toml" && variants behave; } >"$HOME_DIR/sweep.toml"
in_home() { exec "$SSLX" --home "$HOME_DIR/$1" --plugin-dir "$PLUGINS" sweep "$HOME_DIR/sweep.toml" --threads 1 "${@:2}"; }
in_home original --set train.epochs=400 --checkpoint 0 >"$HOME_DIR/original/out" 2>&1 &
original=$!
is_training() { grep -qs '"event":"metric"' "$HOME_DIR"/original/runs/2*/journal.jsonl; }
in_time 60 is_training || fail "the original does not train: $(cat "$HOME_DIR/original/out")"
run=$(basename "$HOME_DIR"/original/runs/2*)
cp -r "$HOME_DIR/original/runs" "$HOME_DIR/original/results" "$HOME_DIR/whole"
cp -r "$HOME_DIR/original/runs/$run" "$HOME_DIR/folders/runs"
for copy in whole folders; do
  (in_home "$copy" --seeds "[5]") >"$HOME_DIR/$copy/out" 2>&1 || fail "in the copy: $(cat "$HOME_DIR/$copy/out")"
done
grep -qF "$run" <("$SSLX" --home "$HOME_DIR/folders" runs --state lost) || fail "the copy did not settle it"
kill -0 $original || fail "the original ended too early for this test: $(cat "$HOME_DIR/original/out")"
kill -TERM $original
wait $original || true
[ "$(find "$HOME_DIR/original/runs" -maxdepth 1 -name "2*" | wc -l)" = 1 ] || fail "the original began again: $(cat "$HOME_DIR/original/out")"
! grep -q "SIGKILL" "$HOME_DIR/original/out" || fail "the original's trial was killed: $(cat "$HOME_DIR/original/out")"
grep -q '"state":"interrupted"' "$HOME_DIR/original/runs/$run/exit.json" || fail "$(cat "$HOME_DIR/original/runs/$run/exit.json")"

# A limit on file sizes that the weights exceed: no signal, but a sentence with the reason.
code=0
(ulimit -f 1000 && variants behave | sweep --set backbone.width=64 --threads 1 >"$HOME_DIR/out" 2>&1) || code=$?
[ "$code" = 1 ] || fail "the limited sweep ended with $code: $(cat "$HOME_DIR/out")"
grep -q "cannot be written: File too large" "$HOME_DIR/out" || fail "no reason is given: $(cat "$HOME_DIR/out")"

# What a host or the tools print is whole, too.
variants behave | sweep --threads 1 >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
run=$("$SSLX" --home "$HOME_DIR" runs --state completed | awk '/^20/ && !seen++ {print $1}')
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
