#include "cli/verbs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sslx/parameters.h>

#include <algorithm>
#include <map>

namespace sslx::cli {
namespace {

/// What other programs call it.
const std::map<std::string, std::string>& other_words() {
  static const std::map<std::string, std::string> words{
      {"train", "sweep"},     {"fit", "sweep"},      {"run", "sweep"},       {"evaluate", "sweep"},
      {"eval", "sweep"},      {"list", "runs"},      {"ls", "runs"},         {"status", "runs"},
      {"log", "show"},        {"logs", "show"},      {"plot", "show"},       {"curves", "show"},
      {"results", "report"},  {"table", "report"},   {"tables", "report"},   {"print", "report"},
      {"compare", "diff"},    {"check", "doctor"},   {"remove", "clean"},    {"rm", "clean"},
      {"delete", "clean"},    {"prune", "clean"},    {"dataset", "data"},    {"datasets", "data"},
      {"benchmark", "bench"}, {"time", "bench"},     {"augment", "views"},   {"pack", "bundle"},
      {"weights", "export"},  {"plugin", "plugins"}, {"methods", "plugins"}, {"estimate", "plan"},
      {"forecast", "plan"},   {"cost", "plan"}};
  return words;
}

std::vector<const CLI::App*> verbs_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::vector<std::string> names_of(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::App* verb : verbs_of(app)) out.push_back(verb->get_name());
  return out;
}

/// The option of the verb, or of one above it.
const CLI::Option* option_of(const CLI::App* verb, const std::string& word) {
  for (; verb != nullptr; verb = verb->get_parent()) {
    if (const CLI::Option* option = verb->get_option_no_throw(word)) return option;
  }
  return nullptr;
}

/// Of an option that the verb does not have.
std::string unknown_option(const CLI::App& verb, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* at = &verb; at != nullptr; at = at->get_parent()) {
    for (const CLI::Option* one : at->get_options()) {
      for (const std::string& name : one->get_lnames()) names.push_back("--" + name);
    }
  }
  const std::string near = nearest_word(word, names);
  return fmt::format("{} has no option '{}'; {}", path_of(verb), word,
                     near.empty() ? fmt::format("`{} --help` lists them", path_of(verb))
                                  : fmt::format("the nearest is '{}'", near));
}

}  // namespace

std::string path_of(const CLI::App& verb) {
  const CLI::App* above = verb.get_parent();
  return above == nullptr ? verb.get_name() : path_of(*above) + ' ' + verb.get_name();
}

FoundVerb find_verb(const CLI::App& app, const std::vector<std::string>& words) {
  FoundVerb out{&app, ""};
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.starts_with('-')) {
      const CLI::Option* option = option_of(out.verb, word);
      if (option != nullptr && option->get_items_expected_min() > 0) ++i;  // its value
      continue;
    }
    const std::vector<const CLI::App*> verbs = verbs_of(*out.verb);
    if (verbs.empty()) return out;
    const auto found =
        std::ranges::find_if(verbs, [&](const CLI::App* verb) { return verb->get_name() == word; });
    if (found == verbs.end()) {
      out.unknown = word;
      return out;
    }
    out.verb = *found;
  }
  return out;
}

std::string unknown_verb(const FoundVerb& found) {
  const std::vector<std::string> names = names_of(*found.verb);
  std::string near = nearest_word(found.unknown, names);
  const auto other = other_words().find(found.unknown);
  const bool known = other != other_words().end() && std::ranges::count(names, other->second) > 0;
  if (known) near = other->second;
  return fmt::format("{} has no verb '{}'; {}", path_of(*found.verb), found.unknown,
                     near.empty() ? fmt::format("it has {}", fmt::join(names, ", "))
                                  : fmt::format("the nearest is '{}'", near));
}

std::string wrong_word(const CLI::App& app, const std::vector<std::string>& words) {
  const FoundVerb found = find_verb(app, words);
  if (!found.unknown.empty()) return unknown_verb(found);
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.find('='));
    if (name == "--") break;
    if (name.starts_with("--") && option_of(found.verb, name) == nullptr) {
      return unknown_option(*found.verb, name);
    }
  }
  return "";
}

}  // namespace sslx::cli
