#!/usr/bin/env python3
"""What checkpoints within a training cost: the same training with and without them, in pairs that alternate.

    checkpoint_cost.py [--every SECONDS] [--pairs N] [--seconds T] [--network small|resnet18] [SSLX]

One more often than the default of 60 seconds (--every 5) shows a cost that is too small to be seen otherwise; what it
comes to at the default is that share, times 5/60: a checkpoint costs the same whenever it is made. A measurement for
people: it takes minutes, wants a machine that does nothing else, and is no test.
"""

import argparse
import glob
import json
import os
import statistics
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
NETWORKS = {
    "small": ('{ name = "simclr" }', '{ name = "resnet_small", width = 32 }', 256),
    # Two encoders and a long queue: about the largest state that one of the survey's methods has.
    "resnet18": ('{ name = "moco", queue = 65536 }', '{ name = "resnet", depth = 18, stem = "cifar" }', 128),
}
SWEEP = """
name = "cost"
title = "What checkpoints cost"
[base]
data = {{ name = "shapes", train_size = 1280, test_size = 60 }}
method = {method}
backbone = {backbone}
view = [{{ ops = [{{ name = "crop" }}, {{ name = "flip" }}, {{ name = "normalize" }}] }}]
train = {{ epochs = {epochs}, batch_size = {batch_size} }}
evaluate = {{ linear = {{ epochs = 1 }} }}
[table]
rows = ["variant"]
metrics = ["images_per_second"]
"""


def train(sslx, network, epochs, every):
    """Seconds of the training, and of the processor for all of the sweep."""
    method, backbone, batch_size = NETWORKS[network]
    with tempfile.TemporaryDirectory() as home:
        file = os.path.join(home, "cost.toml")
        with open(file, "w", encoding="utf-8") as out:
            out.write(SWEEP.format(method=method, backbone=backbone, epochs=epochs, batch_size=batch_size))
        before = os.times()
        subprocess.run([sslx, "--home", home, "sweep", file, "--checkpoint", str(every)], check=True,
                       stdout=subprocess.DEVNULL)
        after = os.times()
        [journal] = glob.glob(home + "/runs/*-*-*/journal.jsonl")
        with open(journal, encoding="utf-8") as text:
            lines = [json.loads(line) for line in text]
    [stage] = [line for line in lines if line["event"] == "stage"]
    return stage["facts"]["seconds"], sum(after[2:4]) - sum(before[2:4])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=float, default=60)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=60, help="that a training takes, about")
    parser.add_argument("--network", choices=NETWORKS, default="small")
    parser.add_argument("sslx", nargs="?", default=os.path.join(ROOT, "build/release/bin/sslx"))
    given = parser.parse_args()
    probe, _ = train(given.sslx, given.network, 3, 0)
    epochs = max(3, round(3 * given.seconds / probe))
    walls, processor = [], []
    for pair in range(given.pairs):
        out = {}
        for every in ([given.every, 0], [0, given.every])[pair % 2]:
            out[every] = train(given.sslx, given.network, epochs, every)
        (wall, spent), (wall_0, spent_0) = out[given.every], out[0]
        walls.append(wall / wall_0 - 1)
        processor.append(spent / spent_0 - 1)
        print(f"pair {pair + 1}: {wall:.1f} s against {wall_0:.1f} s, {100 * walls[-1]:+.2f} %; "
              f"processor {spent:.1f} s against {spent_0:.1f} s, {100 * processor[-1]:+.2f} %", flush=True)
    share = given.every / 60
    for name, found in (("time", walls), ("processor time", processor)):
        error = statistics.stdev(found) / len(found) ** 0.5 if len(found) > 1 else float("nan")
        mean, median = statistics.mean(found), statistics.median(found)
        print(f"{name}: one each {given.every:g} s costs {100 * mean:.2f} % (median {100 * median:.2f}, standard error "
              f"{100 * error:.2f}), so one a minute {100 * mean * share:.2f} % ({100 * error * share:.2f})")


if __name__ == "__main__":
    main()
