// What the tests of sweeps share: plugins without files, data without images, a record in memory.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "host/sweep/executor.h"

namespace sslx::sweep {

PluginRegistry test_registry();

struct TestData : DataLookup {
  bool there = true;
  int fingerprints = 0;
  nlohmann::json resolve(const nlohmann::json& table, const std::string& where) override;
  bool available(const nlohmann::json& config, const std::filesystem::path& path) override;
  std::string fingerprint(const nlohmann::json& config, const std::filesystem::path& path) override;
  /// Of cifar10: ten classes of 5,000 images for training and 1,000 for testing.
  std::optional<data::DataSizes> sizes(const nlohmann::json& config,
                                       const std::filesystem::path& path) override;
};

/// A whole small sweep file, with `more` after it.
std::string sweep_text(const std::string& more = "");
SweepFile sweep_of(const std::string& text, const std::string& scale = "");
Plan plan_of(const std::string& text, const std::vector<std::string>& settings = {});

/// The message of the Error that `call` throws; "" when it throws none.
template <class Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

/// The message of planning sweep_text(more); "" when it is planned.
std::string plan_error(const std::string& more, const std::vector<std::string>& settings = {});

/// A safetensors file whose one tensor has the text's bytes.
std::string safetensors_of(const std::string& text);

/// A folder that is gone after the test.
struct TestFolder {
  TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder();
  std::filesystem::path path;
};

}  // namespace sslx::sweep
