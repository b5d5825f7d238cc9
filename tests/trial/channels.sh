#!/bin/bash
# Recipes whose channels do not fit the network, an evaluation that does not fit them, and labels that are not there:
# a sweep of several trials is refused once, before the first; one trial alone says it before its first step. Where
# recipes and evaluation agree, the network is made for their channels.
. "$(dirname "$0")/common.sh"

edges='{ name = "sobel", output = "gradients" }'
light='{ name = "lab", channels = "l" }'
colour='{ name = "lab", channels = "ab" }'
plain='{ name = "normalize" }'
# variant NAME METHOD VIEWS EVALUATION [MORE]
variant() { printf '[[variants]]\nname = "%s"\nmethod = { name = "%s" }\nview = [%s]\nevaluate = { ops = [%s]%s }\n' "$1" "$2" "$3" "$4" "${5-}"; }
view() { printf '{ ops = [{ name = "crop" }, %s] }' "$1"; }
good() {
  variant edges simclr "$(view "$edges")" "$edges"
  variant light simclr "$(view "$light")" "$light"
}
good | sweep --threads 1 >"$HOME_DIR/out" 2>&1 || fail "what fits is refused: $(cat "$HOME_DIR/out")"
runs=$("$SSLX" --home "$HOME_DIR" runs)
ended() { grep -qE "trial +$1 .* $2 .*$3" <<<"$runs" || fail "$1 is not recorded as $2 with '$3': $runs"; }
ended edges completed ""
ended light completed ""

# unfit NAME SENTENCE: the variant of standard input; after good ones nothing runs, alone it fails before a step.
unfit() {
  local code=0 before
  cat >"$HOME_DIR/unfit"
  before=$(find "$HOME_DIR/runs" -name journal.jsonl | wc -l)
  { good; cat "$HOME_DIR/unfit"; } | sweep --seeds 5,6 --threads 1 >"$HOME_DIR/out" 2>&1 || code=$?
  [ "$code" = 2 ] || fail "a sweep with $1 ended with $code: $(cat "$HOME_DIR/out")"
  grep -qF "sslx: $1, seed 5: $2" "$HOME_DIR/out" || fail "$1 is not refused with '$2': $(cat "$HOME_DIR/out")"
  [ "$(find "$HOME_DIR/runs" -name journal.jsonl | wc -l)" = "$before" ] || fail "a trial of the sweep with $1 ran"
  code=0
  sweep --seeds 1 --threads 1 <"$HOME_DIR/unfit" >"$HOME_DIR/out" 2>&1 || code=$?
  [ "$code" = 1 ] || fail "$1 alone ended with $code: $(cat "$HOME_DIR/out")"
  runs=$("$SSLX" --home "$HOME_DIR" runs)
  ended "$1" failed "$2"
  if grep -q '"event":"metric"' "$HOME_DIR/runs/$(run_of "$1")/journal.jsonl"; then fail "$1 was trained"; fi
}
both="as many as evaluate.ops gives; both must give as many"
variant edges_alone simclr "$(view "$edges")" "$plain" | unfit edges_alone "view 1 has 2 channels, and the network is made for 3, $both"
variant light_alone simclr "$(view "$light")" "$plain" | unfit light_alone "view 1 has 1 channel, and the network is made for 3, $both"
variant two simclr "$(view "$light"), $(view "$colour")" "$light" | unfit two "view 2 has 2 channels, and the network is made for 1, $both"
variant tuned simclr "$(view "$plain")" "$plain" ", finetune = { labels = [0.5], epochs = [1], ops = [{ name = \"crop\" }, $edges] }" |
  unfit tuned "the view of evaluate.finetune has 2 channels, and the network is made for 3, $both"

# What only the method's own code knows is told by the trial.
variant unlike cmc "$(view "$light"), $(view "$colour")" "$light" | sweep --threads 1 >"$HOME_DIR/out" 2>&1 && fail "what does not fit is no failure"
runs=$("$SSLX" --home "$HOME_DIR" runs)
ended unlike failed "method 'cmc' in embed: the channels of the evaluation's input are 1, and method.channels says 3"
if grep -q '"event":"metric"' "$HOME_DIR/runs/$(run_of unlike)/journal.jsonl"; then fail "unlike was trained"; fi

# Images to judge by that have other channels than those that it is trained on.
python3 - "$HOME_DIR/gray" <<'PYTHON'
import os, pathlib, struct, sys
folder = pathlib.Path(sys.argv[1])
folder.mkdir()
for part, images in (("train", 20), ("t10k", 10)):
    (folder / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 0x803, images, 28, 28) + os.urandom(images * 784))
    (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, images) + bytes(i % 5 for i in range(images)))
PYTHON
variant judged simclr "$(view "$plain")" "" ', data = { name = "idx", path = "gray" }' |
  unfit judged "what evaluate.ops makes of the images of evaluate.data has 1 channel, and the network is made for 3, as many as evaluate.ops gives of the training images; both must give as many"

# STL-10's unlabelled part teaches no classifier.
python3 - "$HOME_DIR/stl10" <<'PYTHON'
import os, pathlib, sys
folder = pathlib.Path(sys.argv[1])
folder.mkdir()
side = 3 * 96 * 96
for name, images in (("train", 20), ("test", 10), ("unlabeled", 12)):
    (folder / f"{name}_X.bin").write_bytes(os.urandom(images * side))
    (folder / f"{name}_y.bin").write_bytes(bytes(1 + i % 10 for i in range(images)))
PYTHON
sed -i 's/^name = "trial"/name = "stl"/; s/^name = "shapes"/name = "stl10"\npath = "stl10"\nunlabeled = true/; /^train_size\|^test_size/d; s/^batch_size = 64/batch_size = 8/' "$HOME_DIR/sweep.toml"
sed -i '/^\[\[variants\]\]/,$d; s/{ name = "crop" }/{ name = "crop", size = 32 }/' "$HOME_DIR/sweep.toml"
printf '[[variants]]\nname = "supervised"\nmethod = { name = "supervised" }\n' >>"$HOME_DIR/sweep.toml"
before=$(find "$HOME_DIR/runs" -name journal.jsonl | wc -l)
refused "supervised, seed 0: method 'supervised' learns from labels, and 12 of the 32 training images have none; data.unlabeled must be false" \
  sweep "$HOME_DIR/sweep.toml" --seeds 20 --threads 1
[ "$(find "$HOME_DIR/runs" -name journal.jsonl | wc -l)" = "$before" ] || fail "a trial ran"
