// Checks of keys and kinds that the sections of a sweep file share. Every failure is one
// Error(kInput): "file:line: what; what would be right".
#pragma once

#include <string>
#include <vector>

#include "host/sweep/config.h"

namespace sslx::sweep {

/// Every key of the table must be one of `known`; `what` names the table in the message.
void check_keys(const Config& table, const std::vector<std::string>& known,
                const std::string& what);

/// One key, with the same message.
void check_key(const std::string& key, const std::vector<std::string>& known,
               const std::string& what, const std::string& where);

/// The table at `key`; throws when there is something else.
Config table_at(const Config& parent, const std::string& key);

/// A string without control characters, "" when absent.
std::string text_at(const Config& parent, const std::string& key);

/// Parts that a trial's configuration has.
const std::vector<std::string>& base_keys();

}  // namespace sslx::sweep
