// What a trial asks of its data set's size, checked before any trial runs: each would fail alike,
// in a process of its own.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/data/data_sizes.h"
#include "host/sweep/config.h"

namespace sslx::sweep {

/// Those that are trained on: of each class so many as the `data` table says, and all without a
/// label.
int64_t training_images(const nlohmann::json& data, const data::DataSizes& sizes);

/// Those of them that have no label.
int64_t unlabelled_images(const nlohmann::json& data, const data::DataSizes& sizes);

/// The training steps of so many images.
int64_t training_steps(const nlohmann::json& train, int64_t images);

/// Throws Error(kInput), "file:line: label: ...", for a batch or a subset that the data set has not
/// enough images for. `trial` is the canonical configuration that was made from `given`.
void check_sizes(const Config& given, const nlohmann::json& trial, const data::DataSizes& sizes,
                 const std::string& label);

/// The same of the images that it is judged by, those of evaluate.data where there is that: a
/// subset, or fine-tuning where there are no labels.
void check_evaluation(const Config& given, const nlohmann::json& trial,
                      const data::DataSizes& sizes, const std::string& label);

/// Sentences for the user of the images that it is judged by: what can be done, though not as it is
/// asked for, or that nothing can be.
std::vector<std::string> size_notes(const nlohmann::json& trial, const data::DataSizes& sizes);

}  // namespace sslx::sweep
