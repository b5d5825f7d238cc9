"""Writes augmentations.json: what torchvision's functional operations make of real images.

    python augmentations.py CIFAR10_FOLDER [augmentations.json]

CIFAR10_FOLDER holds a folder a class with 32 x 32 JPEG or PNG files (train/<class>/<name>). Needs torch 2.11
and torchvision 0.26. A case names an operation of <sslx/image_ops.h>, one row of its parameters, and the
result as 16-bit steps between `low` and `high`.
"""

import base64
import itertools
import json
import pathlib
import sys

import numpy
import torch
from PIL import Image
from torchvision.transforms import functional as F

ORDERS = list(itertools.permutations(range(4)))
JITTER = [F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue]
IDENTITY = [1.0, 1.0, 1.0, 0.0]
MEAN, STD = [0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616]


def packed(array):
    return base64.b64encode(array.tobytes()).decode()


def case(operation, image, parameters, result):
    low, high = min(0.0, result.min().item()), max(1.0, result.max().item())
    steps = ((result.double() - low) / (high - low) * 65535).round().numpy().astype("<u2")
    channels, height, width = result.shape
    return {"operation": operation, "image": image, "parameters": [float(p) for p in parameters], "channels": channels,
            "height": height, "width": width, "low": low, "high": high, "values": packed(steps)}


def crops(images):
    boxes = [(0, 0, 32, 32, 32), (0, 0, 32, 32, 20), (3, 7, 20, 17, 32), (10, 2, 9, 12, 32), (0, 5, 31, 27, 32),
             (16, 16, 16, 16, 16), (31, 0, 1, 1, 8), (1, 0, 30, 32, 7), (2, 3, 29, 23, 24)]
    for number, (top, left, height, width, size) in enumerate(boxes):
        image = number % len(images)
        result = F.resized_crop(images[image], top, left, height, width, [size, size], antialias=True)
        yield case("crop", image, (top, left, height, width), result)


def jitters(images):
    settings = [(0.3, 1, 1, 0), (1.7, 1, 1, 0), (1, 0.4, 1, 0), (1, 1.8, 1, 0), (1, 1, 0, 0), (1, 1, 1.6, 0),
                (1, 1, 1, 0.2), (1, 1, 1, -0.13), (1, 1, 1, 0.5), (1.3, 0.7, 1.4, 0.15), (0.5, 1.6, 0.3, -0.2),
                (1.8, 1.2, 0.9, 0.08)]
    for number, strengths in enumerate(settings):
        image, order = number % 3, (number * 7) % 24
        result = images[image]
        for operation in ORDERS[order]:
            if strengths[operation] != IDENTITY[operation]:
                result = JITTER[operation](result, strengths[operation])
        yield case("color", image, (1, *strengths, order), result)
    gray = F.adjust_contrast(F.adjust_brightness(images[3], 1.4), 0.6)
    yield case("color", 3, (1, 1.4, 0.6, 1.5, 0.1, 0), gray)


def main(folder, out):
    files = sorted(pathlib.Path(folder).glob("train/*/*"))[:: 20011][:3]
    pixels = [numpy.array(Image.open(file).convert("RGB")).transpose(2, 0, 1).copy() for file in files]
    pixels.append(numpy.array(Image.open(files[0]).convert("L"))[None].copy())
    images = [torch.from_numpy(p).float() / 255 for p in pixels]
    cases = [*crops(images), *jitters(images)]
    cases.append(case("flip", 1, (1,), F.hflip(images[1])))
    cases.append(case("grayscale", 2, (1,), F.rgb_to_grayscale(images[2], num_output_channels=3)))
    cases.append(case("normalize", 0, MEAN + STD, F.normalize(images[0], MEAN, STD)))
    shapes = [dict(zip(("channels", "height", "width"), p.shape), pixels=packed(p)) for p in pixels]
    pathlib.Path(out).write_text(json.dumps({"images": shapes, "cases": cases}, indent=0) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).with_suffix(".json"))
