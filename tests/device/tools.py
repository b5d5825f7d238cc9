#!/usr/bin/env python3
"""What is done with a run's weights, on the stand-in for a GPU and on the processor, from the same weights: attention
maps are the same picture, features the same numbers, and weights that go out and come back give the run's figures.

    tools.py BUILD
"""
import array, glob, os, shutil, sys, tempfile

from runs import record, runs, standin

SWEEP = '''name = "tools"
[base]
data = { name = "shapes", train_size = 96, test_size = 48 }
train = { epochs = 1, batch_size = 16, precision = "fp32" }
evaluate = { knn = { k = 3 }, linear = { epochs = 1 } }
[[base.view]]
ops = [{ name = "crop" }, { name = "flip" }, { name = "normalize" }]
[[variants]]
name = "ViT"
method = { name = "dino", output_width = 64, hidden_width = 32, bottleneck_width = 16 }
backbone = { name = "vit", width = 24, depth = 2, heads = 3, patch_size = 4, image_size = 32 }
[[variants]]
name = "ResNet"
method = { name = "simclr" }
backbone = { name = "resnet_small", width = 8 }
'''
AGAIN = '''[[variants]]
name = "again"
method = { name = "pretrained" }
backbone = { name = "resnet_small", width = 8, weights = "mine" }
'''
FEATURE = 1e-5  # relative, of features that passed through a network


def must(build, home, *words):
    code, text = standin(build).command(home, words)
    if code != 0:
        sys.exit(f"sslx {' '.join(words)} ended with {code}: {text[-3000:]}")


def run_of(home, variant):
    return record(home).execute("SELECT id FROM run WHERE variant = ?", [variant]).fetchone()[0]


def numbers(file):
    """The float32 of a .npy file."""
    with open(file, "rb") as bytes_of:
        content = bytes_of.read()
    start = 10 + int.from_bytes(content[8:10], "little")
    return array.array("f", content[start:])


def asked_of(home, device):
    """From now on every run of the home is made again on that device."""
    for file in glob.glob(home + "/runs/*/request.json"):
        with open(file) as text:
            request = text.read()
        with open(file, "w") as out:
            out.write(request.replace('"device":"standin"', f'"device":"{device}"')
                      .replace('"device":"cpu"', f'"device":"{device}"'))


def main():
    build = os.path.realpath(sys.argv[1])
    home = tempfile.mkdtemp(prefix="sslx-tools-")
    wrong = []
    try:
        with open(home + "/tools.toml", "w") as file:
            file.write(SWEEP)
        code, text = standin(build).sweep(home, home + "/tools.toml", [])
        if code != 0:
            sys.exit(f"the sweep ended with {code}: {text[-3000:]}")
        vit, resnet = run_of(home, "ViT"), run_of(home, "ResNet")
        must(build, home, "views", "tools.toml", "--trial", "ViT", "--images", "2", "--epochs", "1", "--out", "photo.png")
        for device in ("standin", "cpu"):
            asked_of(home, device)
            must(build, home, "attention", vit, "photo.png", "--out", f"{device}.png")
            for name, run in (("vit", vit), ("resnet", resnet)):
                must(build, home, "export", run, f"{device}.{name}.safetensors", "--features", f"{device}.{name}.npy")
                theirs = numbers(f"{home}/{device}.{name}.npy")
                ours = numbers(f"{home}/standin.{name}.npy")
                largest = max(map(abs, ours))
                apart = max(abs(a - b) for a, b in zip(ours, theirs)) / largest
                if len(ours) != len(theirs) or len(ours) < 48 or not apart <= FEATURE:
                    wrong.append(f"the features of {name} are {apart:.1e} apart (at most {FEATURE:.0e})")
        with open(home + "/standin.png", "rb") as a, open(home + "/cpu.png", "rb") as b:
            if a.read() != b.read():
                wrong.append("the attention maps are two pictures")
        asked_of(home, "standin")
        must(build, home, "import", "standin.resnet.safetensors", "--backbone", "resnet_small", "--set", "width=8",
             "--as", "mine")
        with open(home + "/again.toml", "w") as file:
            file.write(SWEEP[:SWEEP.index("[[variants]]")].replace("tools", "again") + AGAIN)
        code, text = standin(build).sweep(home, home + "/again.toml", [])
        figures = runs(home)
        again = {key: value for key, value in figures["again"].figures.items()
                 if key in ("knn_top1", "linear_top1")} if "again" in figures else text[-3000:]
        theirs = {key: value for key, value in figures["ResNet"].figures.items() if key in ("knn_top1", "linear_top1")}
        if code != 0 or again != theirs or len(again) < 2:
            wrong.append(f"weights that went out and came back have {again}, not {theirs}")
        print("\n".join(wrong) or "attention, features, and weights that go out and come back are the processor's")
        return 1 if wrong else 0
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
