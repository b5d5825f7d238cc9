#!/bin/bash
# SIGINT ends a sweep of the real host cleanly; the same command would go on with what is not done.
. "$(dirname "$0")/common.sh"

variants='[[variants]]
name = "first"
method = { name = "random" }
[[variants]]
name = "long"
method = { name = "simclr" }
train = { epochs = 400 }'
{ cat "$SOURCE/sweep.toml"; echo "$variants"; } >"$HOME_DIR/sweep.toml"
command=("$SSLX" --home "$HOME_DIR" --plugin-dir "$PLUGINS" sweep "$HOME_DIR/sweep.toml" --threads 1)
# An asynchronous command of a shell ignores SIGINT; python gives it its default back.
python3 - "$HOME_DIR" "${command[@]}" <<'PYTHON' || fail "the interrupted sweep did not end as it should"
import glob, signal, subprocess, sys, time
home, command = sys.argv[1], sys.argv[2:]
sweep = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
def training():
    return any('"event":"metric"' in open(path).read() for path in glob.glob(home + "/runs/*/journal.jsonl"))
deadline = time.time() + 120
while not training() and time.time() < deadline and sweep.poll() is None:
    time.sleep(0.05)
sweep.send_signal(signal.SIGINT)
out = sweep.communicate(timeout=60)[0]
print(out)
sys.exit(0 if sweep.returncode == 75 else 1)
PYTHON
"$SSLX" --home "$HOME_DIR" runs | grep -E "long .* interrupted" >/dev/null || fail "the stopped run is not recorded as interrupted"
[ -n "$(compgen -G "$HOME_DIR/runs/*/checkpoint-pretrain-*.safetensors")" ] || fail "there is no checkpoint of its last step"
grep -q '"exit_code":75' "$HOME_DIR"/runs/*/exit.json || fail "it did not end with 75: $(cat "$HOME_DIR"/runs/*/exit.json)"
[ -z "$(pgrep -f "$HOME_DIR/runs" || true)" ] || fail "a host is left behind"
out=$("${command[@]}" --dry-run)
grep -qE "done .*first" <<<"$out" || fail "the finished trial is to be run again: $out"
grep -qE "to do .*long" <<<"$out" || fail "the interrupted trial is not to be run again: $out"
