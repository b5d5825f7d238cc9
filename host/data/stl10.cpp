// The binary form of STL-10: 3 x 96 x 96 bytes an image, each channel column by column; labels 1
// to 10.
#include <fmt/format.h>

#include "host/data/formats.h"

namespace sslx::data {
namespace {

constexpr size_t kSide = 96;
constexpr size_t kImage = 3 * kSide * kSide;

void append_images(std::vector<uint8_t>& pixels, const std::filesystem::path& file) {
  const std::string bytes = read_whole(file, size_t{4} << 30);
  if (bytes.empty() || bytes.size() % kImage != 0) {
    broken(file, fmt::format("the file has {} bytes, which is no whole number of images of {}",
                             bytes.size(), kImage));
  }
  const size_t before = pixels.size();
  pixels.resize(before + bytes.size());
  for (size_t plane = 0; plane < bytes.size(); plane += kSide * kSide) {
    for (size_t i = 0; i < kSide * kSide; ++i) {
      pixels[before + plane + i] =
          static_cast<uint8_t>(bytes[plane + (i % kSide) * kSide + i / kSide]);
    }
  }
}

void append_labels(ImageSet& set, size_t images, const std::filesystem::path& file) {
  for (const char byte : read_whole(file, size_t{1} << 20)) {
    const int label = static_cast<uint8_t>(byte);
    if (label < 1 || label > 10) {
      broken(file, fmt::format("the file has the label {}; it must be 1 to 10", label));
    }
    set.labels.push_back(label - 1);
  }
  if (set.labels.size() != images) {
    broken(file, fmt::format("the file has {} labels for {} images", set.labels.size(), images));
  }
}

}  // namespace

std::vector<std::filesystem::path> stl10_files(const DataSpec& spec) {
  std::vector<std::filesystem::path> out;
  for (const char* name : {"train_X.bin", "train_y.bin", "test_X.bin", "test_y.bin"}) {
    out.push_back(existing(spec, name));
  }
  if (spec.options.at("unlabeled").get<bool>()) out.push_back(existing(spec, "unlabeled_X.bin"));
  return out;
}

Dataset load_stl10(const DataSpec& spec) {
  const std::vector<std::filesystem::path> files = stl10_files(spec);
  Dataset out;
  out.class_names = {"airplane", "bird",  "car",    "cat",  "deer",
                     "dog",      "horse", "monkey", "ship", "truck"};
  for (ImageSet* set : {&out.train, &out.test}) {
    const size_t first = set == &out.train ? 0 : 2;
    set->channels = 3;
    set->height = set->width = kSide;
    std::vector<uint8_t> pixels;
    append_images(pixels, files[first]);
    const size_t labelled = pixels.size() / kImage;
    append_labels(*set, labelled, files[first + 1]);
    if (set == &out.train && files.size() > 4) append_images(pixels, files[4]);
    set->labels.resize(pixels.size() / kImage, -1);
    set->pixels = std::move(pixels);
  }
  return out;
}

}  // namespace sslx::data
