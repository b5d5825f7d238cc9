#include "host/record/builds.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <algorithm>

#include "host/record/sql.h"

namespace sslx::record {
namespace {

const char* const kRunsByProvenance = R"sql(
SELECT r.provenance, r.trial, max(r.started), max(r.id), r.host_sha256,
       max(r.state IN ('completed', 'collapsed', 'diverged'))
FROM run r WHERE r.trial IN (SELECT trial FROM plan_trial WHERE plan = ?)
GROUP BY r.provenance, r.trial)sql";

/// Fills `by_provenance`, of plugins only after a run of each.
std::map<std::string, std::string> read_provenances(Connection& handle, int64_t plan,
                                                    PlanBuilds& out) {
  std::map<std::string, std::string> runs;
  SQLite::Statement row(handle, kRunsByProvenance);
  row.bind(1, plan);
  while (row.executeStep()) {
    const std::string provenance = row.getColumn(0).getString();
    Build& build = out.by_provenance[provenance];
    build.provenances = {provenance};
    build.last_run = std::max(build.last_run, row.getColumn(2).getString());
    build.digests["host"] = row.getColumn(4).getString();
    if (row.getColumn(5).getInt() != 0) build.done.insert(row.getColumn(1).getString());
    runs[provenance] = row.getColumn(3).getString();
  }
  return runs;
}

void read_plugins(Connection& handle, const std::string& run, Digests& digests) {
  SQLite::Statement row(handle, "SELECT kind, name, sha256 FROM run_plugin WHERE run = ?");
  row.bind(1, run);
  while (row.executeStep()) {
    digests[row.getColumn(0).getString() + ' ' + row.getColumn(1).getString()] =
        row.getColumn(2).getString();
  }
}

bool agree(const Digests& a, const Digests& b) {
  return std::ranges::all_of(a, [&](const auto& one) {
    const auto found = b.find(one.first);
    return found == b.end() || found->second == one.second;
  });
}

void join(Build& build, const Build& more) {
  build.digests.insert(more.digests.begin(), more.digests.end());
  build.provenances.insert(more.provenances.begin(), more.provenances.end());
  build.done.insert(more.done.begin(), more.done.end());
  build.last_run = std::max(build.last_run, more.last_run);
}

std::vector<const Build*> newest_first(const std::map<std::string, Build>& by_provenance) {
  std::vector<const Build*> out;
  for (const auto& [provenance, build] : by_provenance) out.push_back(&build);
  std::ranges::stable_sort(
      out, [](const Build* a, const Build* b) { return a->last_run > b->last_run; });
  return out;
}

}  // namespace

/// From each way of running that no build has yet, its newest first, with all that agrees.
void gather(PlanBuilds& out) {
  const std::vector<const Build*> ways = newest_first(out.by_provenance);
  std::set<std::string> placed;
  for (const Build* first : ways) {
    if (placed.contains(*first->provenances.begin())) continue;
    Build build = *first;
    for (const Build* other : ways) {
      if (agree(other->digests, build.digests)) join(build, *other);
    }
    placed.insert(build.provenances.begin(), build.provenances.end());
    out.builds.push_back(std::move(build));
  }
}

std::string Build::fingerprint() const {
  std::string lines;
  for (const auto& [name, sha256] : digests) lines += fmt::format("{} {}\n", name, sha256);
  return sha256_hex(lines);
}

std::string digest_words(const Digests& digests, const std::set<std::string>& differing) {
  std::vector<std::string> words;
  for (const auto& [name, sha256] : digests) {
    if (differing.contains(name)) words.push_back(name + ' ' + sha256.substr(0, 8));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

const Build* PlanBuilds::newest_complete() const {
  if (builds.empty()) return nullptr;
  const auto found =
      std::ranges::find_if(builds, [&](const Build& build) { return is_complete(build); });
  return found == builds.end() ? &builds.front() : &*found;
}

const Build& PlanBuilds::beginning(const std::string& digest) const {
  const auto begins = [&](const Build& build) {
    return build.fingerprint().starts_with(digest) ||
           std::ranges::any_of(build.digests,
                               [&](const auto& one) { return one.second.starts_with(digest); });
  };
  std::vector<const Build*> found;
  std::vector<std::string> names;
  for (const Build& build : builds) {
    names.push_back(build.fingerprint().substr(0, 8));
    if (begins(build)) found.push_back(&build);
  }
  if (found.empty()) {
    throw input_error(fmt::format("no run of this sweep was made by a plugin or a set of plugins "
                                  "whose digest begins with '{}'",
                                  digest),
                      names.empty() ? "`sslx sweep FILE` runs it"
                                    : fmt::format("there are the sets {}", fmt::join(names, ", ")));
  }
  const auto complete =
      std::ranges::find_if(found, [&](const Build* build) { return is_complete(*build); });
  return complete == found.end() ? *found.front() : **complete;
}

Build PlanBuilds::made_by(const Digests& digests) const {
  Build out;
  for (const auto& [provenance, way] : by_provenance) {
    const bool same = std::ranges::all_of(way.digests, [&](const auto& one) {
      const auto found = digests.find(one.first);
      return found != digests.end() && found->second == one.second;
    });
    if (same) join(out, way);
  }
  out.digests = digests;
  return out;
}

std::set<std::string> PlanBuilds::differing() const {
  std::map<std::string, std::set<std::string>> all;
  for (const auto& [provenance, way] : by_provenance) {
    for (const auto& [name, sha256] : way.digests) all[name].insert(sha256);
  }
  std::set<std::string> out;
  for (const auto& [name, digests] : all) {
    if (digests.size() > 1) out.insert(name);
  }
  return out;
}

PlanBuilds builds_of_plan(Connection& handle, int64_t plan) {
  PlanBuilds out;
  SQLite::Statement count(handle, "SELECT count(DISTINCT trial) FROM plan_trial WHERE plan = ?");
  count.bind(1, plan);
  count.executeStep();
  out.planned = static_cast<size_t>(count.getColumn(0).getInt64());
  for (const auto& [provenance, run] : read_provenances(handle, plan, out)) {
    Build& build = out.by_provenance.at(provenance);
    read_plugins(handle, run, build.digests);
    out.last_run = std::max(out.last_run, build.last_run);
  }
  gather(out);
  return out;
}

}  // namespace sslx::record
