"""Writes optimisers.json: where 20 steps of each optimiser lead two weights, in float64.

    python optimisers.py [optimisers.json]

Needs torch 2.11, lightly 1.5 and numpy. SGD, Adam, AdamW and MultiStepLR are torch's and one LARS is lightly's; the other
LARS, the cosines and DINO's clipping are written out here from the papers. Weights and gradients come from formulas that
tests/host/train/optimiser_reference_test.cpp has too. `train` is what a trial's table would say.
"""

import json
import math
import pathlib
import sys

import numpy
import torch
from lightly.utils.lars import LARS

STEPS, PER_EPOCH = 20, 2
COMMON = {"lr": 0.2, "lr_scaling": "linear", "batch_size": 512, "schedule": "cosine", "warmup_epochs": 2,
          "weight_decay": 0.05}


def weights():
    return [torch.cos(torch.arange(12, dtype=torch.float64)).view(3, 4), torch.sin(torch.arange(4, dtype=torch.float64))]


def gradient(step, weight):
    """It depends on the weight, so that an error grows."""
    index = torch.arange(weight.numel(), dtype=torch.float64).view_as(weight)
    return 2 * torch.sin(1 + 0.7 * step + index) + 0.3 * weight


def cosine(part, whole, first, last):
    return last + (first - last) * (1 + math.cos(math.pi * part / whole)) / 2


def rates(train):
    base = train["lr"] * train["batch_size"] / 256
    warmup = train["warmup_epochs"] * PER_EPOCH
    if train["schedule"] == "step":
        optimizer = torch.optim.SGD(weights(), lr=base)
        scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, train["milestones"], train["gamma"])
        after = []
        for step in range(STEPS):
            after.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if step % PER_EPOCH == PER_EPOCH - 1:
                scheduler.step()
    else:
        final = train.get("final_lr", 0) * base
        after = [cosine(step - warmup, STEPS - warmup, base, final) for step in range(STEPS)]
    return [base * (step + 1) / warmup for step in range(warmup)] + after[warmup:]


def clip(parameters, train):
    limit = train.get("clip_norm", 0)
    if limit and train["clip"] == "norm":
        torch.nn.utils.clip_grad_norm_(parameters, limit)
    elif limit:
        for parameter in parameters:  # as DINO's utils.clip_gradients
            share = limit / (parameter.grad.norm(2) + 1e-6)
            if share < 1:
                parameter.grad.mul_(share)


def run_torch(make, train):
    """`make` gets two groups, the matrix and the vector; the vector decays unless `decay_all` is false."""
    parameters = [torch.nn.Parameter(weight) for weight in weights()]
    optimizer = make([{"params": [parameter]} for parameter in parameters])
    for step, rate in enumerate(rates(train)):
        decay = train["weight_decay"]
        if train.get("weight_decay_schedule") == "cosine":
            decay = cosine(step, STEPS, decay, train["final_weight_decay"])
        for group, decays in zip(optimizer.param_groups, (True, train.get("decay_all", True))):
            group.update(lr=rate, weight_decay=decay if decays else 0)
        for parameter in parameters:
            parameter.grad = gradient(step, parameter.detach())
        clip(parameters, train)
        optimizer.step()
    return [parameter.detach() for parameter in parameters]


def run_lars(train):
    values = [weight.numpy() for weight in weights()]
    buffers = [numpy.zeros_like(value) for value in values]
    for step, rate in enumerate(rates(train)):
        for index, value in enumerate(values):
            direction = gradient(step, torch.from_numpy(value)).numpy()
            if value.ndim > 1 or not train["lars_exclude"]:
                direction = direction + train["weight_decay"] * value
                direction = direction * train["lars_eta"] * numpy.linalg.norm(value) / numpy.linalg.norm(direction)
            classic = train["lars_momentum"] == "classic"
            buffers[index] = train["momentum"] * buffers[index] + (rate if classic else 1) * direction
            values[index] = value - (1 if classic else rate) * buffers[index]
    return [torch.from_numpy(value) for value in values]


def run(train):
    name, momentum = train["optimizer"], train.get("momentum")
    if name == "sgd":
        return run_torch(lambda groups: torch.optim.SGD(groups, lr=1, momentum=momentum,
                                                        nesterov=train.get("nesterov", False)), train)
    if name == "lars":
        return run_lars(train)
    adam = torch.optim.Adam if name == "adam" else torch.optim.AdamW
    return run_torch(lambda groups: adam(groups, betas=train["betas"]), train)


def run_lightly(train):
    """lightly has |g| + decay |w| where the papers have |g + decay w|, so that its decay must vanish; no decay means no
    trust to it."""
    return run_torch(lambda groups: LARS(groups, lr=1, momentum=train["momentum"], eps=0,
                                         trust_coefficient=train["lars_eta"]), train | {"decay_all": False})


def cases():
    sgd = {"optimizer": "sgd", "momentum": 0.9}
    adam = {"betas": [0.8, 0.99], "lr": 0.01}
    lars = {"optimizer": "lars", "momentum": 0.9, "lars_eta": 0.02, "lars_exclude": True}
    dino = {"weight_decay": 0.04, "weight_decay_schedule": "cosine", "final_weight_decay": 0.4, "decay_all": False}
    yield "sgd", sgd, run
    yield "sgd_nesterov", sgd | {"nesterov": True}, run
    yield "sgd_step", sgd | {"schedule": "step", "milestones": [4, 7], "gamma": 0.2, "decay_all": False}, run
    yield "sgd_clip", sgd | {"clip_norm": 3.5, "clip": "norm"}, run
    yield "adam", adam | {"optimizer": "adam"}, run
    yield "adamw", adam | {"optimizer": "adamw", "final_lr": 0.1}, run
    yield "adamw_dino", adam | dino | {"optimizer": "adamw", "clip_norm": 3, "clip": "each"}, run
    yield "lars_classic", lars | {"lars_momentum": "classic", "final_lr": 0.001}, run
    yield "lars_popular", lars | {"lars_momentum": "popular", "final_lr": 0.001}, run
    yield "lars_everywhere", lars | {"lars_momentum": "classic", "lars_exclude": False}, run
    yield "lars_lightly", lars | {"lars_momentum": "popular", "weight_decay": 1e-30}, run_lightly


def write(file):
    out = {"torch": torch.__version__, "steps": STEPS, "steps_per_epoch": PER_EPOCH, "cases": {}}
    for name, changes, runner in cases():
        train = COMMON | changes
        matrix, vector = runner(train)
        out["cases"][name] = {"train": train, "rates": rates(train), "matrix": matrix.flatten().tolist(),
                              "vector": vector.tolist()}
    text = json.dumps(out, separators=(",", ":"))
    pathlib.Path(file).write_text(text.replace('{"train"', '\n{"train"') + "\n")


if __name__ == "__main__":
    write(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).with_name("optimisers.json"))
