#include "host/machine/load.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <sstream>

#include "host/machine/quota.h"

namespace sslx::machine {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kLeastTicks = 12;  // of each processor
/// Of what its threads can use; what every machine does beside is less than the rest.
constexpr double kUndisturbed = 0.9;

/// User and system time of this process and its ended children: fields 14 to 17.
std::optional<uint64_t> own_ticks(const fs::path& root) {
  std::ifstream in(root / "proc/self/stat");
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  uint64_t sum = 0;
  for (int i = 14; i <= 17; ++i) {
    uint64_t ticks = 0;
    if (!(fields >> ticks)) return std::nullopt;
    sum += ticks;
  }
  return sum;
}

}  // namespace

std::optional<double> load_average(const fs::path& root) {
  std::ifstream in(root / "proc/loadavg");
  double out = 0;
  if (in >> out) return out;
  return std::nullopt;
}

LoadWatch::LoadWatch(fs::path root, std::vector<int> processors)
    : root_(std::move(root)), processors_(std::move(processors)), begin_(now()) {}

/// "cpu3 user nice system idle iowait irq softirq steal ...": all but idle and iowait is busy, also
/// what another virtual machine took.
std::optional<LoadWatch::Ticks> LoadWatch::now() const {
  Ticks out;
  size_t found = 0;
  std::ifstream in(root_ / "proc/stat");
  for (std::string line; std::getline(in, line) && line.starts_with("cpu");) {
    if (line.starts_with("cpu ")) continue;
    std::istringstream fields(line.substr(3));
    int processor = -1;
    fields >> processor;
    if (!std::ranges::binary_search(processors_, processor)) continue;
    std::vector<uint64_t> ticks(8, 0);
    for (uint64_t& part : ticks) fields >> part;
    const uint64_t all = std::accumulate(ticks.begin(), ticks.end(), uint64_t{0});
    out.all += all;
    out.busy += all - ticks[3] - ticks[4];
    ++found;
  }
  const std::optional<uint64_t> own = own_ticks(root_);
  if (found == 0 || !own) return std::nullopt;
  out.own = *own;
  return out;
}

std::optional<double> LoadWatch::others() const {
  const std::optional<Ticks> end = now();
  if (!begin_ || !end || end->all < begin_->all + kLeastTicks * processors_.size())
    return std::nullopt;
  const double all = static_cast<double>(end->all) - static_cast<double>(begin_->all);
  const double busy = static_cast<double>(end->busy) - static_cast<double>(begin_->busy);
  const double own = static_cast<double>(end->own) - static_cast<double>(begin_->own);
  return std::max(0.0, busy - own) / all * static_cast<double>(processors_.size());
}

int free_cores(int allowed, size_t processors, double others) {
  const int idle = static_cast<int>(processors) - static_cast<int>(std::lround(others));
  return std::clamp(idle, 1, std::max(allowed, 1));
}

nlohmann::json load_record(const LoadWatch& watch, std::optional<double> average_at_start,
                           int threads, const fs::path& root) {
  nlohmann::json out = nlohmann::json::object();
  if (average_at_start) out["start"] = *average_at_start;
  if (const auto end = load_average(root)) out["end"] = *end;
  const std::optional<double> others = watch.others();
  if (!others) return out;
  const auto processors = static_cast<double>(watch.processors());
  const double room = std::min(processors - *others, cpu_quota(root).value_or(processors));
  out["cores"] = watch.processors();
  out["others"] = std::round(*others * 100) / 100;
  out["disturbed"] = room < kUndisturbed * threads;
  return out;
}

}  // namespace sslx::machine
