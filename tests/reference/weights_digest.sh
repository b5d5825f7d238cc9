#!/bin/bash
# weights_digest.sh BUILD [FOLDER]: what trials of every method end with, bit for bit, so that two builds can be
# compared: a change of the layout, or of the loop, changes no line of it.
#     tests/reference/weights_digest.sh build/release >before   (change something, build)
#     tests/reference/weights_digest.sh build/release | diff before -
# Small trials on `shapes`, each on one thread: every variant of sweeps/methods.toml; one that is fine-tuned and
# distilled; one of steps of several batches, a left-over one among them, with local crops. The runs stay in FOLDER,
# or are removed. Printed, sorted, is a line a stage: variant, stage, SHA-256 of its weights, and of what was recorded
# while it learnt (names, steps and values, of those that do not depend on time); then one a result: variant, metric,
# value, SHA-256 of its predictions.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2 && exit 2; }
sslx=$(realpath "$1")/bin/sslx
root=$(dirname "$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")")
home=${2:-}
if [ -z "$home" ]; then
  home=$(mktemp -d)
  trap 'rm -rf "$home"' EXIT
fi
mkdir -p "$home"

# small FILE ARGUMENTS...: the sweep at a size that takes seconds a trial.
small() {
  "$sslx" --home "$home" sweep "$@" --seeds 1 --jobs 2 --threads 1 \
    --set 'data={name="shapes", train_size=128, test_size=32}' --set train.epochs=2 --set evaluate.linear.epochs=1 \
    >"$home/out" 2>&1 || { cat "$home/out" >&2 && exit 1; }
}

small "$root/sweeps/methods.toml" --set train.batch_size=32
cat >"$home/loops.toml" <<'TOML'
name = "loops"
title = "What else the loop does"
seeds = [0]

[base.backbone]
name = "resnet_small"
width = 8

[[variants]]
name = "fine-tuned and distilled"
method = { name = "simclr", head_layers = 3, finetune_layer = 1 }
train = { batch_size = 32 }

[[variants.view]]
ops = [{ name = "crop" }, { name = "flip" }, { name = "color" }, { name = "grayscale" }, { name = "normalize" }]

[variants.evaluate.finetune]
labels = [0.1, 0.5]
epochs = [4, 2]
batch_size = 24

[variants.evaluate.distil]
backbone = { name = "resnet_small", width = 4 }
epochs = 2
batch_size = 48
alpha = 0.5
temperature = 2.0

[[variants]]
name = "accumulated, with local crops"
method = { name = "byol" }
train = { batch_size = 24, accumulate = 2, drop_last = false }

[[variants.view]]
count = 2
ops = [{ name = "crop", size = 24 }, { name = "flip" }, { name = "color" }, { name = "normalize" }]

[[variants.view]]
count = 2
local = true
ops = [{ name = "crop", size = 16, scale = [0.1, 0.4] }, { name = "flip" }, { name = "normalize" }]
TOML
small "$home/loops.toml"

python3 - "$home" <<'PYTHON' | LC_ALL=C sort
import glob, hashlib, json, os, re, sqlite3, sys

# What is the machine's, or was recorded when half a second had passed.
OF_TIME = re.compile(r"images_per_second|share_|peak_device_memory|gradient_norm_(first|last)$")
home = sys.argv[1]
names = dict(sqlite3.connect(home + "/results/sslx.db").execute("SELECT id, variant FROM run"))

def recorded(lines):
    """The first and the last line of a loss, and all that have none: the layers' gradients at an epoch's end."""
    of = {}
    for line in lines:
        of.setdefault(next((name for name in line["values"] if name.endswith("loss")), ""), []).append(line)
    kept = [line for loss, some in sorted(of.items()) for line in ([some[0], some[-1]] if loss else some)]
    text = json.dumps([[line["step"], line["epoch"],
                        {name: "" if OF_TIME.match(name) else value for name, value in line["values"].items()}]
                       for line in kept], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()

for path in glob.glob(home + "/runs/*/journal.jsonl"):
    name = names[os.path.basename(os.path.dirname(path))]
    metrics = []
    for line in map(json.loads, open(path)):
        if line["event"] == "metric":
            metrics.append(line)
        elif line["event"] == "stage":
            print(f"{name}: {line['stage']} {line['weights_sha256']} recorded {recorded(metrics)}")
            metrics = []
        elif line["event"] == "result":
            predictions = hashlib.sha256(json.dumps(line["predictions"]).encode()).hexdigest()
            print(f"{name}: result {line['metric']} {line['value']!r} predictions {predictions}")
        elif line["event"] == "finished":
            print(f"{name}: end {line['state']} {line['weights_sha256']} {line['message']}")
PYTHON
