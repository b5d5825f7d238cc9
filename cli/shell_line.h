// Commands as a person gives them to a shell again: what `sslx` says of how to go on is the command
// as it was given, word for word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/context.h"

namespace sslx::cli {

/// The word as a POSIX shell reads it back; bytes that no terminal should get, and such that are no
/// UTF-8, as $'\xe4', which bash and zsh know. "" is ''.
std::string shell_word(std::string_view word);

/// The words of a line, quoted where they must be.
std::string shell_line(const std::vector<std::string>& words);

/// The command as it was given, without --retry: what a person repeats to go on. Of the
/// environment, what would change it stands before.
std::string command_line(const Context& context);

/// The current folder, quoted.
std::string shell_folder();

/// `line`, with `cd FOLDER && ` before it unless that is the current folder. `folder` is quoted
/// already; "" is none.
std::string line_from(const std::string& folder, const std::string& line);

}  // namespace sslx::cli
