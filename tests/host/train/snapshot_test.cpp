// The file of a checkpoint: whatever happens to it, it is read as it was written or refused.
#include "host/train/snapshot.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sslx/error.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

namespace sslx::train {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class SnapshotTest : public ::testing::Test {
 protected:
  SnapshotTest() {
    snapshot_.put("network.", {{"weight", torch::arange(6, torch::kFloat32).view({2, 3})},
                               {"none", torch::empty({0})}});
    snapshot_.put("optimiser.", {{"0.step", torch::tensor(7, torch::kInt64)}});
    snapshot_.facts = {{"step", 7}, {"seconds", 0.1}};
    write_snapshot(snapshot_, file_);
    std::ifstream in(file_, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(in), {});
  }
  ~SnapshotTest() override { fs::remove(file_); }

  /// "" when it is read, and then what was written is what is read.
  std::string refusal(const std::string& bytes) {
    std::ofstream(file_, std::ios::binary) << bytes;
    try {
      const Snapshot read = read_snapshot(file_);
      EXPECT_EQ(state_digest(read.tensors), state_digest(snapshot_.tensors));
      EXPECT_EQ(read.facts, snapshot_.facts);
      return "";
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(file_.string()));
      return error.what();
    }
  }

  fs::path file_ =
      fs::temp_directory_path() / fmt::format("sslx_snapshot_{}.safetensors", ::getpid());
  Snapshot snapshot_;
  std::string bytes_;
};

TEST_F(SnapshotTest, IsReadAsItWasWritten) {
  EXPECT_EQ(refusal(bytes_), "");
  const Snapshot read = read_snapshot(file_);
  EXPECT_TRUE(read.under("network.").at("weight").equal(snapshot_.tensors.at("network.weight")));
  EXPECT_EQ(read.under("network.").size(), 2U);
  EXPECT_EQ(read.under("optimiser.").at("0.step").item<int64_t>(), 7);
  EXPECT_TRUE(read.under("other.").empty());
}

TEST_F(SnapshotTest, IsRefusedWhereverItIsCut) {
  for (size_t part = 0; part < 64; ++part) {
    EXPECT_NE(refusal(bytes_.substr(0, bytes_.size() * part / 64)), "") << part;
  }
  EXPECT_NE(refusal(bytes_.substr(0, bytes_.size() - 1)), "");
  EXPECT_NE(refusal(bytes_ + '\0'), "");
}

/// But for the spaces that pad the header, which mean nothing.
TEST_F(SnapshotTest, IsRefusedWithAnyByteFlipped) {
  uint64_t header = 0;
  std::memcpy(&header, bytes_.data(), sizeof header);
  const size_t padding = bytes_.find_last_not_of(' ', 7 + header) + 1;
  for (size_t at = 0; at < bytes_.size(); ++at) {
    if (at >= padding && at < 8 + header) continue;
    std::string other = bytes_;
    other[at] = static_cast<char>(static_cast<unsigned char>(other[at]) ^ (1U << (at % 8)));
    EXPECT_NE(refusal(other), "") << "byte " << at << " of " << bytes_.size();
  }
}

/// As on a full disk: files may not grow beyond some bytes.
TEST_F(SnapshotTest, ThatCannotBeWrittenLeavesTheOneBeforeAndNothingElse) {
  snapshot_.facts["step"] = 8;
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  const rlimit small{100, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  std::string why;
  try {
    write_snapshot(snapshot_, file_);
  } catch (const Error& error) {
    why = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  EXPECT_EQ(why, file_.string() + " cannot be written: File too large");
  EXPECT_FALSE(fs::exists(file_.string() + ".part"));
  EXPECT_EQ(read_snapshot(file_).facts.at("step"), 7);
}

TEST_F(SnapshotTest, OfATensorHoldsTheValuesOfThatMoment) {
  torch::Tensor tensor = torch::ones({2, 3}).t();
  const torch::Tensor kept = copied(tensor);
  tensor.fill_(5);
  EXPECT_TRUE(kept.equal(torch::ones({3, 2})));
  EXPECT_TRUE(kept.is_contiguous());
}

TEST(RandomState, GoesOnWithTheSameNumbers) {
  torch::manual_seed(4);
  torch::randn({3});  // an odd number of normals: one is kept for the next call
  const State state = random_state(torch::kCPU);
  const torch::Tensor expected = torch::randn({5});
  torch::manual_seed(5);
  set_random_state(torch::kCPU, state);
  EXPECT_TRUE(torch::randn({5}).equal(expected));

  const torch::Generator own = at::detail::createCPUGenerator(6);
  const torch::Tensor before = random_state(own);
  const torch::Tensor drawn = torch::rand({4}, own);
  set_random_state(own, before);
  EXPECT_TRUE(torch::rand({4}, own).equal(drawn));
  EXPECT_FALSE(random_state(torch::Generator()).defined());
}

}  // namespace
}  // namespace sslx::train
