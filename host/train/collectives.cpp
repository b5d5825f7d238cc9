#include "host/train/collectives.h"

#include <ATen/core/ivalue.h>

#include <utility>

namespace sslx::train {
namespace {

using Context = torch::autograd::AutogradContext;
using torch::Tensor;

/// Held by the graph for as long as a backward pass may come.
struct Exchange : torch::CustomClassHolder {
  explicit Exchange(std::shared_ptr<Collectives> end) : end(std::move(end)) {}
  std::shared_ptr<Collectives> end;
};

using Held = c10::intrusive_ptr<Exchange>;

void keep(Context* context, const Held& exchange) {
  context->saved_data["exchange"] = torch::IValue::make_capsule(exchange);
}

Collectives& kept(Context* context) {
  return *c10::static_intrusive_pointer_cast<Exchange>(context->saved_data["exchange"].toCapsule())
              ->end;
}

class GatherRows : public torch::autograd::Function<GatherRows> {
 public:
  static Tensor forward(Context* context, const Tensor& rows, const Held& exchange) {
    keep(context, exchange);
    return torch::cat(exchange->end->exchange(rows));
  }
  static std::vector<Tensor> backward(Context* context, const std::vector<Tensor>& outer) {
    return {kept(context).of_gathered(outer[0]), {}};
  }
};

class SumValues : public torch::autograd::Function<SumValues> {
 public:
  static Tensor forward(Context* context, const Tensor& values, const Held& exchange) {
    keep(context, exchange);
    return exchange->end->sum(values);
  }
  static std::vector<Tensor> backward(Context* context, const std::vector<Tensor>& outer) {
    return {kept(context).sum(outer[0]), {}};
  }
};

class ExchangingGroup : public Group {
 public:
  explicit ExchangingGroup(std::shared_ptr<Collectives> end)
      : exchange_(c10::make_intrusive<Exchange>(std::move(end))) {}
  int64_t rank() const override { return exchange_->end->rank(); }
  int64_t size() const override { return exchange_->end->size(); }
  Tensor gather(const Tensor& rows) override { return GatherRows::apply(rows, exchange_); }
  Tensor sum(const Tensor& values) override { return SumValues::apply(values, exchange_); }

 private:
  Held exchange_;
};

}  // namespace

Tensor Collectives::of_gathered(const Tensor& outer) {
  return sum(outer).chunk(size())[static_cast<size_t>(rank())];
}

std::shared_ptr<Group> group_of(std::shared_ptr<Collectives> collectives) {
  return std::make_shared<ExchangingGroup>(std::move(collectives));
}

}  // namespace sslx::train
