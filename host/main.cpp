// The host: runs ONE trial in a process of its own, so that a plugin that crashes, leaks or hangs
// takes down its own trial and nothing else. The trial comes on standard input; `sslx sweep` starts
// it. What else needs plugins is done by sslx-tools (host/tools/main.cpp), which is made of the
// same libraries: a trial's results do not depend on how a bench or a contact sheet is made.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string_view>

#include "host/executable.h"
#include "host/machine/beacon.h"
#include "host/machine/last_words.h"
#include "host/processes/processes.h"
#include "host/serve.h"
#include "host/train/warm_up.h"
#include "host/trial/foresight.h"
#include "host/trial/training_costs.h"
#include "host/trial/trial.h"

namespace {

std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

void on_terminate(int) { stop.store(true); }

/// A first SIGTERM or SIGINT asks for an orderly end.
void handle_signals() {
  struct sigaction action {};
  action.sa_handler = on_terminate;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

/// The descriptor that `sslx` gave holds the trial's claim, as long as anyone has it open: what a
/// plugin starts must not.
constexpr int kClaim = 3;

void keep_claim_to_oneself() {
  if (fcntl(kClaim, F_SETFD, FD_CLOEXEC) != 0) return;
  pthread_atfork(nullptr, nullptr, [] { close(kClaim); });
}

/// A trial, or a question about some (host/trial/foresight.h, training_costs.h).
int perform(const std::string& text) {
  keep_claim_to_oneself();
  handle_signals();
  const auto asked = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (asked.is_object() && asked.contains("foresee")) {
    std::cout << sslx::train::foresee(asked["foresee"]).dump() << '\n';
    return 0;
  }
  if (asked.is_object() && asked.contains("costs")) {
    std::cout << sslx::train::training_costs(asked["costs"], asked.value("seconds", 60.0),
                                             asked.value("in_turn", false))
                     .dump()
              << '\n';
    return 0;
  }
  // What is no JSON is told by its text.
  const sslx::train::TrialRequest request =
      asked.is_discarded() ? sslx::train::parse_request(text) : sslx::train::read_request(asked);
  const nlohmann::json train = request.config.value("train", nlohmann::json::object());
  sslx::processes::Processes processes(train.value("processes", int64_t{1}),
                                       request.execution.machines);
  if (processes.leads()) sslx::machine::light_beacon();
  sslx::machine::leave_last_words();
  return sslx::train::run_trial(request, processes, stop);
}

int run(const sslx::Executable& host, int argc, char** argv) {
  const bool serves = argc == 2 && std::string_view(argv[1]) == "--serve";
  if (!serves) return sslx::run_executable(host, argc, argv);
  sslx::train::warm_up();
  if (sslx::serving::serve() == sslx::serving::Served::kEnd) return 0;
  return sslx::run_executable(host, 1, argv);
}

}  // namespace

int main(int argc, char** argv) {
  const sslx::Executable host{"sslx-host",
                              "sslx-host runs one trial, given as JSON on standard input; it is "
                              "started by `sslx sweep`.\n",
                              perform};
  return sslx::end_executable(host, run(host, argc, argv));
}
