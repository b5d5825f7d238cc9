// The schema: one script a version, each run in one transaction, and the views with plain names
// that a person reads with sqlite3. A script that was released never changes; a new one is added.
#pragma once

#include <array>

namespace sslx::record {

/// "sslx" in ASCII, in the file's header.
constexpr int kApplicationId = 0x73736c78;

/// kMigrations[n] takes a file from version n to n + 1, foreign keys being off. They may call
/// training_identity(config, seed).
extern const std::array<const char*, 3> kMigrations;

constexpr int kSchemaVersion = 3;

}  // namespace sslx::record
