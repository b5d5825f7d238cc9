"""Writes rand_augment.json: what timm and PIL make of a real image, operation by operation.

    python rand_augment.py [rand_augment.json]

The image is a part of the second one in augmentations.json beside this file. Needs timm and PIL. A case names an
operation, its level (0 to 10), its sign, and the result's bytes.
"""

import base64
import json
import pathlib
import sys

import numpy
from PIL import Image
from timm.data import auto_augment

HERE = pathlib.Path(__file__).parent
FILL = (124, 116, 104)
# In the order of the plugin's first number.
OPERATIONS = ["AutoContrast", "Rotate", "Sharpness", "ShearX", "ShearY", "TranslateXRel", "TranslateYRel", "Equalize",
              "Invert", "Posterize", "Solarize", "SolarizeAdd", "Color", "Contrast", "Brightness"]
SIGNED = {"Rotate", "ShearX", "ShearY", "TranslateXRel", "TranslateYRel"}


def picture():
    entry = json.loads((HERE / "augmentations.json").read_text())["images"][1]
    pixels = numpy.frombuffer(base64.b64decode(entry["pixels"]), numpy.uint8)
    pixels = pixels.reshape(entry["channels"], entry["height"], entry["width"])
    return Image.fromarray(numpy.ascontiguousarray(pixels[:, 4:24, 2:26].transpose(1, 2, 0)))


def result(name, level, sign, image):
    auto_augment._randomly_negate = lambda value: sign * value
    to_arguments = auto_augment.LEVEL_TO_ARG[name]
    arguments = to_arguments(level, {}) if to_arguments else ()
    return auto_augment.NAME_TO_OP[name](image, *arguments, fillcolor=FILL, resample=Image.BILINEAR)


def main(out):
    image, cases = picture(), []
    for number, name in enumerate(OPERATIONS, 1):
        for level, sign in [(10.0, 1), (6.3, -1)]:
            if level < 10 and auto_augment.LEVEL_TO_ARG[name] is None:
                continue
            pixels = numpy.array(result(name, level, sign if name in SIGNED else 1, image)).transpose(2, 0, 1)
            cases.append({"operation": number, "name": name, "level": level, "sign": sign,
                          "pixels": base64.b64encode(pixels.tobytes()).decode()})
    pathlib.Path(out).write_text(json.dumps({"fill": [value / 255 for value in FILL], "cases": cases}, indent=0) + "\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else HERE / "rand_augment.json")
