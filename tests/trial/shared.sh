#!/bin/bash
# Seeds run at two homes are one table, the same to the byte in whichever order the homes are merged; the table
# says where each seed was run. Merging again changes nothing; what contradicts is refused.
. "$(dirname "$0")/common.sh"

{ cat "$SOURCE/sweep.toml"; printf '[[variants]]\nname = "A"\nmethod = { name = "random" }\n[[variants]]\nname = "B"\nmethod = { name = "simclr" }\n'; } >"$HOME_DIR/sweep.toml"
# at HOME ARGUMENTS...: the command at one of several homes.
at() { "$SSLX" --home "$HOME_DIR/$1" --plugin-dir "$PLUGINS" "${@:2}"; }
# train HOME SEEDS
train() { at "$1" sweep "$HOME_DIR/sweep.toml" --threads 1 --set train.epochs=1 --seeds "$2" >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"; }
state() { find "$HOME_DIR/$1" -type f -exec sha256sum {} + | sort | sha256sum; }

train a 0,1 &
first=$!
train b 2,3
wait $first || exit 1
before=$(state b)
# ab and ba have nothing of their own; a home, its runs alone, and a database alone.
at ab merge "$HOME_DIR/a" "$HOME_DIR/b" >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
at ba merge "$HOME_DIR/b/runs" "$HOME_DIR/a/results/sslx.db" >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
[ "$(state b)" = "$before" ] || fail "merging wrote to its source"
for format in text markdown csv latex json; do
  at ab report trial --format $format >"$HOME_DIR/ab.$format" 2>&1 || fail "$(cat "$HOME_DIR/ab.$format")"
  at ba report trial --format $format >"$HOME_DIR/ba.$format" 2>&1 || fail "$(cat "$HOME_DIR/ba.$format")"
  cmp "$HOME_DIR/ab.$format" "$HOME_DIR/ba.$format" || fail "the tables differ: $(diff "$HOME_DIR/ab.$format" "$HOME_DIR/ba.$format")"
done
grep -q "made at 2 homes and merged: seeds 0, 1 on .* (home .*, 4 runs); seeds 2, 3 on .* (home .*, 4 runs)" "$HOME_DIR/ab.text" ||
  fail "it does not say where the seeds were run: $(cat "$HOME_DIR/ab.text")"
grep -q '^plan 3 of 3 under this name: .*--seeds 0,1,2,3' "$HOME_DIR/ab.text" || fail "it is not the joined plan's: $(cat "$HOME_DIR/ab.text")"
grep -q '"seeds": 4,' "$HOME_DIR/ab.json" || fail "no cell has four seeds"

before=$(state ab)
at ab merge "$HOME_DIR/b" "$HOME_DIR/a/runs" >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
[ "$(grep -c "nothing that the record does not have" "$HOME_DIR/out")" = 2 ] || fail "merged again, it took in: $(cat "$HOME_DIR/out")"
[ "$(state ab)" = "$before" ] || fail "merging again changed something"

# What a joined plan lacks is run where it lies; then the sweep goes on alone.
at ab sweep "$HOME_DIR/sweep.toml" --threads 1 --set train.epochs=1 --seeds 0,1,2,3 >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
grep -q "all 8 trials have a result" "$HOME_DIR/out" || fail "merged trials were run again: $(cat "$HOME_DIR/out")"

# A contradiction: refused, named, nothing changed.
run=$(at b runs | awk '/^20/ && !seen++ {print $1}')
cp -r "$HOME_DIR/b" "$HOME_DIR/lies"
sed -i 's/"metric":"knn_top1",\(.*\)"value":[0-9.]*/"metric":"knn_top1",\1"value":99.5/' "$HOME_DIR/lies/runs/$run/journal.jsonl"
before=$(state ab)
code=0
at ab merge "$HOME_DIR/lies" >"$HOME_DIR/out" 2>&1 || code=$?
[ $code = 2 ] || fail "a contradiction ended with $code: $(cat "$HOME_DIR/out")"
grep -q "  run $run: its " "$HOME_DIR/out" || fail "it does not name the run: $(cat "$HOME_DIR/out")"
[ "$(state ab)" = "$before" ] || fail "a refused merge changed something"
code=0
at ab merge "$HOME_DIR/ab" >"$HOME_DIR/out" 2>&1 || code=$?
[ "$code $(grep -c "is this home itself" "$HOME_DIR/out")" = "2 1" ] || fail "it merged itself: $(cat "$HOME_DIR/out")"

# A run made again from the record alone: the same bits, in no table, and its verdict is recorded.
one=$(at a runs | awk '/^20/ && !seen++ {print $1}')
rows=$(at a report trial --format csv)
rm -r "$HOME_DIR/a/runs/$one"
at a reproduce "$one" >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
grep -q "^$one: same bits: weights, 2 results" "$HOME_DIR/out" || fail "it is not the same: $(cat "$HOME_DIR/out")"
[ "$(at a report trial --format csv)" = "$rows" ] || fail "the second run is in the table"
[ ! -e "$HOME_DIR/a/reproduced" ] || fail "the second run's folder stayed"
grep -q '"verdict":"same bits"' "$HOME_DIR/a/runs/record.jsonl" || fail "the verdict is not kept"
at a reproduce trial --sample 2 --draw 7 >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
grep -q "^2 of 2 runs, drawn at random from 4 (--draw 7), were reproduced: 2 same bits" "$HOME_DIR/out" || fail "no summary: $(cat "$HOME_DIR/out")"
at a reproduce trial --sample 2 --draw 7 --json >"$HOME_DIR/first.json" 2>&1 || fail "$(cat "$HOME_DIR/first.json")"
python3 - "$HOME_DIR/first.json" <<'PYTHON' || fail "the JSON is not as it should be"
import json, sys
found = json.load(open(sys.argv[1]))
assert [one["verdict"] for one in found["runs"]] == ["same bits"] * 2, found
assert found["sample"]["reproduced"] == 2 and abs(found["sample"]["least_share"] - 0.05 ** 0.5) < 1e-9, found
PYTHON
# With another number of threads it is elsewhere: within a tolerance, or as before.
at a reproduce "$one" --threads 2 >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"

# A bundle goes to a home that has nothing, and its runs are made again there; weights come on request.
at ab bundle trial "$HOME_DIR/trial.tar.zst" --weights >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
at new unbundle "$HOME_DIR/trial.tar.zst" >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
grep -q ": 8 runs and [0-9]* plans were not here yet" "$HOME_DIR/out" || fail "not all came: $(cat "$HOME_DIR/out")"
[ "$(at new report trial --format csv)" = "$(at ab report trial --format csv)" ] || fail "the bundle has another table"
(unset SSLX_PLUGIN_PATH && "$SSLX" --home "$HOME_DIR/new" reproduce "$run") >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
grep -q "^$run: same bits" "$HOME_DIR/out" || fail "it is not the same there: $(cat "$HOME_DIR/out")"
mkdir "$HOME_DIR/none"
code=0
head -c 4000 "$HOME_DIR/trial.tar.zst" >"$HOME_DIR/cut.tar.zst"
at none unbundle "$HOME_DIR/cut.tar.zst" >"$HOME_DIR/out" 2>&1 || code=$?
[ "$code $(ls "$HOME_DIR/none")" = "2 " ] || fail "a cut bundle ended with $code: $(cat "$HOME_DIR/out")"
