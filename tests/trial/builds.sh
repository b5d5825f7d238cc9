#!/bin/bash
# A method's library is replaced by another build of the same version and back again (A, B, A), the sweep
# interrupted after each of its trials: no cell of any table ever has runs of two digests, and each command
# prints the figures of the build that is installed. To run it by hand: bash builds.sh BUILD PLUGINS FOLDER.
. "$(dirname "$0")/common.sh"

TWINS=$(dirname "$PLUGINS")/twins
PLUGINS=$HOME_DIR/plugins
mkdir -p "$PLUGINS/methods"
variants='[[variants]]
name = "twin"
method = { name = "twin" }
[[variants]]
name = "random"
method = { name = "random" }'
sed 's/^seeds = .*/seeds = [0, 1]/; s/^epochs = 2/epochs = 1/' "$SOURCE/sweep.toml" >"$HOME_DIR/sweep.toml"
echo "$variants" >>"$HOME_DIR/sweep.toml"
# install BUILD: drops it in as an editor or a compiler would, under its name and version.
install_twin() { cp "$TWINS/$1/twin.so" "$PLUGINS/methods/new" && mv "$PLUGINS/methods/new" "$PLUGINS/methods/twin.so"; }
digest_of() { sha256sum "$TWINS/$1/twin.so" | cut -c1-8; }
# in HOME ARGUMENTS...: a sweep there, whose words go into its file out.
in_home() {
  local home=$1
  shift
  "$SSLX" --home "$home" --plugin-dir "$PLUGINS" sweep "$HOME_DIR/sweep.toml" --threads 1 "$@" >"$home/out" 2>&1
}
# interrupted HOME TRIALS: the sweep, stopped by SIGINT once so many of its trials have ended.
interrupted() {
  python3 - "$2" "$SSLX" --home "$1" --plugin-dir "$PLUGINS" sweep "$HOME_DIR/sweep.toml" --threads 1 <<'PYTHON'
import signal, subprocess, sys
count, command = int(sys.argv[1]), sys.argv[2:]
sweep = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1)
ended, said = 0, ""
for line in sweep.stdout:
    said += line
    ended += line.startswith("[")
    if ended >= count > 0 or ": started" in line and count == 0:
        sweep.send_signal(signal.SIGINT)
        break
said += sweep.stdout.read()
code = sweep.wait(60)
# A signal that comes when the last trial is in the record ends it as any command.
sys.exit(None if code in (0, 75, -signal.SIGINT) else f"exit code {code}: {said}")
PYTHON
}
# one_digest HOME ARGUMENTS...: the report's cells, each of one digest of the twin; prints those of the table.
one_digest() {
  local home=$1
  shift
  "$SSLX" --home "$home" --plugin-dir "$PLUGINS" report trial --format json "$@" >"$home/report.json" || fail "no report"
  python3 - "$home" <<'PYTHON' || fail "a cell has runs of two builds"
import json, sqlite3, sys
home = sys.argv[1]
record = sqlite3.connect(home + "/results/sslx.db")
seen = set()
for figure in json.load(open(home + "/report.json"))["figures"]:
    digests = {row[0] for value in figure["values"]
               for row in record.execute("SELECT sha256 FROM run_plugin WHERE run = ? AND name = 'twin'", (value["run"],))}
    if len(digests) > 1:
        sys.exit(f"{figure['row']} {figure['metric']}: {digests}")
    seen |= digests
print(" ".join(sorted(digest[:8] for digest in seen)))
PYTHON
}
row() { grep -E "^$1 " "$2"; }

a=$(digest_of a) b=$(digest_of b)
[ "$a" != "$b" ] || fail "the two builds are one"
mkdir "$HOME_DIR/whole"
install_twin a
in_home "$HOME_DIR/whole" || fail "$(cat "$HOME_DIR/whole/out")"
of_a=$(row twin "$HOME_DIR/whole/out")
[ "$(one_digest "$HOME_DIR/whole")" = "$a" ] || fail "the report is not A's"

for trials in 0 1 2; do
  home=$HOME_DIR/stopped_$trials
  cp -r "$HOME_DIR/whole" "$home"
  install_twin b
  interrupted "$home" "$trials" || fail "the interrupted sweep failed"
  # The other variant's plugin did not change: two trials of the twin make B's set complete.
  if [ "$trials" = 2 ]; then
    [ "$(one_digest "$home")" = "$b" ] || fail "after both trials of B: its set is complete"
  else
    [ "$(one_digest "$home")" = "$a" ] || fail "after $trials trials of B: the complete set is A's"
    "$SSLX" --home "$home" --plugin-dir "$PLUGINS" report trial | grep -F "method twin is $b now, and was $a when these results were made" >/dev/null ||
      fail "the report does not say that the library changed"
  fi
  install_twin a
  in_home "$home" || fail "$(cat "$home/out")"
  grep -q "all 4 trials have a result" "$home/out" || fail "A's trials were run again: $(cat "$home/out")"
  [ "$(row twin "$home/out")" = "$of_a" ] || fail "the table is not A's: $(cat "$home/out")"
  install_twin b
  in_home "$home" || fail "$(cat "$home/out")"
  of_b=$(row twin "$home/out")
  [ "$of_b" != "$of_a" ] || fail "B has the figures of A"
  [ "$(one_digest "$home")" = "$b" ] || fail "the newest complete set is B's"
  [ "$(one_digest "$home" --plugins "$a")" = "$a" ] || fail "--plugins does not choose A"
  [ "$(one_digest "$home" --by plugin)" = "$(printf '%s\n' "$a" "$b" | sort | paste -sd' ')" ] || fail "--by plugin lacks one"
  install_twin a
  in_home "$home" || fail "$(cat "$home/out")"
  [ "$(row twin "$home/out")" = "$of_a" ] || fail "A again: the table is not A's: $(cat "$home/out")"
done
# A seed more under A alone: a cell of two seeds must not take B's second one.
sed -i 's/^seeds = .*/seeds = [0, 1, 2]/' "$HOME_DIR/sweep.toml"
interrupted "$home" 1 || fail "the interrupted sweep failed"
one_digest "$home" >/dev/null
echo "no cell had runs of two builds"
