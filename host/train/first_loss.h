// What the first loss of a training shows of mistakes that never stop one: a part that was not
// registered and so is neither trained nor saved, a parameter that no gradient reaches, a view that
// was changed for whoever reads it next. Each finding is a sentence that begins with what is wrong
// and names the tensor. It costs a walk over the loss's graph.
#pragma once

#include <sslx/method.h>

#include <string>
#include <vector>

namespace sslx::train {

/// Tensors that the loss has a gradient for, and that are no parameter of the module; "" when there
/// are none. Before the backward pass.
std::string unregistered_leaves(const torch::Tensor& loss, const torch::nn::Module& module);

/// Parameters of the optimiser's groups that have no gradient after the backward pass, but for
/// those that `may_lack` names ("prototypes.weight", "head.*"); "" when there are none.
std::string without_gradient(const torch::nn::Module& module,
                             const std::vector<ParameterGroup>& groups,
                             const std::vector<std::string>& may_lack);

/// What the optimiser and the module do not both have: tensors of the groups that are not
/// registered, and parameters with a gradient that are in no group; "" when there are none.
std::string left_out_of_groups(const torch::nn::Module& module,
                               const std::vector<ParameterGroup>& groups);

/// The tensors of a batch as they were, to see whether somebody writes into them.
class Untouched {
 public:
  explicit Untouched(const Batch& batch);
  /// "view 1 was changed in place ..."; "" when nothing was.
  std::string changed(const std::string& by) const;

 private:
  struct Seen {
    std::string name;
    torch::Tensor tensor;
    int64_t version;
  };
  std::vector<Seen> seen_;
};

/// "predictor.0.weight and 3 more"
std::string counted(const std::vector<std::string>& names);

}  // namespace sslx::train
