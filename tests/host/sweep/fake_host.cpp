// Stands in for sslx-host: reads the request and does what the trial's method is called.
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <new>

#include <nlohmann/json.hpp>

#include "host/machine/beacon.h"

namespace {

using nlohmann::json;
volatile sig_atomic_t stopped = 0;
void on_stop(int) { stopped = 1; }

class FakeRun {
 public:
  explicit FakeRun(const json& request)
      : journal_(request.at("directory").get<std::string>() + "/journal.jsonl") {
    event({{"event", "started"}, {"pid", getpid()}});
    event({{"event", "plan"}, {"epochs", 2}, {"steps", 4}});
    event({{"event", "metric"}, {"step", 1}, {"epoch", 1}, {"values", {{"loss", 1.5}}}});
    if (request.contains("resume")) event({{"event", "resumed"}, {"run", request["resume"]}});
  }
  int finish(const char* state, const char* message, int code) {
    event({{"event", "finished"}, {"state", state}, {"message", message}, {"seconds", 0.1}});
    return code;
  }
  void event(json fields) {
    fields["line"] = line_++;
    fields["time"] = "2026-01-31T12:00:00.000Z";
    journal_ << fields.dump() << std::endl;
  }
  void result() {
    event({{"event", "result"},
           {"metric", "knn_top1"},
           {"value", 41.5},
           {"unit", "%"},
           {"protocol", {{"k", 20}}},
           {"fingerprint", std::string(64, 'a')}});
  }
  void scribble() { journal_ << "garbage" << std::endl; }
  void tear() { journal_ << R"({"event":"finished","state":"comp)" << std::flush; }

 private:
  std::ofstream journal_;
  int line_ = 0;
};

void flood() {
  const std::string line(999, 'x');
  for (int i = 0; i < 5000; ++i) std::cout << line << '\n';
  std::cout << std::flush;
}

int wait_for_signal(FakeRun& run) {
  while (stopped == 0) usleep(5000);
  return run.finish("interrupted", "stopped by a signal", 75);
}

void wait_for_file(const char* file) {
  while (!std::filesystem::exists(file)) usleep(2000);
}

/// Shows that it lives for a while, and then no more, or to its end.
int show_signs(FakeRun& run, bool to_the_end) {
  sslx::machine::light_beacon();
  sslx::machine::begin_step(3);
  const sslx::machine::AtWork seen("method 'stall'", "loss");
  for (int i = 0; i < 100; ++i) {
    usleep(10'000);
    sslx::machine::sign_of_life();
  }
  while (!to_the_end) sleep(1);
  return run.finish("completed", "", 0);
}

/// "sick" fails as on a broken GPU, "sick:1" on the one that is visible as 1 alone.
int be_sick(FakeRun& run, const json& request, const std::string& act) {
  const auto visible = request.at("execution").value("visible", "");
  if (act == "sick" || act == "sick:" + visible) {
    return run.finish("failed", "CUDA error: uncorrectable ECC error encountered", 1);
  }
  run.result();
  return run.finish("completed", "", 0);
}

/// A child that leaves its group and its session, and keeps every descriptor.
void start_daemon() {
  if (fork() != 0) return;
  setsid();
  if (fork() != 0) _exit(0);
  while (true) sleep(1000);
}

/// Whether this is the trial's first attempt. A stage is finished by then, for the next one.
bool first_of(const json& request) {
  const std::filesystem::path folder = request.at("directory").get<std::string>();
  const std::string seen = folder.parent_path() / request.at("trial").get<std::string>();
  if (std::filesystem::exists(seen)) return false;
  std::ofstream(seen) << request.at("run");
  return true;
}

}  // namespace

int main() {
  json request = json::parse(std::cin);
  const char* given = std::getenv("FAKE_HOST_ACT");
  const std::string act = given != nullptr ? json(given) : request.at("config")["method"]["name"];
  if (const char* log = std::getenv("FAKE_HOST_LOG")) {
    std::ofstream(log, std::ios::app) << request.at("trial").get<std::string>() + "\n";
  }
  const std::filesystem::path folder = request.at("directory").get<std::string>();
  signal(SIGTERM, act.ends_with("hang") ? SIG_IGN : on_stop);
  FakeRun run(request);
  if (act == "warn") run.event({{"event", "warning"}, {"message", "something is odd"}});
  if (act == "warn") return run.finish("completed", "", 0);
  if (act == "vanish") return std::filesystem::remove_all(folder), 0;
  if (act == "litter" || act == "litter_hang") {
    std::ofstream(folder / "weights.safetensors.part") << "half";
  }
  if (act == "litter") std::abort();
  if (act == "killed_once") run.event({{"event", "stage"}, {"stage", "pretrain"}});
  if (act == "killed_once" && first_of(request)) raise(SIGKILL);
  if (act == "killed_once") return run.finish("completed", "", 0);
  if (act == "daemon" || act == "daemon_wait") start_daemon();
  if (act == "daemon") return run.finish("completed", "", 0);
  if (act == "daemon_wait") return wait_for_signal(run);
  if (act == "scribble") run.scribble();
  if (act == "scribble") return run.finish("completed", "", 0);
  if (act == "stall" || act == "busy") return show_signs(run, act == "busy");
  if (act.starts_with("sick")) return be_sick(run, request, act);
  if (act == "gate") wait_for_file(std::getenv("FAKE_HOST_GATE"));
  if (act == "slow") usleep(150'000);
  if (act == "sleep")
    usleep(static_cast<useconds_t>(1e6 * std::atof(std::getenv("FAKE_HOST_SECONDS"))));
  const bool succeeds = act == "slow" || act == "sleep" || act == "succeed" || act == "gate";
  if (succeeds) run.result();
  if (succeeds) return run.finish("completed", "", 0);
  if (act == "hungry") throw std::bad_alloc();
  if (act == "diverge") return run.finish("diverged", "the loss is nan at step 1", 1);
  if (act == "collapse") return run.finish("collapsed", "the features are constant", 0);
  if (act == "flood") return flood(), run.finish("completed", "", 0);
  if (act == "wait") return wait_for_signal(run);
  if (act == "torn") return run.tear(), 0;
  std::cerr << "something\nthe last word of " << act << std::endl;
  if (act == "abort") std::abort();
  if (act == "orphan" && fork() == 0) sleep(1000);  // It stays in its parent's process group.
  if (act == "orphan") return run.finish("completed", "", 0);
  while (act.ends_with("hang")) sleep(1);
  return 1;
}
