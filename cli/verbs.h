// What is meant by a verb that there is not: the nearest one, by its letters or by what it does.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace sslx::cli {

/// The deepest verb that the words lead to, and the first word after it that should be another
/// verb.
struct FoundVerb {
  const CLI::App* verb = nullptr;
  std::string unknown;  ///< Empty: they all are verbs, or what a verb takes.
};
FoundVerb find_verb(const CLI::App& app, const std::vector<std::string>& words);

/// "sslx plugins show"
std::string path_of(const CLI::App& verb);

/// "sslx has no verb 'swep'; the nearest is 'sweep'"
std::string unknown_verb(const FoundVerb& found);

/// What is wrong with the words as a sentence of its own; "" when it is no verb and no option that
/// there is not.
std::string wrong_word(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace sslx::cli
