// Hears of each operation that torch runs on this thread, for as long as a Listening lives.
#pragma once

#include <ATen/record_function.h>
#include <sslx/torch_base.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace sslx::check {

class Listener : public c10::DebugInfoBase {
 public:
  virtual void before(const at::RecordFunction& operation) = 0;
  virtual void after(const at::RecordFunction& /*operation*/) {}
};

class Listening {
 public:
  explicit Listening(std::shared_ptr<Listener> listener);
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  ~Listening();

 private:
  c10::DebugInfoGuard place_;
  at::CallbackHandle handle_;
};

/// The defined tensors among an operation's inputs or outputs, those in lists too.
std::vector<torch::Tensor> tensors_in(std::span<const c10::IValue> values);

/// "aten::sub" to "sub".
std::string short_name(const at::RecordFunction& operation);

}  // namespace sslx::check
