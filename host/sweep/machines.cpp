#include "host/sweep/machines.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <charconv>
#include <cstdlib>
#include <optional>

namespace sslx::sweep {
namespace {

constexpr int64_t kUsualPort = 29400;  // torchrun's
constexpr int64_t kFirstPort = 20000;  // of jobs of Slurm
constexpr int64_t kPorts = 20000;
constexpr int64_t kMost = 4096;  // machines

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::optional<int64_t> number_of(const char* name, int64_t least, int64_t most) {
  const std::string text = variable(name);
  if (text.empty()) return std::nullopt;
  int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || out < least || out > most) {
    throw input_error(
        fmt::format("{} is \"{}\"; it must be a number from {} to {}", name, text, least, most));
  }
  return out;
}

}  // namespace

std::string first_node(const std::string& list) {
  const size_t end = list.find_first_of(",[");
  const std::string name = list.substr(0, end);
  if (end == std::string::npos || list[end] == ',') return name;
  return name + list.substr(end + 1, list.find_first_of(",-]", end) - end - 1);
}

processes::Machines machines_of_environment() {
  const bool by_slurm = variable("RANK").empty();
  const char* rank_name = by_slurm ? "SLURM_PROCID" : "RANK";
  const char* size_name = by_slurm ? "SLURM_NTASKS" : "WORLD_SIZE";
  processes::Machines out;
  const std::optional<int64_t> size = number_of(size_name, 1, kMost);
  if (!size) {
    throw input_error(
        "--machines needs RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, or a step of Slurm with a "
        "task on each machine: this command has neither");
  }
  out.size = *size;
  const std::optional<int64_t> rank = number_of(rank_name, 0, out.size - 1);
  if (!rank) throw input_error(fmt::format("{} is set, and {} is not", size_name, rank_name));
  out.rank = *rank;
  out.address = variable("MASTER_ADDR");
  if (out.address.empty() && by_slurm) out.address = first_node(variable("SLURM_STEP_NODELIST"));
  if (out.address.empty()) {
    throw input_error("--machines needs MASTER_ADDR, the first one's address");
  }
  const int64_t job = number_of("SLURM_JOB_ID", 0, int64_t{1} << 40).value_or(0);
  const int64_t usual = by_slurm ? kFirstPort + job % kPorts : kUsualPort;
  out.port = static_cast<uint16_t>(number_of("MASTER_PORT", 1, 65535).value_or(usual));
  return out;
}

void check_machines(const Plan& plan, const processes::Machines& machines) {
  for (const Trial& trial : plan.trials) {
    const nlohmann::json::json_pointer place("/train/processes");
    const int64_t processes = trial.config.whole().value(place, int64_t{1});
    if (processes % machines.size == 0) continue;
    throw input_error(
        fmt::format("{}: train.processes is {}; on {} machines it must be a multiple of that",
                    trial_label(trial.variant, trial.axes, trial.seed), processes, machines.size));
  }
}

}  // namespace sslx::sweep
