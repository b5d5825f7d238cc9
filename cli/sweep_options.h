// What `sslx sweep` is given beside its name: the options, how they change a sweep file, and which
// of them decide what is planned.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "host/sweep/sweep_file.h"

namespace sslx::cli {

struct SweepOptions {
  std::string sweep;
  std::string scale;
  std::vector<std::string> settings;
  std::string seeds;
  std::optional<int> jobs;
  std::optional<int> threads;
  std::optional<int> view_workers;
  std::optional<std::string> device;
  std::optional<double> time_limit;
  std::optional<double> stall_limit;
  std::optional<double> checkpoint;
  bool dry_run = false;
  bool resolved = false;
  std::string trial;
  bool retry = false;
  int retries = 2;
  std::string stale = "rerun";
  int claim_expiry = 60;
};

void add_sweep_options(CLI::App& verb, SweepOptions& options);

/// The sweep file with what the options change. Throws Error(kInput).
sweep::SweepFile read_sweep_options(const SweepOptions& options, const Context& context);

/// What of the command decides what is planned, beside the file, as words for the shell:
/// {"--scale", "small", "--set", "train.lr=0.1"}.
std::vector<std::string> plan_options(const SweepOptions& options);

}  // namespace sslx::cli
