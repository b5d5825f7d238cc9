#include "host/sweep/known_data.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <algorithm>

#include "host/data/path_text.h"
#include "host/sweep/keys.h"
#include "host/sweep/toml_reader.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

const std::vector<ParameterSpec>& numbers_of_data() {
  static const std::vector<ParameterSpec> out{
      integer("classes", 0, "of the labelled images").between(0, 1'000'000),
      integer("train", 0, "labelled training images").between(0, 1'000'000'000),
      integer("test", 0, "test images").between(0, 1'000'000'000),
      integer("unlabelled", 0, "training images without a label").between(0, 1'000'000'000),
      integer("channels", 3, "of an image").between(1, 4096),
      integer("height", 0, "in pixels; 0: they differ").between(0, 100'000),
      integer("width", 0, "in pixels; 0: they differ").between(0, 100'000)};
  return out;
}

KnownData read_data(const Config& table) {
  const Parameters numbers =
      resolve_table(table,
                    {{"path", Holds::kText, "", "the last word of its usual path"},
                     {"source", Holds::kText, "", "who says so"}},
                    numbers_of_data(), "a known data set");
  KnownData out{
      .path = text_at(table, "path"),
      .classes = numbers.integer("classes"),
      .train = numbers.integer("train"),
      .test = numbers.integer("test"),
      .unlabelled = numbers.integer("unlabelled"),
      .image = {numbers.integer("channels"), numbers.integer("height"), numbers.integer("width")},
      .source = text_at(table, "source")};
  if (!out.path.empty() && out.classes > 0 && out.train >= out.classes && !out.source.empty()) {
    return out;
  }
  throw input_error(table.origin("") +
                    ": a known data set must have a path, classes, at least as many training "
                    "images, and its source");
}

/// As many of each class; the first have one more where they cannot.
data::LabelCounts evenly(int64_t images, int64_t classes) {
  data::LabelCounts out;
  for (int64_t i = 0; i < classes; ++i) out.classes.push_back((images + classes - 1 - i) / classes);
  return out;
}

}  // namespace

std::vector<KnownData> read_known_data(const std::vector<fs::path>& folders) {
  std::vector<KnownData> out;
  for (const Config& table : tables_of(folders, "datasets.toml", "dataset", {"dataset"})) {
    out.push_back(read_data(table));
  }
  return out;
}

const KnownData* DataToBe::stand_in(const json& config, const fs::path& path) {
  if (const auto seen = found_.find(path); seen != found_.end()) return seen->second;
  const fs::path last = path.has_filename() ? path.filename() : path.parent_path().filename();
  const auto known = std::ranges::find(all_, last.string(), &KnownData::path);
  const bool is_needed = known != all_.end() && !available(config, path);
  return found_[path] = is_needed ? &*known : nullptr;
}

std::string DataToBe::fingerprint(const json& config, const fs::path& path) {
  const KnownData* known = stand_in(config, path);
  return known == nullptr ? DataFolder::fingerprint(config, path)
                          : sha256_hex("not here: " + known->path);
}

std::string DataToBe::state(const json& config, const fs::path& path) {
  return stand_in(config, path) == nullptr ? DataFolder::state(config, path) : "";
}

std::optional<data::DataSizes> DataToBe::sizes(const json& config, const fs::path& path) {
  const KnownData* known = stand_in(config, path);
  if (known == nullptr) return DataFolder::sizes(config, path);
  data::DataSizes out{
      evenly(known->train, known->classes), evenly(known->test, known->classes), {}, known->image};
  if (config.value("unlabeled", false)) out.train.unlabelled = known->unlabelled;
  if (const auto side = config.value("image_size", int64_t{0}); side > 0) {
    out.image.height = out.image.width = side;
  }
  return data::with_held_out(std::move(out), config.value("held_out_per_class", int64_t{0}));
}

std::string DataToBe::note(const json& config, const fs::path& path) {
  const KnownData* known = stand_in(config, path);
  if (known == nullptr) return "";
  return fmt::format("the data in {} are not here; planned as {}: {} training and {} test images",
                     data::path_text(path), known->source,
                     known->train + (config.value("unlabeled", false) ? known->unlabelled : 0),
                     known->test);
}

}  // namespace sslx::sweep
