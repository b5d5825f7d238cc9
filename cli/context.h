// What every verb of the command shares: where the record is, where plugins are looked for, and how
// the command is to end. Each verb lives in a file of its own and registers itself with
// add_<verb>().
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "host/record/database.h"

namespace sslx::cli {

struct Context {
  std::filesystem::path home = ".";  ///< --home, $SSLX_HOME
  std::vector<std::filesystem::path>
      plugin_dirs;                 ///< --plugin-dir, before the search path's others
  std::vector<std::string> words;  ///< The command as it was given, its own name first.
  int exit_code = 0;               ///< 1 when a trial failed

  std::filesystem::path database() const { return home / "results" / "sslx.db"; }
  std::filesystem::path runs() const { return home / "runs"; }
  std::filesystem::path weights() const { return home / "weights"; }
  std::filesystem::path plugin_store() const { return runs() / "plugins"; }
};

/// The record, to read. Error(kInput) when there is none, kSystem when it is damaged; one that is
/// empty or missing beside folders of runs is told.
std::unique_ptr<record::Database> open_record(const Context& context);

void add_sweep(CLI::App& app, Context& context);
void add_plan(CLI::App& app, Context& context);
void add_report(CLI::App& app, Context& context);
void add_claims(CLI::App& app, Context& context);
void add_runs(CLI::App& app, Context& context);
void add_show(CLI::App& app, Context& context);
void add_doctor(CLI::App& app, Context& context);
void add_clean(CLI::App& app, Context& context);
void add_db(CLI::App& app, Context& context);
void add_diff(CLI::App& app, Context& context);
void add_plugins(CLI::App& app, Context& context);
void add_data(CLI::App& app, Context& context);
void add_views(CLI::App& app, Context& context);
void add_bench(CLI::App& app, Context& context);
void add_attention(CLI::App& app, Context& context);
void add_export(CLI::App& app, Context& context);
void add_import(CLI::App& app, Context& context);
void add_merge(CLI::App& app, Context& context);
void add_bundle(CLI::App& app, Context& context);
void add_debug(CLI::App& app, Context& context);
void add_reproduce(CLI::App& app, Context& context);
void add_help(CLI::App& app, Context& context);

}  // namespace sslx::cli
