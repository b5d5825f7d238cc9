// The host: runs ONE trial in a process of its own, so that a plugin that crashes, leaks or hangs
// takes down its own trial and nothing else. The trial comes on standard input; `sslx sweep` starts
// it. What else needs plugins comes the same way, with a "task": a contact sheet, an export.
#include <fmt/format.h>
#include <signal.h>
#include <sslx/error.h>
#include <sys/prctl.h>

#include <atomic>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

#include "host/train/attention.h"
#include "host/train/bench_step.h"
#include "host/train/bench_views.h"
#include "host/train/contact_sheet.h"
#include "host/train/export_run.h"
#include "host/train/guarded.h"
#include "host/train/import_weights.h"
#include "host/train/model_cost.h"
#include "host/train/trial.h"

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

int perform(const std::string& text) {
  const nlohmann::json request = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const std::string task = request.is_object() ? request.value("task", "trial") : "trial";
  if (task == "views") return sslx::train::draw_contact_sheet(request), 0;
  if (task == "bench views") return sslx::train::bench_views(request), 0;
  if (task == "bench step") return sslx::train::bench_step(request), 0;
  if (task == "attention") return sslx::train::draw_attention(request), 0;
  if (task == "export") return sslx::train::export_run(request), 0;
  if (task == "import") return sslx::train::import_weights(request), 0;
  if (task == "describe backbone") return sslx::train::describe_backbone(request), 0;
  handle_signals();
  return sslx::train::run_trial(sslx::train::parse_request(text), stop);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) {
    const bool version = std::string_view(argv[1]) == "--version";
    std::cout << (version ? "sslx-host " SSLX_VERSION "\n"
                          : "sslx-host runs one trial, given as JSON on standard input; "
                            "it is started by `sslx sweep`.\n");
    return version || std::string_view(argv[1]) == "--help" ? 0 : 2;
  }
  try {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // `sslx` died
    const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    return perform(text);
  } catch (const sslx::Error& error) {
    std::cerr << "sslx-host: " << error.what() << '\n';
    if (!error.hint().empty()) std::cerr << "           " << error.hint() << '\n';
    return error.exit_code();
  } catch (...) {
    std::cerr << "sslx-host: " << sslx::train::current_message() << '\n';
    return 1;
  }
}
