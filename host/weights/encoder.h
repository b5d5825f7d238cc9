// Which of a method's backbones evaluation reads. MoCo has two, a query's and a momentum copy;
// DINO's features come from the frozen one. So names and gradients' flags do not tell, and what
// embed() does is measured instead: a gradient of its output reaches the parameters that it reads.
#pragma once

#include <sslx/method.h>

#include <memory>
#include <string>
#include <vector>

namespace sslx::train {

/// Prefixes of the method's backbones in its state: "query.backbone.", "key.backbone.".
std::vector<std::string> backbone_prefixes(const Method& method);

/// The backbone of that prefix; Error(kInput) that names them when there is none.
std::shared_ptr<Backbone> backbone_at(const Method& method, const std::string& prefix);

/// The prefix of the one backbone that embed() of these images [N, C, H, W] reads. Throws
/// Error(kInput) that names the candidates when it reads none or several of them.
std::string encoder_prefix(Method& method, const torch::Tensor& images);

}  // namespace sslx::train
