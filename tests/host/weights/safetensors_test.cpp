#include "host/weights/safetensors.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sslx/error.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "host/weights/safetensors_digest.h"

namespace {

using sslx::train::read_safetensors;
using sslx::train::State;
using sslx::train::state_digest;
using ::testing::HasSubstr;

/// A file that is gone after the test.
struct TestFile {
  ~TestFile() { std::filesystem::remove(path); }
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / fmt::format("sslx_{}.safetensors", ::getpid());

  std::string bytes() const {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void put(const std::string& bytes) const { std::ofstream(path, std::ios::binary) << bytes; }
  /// What reading refuses it with; "" when it is read.
  std::string refusal() const {
    try {
      read_safetensors(path);
      return "";
    } catch (const sslx::Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      EXPECT_THAT(error.what(), ::testing::StartsWith(path.string() + ": "));
      return error.what();
    }
  }
};

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

TEST(Safetensors, HaveTheFormatsHeaderAndBytesTheWidestTypesFirst) {
  const TestFile file;
  sslx::train::write_safetensors(example(), file.path);
  const std::string bytes = file.bytes();
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  EXPECT_EQ(length % 8, 0U);
  const auto json = nlohmann::json::parse(bytes.substr(8, length));
  EXPECT_EQ(json.at("a").at("dtype"), "F32");
  EXPECT_EQ(json.at("b").at("shape"), (std::vector<int>{2, 1}));
  EXPECT_EQ(json.at("b").at("data_offsets"), (std::vector<int>{0, 16}));
  EXPECT_EQ(json.at("a").at("data_offsets"), (std::vector<int>{16, 28}));
  float last = 0;
  std::memcpy(&last, bytes.data() + bytes.size() - 4, 4);
  EXPECT_EQ(last, 2.0F);
  EXPECT_EQ(bytes.size(), 8 + length + 28);
}

TEST(Safetensors, AreReadAsTheyWereWritten) {
  const TestFile file;
  State state = example();
  state["empty"] = torch::empty({3, 0});
  state["scalar"] = torch::tensor(5, torch::kInt64);
  for (const auto type : {torch::kFloat64, torch::kBFloat16, torch::kFloat16, torch::kInt32,
                          torch::kInt16, torch::kInt8, torch::kUInt8, torch::kBool}) {
    state[std::string("of ") + torch::toString(type)] = torch::tensor({1, 0, 1}).to(type);
  }
  sslx::train::write_safetensors(state, file.path, {{"run", "r\"1"}});
  const auto read = read_safetensors(file.path);
  EXPECT_EQ(state_digest(read.tensors), state_digest(state));
  EXPECT_EQ(read.metadata.at("run"), "r\"1");
  const std::string bytes = file.bytes();
  sslx::train::write_safetensors(read.tensors, file.path, read.metadata);
  EXPECT_EQ(file.bytes(), bytes);
}

TEST(Safetensors, AreRefusedWhereverTheyAreCut) {
  const TestFile file;
  sslx::train::write_safetensors(example(), file.path, {{"k", "v"}});
  const std::string bytes = file.bytes();
  ASSERT_EQ(file.refusal(), "");
  for (size_t length = 0; length < bytes.size(); ++length) {
    file.put(bytes.substr(0, length));
    EXPECT_NE(file.refusal(), "") << length;
  }
  file.put(bytes + "x");
  EXPECT_THAT(file.refusal(), HasSubstr("1 bytes follow its last tensor"));
}

/// A changed byte of the header is refused or is another header; one of the data is another number.
TEST(Safetensors, SurviveAnyOneByte) {
  const TestFile file;
  sslx::train::write_safetensors(example(), file.path);
  const std::string bytes = file.bytes();
  std::mt19937 random(3);
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string other = bytes;
    other[at] = static_cast<char>(other[at] ^ static_cast<char>(1U << (random() % 8)));
    file.put(other);
    if (!file.refusal().empty()) continue;
    EXPECT_EQ(read_safetensors(file.path).tensors.size(), 2U);
  }
}

TEST(Safetensors, RefuseWhatIsNoFileOfThem) {
  TestFile file;
  EXPECT_THAT(file.refusal(), HasSubstr("there is no such file"));
  sslx::train::write_safetensors({{"a", torch::ones({2}).to(torch::kBool)}}, file.path);
  std::string bytes = file.bytes();
  bytes.back() = 2;
  file.put(bytes);
  EXPECT_THAT(file.refusal(), HasSubstr("neither 0 nor 1"));
  EXPECT_THROW(read_safetensors("/tmp"), sslx::Error);
  EXPECT_THROW(read_safetensors("/dev/zero"), sslx::Error);
  EXPECT_THROW(sslx::train::write_safetensors(example(), "/no/such/folder/x"), sslx::Error);
}

TEST(ModuleState, HoldsParametersAndBuffers) {
  const auto state = sslx::train::module_state(*torch::nn::BatchNorm1d(2));
  EXPECT_EQ(state.count("weight") + state.count("running_mean"), 2U);
  EXPECT_EQ(state.size(), 5U);
}

/// Without torch, of the file, the same digest as of the tensors in memory.
TEST(Safetensors, DigestOfAFileIsThatOfItsTensors) {
  const TestFile file;
  const State state{{"b.weight", torch::rand({3, 2})},
                    {"a", torch::arange(5)},
                    {"scalar", torch::tensor(1.5, torch::kFloat64)},
                    {"empty", torch::empty({0, 4}, torch::kBFloat16)}};
  sslx::train::write_safetensors(state, file.path, {{"key", "value"}});
  EXPECT_EQ(sslx::train::safetensors_digest(file.path), state_digest(state));
  std::string bytes = file.bytes();
  bytes.back() ^= 1;
  file.put(bytes);
  EXPECT_NE(sslx::train::safetensors_digest(file.path), state_digest(state));
}

}  // namespace
