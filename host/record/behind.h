// Runs of which the record has less than their folders say: a command was killed, or could not
// write, between the two. A folder or a file that is not there says nothing.
#pragma once

#include <string>
#include <vector>

#include "host/record/database.h"

namespace sslx::record {

struct RunBehind {
  std::string run;
  std::string trial;
};

/// The journal has more lines, or the run an end; one that runs is behind at most moments.
std::vector<RunBehind> runs_behind(Database& database);

}  // namespace sslx::record
