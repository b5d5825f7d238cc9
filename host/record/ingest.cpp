#include "host/record/ingest.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "host/record/differences.h"
#include "host/record/events.h"
#include "host/record/journal_lines.h"
#include "host/record/run_log.h"
#include "host/record/runs.h"
#include "host/record/sql.h"
#include "host/record/trial_row.h"

namespace sslx::record {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct Known {
  JournalPosition position;
  std::string state;     ///< Empty: the record does not have the run yet.
  std::string finished;  ///< When it ended.
};

Known known_run(Connection& handle, const std::string& run) {
  SQLite::Statement& statement = handle.prepared(
      "SELECT next_line, next_byte, state, coalesce(finished, '') FROM run WHERE id = ?");
  statement.bind(1, run);
  Rows row(statement);
  if (!row.next()) return {};
  return {{row.column(0).getInt64(), row.column(1).getInt64()},
          row.column(2).getString(),
          row.column(3).getString()};
}

std::vector<PluginUse> plugins_of(const json& request) {
  std::vector<PluginUse> out;
  for (const json& plugin : request.at("plugins")) {
    out.push_back({plugin.at("kind"), plugin.at("name"), plugin.value("version", ""),
                   plugin.at("sha256"), ""});
  }
  return out;
}

/// "20260131-235959-0a1b2c" says when it began, until its journal does.
std::string begin_of(const std::string& run) {
  const auto digits = [&](size_t at, size_t n) {
    return run.substr(at, n).find_first_not_of("0123456789") == std::string::npos;
  };
  if (run.size() < 15 || run[8] != '-' || !digits(0, 8) || !digits(9, 6)) {
    return "1970-01-01T00:00:00.000Z";
  }
  return fmt::format("{}-{}-{}T{}:{}:{}.000Z", run.substr(0, 4), run.substr(4, 2), run.substr(6, 2),
                     run.substr(9, 2), run.substr(11, 2), run.substr(13, 2));
}

const char* const kInsertRun =
    "INSERT INTO run (id, trial, attempt, sweep, variant, axes, state, started, directory, "
    "provenance, host_sha256, git_commit, git_dirty, data_path, execution, data_state, "
    "difference, home, evaluation_data) VALUES (?1, ?2, "
    "(SELECT count(*) + 1 FROM run WHERE trial = ?2 AND id < ?1), ?3, ?4, ?5, 'running', ?6, ?7, "
    "?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";

void put_run(Connection& handle, const json& request, const fs::path& directory) {
  const auto id = request.at("run").get<std::string>();
  const auto trial = request.at("trial").get<std::string>();
  const std::string host = request.value("host_sha256", "");
  const json git = request.value("git", json::object());
  const std::string difference = git.value("difference", "");
  const bool kept = put_difference(handle, directory.parent_path(), difference);
  put_trial(handle, trial, request.at("config"), request.at("seed").get<uint64_t>(), begin_of(id));
  run_sql(handle, "UPDATE run SET attempt = attempt + 1 WHERE trial = ? AND id > ?", trial, id);
  run_sql(handle, kInsertRun, id, trial, request.value("sweep", ""), request.value("variant", ""),
          request.value("axes", json::object()), begin_of(id), directory.string(),
          provenance_of(plugins_of(request), host), host, git.value("commit", ""),
          int64_t{git.value("dirty", false)}, request.value("data_path", ""),
          request.value("execution", json::object()), request.value("data_state", ""),
          kept ? std::optional(difference) : std::nullopt, request.value("home", ""),
          request.value("evaluation_data", json::object()));
  for (const json& plugin : request.at("plugins")) {
    run_sql(handle,
            "INSERT INTO run_plugin (run, kind, name, version, sha256, file, compiler) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            id, plugin.at("kind").get<std::string>(), plugin.at("name").get<std::string>(),
            plugin.value("version", ""), plugin.at("sha256").get<std::string>(),
            plugin.value("file", ""), plugin.value("compiler", ""));
  }
}

/// Fields missing or of the wrong kind are the file's fault, and are named with it.
template <typename Work>
void blaming(const fs::path& file, Work work) {
  const auto corrupt = [&](const char* why) {
    return Error(ErrorKind::kRun,
                 fmt::format("{} is corrupt: {}", file.string(), plain_reason(why)));
  };
  try {
    work();
  } catch (const json::exception& error) {
    throw corrupt(error.what());
  } catch (const std::invalid_argument& error) {
    throw corrupt(error.what());
  }
}

/// What is final needs a journal that bears it out.
bool is_result(const std::string& state) {
  return state == "completed" || state == "collapsed" || state == "diverged";
}

/// `part`: the whole journal.
std::string damage_of(const fs::path& file, const JournalPart& part, const std::string& end) {
  if (!part.error.empty()) return part.error;
  if (!is_result(end)) return "";
  if (part.torn) return fmt::format("the last line of {} is cut", file.string());
  const bool whole = !part.events.empty() && part.events.back().at("event") == "finished" &&
                     part.events.back().value("state", json()) == end;
  return whole ? "" : fmt::format("{} does not end with '{}'", file.string(), end);
}

std::string end_time(const json& end) { return text_or(end, "finished"); }

/// exit.json is the last word on a run, also after somebody called it lost.
void end_run(Connection& handle, const std::string& run, const json& end) {
  const auto state = end.at("state").get<std::string>();
  if (std::ranges::count(run_states(), state) == 0) {
    throw std::invalid_argument(fmt::format("'{}' is no state of a run", state));
  }
  run_sql(handle,
          "UPDATE run SET state = ?2, message = ?3, exit_code = ?4, signal = ?5, "
          "seconds = coalesce(?6, seconds), finished = ?7, reason = ?8 WHERE id = ?1",
          run, state, end.value("message", ""), end.value("exit_code", int64_t{0}),
          end.value("signal", int64_t{0}), end.value("seconds", std::nan("")), end_time(end),
          text_or(end, "reason"));
}

void put_log(Connection& handle, const std::string& run, const std::string& log) {
  if (log.empty()) return;
  SQLite::Statement& update = handle.prepared("UPDATE run SET log = ?2 WHERE id = ?1");
  update.bind(1, run);
  update.bind(2, log.data(), static_cast<int>(log.size()));
  update.exec();
}

/// What a run's directory holds, read before the transaction begins.
class RunFiles {
 public:
  explicit RunFiles(const fs::path& directory) : directory_(directory) {
    request_ = read_object(directory / "request.json");
    blaming(directory / "request.json", [&] { run = request_.at("run").get<std::string>(); });
    // First the end, then the journal: whoever sees an end sees all that came before it.
    const fs::path file = directory / "exit.json";
    if (!fs::exists(fs::symlink_status(file))) return;
    exit_ = read_object(file);
    blaming(file, [&] { distrust_result(exit_.at("state").get<std::string>()); });
    log_ = packed_log(directory);
  }

