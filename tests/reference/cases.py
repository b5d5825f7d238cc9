"""A loss with its inputs, value and gradients in float64, as losses.py and contrastive.py write them."""

import torch


def case(function, loss, inputs, **options):
    inputs = [x.double().requires_grad_() for x in inputs]
    value = loss(*inputs)
    gradients = torch.autograd.grad(value, inputs, allow_unused=True)
    return {"function": function, "inputs": [x.tolist() for x in inputs], "value": value.item(),
            "gradients": [None if g is None else g.tolist() for g in gradients]} | options
