// `sslx export`: the weights and features of a recorded run, for other programs. What needs torch
// is done by sslx-tools; here the run is looked up and its files are found.
#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <algorithm>
#include <memory>
#include <set>

#include "cli/context.h"
#include "cli/libtorch.h"
#include "cli/output.h"
#include "cli/output_name.h"
#include "cli/recorded_run.h"
#include "cli/sweep_place.h"
#include "cli/tensorboard.h"
#include "host/data/path_text.h"
#include "host/sweep/data_lookup.h"
#include "host/sweep/process.h"

namespace sslx::cli {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct ExportOptions {
  std::string run;
  std::string tensorboard;
  std::string sweep;
  std::string out;
  std::string part;  ///< "": backbone
  std::string prefix;
  std::string features;
  std::string split;  ///< "": test
  std::string labels;

  /// Weights that are taken by their names alone need no plugin of the run.
  bool needs_method() const {
    return !features.empty() || (!out.empty() && part != "all" && prefix.empty());
  }
};

void check_endings(const ExportOptions& options) {
  check_ending("OUT", options.out, ".safetensors", "weights as safetensors");
  check_ending("--features", options.features, ".npy", "a NumPy array");
  check_ending("--labels", options.labels, ".npy", "a NumPy array");
}

void check(const ExportOptions& options) {
  if (options.out.empty() && options.features.empty()) {
    throw input_error(
        "there is nothing to export; a file for the weights must be named, or one with --features");
  }
  if (options.features.empty() && !options.labels.empty()) {
    throw input_error("--labels goes with --features, in whose order the labels are");
  }
  if (options.features.empty() && !options.split.empty()) {
    throw input_error("--split goes with --features, and says whose they are");
  }
  if (options.out.empty() && !(options.part.empty() && options.prefix.empty())) {
    throw input_error("--part and --prefix go with a file for the weights, which must be named");
  }
  if (options.part == "all" && !options.prefix.empty()) {
    throw input_error("--prefix says which backbone is exported; it means nothing of --part all");
  }
}

/// A run's own files stay as they are, and no output replaces another.
void check_outputs(const ExportOptions& options, const fs::path& run_directory) {
  const fs::path own = fs::weakly_canonical(run_directory);
  std::set<fs::path> seen;
  for (const std::string& name : {options.out, options.features, options.labels}) {
    if (name.empty()) continue;
    const fs::path file = fs::weakly_canonical(fs::absolute(name));
    if (std::ranges::mismatch(own, file).in1 == own.end()) {
      throw input_error(fmt::format("{} lies in the run's own folder, {}; it must lie elsewhere",
                                    name, own.string()));
    }
    if (!seen.insert(file).second) {
      throw input_error(fmt::format("{} is named for two outputs; each must have its own", name));
    }
  }
}

/// Features of other images than the run's would not be the run's.
void check_data(const json& request, const json& data) {
  json asked = request.at("config").at("data");
  asked.erase("fingerprint");
  const std::string path = request.value("data_path", "");
  if (sweep::DataFolder().fingerprint(asked, data::text_path(path)) ==
      data.value("fingerprint", ""))
    return;
  throw input_error(fmt::format(
      "the data set '{}'{} changed since the run; features need the images that it had, whose "
      "fingerprint is {}",
      data.at("name").get<std::string>(), path.empty() ? "" : " in " + path,
      data.value("fingerprint", "")));
}

/// What the file says of itself.
json metadata_of(const record::RunDetails& run) {
  return {{"format", "pt"},
          {"sslx_version", SSLX_VERSION},
          {"run", run.summary.id},
          {"trial", run.summary.trial},
          {"method", run.config.at("method").dump()},
          {"backbone", run.config.value("student", run.config.at("backbone")).dump()},
          {"data_fingerprint", run.config.at("data").value("fingerprint", "")}};
}

json request_of(const ExportOptions& options, const RecordedRun& run,
                const PluginRegistry& registry) {
  json request = run.request;
  if (options.needs_method()) find_plugins(request, registry, run);
  const std::string dotted = options.prefix.empty() || options.prefix.ends_with('.') ? "" : ".";
  request["task"] = "export";
  request["export"] = {{"weights", data::path_text(run.directory / "weights.safetensors")},
                       {"weights_sha256", run.details.facts.at("weights_sha256")},
                       {"facts", seen_data(run)},
                       {"out", data::as_text(options.out)},
                       {"part", options.part.empty() ? "backbone" : options.part},
                       {"prefix", data::as_text(options.prefix + dotted)},
                       {"metadata", metadata_of(run.details)},
                       {"features", data::as_text(options.features)},
                       {"split", options.split.empty() ? "test" : options.split},
                       {"labels", data::as_text(options.labels)}};
  return request;
}

/// Curves alone, which need nothing but the record.
int export_curves(const ExportOptions& options, const Context& context) {
  const auto database = open_record(context);
  std::vector<record::RunSummary> runs = record::list_runs(*database, options.sweep);
  if (!options.run.empty()) {
    const std::string id = record::find_run(*database, options.run);
    std::erase_if(runs, [&](const record::RunSummary& run) { return run.id != id; });
  }
  const size_t written = write_tensorboard(*database, runs, options.tensorboard);
  fmt::print("{}: {} run{}\n", options.tensorboard, written, written == 1 ? "" : "s");
  return 0;
}

int export_run(const ExportOptions& options, const Context& context) {
  if (!options.tensorboard.empty()) return export_curves(options, context);
  if (options.run.empty()) {
    throw input_error("there is no run to export; RUN must name one, as `sslx runs` lists them");
  }
  check(options);
  check_endings(options);
  const RecordedRun run = find_completed_run(options.run, context);
  check_outputs(options, run.directory);
  if (!options.features.empty()) check_data(run.request, run.details.config.at("data"));
  const json request = request_of(options, run, PluginRegistry::search(context.plugin_dirs));
  const std::string made_by = request.value("host_sha256", "");
  if (!options.features.empty() && !made_by.empty() && made_by != sha256_file(find_host())) {
    tell(
        "sslx: the run was made by another build of sslx-host; its features may differ from "
        "these in the last bits");
  }
  return sweep::run_with_input(ready_tools(), request.dump());
}

}  // namespace

