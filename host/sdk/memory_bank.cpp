#include <sslx/draws.h>
#include <sslx/error.h>
#include <sslx/memory_bank.h>
#include <sslx/precision.h>

#include <cmath>

namespace sslx {

using torch::Tensor;

MemoryBankOptions memory_bank_options(const MethodContext& context) {
  const Parameters& p = context.parameters;
  MemoryBankOptions out;
  out.images = context.dataset_size;
  out.width = p.integer("output_width");
  out.temperature = p.real("temperature");
  out.momentum = p.real("bank_momentum");
  out.softmax = p.choice("form") == "softmax";
  out.negatives = p.integer("negatives");
  return out;
}

MemoryBankImpl::MemoryBankImpl(const MemoryBankOptions& options, torch::Generator generator)
    : options_(options) {
  if (!options.softmax && options.negatives < 1) {
    throw input_error("noise-contrastive estimation needs at least one negative");
  }
  const double bound = 1 / std::sqrt(static_cast<double>(options.width) / 3);
  const Tensor uniform = torch::rand({options.images, options.width}, generator);
  rows_ = register_buffer("rows", (2 * uniform - 1) * bound);
  normaliser_ = register_buffer("normaliser", torch::zeros({}));
  seed_ = Kept<int64_t>(register_buffer("seed", drawn_seed(generator)));
  draws_ = Kept<int64_t>(register_buffer("draws", torch::zeros({}, torch::kInt64)));
}

MemoryBankImpl::~MemoryBankImpl() = default;

ContrastiveLoss MemoryBankImpl::score(const Tensor& features, const Tensor& indices) {
  if (options_.negatives > 0) return score_drawn(unit_rows(features), indices);
  return softmax_over(unit_rows(features), rows_, indices, options_.temperature);
}

double MemoryBankImpl::chance() const {
  const auto drawn = static_cast<double>(options_.negatives);
  if (!options_.softmax) return std::log(drawn + 1) + drawn * std::log1p(1 / drawn);
  const double candidates = drawn > 0 ? drawn + 1 : static_cast<double>(options_.images);
  return std::log(candidates);
}

ContrastiveLoss MemoryBankImpl::score_drawn(const Tensor& f, const Tensor& indices) {
  const Tensor logits = similarities_to(f, draw(indices));
  if (options_.softmax) return first_of(logits);
  return noise_contrastive(logits, fixed_normaliser(logits), options_.images);
}

// A product with all rows costs a twentieth of copying as many of them, image by image.
Tensor MemoryBankImpl::similarities_to(const Tensor& f, const Tensor& candidates) const {
  if (options_.images <= 16 * candidates.size(1)) {
    return similarities(f, rows_, options_.temperature).gather(1, candidates);
  }
  const Tensor drawn =
      rows_.index_select(0, candidates.flatten()).view({f.size(0), -1, options_.width});
  return similarities(f, drawn, options_.temperature);
}

/// Those of anchors first to first + count - 1 of the batch of all processes.
Tensor MemoryBankImpl::next_negatives(int64_t first, int64_t count) {
  const int64_t each = options_.negatives;
  const Tensor out = drawn_below(options_.images, first * each, count * each, seed_, draws_.value(),
                                 rows_.device());
  draws_.add(1);
  return out.view({count, each});
}

Tensor MemoryBankImpl::draw_for_all() {
  const torch::NoGradGuard guard;
  return next_negatives(0, 1)[0];
}

Tensor MemoryBankImpl::draw(const Tensor& indices) {
  const torch::NoGradGuard guard;
  const int64_t own = indices.size(0);
  return torch::cat({indices.unsqueeze(1), next_negatives(own * group_->rank(), own)}, 1);
}

// torch::where and not a branch: a GPU need not be waited for.
Tensor MemoryBankImpl::fixed_normaliser(const Tensor& logits) {
  const torch::NoGradGuard guard;
  const Tensor mean = group_->sum(logits.exp().mean()) / group_->size();
  const Tensor estimate = mean * static_cast<double>(options_.images);
  const Tensor known =
      torch::where(normaliser_ > 0, normaliser_.to(logits.scalar_type()), estimate);
  if (is_training()) normaliser_.copy_(known);
  return known;
}

Tensor MemoryBankImpl::proximal(const Tensor& features, const Tensor& indices) const {
  const Tensor f = unit_rows(features);
  return (f - rows_.index_select(0, indices).to(f.scalar_type())).square().sum(1).mean();
}

void MemoryBankImpl::update(const Tensor& features, const Tensor& indices) {
  const torch::NoGradGuard guard;
  const Tensor old = rows_.index_select(0, indices);
  const Tensor seen = unit_rows(features).to(old.scalar_type());
  rows_.index_copy_(0, indices,
                    unit_rows(options_.momentum * old + (1 - options_.momentum) * seen));
}

void BankUpdates::see(const Tensor& features, const Tensor& indices) {
  seen_.push_back({features.detach(), indices});
}

void BankUpdates::give(MemoryBank& bank, Group& group) {
  const torch::NoGradGuard guard;
  for (const Seen& seen : seen_)
    bank->update(group.gather(seen.features), group.gather(seen.indices));
  seen_.clear();
}

}  // namespace sslx
