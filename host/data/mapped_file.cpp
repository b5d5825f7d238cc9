#include "host/data/mapped_file.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>

namespace sslx::train {
namespace {

struct Mapping {
  std::atomic<uintptr_t> begin{0};
  std::atomic<uintptr_t> end{0};
};

std::array<Mapping, 64> mappings;
std::atomic<uintptr_t> page_size{0};
static_assert(std::atomic<uintptr_t>::is_always_lock_free, "a signal handler reads them");

void on_bus_error(int number, siginfo_t* info, void*) {
  const auto at = reinterpret_cast<uintptr_t>(info->si_addr);
  const auto holds = [at](const Mapping& one) { return at >= one.begin && at < one.end; };
  if (std::ranges::any_of(mappings, holds)) {
    void* page = reinterpret_cast<void*>(at / page_size * page_size);  // NOLINT: an address it is
    if (::mmap(page, page_size, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
        page) {
      return;
    }
  }
  ::signal(number, SIG_DFL);  // The instruction is repeated, and ends the process.
}

}  // namespace

void zeros_for_lost_pages(std::span<const uint8_t> mapping, size_t place) {
  page_size = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  Mapping& one = mappings.at(place);
  one.begin = reinterpret_cast<uintptr_t>(mapping.data());
  one.end = one.begin + mapping.size();
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace sslx::train
