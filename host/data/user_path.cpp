#include "host/data/user_path.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "host/data/path_text.h"

namespace sslx::data {
namespace {

std::filesystem::path home_folder() {
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home != '\0') return home;
  const passwd* user = getpwuid(getuid());
  return user == nullptr ? "~" : user->pw_dir;
}

}  // namespace

std::filesystem::path user_path(std::string_view text) {
  if (text == "~") return home_folder();
  if (text.starts_with("~/")) return home_folder() / text_path(text.substr(2));
  return text_path(text);
}

}  // namespace sslx::data
