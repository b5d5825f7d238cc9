// Weights of a file for a backbone: which of the file's tensors are the backbone's, under which
// prefix, and what is left out. Published checkpoints wrap the encoder in names of their own
// (module.encoder_q.conv1.weight); torchvision's and timm's have a classifier that no backbone has.
#pragma once

#include <sslx/torch_base.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/weights/safetensors.h"

namespace sslx::train {

/// How a file's tensors fit a backbone.
struct WeightsFit {
  std::string prefix;                  ///< What the backbone's names have before them in the file.
  State state;                         ///< By the backbone's names, in its types.
  std::vector<std::string> left_out;   ///< The file's names outside the prefix, and classifiers.
  std::vector<std::string> converted;  ///< Were of another type of number.
  std::vector<std::string> filled;     ///< Batch counts, which older files lack: zero.
  std::vector<std::string> missing;    ///< The backbone's names that the file has not.
  std::vector<std::string> different;  ///< "conv1.weight is [64, 3, 7, 7], not [64, 3, 3, 3]"
  std::vector<std::string> foreign;    ///< Beside the backbone's, and no classifier's.

  size_t problems() const { return missing.size() + different.size() + foreign.size(); }
};

/// Matches by name and shape. Without `prefix` it is the one under which the file has every tensor
/// of the backbone, of several the query's or online encoder's. Throws Error(kInput) that names the
/// candidates when several are left; `file` is for messages.
WeightsFit fit_weights(const State& tensors, const torch::nn::Module& backbone,
                       const std::optional<std::string>& prefix, const std::string& file);

/// Throws Error(kInput), one sentence with the file and the first of each kind, when there are
/// problems. `backbone` is "backbone 'resnet'".
void check_fit(const WeightsFit& fit, const std::string& file, const std::string& backbone);

/// What was left out, counted by the parts that lie beside the backbone or within its prefix:
/// "module.encoder_k (122), module.encoder_q.fc (2), module.queue (1)".
std::string left_out_text(const WeightsFit& fit);

/// Throws Error(kInput), beginning with `what`, when the names and shapes of the state are not
/// those of the module's parameters and buffers.
void check_state(const torch::nn::Module& module, const State& state, const std::string& what);

/// Copies the state into the module's parameters and buffers, whose names and shapes must be the
/// same; throws Error(kInput) otherwise, beginning with `what`, and has changed nothing then.
void load_state(torch::nn::Module& module, const State& state, const std::string& what);

}  // namespace sslx::train
