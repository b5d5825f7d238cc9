#!/bin/bash
# slurm.sh BUILD FOLDER: a sweep of 12 trials as a job array of two tasks on a real Slurm, of which one is killed and one
# is queued again while its node is drained: every trial has one result, and the table is that of a sweep without Slurm.
# Needs a Slurm that takes jobs of this user, whom it lets drain a node; exits 77 without.
set -euo pipefail
SSLX=$1/bin/sslx HOME_DIR=$2
fail() {
  echo "FAILED: $*" >&2
  exit 1
}
sinfo -h >/dev/null 2>&1 || { echo "there is no Slurm here"; exit 77; }
rm -rf "$HOME_DIR"
mkdir -p "$HOME_DIR"
cd "$HOME_DIR"
cat >array.toml <<'TOML'
name = "array"
seeds = [0, 1, 2, 3, 4, 5]
[base]
data = { name = "shapes", train_size = 256, test_size = 64 }
backbone = { name = "resnet_small", width = 8, stages = 2 }
train = { epochs = 30, batch_size = 32 }
evaluate = { knn = { k = 5 }, linear = { epochs = 2 } }
view = [{ ops = [{ name = "crop" }, { name = "flip" }, { name = "normalize" }] }]
[[variants]]
name = "A"
method = { name = "simclr" }
[[variants]]
name = "B"
method = { name = "barlow_twins", hidden_width = 32, output_width = 32 }
[table]
rows = ["variant"]
metrics = ["knn_top1", "linear_top1"]
TOML
node=$(sinfo -h -o %n | sed -n 1p)
# shellcheck disable=SC2064
trap "scontrol update nodename=$node state=resume >/dev/null 2>&1 || true" EXIT

# What Slurm is to run is printed, and submitted by nothing.
"$SSLX" --home home sweep array.toml --slurm --tasks 2 --partition p --gres gpu:1 --time 1:00:00 --memory 2G --dry-run >script
for line in "--array=0-1" "--partition=p" "--gres=gpu:1" "--time=1:00:00" "--mem=2G" "--signal=B:USR1@120" "--requeue"; do
  grep -qxF -e "#SBATCH $line" script || fail "the script lacks '$line': $(cat script)"
done
bash -n script || fail "the script is none"
# The same from the file of settings, and what is no setting is told with its line.
mkdir -p config/sslx
printf 'partition = "p"\ntasks = 3\n' >config/sslx/slurm.toml
XDG_CONFIG_HOME=$PWD/config "$SSLX" --home home sweep array.toml --slurm --dry-run >script
grep -qxF "#SBATCH --array=0-2" script || fail "the settings are not read: $(cat script)"
printf 'partitoin = "p"\n' >config/sslx/slurm.toml
if XDG_CONFIG_HOME=$PWD/config "$SSLX" --home home sweep array.toml --slurm --dry-run >out 2>&1; then fail "a wrong setting is taken"; fi
grep -qF "slurm.toml:1: the settings of Slurm has no key 'partitoin'; the nearest is 'partition'" out || fail "$(cat out)"
[ ! -e home ] || fail "printing a script made a home"

"$SSLX" --home home sweep array.toml --slurm --tasks 2 --cpus 1 --threads 1 --time 0:30:00 >out || fail "$(cat out)"
job=$(sed -n 's/.*submitted as job \([0-9]*\) .*/\1/p' out)
[ -n "$job" ] || fail "no job was submitted: $(cat out)"
timeout 500 "$SSLX" --home home sweep array.toml --threads 1 --watch >watched 2>&1 &
watch=$!
ended() { find home/runs -name exit.json | wc -l; }
until [ "$(ended)" -ge 3 ]; do
  kill -0 $watch 2>/dev/null || fail "it is watched no more: $(cat watched)"
  sleep 0.5
done
scancel --signal=KILL --full "${job}_0"
scontrol update nodename="$node" state=drain reason="a test"
# As before a time limit: it leaves a checkpoint, and queues itself again.
scancel --signal=USR1 --batch "${job}_1"
for _ in {1..60}; do
  [ -n "$(squeue -h -j "$job" -t R)" ] || break
  sleep 0.5
done
grep -q "interrupted after" "home/runs/slurm/${job}_1.log" || fail "it was not stopped in order: $(tail -5 "home/runs/slurm/${job}_1.log")"
[ "$(squeue -h -j "$job" -t R | wc -l)" = 0 ] || fail "a task runs on a drained node: $(squeue -j "$job")"
[ "$(ended)" -lt 12 ] || fail "all was done before anything happened"
scontrol update nodename="$node" state=resume
scontrol update jobid="${job}_1" StartTime=now || fail "it did not queue itself again: $(squeue)"
wait $watch || fail "watching ended with $?: $(tail -40 watched)"
grep -q "^A  " watched || fail "no table was printed: $(cat watched)"

# Once each, whatever was killed meanwhile; and the same figures as without Slurm.
results() {
  python3 -c '
import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute("SELECT variant, seed, metric, value FROM v_results ORDER BY 1, 2, 3"):
    print(*row, sep="|")' "$1"
}
[ "$("$SSLX" --home home runs --state completed | grep -c '^20')" = 12 ] || fail "not every trial has one result: $("$SSLX" --home home runs)"
"$SSLX" --home alone sweep array.toml --threads 1 >out 2>&1 || fail "$(cat out)"
[ "$(results home/results/sslx.db)" = "$(results alone/results/sslx.db)" ] || fail "other figures than without Slurm"
table() { "$SSLX" --home "$1" report array | grep -v -e '^machine:' -e '^versions:'; }
[ "$(table home)" = "$(table alone)" ] || fail "another table: $(diff <(table home) <(table alone))"
echo "12 trials, one task killed, one queued again, a node drained: each once, the same table"
