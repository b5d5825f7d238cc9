#include "host/train/last_epoch.h"

#include "host/train/diagnostics.h"

namespace sslx::train {

void LastEpoch::add(const std::map<std::string, torch::Tensor>& figures, int64_t images) {
  for (const auto& [name, figure] : figures) {
    if (!tells_collapse(name)) continue;
    const torch::Tensor value = figure.detach().to(torch::kFloat64);
    const torch::Tensor counted =
        value.isfinite().to(torch::kFloat64) * static_cast<double>(images);
    const torch::Tensor part = torch::nan_to_num(value, 0, 0, 0) * counted;
    Sum& sum = sums_[name];
    sum.value = sum.value.defined() ? sum.value + part : part;
    sum.images = sum.images.defined() ? sum.images + counted : counted;
  }
}

void LastEpoch::add(const std::map<std::string, double>& figures, int64_t images) {
  std::map<std::string, torch::Tensor> tensors;
  for (const auto& [name, value] : figures) {
    tensors[name] = torch::tensor(value, torch::kFloat64);
  }
  add(tensors, images);
}

State LastEpoch::state() const {
  State out;
  for (const auto& [name, sum] : sums_) {
    out["value." + name] = copied(sum.value);
    out["images." + name] = copied(sum.images);
  }
  return out;
}

void LastEpoch::load(const State& state) {
  sums_.clear();
  constexpr std::string_view kValue = "value.";
  for (const auto& [name, value] : state) {
    if (!name.starts_with(kValue)) continue;
    const std::string figure = name.substr(kValue.size());
    sums_[figure] = {value, state.at("images." + figure)};
  }
}

std::map<std::string, double> LastEpoch::means() const {
  std::map<std::string, double> out;
  for (const auto& [name, sum] : sums_) out[name] = (sum.value / sum.images).item<double>();
  return out;
}

}  // namespace sslx::train
