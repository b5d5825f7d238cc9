#include "host/sweep/weights_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Store : public ::testing::Test {
 protected:
  fs::path file(const std::string& content) const {
    const fs::path out = folder_.path / "in.safetensors";
    std::ofstream(out, std::ios::trunc) << safetensors_of(content);
    return out;
  }
  WeightsStore store() const {
    fs::create_directories(folder_.path / "weights");
    return WeightsStore(folder_.path / "weights");
  }
  std::string refusal(const std::string& text) const {
    return message_of([&] { store().find(text, folder_.path); });
  }
  TestFolder folder_;
};

TEST_F(Store, FindsWeightsByNameByDigestAndByPath) {
  const Weights added = store().add(file("one"), "my_net", {{"source", "/a.safetensors"}});
  EXPECT_EQ(added.sha256, sha256_hex(safetensors_of("one")));
  EXPECT_EQ(added.file, folder_.path / "weights" / (added.sha256 + ".safetensors"));
  EXPECT_FALSE(fs::exists(folder_.path / "in.safetensors"));
  const Weights named = store().find("my_net", "");
  EXPECT_EQ(named.sha256, added.sha256);
  EXPECT_EQ(named.provenance["source"], "/a.safetensors");
  EXPECT_EQ(store().find(added.sha256, "").provenance["name"], "my_net");
  file("two");
  const Weights by_path = store().find("./in.safetensors", folder_.path);
  EXPECT_EQ(by_path.sha256, sha256_hex(safetensors_of("two")));
  EXPECT_EQ(by_path.file, folder_.path / "in.safetensors");
}

TEST_F(Store, NoticesAFileThatChanged) {
  const Weights added = store().add(file("one"), "my_net", {});
  std::ofstream(added.file) << "other";
  EXPECT_THAT(refusal("my_net"),
              HasSubstr("was changed: its content is no longer that of its name"));
  fs::remove(added.file);
  EXPECT_THAT(refusal("my_net"), HasSubstr("there are no weights with SHA-256 " + added.sha256));
}

TEST_F(Store, ANameBelongsToTheWeightsThatHaveIt) {
  store().add(file("one"), "my_net", {});
  store().add(file("one"), "my_net", {});
  store().add(file("one"), "second_name", {});
  EXPECT_THAT(message_of([&] { store().add(file("two"), "my_net", {}); }),
              HasSubstr("the weights called 'my_net' are others"));
  EXPECT_EQ(store().find("my_net", "").sha256, sha256_hex(safetensors_of("one")));
  for (const std::string bad :
       {"", "a/b", "../x", ".hidden", "x.safetensors", "a b",
        "0123456789012345678901234567890123456789012345678901234567890123"}) {
    EXPECT_THAT(message_of([&] { store().check_name(bad); }), HasSubstr("is no name for weights"));
  }
}

TEST_F(Store, NamesTheNearestAndSaysHowAFileIsMeant) {
  store().add(file("one"), "my_net", {});
  EXPECT_THAT(refusal("my_nte"), HasSubstr("there are no weights called 'my_nte' in "));
  EXPECT_THAT(refusal("my_nte"), HasSubstr("; the nearest is 'my_net'"));
  EXPECT_THAT(refusal("gone.safetensors"), HasSubstr("/gone.safetensors: there is no such file"));
  EXPECT_THAT(refusal("../../etc"), HasSubstr("there is no such file of weights"));
  for (const std::string bad : {"{", "[]", R"({"sha256": 3})", R"({"sha256": "abc"})"}) {
    std::ofstream(folder_.path / "weights/damaged.json") << bad;
    EXPECT_THAT(refusal("damaged"), HasSubstr("there are no weights called 'damaged'")) << bad;
  }
  const Weights mended = store().add(file("one"), "damaged", {});
  EXPECT_EQ(store().find("damaged", "").sha256, mended.sha256);
}

TEST_F(Store, KeepsTheBytesThatATrialNames) {
  file("one");
  const Weights found = store().find("./in.safetensors", folder_.path);
  const fs::path kept = store().keep(found);
  EXPECT_EQ(sha256_file(kept), found.sha256);
  EXPECT_EQ(store().keep(found), kept);
  file("two");
  EXPECT_EQ(store().keep(found), kept) << "the kept copy serves although the file changed";
  fs::remove(kept);
  EXPECT_THAT(message_of([&] { store().keep(found); }),
              HasSubstr("changed after the sweep was planned"));
  EXPECT_TRUE(fs::is_empty(folder_.path / "weights"));
}

/// What torch.load() would run is refused before anything runs, and so is a file without tensors.
TEST_F(Store, RefusesAPathThatIsNoSafetensorsFile) {
  std::ofstream(folder_.path / "moco.pth") << "PK\x03\x04 and more";
  try {
    store().find("./moco.pth", folder_.path);
    ADD_FAILURE() << "a pickle was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    EXPECT_THAT(error.what(), HasSubstr("moco.pth: this is a pickle of torch.save"));
    EXPECT_THAT(error.hint(), HasSubstr("save_file"));
  }
  std::ofstream(folder_.path / "x.safetensors") << "none";
  EXPECT_THAT(refusal("x.safetensors"), HasSubstr("it has 4 bytes, too few"));
  std::ofstream(folder_.path / "x.safetensors") << std::string("\x02\0\0\0\0\0\0\0{}", 10);
  EXPECT_THAT(refusal("x.safetensors"), HasSubstr("x.safetensors: there are no tensors in it"));
}

/// Two imports at the same time, in processes of their own: one has the name, the other is told.
TEST_F(Store, OfTwoThatTakeANameOneGetsIt) {
  for (int round = 0; round < 20; ++round) {
    fs::remove(folder_.path / "weights/race.json");
    std::array<pid_t, 2> children{};
    for (size_t i = 0; i < children.size(); ++i) {
      const fs::path in = folder_.path / fmt::format("in{}", i);
      std::ofstream(in) << safetensors_of(fmt::format("weights {}", i));
      WeightsStore mine = store();
      children[i] = ::fork();
      if (children[i] == 0) {
        ::_exit(message_of([&] { mine.add(in, "race", {}); }).empty() ? 0 : 1);
      }
    }
    int got = 0;
    for (const pid_t child : children) {
      int status = 0;
      ::waitpid(child, &status, 0);
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0) ++got;
    }
    EXPECT_EQ(got, 1);
    EXPECT_FALSE(store().find("race", "").sha256.empty());
  }
  for (const auto& entry : fs::directory_iterator(folder_.path / "weights")) {
    EXPECT_THAT(entry.path().extension(), ::testing::AnyOf(".safetensors", ".json"));
  }
}

}  // namespace
}  // namespace sslx::sweep
