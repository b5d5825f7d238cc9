"""Writes contrastive.json: the losses of MoCo and SimCLR v2 that losses.py lacks, with their gradients in float64, by lightly 1.6 or by
the papers' formulas in plain torch; and one step of batch norm split as in MoCo's notebook for CIFAR-10.

    python contrastive.py [contrastive.json]

Needs torch 2.11 and lightly 1.6. Inputs are matrices (lists of rows), the gradients are those of the inputs that have one.
"""

import json
import pathlib
import sys

import torch
from cases import case
from lightly.loss import NTXentLoss
from torch.nn.functional import batch_norm, normalize

BATCH, WIDTH, QUEUE = 6, 5, 7


def info_nce(temperature):
    """MoCo, eq. 1, as lightly has it: NTXentLoss with a memory bank, whose rows are the queue's keys."""

    def loss(queries, keys, queue):
        criterion = NTXentLoss(temperature=temperature, memory_bank_size=(len(queue), queue.shape[1])).double()
        criterion.memory_bank.bank = queue.detach().clone()
        criterion.memory_bank.bank_ptr = torch.zeros(1, dtype=torch.long)
        return criterion(queries, keys.detach())

    return loss


def end_to_end(temperature):
    """MoCo, eq. 1, with the other keys of the batch as negatives and a gradient into all keys (figure 2a)."""

    def loss(queries, keys):
        q, k, total = normalize(queries), normalize(keys), 0
        for i in range(len(q)):
            score = (k @ q[i] / temperature).exp()
            total = total - (score[i] / score.sum()).log()
        return total / len(q)

    return loss


def nt_xent_with_memory(temperature):
    """SimCLR, eq. 1, anchor by anchor; the rows of the memory are in every denominator (SimCLR v2, section 2)."""

    def loss(z1, z2, memory):
        z, count, total = normalize(torch.cat([z1, z2])), len(z1), 0
        for i in range(2 * count):
            others = [k for k in range(2 * count) if k != i]
            score = {k: (z[i] @ z[k] / temperature).exp() for k in others}
            denominator = sum(score.values()) + (memory.detach() @ z[i] / temperature).exp().sum()
            total = total - (score[(i + count) % (2 * count)] / denominator).log()
        return total / (2 * count)

    return loss


def split_batch_norm(images, splits):
    """SplitBatchNorm.forward of moco_cifar10_demo.ipynb, in training. There image i is in group i mod `splits`."""
    n, c, h, w = images.shape
    mean, var = torch.full((c,), 0.5).double(), torch.full((c,), 2.0).double()
    mean_split, var_split = mean.repeat(splits), var.repeat(splits)
    out = batch_norm(images.reshape(-1, c * splits, h, w), mean_split, var_split, None, None, True, 0.1, 1e-5).view(n, c, h, w)
    return {"splits": splits, "images": images.tolist(), "out": out.tolist(), "mean": mean_split.view(splits, c).mean(0).tolist(),
            "var": var_split.view(splits, c).mean(0).tolist()}


def main(out):
    torch.manual_seed(20261125)
    pair = [torch.randn(BATCH, WIDTH, dtype=torch.float64) * 2 + 1 for _ in range(2)]
    queue = normalize(torch.randn(QUEUE, WIDTH, dtype=torch.float64))
    cases = [
        *(case("info_nce", info_nce(t), [*pair, queue], number=t) for t in (0.07, 0.2)),
        *(case("in_batch_info_nce", end_to_end(t), pair, number=t) for t in (0.07, 0.5)),
        *(case("nt_xent_with_memory", nt_xent_with_memory(t), [*pair, queue], number=t) for t in (0.1, 0.5)),
    ]
    split = split_batch_norm(torch.randn(6, 2, 2, 2, dtype=torch.float64) * 3, 3)
    pathlib.Path(out).write_text(json.dumps({"cases": cases, "split_batch_norm": split}, indent=0) + "\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).with_suffix(".json"))
