#include "host/tools/import_weights.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include "host/data/path_text.h"
#include "host/trial/components.h"
#include "host/weights/safetensors.h"
#include "host/weights/weights.h"

namespace sslx::train {
namespace {

using nlohmann::json;

/// RGB, gray, and the two colour channels of Lab: a checkpoint does not say what it was made for.
constexpr std::array<int64_t, 3> kChannels{3, 1, 2};

struct Found {
  int64_t channels = 0;
  WeightsFit fit;
};

/// The fit with the fewest problems over the kinds of images.
Found best_fit(Components& components, const State& tensors,
               const std::optional<std::string>& prefix, const std::string& file) {
  std::optional<Found> best;
  for (const int64_t channels : kChannels) {
    const std::shared_ptr<Backbone> backbone = components.backbone(channels);
    WeightsFit fit = fit_weights(tensors, *backbone, prefix, file);
    if (!best || fit.problems() < best->fit.problems()) best = Found{channels, std::move(fit)};
    if (best->fit.problems() == 0) break;
  }
  return std::move(*best);
}

void print_report(const Found& found, const std::string& file, const std::string& backbone) {
  const WeightsFit& fit = found.fit;
  fmt::print("{} fits {} for images of {} channel{}: {} tensors{}\n", file, backbone,
             found.channels, found.channels == 1 ? "" : "s", fit.state.size(),
             fit.prefix.empty() ? "" : fmt::format(" of '{}'", fit.prefix));
  if (!fit.left_out.empty()) fmt::print("left out: {}\n", left_out_text(fit));
  if (!fit.converted.empty()) {
    fmt::print("converted to the backbone's type of numbers: {} tensors\n", fit.converted.size());
  }
  if (!fit.filled.empty()) {
    fmt::print("not in the file, set to zero: {} batch counts\n", fit.filled.size());
  }
}

}  // namespace

void import_weights(const json& request) {
  const TrialRequest asked = read_request(request);
  const json& task = request.at("import");
  const auto file = task.at("file").get<std::string>();
  const std::filesystem::path place = data::text_path(file);
  const std::string sha256 = sha256_file(place);
  const TensorFile read = read_safetensors(place);
  if (sha256_file(place) != sha256) throw input_error(file + " changed while it was read");
  std::optional<std::string> prefix;
  if (!task.at("prefix").is_null()) prefix = task.at("prefix").get<std::string>();
  Components components(asked);
  const Found found = best_fit(components, read.tensors, prefix, file);
  const std::string backbone =
      fmt::format("backbone '{}'", asked.config.at("backbone").at("name").get<std::string>());
  check_fit(found.fit, file, backbone);
  write_safetensors(found.fit.state, data::text_path(task.at("out").get<std::string>()));
  const json report{{"prefix", found.fit.prefix},        {"channels", found.channels},
                    {"tensors", found.fit.state.size()}, {"left_out", left_out_text(found.fit)},
                    {"source_sha256", sha256},           {"metadata", read.metadata}};
  const auto report_file = task.at("report").get<std::string>();
  std::ofstream out(data::text_path(report_file));
  out << report.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
  out.close();
  if (!out) {
    throw Error(ErrorKind::kSystem,
                fmt::format("{} cannot be written: {}", report_file, std::strerror(errno)));
  }
  print_report(found, file, backbone);
}

}  // namespace sslx::train
