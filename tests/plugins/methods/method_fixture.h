// Methods as the host makes them: loaded from their libraries, with a small backbone and random
// views.
#pragma once

#include <sslx/method.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sslx::test {

struct MethodSetting {
  std::string backbone = "resnet_small";
  nlohmann::json backbone_parameters{{"width", 4}};
  int64_t local_views = 0;
  std::shared_ptr<Group> group = std::make_shared<Group>();
  uint64_t seed = 0;
  bool pretrained = false;
};

/// The method plugin of the build tree, on three input channels, as the host makes it.
std::shared_ptr<Method> make_method(const std::string& name, const nlohmann::json& parameters,
                                    const MethodSetting& setting);

/// The method plugin of the build tree, on a resnet_small of width 4 with three input channels. Its
/// trial's recipes make `local_views` local crops.
std::shared_ptr<Method> make_method(const std::string& name, const nlohmann::json& parameters,
                                    uint64_t seed = 0, bool pretrained = false,
                                    int64_t local_views = 0);

/// `views` views of `count` images of 16 x 16 pixels, seeded.
Batch random_batch(int64_t count, size_t views, uint64_t seed);

/// One view for each entry of `channels`, of so many channels.
Batch random_batch(int64_t count, const std::vector<int64_t>& channels, uint64_t seed);

/// Every parameter and buffer, copied.
std::map<std::string, torch::Tensor> state_of(const Method& method);

/// Copies such a state into another method of the same parts.
void restore(Method& method, const std::map<std::string, torch::Tensor>& state);

/// Each row by its length, written out.
torch::Tensor unit(const torch::Tensor& rows);

/// Backbone and head of the encoder that is registered as `side`.
torch::Tensor encode(const Method& method, const std::string& side, const torch::Tensor& images);

/// One step of plain SGD, and what follows it; the loss.
double sgd_step(Method& method, const Batch& batch, int step, double rate = 0.05);

/// `steps` steps of plain SGD from `first`, on seeded batches of 8 images; the losses. The views
/// have these channels.
std::vector<double> train_steps(Method& method, int first, int steps,
                                const std::vector<int64_t>& channels = {3, 3});

/// What a method registers is all that it needs to go on: saved after three steps and loaded into
/// one of another seed, the next `steps` give the same losses and the same state, bit for bit; one
/// without the state does not.
void expect_goes_on(const std::function<std::shared_ptr<Method>(uint64_t seed)>& make,
                    const std::function<std::vector<double>(Method&, int first, int steps)>& train,
                    int steps);

}  // namespace sslx::test
