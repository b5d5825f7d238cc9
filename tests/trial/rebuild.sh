#!/bin/bash
# `sslx db rebuild` makes the database again from runs/ alone, equal table for table, after all that can happen
# to a trial; and `sslx clean` changes no report.
. "$(dirname "$0")/common.sh"

# rows FILE: all rows of all tables, sorted.
rows() {
  python3 - "$1" <<'PYTHON'
import sqlite3, sys
record = sqlite3.connect(sys.argv[1])
for (table,) in sorted(record.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()):
    columns = sorted(row[1] for row in record.execute("SELECT * FROM pragma_table_info('%s')" % table))
    query = "SELECT %s FROM %s" % (", ".join("quote(%s)" % c for c in columns), table)
    for row in sorted(record.execute(query).fetchall()):
        print(table, dict(zip(columns, row)))
PYTHON
}
variants='[[variants]]
name = "good"
method = { name = "random" }
[[variants]]
name = "thrown"
method = { name = "misbehave", act = "throw" }
[[variants]]
name = "nan"
method = { name = "misbehave", act = "nan" }
[[variants]]
name = "aborted"
method = { name = "misbehave", act = "abort" }'
sweep --threads 1 <<<"$variants" >"$HOME_DIR/out" 2>&1 || [ $? = 1 ] || fail "$(cat "$HOME_DIR/out")"

# A second plan, whose command is killed in the middle and taken up again.
{ cat "$SOURCE/sweep.toml"; printf '[[variants]]\nname = "long"\nmethod = { name = "simclr" }\n'; } >"$HOME_DIR/sweep.toml"
command=("$SSLX" --home "$HOME_DIR" sweep "$HOME_DIR/sweep.toml" --threads 1 --set train.epochs=30)
"${command[@]}" >"$HOME_DIR/out" 2>&1 &
is_training() {
  grep -qs '"event":"metric"' "$(dirname "$(grep -ls '"variant":"long"' "$HOME_DIR"/runs/2*/request.json | sed -n 1p)")/journal.jsonl"
}
in_time 60 is_training || fail "it does not train: $(cat "$HOME_DIR/out")"
kill -9 $!
wait $! || true
"${command[@]}" >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"

database=$HOME_DIR/results/sslx.db
rows "$database" >"$HOME_DIR/before"
for table in plan run metric result event; do
  grep -q "^$table " "$HOME_DIR/before" || fail "there is nothing in $table"
done
sslx report trial || fail "$(cat "$HOME_DIR/out")"
cp "$HOME_DIR/out" "$HOME_DIR/table"
# same WHAT: all rows are what they were.
same() {
  rows "$database" | diff "$HOME_DIR/before" - >"$HOME_DIR/difference" || fail "$1: $(cut -c1-400 "$HOME_DIR/difference")"
}
sslx db rebuild || fail "$(cat "$HOME_DIR/out")"
same "rebuilt beside the old file"

# What another home had, by its folders and by its database alone; and a run that was made again.
{ cat "$SOURCE/sweep.toml"; printf '[[variants]]\nname = "good"\nmethod = { name = "random" }\n'; } >"$HOME_DIR/two.toml"
for other in two three; do
  "$SSLX" --home "$HOME_DIR/$other" sweep "$HOME_DIR/two.toml" --seeds "[$((${#other} + 4))]" --threads 1 >"$HOME_DIR/out" 2>&1 ||
    fail "$(cat "$HOME_DIR/out")"
done
rm -r "$HOME_DIR/three/runs"
sslx merge "$HOME_DIR/two" "$HOME_DIR/three/results/sslx.db" || fail "$(cat "$HOME_DIR/out")"
sslx reproduce "$(run_of good)" || fail "$(cat "$HOME_DIR/out")"
rows "$database" >"$HOME_DIR/before"
grep -q "^reproduction " "$HOME_DIR/before" || fail "there is no verdict"
sslx report trial || fail "$(cat "$HOME_DIR/out")"
cp "$HOME_DIR/out" "$HOME_DIR/table"
sslx db rebuild || fail "$(cat "$HOME_DIR/out")"
same "rebuilt after merges and a verdict"
rm "$database"
sslx db rebuild || fail "$(cat "$HOME_DIR/out")"
same "rebuilt without the old file"

# A page is lost: the doctor names it, and mends it.
printf 'x%.0s' $(seq 4096) | dd of="$database" bs=4096 seek=3 conv=notrunc 2>/dev/null
sslx doctor && fail "the doctor sees nothing"
sslx doctor --repair || fail "$(cat "$HOME_DIR/out")"
grep -q "^MENDED the database is made anew" "$HOME_DIR/out" || fail "$(cat "$HOME_DIR/out")"
sslx report trial || fail "$(cat "$HOME_DIR/out")"
diff "$HOME_DIR/table" "$HOME_DIR/out" || fail "the table is another one"

# What was killed is thinned, and the table stays.
good=$(dirname "$(grep -l '"variant":"good"' "$HOME_DIR"/runs/2*/request.json | sed -n 1p)")
touch "$good/checkpoint-00000001.safetensors"
sslx clean --dry-run || fail "$(cat "$HOME_DIR/out")"
[ -e "$good/checkpoint-00000001.safetensors" ] || fail "a dry run removed something"
before=$(cat "$HOME_DIR"/runs/*/journal.jsonl | sha256sum)
sslx clean --features --all-weights || fail "$(cat "$HOME_DIR/out")"
grep -q "are removed" "$HOME_DIR/out" || fail "$(cat "$HOME_DIR/out")"
[ -z "$(ls "$good"/*.safetensors 2>/dev/null)" ] || fail "something is left: $(ls "$good")"
[ "$(cat "$HOME_DIR"/runs/*/journal.jsonl | sha256sum)" = "$before" ] || fail "a journal was touched"
sslx report trial || fail "$(cat "$HOME_DIR/out")"
diff "$HOME_DIR/table" "$HOME_DIR/out" || fail "the table is another one after sslx clean"
