// A sweep's table from the record alone: which trials fall into which cell, and their values by
// seed. A column holds results of one protocol; a cell holds seeds of one configuration, run by one
// build of its plugins and of the host. Drawing is cli's.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "host/record/builds.h"
#include "host/record/claim_verdicts.h"
#include "host/record/database.h"
#include "host/record/pivot_data.h"
#include "host/record/published.h"
#include "host/record/runs.h"
#include "host/record/statistics.h"
#include "host/record/sweeps.h"

namespace sslx::record {

/// Data that a run trained on or was judged by.
struct DataOrigin {
  nlohmann::json config;  ///< That table of its configuration.
  std::string path;
  std::string state;  ///< Of the data's files (host/data/data_state.h), or "".
};

/// What runs were made by and of. A run whose origin has changed since is stale: its figures stand
/// in the table, marked.
struct Origin {
  Digests digests;
  std::vector<DataOrigin> data;      ///< What it trained on, and evaluate.data where it has that.
  std::vector<std::string> changed;  ///< "method twin", "data": set by who knows what is there now.
};

/// One seed's value, and the run that made it.
struct Sample {
  uint64_t seed = 0;
  double value = 0;
  std::string run;
  bool disturbed = false;  ///< Its machine was busy: see load.h.
  size_t origin = 0;       ///< Of Pivot::origins.
};

struct PivotColumn {
  std::string metric;
  std::string protocol;    ///< Fingerprint; empty for what is no result.
  bool ambiguous = false;  ///< The sweep has this metric under several protocols.
  std::string unit;
  std::vector<std::string> key;  ///< One value for each of the table's columns.
};

/// Of a cell in its column (standing.h).
enum class Standing {
  kNone,
  kBest,
  kTied,  ///< Not told from the best: the interval of the difference reaches over 0.
};

struct PivotCell {
  std::vector<Sample> samples;  ///< By seed.
  size_t planned = 0;           ///< Trials that belong here.
  Statistic statistic;
  std::map<std::string, size_t>
      states;  ///< Of its trials' newest runs, but "completed"; "missing".
  Standing standing = Standing::kNone;
  std::optional<Statistic> delta;  ///< To the baseline, at the seeds that both have.
};

struct PivotRow {
  std::vector<std::string> key;  ///< One value for each of the table's rows.
  std::vector<PivotCell> cells;  ///< One for each column.
};

struct ProtocolUse {
  std::string fingerprint;
  std::string metric;
  nlohmann::json protocol;
};

/// A run that ended without being counted, or with a reservation.
struct RunNote {
  std::string run;
  std::string label;  ///< "SimCLR, temperature=0.5, seed 0"
  std::string state;
  std::string message;
};

/// Which seeds were run at one of several homes.
struct HomeUse {
  std::string home;             ///< Its id; "" for runs from before it was recorded.
  std::set<std::string> hosts;  ///< Names of the machines.
  std::set<uint64_t> seeds;
  size_t runs = 0;
};

/// A build whose runs are recorded for this plan.
struct BuildUse {
  std::string fingerprint;
  std::string words;  ///< "method simclr 1a2b3c4d": in what it differs from the others.
  size_t done = 0;    ///< Trials that ended.
  size_t planned = 0;
  bool shown = false;
};

struct Pivot {
  std::string name;
  std::string title;
  std::string file;
  PlanSummary plan;
  std::vector<PlanSummary> other_plans;  ///< Of the same name, the last used first.
  std::string command;                   ///< Goes on with the plan, when given in `folder`; or "".
  std::string folder;
  Digests digests;               ///< Of the build that is shown; empty where nothing ran.
  std::vector<BuildUse> builds;  ///< The one that ran last first; none where there is one only.
  std::vector<std::string> row_names;
  std::vector<std::string> column_names;
  std::vector<PivotColumn> columns;
  std::vector<PivotRow> rows;
  std::vector<ProtocolUse> protocols;
  std::vector<RunNote> notes;         ///< The newest run of each trial, when it is not completed.
  std::vector<std::string> warnings;  ///< Of the runs that count, each once.
  std::vector<std::string> missing;   ///< Labels of trials without a final run.
  std::vector<Origin> origins;        ///< Of the samples.
  std::vector<std::string> changes;   ///< Sentences, set by who knows what is installed.
  std::vector<std::string> unknown;   ///< Columns' metrics that none of the runs that count has.
  size_t stale = 0;                   ///< Runs with a result by another build.
  std::vector<ClaimVerdict> claims;   ///< Judged by the runs that count; none of several builds.
  TableCost cost;
  MadeAgainCounts made_again;          ///< Of the runs that count.
  std::vector<HomeUse> homes;          ///< By their seeds; none where all runs are of one.
  std::vector<std::string> machines;   ///< "host: device, 2 threads, bf16"
  std::vector<std::string> versions;   ///< "sslx 0.1.0, LibTorch 2.11.0, commit 1a2b3c4"
  bool matrix = false;                 ///< To be drawn as one.
  bool average = false;                ///< With a column of averages.
  std::string tuning;                  ///< How the settings were chosen, in the sweep file's words.
  nlohmann::json baseline;             ///< Values of the row that deltas are to; null: none.
  std::optional<Published> published;  ///< What the figures are compared with.

  /// What of a cell's origins has changed since; nothing when it is not stale.
  std::set<std::string> changed(const PivotCell& cell) const;

  /// What the paper has for a row's and a column's key; needs `published`.
  PublishedFigure published_at(const std::vector<std::string>& row,
                               const std::vector<std::string>& column) const;
};

/// Error(kInput) when there is no such sweep, plan or build, or the table names what no trial has.
Pivot pivot_sweep(Database& database, const TableRequest& request);

}  // namespace sslx::record
