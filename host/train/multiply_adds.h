// The multiply-adds of what this thread computes, counted while it does. Nothing is typed in and no
// layer is known by name: torch tells which products of matrices, convolutions and attentions it
// computes, and of which shapes. As in the tables of papers, norms, activations, pooling and
// additions are not counted.
#pragma once

#include <ATen/record_function.h>

#include <cstdint>
#include <memory>

namespace sslx::train {

/// Counts from when it is made until it goes. A backward pass must not fall into its life.
class MultiplyAdds {
 public:
  MultiplyAdds();
  MultiplyAdds(const MultiplyAdds&) = delete;
  MultiplyAdds& operator=(const MultiplyAdds&) = delete;
  ~MultiplyAdds();

  int64_t forward() const;
  /// With the backward passes to come: two products more for each that was computed while
  /// gradients were on.
  int64_t of_training() const;

 private:
  struct Watch;
  std::unique_ptr<Watch> watch_;
};

}  // namespace sslx::train
