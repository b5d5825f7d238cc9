// What the layers that may standardise their weight (norm.h, conv.h) refuse.
#pragma once

#include <sslx/error.h>

#include <cstdint>

namespace sslx {

inline Error not_cloneable() {
  return Error(ErrorKind::kPlugin, "a layer that may standardise its weight cannot be cloned",
               "make a second one, and copy the weights with copy_frozen()");
}

/// Throws Error(kInput) for a weight of which each row is one number.
inline void require_inputs(bool standardised, int64_t inputs) {
  if (standardised && inputs < 2) {
    throw input_error("weight standardisation of a layer with one input would make its weight 0",
                      "choose a norm without +ws");
  }
}

}  // namespace sslx
