// torch's anomaly mode, for `sslx debug`: a backward pass that makes a NaN ends the trial with the
// name of the operation, and standard error has the stack of the call, forward, that it belongs to.
#pragma once

namespace sslx::train {

/// From now on, in the whole process. Before the first backward pass.
void detect_anomalies();

}  // namespace sslx::train
