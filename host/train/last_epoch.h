// The figures by which a collapse is seen, over the last epoch of a training: one step's batch may
// be small, or its images alike by chance.
#pragma once

#include <sslx/torch_base.h>

#include <map>
#include <string>

#include "host/weights/safetensors.h"

namespace sslx::train {

class LastEpoch {
 public:
  /// Of a step of so many images, or of a look at the features. Kept on the figures' device, so
  /// that no step waits for a GPU. What no collapse is seen by is passed over.
  void add(const std::map<std::string, torch::Tensor>& figures, int64_t images);
  void add(const std::map<std::string, double>& figures, int64_t images);

  /// Over the images; a figure that is no number at a step does not count there.
  std::map<std::string, double> means() const;

  /// The sums, for a checkpoint and out of one.
  State state() const;
  void load(const State& state);

 private:
  struct Sum {
    torch::Tensor value;
    torch::Tensor images;
  };
  std::map<std::string, Sum> sums_;
};

}  // namespace sslx::train
