// The header of torch's Gloo process group is LibTorch's; those of Gloo, which it includes, are
// Debian's.
#define USE_C10D_GLOO
#include "host/train/c10d_team.h"

#include <c10/util/Exception.h>
#include <sslx/running_statistics.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <torch/csrc/distributed/c10d/reducer.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "host/train/collectives.h"

namespace sslx::train {
namespace {

using torch::Tensor;
using Gloo = c10d::ProcessGroupGloo;

constexpr std::chrono::minutes kConnect{1};
/// Another machine reads its data, and the sweep's, first.
constexpr std::chrono::minutes kConnectMachines{10};
/// One waits for another that reads its data or clusters all features; a process that is gone is
/// seen at once, by its closed connections.
constexpr std::chrono::hours kWait{24};
constexpr size_t kFirstBucket = 1 << 20;  // bytes, as torch's DistributedDataParallel has them
constexpr size_t kBucket = 25 << 20;

bool is_local(const processes::Meeting& meeting) {
  return meeting.host == "127.0.0.1" || meeting.host == "localhost";
}

c10::intrusive_ptr<c10d::Store> store_of(const processes::Meeting& meeting) {
  c10d::TCPStoreOptions options;
  options.port = meeting.port;
  options.isServer = meeting.rank == 0;
  options.numWorkers = static_cast<size_t>(meeting.size);
  options.timeout = is_local(meeting) ? kConnect : kConnectMachines;
  if (meeting.listener >= 0) options.masterListenFd = meeting.listener;
  return c10::make_intrusive<c10d::TCPStore>(meeting.host, options);
}

/// The interface that this machine's name leads to, or that GLOO_SOCKET_IFNAME names.
std::shared_ptr<::gloo::transport::Device> device_of(const processes::Meeting& meeting) {
  if (is_local(meeting)) return Gloo::createDeviceForHostname(meeting.host);
  if (const char* interface = std::getenv("GLOO_SOCKET_IFNAME")) {
    return Gloo::createDeviceForInterface(interface);
  }
  return Gloo::createDefaultDevice();
}

/// Each use has connections of its own: what they carry cannot be mixed up.
c10::intrusive_ptr<Gloo> connect(const c10::intrusive_ptr<c10d::Store>& store,
                                 const processes::Meeting& meeting, const char* use) {
  auto options = Gloo::Options::create(kWait);
  options->devices = {device_of(meeting)};
  return c10::make_intrusive<Gloo>(c10::make_intrusive<c10d::PrefixStore>(use, store),
                                   static_cast<int>(meeting.rank), static_cast<int>(meeting.size),
                                   options);
}

class GlooCollectives : public Collectives {
 public:
  explicit GlooCollectives(c10::intrusive_ptr<Gloo> gloo) : gloo_(std::move(gloo)) {}
  int64_t rank() const override { return gloo_->getRank(); }
  int64_t size() const override { return gloo_->getSize(); }

  std::vector<Tensor> exchange(const Tensor& mine) override {
    const torch::NoGradGuard guard;
    std::vector<Tensor> own{mine.detach().contiguous()};
    std::vector<std::vector<Tensor>> out(1);
    for (int64_t i = 0; i < size(); ++i) out[0].push_back(torch::empty_like(own[0]));
    gloo_->allgather(out, own)->wait();
    return std::move(out[0]);
  }

  Tensor sum(const Tensor& mine) override {
    const torch::NoGradGuard guard;
    std::vector<Tensor> out{mine.detach().clone(torch::MemoryFormat::Contiguous)};
    gloo_->allreduce(out)->wait();
    return out[0];
  }

 private:
  c10::intrusive_ptr<Gloo> gloo_;
};

std::vector<Tensor> trained(const std::vector<ParameterGroup>& groups) {
  std::vector<Tensor> out;
  for (const ParameterGroup& group : groups) {
    for (const Tensor& parameter : group.parameters) {
      if (parameter.requires_grad()) out.push_back(parameter);
    }
  }
  return out;
}

/// As torch's DistributedDataParallel makes it: the last parameters, whose gradients are there
/// first, are in the first bucket. Which parameters have a gradient may change from step to step.
std::unique_ptr<c10d::Reducer> reducer_of(std::vector<Tensor> parameters,
                                          const c10::intrusive_ptr<c10d::ProcessGroup>& group) {
  const std::vector<bool> sparse(parameters.size(), false);
  auto [buckets, limits] =
      c10d::compute_bucket_assignment_by_size(parameters, {kFirstBucket, kBucket}, sparse);
  std::reverse(buckets.begin(), buckets.end());
  return std::make_unique<c10d::Reducer>(
      std::move(parameters), std::move(buckets), group, sparse, kBucket,
      /*find_unused_parameters=*/true, /*gradient_as_bucket_view=*/false,
      std::unordered_map<size_t, std::string>(), kFirstBucket,
      /*skip_all_reduce_unused_params=*/false, /*use_python_reducer=*/false,
      std::vector<int64_t>());
}

/// Leaves out what the Reducer warns of in every training with it: that all parameters have a
/// gradient today, and that a 1 x 1 kernel's order of bytes has two names.
class Unwarned : public c10::WarningHandler {
 public:
  Unwarned() : before_(c10::WarningUtils::get_warning_handler()) {
    c10::WarningUtils::set_warning_handler(this);
  }
  Unwarned(const Unwarned&) = delete;
  Unwarned& operator=(const Unwarned&) = delete;
  ~Unwarned() override { c10::WarningUtils::set_warning_handler(before_); }

