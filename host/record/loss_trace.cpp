#include "host/record/loss_trace.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "host/record/database.h"
#include "host/record/sql.h"

namespace sslx::record {
namespace {

static_assert(std::endian::native == std::endian::little, "losses are kept little-endian");

/// Stages that both have; the method's own training comes before what is done with its weights.
std::vector<std::string> common_stages(const LossTrace& a, const LossTrace& b) {
  std::vector<std::string> out;
  for (const auto& [stage, losses] : a) {
    if (b.contains(stage)) out.push_back(stage);
  }
  std::stable_partition(out.begin(), out.end(),
                        [](const std::string& stage) { return stage == "pretrain"; });
  return out;
}

bool same_bits(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b);
}

}  // namespace

LossTrace losses_of(Connection& handle, const std::string& run) {
  LossTrace out;
  SQLite::Statement row(handle,
                        "SELECT stage, first, losses FROM loss_trace WHERE run = ? ORDER BY line");
  row.bind(1, run);
  while (row.executeStep()) {
    std::map<int64_t, float>& steps = out[row.getColumn(0).getString()];
    const int64_t first = row.getColumn(1).getInt64();
    const std::string bytes = row.getColumn(2).getString();
    for (size_t i = 0; (i + 1) * sizeof(float) <= bytes.size(); ++i) {
      float loss = 0;
      std::memcpy(&loss, bytes.data() + i * sizeof(float), sizeof(float));
      steps[first + static_cast<int64_t>(i)] = loss;
    }
  }
  return out;
}

LossTrace losses_of(Database& database, const std::string& run) {
  LossTrace out;
  database.read([&](Connection& handle) { out = losses_of(handle, run); });
  return out;
}

LossComparison compare_losses(const LossTrace& a, const LossTrace& b) {
  LossComparison out;
  for (const std::string& stage : common_stages(a, b)) {
    const std::map<int64_t, float>& others = b.at(stage);
    for (const auto& [step, loss] : a.at(stage)) {
      const auto other = others.find(step);
      if (other == others.end()) continue;
      if (!same_bits(loss, other->second)) {
        out.parting = LossParting{stage, step, loss, other->second};
        return out;
      }
      ++out.alike;
    }
  }
  return out;
}

}  // namespace sslx::record
