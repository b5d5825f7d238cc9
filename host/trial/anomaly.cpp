#include "host/trial/anomaly.h"

#include <torch/csrc/autograd/anomaly_mode.h>
#include <torch/csrc/autograd/engine.h>

#include <iostream>
#include <memory>
#include <string>

#include "host/machine/stack.h"

namespace sslx::train {
namespace {

namespace autograd = torch::autograd;

/// Where an operation was called. torch's own would name no function of a plugin.
class ForwardCall : public autograd::AnomalyMetadata {
 public:
  void store_stack() override { stack_ = machine::Stack::here(); }
  void print_stack(const std::string& operation) override {
    std::cerr << "what went wrong in the backward pass of " << operation << " was called in\n"
              << stack_.text() << std::flush;
  }
  /// What it was made by in a backward pass of a backward pass; nobody asks for that here.
  void assign_parent(const std::shared_ptr<autograd::Node>&) override {}

 private:
  machine::Stack stack_;
};

class NamingEngine : public autograd::Engine {
 public:
  NamingEngine() = default;
  NamingEngine(const NamingEngine&) = delete;
  NamingEngine& operator=(const NamingEngine&) = delete;
  ~NamingEngine() override { stop(); }
  std::unique_ptr<autograd::AnomalyMetadata> make_anomaly_metadata() override {
    return std::make_unique<ForwardCall>();
  }
};

}  // namespace

void detect_anomalies() {
  autograd::set_default_engine_stub([]() -> autograd::Engine& {
    static NamingEngine engine;
    return engine;
  });
  autograd::AnomalyMode::set_enabled(true, /*check_nan=*/true);
}

}  // namespace sslx::train
