// Runs in words: a list of them, one with everything, and what tells two apart.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/record/run_comparison.h"

namespace sslx::cli {

/// A list of runs, a line each. Of a run only what is shown is kept, all of it in one text: a
/// record has ten thousands of them.
class RunList {
 public:
  RunList();
  void add(const record::RunSummary& run);
  std::string text() const;

 private:
  static constexpr size_t kColumns = 8;

  void cell(size_t column, std::string_view text);

  std::string cells_;            ///< One after the other.
  std::vector<uint32_t> sizes_;  ///< Of each.
  std::array<size_t, kColumns> widths_{};
};

/// One step of the way from a run's figures to the bytes that made them.
struct ChainLink {
  std::string name;  ///< "weights"
  std::string what;  ///< What the record says: "pretrain: weights.safetensors 1a2b3c4d"
  std::string
      found;  ///< What is there of it now: "as recorded"; "" where nothing can be looked at.
};

std::string run_text(const record::RunDetails& run, const std::vector<ChainLink>& chain = {});

/// All of it for a program.
nlohmann::json run_json(const record::RunDetails& run, const std::vector<ChainLink>& chain);

/// Only what differs, in sections, from the configuration to the results and by how much; a
/// sentence when nothing does. Then the step at which the losses part.
std::string difference_text(const record::RunComparison& runs);

}  // namespace sslx::cli
