// A memory bank: one feature an image of the training set, kept from the last time that it was seen
// (Wu et al. 2018, InstDisc, arXiv:1805.01978, section 3.2). Its rows, the constant Z and the place
// in its stream of random numbers are buffers, so that a saved module goes on where it was.
#pragma once

#include <sslx/detail/export.h>
#include <sslx/kept.h>
#include <sslx/losses.h>
#include <sslx/method.h>
#include <sslx/torch_base.h>

#include <vector>

namespace sslx {

struct MemoryBankOptions {
  int64_t images = 0;  ///< n, of the training set.
  int64_t width = 0;   ///< D of the features.
  double temperature = 0.07;
  double momentum = 0.5;  ///< Of a row when its image is seen; 0 replaces it.
  bool softmax = false;   ///< Cross-entropy over the candidates (eq. 2), else NCE (eq. 5 to 8).
  int64_t negatives = 0;  ///< M drawn from all images with replacement; 0 takes all images
                          ///< (softmax only).
};

/// The options of a method whose parameters are named as InstDisc's: output_width, temperature,
/// bank_momentum, form (nce|softmax) and negatives; `images` is the data set's size.
SSLX_API MemoryBankOptions memory_bank_options(const MethodContext& context);

class SSLX_API MemoryBankImpl : public torch::nn::Module, public SharesBatch {
 public:
  /// Rows begin uniform within +-1/sqrt(D/3), of a length about 1, as the authors' do. The draws of
  /// `generator` decide them and all later negatives. Throws Error(kInput) for NCE without
  /// negatives.
  MemoryBankImpl(const MemoryBankOptions& options, torch::Generator generator);
  ~MemoryBankImpl() override;

  /// The loss of features [B, D] (normalised here) of the images `indices` [B] against the bank as
  /// it is. No gradient into the bank. For NCE the first batch in training fixes Z to n times the
  /// mean of exp(v.f / tau) (section 3.2).
  ContrastiveLoss score(const torch::Tensor& features, const torch::Tensor& indices);

  /// What score() is on average while all candidates look the same, for Loss::chance: ln of their
  /// number, or of NCE that every probability is 1/n (losses.h, noise_contrastive).
  double chance() const;

  /// Whose batches it scores: the negatives of all are drawn together, so that the images of a
  /// batch have the same in several processes as in one.
  void share(std::shared_ptr<Group> group) override { group_ = std::move(group); }

  /// The candidates of each anchor, [B, 1+M] int64: its own image, then M drawn ones, among which
  /// it may be again. The next call draws others.
  torch::Tensor draw(const torch::Tensor& indices);

  /// The candidates of a whole batch, [M] int64: drawn as draw() would for one image, and the same
  /// in every process.
  torch::Tensor draw_for_all();

  /// Mean squared distance of the unit features to their images' rows: the proximal term of
  /// InstDisc (eq. 10).
  torch::Tensor proximal(const torch::Tensor& features, const torch::Tensor& indices) const;

  /// row <- n(momentum row + (1 - momentum) n(feature)), of these images only; to be called after
  /// the backward pass. An image that is twice in `indices` gets one of its two updates.
  void update(const torch::Tensor& features, const torch::Tensor& indices);

 private:
  torch::Tensor next_negatives(int64_t first, int64_t count);
  ContrastiveLoss score_drawn(const torch::Tensor& features, const torch::Tensor& indices);
  torch::Tensor similarities_to(const torch::Tensor& f, const torch::Tensor& candidates) const;
  torch::Tensor fixed_normaliser(const torch::Tensor& logits);

  MemoryBankOptions options_;
  torch::Tensor rows_;        ///< `rows`, [n, D].
  torch::Tensor normaliser_;  ///< `normaliser`, []: Z; 0 before it is known.
  Kept<int64_t> seed_;        ///< `seed`, [] int64.
  Kept<int64_t> draws_;       ///< `draws`, [] int64: how often negatives were drawn.
  std::shared_ptr<Group> group_ = std::make_shared<Group>();
};
TORCH_MODULE(MemoryBank);

/// What the losses of a step have scored, until the bank has it: the rows that were scored must
/// stay as they are until the optimiser is done, and a step may have several batches.
class SSLX_API BankUpdates {
 public:
  /// For loss(), in training: features [B, D] of the images `indices` [B].
  void see(const torch::Tensor& features, const torch::Tensor& indices);

  /// For after_step(): the bank's update with what was seen since the last step, of all processes.
  void give(MemoryBank& bank, Group& group);

 private:
  struct Seen {
    torch::Tensor features;
    torch::Tensor indices;
  };
  std::vector<Seen> seen_;
};

}  // namespace sslx
