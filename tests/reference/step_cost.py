"""Images a second of lightly's methods, end to end, at the setting of sweeps/methods.toml.

    python3 tests/reference/step_cost.py FOLDER [METHOD ...]

FOLDER is the data set, a folder a class in train/; METHOD is one of those below, all by default. Views by
lightly's transform in its usual loader of two processes, its heads and losses, plain SGD in float32, the
network of plugins/backbones/resnet_small.cpp. The first epoch is left out; the others are printed.
`sslx runs` has the same figure of each of its runs, to be taken in the same hour on the same machine.
"""
import argparse
import time

import torch
from lightly.loss import BarlowTwinsLoss, DINOLoss, NegativeCosineSimilarity, NTXentLoss, SwaVLoss
from lightly.models import modules
from lightly.models.utils import deactivate_requires_grad, update_momentum
from lightly.transforms import SimCLRTransform
from torch import nn
from torchvision.datasets import ImageFolder
from torchvision.models.resnet import BasicBlock


def block(width, out, stride):
    same = stride == 1 and width == out
    side = None if same else nn.Sequential(
        nn.Conv2d(width, out, 1, stride, bias=False), nn.BatchNorm2d(out))
    return BasicBlock(width, out, stride, side)


def backbone():
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32), nn.ReLU(inplace=True),
        block(32, 32, 1), block(32, 64, 2), block(64, 128, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten())


class SimCLR(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(backbone(), modules.SimCLRProjectionHead(128, 128, 128))
        self.criterion = NTXentLoss(0.5)

    def forward(self, a, b):
        return self.criterion(self.net(a), self.net(b))


class BarlowTwins(SimCLR):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(backbone(), modules.BarlowTwinsProjectionHead(128, 2048, 2048))
        self.criterion = BarlowTwinsLoss()


class SimSiam(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(backbone(), modules.SimSiamProjectionHead(128, 2048, 2048))
        self.predictor = modules.SimSiamPredictionHead(2048, 512, 2048)
        self.criterion = NegativeCosineSimilarity()

    def forward(self, a, b):
        za, zb = self.net(a), self.net(b)
        pa, pb = self.predictor(za), self.predictor(zb)
        return (self.criterion(pa, zb.detach()) + self.criterion(pb, za.detach())) / 2


class Teacher(nn.Module):
    """A network of lightly's head and its momentum copy. (DINO's weight-normed head has no deepcopy.)"""

    def __init__(self, make_head):
        super().__init__()
        self.net = nn.Sequential(backbone(), make_head())
        self.target = nn.Sequential(backbone(), make_head())
        self.target.load_state_dict(self.net.state_dict())
        deactivate_requires_grad(self.target)

    def after_step(self):
        update_momentum(self.net, self.target, 0.99)


class BYOL(Teacher):
    def __init__(self):
        super().__init__(lambda: modules.BYOLProjectionHead(128, 512, 128))
        self.predictor = modules.BYOLPredictionHead(128, 512, 128)
        self.criterion = NegativeCosineSimilarity()

    def forward(self, a, b):
        pa, pb = self.predictor(self.net(a)), self.predictor(self.net(b))
        with torch.no_grad():
            ta, tb = self.target(a), self.target(b)
        return (self.criterion(pa, tb) + self.criterion(pb, ta)) / 2


class MoCoV3(BYOL):
    """Symmetric InfoNCE of a predictor's output and the momentum keys; lightly has its loss alone."""

    def __init__(self):
        super().__init__()
        self.criterion = NTXentLoss(0.2)


class MoCo(Teacher):
    def __init__(self):
        super().__init__(lambda: modules.MoCoProjectionHead(128, 128, 128))
        self.criterion = NTXentLoss(0.1, memory_bank_size=(4096, 128))

    def forward(self, a, b):
        query = self.net(a)
        with torch.no_grad():
            key = self.target(b)
        return self.criterion(query, key)


class SwAV(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(backbone(), modules.SwaVProjectionHead(128, 128, 128))
        self.prototypes = modules.SwaVPrototypes(128, 100)
        self.criterion = SwaVLoss()

    def forward(self, a, b):
        self.prototypes.normalize()
        scores = [self.prototypes(nn.functional.normalize(self.net(x))) for x in (a, b)]
        return self.criterion(scores, [])


class DINO(Teacher):
    def __init__(self):
        super().__init__(lambda: modules.DINOProjectionHead(128, 512, 128, 1024, batch_norm=True))
        self.criterion = DINOLoss(1024, warmup_teacher_temp_epochs=5)

    def forward(self, a, b):
        with torch.no_grad():
            teacher = [self.target(a), self.target(b)]
        return self.criterion(teacher, [self.net(a), self.net(b)], epoch=0)


METHODS = {"simclr": SimCLR, "moco": MoCo, "swav": SwAV, "byol": BYOL, "simsiam": SimSiam,
           "barlow_twins": BarlowTwins, "mocov3": MoCoV3, "dino": DINO}


def thousand_a_class(folder):
    data = ImageFolder(
        f"{folder}/train", SimCLRTransform(input_size=32, cj_strength=0.5, gaussian_blur=0.0))
    seen, kept = {}, []
    for i, (_, label) in enumerate(data.samples):
        seen[label] = seen.get(label, 0) + 1
        if seen[label] <= 1000:
            kept.append(i)
    return torch.utils.data.Subset(data, kept)


def rates(method, data, epochs):
    torch.manual_seed(0)
    model = METHODS[method]()
    loader = torch.utils.data.DataLoader(
        data, batch_size=256, shuffle=True, drop_last=True, num_workers=2, persistent_workers=True)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.SGD(trained, lr=0.12, momentum=0.9, weight_decay=5e-4)
    out = []
    for _ in range(epochs):
        begin, images = time.perf_counter(), 0
        for views, *_ in loader:
            loss = model(views[0], views[1])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            if hasattr(model, "after_step"):
                model.after_step()
            images += len(views[0])
        out.append(images / (time.perf_counter() - begin))
    return out[1:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("methods", nargs="*", default=list(METHODS))
    parser.add_argument("--epochs", type=int, default=3)
    options = parser.parse_args()
    data = thousand_a_class(options.folder)
    for method in options.methods:
        print(f"{method:14s}", *(f"{rate:7.0f}" for rate in rates(method, data, options.epochs)),
              "images/s", flush=True)


if __name__ == "__main__":
    main()
