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
  /// on all cores; one that cannot be is replaced as readable() does.
  torch::Tensor pick(std::span<const int64_t> indices) const;
  torch::Tensor range(int64_t begin, int64_t end) const;

  /// Only those with these places, in this order.
  Images subset(const torch::Tensor& rows) const;

  /// The files, when views are to decode their own parts of them; null when the pixels are there.
  const EncodedImages* encoded() const { return encoded_.get(); }
  /// The file's number of image `index`.
  int64_t file(int64_t index) const { return rows_ ? (*rows_)[static_cast<size_t>(index)] : index; }

  /// Calls `decode(file)`, which returns why the file cannot be decoded or "", with the file of
  /// image `index`, and while it cannot with that of the next image of its class, in order and from
  /// the end to the first: which one is taken depends on the files alone. Each that cannot is
  /// counted; throws DataError when that is one too many, or no image of the class is left.
  template <typename Decode>
  void readable(int64_t index, Decode decode) const {
    for (int64_t shown = index;;) {
      const std::string why = decode(file(shown));
      if (why.empty()) return;
      encoded_->damaged(file(shown), why);
      shown = next_of_class(shown);
      if (shown == index) encoded_->refuse(file(index), why);
    }
  }

  /// Where the images are that stand for themselves: int64 [n], all but those that readable() found
  /// damaged. After all were picked that is a matter of the files alone.
  torch::Tensor intact() const;

 private:
  int64_t next_of_class(int64_t index) const;

  ImageShape shape_;
  torch::Tensor pixels_;
  std::shared_ptr<const EncodedImages> encoded_;
  std::optional<std::vector<int64_t>> rows_;  ///< Of a subset of files.
};

/// Planar bytes as a tensor [1, C, H, W] that owns them.
torch::Tensor as_tensor(Image image);

}  // namespace sslx::data
