#!/bin/bash
# A trial of several stages that is stopped goes on after its last finished stage, and ends with the very
# figures of one that was never stopped; --retry begins anew.
. "$(dirname "$0")/common.sh"

variant='[[variants]]
name = "staged"
method = { name = "simclr" }
[base.evaluate.finetune]
labels = [0.05, 0.1]
epochs = [EPOCHS]
batch_size = 16
[base.evaluate.distil]
backbone = { name = "resnet_small", width = 4 }
epochs = EPOCHS
alpha = 0.5'
# staged HOME EPOCHS ARGUMENTS...: the sweep in a home of its own.
staged() {
  local home=$1
  mkdir -p "$home"
  { cat "$SOURCE/sweep.toml"; echo "${variant//EPOCHS/$2}"; } >"$home/sweep.toml"
  shift 2
  command=("$SSLX" --home "$home" --plugin-dir "$PLUGINS" sweep "$home/sweep.toml" --threads 1 "$@")
}
# figures FILE...: results and the digests of all stages' weights.
figures() { grep -ho '"metric":"[a-z_0-9.]*"\|"predictions":"[^"]*"\|"value":[0-9.]*\|"weights_sha256":"[0-9a-f]\{64\}"' "$@" | sort; }
# stop_after STAGES SIGNAL COMMAND...: sends it once so many stages are finished in any journal of the home.
stop_after() {
  python3 - "$HOME_DIR/stopped" "$@" <<'PYTHON'
import glob, signal, subprocess, sys, time
home, stages, name, command = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:]
sweep = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
def finished():
    return max((open(path).read().count('"event":"stage"') for path in glob.glob(home + "/runs/*/journal.jsonl")), default=0)
deadline = time.time() + 120
while finished() < stages and time.time() < deadline and sweep.poll() is None:
    time.sleep(0.01)
sweep.send_signal(getattr(signal, name))
sys.exit(0 if sweep.wait(60) in (75, -9) else 1)
PYTHON
}
journals() { cat "$HOME_DIR"/stopped/runs/*/journal.jsonl; }

staged "$HOME_DIR/whole" 30
"${command[@]}" >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
whole=$(figures "$HOME_DIR"/whole/runs/*/journal.jsonl)
for metric in knn linear finetune_5pct finetune_10pct distil_5pct distil_10pct; do
  grep -q "\"${metric}_top1\"" <<<"$whole" || fail "there is no ${metric}_top1: $whole"
done
[ "$(grep -c weights_sha256 <<<"$whole")" = 6 ] || fail "five stages and an end were expected: $whole"

# Stopped after the pretraining, killed after a fine-tuning, then left to its end.
staged "$HOME_DIR/stopped" 30
stop_after 1 SIGINT "${command[@]}" || fail "the first sweep did not end as it should"
stop_after 2 SIGKILL "${command[@]}" || fail "the second sweep did not end as it should"
sleep 0.2 # its host sees the command gone, and ends
"${command[@]}" >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
[ "$(journals | grep -c '"event":"started"')" = 3 ] || fail "three runs were expected"
[ "$(journals | grep -c '"event":"resumed"')" -ge 3 ] || fail "nothing was taken over: $(journals | grep resumed)"
last=$(grep -l '"state":"completed"' "$HOME_DIR"/stopped/runs/*/journal.jsonl)
[ "$(figures "$last")" = "$whole" ] || fail "other figures: $(diff <(figures "$last") <(echo "$whole"))"
[ "$(grep -c '"loss":' "$last")" -ge 1 ] || fail "the training's metrics were not taken over"

# What has a result is trained anew from the start when it is asked for.
"${command[@]}" --retry >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
again=$(grep -l '"state":"completed"' "$HOME_DIR"/stopped/runs/*/journal.jsonl | grep -v "$last")
! grep -q '"event":"resumed"' "$again" || fail "--retry went on from an earlier run"
[ "$(figures "$again")" = "$whole" ] || fail "--retry has other figures"
