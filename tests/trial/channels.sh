#!/bin/bash
# Recipes whose channels do not fit the network, an evaluation that does not fit them, and labels that are not there
# are one sentence before the first step; where recipes and evaluation agree, the network is made for their channels.
. "$(dirname "$0")/common.sh"

edges='{ name = "sobel", output = "gradients" }'
light='{ name = "lab", channels = "l" }'
colour='{ name = "lab", channels = "ab" }'
# variant NAME METHOD VIEWS EVALUATION
variant() { printf '[[variants]]\nname = "%s"\nmethod = { name = "%s" }\nview = [%s]\nevaluate = { ops = [%s] }\n' "$@"; }
view() { printf '{ ops = [{ name = "crop" }, %s] }' "$1"; }
{
  variant edges simclr "$(view "$edges")" "$edges"
  variant light simclr "$(view "$light")" "$light"
  variant edges_alone simclr "$(view "$edges")" '{ name = "normalize" }'
  variant light_alone simclr "$(view "$light")" '{ name = "normalize" }'
  variant two simclr "$(view "$light"), $(view "$colour")" "$light"
  variant unlike cmc "$(view "$light"), $(view "$colour")" "$light"
} | sweep --threads 1 >"$HOME_DIR/out" 2>&1 && fail "what does not fit is no failure"
runs=$("$SSLX" --home "$HOME_DIR" runs)
ended() { grep -qE "trial +$1 .* $2 .*$3" <<<"$runs" || fail "$1 is not recorded as $2 with '$3': $runs"; }
ended edges completed ""
ended light completed ""
ended edges_alone failed "view 1 has 2 channels, and the network is made for 3, as many as evaluate.ops gives; both must give as many"
ended light_alone failed "view 1 has 1 channel, and the network is made for 3"
ended two failed "view 2 has 2 channels, and the network is made for 1"
ended unlike failed "method 'cmc' in embed: the channels of the evaluation's input are 1, and method.channels says 3"
for name in edges_alone two unlike; do
  if grep -q '"event":"metric"' "$HOME_DIR/runs/$(run_of $name)/journal.jsonl"; then fail "$name was trained"; fi
done

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
"$SSLX" --home "$HOME_DIR" --plugin-dir "$PLUGINS" sweep "$HOME_DIR/sweep.toml" --threads 1 >"$HOME_DIR/out" 2>&1 || true
grep -qF "method 'supervised' learns from labels, and 12 of the 32 training images have none; data.unlabeled must be false" "$HOME_DIR/out" ||
  fail "$(cat "$HOME_DIR/out")"
