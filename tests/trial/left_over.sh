#!/bin/bash
# A batch of one image that is left over is refused before anything runs. A trial that leaves two is no
# collapse.
. "$(dirname "$0")/common.sh"

printf '[[variants]]\nname = "a"\nmethod = { name = "simclr" }\n' | cat "$SOURCE/sweep.toml" - >"$HOME_DIR/sweep.toml"
small=(sweep "$HOME_DIR/sweep.toml" --threads 1 --set train.epochs=1 --set train.drop_last=false)
said="which leaves a batch of one image of the 321 training images"
refused "a, seed 0: train.batch_size is 64 and train.drop_last is false, $said" "${small[@]}" --set data.train_size=321
refused "train.batch_size must be another, as 63, or train.drop_last must be true" "${small[@]}" --set data.train_size=321
[ ! -e "$HOME_DIR/runs" ] || fail "what is refused made a run"

# As a pack, whose header says its size.
sslx data pack shapes "$HOME_DIR/images.pack" --set train_size=321 test_size=80 || fail "$(cat "$HOME_DIR/out")"
sed "s#^name = \"shapes\"#name = \"pack\"\npath = \"$HOME_DIR/images.pack\"#; /^t[a-z]*_size = [0-9]*$/d" "$HOME_DIR/sweep.toml" >"$HOME_DIR/pack.toml"
refused "$said" sweep "$HOME_DIR/pack.toml" "${small[@]:2}"
[ ! -e "$HOME_DIR/runs" ] || fail "what is refused made a run"

sslx "${small[@]}" --set data.train_size=322 || fail "$(cat "$HOME_DIR/out")"
! grep -q collapsed "$HOME_DIR/out" || fail "two images left over are a collapse: $(cat "$HOME_DIR/out")"
sslx "${small[@]}" --set train.batch_size=1 && fail "one image at a time can be compared with others"
grep -q "compares the images of a batch with one another; it must be at least 2" "$HOME_DIR"/runs/*/journal.jsonl ||
  fail "$(cat "$HOME_DIR/out")"
