// The precompiled header: a file that includes torch.h costs tens of seconds without it.
#pragma once
#include <torch/torch.h>
