"""Loads a file of `sslx export` into the same network of torchvision or timm, strictly, and compares.

    sslx export RUN net.safetensors --features test.npy
    python load_exported.py net.safetensors

The network is named by the file itself (its metadata). With --images and --features it also compares the
features: --images is a .npy [N, C, H, W] float32 of what the encoder reads (normalised, as evaluated).
"""
import argparse
import json

import torch
from safetensors import safe_open
from safetensors.torch import load_file


def torchvision_resnet(parameters):
    import torchvision

    plain = {"width": 1, "stem": "imagenet", "norm": "bn", "sk_ratio": 0}
    odd = {key: parameters[key] for key, value in plain.items() if parameters.get(key, value) != value}
    if odd:
        print(f"note: torchvision has no such ResNet as {odd}; only what can be changed here is")
    net = getattr(torchvision.models, f"resnet{parameters['depth']}")()
    net.fc = torch.nn.Identity()
    if parameters.get("stem") == "cifar":
        net.conv1 = torch.nn.Conv2d(3, net.conv1.out_channels, 3, 1, 1, bias=False)
        net.maxpool = torch.nn.Identity()
    return net


def timm_vit(parameters):
    import timm

    name = f"vit_{parameters['size']}_patch{parameters['patch_size']}_224"
    return timm.create_model(
        name, num_classes=0, img_size=parameters["image_size"],
        global_pool="token" if parameters.get("pooling", "class_token") == "class_token" else "avg")


def network(backbone):
    makers = {"resnet": torchvision_resnet, "vit": timm_vit}
    if backbone["name"] not in makers:
        raise SystemExit(f"no reference is known for backbone '{backbone['name']}'; it must be one of {', '.join(makers)}")
    return makers[backbone["name"]](backbone["parameters"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--images")
    parser.add_argument("--features")
    arguments = parser.parse_args()
    with safe_open(arguments.file, "pt") as opened:
        metadata = opened.metadata()
    for key, value in sorted(metadata.items()):
        print(f"{key}: {value}")
    state = load_file(arguments.file)
    net = network(json.loads(metadata["backbone"])).eval()
    channels = next(value for name, value in state.items() if name in ("conv1.weight", "patch_embed.proj.weight")).shape[1]
    if channels != 3:
        raise SystemExit(f"the file is for images of {channels} channels; the references here are for 3")
    net.load_state_dict(state, strict=True)
    again = net.state_dict()
    equal = all(torch.equal(again[name], tensor) for name, tensor in state.items())
    print(f"{len(state)} tensors, {sum(p.numel() for p in net.parameters())} parameters, strict=True; bits equal: {equal}")
    if arguments.images and arguments.features:
        import numpy

        with torch.no_grad():
            ours = torch.from_numpy(numpy.load(arguments.features))
            theirs = net(torch.from_numpy(numpy.load(arguments.images)))
        difference = (ours - theirs).abs().max().item()
        print(f"features {tuple(ours.shape)}: largest difference {difference:.3g} of {theirs.abs().max().item():.3g}")


if __name__ == "__main__":
    main()
