#include "host/sweep/at_work.h"

#include <chrono>
#include <nlohmann/json.hpp>

#include "host/record/journal_lines.h"
#include "host/sweep/claims.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// More than the clocks of two machines differ, and far more than from one beat to the next.
constexpr std::chrono::minutes kSilence{10};

/// A machine that started anew, or another one.
bool gives_signs_of_life(const fs::path& runs, const json& executor) {
  const std::string id = record::text_or(executor, "id");
  if (id.empty() || id.find('/') != std::string::npos) return false;
  std::error_code gone;
  const auto beat = fs::last_write_time(runs / "executors" / id, gone);
  return !gone && fs::file_time_type::clock::now() - beat < kSilence;
}

}  // namespace

bool is_at_work(const fs::path& runs, const std::string& trial, const std::string& run) {
  const json claim = last_claim(runs / "claims", trial);
  if (run_of(claim) != run) return false;
  const json executor = claim.value("executor", json());
  if (!executor.is_object()) return false;  // he gave it up in order
  if (!is_on_this_machine(executor)) return gives_signs_of_life(runs, executor);
  return is_alive(executor) || is_alive(claim.value("host", json()));
}

}  // namespace sslx::sweep
