"""Writes clustering.json: SwAV's codes and loss by lightly 1.6, k-means by scikit-learn, in float64.

    python clustering.py [clustering.json]

Needs torch 2.11, lightly 1.6 and scikit-learn. `swav`: scores of two global crops, of local crops and of each global crop's queue, the
loss and its gradient by each crop's scores. `sinkhorn`: the codes of the first crop's scores, queue included. `kmeans`: rows, first
centroids and what Lloyd's algorithm makes of them in a number of iterations.
"""

import json
import pathlib
import sys

import torch
from lightly.loss import SwaVLoss
from lightly.loss.swav_loss import sinkhorn
from sklearn.cluster import KMeans
from sklearn.metrics import normalized_mutual_info_score

BATCH, PROTOTYPES, QUEUE = 6, 5, 9


def swav(local_crops, queue, temperature, epsilon):
    crops = [(torch.rand(BATCH, PROTOTYPES).double() * 2 - 1).requires_grad_() for _ in range(2 + local_crops)]
    queues = [torch.rand(QUEUE, PROTOTYPES).double() * 2 - 1 for _ in range(2)] if queue else None
    loss = SwaVLoss(temperature=temperature, sinkhorn_epsilon=epsilon)(crops[:2], crops[2:], queues).squeeze()
    gradients = torch.autograd.grad(loss, crops)
    every = torch.cat([crops[0].detach(), queues[0]]) if queue else crops[0].detach()
    return {"temperature": temperature, "epsilon": epsilon, "crops": [c.tolist() for c in crops],
            "queues": [q.tolist() for q in queues or []], "value": loss.item(), "gradients": [g.tolist() for g in gradients],
            "codes": sinkhorn(every, 3, epsilon)[:BATCH].tolist()}


def kmeans(rows, clusters, iterations):
    start = rows[:clusters]
    found = KMeans(clusters, init=start, n_init=1, max_iter=iterations, tol=0, algorithm="lloyd").fit(rows)
    other = rows[:, 0] > 0
    return {"rows": rows.tolist(), "start": start.tolist(), "iterations": iterations, "centroids": found.cluster_centers_.tolist(),
            "labels": found.labels_.tolist(), "objective": found.inertia_ / len(rows), "other": other.astype(int).tolist(),
            "information": normalized_mutual_info_score(found.labels_, other, average_method="geometric")}


def main(out):
    torch.manual_seed(20261124)
    rows = torch.randn(60, 3).double().numpy()
    cases = {"swav": [swav(*setup) for setup in ((0, False, 0.1, 0.05), (3, False, 0.1, 0.05), (2, True, 0.3, 0.1))],
             "kmeans": [kmeans(rows, 5, iterations) for iterations in (1, 3, 300)]}
    pathlib.Path(out).write_text(json.dumps(cases, indent=0) + "\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).with_suffix(".json"))
