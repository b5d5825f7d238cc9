// How two records compare, row by row, when the other is attached as the schema `other`: which runs
// are new here, and what contradicts. Columns and tables are read from the schema itself, so that
// one that is added later is not forgotten. For merge.cpp alone.
#pragma once

#include <string>
#include <vector>

#include "host/record/merge.h"

namespace sslx::record {

class Connection;

std::vector<std::string> columns_of(Connection& handle, const std::string& table);

/// The tables whose rows belong to a run, verdicts left out.
std::vector<std::string> tables_of_runs(Connection& handle);

/// Runs that are new or better known there; conflicts of runs are added to `conflicts`.
std::set<std::string> new_runs(Connection& handle, const std::string& runs_folder,
                               std::vector<std::string>& conflicts);

/// Protocols, trials, differences and verdicts of one name and two contents.
void add_conflicts(Connection& handle, std::vector<std::string>& conflicts);

}  // namespace sslx::record
