#include "host/data/view_pipeline.h"

#include <sslx/error.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace sslx::data {
namespace {

/// Values of a slice: enough to pay for an operation's call, few enough that they stay in a core's
/// cache from one operation to the next. That is 16 images of 32 pixels, one of 128 or more.
constexpr int64_t kSliceValues = 49152;

/// Stands for the view in the draws of a shared operation; no sweep has as many.
constexpr uint16_t kEveryView = 0xFFFF;

ImageShape shape_of(const torch::Tensor& images) {
  return {images.size(1), images.size(2), images.size(3)};
}

/// The numbers of one operation for some images, one row an image.
torch::Tensor draw(const Augmentation& operation, const ImageShape& shape, uint64_t seed,
                   DrawPlace place, std::span<const int64_t> indices) {
  const int64_t width = operation.parameter_count();
  torch::Tensor out = torch::empty({static_cast<int64_t>(indices.size()), width}, torch::kFloat32);
  float* row = out.mutable_data_ptr<float>();
  for (const int64_t index : indices) {
    if (width == 0) break;
    place.image = static_cast<uint32_t>(index);
    RandomStream random(seed, place);
    operation.sample(random, shape, {row, static_cast<size_t>(width)});
    row += width;
  }
  return out;
}

/// Copies planar images to interleaved channels.
void interleave(const torch::Tensor& from, float* to) {
  const int64_t channels = from.size(1);
  const int64_t pixels = from.size(2) * from.size(3);
  const float* in = from.const_data_ptr<float>();
  for (int64_t image = 0; image < from.size(0); ++image, in += channels * pixels) {
    for (int64_t pixel = 0; pixel < pixels; ++pixel) {
      for (int64_t channel = 0; channel < channels; ++channel) {
        *to++ = in[channel * pixels + pixel];
      }
    }
  }
}

void check(const torch::Tensor& images, const torch::Tensor& labels) {
  if (images.dim() != 4 || images.scalar_type() != torch::kUInt8 || !images.device().is_cpu()) {
    throw input_error("the images of a view pipeline must be uint8 [N, C, H, W] on the CPU");
  }
  if (labels.dim() != 1 || labels.scalar_type() != torch::kInt64 ||
      labels.size(0) != images.size(0)) {
    throw input_error("the labels of a view pipeline must be one int64 an image");
  }
}

}  // namespace

ViewPipeline::ViewPipeline(torch::Tensor images, torch::Tensor labels, std::vector<Recipe> recipes,
                           uint64_t seed, int workers, bool channels_last)
    : images_(images.contiguous()),
      labels_(labels.contiguous()),
      recipes_(std::move(recipes)),
      seed_(seed),
      workers_(workers),
      channels_last_(channels_last) {
  check(images_, labels_);
  int64_t largest = images_.size(0) == 0 ? 1 : images_[0].numel();
  for (const Recipe& recipe : recipes_) {
    ImageShape shape = shape_of(images_);
    for (const Operation& operation : recipe) shape = operation.augmentation->output_shape(shape);
    shapes_.push_back(shape);
    largest = std::max(largest, shape.channels * shape.height * shape.width);
  }
  slice_ = std::clamp<int64_t>(kSliceValues / largest, 1, 16);
}

int64_t ViewPipeline::slice_count(int64_t count) const { return (count + slice_ - 1) / slice_; }

torch::Tensor ViewMemory::take(at::IntArrayRef sizes, torch::MemoryFormat format) {
  for (const torch::Tensor& tensor : handed_out_) {
    const bool free = tensor.use_count() == 1 && tensor.storage().use_count() == 1;
    if (free && tensor.sizes() == sizes && tensor.is_contiguous(format)) return tensor;
  }
  handed_out_.push_back(
      torch::empty(sizes, torch::TensorOptions(torch::kFloat32).memory_format(format)));
  return handed_out_.back();
}

