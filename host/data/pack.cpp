#include "host/data/pack.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <array>
#include <bit>
#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <cstring>
#include <fstream>

#include "host/data/formats.h"
#include "host/data/path_text.h"
#include "host/data/whole_file.h"

namespace sslx::data {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little,
              "a pack is mapped as it lies in the file");

constexpr std::string_view kMagic = "SSLXPACK";
constexpr uint32_t kVersion = 1;
constexpr size_t kPage = 4096;

struct Header {
  std::array<char, 8> magic;
  uint32_t version;
  uint32_t description;  ///< Bytes of it.
  std::array<int64_t, 3> shape;
  int64_t train;
  int64_t test;
};
static_assert(sizeof(Header) == 56);

size_t next_page(size_t offset) { return (offset + kPage - 1) / kPage * kPage; }

/// Where everything lies, from the sizes alone.
struct Layout {
  explicit Layout(const Header& header)
      : image(static_cast<size_t>(header.shape[0] * header.shape[1] * header.shape[2])),
        train(next_page(sizeof header + header.description)),
        test(next_page(train + static_cast<size_t>(header.train) * image)),
        labels(next_page(test + static_cast<size_t>(header.test) * image)),
        end(labels + static_cast<size_t>(header.train + header.test) * sizeof(int64_t)) {}

  size_t image;  ///< Bytes of one.
  size_t train;
  size_t test;
  size_t labels;
  size_t end;
};

bool has_magic(std::span<const char> start) {
  return std::string_view(start.data(), start.size()).starts_with(kMagic);
}

/// What is already at the place may be replaced only when it is a pack too.
void check_place(const fs::path& file) {
  std::error_code failed;
  if (!fs::exists(file, failed)) return;
  std::ifstream in(file, std::ios::binary);
  std::array<char, kMagic.size()> start{};
  in.read(start.data(), start.size());
  if (in && has_magic(start)) return;
  broken(file, "it is there already and is no pack; another name must be given, or it be removed");
}

template <typename T>
void write_at(std::ofstream& out, size_t offset, const T* values, size_t count) {
  out.seekp(static_cast<std::streamoff>(offset));
  out.write(reinterpret_cast<const char*>(values), static_cast<std::streamsize>(count * sizeof(T)));
}

void write_images(std::ofstream& out, size_t offset, const ImageSet& set) {
  out.seekp(static_cast<std::streamoff>(offset));
  for_each_image(set, [&](std::span<const uint8_t> image) {
    out.write(reinterpret_cast<const char*>(image.data()),
              static_cast<std::streamsize>(image.size()));
  });
}

void write_all(const Dataset& set, const std::string& description, std::ofstream& out) {
  Header header{{},
                kVersion,
                static_cast<uint32_t>(description.size()),
                {set.train.channels, set.train.height, set.train.width},
                set.train.size(),
                set.test.size()};
  std::ranges::copy(kMagic, header.magic.begin());
  const Layout layout(header);
  write_at(out, 0, &header, 1);
  write_at(out, sizeof header, description.data(), description.size());
  write_images(out, layout.train, set.train);
  write_images(out, layout.test, set.test);
  write_at(out, layout.labels, set.train.labels.data(), set.train.labels.size());
  out.write(reinterpret_cast<const char*>(set.test.labels.data()),
            static_cast<std::streamsize>(set.test.labels.size() * sizeof(int64_t)));
}

using Mapping = boost::interprocess::mapped_region;

std::shared_ptr<const Mapping> map_file(const fs::path& file) try {
  namespace ipc = boost::interprocess;
  const ipc::file_mapping mapping(file.c_str(), ipc::read_only);
  return std::make_shared<const Mapping>(mapping, ipc::read_only);
} catch (const boost::interprocess::interprocess_exception& error) {
  broken(file, fmt::format("the pack cannot be read: {}", error.what()));
}

Header read_pack_header(const fs::path& file, std::span<const uint8_t> bytes) {
  Header out{};
  const size_t there = std::min(bytes.size(), sizeof out);
  std::memcpy(&out, bytes.data(), there);
  if (!has_magic(out.magic)) broken(file, "the file is no pack; `sslx data pack` makes one");
  if (there < sizeof out) broken(file, "the pack is truncated in its header");
  if (out.version != kVersion) {
    broken(file, fmt::format("the pack has version {}; it must be {}", out.version, kVersion));
  }
  return out;
}

