// `[pairs]` of a sweep file: every ordered pair of some operations, put into one view's recipe, as
// in the augmentation matrix of SimCLR (arXiv:2002.05709, Figure 5). A pair of an operation with
// itself is that operation once. Each trial carries the labels `first` and `second`, which are axes
// to everything that reads them; what was inserted reaches the identity through the configuration
// alone. Errors are Error(kInput), "file:line: what; what would be right".
#pragma once

#include <string>
#include <vector>

#include "host/sweep/axes.h"
#include "host/sweep/config.h"

namespace sslx::sweep {

inline constexpr const char* kFirst = "first";
inline constexpr const char* kSecond = "second";

/// One name of the matrix: an operation, or several that count as one.
struct PairMember {
  std::string label;
  Config ops;  ///< A list of operations.
};

struct Pairs {
  size_t view = 0;
  size_t at = 0;                    ///< How many of the view's own operations come before the pair.
  std::vector<PairMember> members;  ///< None: the sweep has no pairs.
  Config table;                     ///< What it was read from.
};

Pairs read_pairs(const Config& table);

/// The axis over `first` and `second`: all ordered pairs, the second running faster.
Axis pairs_axis(const Pairs& pairs);

/// Inserts the pair of this point into the view, whatever recipe the other layers gave it.
void insert_pair(Config& configuration, const Pairs& pairs, const AxisPoint& point);

}  // namespace sslx::sweep
