#include "host/data/data_sizes.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "host/data/folder_images.h"
#include "host/data/formats.h"
#include "host/data/pack.h"

namespace sslx::data {
namespace {

namespace fs = std::filesystem;

LabelCounts counted(std::span<const int64_t> labels, size_t classes) {
  LabelCounts out{std::vector<int64_t>(classes), 0};
  for (const int64_t label : labels) {
    if (label >= static_cast<int64_t>(out.classes.size())) {
      out.classes.resize(static_cast<size_t>(label) + 1);
    }
    if (label < 0) {
      ++out.unlabelled;
    } else {
      ++out.classes[static_cast<size_t>(label)];
    }
  }
  return out;
}

LabelCounts drawn(int64_t images) {
  LabelCounts out;
  for (int64_t i = 0; i < shape_classes(); ++i) {
    out.classes.push_back((images + shape_classes() - 1 - i) / shape_classes());
  }
  return out;
}

/// The labels of an IDX file, behind its header of eight bytes.
LabelCounts idx_labels(const fs::path& file) {
  constexpr size_t kHeader = 8;
  constexpr size_t kMostLabels = size_t{1} << 30;
  const std::vector<uint8_t> bytes = read_after(file, kHeader, kMostLabels);
  return counted(std::vector<int64_t>(bytes.begin(), bytes.end()), 0);
}

/// Labels of 1 to 10.
LabelCounts stl10_labels(const fs::path& file) {
  std::vector<int64_t> labels;
  for (const char byte : read_whole(file, size_t{1} << 20)) {
    labels.push_back(static_cast<uint8_t>(byte) - 1);
  }
  return counted(labels, 10);
}

DataSizes stl10_sizes(const DataSpec& spec) {
  constexpr uintmax_t kImage = 3 * 96 * 96;
  const std::vector<fs::path> files = stl10_files(spec);
  DataSizes out{stl10_labels(files[1]), stl10_labels(files[3]), {}, {3, 96, 96}};
  if (files.size() > 4) {
    out.train.unlabelled = static_cast<int64_t>(fs::file_size(files[4]) / kImage);
  }
  return out;
}

/// One byte of each record, without the rest of it.
std::vector<int64_t> bytes_at(const fs::path& file, size_t record, size_t offset) {
  std::vector<int64_t> out;
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return out;
  uint8_t byte = 0;
  for (auto at = static_cast<off_t>(offset); pread(descriptor, &byte, 1, at) == 1;
       at += static_cast<off_t>(record)) {
    out.push_back(byte);
  }
  close(descriptor);
  return out;
}

DataSizes cifar_sizes(const DataSpec& spec) {
  const CifarFormat format = cifar_format(spec);
  const auto part = [&](const std::vector<std::string>& names) {
    std::vector<int64_t> labels;
    for (const std::string& name : names) {
      const std::vector<int64_t> more = bytes_at(spec.path / name, format.record(), format.label);
      labels.insert(labels.end(), more.begin(), more.end());
    }
    return counted(labels, static_cast<size_t>(format.classes));
  };
  return {part(format.train), part(format.test), {}, {3, 32, 32}};
}

DataSizes pack_sizes(const DataSpec& spec) {
  const Dataset set = load_pack(spec);
  DataSizes out{counted(set.train.labels, set.class_names.size()),
                counted(set.test.labels, set.class_names.size()),
                set.sources,
                {set.train.channels, set.train.height, set.train.width}};
  return out;
}

/// The first file's. Gray images of a folder stay so only when all are: one tells nothing.
ImageForm form_of(const DataSpec& spec, const KnownFile& file) {
  const Image header = file_header(file);
  const int64_t side = spec.integer("image_size");
  return {header.channels == 3 ? header.channels : 0, side > 0 ? side : header.height,
          side > 0 ? side : header.width};
}

/// Of the views that it brings, where all are known; else of its images.
void look_at_first(const DataSpec& spec, std::span<const KnownFile> files, DataSizes& out) {
  const auto views = spec.options.value("views", std::vector<std::string>());
  if (views.empty()) {
    if (!files.empty()) out.image = form_of(spec, files.front());
    return;
  }
  std::vector<Source> found;
  ImageForm all;
  for (const std::string& view : views) {
    const std::string root = (spec.path / view / "").native();
    const auto first = std::ranges::find_if(
        files, [&](const KnownFile& one) { return one.file.native().starts_with(root); });
    if (first == files.end()) return;
    const ImageForm form = form_of(spec, *first);
    if (form.channels == 0) return;
    found.push_back({view, form.channels});
    all = {all.channels + form.channels, form.height, form.width};
  }
  out.views = std::move(found);
  out.image = all;
}

/// By where they lie: PART/CLASS/..., below the first view's folder where there are several. As
/// text, since there may be millions.
std::optional<DataSizes> folder_sizes(const DataSpec& spec, std::span<const KnownFile> files) {
  const auto views = spec.options.value("views", std::vector<std::string>());
  const fs::path folder = views.empty() ? spec.path : spec.path / views.front();
  const std::string root = (folder / "").native();
  std::map<std::string_view, int64_t> train;
  std::map<std::string_view, int64_t> test;
  for (const KnownFile& file : files) {
    std::string_view place = file.file.native();
    if (!place.starts_with(root)) {
      if (views.empty()) return std::nullopt;
      continue;  // another view's
    }
    place.remove_prefix(root.size());
    const size_t part = place.find('/');
    const size_t name = part == std::string_view::npos ? part : place.find('/', part + 1);
    if (name == std::string_view::npos) return std::nullopt;
    const std::string_view first = place.substr(0, part);
    if (first != "train" && first != "test" && first != "val") return std::nullopt;
    ++(first == "train" ? train : test)[place.substr(part + 1, name - part - 1)];
  }
  if (train.empty()) return std::nullopt;
  DataSizes out;
  for (const auto& [name, count] : train) out.train.classes.push_back(count);
  for (const auto& [name, count] : test) out.test.classes.push_back(count);
  look_at_first(spec, files, out);
  return out;
}

}  // namespace

int64_t LabelCounts::least() const {
  return classes.empty() ? 0 : *std::ranges::min_element(classes);
}

int64_t LabelCounts::labelled(int64_t per_class) const {
  int64_t out = 0;
  for (const int64_t count : classes) out += per_class > 0 ? std::min(per_class, count) : count;
  return out;
}

namespace {

std::optional<DataSizes> all_sizes(const DataSpec& spec, std::span<const KnownFile> files) {
  if (spec.name == "shapes") {
    const int64_t side = spec.integer("size");
    DataSizes out{drawn(spec.integer("train_size")), drawn(spec.integer("test_size"))};
    out.views = shape_sources(spec);
    for (const Source& view : out.views) out.image.channels += view.channels;
    if (out.views.empty()) out.image.channels = shape_view_channels("image");
    out.image.height = out.image.width = side;
    return out;
  }
  if (spec.name == "folder") return folder_sizes(spec, files);
  if (spec.name == "images") {
    DataSizes out{{{}, static_cast<int64_t>(files.size())}, {}};
    look_at_first(spec, files, out);
    return out;
  }
  if (spec.name == "pack") return pack_sizes(spec);
  if (spec.name == "stl10") return stl10_sizes(spec);
  if (spec.name == "cifar10" || spec.name == "cifar100") return cifar_sizes(spec);
  const std::vector<fs::path> idx = idx_files(spec);
  const auto [height, width] = idx_sides(idx[0]);
  return DataSizes{idx_labels(idx[1]), idx_labels(idx[3]), {}, {1, height, width}};
}

}  // namespace

DataSizes with_held_out(DataSizes sizes, int64_t per_class) {
  if (per_class == 0) return sizes;
  sizes.test = {std::vector<int64_t>(sizes.train.classes.size(), per_class), 0};
  for (int64_t& count : sizes.train.classes) count = std::max<int64_t>(count - per_class, 0);
  return sizes;
}

std::optional<DataSizes> data_sizes(const DataSpec& spec, std::span<const KnownFile> files) {
  std::optional<DataSizes> out = all_sizes(spec, files);
  if (out) out = with_held_out(std::move(*out), spec.held_out());
  return out;
}

}  // namespace sslx::data
