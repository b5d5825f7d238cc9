"""Writes augmentations.json: what torchvision, scipy, scikit-image and numpy make of real images.

    python augmentations.py CIFAR10_FOLDER [augmentations.json]

CIFAR10_FOLDER holds a folder a class with 32 x 32 JPEG or PNG files (train/<class>/<name>). Needs torch 2.11,
torchvision 0.26, scipy and scikit-image. A case names an operation of <sslx/image_ops.h>, one row of its parameters, and the
result as 16-bit steps between `low` and `high`.
"""

import base64
import itertools
import json
import pathlib
import sys

import numpy
import torch
import scipy.ndimage
import skimage.color
import skimage.filters
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

ORDERS = list(itertools.permutations(range(4)))
JITTER = [F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue]
IDENTITY = [1.0, 1.0, 1.0, 0.0]
MEAN, STD = [0.4914, 0.4822, 0.4465], [0.2470, 0.2435, 0.2616]


def packed(array):
    return base64.b64encode(array.tobytes()).decode()


def case(operation, image, parameters, result, low=0.0, high=1.0):
    low, high = min(low, result.min().item()), max(high, result.max().item())
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


def bicubics(images):
    boxes = [(0, 0, 32, 32, 20), (3, 7, 20, 17, 32), (0, 5, 31, 27, 32), (16, 16, 16, 16, 7), (31, 0, 1, 1, 8)]
    for number, (top, left, height, width, size) in enumerate(boxes):
        image = number % len(images)
        result = F.resized_crop(images[image], top, left, height, width, [size, size], InterpolationMode.BICUBIC,
                                antialias=True)
        yield case("crop_bicubic", image, (top, left, height, width), result.clamp(0, 1))


def blurs(images):
    for number, (kernel, sigma) in enumerate([(3, 0.1), (3, 2.0), (5, 0.7), (9, 1.3), (23, 2.0), (23, 0.4), (23, 5.0)]):
        image = number % len(images)
        result = F.gaussian_blur(images[image], [kernel, kernel], [sigma, sigma])
        yield case("blur", image, (sigma,), result) | {"kernel": kernel}


def turns(images):
    for number, angle in enumerate([90, 180, 270, 17.5, -33.25, 135, 359]):
        image = number % len(images)
        yield case("rotate", image, (angle,), F.rotate(images[image], angle, InterpolationMode.BILINEAR))
    wide = images[1][:, 4:24, :]  # Not square: quarter turns, too, keep the frame.
    for angle in [90, 180, 25]:
        yield case("rotate", 1, (angle,), F.rotate(wide, angle, InterpolationMode.BILINEAR)) | {"rows": [4, 24]}


def edges(images):
    for number, image in enumerate(images):
        luma = F.rgb_to_grayscale(image)[0].double().numpy() if image.shape[0] == 3 else image[0].double().numpy()
        strength = torch.from_numpy(skimage.filters.sobel(luma)).float()
        yield case("sobel", number, (1,), strength.expand(image.shape[0], -1, -1).contiguous())
        both = [scipy.ndimage.sobel(luma, axis=axis) / 4 for axis in (1, 0)]
        yield case("sobel_gradients", number, (1,), torch.from_numpy(numpy.stack(both)).float(), -1.0)


def labs(images):
    for number in range(3):
        lab = skimage.color.rgb2lab(images[number].double().permute(1, 2, 0).numpy())
        result = torch.from_numpy(lab).permute(2, 0, 1).contiguous().float()
        yield case("lab", number, (0,), result, -128.0, 128.0)


def holes(images):
    for number, (top, left, height, width) in enumerate([(0, 0, 16, 16), (20, 25, 12, 7), (5, 0, 3, 32), (0, 0, 0, 0)]):
        pixels = images[number].numpy().copy()
        pixels[:, top:top + height, left:left + width] = 0.5
        yield case("cutout", number, (top, left, height, width), torch.from_numpy(pixels))


def philox(counter, key):
    """Salmon et al., SC 2011: ten rounds of Philox4x32 for arrays of counters."""
    c = [counter.astype(numpy.uint64)] + [numpy.zeros_like(counter, numpy.uint64)] * 3
    k, mask = [numpy.uint64(key[0]), numpy.uint64(key[1])], numpy.uint64(0xFFFFFFFF)
    for _ in range(10):
        a, b = c[0] * numpy.uint64(0xD2511F53), c[2] * numpy.uint64(0xCD9E8D57)
        c = [(b >> numpy.uint64(32)) ^ c[1] ^ k[0], b & mask, (a >> numpy.uint64(32)) ^ c[3] ^ k[1], a & mask]
        k = [(k[0] + numpy.uint64(0x9E3779B9)) & mask, (k[1] + numpy.uint64(0xBB67AE85)) & mask]
    return c


def noises(images):
    for number, (sigma, low, high) in enumerate([(0.1, 12345, 678), (0.5, 0, 16777215), (0.02, 99, 1), (0.2, 7, 8)]):
        image = images[number]
        words = philox(numpy.arange((image.numel() + 3) // 4, dtype=numpy.uint64), (low, high))
        pairs = []
        for first in (0, 2):
            radius = numpy.sqrt(-2 * numpy.log(((words[first] >> numpy.uint64(8)) + 1.0) / 2**24))
            turn = 2 * numpy.pi * (words[first + 1] >> numpy.uint64(8)) / 2**24
            pairs += [radius * numpy.cos(turn), radius * numpy.sin(turn)]
        normal = numpy.stack(pairs, 1).reshape(-1)[:image.numel()].reshape(image.shape)
        noisy = numpy.clip(image.double().numpy() + sigma * normal, 0, 1)
        yield case("noise", number, (sigma, low, high), torch.from_numpy(noisy).float())


def main(folder, out):
    files = sorted(pathlib.Path(folder).glob("train/*/*"))[:: 20011][:3]
    pixels = [numpy.array(Image.open(file).convert("RGB")).transpose(2, 0, 1).copy() for file in files]
    pixels.append(numpy.array(Image.open(files[0]).convert("L"))[None].copy())
    images = [torch.from_numpy(p).float() / 255 for p in pixels]
    cases = [*crops(images), *jitters(images)]
    for more in (bicubics, blurs, turns, edges, labs, holes, noises):
        cases += more(images)
    for threshold in (0.5, 0.8):
        cases.append(case("solarize", 2, (1,), F.solarize(images[2], threshold)) | {"threshold": threshold})
    cases.append(case("flip", 1, (1,), F.hflip(images[1])))
    cases.append(case("grayscale", 2, (1,), F.rgb_to_grayscale(images[2], num_output_channels=3)))
    cases.append(case("normalize", 0, MEAN + STD, F.normalize(images[0], MEAN, STD)))
    shapes = [dict(zip(("channels", "height", "width"), p.shape), pixels=packed(p)) for p in pixels]
    pathlib.Path(out).write_text(json.dumps({"images": shapes, "cases": cases}, indent=0) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).with_suffix(".json"))
