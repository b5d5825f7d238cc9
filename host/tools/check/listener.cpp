#include "host/tools/check/listener.h"

#include <string_view>

namespace sslx::check {
namespace {

constexpr auto kPlace = c10::DebugInfoKind::TEST_INFO_2;

Listener& listener() { return *static_cast<Listener*>(c10::ThreadLocalDebugInfo::get(kPlace)); }

std::unique_ptr<at::ObserverContext> begin_operation(const at::RecordFunction& operation) {
  const at::DisableRecordFunctionGuard own_work;
  listener().before(operation);
  return nullptr;
}

void end_operation(const at::RecordFunction& operation, at::ObserverContext*) {
  const at::DisableRecordFunctionGuard own_work;
  listener().after(operation);
}

}  // namespace

Listening::Listening(std::shared_ptr<Listener> listener)
    : place_(kPlace, std::move(listener)),
      handle_(at::addThreadLocalCallback(at::RecordFunctionCallback(begin_operation, end_operation)
                                             .needsInputs(true)
                                             .needsOutputs(true)
                                             .scopes({at::RecordScope::FUNCTION}))) {}

Listening::~Listening() { at::removeCallback(handle_); }

std::vector<torch::Tensor> tensors_in(std::span<const c10::IValue> values) {
  std::vector<torch::Tensor> out;
  const auto add = [&](const torch::Tensor& tensor) {
    if (tensor.defined()) out.push_back(tensor);
  };
  for (const c10::IValue& value : values) {
    if (value.isTensor()) add(value.toTensor());
    if (value.isTensorList()) {
      for (const torch::Tensor& tensor : value.toTensorVector()) add(tensor);
    }
  }
  return out;
}

std::string short_name(const at::RecordFunction& operation) {
  const std::string_view name = operation.name();
  const size_t colon = name.rfind(':');
  return std::string(colon == std::string_view::npos ? name : name.substr(colon + 1));
}

}  // namespace sslx::check
