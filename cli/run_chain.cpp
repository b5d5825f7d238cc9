#include "cli/run_chain.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <algorithm>
#include <functional>

#include "cli/report_cells.h"
#include "cli/sweep_place.h"
#include "host/data/fingerprint.h"
#include "host/data/path_text.h"
#include "host/plugins/registry.h"
#include "host/record/journal_lines.h"
#include "host/weights/safetensors_digest.h"

namespace sslx::cli {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

const char* const kAsRecorded = "as recorded";
const char* const kGone = "not there";
constexpr uintmax_t kDataBytesOfShow = 256'000'000;  // of data, where their files moved

/// What the look says, or why it could not be taken.
std::string looked(const std::function<std::string()>& look) {
  try {
    return look();
  } catch (const Error& error) {
    return error.what();
  }
}

std::string digest_found(const fs::path& file, const std::string& sha256, const char* other) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return kGone;
  return sha256_file(file) == sha256 ? kAsRecorded : other;
}

class Chain {
 public:
  Chain(const record::RunDetails& run, const Context& context) : run_(run), context_(context) {
    directory_ = run.summary.directory;
    std::error_code error;  // the home may have moved since
    if (!fs::is_directory(directory_, error)) directory_ = context.runs() / run.summary.id;
  }

  std::vector<ChainLink> links() {
    add_figures();
    add_weights();
    add_training();
    add_plugins();
    add_host();
    add_data();
    add_plans();
    add_sources();
    add_log();
    add_verdict();
    return std::move(out_);
  }

 private:
  std::string fact(const char* name) const { return record::text_or(run_.facts, name); }

  void add_figures() {
    if (run_.results.empty()) return;
    std::vector<int64_t> lines;
    for (const record::ResultEntry& result : run_.results) lines.push_back(result.line);
    out_.push_back({"figures",
                    fmt::format("lines {} of {}", fmt::join(lines, ", "),
                                (directory_ / "journal.jsonl").string()),
                    looked([this] { return figures_found(); })});
  }

  /// The journal counts its lines from 0.
  std::string figures_found() const {
    const fs::path file = directory_ / "journal.jsonl";
    if (!fs::exists(file)) return kGone;
    const std::vector<json> events = record::read_journal(file, {}).events;
    for (const record::ResultEntry& result : run_.results) {
      const auto line = static_cast<size_t>(result.line);
      const json said = line < events.size() ? events[line] : json::object();
      const double value = said.contains("value") ? record::number_of(said["value"]) : 0;
      const bool same = said.value("metric", json()) == json(result.metric) &&
                        said.value("fingerprint", json()) == json(result.fingerprint) &&
                        (value == result.value || (std::isnan(value) && std::isnan(result.value)));
      if (!same) return fmt::format("line {} says something else", result.line);
    }
    return kAsRecorded;
  }

  void add_weights() {
    for (const record::StageEntry& stage : run_.stages) {
      std::string what =
          fmt::format("{}: {} {}", stage.name, stage.file, short_digest(stage.weights_sha256));
      if (!stage.taken_from.empty()) what += ", taken over from run " + stage.taken_from;
      const fs::path file = directory_ / stage.file;
      out_.push_back({"weights", what, looked([&]() -> std::string {
                        if (!fs::is_regular_file(file)) return kGone;
                        return train::safetensors_digest(file) == stage.weights_sha256
                                   ? kAsRecorded
                                   : "other tensors";
                      })});
    }
  }

  void add_training() {
    const std::string from = fact("resumed_from");
    if (from.empty()) return;
    const json step = run_.facts.value("resumed_step", json());
    out_.push_back({"training",
                    fmt::format("went on from run {}{}", from,
                                step.is_number() ? " at step " + step.dump() : ""),
                    ""});
  }

