#include <sslx/error.h>
#include <sslx/losses.h>
#include <sslx/multi_crop.h>
#include <sslx/precision.h>

#include <utility>

namespace sslx {
namespace {

using torch::Tensor;

/// As many parts as views went in together.
Tensors parts(const Tensor& rows, size_t count) {
  if (!rows.defined()) return Tensors(count);
  return count == 1 ? Tensors{rows} : rows.chunk(static_cast<int64_t>(count));
}

/// A scalar whose gradient is known beforehand: backward() multiplies.
class Known : public torch::autograd::Function<Known> {
 public:
  // What is no Tensor or TensorList is no variable: the gradients are one argument without one.
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& value,
                        const Tensors& gradients, at::TensorList /*parameters*/) {
    context->save_for_backward(gradients);
    return value.clone();
  }
  static Tensors backward(torch::autograd::AutogradContext* context, const Tensors& outer) {
    Tensors out(2);
    for (const Tensor& gradient : context->get_saved_variables()) {
      out.push_back(gradient * outer[0]);
    }
    return out;
  }
};

/// Sums of gradients, of those parameters that have one.
class Gradients {
 public:
  explicit Gradients(const torch::nn::Module& module)
      : parameters_(trainable_parameters(module)), sums_(parameters_.size()) {}

  /// Takes `value`'s graph apart. The backward pass of a float32 loss must not meet autocast.
  void add(const Tensor& value) {
    const FullPrecision guard(value.device().type());
    const Tensors more = torch::autograd::grad({value}, parameters_, {}, false, false, true);
    for (size_t i = 0; i < more.size(); ++i) {
      if (more[i].defined()) sums_[i] = sums_[i].defined() ? sums_[i] + more[i] : more[i];
    }
  }

  Tensor attached_to(const Tensor& value) const {
    Tensors parameters, sums;
    for (size_t i = 0; i < sums_.size(); ++i) {
      if (!sums_[i].defined()) continue;
      parameters.push_back(parameters_[i]);
      sums.push_back(sums_[i]);
    }
    return Known::apply(value, sums, at::TensorList(parameters));
  }

 private:
  Tensors parameters_;
  Tensors sums_;
};

}  // namespace

std::vector<Encoded> encode_views(std::span<const Tensor> views, Passes passes,
                                  const std::function<Encoded(const Tensor&)>& encode) {
  std::vector<Encoded> out;
  while (!views.empty()) {
    size_t count = 1;
    while (passes == Passes::kEachSize && count < views.size() &&
           views[count].sizes() == views[0].sizes()) {
      ++count;
    }
    const Tensors together(views.begin(), views.begin() + static_cast<std::ptrdiff_t>(count));
    const Encoded made = encode(count == 1 ? together[0] : torch::cat(together));
    const Tensors z = parts(made.z, count);
    const Tensors p = made.p.is_same(made.z) ? z : parts(made.p, count);
    for (size_t i = 0; i < count; ++i) out.push_back({z[i], p[i]});
    views = views.subspan(count);
  }
  return out;
}

Tensors target_outputs(Encoder& target, std::span<const Tensor> views) {
  const torch::NoGradGuard guard;
  Tensors out;
  for (const Tensor& images : views) out.push_back(target->forward(images));
  return out;
}

PairMethod::PairMethod(const MethodContext& context, const Options& options)
    : local_views_(context.local_views), options_(options) {}

PairMethod::~PairMethod() = default;

void PairMethod::take_views_in_turn() {
  if (!options_.stop_gradient) {
    throw input_error(
        "its targets have a gradient, so that all views must be there at once; "
        "train.views_in_turn must be left out");
  }
  in_turn_ = true;
}

Tensors PairMethod::targets(Views, std::span<const Encoded> seen) {
  Tensors out;
  for (const Encoded& view : seen) out.push_back(view.z);
  return out;
}

std::map<std::string, Tensor> PairMethod::spread(const Encoded& view) {
  return {{"output_deviation", output_deviation(view.z)}, {"output_rank", output_rank(view.z)}};
}

Tensors PairMethod::fixed_targets(Views globals, std::span<const Encoded> seen) {
  Tensors out = targets(globals, seen);
  if (!options_.stop_gradient) return out;
  for (Tensor& target : out) target = target.detach();
  return out;
}

std::vector<Encoded> PairMethod::encode(Views views) {
  return encode_views(views, options_.passes,
                      [this](const Tensor& images) { return student(images); });
}

/// The part of the mean over all pairs that `seen`, the views from `first` on, have.
Loss PairMethod::mean_over_pairs(std::span<const Encoded> seen, size_t first, size_t views,
                                 const Tensors& targets) {
  const size_t globals = targets.size();
  Loss out;
  for (size_t v = first; v < first + seen.size(); ++v) {
    for (size_t i = 0; i < globals; ++i) {
      const bool again = options_.symmetric && v < globals && v > i;
      if (v == i || again) continue;
      Loss more = pair(seen[v - first], targets[i]);
      if (out.value.defined()) {
        out.value = out.value + more.value;
      } else {
        out = std::move(more);
      }
    }
  }
  const size_t among_globals = globals * (globals - 1) / (options_.symmetric ? 2 : 1);
  out.value = out.value / static_cast<double>(among_globals + globals * (views - globals));
  return out;
}

Loss PairMethod::loss(const Batch& batch) {
  const Views views(batch.views);
  const size_t globals = views.size() - static_cast<size_t>(batch.local_views);
  if (in_turn_) return loss_in_turn(views, globals);
  const std::vector<Encoded> seen = encode(views);
  const Tensors aims = fixed_targets(views.first(globals), std::span(seen).first(globals));
  Loss out = mean_over_pairs(seen, 0, views.size(), aims);
  out.diagnostics.merge(spread(seen[0]));
  return out;
}

Loss PairMethod::loss_in_turn(Views views, size_t globals) {
  Gradients gradients(*this);
  Tensors aims;
  if (options_.own_teacher) aims = fixed_targets(views.first(globals), {});
  Loss out;
  size_t first = 0;
  for (const Views& turn : turns(views, globals)) {
    const std::vector<Encoded> seen = encode(turn);
    if (aims.empty()) aims = fixed_targets(turn, seen);
    Loss part = mean_over_pairs(seen, first, views.size(), aims);
    gradients.add(part.value);
    part.value = part.value.detach();
    if (first == 0) {
      out = std::move(part);
      out.diagnostics.merge(spread(seen[0]));
    } else {
      out.value = out.value + part.value;
    }
    first += turn.size();
  }
  out.value = gradients.attached_to(out.value);
  return out;
}

std::vector<PairMethod::Views> PairMethod::turns(Views views, size_t globals) const {
  const bool each = options_.passes == Passes::kEachView;
  std::vector<Views> out;
  if (!each || !options_.own_teacher) {
    out.push_back(views.first(globals));
    views = views.subspan(globals);
  }
  while (!views.empty()) {
    const size_t count = each ? 1 : views.size();
    out.push_back(views.first(count));
    views = views.subspan(count);
  }
  return out;
}

}  // namespace sslx
