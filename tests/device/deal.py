#!/usr/bin/env python3
"""Trials dealt to two devices, of which each sees its own alone: the same losses and figures as on one; and with one of
the two breaking down in the middle of a trial: every trial has its result, and the record says what failed where.

    deal.py BUILD
"""
import collections, os, shutil, sys, tempfile

from runs import environment_of, record, standin

SWEEP = '''name = "deal"
[base]
data = { name = "shapes", train_size = 128, test_size = 32 }
backbone = { name = "resnet_small", width = 8, stages = 2 }
method = { name = "simclr" }
train = { epochs = 2, batch_size = 16, precision = "fp32" }
evaluate = { knn = { k = 3 }, linear = { epochs = 1 } }
[[base.view]]
ops = [{ name = "crop" }, { name = "flip" }, { name = "normalize" }]
'''
SEEDS = 6


def dealt(build, folder, *arguments, **environment):
    """What was printed; the losses and figures of each seed; how many runs of each state each device had."""
    os.makedirs(folder)
    with open(folder + "/deal.toml", "w") as file:
        file.write(SWEEP)
    code, text = standin(build).sweep(folder, folder + "/deal.toml", ["--seeds", str(SEEDS), *arguments], dealt=True,
                                      **environment)
    if code != 0:
        sys.exit(f"the sweep ended with {code}: {text[-3000:]}")
    database = record(folder)
    results, devices = {}, collections.Counter()
    for run, seed, state, reason, device in database.execute(
            "SELECT id, seed, state, reason, device FROM run JOIN trial ON identity = trial").fetchall():
        visible = environment_of(folder, run).get("CUDA_VISIBLE_DEVICES")
        devices[visible, device, state, reason or ""] += 1
        if state == "completed":
            losses = database.execute("SELECT losses FROM loss_trace WHERE run = ? ORDER BY stage, first", [run]).fetchall()
            figures = database.execute("SELECT metric, value FROM result WHERE run = ? AND unit = '%' ORDER BY metric",
                                     [run]).fetchall()
            results[seed] = (losses, figures)
    return text, results, devices


def main():
    build = os.path.realpath(sys.argv[1])
    folder = tempfile.mkdtemp(prefix="sslx-deal-")
    done, failed = ("standin", "completed", ""), ("standin", "failed", "device")
    wrong = []
    try:
        _, one, on = dealt(build, folder + "/one", "--devices", "standin:0")
        if on != {("0", *done): SEEDS}:
            wrong.append(f"on one device: {on}")
        _, two, on = dealt(build, folder + "/two", "--devices", "standin:0,standin:1")
        if set(on) != {("0", *done), ("1", *done)} or min(on.values()) < 2:
            wrong.append(f"on two devices: {on}")
        text, rest, on = dealt(build, folder + "/broken", "--devices", "standin:0,standin:1", SSLX_STANDIN_BROKEN="1")
        if on != {("0", *done): SEEDS, ("1", *failed): 1}:
            wrong.append(f"with a broken device: {on}")
        if "no more trials are started on standin:1" not in text:
            wrong.append(f"nobody tells of the broken device: {text}")
        if not len(one) == SEEDS or not one == two == rest:
            wrong.append("the results are not the same on one device, on two, and with one that breaks")
        print("\n".join(wrong) or f"{SEEDS} trials on one device, on two, and on two of which one breaks: the same bits")
        return 1 if wrong else 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
