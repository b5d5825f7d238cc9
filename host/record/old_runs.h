// What only an old database has when a new one is made from runs/ (rebuild.h): runs whose folders
// are gone, and what is known of the home. For rebuild.cpp alone.
#pragma once

#include <filesystem>

#include "host/record/database.h"

namespace sslx::record {

/// With all that belongs to them; returns how many there were.
size_t copy_old_runs(Database& database, const std::filesystem::path& old);

/// The rows of `about` that the new database does not have.
void copy_old_facts(Database& database, const std::filesystem::path& old);

}  // namespace sslx::record
