#!/usr/bin/env python3
"""Trains and evaluates every variant of a sweep on the processor and on the stand-in for a GPU, in both orders of an
image's bytes, and compares: all of them end, the losses of the first step agree to float32's last digits, and those of
the next two, which the gradients and the updates made, within a few times what rounding alone comes to: as far apart
as the processor's own two orders are, a few steps later, since small trainings amplify it tenfold and more in each
step. (torch's batch norm of channels-last images, which the stand-in has and the processor has not, rounds thirty
times as coarsely as that of others: 2e-6 of a gradient for 6e-8.) The figures are within a few images.

    methods.py BUILD SWEEP [--tiny]     --tiny: of sweeps/methods.toml, whose networks and data are made small
"""
import os, shutil, sys, tempfile

from runs import standin

TINY = ["--set", 'data={name="shapes", train_size=160, test_size=80}', "--set", "train.epochs=2",
        "--set", "train.batch_size=32", "--set", "backbone.width=8", "--set", "evaluate.linear.epochs=2",
        "--set", "train.precision=fp32", "--seeds", "1"]
FIRST = 1e-6  # relative, of the first loss
FIRST_OF_VIEWS = 1e-5  # where views are made on the device: blur leaves out nothing there (host/sdk/images/blur.cpp)
ROUNDING = {"off": [1e-6, 1e-5, 1e-4], "on": [1e-6, 1e-4, 1e-3]}  # the least that is allowed of the first losses,
TIMES = 10  # and so many times what the two orders of bytes come to
LATER = 4  # within so many steps
FIGURE = 12.0  # points of a percentage, of 48 images and more; none where every loss is the same bits


def apart(a, b, step):
    return abs(a.losses[step] - b.losses[step]) / max(1.0, abs(a.losses[step]))


def differences(variant, layout, cpu, rounded, standin):
    """What of a variant is not alike, a sentence each."""
    if len({len(run.losses) for run in (cpu, rounded, standin)}) > 1:
        yield f"{variant}: {len(cpu.losses)} steps on the processor, {len(standin.losses)} on the device"
        return
    for step in range(min(3, len(cpu.losses))):
        grown = max(apart(cpu, rounded, later) for later in range(step, min(step + LATER, len(cpu.losses))))
        first = FIRST_OF_VIEWS if variant.startswith("views on the device") else FIRST
        limit = first if step == 0 else max(ROUNDING[layout][step], TIMES * grown)
        if not apart(cpu, standin, step) <= limit:
            yield (f"{variant}, channels-last {layout}: the loss of step {step} is {cpu.losses[step]!r} and {standin.losses[step]!r}, "
                   f"{apart(cpu, standin, step):.1e} apart (at most {limit:.1e})")
    for name, value in cpu.figures.items():
        other = standin.figures.get(name)
        if other is None or not abs(other - value) <= (0 if cpu.losses == standin.losses else FIGURE):
            yield f"{variant}, channels-last {layout}: {name} is {value} and {other}"


def main():
    build, sweep, more = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2]), sys.argv[3:]
    folder = tempfile.mkdtemp(prefix="sslx-device-")
    try:
        tiny = TINY if "--tiny" in more else []
        found = {(device, layout): standin(build, device).trained(f"{folder}/{device}-{layout}", sweep,
                                                                  [*tiny, "--set", f"train.channels_last={layout}"])
                 for device in ("cpu", "standin") for layout in ("off", "on")}
        wrong = [one for layout, other in (("off", "on"), ("on", "off")) for variant in found["cpu", layout]
                 for one in differences(variant, layout, found["cpu", layout][variant], found["cpu", other][variant],
                                        found["standin", layout][variant])]
        print("\n".join(wrong) or f"{len(found['cpu', 'off'])} variants are alike on both")
        same = sum(run.losses == found["standin", "off"][variant].losses
                   for variant, run in found["cpu", "off"].items())
        print(f"{same} of them to the bit in every step")
        sys.exit(1 if wrong else 0)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