void add_export(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand(
      "export", "Writes a run's weights as safetensors for torchvision or timm, and its features");
  const auto options = std::make_shared<ExportOptions>();
  verb->add_option("RUN", options->run, "The run's id, or its beginning");
  verb->add_option("OUT", options->out, "The safetensors file to write");
  verb->add_option("--part", options->part,
                   "backbone: the encoder whose features are evaluated, under the names of "
                   "torchvision or timm; all: everything, under the method's names; default: "
                   "backbone")
      ->check(CLI::IsMember({"backbone", "all"}));
  verb->add_option(
      "--prefix", options->prefix,
      "The encoder by its names, as query.backbone; default: the one that is evaluated");
  verb->add_option("--features", options->features,
                   "A .npy to write: float32 [images, width], by the run's evaluation recipe");
  verb->add_option("--split", options->split, "Whose features: train or test; default: test")
      ->check(CLI::IsMember({"train", "test"}));
  verb->add_option("--labels", options->labels,
                   "A .npy to write: their labels, int64 [images], -1 where there is none");
  CLI::Option* tensorboard = verb->add_option(
      "--tensorboard", options->tensorboard,
      "A folder for the curves and results of RUN, or of all runs, as TensorBoard reads them");
  for (CLI::Option* other : verb->get_options()) {
    if (other != tensorboard && other->get_name() != "RUN" && other->get_name() != "--help") {
      tensorboard->excludes(other);
    }
  }
  verb->add_option("--sweep", options->sweep, "With --tensorboard: the runs of this sweep alone")
      ->needs(tensorboard);
  verb->footer(
      "In Python:  net = torchvision.models.resnet18(); net.fc = torch.nn.Identity()\n"
      "            net.load_state_dict(safetensors.torch.load_file(OUT), strict=True)");
  verb->callback([options, &context] { context.exit_code = export_run(*options, context); });
}

}  // namespace sslx::cli
