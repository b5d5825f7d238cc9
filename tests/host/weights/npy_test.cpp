#include "host/weights/npy.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sslx/error.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>

namespace {

std::string written(const torch::Tensor& tensor) {
  const auto file = std::filesystem::temp_directory_path() / fmt::format("sslx_{}.npy", ::getpid());
  sslx::train::write_npy(tensor, file);
  std::ifstream in(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  std::filesystem::remove(file);
  return bytes;
}

/// numpy.lib.format: magic, version, length, a Python dictionary that ends with a newline.
TEST(Npy, HasNumPysHeaderAndTheRowsInOrder) {
  const std::string bytes = written(torch::arange(6, torch::kFloat32).view({3, 2}).t());
  EXPECT_EQ(bytes.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  EXPECT_EQ(bytes.substr(10, 62), "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }   ");
  EXPECT_EQ(bytes[127], '\n');
  ASSERT_EQ(bytes.size(), 128U + 24U);
  std::array<float, 6> values{};
  std::memcpy(values.data(), bytes.data() + 128, 24);
  EXPECT_EQ(values, (std::array<float, 6>{0, 2, 4, 1, 3, 5}));
}

TEST(Npy, OfOneDimensionHasATupleOfOne) {
  const std::string bytes = written(torch::tensor({7, -1}, torch::kInt64));
  EXPECT_NE(bytes.find("{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }"),
            std::string::npos);
  EXPECT_EQ(bytes.size(), 128U + 16U);
  EXPECT_NE(written(torch::empty({0, 4})).find("'shape': (0, 4), }"), std::string::npos);
}

TEST(Npy, ThatCannotBeWrittenIsAnError) {
  EXPECT_THROW(sslx::train::write_npy(torch::ones({1}), "/no/such/folder/x.npy"), sslx::Error);
}

/// A folder stands where the file would: the rename fails, and nothing is left beside it.
TEST(Npy, LeavesNothingBehindWhenItFails) {
  namespace fs = std::filesystem;
  const auto folder = fs::temp_directory_path() / fmt::format("sslx_npy_{}", ::getpid());
  fs::create_directories(folder / "x.npy" / "full");
  EXPECT_THROW(sslx::train::write_npy(torch::ones({1}), folder / "x.npy"), sslx::Error);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
  fs::remove_all(folder);
}

}  // namespace
