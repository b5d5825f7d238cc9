// The jigsaw branch's head (Misra and van der Maaten 2020, PIRL, arXiv:1912.01991, section 3.1, as
// InfoMin's code has it): each piece's features through one network, an image's pieces in a random
// order, one after the other, through a linear layer. So the image is recognised from its pieces.
#pragma once

#include <sslx/draws.h>
#include <sslx/group.h>
#include <sslx/modules.h>
#include <sslx/random.h>
#include <sslx/torch_base.h>

#include <utility>

namespace sslx {

/// Its modules are `piece` and `image`; the place in its stream of random orders are buffers.
class JigsawHeadImpl : public torch::nn::Module, public SharesBatch {
 public:
  /// `piece` is the head of one piece; `pieces` of them make an image.
  JigsawHeadImpl(const MlpOptions& piece, int64_t pieces, const torch::Generator& generator)
      : pieces_(pieces),
        piece_(register_module("piece", mlp(piece))),
        image_(register_module("image", torch::nn::Linear(pieces * piece.output, piece.output))),
        seed_(register_buffer("seed", drawn_seed(generator))),
        draws_(register_buffer("draws", torch::zeros({}, torch::kInt64))) {}

  /// Whose batches it sees a share of: an image's order depends on its place in the whole batch.
  void share(std::shared_ptr<Group> group) override { group_ = std::move(group); }

  /// Features [N * pieces, D], an image's pieces one after the other, to [N, output]. The next call
  /// in training takes other orders.
  torch::Tensor forward(const torch::Tensor& features) {
    const torch::Tensor rows = piece_->forward(features);
    const torch::Tensor order = orders(rows.size(0) / pieces_).to(rows.device());
    return image_->forward(rows.index_select(0, order).unflatten(0, {-1, pieces_}).flatten(1));
  }

 private:
  /// The places of all pieces, each image's shuffled among themselves.
  torch::Tensor orders(int64_t images) {
    const torch::NoGradGuard guard;
    torch::Tensor out = torch::arange(images * pieces_);
    auto* row = out.mutable_data_ptr<int64_t>();
    const auto draw = static_cast<uint32_t>(draws_.value());
    for (int64_t n = 0; n < images; ++n, row += pieces_) {
      const auto image = static_cast<uint32_t>(group_->rank() * images + n);
      RandomStream random(static_cast<uint64_t>(seed_.value()), {draw, image, 0, 0});
      for (int64_t i = pieces_ - 1; i > 0; --i) {
        std::swap(row[i], row[random.below(static_cast<uint32_t>(i + 1))]);
      }
    }
    if (is_training()) draws_.add(1);
    return out;
  }

  int64_t pieces_;
  torch::nn::Sequential piece_;
  torch::nn::Linear image_;
  Kept<int64_t> seed_;
  Kept<int64_t> draws_;
  std::shared_ptr<Group> group_ = std::make_shared<Group>();
};
TORCH_MODULE(JigsawHead);

}  // namespace sslx
