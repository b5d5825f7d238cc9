"""Writes backbones.json: what torchvision's ResNets and timm's ResNetV2s make of weights that a formula gives.

    python backbones.py [backbones.json]
    python backbones.py --check FOLDER...

Needs torch 2.11, torchvision 0.26 and timm 1.0 (and safetensors for --check). A weight is a formula of its name and its
index (vit.py has it), the same here and in tests/plugins/backbones/formula.h, so that no weights are stored. A case's
`parameters` are those of the sslx backbone. With --check, each FOLDER has what backbones_test wrote under
build/<preset>/backbones_check: model.safetensors, example.safetensors (images, features) and case.json; the weights are
loaded with strict=True and the outputs compared.
"""

import functools
import json
import pathlib
import sys

import timm
import torch
import torch.nn.functional as F
from timm.layers import BatchNormAct2d, GroupNormAct, create_conv2d
from timm.models.resnetv2 import ResNetV2
from torch import nn
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

from vit import uniform

BLOCKS = {18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3]}
NO_BATCH_NORM = {"gn", "gn+ws", "ln"}


def weight(name, shape):
    """Matrices and kernels of variance 1 over their inputs, around 1 for scales and variances, around 0 for the rest."""
    values = uniform(name, max(1, torch.Size(shape).numel())).view(shape)
    if len(shape) > 1:
        return values * (3 / torch.Size(shape[1:]).numel()) ** 0.5
    return 1 + values / 2 if name.endswith(("weight", "running_var")) else values / 4


def state_of(net, standardised):
    out = {}
    for name, value in net.state_dict().items():
        out[name] = torch.zeros_like(value) if name.endswith("tracked") else weight(name, list(value.shape))
        if standardised and out[name].dim() > 1 and not name.endswith("select.weight"):
            rows = out[name].flatten(1).double()
            rows = (rows - rows.mean(1, keepdim=True)) / (rows.var(1, unbiased=False, keepdim=True) + 1e-10).sqrt()
            out[name] = rows.float().view_as(value)
    return out


class Pool(nn.Module):
    """ResNet-D's pooling with the padding of TensorFlow, as SimCLR v2 has it."""

    def __init__(self, stride):
        super().__init__()
        self.stride = stride

    def forward(self, x):
        side = x.shape[2]
        ones = F.pad(torch.ones_like(x[:1, :1]), (0, 1, 0, 1))
        sums = F.avg_pool2d(F.pad(x, (0, 1, 0, 1)), 2, self.stride)
        counts = F.avg_pool2d(ones, 2, self.stride) if self.stride == 1 else torch.ones(())
        return (sums / counts)[:, :, :side, :side]


class SelectiveKernel(nn.Module):
    """sk_conv2d of SimCLR v2's resnet.py, its tensors stacked as there."""

    def __init__(self, inputs, outputs, stride, ratio, norm):
        super().__init__()
        middle = max(int(outputs * ratio), 32)
        self.conv = nn.Conv2d(inputs, 2 * outputs, 3, stride, 1, bias=False)
        self.bn = norm(2 * outputs)
        self.reduce = nn.Conv2d(outputs, middle, 1, bias=False)
        self.reduce_bn = norm(middle)
        self.select = nn.Conv2d(middle, 2 * outputs, 1, bias=False)

    def forward(self, x):
        streams = torch.stack(self.bn(self.conv(x)).relu().split(x.shape[1], 1))
        pooled = streams.sum(0).mean((2, 3), keepdim=True)
        mixing = self.select(self.reduce_bn(self.reduce(pooled)).relu())
        return (streams * torch.stack(mixing.split(x.shape[1], 1)).softmax(0)).sum(0)


