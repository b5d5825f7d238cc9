#include "host/data/view_pipeline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sslx/error.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "host/data/guarded.h"
#include "host/machine/beacon.h"

namespace sslx::data {
namespace {

/// Values of a slice: enough to pay for an operation's call, few enough that they stay in a core's
/// cache from one operation to the next. That is 16 images of 32 pixels, one of 128 or more.
constexpr int64_t kSliceValues = 49152;

/// Bytes of a batch's views that a cache may still hold when they are read.
constexpr size_t kMostCached = size_t{16} << 20;

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

/// Copies `count` images of planes [N, C, H, W] to `to`, `channels_last` or as they are;
/// `past_caches` when they are read from memory anyway.
void put_images(const float* from, int64_t count, const ImageShape& shape, bool channels_last,
                bool past_caches, float* to) {
  const int64_t pixels = shape.height * shape.width;
  const int64_t values = shape.channels * pixels;
  const bool as_they_are = !channels_last || shape.channels == 1;
  if (as_they_are && past_caches) return copy_past_caches(from, count * values, to);
  if (as_they_are) {
    std::copy_n(from, count * values, to);
    return;
  }
  const auto put = past_caches ? interleave_past_caches : interleave;
  for (int64_t image = 0; image < count; ++image, from += values, to += values) {
    put(from, shape.channels, pixels, to);
  }
}

/// The box of a crop's numbers, which the host has drawn for whole pixels.
Region region_of(const float* box) {
  return {std::lround(box[0]), std::lround(box[1]), std::lround(box[2]), std::lround(box[3])};
}

/// Of all operations together, as they announce it for the whole image.
void check_shape(const torch::Tensor& made, int64_t count, const ImageShape& shape, size_t view) {
  const at::IntArrayRef has = made.sizes();
  const std::array<int64_t, 4> wanted{count, shape.channels, shape.height, shape.width};
  if (has == at::IntArrayRef(wanted)) return;
  throw Error(ErrorKind::kRun,
              fmt::format("view {}: its images have shape [{}]; its operations "
                          "announced [{}]",
                          view + 1, fmt::join(has, ", "), fmt::join(wanted, ", ")));
}

void check(const Images& images, const torch::Tensor& labels, const std::vector<Recipe>& recipes) {
  if (labels.dim() != 1 || labels.scalar_type() != torch::kInt64 ||
      labels.size(0) != images.size()) {
    throw input_error("the labels of a view pipeline must be one int64 an image");
  }
  if (images.encoded() == nullptr) return;
  for (const Recipe& recipe : recipes) {
    if (recipe.empty() || !recipe.front().augmentation->reads_only_a_box() ||
        recipe.front().augmentation->parameter_count() < 4) {
      throw input_error(
          "a view's first operation must be a crop when images are decoded for each view "
          "(data.decode)");
    }
    const ImageShape one = recipe.front().augmentation->output_shape({3, 7, 5});
    const ImageShape other = recipe.front().augmentation->output_shape({3, 9, 11});
    if (one.height != other.height || one.width != other.width) {
      throw input_error(
          "a view's crop must have a size when images are decoded for each view (data.decode)");
    }
  }
}

}  // namespace

ViewPipeline::ViewPipeline(Images images, const torch::Tensor& labels, std::vector<Recipe> recipes,
                           uint64_t seed, int workers, bool channels_last, int64_t local_views)
    : images_(std::move(images)),
      labels_(labels.contiguous()),
      recipes_(std::move(recipes)),
      seed_(seed),
      workers_(workers),
      channels_last_(channels_last),
      local_views_(local_views) {
  check(images_, labels_, recipes_);
  const ImageShape original = images_.shape();
  int64_t largest = std::max<int64_t>(1, original.channels * original.height * original.width);
  for (const Recipe& recipe : recipes_) {
    const ImageShape shape = shape_after(recipe, original);
    shapes_.push_back(shape);
    filled_.push_back(shape);
    largest = std::max(largest, shape.channels * shape.height * shape.width);
  }
  slice_ = std::clamp<int64_t>(kSliceValues / largest, 1, 16);
}

void ViewPipeline::leave_rest_to_device() {
  leaves_rest_ = true;
  channels_last_ = false;  // operations take images as they are
  for (size_t view = 0; view < recipes_.size(); ++view) {
    const Recipe& recipe = recipes_[view];
    const auto end = recipe.begin() + static_cast<ptrdiff_t>(operations_to_fill(view));
    filled_[view] = shape_after(Recipe(recipe.begin(), end), images_.shape());
  }
}

size_t ViewPipeline::operations_to_fill(size_t view) const {
  return leaves_rest_ ? std::min<size_t>(1, recipes_[view].size()) : recipes_[view].size();
}

double ViewPipeline::bytes_of(int64_t images) const {
  double values = 0;
  for (const ImageShape& shape : shapes_) {
    values += static_cast<double>(shape.channels * shape.height) * static_cast<double>(shape.width);
  }
  return values * sizeof(float) * static_cast<double>(images);
}

int64_t ViewPipeline::slice_count(int64_t count) const { return (count + slice_ - 1) / slice_; }

torch::Tensor ViewMemory::take(at::IntArrayRef sizes, torch::MemoryFormat format) {
  for (const torch::Tensor& tensor : handed_out_) {
    const bool free = tensor.use_count() == 1 && tensor.storage().use_count() == 1;
    if (free && tensor.sizes() == sizes && tensor.is_contiguous(format)) return tensor;
  }
  handed_out_.push_back(torch::empty(
      sizes, torch::TensorOptions(torch::kFloat32).memory_format(format).pinned_memory(pinned_)));
  return handed_out_.back();
}

torch::Tensor ViewMemory::integers(int64_t size) const {
  return torch::empty({size}, torch::TensorOptions(torch::kInt64).pinned_memory(pinned_));
}

Batch ViewPipeline::allocate(std::span<const int64_t> indices, ViewMemory& memory) const {
  Batch out;
  const auto count = static_cast<int64_t>(indices.size());
  const auto format =
      channels_last_ ? torch::MemoryFormat::ChannelsLast : torch::MemoryFormat::Contiguous;
  for (const ImageShape& shape : filled_) {
    out.views.push_back(memory.take({count, shape.channels, shape.height, shape.width}, format));
  }
  out.local_views = local_views_;
  out.indices = memory.integers(count);
  out.labels = memory.integers(count);
  const int64_t* labels = labels_.const_data_ptr<int64_t>();
  auto* index_out = out.indices.mutable_data_ptr<int64_t>();
  auto* label_out = out.labels.mutable_data_ptr<int64_t>();
  for (const int64_t index : indices) {
    if (index < 0 || size() == 0) {
      throw input_error("image " + std::to_string(index) + " is not one of the " +
                        std::to_string(size()) + " images");
    }
    *index_out++ = index % size();
    *label_out++ = labels[index % size()];
  }
  return out;
}

torch::Tensor ViewPipeline::numbers(const Place& place, size_t position,
                                    const ImageShape& shape) const {
  const Operation& operation = recipes_[place.view][position];
  const auto drawn_for = operation.shared ? kEveryView : static_cast<uint16_t>(place.view);
  return draw(*operation.augmentation, shape, seed_,
              {static_cast<uint32_t>(place.epoch), 0, drawn_for, static_cast<uint16_t>(position)},
              place.indices);
}

/// What all views need of one file, or why it cannot be had. All of an image's views are of one
/// file: where one view shows damage, none is taken from it.
std::string ViewPipeline::cut(int64_t epoch, const int64_t& index, int64_t file, Cuts& out) const {
  out.clear();
  const EncodedImage open = images_.encoded()->open(file);
  const ImageShape whole{images_.shape().channels, open.height(), open.width()};
  for (size_t view = 0; view < recipes_.size(); ++view) {
    const ImageShape made = recipes_[view].front().augmentation->output_shape(images_.shape());
    torch::Tensor drawn = numbers({view, epoch, {&index, 1}}, 0, whole);
    auto* box = drawn.mutable_data_ptr<float>();
    DecodedPart part = images_.encoded()->part(open, file, region_of(box), made.height, made.width);
    if (!part.image.error.empty()) return part.image.error;
    box[0] = static_cast<float>(part.top);
    box[1] = static_cast<float>(part.left);
    box[2] *= static_cast<float>(part.scale);
    box[3] *= static_cast<float>(part.scale);
    out.push_back({std::move(part), std::move(drawn)});
  }
  return "";
}

ViewPipeline::Cuts ViewPipeline::cuts_of(int64_t epoch, int64_t index) const {
  Cuts out;
  images_.readable(index % size(), [&](int64_t file) { return cut(epoch, index, file, out); });
  return out;
}

/// The first operation on images that are files: of each only its box is decoded.
torch::Tensor ViewPipeline::first_of_files(size_t view, std::vector<Cuts>& images) const {
  std::vector<torch::Tensor> out;
  for (Cuts& image : images) {
    Cut& one = image[view];
    const Operation& first = recipes_[view].front();
    out.push_back(guarded(first.name, [&] {
      return first.augmentation->apply(as_tensor(std::move(one.part.image)), one.drawn);
    }));
  }
  return out.size() == 1 ? out.front() : torch::cat(out);
}

torch::Tensor ViewPipeline::picked(std::span<const int64_t> indices) const {
  std::vector<int64_t> images(indices.begin(), indices.end());
  for (int64_t& image : images) image %= size();
  return images_.pick(images);
}

torch::Tensor ViewPipeline::make_views(const Place& place, std::vector<Cuts>& files) const {
  torch::Tensor out = files.empty() ? picked(place.indices) : first_of_files(place.view, files);
  const size_t end = operations_to_fill(place.view);
  for (size_t position = files.empty() ? 0 : 1; position < end; ++position) {
    out = applied(place, position, std::move(out));
  }
  return to_unit_float(out).contiguous();
}

/// One operation on some images, in whose name it throws.
torch::Tensor ViewPipeline::applied(const Place& place, size_t position,
                                    torch::Tensor images) const {
  const Operation& operation = recipes_[place.view][position];
  const int64_t count = images.size(0);
  const ImageShape before = shape_of(images);
  torch::Tensor out;
  const machine::WorksFor blamed(operation.name);
  try {
    out = operation.augmentation->apply(std::move(images), numbers(place, position, before));
  } catch (...) {
    throw_naming(stage_text(operation.name, fmt::format("view {}", place.view + 1).c_str()));
  }
  const ImageShape after = operation.augmentation->output_shape(before);
  const bool fits = out.defined() && out.dim() == 4 && out.size(0) == count &&
                    out.size(1) == after.channels && out.size(2) == after.height &&
                    out.size(3) == after.width;
  if (fits) return out;
  throw Error(ErrorKind::kRun,
              fmt::format("{} in view {}: its images have shape [{}]; its output_shape() announced "
                          "[{}, {}, {}, {}]",
                          operation.name, place.view + 1,
                          out.defined() ? fmt::format("{}", fmt::join(out.sizes(), ", ")) : "",
                          count, after.channels, after.height, after.width));
}

void ViewPipeline::fill(Batch& batch, int64_t epoch, std::span<const int64_t> all,
                        int64_t slice) const {
  const torch::NoGradGuard guard;
  const int64_t begin = slice * slice_;
  const int64_t count = std::min(slice_, std::ssize(all) - begin);
  const auto indices = all.subspan(static_cast<size_t>(begin), static_cast<size_t>(count));
  std::vector<Cuts> files;
  for (const int64_t index : indices) {
    if (images_.encoded() != nullptr) files.push_back(cuts_of(epoch, index));
  }
  for (size_t view = 0; view < recipes_.size(); ++view) {
    const torch::Tensor made = make_views({view, epoch, indices}, files);
    const ImageShape& shape = filled_[view];
    const int64_t values = shape.channels * shape.height * shape.width;
    check_shape(made, count, shape, view);
    const torch::Tensor& whole = batch.views[view];
    put_images(made.const_data_ptr<float>(), count, shape, channels_last_,
               whole.nbytes() > kMostCached, whole.mutable_data_ptr<float>() + begin * values);
    machine::sign_of_life();
  }
}

void ViewPipeline::finish(Batch& batch, int64_t epoch, std::span<const int64_t> indices) const {
  if (!leaves_rest_) return;
  const torch::NoGradGuard guard;
  for (size_t view = 0; view < recipes_.size(); ++view) {
    torch::Tensor out = std::move(batch.views[view]);
    for (size_t at = operations_to_fill(view); at < recipes_[view].size(); ++at) {
      out = applied({view, epoch, indices}, at, std::move(out));
    }
    check_shape(out, std::ssize(indices), shapes_[view], view);
    batch.views[view] = to_unit_float(out).contiguous();
  }
}

Batch ViewPipeline::make(int64_t epoch, std::span<const int64_t> indices,
                         ViewMemory& memory) const {
  Batch out = allocate(indices, memory);
  const int64_t slices = slice_count(static_cast<int64_t>(indices.size()));
  for (int64_t slice = 0; slice < slices; ++slice) fill(out, epoch, indices, slice);
  finish(out, epoch, indices);
  return out;
}

Batch ViewPipeline::make(int64_t epoch, std::span<const int64_t> indices) const {
  ViewMemory memory;
  return make(epoch, indices, memory);
}

ImageShape shape_after(const Recipe& recipe, ImageShape shape) {
  for (const Operation& operation : recipe) {
    shape = guarded(operation.name, [&] { return operation.augmentation->output_shape(shape); });
  }
  return shape;
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
    out = guarded(stage_text(operation.name, "evaluation"),
                  [&] { return operation.augmentation->apply(std::move(out), none); });
  }
  return to_unit_float(out);
}

}  // namespace sslx::data
