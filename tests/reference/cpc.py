"""Writes cpc.json: CPC's loss and its gradients in float64, patch by patch from the papers' formulas; and CRD's.

    python cpc.py [cpc.json]

Needs torch 2.11. A case names a method, its parameters, the state of its module by name, a batch, and what comes of it. The backbone is
one linear layer on an image's (or a patch's) pixels, so that all is written down here a second time, without convolutions and slices:
CPC position by position, from one row of the grid to the next; CRD image by image.
"""

import json
import math
import pathlib
import sys

import torch
from torch.nn.functional import normalize

SIDES = ("above", "below", "left", "right")


def seen_from(side, grid):
    """The rows of the grid of vectors in the order in which a context network sees them: grid[r][c] of each side's own r and c."""
    n = len(grid)
    place = {
        "above": lambda r, c: (r, c),
        "below": lambda r, c: (n - 1 - r, n - 1 - c),
        "left": lambda r, c: (n - 1 - c, r),
        "right": lambda r, c: (c, n - 1 - r),
    }[side]
    return [[grid[place(r, c)[0]][place(r, c)[1]] for c in range(n)] for r in range(n)]


def causal_layer(state, prefix, grid):
    """1x1, ReLU, 1x3, 2x1 with zeros above the first row, ReLU, 1x1, added."""
    n = len(grid)

    def weight(name):
        return state[f"{prefix}.{name}.weight"], state[f"{prefix}.{name}.bias"]

    (narrow, narrow_b), (across, across_b) = weight("narrow"), weight("across")
    (down, down_b), (widen, widen_b) = weight("down"), weight("widen")
    first = [[(narrow[:, :, 0, 0] @ x + narrow_b).relu() for x in row] for row in grid]
    second = [[across_b + sum(across[:, :, 0, d + 1] @ row[c + d] for d in (-1, 0, 1) if 0 <= c + d < n) for c in range(n)]
              for row in first]
    out = []
    for r in range(n):
        row = []
        for c in range(n):
            h = down[:, :, 1, 0] @ second[r][c] + down_b
            if r > 0:
                h = h + down[:, :, 0, 0] @ second[r - 1][c]
            row.append(grid[r][c] + widen[:, :, 0, 0] @ h.relu() + widen_b)
        out.append(row)
    return out


