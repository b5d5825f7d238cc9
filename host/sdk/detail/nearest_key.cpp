#include <sslx/detail/nearest_key.h>
#include <sslx/parameters.h>

#include <algorithm>
#include <cctype>

namespace sslx {
namespace {

constexpr size_t kLeastLetters = 3;  // "of", "k" and "lr" tell nothing

/// Letters in a row, in lower case.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isalpha(letter) != 0) {
      out.back() += static_cast<char>(std::tolower(letter));
    } else if (!out.back().empty()) {
      out.emplace_back();
    }
  }
  std::erase_if(out, [](const std::string& word) { return word.size() < kLeastLetters; });
  return out;
}

size_t shared_words(const std::vector<std::string>& words, const NamedMeaning& key) {
  const std::vector<std::string> name = words_of(key.name);
  const std::vector<std::string> meaning = words_of(key.meaning);
  size_t out = 0;
  for (const std::string& word : words) {
    if (std::ranges::count(name, word) > 0) out += 2;
    if (std::ranges::count(meaning, word) > 0) out += 1;
  }
  return out;
}

}  // namespace

std::string nearest_key(std::string_view key, const std::vector<NamedMeaning>& keys) {
  std::vector<std::string> names;
  for (const NamedMeaning& one : keys) names.push_back(one.name);
  std::string near = nearest_word(key, names);
  const std::vector<std::string> words = words_of(key);
  size_t most = 0;
  for (size_t i = 0; near.empty() && i < keys.size(); ++i) {
    most = std::max(most, shared_words(words, keys[i]));
  }
  for (size_t i = 0; near.empty() && most > 0 && i < keys.size(); ++i) {
    if (shared_words(words, keys[i]) == most) near = keys[i].name;
  }
  return near;
}

}  // namespace sslx
