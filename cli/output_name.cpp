#include "cli/output_name.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <cctype>

#include "host/data/path_text.h"

namespace sslx::cli {

void check_ending(const std::string& given, const std::filesystem::path& file,
                  const std::string& ending, const std::string& what) {
  std::string name = file.filename().string();
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  if (file.empty() || (name.ends_with(ending) && name.size() > ending.size())) return;
  throw input_error(fmt::format("{} {}: {} is written; the name must end in {}", given,
                                data::path_text(file), what, ending));
}

}  // namespace sslx::cli
