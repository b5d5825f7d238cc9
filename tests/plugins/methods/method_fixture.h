// Methods as the host makes them: loaded from their libraries, with a small backbone and random
// views.
#pragma once

#include <sslx/method.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sslx::test {

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

/// `steps` steps of plain SGD from `first`, on seeded batches of 8 images; the losses. The views
/// have these channels.
std::vector<double> train_steps(Method& method, int first, int steps,
                                const std::vector<int64_t>& channels = {3, 3});

}  // namespace sslx::test
