// A method that goes wrong in each way that a plugin can, for the tests of what survives it.
#include <fcntl.h>
#include <sslx/method.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <limits>
#include <stdexcept>
#include <thread>
#include <vector>

namespace {

constexpr std::array kParameters{sslx::choice(
    "act", "behave",
    "behave|throw|throw_torch|throw_int|abort|segv|exit|loop|nan|daemon|vanish|memory|memory_torch",
    "what loss() does at its third step")};

constexpr int64_t kTooMuch = int64_t{1} << 46;

/// A child that leaves its group and its session, and closes nothing. Descriptor 3 would be the
/// trial's claim.
void start_daemon() {
  const char* const ask = "[ -e /proc/self/fd/3 ] && echo the command holds the claim";
  if (std::system(ask) == 0 || fork() != 0) return;
  setsid();
  std::cerr << (fcntl(3, F_GETFD) < 0 ? "the child holds no claim\n" : "the child holds a claim\n");
  while (true) sleep(1000);
}

/// The run's own: its log is standard error.
void remove_folder() {
  std::error_code error;
  std::filesystem::remove_all(std::filesystem::read_symlink("/proc/self/fd/2").parent_path(),
                              error);
}

class Misbehave : public sslx::Method {
 public:
  explicit Misbehave(const sslx::MethodContext& context)
      : act_(context.parameters.choice("act")),
        backbone_(register_module("backbone", context.make_backbone())) {}

  int64_t view_count() const override { return 1; }

  sslx::Loss loss(const sslx::Batch& batch) override {
    const torch::Tensor value = backbone_->forward(batch.views[0]).pow(2).mean();
    if (++steps_ < 3) return {value, {}};
    if (act_ == "throw") throw std::runtime_error("the loss gave up");
    TORCH_CHECK(act_ != "throw_torch", "torch gave up");
    if (act_ == "throw_int") throw 7;
    if (act_ == "daemon") start_daemon();
    if (act_ == "vanish") remove_folder();
    if (act_ == "abort") std::abort();
    if (act_ == "segv") std::raise(SIGSEGV);
    if (act_ == "memory") std::vector<char>(kTooMuch).resize(1);
    if (act_ == "memory_torch") return {torch::ones({kTooMuch}), {}};
    if (act_ == "exit") std::exit(0);
    while (act_ == "loop") std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return {act_ == "nan" ? value * std::numeric_limits<float>::quiet_NaN() : value, {}};
  }

  torch::Tensor embed(const torch::Tensor& images) override { return backbone_->forward(images); }

 private:
  std::string act_;
  std::shared_ptr<sslx::Backbone> backbone_;
  int steps_ = 0;
};

}  // namespace

SSLX_METHOD(Misbehave, "misbehave", "1.0.0", "goes wrong on purpose", "", kParameters);
