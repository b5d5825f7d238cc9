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

/// What a task asks Slurm for, as `sbatch` takes it; empty: the cluster's own.
struct SlurmOptions {
  bool submit = false;
  std::optional<int> tasks;
  std::optional<std::string> partition;
  std::optional<std::string> account;
  std::optional<std::string> qos;
  std::optional<std::string> gres;
  std::optional<std::string> time;
  std::optional<std::string> memory;
  std::optional<int> cpus;
  std::optional<int> warning;  ///< Seconds before the time limit at which a task stops.
};

struct SweepOptions {
  std::string sweep;
  std::string scale;
  std::vector<std::string> settings;
  std::string seeds;
  std::vector<std::string> more_seeds;
  std::optional<int> jobs;
  std::optional<int> threads;
  std::optional<int> view_workers;
  std::optional<std::string> device;
  std::optional<std::string> devices;
  std::optional<int> per_device;
  std::optional<double> time_limit;
  std::optional<double> stall_limit;
  std::optional<double> checkpoint;
  bool dry_run = false;
  bool resolved = false;
  std::string trial;
  bool any_memory = false;
  bool retry = false;
  int retries = 2;
  std::string stale = "rerun";
  int claim_expiry = 60;
  bool watch = false;
  bool machines = false;
  SlurmOptions slurm;
};

void add_sweep_options(CLI::App& verb, SweepOptions& options);

/// The sweep file with what the options change. Throws Error(kInput).
sweep::SweepFile read_sweep_options(const SweepOptions& options, const Context& context);

/// What of the command decides what is planned, beside the file: {"--scale", "small", "--set",
/// "train.lr=0.1"}.
std::vector<std::string> planning_words(const SweepOptions& options);

/// The same, quoted for a shell where they must be.
std::vector<std::string> plan_options(const SweepOptions& options);

}  // namespace sslx::cli
