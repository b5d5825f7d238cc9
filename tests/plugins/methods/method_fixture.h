// Methods as the host makes them: loaded from their libraries, with a small backbone and random
// views.
#pragma once

#include <sslx/method.h>

#include <nlohmann/json.hpp>
#include <string>

namespace sslx::test {

/// The method plugin of the build tree, on a resnet_small of width 4 with three input channels.
std::shared_ptr<Method> make_method(const std::string& name, const nlohmann::json& parameters,
                                    uint64_t seed = 0);

/// `views` views of `count` images of 16 x 16 pixels, seeded.
Batch random_batch(int64_t count, size_t views, uint64_t seed);

/// Every parameter and buffer, copied.
std::map<std::string, torch::Tensor> state_of(const Method& method);

/// `steps` steps of plain SGD from `first`, on seeded batches of 8 images; the losses.
std::vector<double> train_steps(Method& method, int first, int steps, size_t views = 2);

}  // namespace sslx::test
