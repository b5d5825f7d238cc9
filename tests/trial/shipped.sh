#!/bin/bash
# Every sweep that comes with sslx can be planned at each of its scales: its keys, plugins, axes and published
# table exist. None of their trials is run.
. "$(dirname "$0")/common.sh"

# Two classes of as many images as the largest batch takes, all the same one of 1 x 1 pixels, and one to test.
pixel=iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mNk+M8AAAIHAQFRAqyNAAAAAElFTkSuQmCC
for folder in train/a train/b test/a test/b; do
  mkdir -p "$HOME_DIR/data/$folder"
  base64 -d <<<"$pixel" >"$HOME_DIR/data/$folder/1.png"
done
python3 - "$HOME_DIR/data/train" <<'PYTHON'
import os, sys
for name in "ab":
    folder = os.path.join(sys.argv[1], name)
    for i in range(2, 5001):
        os.link(folder + "/1.png", f"{folder}/{i}.png")
PYTHON
# And the files that STL-10 has: labels, and unlabelled images of 3 x 96 x 96 bytes.
for name in train_X test_X; do : >"$HOME_DIR/data/$name.bin"; done
for name in train_y test_y; do head -c 10 /dev/zero | tr '\0' '\1' >"$HOME_DIR/data/$name.bin"; done
truncate -s $((10000 * 3 * 96 * 96)) "$HOME_DIR/data/unlabeled_X.bin"

# What sweeps start from that take imported weights: here those of networks that were never trained.
printf '[[variants]]\nname = "%s"\nmethod = { name = "random" }\nbackbone = { %s }\n' \
  teacher 'name = "resnet_small", width = 32' teacher_resnet50 'name = "resnet", depth = 50, stem = "cifar"' |
  sweep --set data.train_size=64 --set data.test_size=16 >"$HOME_DIR/out" 2>&1 || fail "$(cat "$HOME_DIR/out")"
for name in teacher teacher_resnet50; do sslx export "$(run_of $name)" "$HOME_DIR/$name.safetensors" || fail "$(cat "$HOME_DIR/out")"; done
sslx import "$HOME_DIR/teacher.safetensors" --backbone resnet_small --set width=32 || fail "$(cat "$HOME_DIR/out")"
sslx import "$HOME_DIR/teacher_resnet50.safetensors" --backbone resnet --set depth=50 --set stem=cifar || fail "$(cat "$HOME_DIR/out")"
runs=$(ls "$HOME_DIR/runs")

planned=0
for file in "$SOURCE"/../../sweeps/*.toml; do
  data=()
  ! grep -q '^path = ' "$file" || data=(--set "data.path=$HOME_DIR/data")
  for scale in "" $(grep -o '^\[*scale\.[a-z]*' "$file" | cut -d. -f2 | sort -u); do
    "$SSLX" --home "$HOME_DIR" sweep "$file" --dry-run --any-memory ${scale:+--scale "$scale"} "${data[@]}" >"$HOME_DIR/out" 2>&1 ||
      fail "$(basename "$file") ${scale:+at scale $scale}: $(cat "$HOME_DIR/out")"
    grep -q "[1-9][0-9]* of [1-9][0-9]* trials to run" "$HOME_DIR/out" || fail "$file $scale: $(tail -1 "$HOME_DIR/out")"
    planned=$((planned + 1))
  done
done
[ "$planned" -gt 10 ] || fail "only $planned plans were made"
[ "$(ls "$HOME_DIR/runs")" = "$runs" ] || fail "planning made runs"
