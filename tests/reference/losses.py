"""Writes losses.json: losses and gradients in float64, by lightly 1.6 or by the papers' formulas in plain torch.

    python losses.py [losses.json]

Needs torch 2.11 and lightly 1.6. A case names a function of <sslx/losses.h>; its inputs are matrices (lists of rows), the gradients
are those of the inputs that have one.
"""

import json
import pathlib
import sys

import torch
from cases import case
from lightly.loss import BarlowTwinsLoss, NegativeCosineSimilarity, NTXentLoss
from torch.nn.functional import normalize

BATCH, WIDTH, IMAGES, NEGATIVES = 6, 5, 11, 7


def barlow_twins(weight):
    return lambda z1, z2: BarlowTwinsLoss(lambda_param=weight)(z1, z2)


def negative_cosine(p, z):
    return NegativeCosineSimilarity()(p, z.detach())


def nt_xent(temperature):
    return lambda z1, z2: NTXentLoss(temperature=temperature)(z1, z2)


def normalised_distance(p, z):
    """BYOL, eq. 2, as the distance that it is written as."""
    return ((p / p.norm(dim=1, keepdim=True) - (z / z.norm(dim=1, keepdim=True)).detach()) ** 2).sum(1).mean()


def noise_contrastive(images):
    """InstDisc, eq. 5 to 8, with the probabilities themselves."""

    def loss(logits, normaliser):
        probability = logits.exp() / normaliser.detach()
        noise = (logits.shape[1] - 1) / images
        h = probability / (probability + noise)
        return (-h[:, 0].log() - (1 - h[:, 1:]).log().sum(1)).mean()

    return loss


def invariant_spreading(temperature):
    """BatchCriterion of the authors' code (mangye16/Unsupervised_Embedding_Learning), anchor by anchor."""

    def loss(z1, z2):
        x, count, total = normalize(torch.cat([z1, z2])), len(z1), 0
        for row in range(2 * count):
            others = [k for k in range(2 * count) if k != row]
            score = {k: (x[row] @ x[k].detach() / temperature).exp() for k in others}
            share = {k: score[k] / sum(score.values()) for k in others}
            positive = (row + count) % (2 * count)
            total = total - share[positive].log() - sum((1 - share[k]).log() for k in others if k != positive)
        return total / (2 * count)

    return loss


def softmax_over(temperature, targets):
    """InstDisc, eq. 2: -log of the probability of the anchor's own image."""

    def loss(queries, keys):
        score = (queries @ keys.T / temperature).exp()
        return -(score[torch.arange(len(queries)), targets] / score.sum(1)).log().mean()

    return loss


def main(out):
    torch.manual_seed(20261124)
    pair = [torch.randn(BATCH, WIDTH, dtype=torch.float64) * 2 + 1 for _ in range(2)]
    logits = torch.randn(BATCH, 1 + NEGATIVES, dtype=torch.float64) * 3
    bank = normalize(torch.randn(IMAGES, WIDTH, dtype=torch.float64))
    targets = torch.randperm(IMAGES)[:BATCH]
    z = torch.full((1, 1), 5.5)
    cases = [
        *(case("nt_xent", nt_xent(t), pair, number=t) for t in (0.1, 0.5)),
        case("negative_cosine", negative_cosine, pair, number=0),
        case("normalised_distance", normalised_distance, pair, number=0),
        *(case("cross_correlation", barlow_twins(w), pair, number=w) for w in (0.005, 0.5)),
        *(case("invariant_spreading", invariant_spreading(t), pair, number=t) for t in (0.1, 1.0)),
        case("noise_contrastive", noise_contrastive(IMAGES), [logits, z], number=IMAGES),
        *(case("softmax_over", softmax_over(t, targets), [normalize(pair[0]), bank], number=t, targets=targets.tolist())
          for t in (0.07, 0.5)),
    ]
    pathlib.Path(out).write_text(json.dumps({"cases": cases}, indent=0) + "\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).with_suffix(".json"))
