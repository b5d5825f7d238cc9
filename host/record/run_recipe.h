// What made a run, as a host is asked for it: configuration, seed, plugins by their digests, data,
// threads. It is there so that a run can be made again from the database alone.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "host/record/database.h"

namespace sslx::record {

/// "state", "trial", "variant", "axes", "config", "seed", "training", "data_path",
/// "evaluation_data", "execution" (as asked), "plugins"; "device" and "threads" as they were. Null
/// when there is no such run.
nlohmann::json run_recipe(Database& database, const std::string& run);

}  // namespace sslx::record
