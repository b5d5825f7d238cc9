#!/bin/bash
# Several trials are forks of one sslx-host that has LibTorch loaded, each a child of the command with a mark of
# its own; their figures are those of hosts that are started for each; a server that is killed costs no trial.
. "$(dirname "$0")/common.sh"

variants='[[variants]]
name = "A"
method = { name = "simclr", temperature = 0.5 }'
{ cat "$SOURCE/sweep.toml"; echo "$variants"; } >"$HOME_DIR/sweep.toml"
export SSLX_TEST_OF=$HOME_DIR
figures() { grep -ho '"weights_sha256":"[0-9a-f]*"\|"value":[0-9.]*' "$1"/runs/20*/journal.jsonl | sort; }
in_home() {
  local home=$HOME_DIR/$1
  mkdir -p "$home"
  shift
  "$SSLX" --home "$home" --plugin-dir "$PLUGINS" sweep "$HOME_DIR/sweep.toml" --threads 1 "$@" >"$home/out" 2>&1 || fail "$(cat "$home/out")"
}

in_home served --seeds 3
printf '#!/bin/sh\nexec %s/sslx-host "$@"\n' "$(dirname "$SSLX")" >"$HOME_DIR/host"
chmod +x "$HOME_DIR/host"
SSLX_HOST=$HOME_DIR/host in_home started --seeds 3
[ "$(figures "$HOME_DIR/served" | wc -l)" -ge 9 ] || fail "there are no figures"
[ "$(figures "$HOME_DIR/served")" = "$(figures "$HOME_DIR/started")" ] || fail "forks have other figures"

# While they run: one server, a trial that is the command's own child, with its run's mark; then the server is
# killed, and the other trials are started without it.
mkdir "$HOME_DIR/killed"
python3 - "$HOME_DIR/killed" "$SSLX" --home "$HOME_DIR/killed" --plugin-dir "$PLUGINS" sweep "$HOME_DIR/sweep.toml" --threads 1 --seeds 3 --set train.epochs=60 <<'PYTHON' || fail "the sweep whose server was killed went wrong"
import glob, os, signal, subprocess, sys, time
home, command = sys.argv[1], sys.argv[2:]
sweep = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
def children():
    out = {}
    for path in glob.glob("/proc/[0-9]*/status"):
        try:
            parent = next(line for line in open(path) if line.startswith("PPid")).split()[1]
            folder = os.path.dirname(path)
            if int(parent) == sweep.pid:
                environ = open(folder + "/environ", "rb").read().split(b"\0")
                mark = [entry for entry in environ if entry.startswith(b"SSLX_RUN=")]
                out[int(os.path.basename(folder))] = (open(folder + "/cmdline", "rb").read(), mark[0][9:].decode().split("@")[0] if mark else "")
        except (OSError, StopIteration, IndexError):
            pass
    return out
deadline = time.time() + 60
server = trial = None
while not (server and trial) and time.time() < deadline and sweep.poll() is None:
    found = children()
    server = next((pid for pid, (words, mark) in found.items() if b"--serve" in words and set(mark) == {"_"}), None)
    runs = set(os.listdir(home + "/runs")) if os.path.isdir(home + "/runs") else set()
    trial = next((pid for pid, (words, mark) in found.items() if b"--serve" in words and mark in runs), None)
    time.sleep(0.002)
if not (server and trial):
    sys.exit(f"no server and trial were seen: {children()}")
os.kill(server, signal.SIGKILL)
out = sweep.communicate(timeout=200)[0]
print(out[-2000:])
sys.exit(0 if sweep.returncode == 0 and out.count("completed after") == 3 else 1)
PYTHON
! grep -lsF "SSLX_TEST_OF=$HOME_DIR" /proc/[0-9]*/environ | grep -v "/self/\|/$$/" | grep -q . || fail "a process is left behind"
