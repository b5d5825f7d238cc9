// Standard output and error as a command meets them: closed, full, or a terminal that went away.
// None of it may end a sweep, or the command by SIGABRT; what could not be written is told at the
// end, in the exit code where nowhere else.
#pragma once

#include <sslx/error.h>

#include <string>

namespace sslx::cli {

/// Before anything else: a closed descriptor 0, 1 or 2 must not become that of the next file that
/// is opened. Writing to it fails as before. A file that grows beyond its limit is an error of the
/// write, not the end of the process.
void hold_standard_files();

/// A line to standard error; nobody hears of it when that is gone.
void tell(const std::string& line);

/// Its sentence, and on a second line its hint.
void tell_error(const Error& error);

/// The command's exit code: 1 instead of 0, and a sentence, when standard output is not whole. Who
/// closed a pipe has read what he wanted.
int checked_output(int exit_code);

}  // namespace sslx::cli
