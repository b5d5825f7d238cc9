#!/usr/bin/env python3
"""How often a training waits for its device: the stand-in for a GPU counts it, and a step that is recorded may do it
once, for its figures; one that is not, never. What waits beside it is named. So is what was planted: a plugin that
asks for a number in each step, one with a constant on the processor, one that draws with the processor's generator,
and one that reads its tensors' memory.

    waits.py BUILD PLUGINS     PLUGINS holds the method `misplaced`
"""
import os, shutil, sys, tempfile

from runs import runs, standin, told, waits

SWEEP = '''name = "waits"
[base]
data = {{ name = "shapes", train_size = 128, test_size = 32 }}
backbone = {{ name = "resnet_small", width = 8, stages = 2 }}
train = {{ epochs = 2, batch_size = 8, precision = "fp32" }}
evaluate = {{ knn = {{ k = 3 }}, linear = {{ epochs = 1 }} }}
[[base.view]]
ops = [{{ name = "crop" }}, {{ name = "flip" }}, {{ name = "normalize" }}]
[[variants]]
name = "it"
{variant}
'''
VIT = 'backbone = { name = "vit", width = 24, depth = 2, heads = 3, patch_size = 8, image_size = 32 }'
# Every kind of state between steps: queues, banks, momentum networks, centres, prototypes, clipping, LARS.
VARIANTS = {
    "SimCLR": 'method = { name = "simclr" }\ntrain = { optimizer = "lars" }',
    "MoCo": 'method = { name = "moco", queue = 64 }',
    "MoCo, shuffled": 'method = { name = "moco", queue = 64, bn_groups = 2 }',
    "InfoMin, jigsaw": 'method = { name = "infomin", queue = 64, jigsaw = true, pieces = 9, output_width = 16 }\nview = ['
            '{ count = 2, ops = [{ name = "crop" }, { name = "normalize" }] }, { ops = [{ name = "crop", size = 33 }, '
            '{ name = "patches", cell = 11, stride = 11, size = 9 }, { name = "normalize" }] }]',
    "InstDisc": 'method = { name = "instdisc", negatives = 16 }',
    "SwAV": 'method = { name = "swav", prototypes = 16, queue = 16, frozen_steps = 1 }',
    "DINO": f'method = {{ name = "dino", output_width = 32, hidden_width = 32, bottleneck_width = 16 }}\n{VIT}\n'
            'train = { optimizer = "adamw", clip_norm = 3.0, clip = "each" }',
}


def trial(build, folder, variant, epochs, plugins):
    """The waits of its training, and its run."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(folder + "/waits.toml", "w") as file:
        file.write(SWEEP.format(variant=variant))
    standin(build).sweep(folder, folder + "/waits.toml", ["--set", f"train.epochs={epochs}", "--retries", "0"],
                         plugins=plugins, SSLX_STANDIN_WAITS=folder + "/waits")
    return waits(folder + "/waits"), runs(folder)["it"]


def steps_waits(build, folder, variant, plugins):
    """Waits of each chain in one step more: those of a longer training less those of a shorter one."""
    few, short = trial(build, folder, variant, 1, plugins)
    many, long = trial(build, folder, variant, 3, plugins)
    for run in (short, long):
        if run.state not in ("completed", "collapsed"):
            sys.exit(f"{variant}: {run.state}: {run.message}")
    steps = len(long.losses) - len(short.losses)
    return {chain: (count - few[chain]) / steps for chain, count in many.items() if count > few[chain]}, steps


def main():
    build, plugins = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])
    folder = tempfile.mkdtemp(prefix="sslx-waits-")
    wrong = []
    try:
        for name, variant in VARIANTS.items():
            chains, steps = steps_waits(build, folder, variant, plugins)
            each = {chain: rate for chain, rate in chains.items() if rate > 0.9}
            total = sum(chains.values())
            print(f"{name}: {total:.2f} waits a step")
            if len(each) > 1 or any(rate > 1.1 for rate in each.values()) or total > 1.6:
                wrong += [f"{name} waits {rate:.2f} times a step: {told(chain)}"
                          for chain, rate in sorted(chains.items(), key=lambda one: -one[1])[:8]]
        chains, _ = steps_waits(build, folder, 'method = { name = "misplaced", mistake = "item" }', plugins)
        seen = [told(chain) for chain, rate in chains.items() if rate > 0.9]
        if not any("Misplaced::loss" in one for one in seen):
            wrong.append(f"an item() of each step is not seen: {seen}")
        for mistake, epochs, state, words in (("right", 1, "completed", ""),
                                              ("constant", 1, "failed", "at least two devices"),
                                              ("generator", 1, "failed", "a generator of the processor"),
                                              ("memory", 1, "crashed", "SIGSEGV"),
                                              ("nan", 1, "diverged", "the loss is nan at step 2"),
                                              ("late_nan", 30, "diverged", "was not finite from step 99 on")):
            _, run = trial(build, folder, f'method = {{ name = "misplaced", mistake = "{mistake}" }}', epochs, plugins)
            if run.state != state or words not in run.message:
                wrong.append(f"misplaced, {mistake}: {run.state}: {run.message}")
        print("\n".join(wrong) or "a step that is recorded waits once")
        sys.exit(1 if wrong else 0)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
