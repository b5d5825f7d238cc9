// A sweep file, read and checked but not yet expanded: base configuration, axes, pairs, variants,
// seeds, table and execution, with the chosen scale's overrides applied. Unknown keys are
// Error(kInput) that names the file, the line and the nearest right key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "host/sweep/axes.h"
#include "host/sweep/claim_reader.h"
#include "host/sweep/config.h"
#include "host/sweep/pairs.h"
#include "host/sweep/table_layout.h"

namespace sslx::sweep {

struct Variant {
  std::string name;
  Config config;  ///< Merged over the base.
};

/// `[run]`: how the trials are run; nothing of it changes a result.
struct RunOptions {
  std::string device = "auto";
  std::string devices = "";  ///< "all", "cuda:0,cuda:2" or none: those that trials are dealt to.
  int per_device = 1;        ///< Trials at a time on each of them.
  int threads = 0;           ///< A trial's; 0: its share of the cores, see crew.h.
  int view_workers = 1;      ///< Threads of a trial that prepare views.
  int jobs = 1;              ///< Trials at a time.
  double time_limit = 0;     ///< Seconds a trial may take; 0: no limit.
  double stall_limit = 0;    ///< Seconds without a sign of life; 0: no limit.
  double checkpoint = 60;    ///< Seconds from one checkpoint of a training to the next; 0: none.
};

/// One `--set`, which comes after every other layer.
struct Setting {
  std::string path;
  nlohmann::json value;
  std::string origin;
};

/// Further seeds of the trials that a claim is about.
struct MoreSeeds {
  std::string claim;
  std::vector<uint64_t> seeds;
};

struct SweepFile {
  std::filesystem::path file;
  std::string name;
  std::string title;
  std::vector<uint64_t> seeds;
  Config base;
  std::vector<Axis> axes;
  std::vector<Variant> variants;  ///< At least one; unnamed when the file has none.
  Pairs pairs;
  TableLayout table;
  std::vector<SweepClaim> claims;
  std::vector<MoreSeeds> more_seeds;
  RunOptions run;
  std::vector<Setting> settings;
  std::string scale;
  std::set<std::string> scale_origins;  ///< "file:line" of what the scale overrides.
};

/// The file with the overrides of `[scale.<scale>]`, when one is asked for.
SweepFile read_sweep_file(const std::filesystem::path& file, const std::string& scale = "");

/// The same of text, for messages called `name`.
SweepFile parse_sweep(const Config& document, const std::filesystem::path& file,
                      const std::string& scale = "");

/// 3 is 0, 1, 2; [4, 7] is a list.
std::vector<uint64_t> parse_seeds(const nlohmann::json& value, const std::string& where);

/// The same of `--seeds`, where a list may be written as "4,7"; `option`: what stands before.
std::vector<uint64_t> parse_seeds_option(const std::string& text,
                                         const std::string& option = "--seeds ");

/// Applies `--more-seeds CLAIM=3,4`.
void apply_more_seeds(SweepFile& sweep, const std::string& given);

/// Applies `--set key=value`: after base, variant and axes; an axis of that path is dropped. A key
/// of `pairs` changes what is inserted afterwards.
void apply_setting(SweepFile& sweep, const std::string& setting);

}  // namespace sslx::sweep
