// The images of one part of a data set as tensors: pixels that lie in memory, or files that are
// decoded when they are asked for. Reading is safe from many threads at once.
#pragma once

#include <sslx/augmentation.h>

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "host/data/dataset.h"

namespace sslx::data {

class Images {
 public:
  Images() = default;
  /// [N, C, H, W] uint8 on the CPU; throws Error(kInput) when it is not that.
  explicit Images(torch::Tensor pixels);
  /// The set's own bytes, kept alive: nobody may write into them, and of a mapped pack nobody can.
  explicit Images(const ImageSet& set);

  int64_t size() const;
  /// Of every image that pick() and range() return.
  ImageShape shape() const { return shape_; }

  /// uint8 [n, C, H, W]; from memory not copied when that can be avoided. Files are decoded
  /// on all cores; throws Error(kInput) naming one that cannot be.
  torch::Tensor pick(std::span<const int64_t> indices) const;
  torch::Tensor range(int64_t begin, int64_t end) const;

  /// Only those with these places, in this order.
  Images subset(const torch::Tensor& rows) const;

  /// The files, when views are to decode their own parts of them; null when the pixels are there.
  const EncodedImages* encoded() const { return encoded_.get(); }
  /// The file's number of image `index`.
  int64_t file(int64_t index) const { return rows_ ? (*rows_)[static_cast<size_t>(index)] : index; }

 private:
  ImageShape shape_;
  torch::Tensor pixels_;
  std::shared_ptr<const EncodedImages> encoded_;
  std::optional<std::vector<int64_t>> rows_;  ///< Of a subset of files.
};

/// Planar bytes as a tensor [1, C, H, W] that owns them.
torch::Tensor as_tensor(Image image);

}  // namespace sslx::data
