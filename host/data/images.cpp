#include "host/data/images.h"

#include <sslx/error.h>

#include <cstring>
#include <numeric>

#include "host/data/parallel.h"

namespace sslx::data {

torch::Tensor as_tensor(Image image) {
  const std::vector<int64_t> sizes{1, image.channels, image.height, image.width};
  const auto bytes = std::make_shared<std::vector<uint8_t>>(std::move(image.pixels));
  return torch::from_blob(
      bytes->data(), sizes, [bytes](void*) {}, torch::kUInt8);
}

Images::Images(torch::Tensor pixels) : pixels_(std::move(pixels)) {
  if (pixels_.dim() != 4 || pixels_.scalar_type() != torch::kUInt8 || !pixels_.device().is_cpu()) {
    throw input_error("images must be uint8 [N, C, H, W] on the CPU");
  }
  pixels_ = pixels_.contiguous();
  shape_ = {pixels_.size(1), pixels_.size(2), pixels_.size(3)};
}

Images::Images(const ImageSet& set)
    : shape_{set.channels, set.height, set.width}, encoded_(set.encoded) {
  if (encoded_) return;
  pixels_ = torch::from_blob(
      const_cast<uint8_t*>(set.pixels.data()), {set.size(), set.channels, set.height, set.width},
      [owner = set.pixels.owner()](void*) {}, torch::kUInt8);
}

int64_t Images::size() const {
  if (pixels_.defined()) return pixels_.size(0);
  if (rows_) return static_cast<int64_t>(rows_->size());
  return encoded_ ? encoded_->size() : 0;
}

torch::Tensor Images::pick(std::span<const int64_t> indices) const {
  const auto count = static_cast<int64_t>(indices.size());
  if (!encoded_ && count == 1) return pixels_.narrow(0, indices[0], 1);
  torch::Tensor out =
      torch::empty({count, shape_.channels, shape_.height, shape_.width}, torch::kUInt8);
  const auto bytes = static_cast<size_t>(out.stride(0));
  auto* const to = out.mutable_data_ptr<uint8_t>();
  if (encoded_) {
    on_all_cores(indices.size(), [&](size_t i) {
      readable(indices[i], [&](int64_t file) {
        const Image image = encoded_->square(file);
        if (image.error.empty()) std::memcpy(to + i * bytes, image.pixels.data(), bytes);
        return image.error;
      });
    });
    return out;
  }
  const auto* from = pixels_.const_data_ptr<uint8_t>();
  for (size_t i = 0; i < indices.size(); ++i) {
    std::memcpy(to + i * bytes, from + static_cast<size_t>(indices[i]) * bytes, bytes);
  }
  return out;
}

torch::Tensor Images::range(int64_t begin, int64_t end) const {
  if (!encoded_) return pixels_.slice(0, begin, end);
  std::vector<int64_t> indices(static_cast<size_t>(end - begin));
  std::iota(indices.begin(), indices.end(), begin);
  return pick(indices);
}

int64_t Images::next_of_class(int64_t index) const {
  const int64_t label = encoded_->label(file(index));
  int64_t out = index;
  do out = (out + 1) % size();
  while (encoded_->label(file(out)) != label);
  return out;
}

torch::Tensor Images::intact() const {
  if (!encoded_) return torch::arange(size());
  std::vector<int64_t> out;
  for (int64_t i = 0; i < size(); ++i) {
    if (!encoded_->is_damaged(file(i))) out.push_back(i);
  }
  return torch::tensor(out, torch::kInt64);
}

Images Images::subset(const torch::Tensor& rows) const {
  Images out = *this;
  if (!encoded_) {
    out.pixels_ = pixels_.index_select(0, rows);
    return out;
  }
  std::vector<int64_t> files;
  for (int64_t i = 0; i < rows.size(0); ++i) files.push_back(file(rows[i].item<int64_t>()));
  out.rows_ = std::move(files);
  return out;
}

}  // namespace sslx::data
