// `sslx attention`: where the heads of a run's vision transformer look in an image. sslx-tools
// draws it; here the run is looked up and its files are found.
#include <fmt/format.h>
#include <sslx/error.h>

#include <memory>

#include "cli/context.h"
#include "cli/libtorch.h"
#include "cli/number_check.h"
#include "cli/output_name.h"
#include "cli/recorded_run.h"
#include "host/data/path_text.h"
#include "host/sweep/process.h"

namespace sslx::cli {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct AttentionOptions {
  std::string run;
  std::string image;
  std::string out = "attention.png";
  std::string prefix;
  int64_t side = 0;  ///< 0: as the run's images
  double time_limit = 60;
};

int draw_attention(const AttentionOptions& options, const Context& context) {
  check_ending("--out", options.out, ".png", "a PNG picture");
  if (fs::weakly_canonical(options.image) == fs::weakly_canonical(options.out)) {
    throw input_error(
        fmt::format("--out is {}, the image itself; it must be another file", options.out));
  }
  const RecordedRun run = find_completed_run(options.run, context);
  json request = run.request;
  find_plugins(request, PluginRegistry::search(context.plugin_dirs), run);
  const json facts = seen_data(run);
  const bool dotted = options.prefix.empty() || options.prefix.ends_with('.');
  request["task"] = "attention";
  request["attention"] = {
      {"weights", data::path_text(run.directory / "weights.safetensors")},
      {"weights_sha256", run.details.facts.at("weights_sha256")},
      {"facts", facts},
      {"image", data::as_text(options.image)},
      {"out", data::as_text(options.out)},
      {"time_limit", options.time_limit},
      {"side", options.side > 0 ? options.side : facts.at("height").get<int64_t>()},
      {"prefix", data::as_text(options.prefix + (dotted ? "" : "."))}};
  return sweep::run_with_input(ready_tools(), request.dump());
}

}  // namespace

void add_attention(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand(
      "attention", "Draws where the heads of a run's vision transformer look in an image");
  const auto options = std::make_shared<AttentionOptions>();
  verb->add_option("RUN", options->run, "The run's id, or its beginning")->required();
  verb->add_option("IMAGE", options->image, "A JPEG, PNG or WebP file; its central square is taken")
      ->required();
  verb->add_option("--out", options->out, "The PNG that is written")->capture_default_str();
  verb->add_option("--side", options->side,
                   "Pixels of that square, a multiple of the patches'; more show more detail; "
                   "default: as the run's images")
      ->check(CLI::Range(1, 4096));
  verb->add_option("--time-limit", options->time_limit,
                   "Seconds that it may take; a larger square, whose maps would take longer, is "
                   "refused at once; 0: no limit")
      ->check(at_least_zero())
      ->capture_default_str();
  verb->add_option("--prefix", options->prefix,
                   "The encoder by its names, as student.backbone; default: the one that is "
                   "evaluated");
  verb->callback([options, &context] { context.exit_code = draw_attention(*options, context); });
}

}  // namespace sslx::cli
