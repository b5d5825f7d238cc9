"""Writes vit.json: what timm's VisionTransformer makes of weights and images that a formula gives.

    python vit.py [vit.json]
    python vit.py --check FOLDER...

Needs torch 2.11 and timm 1.0 (and safetensors for --check). A weight is a formula of its name and its index, the same
here and in tests/plugins/backbones/vit_reference.h, so that no weights are stored. With --check, each FOLDER has what
vit_test wrote under build/<preset>/vit_check: model.safetensors, example.safetensors (images, features, feature_map,
attention) and timm.json (arguments of VisionTransformer); the weights are loaded with strict=True and the outputs compared.
"""

import json
import pathlib
import sys

import numpy
import timm
import torch
from timm.models.vision_transformer import VisionTransformer

SIZES = ["tiny", "small", "base", "large"]
SMALL = {"img_size": 32, "patch_size": 4, "embed_dim": 48, "depth": 3, "num_heads": 4}


def uniform(name, count):
    """float32 in [-1, 1): 32 bits of an integer hash of the index, begun from FNV-1a of the name."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 % 2**32
    mask = numpy.uint64(2**32 - 1)
    bits = (numpy.arange(count, dtype=numpy.uint64) * numpy.uint64(2654435761) + numpy.uint64(seed)) & mask
    for multiplier in (2246822519, 3266489917):
        bits = ((bits ^ (bits >> numpy.uint64(15))) * numpy.uint64(multiplier)) & mask
    bits ^= bits >> numpy.uint64(16)
    return torch.from_numpy((bits.astype(numpy.float64) / 2**31 - 1).astype(numpy.float32))


def weight(name, shape):
    """Matrices with a variance of 1 over their inputs, vectors around 0, and norms' scales around 1."""
    values = uniform(name, int(numpy.prod(shape))).view(shape)
    if name.endswith("weight") and len(shape) > 1:
        return values * (3 / numpy.prod(shape[1:])) ** 0.5
    return 1 + values / 4 if "norm" in name and name.endswith("weight") else values / 2


def model(arguments):
    out = VisionTransformer(num_classes=0, dynamic_img_size=True, **arguments)
    out.load_state_dict({name: weight(name, value.shape) for name, value in out.state_dict().items()}, strict=True)
    return out.eval()


def class_attention(net, images):
    """The last block's softmax of the class token's query over the patches, as DINO's get_last_selfattention gives it."""
    tokens = net._pos_embed(net.patch_embed(images))
    for block in net.blocks[:-1]:
        tokens = block(tokens)
    last = net.blocks[-1]
    count, length, width = tokens.shape
    heads = last.attn.num_heads
    parts = last.attn.qkv(last.norm1(tokens)).reshape(count, length, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
    weights = (parts[0] @ parts[1].transpose(-2, -1) * (width // heads) ** -0.5).softmax(-1)
    return on_grid(weights[:, :, 0, 1:], net, images)


def feature_map(net, images):
    return on_grid(net.forward_features(images)[:, 1:].transpose(1, 2), net, images)


def on_grid(values, net, images):
    patch = net.patch_embed.patch_size[0]
    return values.unflatten(2, (images.shape[2] // patch, images.shape[3] // patch))


def rounded(tensor):
    return [float(f"{value:.7g}") for value in tensor.flatten().tolist()]


def names():
    for size in SIZES:
        net = timm.create_model(f"vit_{size}_patch16_224", num_classes=0)
        shapes = {name: list(value.shape) for name, value in net.state_dict().items()}
        yield {"size": size, "parameters": sum(p.numel() for p in net.parameters()), "shapes": shapes}


def outputs():
    """`parameters` are those of sslx's vit; an image's values come from the same formula."""
    small = {"size": "tiny", "width": 48, "depth": 3, "heads": 4, "patch_size": 4, "image_size": 32}
    mean = {"global_pool": "avg", "fc_norm": False}
    gray, wide = SMALL | {"in_chans": 1}, SMALL | {"patch_size": 8, "num_heads": 12}
    tiny = {"patch_size": 16, "embed_dim": 192, "depth": 12, "num_heads": 3}
    cases = [(small, SMALL, [(2, 3, 32, 32), (2, 3, 20, 28), (1, 3, 48, 40)], True),
             (small | {"pooling": "mean"}, SMALL | mean, [(2, 3, 32, 32), (2, 3, 16, 64)], False),
             (small, gray, [(2, 1, 32, 32)], False),
             (small | {"patch_size": 8, "heads": 12}, wide, [(2, 3, 32, 32), (2, 3, 96, 96)], False),
             ({"size": "tiny"}, tiny, [(1, 3, 224, 224), (1, 3, 96, 96)], False)]
    for parameters, arguments, shapes, with_maps in cases:
        net = model(arguments)
        for shape in shapes:
            images = 1.7 * uniform("images", int(numpy.prod(shape))).view(shape)
            entry = {"parameters": parameters, "images": list(shape), "features": rounded(net(images))}
            if with_maps and max(shape[2:]) <= 32:
                entry["feature_map"] = rounded(feature_map(net, images)[:1])
                entry["attention"] = rounded(class_attention(net, images))
            yield entry


def sincos(side, width):
    """MoCo v3's positions, written out from its section 4.3 and the layout that its code has, in float64."""
    omega = 10000.0 ** -(numpy.arange(width // 4) / (width // 4))
    rows = [numpy.concatenate([numpy.sin(r * omega), numpy.cos(r * omega), numpy.sin(c * omega), numpy.cos(c * omega)])
            for r in range(side) for c in range(side)]
    return torch.from_numpy(numpy.concatenate([numpy.zeros((1, width)), numpy.array(rows)]))


def write(file):
    grids = [{"side": side, "width": width, "values": rounded(sincos(side, width))} for side, width in ((3, 16), (5, 32))]
    with torch.no_grad():
        all_cases = {"timm": timm.__version__, "names": list(names()), "outputs": list(outputs()), "sincos": grids}
    pathlib.Path(file).write_text(json.dumps(all_cases, separators=(",", ":")).replace('{"parameters"', '\n{"parameters"') + "\n")


def check(folder):
    from safetensors.torch import load_file
    folder = pathlib.Path(folder)
    net = VisionTransformer(num_classes=0, dynamic_img_size=True, **json.loads((folder / "timm.json").read_text())).eval()
    net.load_state_dict(load_file(folder / "model.safetensors"), strict=True)
    example = load_file(folder / "example.safetensors")
    images = example["images"]
    ours = {"features": net(images), "feature_map": feature_map(net, images), "attention": class_attention(net, images)}
    errors = {name: (example[name] - value).abs().max().item() for name, value in ours.items()}
    print(folder, "loads with strict=True; largest differences", errors)
    return max(errors.values()) < 1e-4


def main(arguments):
    if arguments[:1] == ["--check"]:
        with torch.no_grad():
            sys.exit(0 if all([check(folder) for folder in arguments[1:]]) else 1)
    write(arguments[0] if arguments else pathlib.Path(__file__).with_name("vit.json"))


if __name__ == "__main__":
    main(sys.argv[1:])
