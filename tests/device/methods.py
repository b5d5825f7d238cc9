#!/usr/bin/env python3
"""Trains and evaluates every variant of a sweep on the processor and on the stand-in for a GPU, and compares: all of
them end, the losses of the first step agree to float32's last digits, those of the next two, which the gradients and
the update made, within what rounding grows to, and the figures within a few images.

    methods.py BUILD SWEEP [--tiny]     --tiny: of sweeps/methods.toml, whose networks and data are made small
"""
import os, shutil, sys, tempfile

from runs import trained

TINY = ["--set", 'data={name="shapes", train_size=160, test_size=80}', "--set", "train.epochs=2",
        "--set", "train.batch_size=32", "--set", "backbone.width=8", "--set", "evaluate.linear.epochs=2",
        "--set", "train.precision=fp32", "--seeds", "1"]
LOSSES = [1e-6, 1e-4, 1e-3]  # relative, of the first steps
FIGURE = 12.0  # points of a percentage, of 48 images and more; none where every loss is the same bits


def differences(variant, cpu, standin):
    """What of a variant is not alike, a sentence each."""
    a, b = cpu.losses, standin.losses
    if len(a) != len(b):
        yield f"{variant}: {len(a)} steps on the processor, {len(b)} on the device"
        return
    for step, limit in enumerate(LOSSES[:len(a)]):
        apart = abs(a[step] - b[step]) / max(1.0, abs(a[step]))
        if not apart <= limit:
            yield f"{variant}: the loss of step {step} is {a[step]!r} and {b[step]!r}, {apart:.1e} apart (at most {limit})"
    for name, value in cpu.figures.items():
        other = standin.figures.get(name)
        if other is None or not abs(other - value) <= (0 if a == b else FIGURE):
            yield f"{variant}: {name} is {value} and {other}"


def main():
    build, sweep, more = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2]), sys.argv[3:]
    folder = tempfile.mkdtemp(prefix="sslx-device-")
    try:
        found = {device: trained(build, f"{folder}/{device}", sweep, device, TINY if "--tiny" in more else [])
                 for device in ("cpu", "standin")}
        wrong = [one for variant, run in found["cpu"].items()
                 for one in differences(variant, run, found["standin"][variant])]
        print("\n".join(wrong) or f"{len(found['cpu'])} variants are alike on both")
        same = sum(run.losses == found["standin"][variant].losses for variant, run in found["cpu"].items())
        print(f"{same} of them to the bit in every step")
        sys.exit(1 if wrong else 0)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
