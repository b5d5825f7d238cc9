#!/bin/bash
# Images without labels, and a folder without test images, are trained on: the run is completed and exported, and the
# table says that nothing was evaluated. Another data set may judge the same network, which is not trained again.
. "$(dirname "$0")/common.sh"
cd "$HOME_DIR"

mkdir -p loose/deep labelled
"$1/bin/make_views" views 12
# The views of view_folders.sh: an image a scene, in train/ and test/, a folder a class.
cp -r views/image labelled/set
find views/image/train -name '*.png' | sort | awk '{print NR, $0}' | while read -r i file; do
  if [ $((i % 2)) = 0 ]; then cp "$file" "loose/$i.png"; else cp "$file" "loose/deep/$i.png"; fi
done
images=$(find loose -name '*.png' | wc -l)

cat >sweep.toml <<'TOML'
name = "trial"
[base]
data = { name = "images", path = "loose" }
method = { name = "simclr" }
backbone = { name = "resnet_small", width = 8 }
view = [{ ops = [{ name = "crop", size = 32 }, { name = "flip" }, { name = "normalize" }] }]
train = { epochs = 2, batch_size = 8 }
evaluate = { linear = { epochs = 2 }, knn = { k = 3 } }
[table]
rows = ["variant"]
metrics = ["knn_top1", "linear_top1"]
TOML
sslx data info loose || fail "$(cat out)"
grep -q "images       $images for training, 0 for testing" out || fail "it is counted otherwise: $(cat out)"

why="nothing is evaluated: the training images of the data set have no labels; evaluate.data may name another"
sslx sweep sweep.toml --dry-run || fail "$(cat out)"
grep -qF "$why" out || fail "the plan does not say it: $(cat out)"
sslx sweep sweep.toml --threads 1 || fail "$(cat out)"
grep -q "completed after" out || fail "it was not trained: $(cat out)"
sslx report trial || fail "$(cat out)"
grep -q "warning: nothing is evaluated, since the training images of the data set have no labels" out || fail "the table does not say it: $(cat out)"
run=$("$SSLX" --home . runs | awk '/^20/ && !seen++ {print $1}')
sslx export "$run" net.safetensors || fail "$(cat out)"
[ -s net.safetensors ] || fail "nothing was exported: $(cat out)"

# Judged by another data set: the weights are taken over, and the column says by which.
judge=(--set 'evaluate.data={name="folder", path="labelled/set"}')
sslx sweep sweep.toml --threads 1 "${judge[@]}" || fail "$(cat out)"
grep -q "1 of 1 trials to run, 1 of them from weights that are trained" out || fail "it was to be trained again: $(cat out)"
sslx report trial || fail "$(cat out)"
grep -qE '^simclr +[0-9]+\.[0-9] +[0-9]+\.[0-9]' out || fail "it has no figures: $(cat out)"
grep -qE 'knn_top1 @[0-9a-f]{8}: .*data folder [0-9a-f]{8}' out || fail "it does not say by which data: $(cat out)"
# Made again from the record alone, and its chain ends at both data sets.
judged=$("$SSLX" --home . runs | awk '/^20/ && !seen++ {print $1}')
sslx reproduce "$judged" || fail "it cannot be made again: $(cat out)"
grep -q "^$judged: same bits" out || fail "it is not the same: $(cat out)"
sslx show "$judged" || fail "$(cat out)"
grep -q "evaluated on" out || fail "show does not say what it was evaluated on: $(cat out)"
# A second set judges it too, in a table of the file: from the same weights, and in a column of its own.
cp -r labelled/set labelled/other
rm -r "$(find labelled/other/train -mindepth 1 -maxdepth 1 | sort | sed -n 1p)"
rm -r "$(find labelled/other/test -mindepth 1 -maxdepth 1 | sort | sed -n 1p)"
{
  cat sweep.toml
  for set in set other; do
    printf '[[variants]]\nname = "%s"\n[variants.evaluate.data]\nname = "folder"\npath = "labelled/%s"\n' "$set" "$set"
  done
} >transfer.toml
sslx sweep transfer.toml --threads 1 || fail "$(cat out)"
grep -qE "1 of 2 trials to run, 1 of them from weights that are trained" out || fail "it was to be trained again: $(cat out)"
sslx report trial || fail "$(cat out)"
[ "$(grep -c '^knn_top1 @[0-9a-f]\{8\}: .*data folder [0-9a-f]\{8\}' out)" = 2 ] || fail "the two sets are not apart: $(cat out)"
[ "$("$SSLX" --home . runs | grep -c ' completed ')" = 3 ] || fail "$("$SSLX" --home . runs)"
# They change: the figure is stale.
rm "$(find labelled/set/test -name '*.png' | sort | sed -n 1p)"
sslx report trial || fail "$(cat out)"
grep -qE "stale: 1 of [0-9] runs? (was|were) made by what has changed since: data" out || fail "it is not stale: $(cat out)"

# A folder of classes without test images; a method that learns from labels takes it.
rm -r labelled/set/test
sslx sweep sweep.toml --threads 1 --set 'data={name="folder", path="labelled/set"}' --set 'method={name="supervised"}' || fail "$(cat out)"
grep -q "nothing is evaluated, since the data set has no test images" out || fail "the table does not say it: $(cat out)"
if sslx sweep sweep.toml --threads 1 --set 'method={name="supervised"}'; then fail "it learned from labels that there are not"; fi
grep -q "method 'supervised' learns from labels, and $images of the $images training images have none" out || fail "it does not say why: $(cat out)"
refused "evaluate.finetune cannot be done: the training images of the data set have no labels" sweep sweep.toml --set 'evaluate.finetune={labels=[0.5], epochs=[1]}'
