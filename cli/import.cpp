// `sslx import`: a published checkpoint becomes weights that a sweep may name. sslx-tools checks it
// against the backbone; here it gets its place by content and its name.
#include <fmt/format.h>
#include <signal.h>
#include <sslx/error.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>

#include "cli/context.h"
#include "cli/libtorch.h"
#include "cli/settings.h"
#include "host/data/path_text.h"
#include "host/record/journal_lines.h"
#include "host/sweep/process.h"
#include "host/sweep/run_directory.h"
#include "host/sweep/trial.h"
#include "host/sweep/weights_store.h"

namespace sslx::cli {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct ImportOptions {
  fs::path file;
  std::string backbone;
  std::vector<std::string> settings;
  std::string name;
  std::optional<std::string> prefix;
};

constexpr std::string_view kIncoming = ".incoming-";

bool is_gone(pid_t pid) { return ::kill(pid, 0) != 0 && errno == ESRCH; }

/// What imports left that were killed: their processes are gone.
void remove_abandoned(const fs::path& store) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(store, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kIncoming)) continue;
    const pid_t pid = std::atoi(name.c_str() + kIncoming.size());
    if (pid <= 0 || pid == ::getpid() || is_gone(pid)) {
      fs::remove_all(entry.path(), error);
    }
  }
}

/// What the host writes before it is known where it belongs; gone again when it is not kept.
struct Incoming {
  explicit Incoming(const fs::path& store)
      : folder(store / fmt::format("{}{}", kIncoming, ::getpid())),
        weights(folder / "weights.safetensors"),
        report(folder / "report.json") {
    remove_abandoned(store);
    sweep::make_folder(folder);
  }
  Incoming(const Incoming&) = delete;
  Incoming& operator=(const Incoming&) = delete;
  ~Incoming() {
    std::error_code error;
    fs::remove_all(folder, error);
  }
  fs::path folder;
  fs::path weights;
  fs::path report;
};

/// As in the file: names begin with it, and a '.' follows. "" says that there is none.
json prefix_of(const ImportOptions& options) {
  if (!options.prefix) return {};
  const bool whole = options.prefix->empty() || options.prefix->ends_with('.');
  return data::as_text(*options.prefix + (whole ? "" : "."));
}

json request_of(const ImportOptions& options, const PluginFile& plugin, const json& parameters,
                const Incoming& incoming) {
  return {{"task", "import"},
          {"run", ""},
          {"directory", ""},
          {"config", {{"backbone", {{"name", plugin.name}, {"parameters", parameters}}}}},
          {"seed", 0},
          {"plugins", sweep::plugins_json({plugin})},
          {"import",
           {{"file", data::path_text(options.file)},
            {"prefix", prefix_of(options)},
            {"out", data::path_text(incoming.weights)},
            {"report", data::path_text(incoming.report)}}}};
}

void print_snippet(const sweep::Weights& weights, const std::string& backbone,
                   const json& settings) {
  fmt::print(
      "weights '{}' are kept with SHA-256 {}; a sweep evaluates them with\n\n"
      "[base.backbone]\nname = \"{}\"\n{}weights = \"{}\"\n\n[base.method]\nname = "
      "\"pretrained\"\n",
      weights.provenance.at("name").get<std::string>(), weights.sha256, backbone,
      toml_lines(settings), weights.provenance.at("name").get<std::string>());
}

int import_weights(const ImportOptions& options, const Context& context) {
  sweep::WeightsStore store(context.weights());
  const std::string name = options.name.empty() ? options.file.stem().string() : options.name;
  store.check_name(name);
  const PluginRegistry registry = PluginRegistry::search(context.plugin_dirs);
  const PluginFile& plugin = registry.find("backbone", options.backbone);
  const json settings = read_settings(options.settings);
  const json parameters =
      Parameters::resolve(plugin.schema, settings, fmt::format("backbone '{}'", plugin.name))
          .to_json();
  const Incoming incoming(store.folder());
  const int code = sweep::run_with_input(ready_tools(),
                                         request_of(options, plugin, parameters, incoming).dump());
  if (code != 0) return code;
  json provenance = record::read_object(incoming.report);
  provenance["source"] = data::path_text(fs::absolute(options.file).lexically_normal());
  provenance["imported"] = sweep::utc_now();
  provenance["backbone"] = {{"name", plugin.name}, {"parameters", parameters}};
  print_snippet(store.add(incoming.weights, name, std::move(provenance)), plugin.name, settings);
  return 0;
}

}  // namespace

void add_import(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand(
      "import", "Takes published weights (safetensors), so that a sweep may evaluate them");
  const auto options = std::make_shared<ImportOptions>();
  verb->add_option("FILE", options->file, "The safetensors file")->required();
  verb->add_option("--backbone", options->backbone, "The backbone that the weights are for")
      ->required();
  verb->add_option("--set", options->settings, "key=value, a parameter of the backbone")
      ->allow_extra_args(false);
  verb->add_option("--as", options->name, "The name in sweeps; default: the file's");
  verb->add_option("--prefix", options->prefix,
                   "What stands before the backbone's names in the file, as module.encoder_q.; "
                   "default: it is found");
  verb->footer(
      "The weights are kept in weights/ under the home, by content. Any method may start from "
      "them:\n"
      "`weights` of [base.backbone] is a name, a SHA-256 or a path.");
  verb->callback([options, &context] { context.exit_code = import_weights(*options, context); });
}

}  // namespace sslx::cli