def make_selective(net, width, ratio, deep_stem):
    half = width // 2
    stem = [nn.Conv2d(3, half, 3, 2, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(),
            nn.Conv2d(half, half, 3, 1, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(),
            nn.Conv2d(half, width, 3, 1, 1, bias=False)]
    if deep_stem:
        net.conv1 = nn.Sequential(*stem)
    for stage in (net.layer1, net.layer2, net.layer3, net.layer4):
        for block in stage:
            conv = block.conv2
            block.conv2 = SelectiveKernel(conv.in_channels, conv.out_channels, conv.stride[0], ratio, nn.BatchNorm2d)
            block.bn2 = nn.Identity()
            if block.downsample is not None:
                conv = block.downsample[0]
                projection = nn.Conv2d(conv.in_channels, conv.out_channels, 1, bias=False)
                block.downsample = nn.Sequential(Pool(conv.stride[0]), projection, nn.BatchNorm2d(conv.out_channels))


def groups_of(parameters):
    """Of a group norm; layer norm over an image is one of one group; None is batch norm."""
    norm = parameters.get("norm", "bn")
    return None if norm == "bn" else 1 if norm == "ln" else parameters.get("groups", 32)


def resnet(depth=50, width=1, stem="imagenet", sk_ratio=0, **norms):
    groups = groups_of(norms)
    norm = functools.partial(nn.GroupNorm, groups) if groups else nn.BatchNorm2d
    net = ResNet(Bottleneck if depth >= 50 else BasicBlock, BLOCKS[depth], norm_layer=norm)
    base = int(64 * width)
    if width != 1:  # torchvision's own blocks, all of whose channels are multiplied.
        net.inplanes = base
        net.conv1, net.bn1 = nn.Conv2d(3, base, 7, 2, 3, bias=False), net._norm_layer(base)
        for stage, blocks in enumerate(BLOCKS[depth]):
            layer = net._make_layer(type(net.layer1[0]), base << stage, blocks, stride=min(2, stage + 1))
            setattr(net, f"layer{stage + 1}", layer)
    if stem == "cifar":
        net.conv1, net.maxpool = nn.Conv2d(3, base, 3, 1, 1, bias=False), nn.Identity()
    if sk_ratio > 0:
        make_selective(net, base, sk_ratio, stem != "cifar")
    net.fc = nn.Identity()
    return net


def resnet_v2(depth=50, stages=4, width=1, **norms):
    base = int(64 * width)
    if depth == 161:
        return timm_v2([3, 4, 46], (4 * base, 8 * base, 64 * base), base, True, norms)
    channels = [base * (4 if depth >= 50 else 1) << stage for stage in range(stages)]
    return timm_v2(BLOCKS[depth][:stages], channels, base, depth >= 50, norms)


def timm_v2(layers, channels, base, bottleneck, norms):
    groups = groups_of(norms)
    norm = functools.partial(GroupNormAct, num_groups=groups) if groups else BatchNormAct2d
    net = ResNetV2(layers=layers, channels=channels, basic=not bottleneck, bottle_ratio=0.25 if bottleneck else 1.0,
                   stem_chs=base, num_classes=0, conv_layer=create_conv2d, norm_layer=norm)
    if channels[-1] == 64 * base:  # CPC v2's: the bottleneck is an eighth of the output.
        middle, outputs = 8 * base, 64 * base
        for block in net.stages[2].blocks:
            block.conv1 = nn.Conv2d(block.conv1.in_channels, middle, 1, bias=False)
            block.norm2, block.norm3 = BatchNormAct2d(middle), BatchNormAct2d(middle)
            block.conv2 = nn.Conv2d(middle, middle, 3, block.conv2.stride, 1, bias=False)
            block.conv3 = nn.Conv2d(middle, outputs, 1, bias=False)
    return net


def build(case):
    net = {"resnet": resnet, "resnet_v2": resnet_v2}[case["backbone"]](**case["parameters"])
    net.load_state_dict(state_of(net, case["parameters"].get("norm") == "gn+ws"), strict=True)
    return net


def count(net):
    return sum(parameter.numel() for parameter in net.parameters())


def names():
    for depth in BLOCKS:
        shapes = {name: list(value.shape) for name, value in resnet(depth).state_dict().items()}
        yield {"backbone": "resnet", "parameters": {"depth": depth}, "shapes": shapes}
    for depth, name in ((18, "resnetv2_18"), (50, "resnetv2_50")):
        shapes = {name: list(value.shape) for name, value in timm.create_model(name, num_classes=0).state_dict().items()}
        yield {"backbone": "resnet_v2", "parameters": {"depth": depth}, "shapes": shapes}


def counts():
    """Parameters without a classifier; SimCLR v2's table 1 has those of its SK networks in millions."""
    with torch.device("meta"):
        for depth in BLOCKS:
            yield {"backbone": "resnet", "parameters": {"depth": depth}, "count": count(resnet(depth))}
        published = {(50, 1): 35, (50, 2): 140, (101, 1): 65, (101, 2): 257, (152, 1): 89, (152, 2): 354, (152, 3): 795}
        for (depth, width), millions in published.items():
            parameters = {"depth": depth, "width": width, "sk_ratio": 0.0625}
            number = count(resnet(**parameters))
            assert abs(number / 1e6 - millions) < 1, (parameters, number)
            yield {"backbone": "resnet", "parameters": parameters, "count": number, "published_millions": millions}
        for parameters in ({"depth": 18}, {"depth": 50}, {"depth": 161}, {"depth": 161, "width": 0.25}):
            yield {"backbone": "resnet_v2", "parameters": parameters, "count": count(resnet_v2(**parameters))}


def cases():
    small, large = {"depth": 18}, {"depth": 50}
    for parameters, size in ((small, 64), (small | {"stem": "cifar"}, 32), (small | {"width": 2}, 64), (large, 64),
                             (large | {"width": 0.5}, 64), (large | {"sk_ratio": 0.0625}, 80),
                             (large | {"sk_ratio": 0.0625, "stem": "cifar", "width": 0.5}, 32),
                             (small | {"norm": "gn"}, 64), (small | {"norm": "gn+ws", "groups": 16}, 64),
                             (large | {"norm": "gn+ws"}, 64), (small | {"norm": "ln"}, 64)):
        yield {"backbone": "resnet", "parameters": parameters, "size": size, "images": 4}
    for parameters in (small, large, large | {"norm": "ln"}, large | {"norm": "gn+ws"}, {"depth": 101, "stages": 3},
                       {"depth": 161, "width": 0.25}):
        yield {"backbone": "resnet_v2", "parameters": parameters, "size": 64, "images": 4}


def images_of(case):
    shape = (case["images"], 3, case["size"], case["size"])
    return 1.7 * uniform("images", torch.Size(shape).numel()).view(shape)


def rounded(values):
    return [float(f"{value:.7g}") for value in values.flatten().tolist()]


def sample(features):
    """Eight features of each image, evenly spaced, and the sum over all of each image's."""
    return rounded(torch.cat([features[:, :: features.shape[1] // 8], features.double().sum(1, True).float()], 1))


def outputs(case):
    net, images = build(case), images_of(case)
    out = case | {"eval": sample(net.eval()(images))}
    if case["parameters"].get("norm") in NO_BATCH_NORM:
        return out
    out["train"] = sample(net.train()(images))
    statistics = {name: value for name, value in net.state_dict().items() if "running" in name}
    last = list(statistics)[-1]
    chosen = ("bn1.running_mean", "stages.0.blocks.0.norm2.running_var", last)
    out["running"] = {name: rounded(statistics[name][:8]) for name in chosen if name in statistics}
    for kind in ("running_mean", "running_var"):
        total = sum(value.double().abs().sum() for name, value in statistics.items() if name.endswith(kind))
        out[f"sum_{kind}"] = float(total)
    return out


def compact(entry):
    if "shapes" not in entry:
        return entry
    return entry | {"shapes": [" ".join([name, *map(str, shape)]) for name, shape in entry["shapes"].items()]}


def write(file):
    with torch.no_grad():
        everything = {"names": [compact(e) for e in names()], "counts": list(counts()), "cases": [outputs(c) for c in cases()]}
    text = json.dumps(everything, separators=(",", ":")).replace('{"backbone"', '\n{"backbone"')
    pathlib.Path(file).write_text(text + "\n")


def check(folder):
    from safetensors.torch import load_file
    folder = pathlib.Path(folder)
    case = json.loads((folder / "case.json").read_text())
    net = {"resnet": resnet, "resnet_v2": resnet_v2}[case["backbone"]](**case["parameters"]).eval()
    net.load_state_dict(load_file(folder / "model.safetensors"), strict=True)
    example = load_file(folder / "example.safetensors")
    ours, theirs = example["features"], net(example["images"])
    error = ((ours - theirs).abs().max() / theirs.abs().max()).item()
    print(folder, case["backbone"], case["parameters"], "loads with strict=True; largest relative difference", error)
    return error < 1e-4


def main(arguments):
    if arguments[:1] == ["--check"]:
        with torch.no_grad():
            sys.exit(0 if all([check(folder) for folder in arguments[1:]]) else 1)
    write(arguments[0] if arguments else pathlib.Path(__file__).with_name("backbones.json"))


if __name__ == "__main__":
    main(sys.argv[1:])
