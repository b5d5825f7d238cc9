#include "host/machine/energy.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <utility>

namespace sslx::machine {
namespace {

namespace fs = std::filesystem;

/// The counters' range is 65 kJ at least, which 1 kW needs a minute for.
constexpr std::chrono::seconds kLook{20};

std::optional<uint64_t> number_in(const fs::path& file) {
  std::ifstream in(file);
  uint64_t out = 0;
  return in >> out ? std::optional(out) : std::nullopt;
}

std::string word_in(const fs::path& file) {
  std::ifstream in(file);
  std::string out;
  in >> out;
  return out;
}

/// A package holds its cores; memory is counted apart; "psys" would count both again.
bool is_counted(const std::string& name) { return name.starts_with("package") || name == "dram"; }

std::vector<fs::path> zones_in(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with("intel-rapl:")) out.push_back(at->path());
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace

EnergyMeter::EnergyMeter(const fs::path& root, GpuCounter gpu) : gpu_(std::move(gpu)) {
  // Each zone is listed there once, those within a package as well as the packages.
  for (const fs::path& zone : zones_in(root / "sys/class/powercap")) {
    const auto begin = number_in(zone / "energy_uj");
    const auto range = number_in(zone / "max_energy_range_uj");
    if (!begin || !range || *range == 0 || !is_counted(word_in(zone / "name"))) continue;
    zones_.push_back({zone / "energy_uj", *range, *begin, 0});
  }
  if (gpu_) gpu_begin_ = gpu_();
  if (!zones_.empty()) watcher_ = std::thread([this] { watch(); });
}

EnergyMeter::~EnergyMeter() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  ends_.notify_all();
  if (watcher_.joinable()) watcher_.join();
}

void EnergyMeter::watch() {
  std::unique_lock lock(mutex_);
  while (!ends_.wait_for(lock, kLook, [this] { return over_; })) read_zones();
}

void EnergyMeter::read_zones() {
  constexpr double kMicro = 1e-6;
  for (Zone& zone : zones_) {
    const auto now = number_in(zone.file);
    if (!now) continue;
    const uint64_t turned = *now < zone.last ? zone.range : 0;
    zone.used += kMicro * static_cast<double>(*now + turned - zone.last);
    zone.last = *now;
  }
}

std::optional<double> EnergyMeter::joules() {
  const std::lock_guard lock(mutex_);
  read_zones();
  std::optional<double> out;
  for (const Zone& zone : zones_) out = out.value_or(0) + zone.used;
  const auto gpu = gpu_begin_ ? gpu_() : std::nullopt;
  if (gpu) out = out.value_or(0) + std::max(0.0, *gpu - *gpu_begin_);
  return out;
}

}  // namespace sslx::machine
