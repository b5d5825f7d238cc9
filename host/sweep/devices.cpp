#include "host/sweep/devices.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

namespace sslx::sweep {
namespace {

constexpr const char* kVisible = "CUDA_VISIBLE_DEVICES";

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    std::string part = text.substr(begin, end - begin);
    const size_t first = part.find_first_not_of(' ');
    const size_t last = part.find_last_not_of(' ');
    out.push_back(first == std::string::npos ? "" : part.substr(first, last - first + 1));
    begin = end + 1;
  }
  return out;
}

std::string test_device() {
  const char* name = std::getenv("SSLX_TEST_DEVICE");
  return name == nullptr ? "" : name;
}

struct Place {
  std::string kind;
  int number = 0;
};

/// "cuda:2"
std::optional<Place> place_of(const std::string& name) {
  const size_t colon = name.find(':');
  if (colon == std::string::npos) return std::nullopt;
  Place out{name.substr(0, colon)};
  const char* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + colon + 1, end, out.number);
  const bool known = out.kind == "cuda" || (!out.kind.empty() && out.kind == test_device());
  if (!known || error != std::errc() || stop != end || out.number < 0) return std::nullopt;
  return out;
}

/// How CUDA itself would be told of the device that it counts so here.
std::string visible_name(int number) {
  const char* mine = std::getenv(kVisible);
  if (mine == nullptr) return std::to_string(number);
  const std::vector<std::string> names = split(mine);
  const auto at = static_cast<size_t>(number);
  return at < names.size() ? names[at] : std::to_string(number);
}

TrialDevice device_at(const Place& place) {
  return {place.kind, visible_name(place.number), fmt::format("{}:{}", place.kind, place.number)};
}

}  // namespace

std::vector<std::string> device_names() {
  std::vector<std::string> out{"auto", "cpu", "cuda"};
  if (!test_device().empty()) out.push_back(test_device());
  return out;
}

std::string devices_fault(const std::string& devices) {
  if (devices.empty() || devices == "all") return "";
  const std::vector<std::string> names = split(devices);
  for (const std::string& name : names) {
    if (!place_of(name)) {
      return fmt::format("\"{}\" is no list of devices; it must be all, or names as cuda:0,cuda:2",
                         devices);
    }
    if (std::ranges::count(names, name) > 1) {
      return fmt::format("\"{}\" has {} twice; how many trials run on each at a time is per_device",
                         devices, name);
    }
  }
  return "";
}

std::vector<TrialDevice> trial_devices(const RunOptions& run,
                                       const machine::GpuLibraries& libraries) {
  if (run.devices.empty()) return {{run.device, "", run.device}};
  if (const std::string fault = devices_fault(run.devices); !fault.empty()) {
    throw input_error("the devices: " + fault);
  }
  std::vector<TrialDevice> out;
  const bool all = run.devices == "all";
  const int there = machine::gpu_count(libraries);
  if (all && there == 0) {
    throw input_error("the devices are \"all\", but CUDA counts none on this machine",
                      "without --devices, or with --device cpu, trials run on its processor");
  }
  if (all) {
    for (int i = 0; i < there; ++i) out.push_back(device_at({"cuda", i}));
    return out;
  }
  for (const std::string& name : split(run.devices)) {
    const Place place = *place_of(name);
    if (place.kind == "cuda" && place.number >= there) {
      throw input_error(
          fmt::format("there is no device {}: CUDA counts {} here, from cuda:0 on", name, there));
    }
    out.push_back(device_at(place));
  }
  return out;
}

}  // namespace sslx::sweep
