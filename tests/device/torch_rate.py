"""Images a second of plain PyTorch, eager and compiled, at the training step of tests/device/run: two views, SimCLR's
head and loss, SGD, bf16 autocast, channels-last, images that lie on the device already. One JSON object a line:
{"network", "form", "images_per_second", "bytes"}.

    torch_rate.py DEVICE NETWORK=BATCH ...     NETWORK: small32, resnet18, resnet50, vit_s
"""
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

SECONDS = 4  # that are measured, after as many steps as compiling takes


class Basic(nn.Module):
    def __init__(self, width, out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(width, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.side = side(width, out, stride)

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)), inplace=True)))
        return F.relu(y + self.side(x), inplace=True)


class Bottleneck(nn.Module):
    def __init__(self, width, out, stride):
        super().__init__()
        inner = out // 4
        self.conv1, self.bn1 = nn.Conv2d(width, inner, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = nn.Conv2d(inner, inner, 3, stride, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = nn.Conv2d(inner, out, 1, bias=False), nn.BatchNorm2d(out)
        self.side = side(width, out, stride)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = F.relu(self.bn2(self.conv2(y)), inplace=True)
        return F.relu(self.bn3(self.conv3(y)) + self.side(x), inplace=True)


def side(width, out, stride):
    if width == out and stride == 1:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(width, out, 1, stride, bias=False), nn.BatchNorm2d(out))


def stages(block, width, plan):
    out = []
    for channels, count, stride in plan:
        for i in range(count):
            out.append(block(width, channels, stride if i == 0 else 1))
            width = channels
    return out


def small32():  # plugins/backbones/resnet_small.cpp at its defaults
    stem = [nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU(inplace=True)]
    body = stages(Basic, 32, [(32, 1, 1), (64, 1, 2), (128, 1, 2)])
    return nn.Sequential(*stem, *body, nn.AdaptiveAvgPool2d(1), nn.Flatten()), 128, 32


def resnet18():  # with a stem for 32 pixels
    stem = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True)]
    body = stages(Basic, 64, [(64, 2, 1), (128, 2, 2), (256, 2, 2), (512, 2, 2)])
    return nn.Sequential(*stem, *body, nn.AdaptiveAvgPool2d(1), nn.Flatten()), 512, 32


def resnet50():
    stem = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    body = stages(Bottleneck, 64, [(256, 3, 1), (512, 4, 2), (1024, 6, 2), (2048, 3, 2)])
    return nn.Sequential(*stem, *body, nn.AdaptiveAvgPool2d(1), nn.Flatten()), 2048, 224


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.qkv, self.out = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        n, t, w = x.shape
        q, k, v = self.qkv(x).view(n, t, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        return self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, w))


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.attention, self.norm2 = nn.LayerNorm(width), Attention(width, heads), nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class ViT(nn.Module):
    def __init__(self, width=384, depth=12, heads=6, patch=16, side_=224):
        super().__init__()
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.places = nn.Parameter(0.02 * torch.randn(1, (side_ // patch) ** 2 + 1, width))
        self.layers = nn.Sequential(*[Layer(width, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(width)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.places
        return self.norm(self.layers(x))[:, 0]


def vit_s():
    return ViT(), 384, 224


def nt_xent(a, b, temperature=0.5):
    z = F.normalize(torch.cat([a, b]).float(), dim=1)
    logits = (z @ z.t()) / temperature
    logits.fill_diagonal_(float("-inf"))
    count = a.shape[0]
    return F.cross_entropy(logits, torch.arange(2 * count, device=z.device).roll(count))


class Step(nn.Module):
    def __init__(self, encoder, width):
        super().__init__()
        self.encoder = encoder
        self.head = nn.Sequential(nn.Linear(width, width), nn.ReLU(inplace=True), nn.Linear(width, 128))

    def forward(self, a, b):
        return nt_xent(self.head(self.encoder(a)), self.head(self.encoder(b)))


def rate(device, build, batch, compiled):
    torch.manual_seed(0)
    encoder, width, pixels = build()
    model = Step(encoder, width).to(device, memory_format=torch.channels_last)
    step_of = torch.compile(model) if compiled else model
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    a, b = [torch.randn(batch, 3, pixels, pixels, device=device).contiguous(memory_format=torch.channels_last)
            for _ in range(2)]
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None

    def one():
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast(device, torch.bfloat16):
            loss = step_of(a, b)
        loss.backward()
        optimiser.step()

    for _ in range(3):
        one()
    wait()
    begin, steps = time.monotonic(), 0
    while time.monotonic() - begin < SECONDS:
        for _ in range(5):
            one()
        steps += 5
        wait()
    return steps * batch / (time.monotonic() - begin)


def main():
    device = sys.argv[1]
    for one in sys.argv[2:]:
        name, batch = one.split("=")
        for form in ("eager", "compiled"):
            try:
                figure = rate(device, globals()[name], int(batch), form == "compiled")
            except Exception as error:  # a compiler that is not there
                print(json.dumps({"network": name, "form": form, "failure": str(error).splitlines()[0]}), flush=True)
                continue
            most = torch.cuda.max_memory_allocated() if device == "cuda" else 0
            print(json.dumps({"network": name, "form": form, "images_per_second": figure, "bytes": most}), flush=True)


if __name__ == "__main__":
    main()
