// The host: runs ONE trial in a process of its own, so that a plugin that crashes, leaks or hangs
// takes down its own trial and nothing else. The trial comes on standard input; `sslx sweep` starts
// it. What else needs plugins comes the same way, with a "task": a contact sheet, an export.
#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <sslx/error.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

#include "host/data/guarded.h"
#include "host/machine/beacon.h"
#include "host/machine/last_words.h"
#include "host/machine/load.h"
#include "host/serve.h"
#include "host/tools/attention.h"
#include "host/tools/bench_step.h"
#include "host/tools/bench_views.h"
#include "host/tools/check/check.h"
#include "host/tools/contact_sheet.h"
#include "host/tools/export_run.h"
#include "host/tools/import_weights.h"
#include "host/tools/model_cost.h"
#include "host/trial/trial.h"

namespace {

std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

void on_terminate(int) { stop.store(true); }

/// A first SIGTERM or SIGINT asks a trial for an orderly end; what else runs here ends at once.
void handle_signals() {
  struct sigaction action {};
  action.sa_handler = on_terminate;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

/// As the library's own, but in plain words: what nobody caught, a thread's for the most part.
[[noreturn]] void on_uncaught() {
  if (std::current_exception()) {
    std::cerr << "nobody caught an exception\n  what():  " << sslx::data::current_message()
              << std::endl;
    std::cerr << sslx::data::current_stack().text() << std::flush;
  }
  std::abort();
}

/// The descriptor that `sslx` gave holds the trial's claim, as long as anyone has it open: what a
/// plugin starts must not.
constexpr int kClaim = 3;

void keep_claim_to_oneself() {
  if (fcntl(kClaim, F_SETFD, FD_CLOEXEC) != 0) return;
  pthread_atfork(nullptr, nullptr, [] { close(kClaim); });
}

/// Measures on so many threads; figures that other processes made worse say so.
int measure(void (*bench)(const nlohmann::json&), const nlohmann::json& request, int threads) {
  const sslx::machine::LoadWatch watch;
  bench(request);
  const nlohmann::json load = sslx::machine::load_record(watch, std::nullopt, threads);
  if (load.value("disturbed", false)) {
    std::cout << fmt::format(
        "\nother processes used {} of {} cores meanwhile: alone it is faster than these figures\n",
        load.at("others").get<double>(), load.at("cores").get<size_t>());
  }
  return 0;
}

int perform(const std::string& text) {
  const nlohmann::json request = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const std::string task = request.is_object() ? request.value("task", "trial") : "trial";
  if (task == "views") return sslx::train::draw_contact_sheet(request), 0;
  if (task == "bench views") return measure(sslx::train::bench_views, request, 1);
  if (task == "bench step") {
    return measure(sslx::train::bench_step, request, sslx::machine::usual_threads());
  }
  if (task == "attention") return sslx::train::draw_attention(request), 0;
  if (task == "export") return sslx::train::export_run(request), 0;
  if (task == "import") return sslx::train::import_weights(request), 0;
  if (task == "check plugin") return sslx::check::check_plugin(request);
  if (task == "describe backbone") return sslx::train::describe_backbone(request), 0;
  handle_signals();
  sslx::machine::light_beacon();
  sslx::machine::leave_last_words();
  return sslx::train::run_trial(sslx::train::parse_request(text), stop);
}

int run(int argc, char** argv) {
  const bool serves = argc == 2 && std::string_view(argv[1]) == "--serve";
  if (serves && sslx::serving::serve() == sslx::serving::Served::kEnd) return 0;
  if (argc > 1 && !serves) {
    const bool version = std::string_view(argv[1]) == "--version";
    std::cout << (version ? "sslx-host " SSLX_VERSION "\n"
                          : "sslx-host runs one trial, given as JSON on standard input; "
                            "it is started by `sslx sweep`.\n");
    return version || std::string_view(argv[1]) == "--help" ? 0 : 2;
  }
  try {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // `sslx` died
    signal(SIGXFSZ, SIG_IGN);          // a file beyond its limit is an error of the write
    std::set_terminate(on_uncaught);
    keep_claim_to_oneself();
    return perform({std::istreambuf_iterator<char>(std::cin), {}});
  } catch (const sslx::Error& error) {
    std::cerr << "sslx-host: " << error.what() << '\n';
    if (!error.hint().empty()) std::cerr << "           " << error.hint() << '\n';
    return error.exit_code();
  } catch (...) {
    std::cerr << "sslx-host: " << sslx::data::current_message() << '\n';
    return 1;
  }
}

/// 1 instead of 0 when what was printed is not whole.
int checked_output(int code) {
  if (std::cout.flush() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  std::cerr << "sslx-host: standard output cannot be written: " << std::strerror(errno) << '\n';
  return code == 0 ? 1 : code;
}

/// LibTorch takes a sixth of a second to take apart what the end of a process gives back at once.
/// A sanitizer looks for leaks at the usual end.
int end(int code) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  std::fflush(nullptr);
  std::_Exit(code);
#endif
  return code;
}

}  // namespace

int main(int argc, char** argv) { return end(checked_output(run(argc, argv))); }
