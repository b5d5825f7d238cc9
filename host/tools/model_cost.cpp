#include "host/tools/model_cost.h"

#include <ATen/record_function.h>
#include <fmt/format.h>
#include <unistd.h>

#include <string_view>

#include "host/tools/foreseen.h"
#include "host/trial/components.h"

namespace sslx::train {
namespace {

/// The count of this thread's model_cost(), where the callbacks find it.
struct Count : c10::DebugInfoBase {
  int64_t multiply_adds = 0;
};
/// Every backbone here takes it, and a transformer of small patches is through it at once: at 224
/// and 448 pixels attention alone would take a slow machine a minute.
constexpr int64_t kSmallImage = 64;
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
  auto* count = static_cast<Count*>(c10::ThreadLocalDebugInfo::get(kPlace));
  count->multiply_adds += cost->whole;
  if (cost->per_output == 0) return;
  count->multiply_adds += cost->per_output * operation.outputs().at(0).toTensor().numel();
}

/// Watches this thread's operations for as long as it lives.
class Watch {
 public:
  Watch()
      : handle_(
            at::addThreadLocalCallback(at::RecordFunctionCallback(begin_operation, end_operation)
                                           .needsInputs(true)
                                           .needsOutputs(true)
                                           .scopes({at::RecordScope::FUNCTION}))) {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() { at::removeCallback(handle_); }

 private:
  at::CallbackHandle handle_;
};

/// "23.51 M"
std::string shown(int64_t count) {
  const auto value = static_cast<double>(count);
  if (value >= 1e9) return fmt::format("{:.2f} G", value / 1e9);
  if (value >= 1e6) return fmt::format("{:.2f} M", value / 1e6);
  return fmt::format("{:.2f} k", value / 1e3);
}

/// One that takes no smaller images says nothing of larger ones, whose own bytes still count.
void check_size(Backbone& backbone, int64_t channels, int64_t size, double seconds) {
  const torch::NoGradGuard guard;
  const std::string what = fmt::format("the activations for {} x {} x {}", channels, size, size);
  const char* const hint = "--image-size or --channels must be smaller";
  const double image = 4.0 * static_cast<double>(channels * size) * static_cast<double>(size);
  check_cost({0, image}, what, 0, hint);
  backbone.eval();
  Cost cost;
  try {
    cost = foreseen(kSmallImage, size, [&](int64_t side) {
      backbone.forward(torch::zeros({1, channels, side, side}));
    });
  } catch (const std::exception&) {
    return;
  }
  check_cost(cost, what, seconds, hint);
}

}  // namespace

ModelCost model_cost(Backbone& backbone, int64_t channels, int64_t size) {
  const torch::NoGradGuard guard;
  ModelCost out;
  for (const torch::Tensor& parameter : backbone.parameters()) out.parameters += parameter.numel();
  const bool was_training = backbone.is_training();
  backbone.eval();
  const auto count = std::make_shared<Count>();
  {
    const c10::DebugInfoGuard place(kPlace, count);
    const Watch watch;
    backbone.forward(torch::zeros({1, channels, size, size}));
  }
  backbone.train(was_training);
  out.multiply_adds = count->multiply_adds;
  out.features = backbone.feature_dim();
  return out;
}

void describe_backbone(const nlohmann::json& request) {
  ::alarm(request.at("seconds").get<unsigned>());
  const TrialRequest asked = read_request(request);
  Components components(asked);
  const auto channels = request.at("channels").get<int64_t>();
  const auto size = request.at("image_size").get<int64_t>();
  components.set_image_size(size, size);
  const std::shared_ptr<Backbone> backbone = components.backbone(channels);
  check_size(*backbone, channels, size, request.at("seconds").get<double>());
  const ModelCost cost =
      guarded("this backbone", [&] { return model_cost(*backbone, channels, size); });
  fmt::print(
      "\n  parameters     {}\n  multiply-adds  {} for an image of {} x {} x {}\n"
      "  features       {}\n",
      shown(cost.parameters), shown(cost.multiply_adds), channels, size, size, cost.features);
}

}  // namespace sslx::train
