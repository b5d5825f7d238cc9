// What the sources were when a sweep began: the commit of the checkout that its file lies in, and
// what is changed there and not committed, new source files included. Only what `git` says is
// known; outside a checkout there is nothing. The text is kept beside the runs before a run names
// it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace sslx::sweep {

struct SourceState {
  std::string commit;
  bool dirty = false;      ///< Files that git knows are changed.
  std::string difference;  ///< In `git apply`'s form; "" when there is none, or it is not kept.
  std::string note;        ///< One sentence: why it is not kept; or "".
};

SourceState source_state(const std::filesystem::path& folder);

/// {"commit", "dirty", "difference"} as a run's request has it, the difference as the digest of
/// what lies in `runs` from now on. Throws Error(kSystem) when that cannot be written.
nlohmann::json keep_source(const SourceState& state, const std::filesystem::path& runs);

}  // namespace sslx::sweep
