// `[evaluate.attention]` of a trial: whether its transformer's attention finds the object.
#pragma once

#include "host/trial/probes.h"

namespace sslx::train {

/// Writes the figure into the journal. The encoder is the one that is evaluated; masks are the
/// data's view that the table names.
void probe_attention(const ProbingParts& parts);

/// What that would refuse, before anything is trained.
void check_attention(const ProbingParts& parts);

}  // namespace sslx::train
