#include "host/machine/cores.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "host/machine/quota.h"

namespace sslx::machine {
namespace {

/// The outermost level of "4,2"; 0 when it is not set, or is no number.
int omp_threads() {
  const char* text = std::getenv("OMP_NUM_THREADS");
  int out = 0;
  if (text == nullptr) return 0;
  while (*text == ' ') ++text;
  std::from_chars(text, text + std::strlen(text), out);
  return std::max(out, 0);
}

struct FreeMask {
  void operator()(cpu_set_t* mask) const { CPU_FREE(mask); }
};

}  // namespace

std::vector<int> affinity() {
  // A mask that is too small for the machine's processors is refused: a larger one is tried.
  for (int most = 1024; most <= 1 << 18; most *= 4) {
    const std::unique_ptr<cpu_set_t, FreeMask> mask(CPU_ALLOC(static_cast<size_t>(most)));
    const size_t bytes = CPU_ALLOC_SIZE(static_cast<size_t>(most));
    if (!mask || sched_getaffinity(0, bytes, mask.get()) != 0) continue;
    std::vector<int> out;
    for (int cpu = 0; cpu < most; ++cpu) {
      if (CPU_ISSET_S(static_cast<size_t>(cpu), bytes, mask.get())) out.push_back(cpu);
    }
    return out;
  }
  return {};
}

Cores allowed_cores(const std::filesystem::path& root) {
  const int all = std::max(1, static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)));
  Cores out{all, "the machine has no more"};
  const auto bound = [&](int count, const std::string& by) {
    if (count < out.count) out = {std::max(count, 1), by};
  };
  const auto mask = static_cast<int>(affinity().size());
  if (mask > 0) bound(mask, "its affinity mask");
  if (const auto quota = cpu_quota(root); quota && *quota < out.count) {
    bound(static_cast<int>(*quota), fmt::format("a quota of {:.3g} of its control group", *quota));
  }
  return out;
}

int usual_threads(const Cores& cores) {
  const int threads = omp_threads();
  return threads > 0 ? std::min(threads, cores.count) : cores.count;
}

void set_usual_threads(int count) {
  setenv("OMP_NUM_THREADS", std::to_string(std::max(count, 1)).c_str(), 1);
}

}  // namespace sslx::machine