  void read_journal_from(JournalPosition position) {
    const bool is_read = whole_ && position.byte == 0;
    part = is_read ? *std::exchange(whole_, std::nullopt) : read_journal(journal(), position);
  }

  bool has_end() const { return !exit_.is_null(); }
  bool ends(const Known& known) const {
    return has_end() && (exit_.at("state") != known.state || end_time(exit_) != known.finished);
  }
  bool has_news(const Known& known) const {
    return known.state.empty() || !part.events.empty() || ends(known);
  }

  void put(Connection& handle, const Known& known) const {
    if (known.state.empty()) {
      blaming(directory_ / "request.json", [&] { put_run(handle, request_, directory_); });
    }
    blaming(journal(), [&] { put_events(handle, run, part.events); });
    run_sql(handle, "UPDATE run SET next_line = ?2, next_byte = ?3 WHERE id = ?1", run,
            part.end.line, part.end.byte);
    if (!ends(known)) return;
    blaming(directory_ / "exit.json", [&] { end_run(handle, run, exit_); });
    put_log(handle, run, log_);
  }

  std::string run;
  JournalPart part;

 private:
  /// Of one that was kept aside as damaged the sound lines count, as they did before it was.
  fs::path journal() const {
    const fs::path file = directory_ / "journal.jsonl";
    const fs::path aside = file.string() + ".damaged";
    std::error_code error;
    const bool is_aside = !fs::exists(fs::symlink_status(file, error)) &&
                          fs::is_regular_file(fs::symlink_status(aside, error));
    return is_aside ? aside : file;
  }

  /// A result that the journal does not bear out is none.
  void distrust_result(const std::string& state) {
    if (!is_result(state)) return;
    whole_ = read_journal(journal(), {});
    const std::string damage = damage_of(journal(), *whole_, state);
    if (damage.empty()) return;
    exit_["state"] = "failed";
    exit_["message"] = "its journal is damaged: " + damage;
  }

  fs::path directory_;
  json request_;
  json exit_;
  std::string log_;                   ///< Packed, of a run that has ended.
  std::optional<JournalPart> whole_;  ///< Read to judge the end, and not parsed a second time.
};

}  // namespace

std::string ingest_run(Database& database, const fs::path& directory) {
  RunFiles files(fs::absolute(directory).lexically_normal());
  Known known;
  database.read([&](Connection& handle) { known = known_run(handle, files.run); });
  files.read_journal_from(known.position);
  if (files.has_news(known)) {
    database.write([&](Connection& handle) {
      const Known now = known_run(handle, files.run);
      if (now.position.byte != known.position.byte) files.read_journal_from(now.position);
      files.put(handle, now);
      known = known_run(handle, files.run);
    });
  }
  if (!files.part.error.empty() && !files.has_end()) {
    throw Error(ErrorKind::kRun, files.part.error);
  }
  return known.state;
}

std::string journal_damage(const fs::path& directory) {
  const json end = read_object(directory / "exit.json");
  const json state = end.value("state", json());
  const fs::path file = directory / "journal.jsonl";
  return damage_of(file, read_journal(file, {}), state.is_string() ? state.get<std::string>() : "");
}

std::map<std::string, KnownRun> known_runs(Database& database) {
  std::map<std::string, KnownRun> out;
  database.read([&](Connection& handle) {
    SQLite::Statement rows(handle, "SELECT id, state, trial FROM run");
    while (rows.executeStep()) {
      out[rows.getColumn(0).getString()] = {rows.getColumn(1).getString(),
                                            rows.getColumn(2).getString()};
    }
  });
  return out;
}

}  // namespace sslx::record
