// Scalars as numbers.
#pragma once

#include <sslx/torch_base.h>

#include <map>
#include <string>
#include <vector>

namespace sslx::train {

/// In order. Those on a GPU are waited for once, all together.
std::vector<double> numbers(const std::vector<torch::Tensor>& scalars);

/// The same by their names.
std::map<std::string, double> numbers(const std::map<std::string, torch::Tensor>& scalars);

}  // namespace sslx::train
