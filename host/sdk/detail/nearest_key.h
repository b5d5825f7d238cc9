// Which key was meant by one that there is not: a slip of the pen by its letters, else a word of
// another program by what the keys mean (`gradient_clip` for clip_norm).
#pragma once

#include <sslx/detail/export.h>

#include <string>
#include <string_view>
#include <vector>

namespace sslx {

struct NamedMeaning {
  std::string name;
  std::string meaning;
};

/// nearest_word() of the names, else the key that has most of the words of `key` in its name and
/// meaning, a name's counting twice; "" when none has one.
SSLX_API std::string nearest_key(std::string_view key, const std::vector<NamedMeaning>& keys);

}  // namespace sslx
