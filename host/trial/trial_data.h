// The data of one trial: what it trains on, and what its network is judged by. That is the same
// data set unless evaluate.data names another; a further probe may have one of its own.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/data/dataset.h"
#include "host/data/split.h"
#include "host/trial/trial_request.h"

namespace sslx::train {

/// A data set as tensors.
struct LoadedData {
  Split train;
  Split test;
  int64_t classes = 0;
  int64_t channels = 0;
  std::vector<data::Source> sources;
  nlohmann::json facts;  ///< Counts and shape, for the journal.
  std::vector<std::string> warnings;
  std::vector<data::KnownFile> mapped;        ///< Files that are read on while images are used.
  std::shared_ptr<data::Unreadable> damaged;  ///< Null where all images were decoded at once.
  int64_t unreadable = 0;                     ///< Left out at the start.
};

class TrialData {
 public:
  /// Throws Error(kInput) as load_dataset() does.
  explicit TrialData(const TrialRequest& request);

  const LoadedData& trained() const { return trained_; }
  const LoadedData& judged() const { return judged_ ? *judged_ : trained_; }
  /// What the further probe of that name reads.
  const LoadedData& probed(const std::string& name) const;

  /// Why nothing can be evaluated, or empty: there are no labels, or no test images.
  std::string why_not_judged() const;
  /// Of all sets.
  nlohmann::json facts() const;
  std::vector<std::string> warnings() const;
  int64_t unreadable() const;
  /// Images whose damage a view or the evaluation met since this was asked last.
  std::vector<std::string> news() const;
  /// Throws DataError when a file that is read on has changed.
  void check() const;

 private:
  std::vector<const LoadedData*> all() const;

  LoadedData trained_;
  std::optional<LoadedData> judged_;
  std::map<std::string, LoadedData> probed_;
};

}  // namespace sslx::train
