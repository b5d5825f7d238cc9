#!/bin/bash
# train.accumulate: batches whose gradients add up to one step. A method that compares the images of a
# batch is warned of, on the terminal and in the report; another is not.
. "$(dirname "$0")/common.sh"

for method in simclr byol; do
  printf '[[variants]]\nname = "%s"\nmethod = { name = "%s" }\n' "$method" "$method"
done | sweep --set train.batch_size=32 --set train.accumulate=2 >"$HOME_DIR/out" 2>&1 ||
  fail "$(cat "$HOME_DIR/out")"

warning="warning: train.accumulate is 2, but method 'simclr' compares the images of a batch with one another: its loss is that of batches of 32, not of 64"
[ "$(grep -c "^$warning" "$HOME_DIR/out")" = 2 ] ||
  fail "it is not said once while it runs and once under the table: $(cat "$HOME_DIR/out")"
! grep -q "method 'byol' compares" "$HOME_DIR/out" || fail "BYOL compares no images"
# 320 images are 5 steps of 64 an epoch.
[ "$(cat "$HOME_DIR"/runs/*/journal.jsonl | grep -c '"event":"plan".*"steps":10')" = 2 ] ||
  fail "a step is not two batches: $(cat "$HOME_DIR"/runs/*/journal.jsonl | grep plan)"
