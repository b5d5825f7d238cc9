#include "host/data/folder_images.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>

#include "host/data/data_error.h"
#include "host/data/decode.h"
#include "host/data/formats.h"
#include "host/data/memory.h"
#include "host/data/parallel.h"
#include "host/data/path_text.h"
#include "host/data/view_folders.h"

namespace sslx::data {
namespace {

namespace fs = std::filesystem;

KnownFile known(const Entry& entry) { return {entry.file, entry.state}; }

/// Each image has its own place, so the result does not depend on the threads.
std::vector<Image> decode_all(const std::vector<Entry>& files, int64_t side) {
  std::vector<Image> out(files.size());
  on_all_cores(files.size(), [&](size_t i) {
    out[i] = decode_image(known(files[i]));
    if (side > 0 && out[i].error.empty()) out[i] = centre_square(out[i], side);
  });
  return out;
}

std::vector<Image> headers_of(const std::vector<Entry>& files) {
  std::vector<Image> out(files.size());
  on_all_cores(files.size(), [&](size_t i) { out[i] = file_header(known(files[i])); });
  return out;
}

/// All images of the view together, before any is decoded: without a side they must all have the
/// first one's size.
void check_fits(const ViewFiles& view, int64_t side) {
  const Image first = file_header(known(view.train.front()));
  if (side == 0 && !first.error.empty()) return;
  const int64_t height = side > 0 ? side : first.height;
  const int64_t width = side > 0 ? side : first.width;
  const size_t count = view.train.size() + view.test.size();
  check_memory(
      static_cast<double>(count) * static_cast<double>(height) * static_cast<double>(width),
      fmt::format("{}: its {} images of {} x {} pixels{}",
                  path_text(view.train_folder.parent_path()), count, width, height,
                  side > 0 ? " (data.image_size)" : ""),
      "data.decode = \"exact\" leaves them files.");
}

/// Counts and names the unreadable; one more than the limit ends it.
void forgive(const std::vector<Entry>& files, const std::vector<Image>& images, int64_t limit,
             Dataset& out) {
  size_t first = files.size();
  for (size_t i = 0; i < files.size(); ++i) {
    if (images[i].error.empty()) continue;
    first = std::min(first, i);
    ++out.unreadable;
    if (out.warnings.size() < 20) {
      out.warnings.push_back(
          fmt::format("left out {}: {}", path_text(files[i].file), images[i].error));
    }
  }
  if (out.unreadable <= limit) return;
  throw DataError(
      too_many_unreadable(files[first].file, images[first].error, out.unreadable, limit));
}

/// Without data.image_size all images must have the first one's size.
void check_size(const Entry& entry, const Image& image, const ImageSet& set) {
  if (image.height == set.height && image.width == set.width) return;
  broken(entry.file, fmt::format("the image is {} x {} pixels and the first one {} x {}; set "
                                 "data.image_size to bring all to one size",
                                 image.width, image.height, set.width, set.height));
}

void to_channels(std::vector<Image>& images, int64_t channels) {
  for (Image& image : images) {
    if (channels == 3 && image.error.empty()) image = as_rgb(std::move(image));
  }
}

ImageSet together(const DecodedFiles& decoded) {
  ImageSet out;
  std::vector<uint8_t> pixels;
  for (size_t i = 0; i < decoded.files.size(); ++i) {
    const Image& image = decoded.images[i];
    if (!image.error.empty()) continue;
    if (out.size() == 0) {
      out = {image.channels, image.height, image.width};
      pixels.reserve(decoded.files.size() * out.image_bytes());
    }
    check_size(decoded.files[i], image, out);
    pixels.insert(pixels.end(), image.pixels.begin(), image.pixels.end());
    out.labels.push_back(decoded.files[i].label);
  }
  out.pixels = std::move(pixels);
  return out;
}

ImageSet as_files(const std::vector<Entry>& entries, const std::vector<Image>& headers,
                  int64_t channels, const DataSpec& spec,
                  const std::shared_ptr<Unreadable>& damaged) {
  const int64_t side = spec.integer("image_size");
  ImageSet out;
  std::vector<EncodedFile> files;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (!headers[i].error.empty()) continue;
    if (out.size() == 0) {
      out = {channels, side > 0 ? side : headers[i].height, side > 0 ? side : headers[i].width};
    }
    if (side == 0) check_size(entries[i], headers[i], out);
    files.push_back({known(entries[i]), entries[i].label});
    out.labels.push_back(entries[i].label);
  }
  out.encoded =
      std::make_shared<const EncodedImages>(std::move(files), channels, out.height, out.width, side,
                                            spec.choice("decode") == "scaled", damaged);
  return out;
}

/// Gray images stay so only when all are.
int64_t common_channels(const std::vector<Image>& train, const std::vector<Image>& test) {
  const auto is_rgb = [](const Image& image) { return image.channels == 3; };
  return std::ranges::any_of(train, is_rgb) || std::ranges::any_of(test, is_rgb) ? 3 : 1;
}

}  // namespace

/// A JPEG's header lies in its first kilobytes, unless a camera put a preview before it; what turns
/// a PNG may stand at its end.
Image file_header(const KnownFile& file) {
  constexpr size_t kStart = 1 << 16;
  std::string bytes;
  if (!read_bytes(file, bytes, kStart)) return unreadable("the file cannot be read");
  if (bytes.size() == kStart && (!is_jpeg(bytes) || !read_header(bytes).error.empty())) {
    read_bytes(file, bytes);
  }
  return read_header(bytes);
}

void load_decoded(const DataSpec& spec, const std::vector<ViewFiles>& views, Dataset& out) {
  const int64_t side = spec.integer("image_size");
  for (const ViewFiles& view : views) check_fits(view, side);
  std::vector<DecodedFiles> train;
  std::vector<DecodedFiles> test;
  for (const ViewFiles& view : views) {
    train.push_back({view.train, decode_all(view.train, side)});
    test.push_back({view.test, decode_all(view.test, side)});
    const int64_t channels = common_channels(train.back().images, test.back().images);
    for (DecodedFiles* part : {&train.back(), &test.back()}) to_channels(part->images, channels);
    if (!view.view.empty()) out.sources.push_back({view.view, channels});
  }
  DecodedFiles train_scenes = stacked(std::move(train));
  DecodedFiles test_scenes = stacked(std::move(test));
  forgive(train_scenes.files, train_scenes.images, spec.integer("unreadable_limit"), out);
  forgive(test_scenes.files, test_scenes.images, spec.integer("unreadable_limit"), out);
  out.train = together(train_scenes);
  out.test = together(test_scenes);
}

void load_encoded(const DataSpec& spec, const std::vector<Entry>& train,
                  const std::vector<Entry>& test, Dataset& out) {
  const std::vector<Image> train_headers = headers_of(train);
  const std::vector<Image> test_headers = headers_of(test);
  forgive(train, train_headers, spec.integer("unreadable_limit"), out);
  forgive(test, test_headers, spec.integer("unreadable_limit"), out);
  const int64_t channels = common_channels(train_headers, test_headers);
  out.damaged = std::make_shared<Unreadable>(spec.integer("unreadable_limit"), out.unreadable);
  out.train = as_files(train, train_headers, channels, spec, out.damaged);
  out.test = as_files(test, test_headers, channels, spec, out.damaged);
}

}  // namespace sslx::data