def cpc(parameters, state, images):
    """Eq. 4 of v1, over every prediction: minus the log of the softmax over the patches of all images."""
    steps = range(parameters["first_step"], parameters["last_step"] + 1)
    count, channels, height, size = images.shape
    n = math.isqrt(height // size)

    def encoded(b, place):
        patch = images[b, :, place * size:(place + 1) * size]
        return state["backbone.layer.weight"] @ patch.flatten() + state["backbone.layer.bias"]

    grids = [[[encoded(b, r * n + c) for c in range(n)] for r in range(n)] for b in range(count)]
    values = []
    for side in SIDES[:parameters["directions"]]:
        seen = [seen_from(side, grid) for grid in grids]
        target = {(b, r, c): seen[b][r][c] for b in range(count) for r in range(n) for c in range(n)}
        if parameters["target_width"]:
            target = {k: state["target.weight"] @ z + state["target.bias"] for k, z in target.items()}
        contexts = seen
        for layer in range(parameters["context_layers"]):
            contexts = [causal_layer(state, f"{side}.context.{layer}", grid) for grid in contexts]
        for k in steps:
            w, terms = state[f"{side}.step{k}.weight"], []
            for b in range(count):
                for r in range(n - k):
                    for c in range(n):
                        predicted = w @ contexts[b][r][c].relu() / parameters["temperature"]
                        score = {at: z @ predicted for at, z in target.items()}
                        terms.append(torch.logsumexp(torch.stack(list(score.values())), 0) - score[b, r + k, c])
            values.append(torch.stack(terms).mean())
    return torch.stack(values).mean()


def crd(parameters, state, images, indices, labels, draws):
    """Section 3.1: NCE with noise 1/n in both directions and, weighted, the labels' cross-entropy. The first batch fixes Z."""
    n, total = state["teacher_bank.rows"].shape[0], 0
    pixels = images.flatten(1)

    def features(side):
        return pixels @ state[f"{side}.backbone.layer.weight"].T + state[f"{side}.backbone.layer.bias"]

    for side, other in (("student", "teacher"), ("teacher", "student")):
        f = features(side).detach() if side == "teacher" else features(side)
        f = normalize(f @ state[f"{side}.head.0.weight"].T + state[f"{side}.head.0.bias"])
        rows, tau = state[f"{other}_bank.rows"], parameters["temperature"]
        score = [[(f[i] @ rows[j] / tau).exp() for j in [int(indices[i]), *draws[other][i]]] for i in range(len(f))]
        z = n * torch.stack([s for row in score for s in row]).mean().detach()
        noise = parameters["negatives"] / n
        h = [[s / z / (s / z + noise) for s in row] for row in score]
        total = total - sum(row[0].log() + sum((1 - x).log() for x in row[1:]) for row in h) / len(h)
    logits = features("student") @ state["classifier.weight"].T + state["classifier.bias"]
    chosen = logits[torch.arange(len(labels)), labels]
    return parameters["beta"] * total + parameters["gamma"] * (logits.exp().sum(1).log() - chosen).mean()


def linear(state, name, inputs, outputs, bias=True):
    state[f"{name}.weight"] = torch.randn(outputs, inputs, dtype=torch.float64) / math.sqrt(inputs)
    if bias:
        state[f"{name}.bias"] = torch.randn(outputs, dtype=torch.float64) / 2


def cpc_state(p, pixels, width):
    state = {}
    linear(state, "backbone.layer", pixels, width)
    targets, hidden = p["target_width"] or width, p["context_width"]
    shapes = {"narrow": (width, hidden, (1, 1)), "across": (hidden, hidden, (1, 3)), "down": (hidden, hidden, (2, 1)),
              "widen": (hidden, width, (1, 1))}
    if p["target_width"]:
        linear(state, "target", width, targets)
    for side in SIDES[:p["directions"]]:
        for layer in range(p["context_layers"]):
            for name, (inputs, outputs, kernel) in shapes.items():
                state[f"{side}.context.{layer}.{name}.weight"] = torch.randn(outputs, inputs, *kernel, dtype=torch.float64) / 2
                state[f"{side}.context.{layer}.{name}.bias"] = torch.randn(outputs, dtype=torch.float64) / 2
        for k in range(p["first_step"], p["last_step"] + 1):
            linear(state, f"{side}.step{k}", width, targets, bias=False)
    return state


def crd_state(p, pixels, width, images, classes):
    state = {}
    for side in ("student", "teacher"):
        linear(state, f"{side}.backbone.layer", pixels, width)
        linear(state, f"{side}.head.0", width, p["output_width"])
        state[f"{side}_bank.rows"] = normalize(torch.randn(images, p["output_width"], dtype=torch.float64))
    linear(state, "classifier", width, classes)
    return state


def case(method, parameters, state, images, value, **more):
    trained = [k for k in state if "bank" not in k and not k.startswith("teacher.backbone")]
    gradients = torch.autograd.grad(value, [state[k] for k in trained])
    return {"method": method, "parameters": parameters, "state": {k: v.tolist() for k, v in state.items()},
            "images": images.tolist(), "value": value.item(),
            "gradients": {k: g.tolist() for k, g in zip(trained, gradients)}} | more


def cpc_case(**parameters):
    images = torch.randn(2, 2, 16 * 1, 1, dtype=torch.float64)
    state = {k: v.requires_grad_() for k, v in cpc_state(parameters, 2, 3).items()}
    return case("cpc", parameters, state, images, cpc(parameters, state, images))


def philox(counter, key):
    """Philox4x32-10 (Salmon et al., SC 2011): four random words."""
    low = 0xFFFFFFFF
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & low, (a >> 32) ^ c[3] ^ k[1], a & low]
        k = [(k[0] + 0x9E3779B9) & low, (k[1] + 0xBB67AE85) & low]
    return c


def drawn_below(bound, place, seed, number):
    """One number of <sslx/draws.h>: the place's bits, mixed (lowbias32 between two keys of the draw), scaled."""
    low = 0xFFFFFFFF
    first, second, *_ = philox([number & low, number >> 32, 0, 0], [seed & low, seed >> 32])
    x = place ^ first
    x = ((x ^ (x >> 16)) * 0x7FEB352D & low) ^ second
    x = (x ^ (x >> 15)) * 0x846CA68B & low
    return (x ^ (x >> 16)) * bound >> 32


def crd_case(images_total, classes, **parameters):
    images = torch.randn(4, 2, 2, 2, dtype=torch.float64)
    indices, labels = torch.tensor([7, 0, 3, 5]), torch.tensor([1, 0, 2, 1])
    state = crd_state(parameters, 8, 3, images_total, classes)
    for name, value in state.items():
        value.requires_grad_("bank" not in name)
    seeds = {"teacher": 11, "student": 12}
    count = parameters["negatives"]
    draws = {side: [[drawn_below(images_total, image * count + i, seed, 0) for i in range(count)] for image in range(4)]
             for side, seed in seeds.items()}
    value = crd(parameters, state, images, indices, labels, draws)
    return case("crd", parameters, state, images, value, indices=indices.tolist(), labels=labels.tolist(), seeds=seeds)


def main(out):
    torch.manual_seed(20261124)
    cases = [
        cpc_case(directions=1, first_step=1, last_step=3, context_layers=2, context_width=2, target_width=0,
                 temperature=1.0),
        cpc_case(directions=4, first_step=2, last_step=2, context_layers=1, context_width=3, target_width=2,
                 temperature=2.0),
        crd_case(9, 3, temperature=0.5, negatives=5, bank_momentum=0.5, output_width=2, beta=0.8, gamma=1.5),
    ]
    pathlib.Path(out).write_text(json.dumps({"cases": cases}, indent=0) + "\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).with_suffix(".json"))
