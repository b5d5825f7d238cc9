#!/usr/bin/env python3
"""Trains and evaluates every variant of a sweep on the processor and on the stand-in for a GPU, and compares: all of
them end, the losses of the first step agree to float32's last digits, those of the next two, which the gradients and
the update made, within what rounding grows to, and the figures within a few images.

    methods.py BUILD SWEEP [ARGUMENT...]     further arguments are those of `sslx sweep`
"""
import os, shutil, sqlite3, struct, subprocess, sys, tempfile

TINY = ["--set", 'data={name="shapes", train_size=160, test_size=80}', "--set", "train.epochs=2",
        "--set", "train.batch_size=32", "--set", "backbone.width=8", "--set", "evaluate.linear.epochs=2",
        "--set", "train.precision=fp32", "--seeds", "1", "--threads", "1"]
LOSSES = [1e-6, 1e-4, 1e-3]  # relative, of the first steps
FIGURE = 12.0  # points of a percentage, of 80 images; none where every loss is the same bits


def train(build, home, sweep, device, more):
    env = dict(os.environ, SSLX_HOST=os.path.join(build, "bin", "sslx-host-standin"), SSLX_TEST_DEVICE="standin")
    command = [os.path.join(build, "bin", "sslx"), "--home", home, "sweep", sweep, "--device", device, *TINY, *more]
    ended = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if ended.returncode != 0:
        sys.exit(f"on {device} the sweep ended with {ended.returncode}: {ended.stdout[-3000:]}{ended.stderr[-3000:]}")
    record = sqlite3.connect(home + "/results/sslx.db")
    out = {}
    for run, variant, ran_on in record.execute("SELECT id, variant, device FROM run").fetchall():
        if ran_on != device:
            sys.exit(f"{variant} ran on {ran_on}, not on {device}")
        losses = b"".join(row[0] for row in record.execute(
            "SELECT losses FROM loss_trace WHERE run = ? AND stage = 'pretrain' ORDER BY first", [run]))
        figures = dict(record.execute("SELECT metric, value FROM result WHERE run = ?", [run]).fetchall())
        out[variant] = struct.unpack(f"{len(losses) // 4}f", losses), figures
    return out


def differences(variant, cpu, standin):
    """What of a variant is not alike, a sentence each."""
    (a, figures), (b, others) = cpu, standin
    if len(a) != len(b):
        yield f"{variant}: {len(a)} steps on the processor, {len(b)} on the device"
        return
    for step, limit in enumerate(LOSSES[:len(a)]):
        apart = abs(a[step] - b[step]) / max(1.0, abs(a[step]))
        if not apart <= limit:
            yield f"{variant}: the loss of step {step} is {a[step]!r} and {b[step]!r}, {apart:.1e} apart (at most {limit})"
    for name, value in figures.items():
        if name not in others or not abs(others[name] - value) <= (0 if a == b else FIGURE):
            yield f"{variant}: {name} is {value} and {others.get(name)}"


def main():
    build, sweep, more = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2]), sys.argv[3:]
    folder = tempfile.mkdtemp(prefix="sslx-device-")
    try:
        found = {device: train(build, f"{folder}/{device}", sweep, device, more) for device in ("cpu", "standin")}
        wrong = [one for variant in found["cpu"]
                 for one in differences(variant, found["cpu"][variant], found["standin"].get(variant, ((), {})))]
        print("\n".join(wrong) or f"{len(found['cpu'])} variants are alike on both")
        same = sum(found["cpu"][v][0] == found["standin"][v][0] for v in found["cpu"] if v in found["standin"])
        print(f"{same} of them to the bit in every step")
        sys.exit(1 if wrong else 0)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
