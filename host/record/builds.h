// Which code made the runs of a plan. A build is one set of digests, of plugins and of the host,
// that agree with one another; a table is made of the runs of one, so that no cell is a mean over
// different code. Runs whose plugins did not change belong to the builds before and after.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace sslx::record {

class Connection;

/// "method simclr" -> SHA-256; the host's is under "host".
using Digests = std::map<std::string, std::string>;

struct Build {
  Digests digests;
  std::set<std::string> provenances;  ///< Of the runs that belong to it.
  std::set<std::string> done;         ///< The plan's trials with a final run by it.
  std::string last_run;               ///< When its newest run began.

  /// SHA-256 over the digests: what a build is called.
  std::string fingerprint() const;
};

/// "method simclr 1a2b3c4d, host 5d6e7f80" of the digests in which the builds differ.
std::string digest_words(const Digests& digests, const std::set<std::string>& differing);

struct PlanBuilds {
  std::vector<Build> builds;  ///< The one that ran last first.
  size_t planned = 0;         ///< Distinct trials.
  std::string last_run;       ///< Empty when nothing ran.

  bool is_complete(const Build& build) const { return build.done.size() == planned; }
  /// The newest whose trials all ended; where there is none, the newest; null when nothing ran.
  const Build* newest_complete() const;
  /// The newest complete one whose fingerprint, or one of whose digests, begins so; else the
  /// newest. Error(kInput) when there is none.
  const Build& beginning(const std::string& digest) const;
  /// What ran by exactly these digests, whether it is one of `builds` or nothing.
  Build made_by(const Digests& digests) const;
  /// Plugins (and "host") of which there are several digests.
  std::set<std::string> differing() const;

  /// Each way in which runs were made: digests, trials and times of one provenance.
  std::map<std::string, Build> by_provenance;
};

/// Fills `builds` from `by_provenance`.
void gather(PlanBuilds& out);

/// Of the runs of all trials of the plan with this id.
PlanBuilds builds_of_plan(Connection& handle, int64_t plan);

}  // namespace sslx::record
