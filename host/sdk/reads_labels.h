// For methods whose loss reads batch.labels (supervised baselines): such a method derives from this
// class beside Method, and a data set with images that have no label is refused before it trains.
#pragma once

#include <sslx/detail/export.h>

namespace sslx {

class SSLX_API ReadsLabels {
 public:
  virtual ~ReadsLabels();

  /// False where its parameters leave the labels out.
  virtual bool reads_labels() const { return true; }
};

}  // namespace sslx
