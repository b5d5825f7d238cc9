// The request of a recorded run, from the record alone, for a host to do it again: everything that
// it names is looked for under its digest and checked. For reproduce.cpp
// and debug_run.cpp.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/plugins/registry.h"
#include "host/record/database.h"
#include "host/sweep/reproduce.h"

namespace sslx::sweep {

struct RecordedRequest {
  nlohmann::json request;            ///< Without "run" and "directory".
  std::string state;                 ///< Of the recorded run.
  std::vector<std::string> missing;  ///< Sentences; empty: it can be made again.
};

RecordedRequest recorded_request(record::Database& database, const std::string& run,
                                 const PluginRegistry& registry, const ReproduceOptions& options);

}  // namespace sslx::sweep
