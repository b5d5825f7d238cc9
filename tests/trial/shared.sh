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
run=$(at b runs | awk '/^20/ {print $1; exit}')
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
grep -q "is this home itself" "$HOME_DIR/out" && [ $code = 2 ] || fail "it merged itself: $(cat "$HOME_DIR/out")"