/// The sizes of a damaged header may be anything; their products must not overflow.
Layout checked_layout(const fs::path& file, const Header& header, size_t bytes) {
  double pixels = static_cast<double>(header.train) + static_cast<double>(header.test);
  bool positive = header.train > 0 && header.test >= 0;
  for (const int64_t size : header.shape) {
    positive = positive && size > 0;
    pixels *= static_cast<double>(size);
  }
  if (!positive || pixels > 1e15)
    broken(file, "the pack's header is damaged: its sizes are not possible");
  const Layout out(header);
  if (out.end == bytes) return out;
  broken(file, fmt::format("the pack has {} bytes; its header says {}, so it is {}", bytes, out.end,
                           bytes < out.end ? "truncated" : "damaged"));
}

std::vector<std::string> read_classes(const fs::path& file, std::span<const uint8_t> description) {
  try {
    auto out = json::parse(description.begin(), description.end())
                   .at("classes")
                   .get<std::vector<std::string>>();
    for (std::string& name : out) name = bytes_of(name);
    return out;
  } catch (const json::exception&) {
    broken(file, "the pack's description is damaged");
  }
}

/// Their channels are all that an image has; packs of plain images have none.
std::vector<Source> read_sources(const fs::path& file, std::span<const uint8_t> description,
                                 int64_t channels) {
  std::vector<Source> out;
  try {
    const json about = json::parse(description.begin(), description.end());
    for (const json& view : about.value("views", json::array())) {
      out.push_back({view.at(0).get<std::string>(), view.at(1).get<int64_t>()});
      channels -= out.back().channels;
    }
  } catch (const json::exception&) {
    broken(file, "the pack's description is damaged");
  }
  if (out.empty() || channels == 0) return out;
  broken(file, "the pack's description is damaged: its views have other channels than its images");
}

std::vector<int64_t> read_labels(const fs::path& file, std::span<const uint8_t> bytes,
                                 size_t classes) {
  std::vector<int64_t> out(bytes.size() / sizeof(int64_t));
  if (!out.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
  for (const int64_t label : out) {
    if (label >= -1 && label < static_cast<int64_t>(classes)) continue;
    broken(file,
           fmt::format("the pack has the label {}; it must be -1 or below {}", label, classes));
  }
  return out;
}

}  // namespace

void write_pack(const Dataset& set, const json& source, const fs::path& file) {
  check_place(file);
  json about{{"classes", json::array()}, {"source", source}};
  for (const std::string& name : set.class_names) about["classes"].push_back(as_text(name));
  for (const Source& view : set.sources) about["views"].push_back({view.name, view.channels});
  const std::string description = about.dump();
  const auto fill = [&](std::ofstream& out) { write_all(set, description, out); };
  if (write_whole(file, fill)) return;
  throw Error(ErrorKind::kSystem, fmt::format("{}: the pack cannot be written", path_text(file)),
              "The disk may be full, or the folder not there or not writable.");
}

std::vector<fs::path> pack_files(const DataSpec& spec) {
  std::error_code failed;
  if (fs::is_regular_file(spec.path, failed)) return {spec.path};
  throw input_error(fmt::format(
      "data set 'pack': {} is no file; data.path must be one that `sslx data pack` made",
      path_text(spec.path)));
}

Dataset load_pack(const DataSpec& spec) {
  const fs::path file = pack_files(spec).front();
  if (fs::file_size(file) == 0) broken(file, "the file is empty");
  const auto mapping = map_file(file);
  const std::span bytes(static_cast<const uint8_t*>(mapping->get_address()), mapping->get_size());
  const Header header = read_pack_header(file, bytes);
  const Layout layout = checked_layout(file, header, bytes.size());
  Dataset out;
  const std::span description = bytes.subspan(sizeof header, header.description);
  out.class_names = read_classes(file, description);
  out.sources = read_sources(file, description, header.shape[0]);
  const auto part = [&](int64_t count, size_t pixels, size_t labels) {
    const auto images = static_cast<size_t>(count);
    return ImageSet{
        header.shape[0], header.shape[1], header.shape[2],
        Pixels(bytes.subspan(pixels, images * layout.image), mapping),
        read_labels(file, bytes.subspan(labels, images * sizeof(int64_t)), out.class_names.size())};
  };
  out.train = part(header.train, layout.train, layout.labels);
  out.test = part(header.test, layout.test,
                  layout.labels + static_cast<size_t>(header.train) * sizeof(int64_t));
  return out;
}

}  // namespace sslx::data
