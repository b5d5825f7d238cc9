#!/bin/bash
# CMC on a data set that brings four views of each scene: it trains and is evaluated, in both graphs
# and with both kinds of negatives, and learns from the views what their pixels alone do not say; what
# is wrong with the views is one clear sentence before anything runs.
. "$(dirname "$0")/common.sh"
MAKE_VIEWS=$1/bin/make_views
SCENES=$HOME_DIR/scenes
"$MAKE_VIEWS" "$SCENES" 160

cat >"$HOME_DIR/views.toml" <<END
name = "views"
title = "Four views"
seeds = [0]
[base.data]
name = "folder"
path = "$SCENES"
views = ["image", "depth", "normals", "segmentation"]
[[base.view]]
source = "image"
ops = [{ name = "crop", scale = [0.5, 1.0], shared = true }, { name = "flip", shared = true }, { name = "normalize" }]
[[base.view]]
source = "depth"
ops = [{ name = "crop", scale = [0.5, 1.0], shared = true }, { name = "flip", shared = true }, { name = "normalize", mean = [0.8], std = [0.2] }]
[[base.view]]
source = "normals"
ops = [{ name = "crop", scale = [0.5, 1.0], shared = true }, { name = "flip", shared = true }, { name = "normalize", mean = [0.5], std = [0.2] }]
[[base.view]]
source = "segmentation"
ops = [{ name = "crop", scale = [0.5, 1.0], shared = true }, { name = "flip", shared = true }, { name = "normalize", mean = [0.3], std = [0.4] }]
[base.method]
name = "cmc"
channels = [3, 1, 3, 1]
negatives = 64
temperature = 0.1
[base.backbone]
name = "resnet_small"
width = 8
[base.train]
epochs = 12
batch_size = 48
lr = 0.03
[base.evaluate]
linear = { epochs = 20 }
[[variants]]
name = "core"
[[variants]]
name = "full"
method = { graph = "full", negatives_from = "batch" }
[[variants]]
name = "random"
method = { name = "random" }
[table]
rows = ["variant"]
metrics = ["linear_top1", "knn_top1"]
END
views() { "$SSLX" --home "$HOME_DIR" --plugin-dir "$PLUGINS" "${@:2}" "$HOME_DIR/$1.toml" >"$HOME_DIR/out" 2>&1; }

views views sweep || fail "$(cat "$HOME_DIR/out")"
# figure NAME: the row's linear accuracy.
figure() { grep -E "^[| ]*$1 " "$HOME_DIR/out" | grep -oE '[0-9]+\.[0-9]+' | sed -n 1p; }
for name in core full; do
  awk "BEGIN { exit !($(figure $name) > 70) }" || fail "$name does not learn: $(cat "$HOME_DIR/out")"
done
"$SSLX" --home "$HOME_DIR" --plugin-dir "$PLUGINS" views "$HOME_DIR/views.toml" --trial core --out "$HOME_DIR/views.png" \
  >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"

# refused NAME SED WORDS: the sweep, so changed, is refused with these words.
refused() {
  sed "$2" "$HOME_DIR/views.toml" >"$HOME_DIR/$1.toml"
  ! views "$1" sweep || fail "$1 was not refused"
  grep -qF "$3" "$HOME_DIR/out" || fail "$1: $(cat "$HOME_DIR/out")"
}
refused unknown 's/source = "depth"/source = "dept"/' "the source 'dept' is no view of the data set; it must be one of image, depth"
refused mixed '/source = "depth"/d' "all views must have one, or none"
refused missing 's/"segmentation"\]/"segmentation", "heat"]/' "heat/train is not there"
rm "$SCENES/depth/train/roof/7.png"
refused unequal 's/seeds = .*/seeds = [1]/' "depth/train/roof/7: there is no image of this name, but the view 'image' has one"
