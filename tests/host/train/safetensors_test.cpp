#include "host/train/safetensors.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace {

using sslx::train::state_digest;
using State = std::map<std::string, torch::Tensor>;

State example() {
  return {{"a", torch::arange(3, torch::kFloat32)}, {"b", torch::ones({2, 1}, torch::kInt64)}};
}

TEST(StateDigest, IsEqualOnlyForEqualBits) {
  const std::string digest = state_digest(example());
  EXPECT_EQ(state_digest(example()), digest);
  State other = example();
  other["a"][1] = std::nextafter(1.0F, 2.0F);
  EXPECT_NE(state_digest(other), digest);
  State renamed{{"a", example()["a"]}, {"c", example()["b"]}};
  EXPECT_NE(state_digest(renamed), digest);
  State reshaped = example();
  reshaped["b"] = reshaped["b"].view({1, 2});
  EXPECT_NE(state_digest(reshaped), digest);
}

TEST(Safetensors, HaveTheFormatsHeaderAndBytes) {
  const auto file = std::filesystem::temp_directory_path() / "sslx_test.safetensors";
  sslx::train::write_safetensors(example(), file);
  std::ifstream in(file, std::ios::binary);
  uint64_t length = 0;
  in.read(reinterpret_cast<char*>(&length), sizeof length);
  std::string header(length, '\0');
  in.read(header.data(), static_cast<std::streamsize>(length));
  const auto json = nlohmann::json::parse(header);
  EXPECT_EQ(json.at("a").at("dtype"), "F32");
  EXPECT_EQ(json.at("b").at("shape"), (std::vector<int>{2, 1}));
  EXPECT_EQ(json.at("b").at("data_offsets"), (std::vector<int>{12, 28}));
  float values[3];
  in.read(reinterpret_cast<char*>(values), sizeof values);
  EXPECT_EQ(values[2], 2.0F);
  EXPECT_EQ(std::filesystem::file_size(file), 8 + length + 28);
  std::filesystem::remove(file);
}

TEST(ModuleState, HoldsParametersAndBuffers) {
  const auto state = sslx::train::module_state(*torch::nn::BatchNorm1d(2));
  EXPECT_EQ(state.count("weight") + state.count("running_mean"), 2U);
  EXPECT_EQ(state.size(), 5U);
}

}  // namespace
