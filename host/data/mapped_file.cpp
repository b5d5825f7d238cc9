#include "host/data/mapped_file.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>

namespace sslx::train {
namespace {

std::atomic<uintptr_t> mapping_begin{0};
std::atomic<uintptr_t> mapping_end{0};
std::atomic<uintptr_t> page_size{0};
static_assert(std::atomic<uintptr_t>::is_always_lock_free, "a signal handler reads them");

void on_bus_error(int number, siginfo_t* info, void*) {
  const auto at = reinterpret_cast<uintptr_t>(info->si_addr);
  if (at >= mapping_begin && at < mapping_end) {
    void* page = reinterpret_cast<void*>(at / page_size * page_size);  // NOLINT: an address it is
    if (::mmap(page, page_size, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
        page) {
      return;
    }
  }
  ::signal(number, SIG_DFL);  // The instruction is repeated, and ends the process.
}

}  // namespace

void zeros_for_lost_pages(std::span<const uint8_t> mapping) {
  page_size = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  mapping_begin = reinterpret_cast<uintptr_t>(mapping.data());
  mapping_end = mapping_begin + mapping.size();
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace sslx::train
