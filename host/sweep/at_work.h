// Whether somebody is at work on a run that counts as running, told without touching anything: for
// whoever only reads the record, which the next sweep will correct.
#pragma once

#include <filesystem>
#include <string>

namespace sslx::sweep {

/// Whether the last claim on the trial is for this run, and its command or host is alive: as a
/// process of this machine, or by a sign of life in the last minutes from another one. `runs`: the
/// folder of the home that it was run at.
bool is_at_work(const std::filesystem::path& runs, const std::string& trial,
                const std::string& run);

}  // namespace sslx::sweep
