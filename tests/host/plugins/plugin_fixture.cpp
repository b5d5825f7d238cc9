#include "plugin_fixture.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace sslx::test {

PluginTest::PluginTest() {
  std::string name = (fs::temp_directory_path() / "sslx-plugins-XXXXXX").string();
  folder_ = fs::canonical(mkdtemp(name.data()));
}

PluginTest::~PluginTest() { fs::remove_all(folder_); }

fs::path PluginTest::put(const std::string& name, const std::string& bytes) const {
  const fs::path file = folder_ / name;
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
  return file;
}

std::string read_bytes(const fs::path& file) {
  std::ostringstream out;
  out << std::ifstream(file, std::ios::binary).rdbuf();
  return out.str();
}

std::string fixture(const std::string& name) {
  return read_bytes(fs::path(FIXTURES) / (name + ".so"));
}

std::string real_plugin() { return read_bytes(REAL_PLUGIN); }

std::string patched(std::string library, size_t offset, const std::string& bytes) {
  // The magic is also in the text of whoever compares it; the descriptor's has its layout behind.
  const std::string start = std::string(kDescriptorMagic) + std::string("\1\0\0\0", 4);
  const size_t at = library.find(start);
  EXPECT_NE(at, std::string::npos);
  return library.replace(at + offset, bytes.size(), bytes);
}

std::string patched_number(const std::string& library, size_t offset, uint32_t number) {
  return patched(library, offset, std::string(reinterpret_cast<const char*>(&number), 4));
}

std::string refusal(const fs::path& file) {
  const std::string message = message_of([&] { read_plugin(file); });
  if (message == "nothing was thrown") return "";
  EXPECT_EQ(message.find(file.string() + ": "), 0U) << message;
  return message.substr(file.string().size() + 2);
}

}  // namespace sslx::test
