#include "host/tools/check/kept_tensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <unordered_map>
#include <unordered_set>

#include "host/tools/check/listener.h"
#include "host/train/first_loss.h"

namespace sslx::check {
namespace {

using torch::Tensor;
using Memory = const c10::StorageImpl*;

Memory memory_of(const Tensor& tensor) {
  return tensor.has_storage() ? tensor.storage().unsafeGetStorageImpl() : nullptr;
}

/// The tensors of one step: what it made, and what it read that was there before. They are held, so
/// that no other tensor gets their memory meanwhile.
class StepTensors : public Listener {
 public:
  void before(const at::RecordFunction& operation) override {
    for (const Tensor& tensor : tensors_in(operation.inputs())) {
      const Memory memory = memory_of(tensor);
      if (memory == nullptr || made_.contains(memory) || read_.contains(memory)) continue;
      if (tensor.unsafeGetTensorImpl()->is_wrapped_number()) continue;
      read_.emplace(memory, fmt::format("a tensor of shape [{}] (read by {})",
                                        fmt::join(tensor.sizes(), ", "), short_name(operation)));
      order_.push_back(memory);
      held_.push_back(tensor);
    }
  }
  void after(const at::RecordFunction& operation) override {
    for (const Tensor& tensor : tensors_in(operation.outputs())) {
      const Memory memory = memory_of(tensor);
      if (memory == nullptr || read_.contains(memory) || !made_.insert(memory).second) continue;
      held_.push_back(tensor);
    }
  }

  bool had(Memory memory) const { return made_.contains(memory) || read_.contains(memory); }
  const std::vector<Memory>& order() const { return order_; }
  const std::string& name(Memory memory) const { return read_.at(memory); }

 private:
  std::unordered_set<Memory> made_;
  std::unordered_map<Memory, std::string> read_;
  std::vector<Memory> order_;
  std::vector<Tensor> held_;
};

std::unordered_set<Memory> registered_in(const torch::nn::Module& module) {
  std::unordered_set<Memory> out;
  for (const Tensor& tensor : module.parameters()) out.insert(memory_of(tensor));
  for (const Tensor& tensor : module.buffers()) out.insert(memory_of(tensor));
  return out;
}

}  // namespace

std::string kept_unregistered(const torch::nn::Module& module, const std::function<void()>& first,
                              const std::function<void()>& second) {
  const auto earlier = std::make_shared<StepTensors>();
  {
    const Listening listening(earlier);
    first();
  }
  const auto registered = registered_in(module);
  const auto later = std::make_shared<StepTensors>();
  {
    const Listening listening(later);
    second();
  }
  std::vector<std::string> names;
  for (const Memory memory : later->order()) {
    if (earlier->had(memory) && !registered.contains(memory)) names.push_back(later->name(memory));
  }
  return train::counted(names);
}

}  // namespace sslx::check
