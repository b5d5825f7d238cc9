// What a home is called: a random id in runs/home, which each of its runs carries (run.home) and
// the database has, too (about, 'home'). It is there so that a table of runs that were merged can
// say where each was made. Throws Error(kSystem) where it cannot be written.
#pragma once

#include <filesystem>
#include <string>

#include "host/record/database.h"

namespace sslx::record {

/// The home's id, made when it has none; several processes may ask at once.
std::string home_id(Database& database, const std::filesystem::path& runs);

}  // namespace sslx::record
