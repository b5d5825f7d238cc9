// Version 3 of the schema: what a group relies on. A run says on which home and machine it was
// made, by which uncommitted source, what it went on from and why it failed; the losses of every
// step are kept; so are the verdicts of runs that were made again.
#pragma once

namespace sslx::record {

extern const char* const kVersion3;

}  // namespace sslx::record
