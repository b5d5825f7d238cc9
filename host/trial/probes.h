// The probes of a trial's features, once they are trained: kNN and linear as [evaluate] has them,
// then each of [[evaluate.probe]]: by another protocol, of the head's outputs, or on other data.
#pragma once

#include <sslx/method.h>

#include <functional>
#include <memory>
#include <string>

#include "host/evaluate/probe.h"
#include "host/record/journal.h"
#include "host/train/device.h"
#include "host/trial/components.h"
#include "host/trial/trial_data.h"
#include "host/trial/trial_request.h"

namespace sslx::train {

/// What a trial brings; everything outlives the probing.
struct ProbingParts {
  const TrialRequest& request;
  const Machine& machine;
  Method& method;
  Components& components;
  const TrialData& data;
  Journal& journal;
  std::string weights_sha256;
  bool taken_up;                       ///< The weights are an earlier run's.
  std::function<void()> tell_damaged;  ///< After images were read.
};

/// Writes a result into the journal for each figure.
void probe(const ProbingParts& parts);

/// What the evaluation would refuse after all the training, refused before it: that the method
/// gives no such features of these images.
void check_probes(const ProbingParts& parts);

/// The journal's fields of a result, whose protocol also says which features were read, of how many
/// images of which data, prepared how. `data_config`: the table of other data than the trial's own,
/// or null. Throws DataError when a file that was read has changed.
nlohmann::json result_fields(const ProbingParts& parts, evaluate::ProbeResult result,
                             const LoadedData& judged, const nlohmann::json& ops,
                             const nlohmann::json* data_config);

/// Writes one that was judged as [evaluate] says.
void write_result(const ProbingParts& parts, evaluate::ProbeResult result);

}  // namespace sslx::train
