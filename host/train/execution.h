// How a trial is to be run on its machine. No torch here: who reads a request needs it, too.
#pragma once

#include <string>

#include "host/processes/processes.h"

namespace sslx::train {

/// What does not change a result: it is recorded, but is no part of the trial's identity.
struct Execution {
  std::string device = "auto";
  std::string visible = "";  ///< CUDA_VISIBLE_DEVICES, of which this is the one; "": as it is.
  int threads = 0;           ///< Intra-operation threads; 0: as many as are usual.
  int view_workers = 1;      ///< Threads that prepare views.
  double checkpoint = 60;    ///< Seconds from one checkpoint of a training to the next; 0: none.
  processes::Machines machines = {};  ///< Among which the trial's processes are divided.
};

}  // namespace sslx::train
