#!/bin/bash
# Protocols say what was done where the images allow less than was asked for, and a warning tells it. A
# stage whose batches would be one image is refused.
. "$(dirname "$0")/common.sh"

cp "$SOURCE/sweep.toml" "$HOME_DIR/sweep.toml"
cat >>"$HOME_DIR/sweep.toml" <<'TOML'
[base.evaluate.finetune]
labels = [0.1]
epochs = [1]
batch_size = 256
[base.evaluate.distil]
backbone = { name = "resnet_small", width = 4 }
epochs = 1
batch_size = 1000
[[variants]]
name = "a"
method = { name = "simclr" }
TOML
small=(sweep "$HOME_DIR/sweep.toml" --threads 1 --set train.epochs=1 --set evaluate.knn.k=1000
  --set evaluate.linear.batch_size=1000)
sslx "${small[@]}" || fail "$(cat "$HOME_DIR/out")"
grep -q "^warning: evaluate.knn.k is 1000, but there are 320 training images with a label" "$HOME_DIR/out" ||
  fail "the neighbours are not told: $(cat "$HOME_DIR/out")"

# said METRIC KEY...: what that metric's protocol has there.
said() {
  python3 - "$HOME_DIR"/runs/*/journal.jsonl "$@" <<'PYTHON'
import json, sys
for line in open(sys.argv[1]):
    event = json.loads(line)
    if event["event"] == "result" and event["metric"] == sys.argv[2]:
        value = event["protocol"]
        for key in sys.argv[3:]:
            value = value[key]
        print(value)
PYTHON
}
# is VALUE METRIC KEY...
is() {
  local value=$1
  shift
  [ "$(said "$@")" = "$value" ] || fail "$* is $(said "$@"), not $value"
}
is 320 knn_top1 k
is 320 linear_top1 batch_size
is 32 finetune_10pct_top1 labelled_images
is 32 finetune_10pct_top1 training batch_size
is "as many of each class, by the trial's seed" finetune_10pct_top1 subset
is 320 distil_10pct_top1 training batch_size
is 32 distil_10pct_top1 teacher training batch_size

refused "evaluate.finetune: 'batch_size' is 1; it must be 2 to 1000000" "${small[@]}" --set evaluate.finetune.batch_size=1 --retry
