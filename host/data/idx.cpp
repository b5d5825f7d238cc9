// IDX, the format of MNIST and Fashion-MNIST: a big-endian header, then bytes; plain or gzipped.
#include <fmt/format.h>

#include <algorithm>

#include "host/data/formats.h"
#include "host/data/memory.h"
#include "host/data/path_text.h"

namespace sslx::data {
namespace {

constexpr double kMostValues = 4294967296;
constexpr double kMostUnpacked = 268435456;
constexpr double kMostTimes = 200;

uint32_t big_endian(const std::string& bytes, size_t offset) {
  uint32_t out = 0;
  for (size_t i = 0; i < 4; ++i) out = out << 8 | static_cast<uint8_t>(bytes[offset + i]);
  return out;
}

struct Idx {
  std::vector<int64_t> sizes;
  std::vector<uint8_t> values;
};

/// The sizes that a header of so many dimensions promises.
std::vector<int64_t> header_sizes(const std::filesystem::path& file, const std::string& bytes,
                                  uint32_t dimensions) {
  if (bytes.size() < 4 + 4 * size_t{dimensions}) {
    broken(file, "the file is truncated: it has no whole IDX header");
  }
  if (big_endian(bytes, 0) != (0x0800U | dimensions)) {
    broken(file, fmt::format("the file is no IDX file of {} dimensions of bytes: its magic number "
                             "is {:#010x}, it must be {:#010x}",
                             dimensions, big_endian(bytes, 0), 0x0800U | dimensions));
  }
  std::vector<int64_t> sizes;
  for (uint32_t i = 0; i < dimensions; ++i) {
    sizes.push_back(big_endian(bytes, 4 + 4 * size_t{i}));
  }
  if (dimensions == 3 && (sizes[1] == 0 || sizes[2] == 0)) {
    broken(file, fmt::format("its images are {} x {} pixels; they must have at least one", sizes[2],
                             sizes[1]));
  }
  return sizes;
}

/// What the header promises is believed within limits, and before memory is taken for it. Images
/// pack to a half or a tenth, black ones to a thousandth: of those no more is unpacked than 256
/// MiB.
void check_promise(const std::filesystem::path& file, double values) {
  if (values > kMostValues) {
    broken(file, fmt::format("the header promises {} bytes, more than the {} that are allowed",
                             values, kMostValues));
  }
  const std::optional<FileState> state = state_of(file);
  const double packed = state ? static_cast<double>(state->size) : 0;
  if (values > kMostUnpacked && values > kMostTimes * packed) {
    broken(file, fmt::format("the header promises {} bytes, more than {} times the file's own {}; "
                             "so many are unpacked up to {} bytes only",
                             values, kMostTimes, packed, kMostUnpacked));
  }
  check_memory(values, fmt::format("{}: its {} values", path_text(file), values),
               "`sslx data pack` on a larger machine makes a file of it that is mapped.");
}

/// Reads no more than a little beyond what the header promises, which the file must hold exactly.
Idx read_idx(const std::filesystem::path& file, uint32_t dimensions) {
  const size_t header = 4 + 4 * size_t{dimensions};
  Idx out{header_sizes(file, read_start(file, header), dimensions), {}};
  double values = 1;
  for (const int64_t size : out.sizes) values *= static_cast<double>(size);
  check_promise(file, values);
  const auto promised = static_cast<size_t>(values);
  out.values = read_after(file, header, promised + 1);
  if (out.values.size() != promised) {
    broken(file,
           fmt::format("the header promises {} bytes, but {} follow it", values,
                       out.values.size() > promised ? "more" : std::to_string(out.values.size())));
  }
  return out;
}

std::filesystem::path plain_or_gzip(const DataSpec& spec, const std::string& name) {
  const std::filesystem::path plain = spec.path / name;
  return std::filesystem::exists(plain) ? plain : existing(spec, name + ".gz");
}

ImageSet load_part(const std::filesystem::path& images, const std::filesystem::path& labels) {
  ImageSet out;
  Idx pixels = read_idx(images, 3);
  out.channels = 1;
  out.height = pixels.sizes[1];
  out.width = pixels.sizes[2];
  out.pixels = std::move(pixels.values);
  const Idx classes = read_idx(labels, 1);
  if (classes.sizes[0] != pixels.sizes[0]) {
    broken(labels, fmt::format("the file has {} labels for the {} images of {}", classes.sizes[0],
                               pixels.sizes[0], images.filename().string()));
  }
  out.labels.assign(classes.values.begin(), classes.values.end());
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

std::pair<int64_t, int64_t> idx_sides(const std::filesystem::path& images) {
  const std::vector<int64_t> sizes = header_sizes(images, read_start(images, 16), 3);
  return {sizes[1], sizes[2]};
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