  /// One line for all that are kept, and one for each that is not.
  void add_plugins() {
    size_t kept = 0;
    const PluginRegistry registry = PluginRegistry::search(context_.plugin_dirs);
    for (const record::PluginUse& plugin : run_.plugins) {
      const fs::path copy = context_.plugin_store() / (plugin.sha256 + ".so");
      const std::string found =
          looked([&] { return digest_found(copy, plugin.sha256, "the copy is damaged"); });
      if (found == kAsRecorded) {
        ++kept;
        continue;
      }
      const bool installed =
          std::ranges::count(registry.plugins, plugin.sha256, &PluginFile::sha256) > 0;
      out_.push_back(
          {"plugin", fmt::format("{} {} {}", plugin.kind, plugin.name, short_digest(plugin.sha256)),
           installed ? "no kept copy, but installed" : found});
    }
    if (kept == 0) return;
    out_.push_back({"plugins",
                    fmt::format("{} of {} kept in {}", kept, run_.plugins.size(),
                                context_.plugin_store().string()),
                    kAsRecorded});
  }

  void add_host() {
    const std::string sha256 = fact("host_sha256");
    if (sha256.empty()) return;
    out_.push_back({"host", short_digest(sha256), looked([&] {
                      const std::string now = sha256_file(find_host());
                      return now == sha256 ? std::string("installed")
                                           : fmt::format("{} is installed now", short_digest(now));
                    })});
  }

  void add_data() {
    add_data("data", run_.config.value("data", json::object()), fact("data_path"), run_.data_state);
    const json evaluate = run_.config.value("evaluate", json::object());
    if (evaluate.contains("data")) {
      add_data("evaluated on", evaluate.at("data"), record::text_or(run_.evaluation_data, "path"),
               record::text_or(run_.evaluation_data, "state"));
    }
    const json places = run_.evaluation_data.value("probes", json::object());
    for (const json& probe : evaluate.value("probe", json::array())) {
      if (!probe.contains("data")) continue;
      const json place = places.value(record::text_or(probe, "name"), json::object());
      add_data("probed on", probe.at("data"), record::text_or(place, "path"),
               record::text_or(place, "state"));
    }
  }

  void add_data(const char* what, const json& data, const std::string& path,
                const std::string& state) {
    const std::string fingerprint = record::text_or(data, "fingerprint");
    out_.push_back({what,
                    fmt::format("{} {}{}{}", record::text_or(data, "name"),
                                short_digest(fingerprint), path.empty() ? "" : " in ", path),
                    looked([&]() -> std::string {
                      data::DataSpec spec = data::data_spec(data, data::text_path(path));
                      if (!data::data_available(spec)) return kGone;
                      spec.planned = state;
                      const std::optional<bool> same =
                          data::is_still(spec, fingerprint, kDataBytesOfShow);
                      if (!same) return "not compared: its files moved, and are much to read";
                      return *same ? kAsRecorded : "others now";
                    })});
  }

  void add_plans() {
    for (const record::PlanEntry& plan : run_.plans) {
      out_.push_back({"plan",
                      fmt::format("{}, plan {}: {} @{}", plan.sweep, plan.number, plan.file,
                                  short_digest(plan.file_sha256)),
                      looked([&] {
                        const std::string found =
                            digest_found(plan.file, plan.file_sha256, "another file now");
                        return found == kAsRecorded ? found : found + "; the record has its text";
                      })});
    }
  }

  void add_sources() {
    const std::string commit = fact("git_commit");
    if (commit.empty()) return;
    std::string what = "commit " + commit.substr(0, 12);
    if (run_.difference_bytes > 0) {
      what += fmt::format(", and {} bytes of uncommitted changes {} (--difference prints them)",
                          run_.difference_bytes, short_digest(fact("difference")));
    } else if (run_.facts.value("git_dirty", json()) == json(1)) {
      what += ", and uncommitted changes that were not kept";
    }
    out_.push_back({"sources", what, ""});
  }

  void add_log() {
    if (run_.has_log) out_.push_back({"log", "kept (--log prints the end of it)", ""});
  }

  void add_verdict() {
    if (!run_.verdict) return;
    const record::Verdict& verdict = *run_.verdict;
    out_.push_back({"made again",
                    fmt::format("{} on {}{}{}", verdict.time, verdict.host,
                                verdict.message.empty() ? "" : ": ", verdict.message),
                    verdict.verdict});
  }

  const record::RunDetails& run_;
  const Context& context_;
  fs::path directory_;
  std::vector<ChainLink> out_;
};

}  // namespace

std::vector<ChainLink> chain_of(const record::RunDetails& run, const Context& context) {
  return Chain(run, context).links();
}

}  // namespace sslx::cli
