// The losses of every step of a run, as float32 bits, and the first step at which those of two runs
// part: where to look for what made them differ. A run that was taken up again may have written
// some steps twice; the later line counts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace sslx::record {

class Connection;

class Database;

/// Stage ("pretrain", "finetune_10", ...) -> step -> loss.
using LossTrace = std::map<std::string, std::map<int64_t, float>>;

LossTrace losses_of(Database& database, const std::string& run);
/// The same within a transaction.
LossTrace losses_of(Connection& handle, const std::string& run);

struct LossParting {
  std::string stage;
  int64_t step = 0;  ///< The first of the stage whose losses are not the same bits.
  float a = 0;
  float b = 0;
};

struct LossComparison {
  int64_t alike = 0;                   ///< Steps that both have, with the same bits, before that.
  std::optional<LossParting> parting;  ///< Of the first stage in which they part.
};

/// Over the steps that both have, the training before what follows it.
LossComparison compare_losses(const LossTrace& a, const LossTrace& b);

}  // namespace sslx::record
