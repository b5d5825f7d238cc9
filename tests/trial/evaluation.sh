#!/bin/bash
# Evaluating otherwise trains nothing: the weights and features of a run with the same training are taken over,
# and the figures are those of a run that was trained for them, to the last bit. Another training is trained.
. "$(dirname "$0")/common.sh"

variant='[[variants]]
name = "probed"
method = { name = "simclr" }'
{ cat "$SOURCE/sweep.toml"; echo "$variant"; } >"$HOME_DIR/sweep.toml"
# in_home HOME ARGUMENTS...: the sweep there.
in_home() {
  local home=$HOME_DIR/$1
  mkdir -p "$home"
  shift
  "$SSLX" --home "$home" --plugin-dir "$PLUGINS" sweep "$HOME_DIR/sweep.toml" --threads 1 "$@" >"$home/out" 2>&1 || fail "$(cat "$home/out")"
}
newest() { find "$HOME_DIR/$1/runs" -maxdepth 1 -name "20*" | sort | tail -1; }
figures() { grep -ho '"metric":"[a-z_0-9.]*"\|"predictions":"[^"]*"\|"value":[0-9.]*\|"weights_sha256":"[0-9a-f]\{64\}"' "$1/journal.jsonl" | sort; }
taken() { grep -c '"event":"resumed"' "$1/journal.jsonl" || true; }
# probe SETTING...: in a home with a trained run, then in one without: the same figures, and nothing trained.
probe() {
  local settings=() setting
  for setting in "$@"; do settings+=(--set "$setting"); done
  sleep 1.1 # run ids sort by the second
  in_home kept "${settings[@]}"
  grep -q "1 of 1 trials to run, 1 of them from weights that are trained" "$HOME_DIR/kept/out" || fail "$*: it was planned as a training: $(cat "$HOME_DIR/kept/out")"
  [ "$(taken "$(newest kept)")" = 1 ] || fail "$*: nothing was taken over"
  rm -rf "$HOME_DIR/fresh"
  in_home fresh "${settings[@]}"
  [ "$(figures "$(newest kept)")" = "$(figures "$(newest fresh)")" ] || fail "$*: other figures: $(diff <(figures "$(newest kept)") <(figures "$(newest fresh)"))"
}

in_home kept
[ -s "$(newest kept)/features.safetensors" ] || fail "no features were kept"
probe evaluate.knn.k=7
probe evaluate.linear.epochs=3 evaluate.linear.lr=[0.5]
probe data.test_per_class=5
probe 'evaluate.ops=[{name="normalize", mean=[0.5], std=[0.3]}]'
probe 'evaluate.finetune={labels=[0.1], epochs=[2], batch_size=16}'
# The fine-tuned network is taken over, too, when only the probe changes.
sleep 1.1
in_home kept --set 'evaluate.finetune={labels=[0.1], epochs=[2], batch_size=16}' --set evaluate.knn.k=3
[ "$(taken "$(newest kept)")" = 2 ] || fail "the fine-tuned stage was trained again"
sleep 1.1
in_home kept --set train.lr=0.123
[ "$(taken "$(newest kept)")" = 0 ] || fail "another training took weights over"
# Damaged features are computed anew, from weights that are whole.
for file in "$HOME_DIR"/kept/runs/*/features.safetensors; do printf 'x' | dd of="$file" bs=1 seek=1000 conv=notrunc 2>/dev/null; done
probe evaluate.knn.k=9
# The time of a table counts the training, whoever did it.
shown=$("$SSLX" --home "$HOME_DIR/kept" show "$(basename "$(newest kept)")")
grep -qE '^  earlier_seconds +[0-9.]*[1-9]' <<<"$shown" || fail "the training's time is not recorded: $shown"
