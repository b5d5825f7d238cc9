// What the tests of plugin files share: a folder of one's own, and libraries to damage.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sslx/error.h>
#include <sslx/plugin.h>

#include <cstddef>
#include <filesystem>
#include <string>

#include "host/plugins/registry.h"

namespace sslx::test {

namespace fs = std::filesystem;

/// A temporary folder that goes with the test.
class PluginTest : public ::testing::Test {
 protected:
  PluginTest();
  ~PluginTest() override;

  /// Writes the bytes to folder_/name and returns that path.
  fs::path put(const std::string& name, const std::string& bytes) const;

  fs::path folder_;
};

/// The bytes of one of tests/host/plugins/fixtures, or of a real plugin of the tree.
std::string fixture(const std::string& name);
std::string real_plugin();
std::string read_bytes(const fs::path& file);

/// `library` with the bytes at `offset` of its descriptor replaced.
std::string patched(std::string library, size_t offset, const std::string& bytes);
std::string patched_number(const std::string& library, size_t offset, uint32_t number);

/// What read_plugin() says of the file, without the file's name; "" when it is accepted.
std::string refusal(const fs::path& file);

/// The message of the sslx::Error that `function` throws.
template <typename Function>
std::string message_of(Function&& function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace sslx::test
