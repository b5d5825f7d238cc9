#!/bin/bash
# Two sweeps under one name keep their tables apart: at once, after one another, and when another file takes
# the name over. "goes on" repeats the command as it was given. What diverged is not trained again unasked.
. "$(dirname "$0")/common.sh"

variants='[[variants]]
name = "A"
method = { name = "simclr" }'
{ cat "$SOURCE/sweep.toml"; echo "$variants"; } >"$HOME_DIR/sweep.toml"
command=("$SSLX" --home "$HOME_DIR" --plugin-dir "$PLUGINS" sweep "$HOME_DIR/sweep.toml" --threads 1 --seeds 2)
report() { "$SSLX" --home "$HOME_DIR" --plugin-dir "$PLUGINS" report "$@"; }
row() { grep -E '^A +[0-9]' "$1"; }

# At once: each prints its own plan's table, whichever was registered last.
"${command[@]}" --set method.temperature=0.1 --set train.epochs=4 >"$HOME_DIR/cold" 2>&1 &
first=$!
"${command[@]}" --set method.temperature=5 >"$HOME_DIR/hot" 2>&1 || fail "$(cat "$HOME_DIR/hot")"
wait $first || fail "$(cat "$HOME_DIR/cold")"
for plan in "cold --set method.temperature=0.1 --set train.epochs=4" "hot --set method.temperature=5"; do
  file=$HOME_DIR/${plan%% *} settings=${plan#* }
  number=$(grep -o '^plan [12] of 2' "$file" | cut -d' ' -f2 || grep -o '^plan: ' "$file" | sed 's/.*/1/')
  grep -E '^plan' "$file" | grep -qF -e ", ${settings/ --set train/, --set train}, --seeds 2" || fail "the table does not say $settings: $(cat "$file")"
  [ -z "$number" ] || [ "$(row "$file")" = "$(report trial --plan "$number" | grep -E '^A +[0-9]')" ] ||
    fail "$settings: another plan's table was printed: $(cat "$file"; report trial --plan "$number")"
done
[ "$(row "$HOME_DIR/cold")" != "$(row "$HOME_DIR/hot")" ] || fail "both tables are one"
# Nothing left to run: each again, and the report is of the last used.
for plan in cold hot; do
  settings=(--set method.temperature=5)
  [ $plan = hot ] || settings=(--set method.temperature=0.1 --set train.epochs=4)
  "${command[@]}" "${settings[@]}" >"$HOME_DIR/again" 2>&1 || fail "$(cat "$HOME_DIR/again")"
  grep -q "all 2 trials have a result" "$HOME_DIR/again" || fail "$plan was run again: $(cat "$HOME_DIR/again")"
  [ "$(row "$HOME_DIR/again")" = "$(row "$HOME_DIR/$plan")" ] || fail "$plan printed $(cat "$HOME_DIR/again")"
  [ "$(report trial | grep -E '^A +[0-9]')" = "$(row "$HOME_DIR/$plan")" ] || fail "the report is not $plan's"
done
report | grep -E '^trial +2/2 .* 2 ' >/dev/null || fail "the list does not count the plans: $(report)"

# Another file of the name.
last=$(report trial | grep -o '^plan [12] of 2' | cut -d' ' -f2)
sed 's/^title.*/title = "Another"/' "$HOME_DIR/sweep.toml" >"$HOME_DIR/other.toml"
"$SSLX" --home "$HOME_DIR" --plugin-dir "$PLUGINS" sweep "$HOME_DIR/other.toml" --threads 1 >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
grep -qF "the name 'trial' was $HOME_DIR/sweep.toml's until now; \`sslx report trial --plan $last\` prints its table" "$HOME_DIR/out" ||
  fail "the name was taken over without a word: $(cat "$HOME_DIR/out")"
report trial --plan "$last" | grep "Trials that go wrong" >/dev/null || fail "the old plan has another title"
refused "has no plan 9; it has 1 to 3" report trial --plan 9
refused "go with the name of a sweep" report --plan 1

# The command that goes on, taken literally, runs the trials of the table and no others. A time limit ends them.
home=$HOME_DIR/"it's here"
mkdir "$home"
code=0
(cd "$home" && "$SSLX" --home . --plugin-dir "$PLUGINS" sweep ../sweep.toml --threads 1 --time-limit 0.001 \
  --set 'method.temperature=0.25' --seeds 1 >out 2>&1) || code=$?
[ "$code" = 1 ] || fail "a trial without time ended with $code: $(cat "$home/out")"
line=$(sed -n 's/^missing: .*; `\(.*\)` goes on$/\1/p' "$home/out")
[ -n "$line" ] || fail "it does not say how to go on: $(cat "$home/out")"
report=$("$SSLX" --home "$home" report trial)
from_elsewhere=$(sed -n 's/^missing: .*; `\(.*\)` goes on$/\1/p' <<<"$report")
[[ $from_elsewhere == "cd "*" && "* ]] || fail "from elsewhere the folder is missing: $from_elsewhere"
bash -c "${from_elsewhere/--time-limit 0.001/}" >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
grep -q "^trial: 1 of 1 trials to run" "$HOME_DIR/out" || fail "other trials were run: $(cat "$HOME_DIR/out")"
[ "$("$SSLX" --home "$home" runs | grep -c '^20')" = 2 ] || fail "more than one trial was run"

# Diverged: final, named, not failed; --retry runs it.
printf '[[variants]]\nname = "nan"\nmethod = { name = "misbehave", act = "nan" }\n' >"$HOME_DIR/nan"
sweep --threads 1 <"$HOME_DIR/nan" >"$HOME_DIR/out" 2>&1 || fail "a divergence is no failure: $(cat "$HOME_DIR/out")"
sweep --threads 1 <"$HOME_DIR/nan" >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
grep -q "all 1 trials have ended, 1 of them diverged; --retry runs them again" "$HOME_DIR/out" || fail "it was trained again: $(cat "$HOME_DIR/out")"
! grep -q "^missing" "$HOME_DIR/out" || fail "it counts as missing: $(cat "$HOME_DIR/out")"
sweep --threads 1 --retry <"$HOME_DIR/nan" >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
[ "$("$SSLX" --home "$HOME_DIR" runs --state diverged | grep -c '^20')" = 2 ] || fail "--retry did not run it again"

# A column that no run can fill.
sed 's/^metrics.*/metrics = ["image_per_second"]/' "$HOME_DIR/other.toml" >"$HOME_DIR/slip.toml"
refused "no run of this sweep has a figure 'image_per_second'; the nearest is 'images_per_second'" sweep "$HOME_DIR/slip.toml"
