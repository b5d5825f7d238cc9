#include "host/train/multiply_adds.h"

#include <c10/util/ThreadLocalDebugInfo.h>
#include <sslx/torch_base.h>

#include <string_view>

namespace sslx::train {

/// Where the callbacks find them.
struct CountedMultiplyAdds : c10::DebugInfoBase {
  int64_t forward = 0;
  int64_t of_training = 0;
};

namespace {

constexpr auto kPlace = c10::DebugInfoKind::TEST_INFO;

/// What the inputs of one operation say of its cost.
struct OperationCost : at::ObserverContext {
  OperationCost(int64_t whole, int64_t per_output) : whole(whole), per_output(per_output) {}
  int64_t whole;
  int64_t per_output;  ///< Multiply-adds of each number of the output.
};

int64_t per_row(const torch::Tensor& weight) { return weight.numel() / weight.size(0); }

/// Only operations that contain no other of this list, so that nothing is counted twice.
std::unique_ptr<at::ObserverContext> begin_operation(const at::RecordFunction& operation) {
  const std::string_view name = operation.name();
  const auto tensor = [&](size_t i) { return operation.inputs()[i].toTensor(); };
  if (name == "aten::convolution") {
    const bool transposed = operation.inputs()[6].toBool();
    const int64_t each = per_row(tensor(1));
    return std::make_unique<OperationCost>(transposed ? tensor(0).numel() * each : 0,
                                           transposed ? 0 : each);
  }
  if (name == "aten::mm" || name == "aten::bmm") {
    return std::make_unique<OperationCost>(0, tensor(0).size(-1));
  }
  if (name == "aten::addmm" || name == "aten::baddbmm") {
    return std::make_unique<OperationCost>(0, tensor(1).size(-1));
  }
  // Queries times keys, then weights times values; the CPU's kernel hides both products.
  if (name == "aten::_scaled_dot_product_flash_attention_for_cpu") {
    const int64_t keys = tensor(1).size(-2);
    const int64_t rows = tensor(0).numel() / tensor(0).size(-1);
    return std::make_unique<OperationCost>(rows * keys * (tensor(0).size(-1) + tensor(2).size(-1)),
                                           0);
  }
  return nullptr;
}

void end_operation(const at::RecordFunction& operation, at::ObserverContext* context) {
  if (context == nullptr) return;
  const auto* cost = static_cast<const OperationCost*>(context);
  auto* count = static_cast<CountedMultiplyAdds*>(c10::ThreadLocalDebugInfo::get(kPlace));
  int64_t here = cost->whole;
  if (cost->per_output != 0) {
    here += cost->per_output * operation.outputs().at(0).toTensor().numel();
  }
  count->forward += here;
  count->of_training += at::GradMode::is_enabled() ? 3 * here : here;
}

}  // namespace

struct MultiplyAdds::Watch {
  std::shared_ptr<CountedMultiplyAdds> count = std::make_shared<CountedMultiplyAdds>();
  c10::DebugInfoGuard place{kPlace, count};
  at::CallbackHandle handle =
      at::addThreadLocalCallback(at::RecordFunctionCallback(begin_operation, end_operation)
                                     .needsInputs(true)
                                     .needsOutputs(true)
                                     .scopes({at::RecordScope::FUNCTION}));
};

MultiplyAdds::MultiplyAdds() : watch_(std::make_unique<Watch>()) {}
MultiplyAdds::~MultiplyAdds() { at::removeCallback(watch_->handle); }
int64_t MultiplyAdds::forward() const { return watch_->count->forward; }
int64_t MultiplyAdds::of_training() const { return watch_->count->of_training; }

}  // namespace sslx::train
