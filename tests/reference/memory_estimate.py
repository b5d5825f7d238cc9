#!/usr/bin/env python3
"""What `sslx sweep --dry-run` says that trainings will hold, beside what they held: memory_estimate.py SSLX.

Each trial takes a few steps on images that sslx draws, and is evaluated on few. Prints a line a trial and the largest
deviation; ends with 1 when one is more than a quarter off."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

BASE = """name = "memory"
[base.data]
name = "shapes"
size = {side}
train_size = {train}
test_size = 16
[[base.view]]
ops = [{{ name = "crop" }}, {{ name = "flip" }}, {{ name = "normalize" }}]
{local}
[base.method]
{method}
[base.backbone]
{backbone}
[base.train]
epochs = 1
batch_size = {batch}
{more}
[base.evaluate]
batch_size = 16
linear = {{ epochs = 1 }}
knn = {{ k = 5 }}
"""
RESNET18 = 'name = "resnet"\ndepth = 18\nstem = "cifar"'
RESNET50 = 'name = "resnet"\ndepth = 50'
VIT = 'name = "vit"\nwidth = 192\ndepth = 12\nheads = 3\npatch_size = 16'
TRIALS = [
    ("SimCLR, ResNet-18, 128 of 32 px", dict(side=32, batch=128, method='name = "simclr"', backbone=RESNET18)),
    ("SimCLR, ResNet-18, 512 of 32 px", dict(side=32, batch=512, method='name = "simclr"', backbone=RESNET18)),
    ("SimCLR, ResNet-50, 32 of 224 px", dict(side=224, batch=32, method='name = "simclr"', backbone=RESNET50)),
    ("BYOL, ResNet-50, 32 in turn", dict(side=224, batch=32, method='name = "byol"', backbone=RESNET50, more="views_in_turn = true")),
    ("SimCLR, ResNet-50, fp32", dict(side=224, batch=24, method='name = "simclr"', backbone=RESNET50, more='precision = "fp32"')),
    ("MoCo v2, ResNet-50, 48 of 224 px", dict(side=224, batch=48, method='name = "moco"\nqueue = 4096', backbone=RESNET50)),
    ("BYOL, ResNet-18, 256 of 64 px", dict(side=64, batch=256, method='name = "byol"', backbone=RESNET18.replace('\nstem = "cifar"', ""))),
    ("Barlow Twins, LARS", dict(side=64, batch=256, method='name = "barlow_twins"\noutput_width = 4096', backbone=RESNET18.replace('\nstem = "cifar"', ""), more='optimizer = "lars"')),
    ("DINO, ViT-Ti, local crops, AdamW", dict(side=224, batch=16, method='name = "dino"\noutput_width = 4096', backbone=VIT, more='optimizer = "adamw"\nlr = 1e-3',
     local='[[base.view]]\nlocal = true\ncount = 4\nops = [{ name = "crop", size = 96 }, { name = "normalize" }]')),
]


def foretold(words):
    found = re.search(r"memory: about ([0-9.]+) (MB|GB|TB)", words)
    return float(found[1]) * {"MB": 1e6, "GB": 1e9, "TB": 1e12}[found[2]] if found else None


def main(sslx):
    worst = 0.0
    for name, values in TRIALS:
        with tempfile.TemporaryDirectory() as folder:
            home = pathlib.Path(folder)
            settings = dict(local="", more="", train=3 * values["batch"]) | values
            (home / "memory.toml").write_text(BASE.format(**settings))
            call = [sslx, "--home", folder, "sweep", str(home / "memory.toml")]
            dry = subprocess.run(call + ["--dry-run"], capture_output=True, text=True, check=True).stdout
            subprocess.run(call + ["--any-memory"], capture_output=True, text=True, check=True)
            journal = next((home / "runs").glob("*/journal.jsonl")).read_text().splitlines()
            held = next(json.loads(line)["peak_memory_bytes"] for line in journal if '"event":"finished"' in line)
            told = foretold(dry)
            off = told / held - 1
            worst = max(worst, abs(off))
            print(f"{name:36} foretold {told / 1e9:5.2f} GB   held {held / 1e9:5.2f} GB   {100 * off:+5.1f} %", flush=True)
    print(f"at most {100 * worst:.0f} % off")
    return worst > 0.25


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
