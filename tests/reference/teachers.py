"""Writes teachers.json: DINO's loss by lightly 1.6 and MoCo v3's by the formula of its code, with gradients, in float64.

    python teachers.py [teachers.json]

Needs torch 2.11 and lightly 1.6. Logits are lists of crops of rows; gradients are those of the student's logits, of the queries.
"""

import json
import pathlib
import sys

import torch
from lightly.loss import DINOLoss
from torch.nn.functional import cross_entropy, normalize

BATCH, WIDTH = 3, 5


def dino(crops, teacher_temperature, student_temperature, momentum):
    """The value, and the centre afterwards; two global crops and the rest local."""
    criterion = DINOLoss(output_dim=WIDTH, student_temp=student_temperature, center_momentum=momentum).double()
    criterion.center.copy_(torch.randn(1, 1, WIDTH, dtype=torch.float64))
    centre = criterion.center.flatten().tolist()
    teacher = [torch.randn(BATCH, WIDTH, dtype=torch.float64) for _ in range(2)]
    student = [torch.randn(BATCH, WIDTH, dtype=torch.float64, requires_grad=True) for _ in range(crops)]
    # A tensor, since lightly would make a float32 of a number.
    value = criterion(teacher, student, teacher_temp=torch.tensor(teacher_temperature, dtype=torch.float64))
    gradients = torch.autograd.grad(value, student)
    return {"teacher": [t.tolist() for t in teacher], "student": [s.tolist() for s in student], "centre": centre,
            "teacher_temperature": teacher_temperature, "student_temperature": student_temperature, "momentum": momentum,
            "value": value.item(), "gradients": [g.tolist() for g in gradients],
            "centre_after": criterion.center.flatten().tolist()}


def moco_v3(temperature):
    """contrastive_loss of facebookresearch/moco-v3 in one process, for both orders of the views."""
    q1, q2 = (torch.randn(BATCH, WIDTH, dtype=torch.float64, requires_grad=True) for _ in range(2))
    k1, k2 = (torch.randn(BATCH, WIDTH, dtype=torch.float64) for _ in range(2))

    def contrastive(q, k):
        logits = torch.einsum("nc,mc->nm", [normalize(q, dim=1), normalize(k, dim=1)]) / temperature
        return cross_entropy(logits, torch.arange(BATCH)) * (2 * temperature)

    value = contrastive(q1, k2) + contrastive(q2, k1)
    gradients = torch.autograd.grad(value, [q1, q2])
    return {"queries": [q1.tolist(), q2.tolist()], "keys": [k1.tolist(), k2.tolist()], "temperature": temperature,
            "value": value.item(), "gradients": [g.tolist() for g in gradients]}


def main(out):
    torch.manual_seed(20261125)
    cases = {"dino": [dino(2, 0.04, 0.1, 0.9), dino(6, 0.07, 0.1, 0.9), dino(4, 0.5, 0.5, 0.99)],
             "moco_v3": [moco_v3(0.2), moco_v3(1.0)]}
    pathlib.Path(out).write_text(json.dumps(cases, indent=0) + "\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).with_suffix(".json"))
