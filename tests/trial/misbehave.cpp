// A method that goes wrong in each way that a plugin can, for the tests of what survives it.
#include <fcntl.h>
#include <sslx/before_epoch.h>
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

constexpr std::array kParameters{
    sslx::choice("act", "behave",
                 "behave|throw|throw_torch|throw_int|abort|segv|exit|loop|nan|daemon|vanish|memory|"
                 "memory_torch",
                 "what loss() does at its third step"),
    sslx::choice("mistake", "none",
                 "none|throw_index|throw_thread|nan_gradient|shape|diagnostic|after_step|embed|"
                 "embed_shape|embed_nan|make",
                 "the same, or what another stage does that it is named after"),
    sslx::choice("stage", "none", "none|embed_late|groups|before_epoch|transfer|transfer_shape",
                 "a stage that goes wrong"),
    sslx::boolean("second", false, "only the second of its processes misbehaves")};

/// What is chosen of the three.
std::string chosen(const sslx::Parameters& parameters) {
  for (const char* name : {"stage", "mistake"}) {
    if (parameters.choice(name) != "none") return parameters.choice(name);
  }
  return parameters.choice("act");
}

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

class Misbehave : public sslx::Method, public sslx::BeforeEpoch {
 public:
  explicit Misbehave(const sslx::MethodContext& context)
      : act_(context.parameters.boolean("second") && context.group->rank() != 1
                 ? "behave"
                 : chosen(context.parameters)),
        backbone_(register_module("backbone", context.make_backbone())) {
    if (act_ == "make") throw std::runtime_error("it cannot be made");
  }

  int64_t view_count() const override { return 1; }

  sslx::Loss loss(const sslx::Batch& batch) override {
    const torch::Tensor value = backbone_->forward(batch.views[0]).pow(2).mean();
    if (++steps_ < 3) return {value, {}};
    if (act_ == "throw") throw std::runtime_error("the loss gave up");
    TORCH_CHECK(act_ != "throw_torch", "torch gave up");
    if (act_ == "throw_int") throw 7;
    if (act_ == "throw_index") static_cast<void>(std::vector<int>(3).at(5));
    if (act_ == "throw_thread") {
      std::thread([] { throw std::runtime_error("a thread gave up"); }).join();
    }
    if (act_ == "shape") return {value.expand({100}), {}};
    if (act_ == "diagnostic") return {value, {{"accuracy", torch::ones({100})}}};
    // Finite, with a gradient that is not: that of a square root at zero.
    if (act_ == "nan_gradient") return {value + (value * 0).sqrt(), {{"height", value}}};
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

  void after_step(const sslx::Step& step) override {
    if (act_ == "after_step" && step.step == 2) throw std::runtime_error("the queue is full");
  }

  void before_epoch(int64_t epoch, const Features&) override {
    if (act_ == "before_epoch" && epoch == 1) throw std::runtime_error("the clusters are gone");
  }

  std::vector<sslx::ParameterGroup> parameter_groups() override {
    if (act_ == "groups") throw std::runtime_error("there are no groups");
    return Method::parameter_groups();
  }

  torch::Tensor transfer_features(const torch::Tensor& images) override {
    if (act_ == "transfer" && is_training()) throw std::runtime_error("it does not transfer");
    const torch::Tensor features = backbone_->forward(images);
    return act_ == "transfer_shape" ? features.unsqueeze(2) : features;
  }

  torch::Tensor embed(const torch::Tensor& images) override {
    if (act_ == "embed") throw std::runtime_error("it cannot embed");
    // More than are looked at before and while it trains.
    if (act_ == "embed_late" && images.size(0) > 64) throw std::runtime_error("too many");
    const torch::Tensor features = backbone_->forward(images);
    if (act_ == "embed_shape") return features.unsqueeze(2).unsqueeze(3);
    return act_ == "embed_nan" ? features / 0 * 0 : features;
  }

 private:
  std::string act_;
  std::shared_ptr<sslx::Backbone> backbone_;
  int steps_ = 0;
};

}  // namespace

SSLX_METHOD(Misbehave, "misbehave", "1.0.0", "goes wrong on purpose", "", kParameters);
