#include "host/train/numbers.h"

namespace sslx::train {

std::vector<double> numbers(const std::vector<torch::Tensor>& scalars) {
  std::vector<double> out(scalars.size());
  std::vector<torch::Tensor> there;
  std::vector<size_t> places;
  for (size_t i = 0; i < scalars.size(); ++i) {
    if (scalars[i].is_cpu()) {
      out[i] = scalars[i].item<double>();
    } else {
      there.push_back(scalars[i].detach().reshape({}).to(torch::kFloat64));
      places.push_back(i);
    }
  }
  if (there.empty()) return out;
  const torch::Tensor all = torch::stack(there).to(torch::kCPU);
  for (size_t i = 0; i < places.size(); ++i) {
    out[places[i]] = all[static_cast<int64_t>(i)].item<double>();
  }
  return out;
}

std::map<std::string, double> numbers(const std::map<std::string, torch::Tensor>& scalars) {
  std::vector<torch::Tensor> all;
  for (const auto& [name, scalar] : scalars) all.push_back(scalar);
  const std::vector<double> values = numbers(all);
  std::map<std::string, double> out;
  size_t i = 0;
  for (const auto& [name, scalar] : scalars) out[name] = values[i++];
  return out;
}

}  // namespace sslx::train
