// Makes a recorded run again in the foreground, to be looked into: with torch's anomaly mode, under
// gdb when that is asked for. Whatever it ended with may be; nothing of it is recorded.
#pragma once

#include <string>

#include "host/plugins/registry.h"
#include "host/record/database.h"
#include "host/sweep/reproduce.h"

namespace sslx::sweep {

struct DebugOptions {
  bool gdb = false;      ///< Without a terminal it prints the stack of a crash, and ends.
  bool anomaly = true;   ///< A NaN of a backward pass ends it, with the operation's name.
  bool terminal = true;  ///< Somebody is there to talk to gdb.
};

/// How it ended, in a sentence, and the exit code for the command: 0 with a result.
struct DebugEnd {
  std::string sentence;
  int code = 0;
};

/// Throws Error(kInput) for what is missing (a plugin's bytes, the data, weights, gdb).
DebugEnd debug_run(record::Database& database, const std::string& run,
                   const PluginRegistry& registry, const ReproduceOptions& place,
                   const DebugOptions& options);

}  // namespace sslx::sweep
