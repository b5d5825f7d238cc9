// The binary form of CIFAR-10 and CIFAR-100: records of one or two label bytes and 3 x 32 x 32
// pixels.
#include <fmt/format.h>

#include <iterator>

#include "host/data/formats.h"

namespace sslx::data {
namespace {

constexpr size_t kPixels = 3 * 32 * 32;

void append(ImageSet& set, std::vector<uint8_t>& pixels, const std::filesystem::path& file,
            const CifarFormat& format) {
  const std::string bytes = read_whole(file, size_t{1} << 30);
  const size_t record = format.record();
  if (bytes.empty() || bytes.size() % record != 0) {
    broken(file, fmt::format("the file has {} bytes, which is no whole number of records of {}",
                             bytes.size(), record));
  }
  for (size_t start = 0; start < bytes.size(); start += record) {
    const auto label = static_cast<uint8_t>(bytes[start + format.label]);
    if (label >= format.classes) {
      broken(file, fmt::format("record {} has the label {}; it must be below {}", start / record,
                               label, format.classes));
    }
    set.labels.push_back(label);
    const auto image = bytes.begin() + static_cast<std::ptrdiff_t>(start + format.label_bytes);
    pixels.insert(pixels.end(), image, image + kPixels);
  }
}

std::vector<std::string> class_names(const DataSpec& spec, int64_t classes) {
  if (spec.name == "cifar10") {
    return {"airplane", "automobile", "bird",  "cat",  "deer",
            "dog",      "frog",       "horse", "ship", "truck"};
  }
  std::vector<std::string> out;
  for (int64_t i = 0; i < classes; ++i) out.push_back(std::to_string(i));
  return out;
}

}  // namespace

CifarFormat cifar_format(const DataSpec& spec) {
  if (spec.name == "cifar10") {
    return {{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
             "data_batch_5.bin"},
            {"test_batch.bin"},
            1,
            0,
            10};
  }
  const bool coarse = spec.options.at("coarse").get<bool>();
  return {{"train.bin"}, {"test.bin"}, 2, coarse ? size_t{0} : size_t{1}, coarse ? 20 : 100};
}

std::vector<std::filesystem::path> cifar_files(const DataSpec& spec) {
  const CifarFormat format = cifar_format(spec);
  std::vector<std::filesystem::path> out;
  for (const std::string& name : format.train) out.push_back(existing(spec, name));
  for (const std::string& name : format.test) out.push_back(existing(spec, name));
  return out;
}

Dataset load_cifar(const DataSpec& spec) {
  const CifarFormat format = cifar_format(spec);
  Dataset out;
  for (ImageSet* set : {&out.train, &out.test}) {
    set->channels = 3;
    set->height = set->width = 32;
    std::vector<uint8_t> pixels;
    for (const std::string& name : set == &out.train ? format.train : format.test) {
      append(*set, pixels, existing(spec, name), format);
    }
    set->pixels = std::move(pixels);
  }
  out.class_names = class_names(spec, format.classes);
  return out;
}

}  // namespace sslx::data