Batch ViewPipeline::allocate(std::span<const int64_t> indices, ViewMemory& memory) const {
  Batch out;
  const auto count = static_cast<int64_t>(indices.size());
  const auto format =
      channels_last_ ? torch::MemoryFormat::ChannelsLast : torch::MemoryFormat::Contiguous;
  for (const ImageShape& shape : shapes_) {
    out.views.push_back(memory.take({count, shape.channels, shape.height, shape.width}, format));
  }
  out.indices = torch::empty({count}, torch::kInt64);
  out.labels = torch::empty({count}, torch::kInt64);
  const int64_t* labels = labels_.const_data_ptr<int64_t>();
  auto* index_out = out.indices.mutable_data_ptr<int64_t>();
  auto* label_out = out.labels.mutable_data_ptr<int64_t>();
  for (const int64_t index : indices) {
    if (index < 0 || index >= size()) {
      throw input_error("image " + std::to_string(index) + " is not one of the " +
                        std::to_string(size()) + " images");
    }
    *index_out++ = index;
    *label_out++ = labels[index];
  }
  return out;
}

torch::Tensor ViewPipeline::gather(std::span<const int64_t> indices) const {
  if (indices.size() == 1) return images_.narrow(0, indices[0], 1);
  const int64_t bytes = images_.stride(0);
  torch::Tensor out = torch::empty(
      {static_cast<int64_t>(indices.size()), images_.size(1), images_.size(2), images_.size(3)},
      torch::kUInt8);
  auto* to = out.mutable_data_ptr<uint8_t>();
  const auto* from = images_.const_data_ptr<uint8_t>();
  for (const int64_t index : indices) {
    std::memcpy(to, from + index * bytes, static_cast<size_t>(bytes));
    to += bytes;
  }
  return out;
}

torch::Tensor ViewPipeline::make_views(size_t view, int64_t epoch,
                                       std::span<const int64_t> indices) const {
  torch::Tensor out = gather(indices);
  uint16_t position = 0;
  for (const Operation& operation : recipes_[view]) {
    const auto drawn_for = operation.shared ? kEveryView : static_cast<uint16_t>(view);
    const DrawPlace place{static_cast<uint32_t>(epoch), 0, drawn_for, position++};
    const torch::Tensor numbers =
        draw(*operation.augmentation, shape_of(out), seed_, place, indices);
    out = operation.augmentation->apply(std::move(out), numbers);
  }
  return to_unit_float(out).contiguous();
}

void ViewPipeline::fill(Batch& batch, int64_t epoch, int64_t slice) const {
  const torch::NoGradGuard guard;
  const int64_t begin = slice * slice_;
  const int64_t count = std::min(slice_, batch.indices.size(0) - begin);
  const std::span indices(batch.indices.const_data_ptr<int64_t>() + begin,
                          static_cast<size_t>(count));
  for (size_t view = 0; view < recipes_.size(); ++view) {
    const torch::Tensor made = make_views(view, epoch, indices);
    const ImageShape& shape = shapes_[view];
    const int64_t values = shape.channels * shape.height * shape.width;
    if (made.numel() != count * values) {
      throw Error(ErrorKind::kRun, "view " + std::to_string(view) +
                                       ": an augmentation's images do not have the shape that it "
                                       "announced");
    }
    float* to = batch.views[view].mutable_data_ptr<float>() + begin * values;
    if (channels_last_ && shape.channels > 1) {
      interleave(made, to);
    } else {
      std::memcpy(to, made.const_data_ptr<float>(),
                  static_cast<size_t>(count * values) * sizeof(float));
    }
  }
}

Batch ViewPipeline::make(int64_t epoch, std::span<const int64_t> indices,
                         ViewMemory& memory) const {
  Batch out = allocate(indices, memory);
  const int64_t slices = slice_count(static_cast<int64_t>(indices.size()));
  for (int64_t slice = 0; slice < slices; ++slice) fill(out, epoch, slice);
  return out;
}

Batch ViewPipeline::make(int64_t epoch, std::span<const int64_t> indices) const {
  ViewMemory memory;
  return make(epoch, indices, memory);
}

torch::Tensor apply_recipe(const torch::Tensor& images, const Recipe& recipe) {
  const torch::NoGradGuard guard;
  torch::Tensor out = images.contiguous();
  for (const Operation& operation : recipe) {
    if (operation.augmentation->parameter_count() != 0) {
      throw input_error(
          "an evaluation's recipe must hold operations without chance only, "
          "such as normalize");
    }
    const torch::Tensor none = torch::empty({out.size(0), 0}, torch::kFloat32);
    out = operation.augmentation->apply(std::move(out), none);
  }
  return to_unit_float(out);
}

}  // namespace sslx::data
