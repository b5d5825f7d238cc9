// What a plugin uses of LibTorch: tensors, autograd, losses, and the modules that heads and
// networks are made of. <torch/torch.h> adds data loaders, every module and optimiser; what those
// leave to each file costs it a second more. A plugin may include them beside this.
#pragma once

#include <sslx/torch_base.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/conv.h>
