// IDX, the format of MNIST and Fashion-MNIST: a big-endian header, then bytes; plain or gzipped.
#include <fmt/format.h>

#include <algorithm>

#include "host/data/formats.h"

namespace sslx::data {
namespace {

constexpr size_t kLargestFile = size_t{4} << 30;

uint32_t big_endian(const std::string& bytes, size_t offset) {
  uint32_t out = 0;
  for (size_t i = 0; i < 4; ++i) out = out << 8 | static_cast<uint8_t>(bytes[offset + i]);
  return out;
}

/// The sizes in the header of `dimensions` dimensions; the rest of the file must be exactly that
/// long.
std::vector<int64_t> checked_header(const std::filesystem::path& file, const std::string& bytes,
                                    uint32_t dimensions) {
  const size_t header = 4 + 4 * size_t{dimensions};
  if (bytes.size() < header) broken(file, "the file is truncated: it has no whole IDX header");
  if (big_endian(bytes, 0) != (0x0800U | dimensions)) {
    broken(file, fmt::format("the file is no IDX file of {} dimensions of bytes: its magic number "
                             "is {:#010x}, it must be {:#010x}",
                             dimensions, big_endian(bytes, 0), 0x0800U | dimensions));
  }
  std::vector<int64_t> sizes;
  double values = 1;
  for (uint32_t i = 0; i < dimensions; ++i) {
    sizes.push_back(big_endian(bytes, 4 + 4 * size_t{i}));
    values *= static_cast<double>(sizes.back());
  }
  if (dimensions == 3 && (sizes[1] == 0 || sizes[2] == 0)) {
    broken(file, fmt::format("its images are {} x {} pixels; they must have at least one", sizes[2],
                             sizes[1]));
  }
  if (values != static_cast<double>(bytes.size() - header)) {
    broken(file, fmt::format("the header promises {} bytes, but {} follow it", values,
                             bytes.size() - header));
  }
  return sizes;
}

std::filesystem::path plain_or_gzip(const DataSpec& spec, const std::string& name) {
  const std::filesystem::path plain = spec.path / name;
  return std::filesystem::exists(plain) ? plain : existing(spec, name + ".gz");
}

ImageSet load_part(const std::filesystem::path& images, const std::filesystem::path& labels) {
  ImageSet out;
  const std::string pixels = read_whole(images, kLargestFile);
  const std::vector<int64_t> shape = checked_header(images, pixels, 3);
  out.channels = 1;
  out.height = shape[1];
  out.width = shape[2];
  out.pixels.assign(pixels.begin() + 16, pixels.end());
  const std::string classes = read_whole(labels, kLargestFile);
  if (checked_header(labels, classes, 1)[0] != shape[0]) {
    broken(labels, fmt::format("the file has {} labels for the {} images of {}", classes.size() - 8,
                               shape[0], images.filename().string()));
  }
  for (size_t i = 8; i < classes.size(); ++i) {
    out.labels.push_back(static_cast<uint8_t>(classes[i]));
  }
  return out;
}

}  // namespace

std::vector<std::filesystem::path> idx_files(const DataSpec& spec) {
  std::vector<std::filesystem::path> out;
  for (const char* name : {"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                           "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}) {
    out.push_back(plain_or_gzip(spec, name));
  }
  return out;
}

Dataset load_idx(const DataSpec& spec) {
  const std::vector<std::filesystem::path> files = idx_files(spec);
  Dataset out{load_part(files[0], files[1]), load_part(files[2], files[3]), {}, {}, 0};
  if (out.train.labels.empty()) return out;
  const int64_t classes = 1 + *std::ranges::max_element(out.train.labels);
  if (spec.name == "fashion-mnist" && classes != 10) {
    broken(files[1],
           fmt::format("the labels are 0 to {}; those of Fashion-MNIST are 0 to 9", classes - 1));
  }
  for (const int64_t label : out.test.labels) {
    if (label >= classes) {
      broken(files[3], fmt::format("the label {} is no class of the training set, which has {}",
                                   label, classes));
    }
  }
  if (spec.name == "fashion-mnist") {
    out.class_names = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                       "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
  } else {
    for (int64_t i = 0; i < classes; ++i) out.class_names.push_back(std::to_string(i));
  }
  return out;
}

}  // namespace sslx::data