  void process(const c10::Warning& warning) override {
    const std::string& text = warning.msg();
    const bool known = text.starts_with("find_unused_parameters=True was specified") ||
                       text.starts_with("Grad strides do not match bucket view strides");
    if (!known) before_->process(warning);
  }

 private:
  c10::WarningHandler* before_;
};

class C10dTeam : public Team {
 public:
  explicit C10dTeam(const processes::Meeting& meeting)
      : rank_(meeting.rank), size_(meeting.size), store_(store_of(meeting)) {
    own_ = std::make_shared<GlooCollectives>(connect(store_, meeting, "team"));
    group_ = group_of(std::make_shared<GlooCollectives>(connect(store_, meeting, "method")));
    gradients_ = c10::make_intrusive<c10d::ProcessGroup>(store_, static_cast<int>(rank_),
                                                         static_cast<int>(size_));
    gloo_ = connect(store_, meeting, "gradients");
    gradients_->setBackend(torch::kCPU, c10d::ProcessGroup::BackendType::GLOO, gloo_);
    gradients_->setDefaultBackend(c10d::ProcessGroup::BackendType::GLOO);
  }

  int64_t rank() const override { return rank_; }
  int64_t size() const override { return size_; }
  std::shared_ptr<Group> group() const override { return group_; }

  void begin(torch::nn::Module& network, const std::vector<ParameterGroup>& groups) override {
    const torch::NoGradGuard guard;
    std::vector<Tensor> state = network.parameters();
    const std::vector<Tensor> buffers = network.buffers();
    state.insert(state.end(), buffers.begin(), buffers.end());
    for (const Tensor& one : state) {
      std::vector<Tensor> leaders{one.variable_data().contiguous()};
      gloo_->broadcast(leaders)->wait();
      one.variable_data().copy_(leaders[0]);
    }
    const std::vector<Tensor> parameters = trained(groups);
    if (!parameters.empty()) reducer_ = reducer_of(parameters, gradients_);
    unwarned_.emplace();
  }

  void end() override {
    unwarned_.reset();
    reducer_.reset();
  }

  void before_backward(const Tensor& loss) override {
    if (reducer_) reducer_->prepare_for_backward({loss});
  }

  Loss mean(Loss loss) override {
    const torch::NoGradGuard guard;
    std::vector<Tensor*> places{&loss.value};
    for (auto& [name, value] : loss.diagnostics) places.push_back(&value);
    std::vector<Tensor> own;
    for (const Tensor* place : places) {
      own.push_back(place->detach().reshape({}).to(torch::kFloat64));
    }
    const Tensor means = own_->sum(torch::stack(own)) / static_cast<double>(size_);
    for (size_t i = 0; i < places.size(); ++i) {
      *places[i] = means[static_cast<int64_t>(i)].to(places[i]->scalar_type());
    }
    return loss;
  }

  void average_statistics(torch::nn::Module& network) override {
    const std::vector<Tensor> all = running_statistics(network);
    if (all.empty()) return;
    const torch::NoGradGuard guard;
    std::vector<Tensor> flat;
    for (const Tensor& one : all) flat.push_back(one.flatten());
    const Tensor means = own_->sum(torch::cat(flat)).div_(size_);
    int64_t at = 0;
    for (const Tensor& one : all) {
      one.copy_(means.slice(0, at, at + one.numel()).view_as(one));
      at += one.numel();
    }
  }

  Signals any(Signals own) override {
    const Tensor said =
        own_->sum(torch::tensor({static_cast<int64_t>(own.stop), static_cast<int64_t>(own.keep)}));
    return {said[0].item<int64_t>() > 0, said[1].item<int64_t>() > 0};
  }

  std::vector<Tensor> exchange(const Tensor& own) override { return own_->exchange(own); }

 private:
  int64_t rank_;
  int64_t size_;
  c10::intrusive_ptr<c10d::Store> store_;
  std::shared_ptr<GlooCollectives> own_;
  std::shared_ptr<Group> group_;
  c10::intrusive_ptr<Gloo> gloo_;
  c10::intrusive_ptr<c10d::ProcessGroup> gradients_;
  std::unique_ptr<c10d::Reducer> reducer_;
  std::optional<Unwarned> unwarned_;
};

}  // namespace

std::shared_ptr<Team> meet(const processes::Meeting& meeting) {
  if (meeting.size == 1) return std::make_shared<Team>();
  return std::make_shared<C10dTeam>(meeting);
}

}  // namespace sslx::train
