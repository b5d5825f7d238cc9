#!/bin/bash
# Several processes share the batches of a trial: one run, one journal, the same bits whenever one of them was killed
# or told to stop; what ends one ends all within seconds, and its reason is the run's.
. "$(dirname "$0")/common.sh"

variant='[[variants]]
name = "two"
method = { name = "simclr", head_norm = "sync_bn" }
backbone = { norm = "sync_bn" }
train = { processes = 2, epochs = 60 }'
digest() { grep -h '"event":"stage"' "$HOME_DIR/runs/$1/journal.jsonl" | grep -o '"weights_sha256":"[0-9a-f]*"'; }
results() { grep -o '"metric":"[a-z_0-9]*"\|"value":[0-9.]*' "$HOME_DIR/runs/$1/journal.jsonl" | sort; }
options=(--threads 2 --checkpoint 0.2 --retries 4)

home=$HOME_DIR
HOME_DIR=$home/whole && mkdir "$HOME_DIR"
sweep "${options[@]}" <<<"$variant" >"$home/out" 2>&1 || fail "$(cat "$home/out")"
whole=$(run_of two)
expected=$(digest "$whole") figures=$(results "$whole")
[ -n "$expected" ] || fail "the run has no weights"
[ "$(find "$HOME_DIR/runs/$whole" -name '*journal*' | wc -l)" = 1 ] || fail "there is more than one journal"
grep -q '"event":"started".*"threads":1' "$HOME_DIR/runs/$whole/journal.jsonl" || fail "two processes of two threads have more than one each"

# Killed at random moments, first, second or any, and told to stop once: the same bits.
HOME_DIR=$home/killed && mkdir "$HOME_DIR"
{ cat "$SOURCE/sweep.toml"; echo "$variant"; } >"$HOME_DIR/sweep.toml"
python3 - "$HOME_DIR" "$SSLX" --home "$HOME_DIR" --plugin-dir "$PLUGINS" sweep "$HOME_DIR/sweep.toml" "${options[@]}" <<'PYTHON' || fail "killed processes did not end as they should"
import glob, os, signal, subprocess, sys, time
home, command = sys.argv[1], sys.argv[2:]

def hosts():
    """The trial's processes, the first of them first."""
    out = []
    for folder in glob.glob("/proc/[0-9]*"):
        try:
            words = open(folder + "/environ", "rb").read().split(b"\0")
            where = os.readlink(folder + "/fd/2")
            exe = os.readlink(folder + "/exe")
        except OSError:
            continue
        if where.startswith(home + "/runs/") and exe.endswith("sslx-host"):
            out.append(int(folder.split("/")[2]))
    return sorted(out)

def wait_for(what, seconds, why):
    end = time.time() + seconds
    while not what():
        if time.time() > end:
            sys.exit(f"not within {seconds} s: {why}")
        time.sleep(0.02)

def checkpoints():
    return {(os.path.dirname(one), os.path.basename(one)) for one in glob.glob(home + "/runs/*/checkpoint-*.safetensors")}

def begin():
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

sweep = begin()
for victim in (1, 0, 1):
    before = checkpoints()
    wait_for(lambda: len(hosts()) == 2 and checkpoints() - before, 60, "a checkpoint of two processes")
    two = hosts()
    os.kill(two[victim], signal.SIGKILL)
    wait_for(lambda: not set(two) & set(hosts()), 10, f"the end of both, when process {victim} was killed")
before = checkpoints()
wait_for(lambda: len(hosts()) == 2 and checkpoints() - before, 60, "a checkpoint after three kills")
sweep.send_signal(signal.SIGTERM)
out = sweep.communicate(timeout=60)[0]
if sweep.returncode != 75 or hosts():
    sys.exit(f"told to stop it ended with {sweep.returncode}, and left {hosts()}: {out}")
# Two runs of one second have no order by their names.
last = max(glob.glob(home + "/runs/*-*-*/journal.jsonl"), key=os.path.getmtime)
if '"state":"interrupted"' not in open(last).read().splitlines()[-1]:
    sys.exit(f"told to stop its run ended with {open(last).read().splitlines()[-1]}")
sweep = begin()
out = sweep.communicate(timeout=200)[0]
print(out)
sys.exit(sweep.returncode)
PYTHON
killed=$(run_of two)
[ "$(digest "$killed")" = "$expected" ] || fail "other weights after kills"
[ "$(results "$killed")" = "$figures" ] || fail "other results after kills: $(results "$killed")"
grep -q '"event":"resumed".*"step"' "$HOME_DIR/runs/$killed/journal.jsonl" || fail "it did not go on from a checkpoint"
grep -hq 'process 1 of 2 was ended by signal 9' "$HOME_DIR"/runs/*/journal.jsonl || fail "nobody tells which process was killed"

# What goes wrong in one process is the run's reason.
HOME_DIR=$home/wrong && mkdir "$HOME_DIR"
for act in throw segv nan exit; do
  printf '[[variants]]\nname = "%s"\nmethod = { name = "misbehave", act = "%s", second = true }\ntrain = { processes = 2 }\n' $act $act
done | sweep --threads 2 --retries 0 >"$home/out" 2>&1 && fail "four were to fail"
message() { grep -h '"event":"finished"' "$HOME_DIR/runs/$(run_of "$1")/journal.jsonl"; }
message throw | grep -qF "process 1 of 2: method 'misbehave' in loss at step 2: the loss gave up" || fail "$(message throw)"
message nan | grep -qF '"state":"diverged"' || fail "$(message nan)"
"$SSLX" --home "$HOME_DIR" runs >"$home/out"
grep -qE 'segv .* crashed|segv .* failed .*SIGSEGV' "$home/out" || fail "a crash in the second process: $(cat "$home/out")"
grep -q 'segv.*SIGSEGV' "$home/out" || fail "the crash has no signal: $(cat "$home/out")"
message exit | grep -qF "process 1 of 2 ended before its time" || fail "$(message exit)"
[ -z "$(pgrep -f "$HOME_DIR/runs" || true)" ] || fail "a process is left behind"

HOME_DIR=$home/refused && mkdir "$HOME_DIR"
code=0
sweep <<<'[[variants]]
name = "odd"
method = { name = "simclr" }
train = { processes = 3, batch_size = 32 }' >"$home/out" 2>&1 || code=$?
[ "$code" = 2 ] || fail "32 images for 3 processes ended with $code: $(cat "$home/out")"
grep -qF "train.batch_size is 32 and train.processes is 3; the batch must be a multiple of the processes" "$home/out" || fail "$(cat "$home/out")"
