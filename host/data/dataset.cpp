#include "host/data/dataset.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "host/data/data_error.h"
#include "host/data/data_state.h"
#include "host/data/formats.h"
#include "host/data/pack.h"
#include "host/data/parallel.h"
#include "host/data/path_text.h"

namespace sslx::data {
namespace {

/// The first `per_class` images of each class, in the set's own order; images without a label stay.
void take_subset(ImageSet& set, int64_t per_class, size_t classes, const std::string& option) {
  if (per_class == 0) return;
  std::vector<int64_t> taken(classes, 0);
  std::vector<uint8_t> pixels;
  std::vector<int64_t> labels;
  const size_t bytes = set.image_bytes();
  for (size_t i = 0; i < set.labels.size(); ++i) {
    const int64_t label = set.labels[i];
    if (label >= 0 && taken[static_cast<size_t>(label)]++ >= per_class) continue;
    const auto begin = set.pixels.begin() + static_cast<std::ptrdiff_t>(i * bytes);
    pixels.insert(pixels.end(), begin, begin + static_cast<std::ptrdiff_t>(bytes));
    labels.push_back(label);
  }
  const int64_t least = *std::ranges::min_element(taken);
  if (least < per_class) {
    throw input_error(
        fmt::format("data.{} is {}, but a class has only {} images; it must be at "
                    "most that",
                    option, per_class, least));
  }
  set.pixels = std::move(pixels);
  set.labels = std::move(labels);
}

/// The images at these places alone.
ImageSet taken(const ImageSet& set, const std::vector<size_t>& places) {
  ImageSet out{set.channels, set.height, set.width};
  std::vector<uint8_t> pixels;
  const size_t bytes = set.image_bytes();
  pixels.reserve(places.size() * bytes);
  for (const size_t i : places) {
    const auto begin = set.pixels.begin() + static_cast<std::ptrdiff_t>(i * bytes);
    pixels.insert(pixels.end(), begin, begin + static_cast<std::ptrdiff_t>(bytes));
    out.labels.push_back(set.labels[i]);
  }
  out.pixels = std::move(pixels);
  return out;
}

/// The last `per_class` training images of each class become the test images.
void hold_out(Dataset& set, int64_t per_class) {
  std::vector<int64_t> left(set.class_names.size());
  for (const int64_t label : set.train.labels) {
    if (label >= 0) ++left[static_cast<size_t>(label)];
  }
  check_held_out(*std::ranges::min_element(left), per_class);
  std::vector<size_t> learned, held;
  for (size_t i = 0; i < set.train.labels.size(); ++i) {
    const int64_t label = set.train.labels[i];
    const bool is_last = label >= 0 && left[static_cast<size_t>(label)]-- <= per_class;
    (is_last ? held : learned).push_back(i);
  }
  set.test = taken(set.train, held);
  set.train = taken(set.train, learned);
}

void check(const Dataset& set, const DataSpec& spec) {
  for (const ImageSet* part : {&set.train, &set.test}) {
    const bool may_lack = part == &set.test && (spec.is_files() || spec.name == "pack");
    if (part->size() == 0 && !may_lack) {
      throw input_error(fmt::format("data set '{}' in {} has no {} images", spec.name,
                                    path_text(spec.path),
                                    part == &set.train ? "training" : "test"));
    }
  }
  const auto shape = [](const ImageSet& part) {
    return std::array{part.channels, part.height, part.width};
  };
  if (shape(set.train) != shape(set.test)) {
    throw input_error(fmt::format("data set '{}' in {}: training and test images differ in shape",
                                  spec.name, path_text(spec.path)));
  }
}

Dataset load_files(const DataSpec& spec) {
  if (spec.name == "pack") return load_pack(spec);
  if (spec.name == "stl10") return load_stl10(spec);
  if (spec.name == "cifar10" || spec.name == "cifar100") return load_cifar(spec);
  return load_idx(spec);
}

/// Files of a few are looked at before and after: what changes meanwhile is read half old, half
/// new.
Dataset load_all(const DataSpec& spec) {
  if (spec.is_files()) return load_folder(spec);
  if (spec.name == "shapes") return draw_shapes(spec);
  const std::vector<KnownFile> files = set_files(spec);
  check_planned(spec, files);
  Dataset out = load_files(spec);
  std::ranges::for_each(files, check_unchanged);
  if (spec.name == "pack") out.mapped = files;
  return out;
}

/// Files that are decoded together before any is used: up to 256, and no more than 256 MiB of them.
size_t chunk_of(const ImageSet& set) {
  return std::clamp<size_t>((size_t{256} << 20) / set.image_bytes(), 1, 256);
}

}  // namespace

void for_each_image(const ImageSet& set, const std::function<void(std::span<const uint8_t>)>& use) {
  const auto count = static_cast<size_t>(set.size());
  if (!set.encoded) {
    const std::span pixels(set.pixels.data(), set.pixels.size());
    for (size_t i = 0; i < count; ++i)
      use(pixels.subspan(i * set.image_bytes(), set.image_bytes()));
    return;
  }
  const size_t most = chunk_of(set);
  for (size_t start = 0; start < count; start += most) {
    std::vector<Image> chunk(std::min(most, count - start));
    on_all_cores(chunk.size(), [&](size_t i) {
      const auto index = static_cast<int64_t>(start + i);
      chunk[i] = set.encoded->square(index);
      if (!chunk[i].error.empty()) set.encoded->refuse(index, chunk[i].error);
    });
    for (const Image& image : chunk) use(image.pixels);
  }
}

namespace {

/// What no estimate foresaw.
Dataset load_within_memory(const DataSpec& spec) try {
  return load_all(spec);
} catch (const std::bad_alloc&) {
  throw DataError(fmt::format("data set '{}' in {} does not fit into the memory that is left",
                              spec.name, path_text(spec.path)));
}

}  // namespace

void check_held_out(int64_t least, int64_t per_class) {
  if (least > per_class) return;
  throw input_error(
      fmt::format("data.held_out_per_class is {}, but a class has only {} training images; it must "
                  "leave some",
                  per_class, least));
}

Dataset load_dataset(const DataSpec& spec) {
  Dataset out = load_within_memory(spec);
  if (spec.held_out() > 0 && !spec.is_files()) hold_out(out, spec.held_out());
  if (out.test.size() == 0) {
    std::tie(out.test.channels, out.test.height, out.test.width) =
        std::tie(out.train.channels, out.train.height, out.train.width);
  }
  check(out, spec);
  if (spec.is_files()) return out;  // Its files were chosen before they were decoded.
  take_subset(out.train, spec.integer("train_per_class"), out.class_names.size(),
              "train_per_class");
  take_subset(out.test, spec.integer("test_per_class"), out.class_names.size(), "test_per_class");
  return out;
}

}  // namespace sslx::data
