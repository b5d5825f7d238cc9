#include "host/tools/bench_decode.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>

#include "host/data/prepare.h"
#include "host/tools/photographs.h"
#include "host/tools/views_rate.h"

namespace sslx::train {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t kMostPhotos = 256;
constexpr int kFirstRounds = 15;

/// A folder that goes with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(fs::temp_directory_path() / fmt::format("sslx_bench_{}", ::getpid())) {
    fs::create_directories(path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Up to kMostPhotos of the folder's JPEG files, spread evenly over their names.
std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> all;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    std::string ending = entry.path().extension().string();
    std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return std::tolower(c); });
    const bool jpeg = ending == ".jpg" || ending == ".jpeg";
    if (jpeg && !entry.path().filename().string().starts_with('.')) all.push_back(entry.path());
  }
  std::ranges::sort(all);
  if (all.empty()) {
    throw input_error(fmt::format("{} holds no .jpg or .jpeg file", folder.string()));
  }
  std::vector<fs::path> out;
  const size_t count = std::min(all.size(), kMostPhotos);
  for (size_t i = 0; i < count; ++i) out.push_back(all[i * all.size() / count]);
  return out;
}

struct Crop {
  const char* name;
  int64_t size;
  double least;
  double most;
};

constexpr std::array kCrops{Crop{"224 px, area 0.08 to 1", 224, 0.08, 1},
                            Crop{"96 px, area 0.05 to 0.4", 96, 0.05, 0.4},
                            Crop{"96 px, area 0.08 to 1", 96, 0.08, 1}};

/// The same files with restart markers, as `sslx data prepare` writes them.
std::vector<fs::path> prepare(const std::vector<fs::path>& files, const fs::path& folder) {
  std::vector<fs::path> out;
  for (const fs::path& file : files) {
    out.push_back(folder / fmt::format("prepared_{}.jpg", out.size()));
    data::prepare_file(file, out.back());
  }
  return out;
}

data::ViewPipeline pipeline_of(Components& components, const std::vector<fs::path>& files,
                               const Crop& crop, bool scaled) {
  data::ImageSet set{3, 224, 224};
  set.labels.assign(files.size(), 0);
  std::vector<data::EncodedFile> encoded;
  for (const fs::path& file : files) encoded.push_back({{file}});
  set.encoded = std::make_shared<const data::EncodedImages>(
      std::move(encoded), 3, 224, 224, 224, scaled, std::make_shared<data::Unreadable>(0));
  const json operations{
      {{"name", "crop"},
       {"parameters", {{"size", crop.size}, {"scale", {crop.least, crop.most}}}}}};
  return {data::Images(set), torch::tensor(set.labels), {components.recipe(operations)}, 0, 0};
}

/// Differences of the views from those of whole files, in steps of 1/255.
struct Difference {
  double mean;
  double most;
};

Difference difference(const data::ViewPipeline& whole, const data::ViewPipeline& scaled) {
  std::vector<int64_t> all(static_cast<size_t>(whole.size()));
  std::iota(all.begin(), all.end(), 0);
  const torch::Tensor apart =
      (whole.make(0, all).views[0] - scaled.make(0, all).views[0]).abs() * 255;
  return {apart.mean().item<double>(), apart.max().item<double>()};
}

}  // namespace

void bench_decode(Components& components, const fs::path& photos, double seconds) {
  const TemporaryFolder folder;
  const std::vector<fs::path> files =
      photos.empty() ? draw_photographs(folder.path(), 64) : files_in(photos);
  double bytes = 0;
  for (const fs::path& file : files) bytes += static_cast<double>(fs::file_size(file));
  fmt::print("\nJPEG files decoded and cropped a second on one core, {:.0f} KB each{}\n",
             bytes / 1e3 / static_cast<double>(files.size()),
             photos.empty() ? " (500 x 375, a photograph's spectrum)" : "");
  fmt::print(
      "exact: the pixels of a whole decode; scaled: at a half, quarter or eighth where the crop\n"
      "allows, with its difference from exact in steps of 1/255; at first: of files never read\n"
      "before, as in a first epoch; prepared: by `sslx data prepare`\n"
      "\n{:<24} {:>8} {:>8} {:>15} {:>15} {:>15} {:>7} {:>7}\n",
      "", "exact", "scaled", "scaled at first", "prepared exact", "prepared scaled", "mean",
      "largest");
  const std::vector<fs::path> prepared = prepare(files, folder.path());
  for (const Crop& crop : kCrops) {
    const auto rate = [&](const std::vector<fs::path>& of, bool scaled) {
      return views_a_second(pipeline_of(components, of, crop, scaled), 32, seconds);
    };
    const Difference apart = difference(pipeline_of(components, files, crop, false),
                                        pipeline_of(components, files, crop, true));
    const double at_first = first_views_a_second(
        [&] { return pipeline_of(components, files, crop, true); }, kFirstRounds);
    fmt::print("{:<24} {:>8.0f} {:>8.0f} {:>15.0f} {:>15.0f} {:>15.0f} {:>7.2f} {:>7.0f}\n",
               crop.name, rate(files, false), rate(files, true), at_first, rate(prepared, false),
               rate(prepared, true), apart.mean, apart.most);
  }
}

}  // namespace sslx::train
