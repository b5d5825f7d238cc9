#include "host/data/fingerprint.h"

#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include "data_fixture.h"

namespace {

using nlohmann::json;
using sslx::data::data_available;
using sslx::data::data_fingerprint;
using sslx::data::resolve_data_config;
using sslx::test::read_file;
using sslx::test::write_file;
using sslx::test::write_idx_set;

class Fingerprint : public sslx::test::DataTest {};

TEST_F(Fingerprint, IsOfTheContentWhereverItLies) {
  write_idx_set(folder_ / "a");
  write_idx_set(folder_ / "b");
  const auto in = [&](const char* name, const json& options = json::object()) {
    json table = options;
    table["name"] = "idx";
    return data_fingerprint(sslx::data::data_spec(table, folder_ / name));
  };
  const std::string fingerprint = in("a");
  EXPECT_EQ(in("b"), fingerprint);
  EXPECT_EQ(in("a", {{"train_per_class", 1}}), fingerprint);
  const auto file = folder_ / "b" / "t10k-labels-idx1-ubyte";
  std::string bytes = read_file(file);
  bytes.back() ^= 1;
  write_file(file, bytes);
  EXPECT_NE(in("b"), fingerprint);
}

/// Trials of a plain folder keep their identity.
TEST_F(Fingerprint, OfAFolderIsOfItsNamesAndContentsInOrder) {
  std::string lines;
  for (const char* file : {"train/bird/10.png", "train/bird/9.jpg", "train/cat/a.jpeg",
                           "val/bird/B.PNG", "val/cat/x.JPG"}) {
    write_file(folder_ / file, file);
    lines += std::string(file) + '\n' + sslx::sha256_hex(file) + '\n';
  }
  EXPECT_EQ(data_fingerprint(spec("folder")), sslx::sha256_hex(lines));
}

TEST_F(Fingerprint, OfShapesIsOfTheirOptions) {
  const auto of = [&](const json& options) { return data_fingerprint(spec("shapes", options)); };
  EXPECT_EQ(of({}), of({{"train_per_class", 5}}));
  EXPECT_NE(of({}), of({{"shape_seed", 1}}));
}

/// By the state of the files nothing is read; else only as much as is allowed.
TEST_F(Fingerprint, KnowsWhetherDataAreStillThoseWithoutReadingMuch) {
  write_idx_set(folder_);
  sslx::data::DataSpec there = spec("idx");
  const auto known = sslx::data::data_identity(there);
  EXPECT_EQ(sslx::data::is_still(there, known.fingerprint, 0), std::nullopt);
  EXPECT_EQ(sslx::data::is_still(there, known.fingerprint, 1'000'000), true);
  there.planned = known.state;
  EXPECT_EQ(sslx::data::is_still(there, known.fingerprint, 0), true);
  const auto file = folder_ / "t10k-labels-idx1-ubyte";
  std::string bytes = read_file(file);
  bytes.back() ^= 1;
  write_file(folder_ / "new", bytes);
  std::filesystem::rename(folder_ / "new", file);
  EXPECT_EQ(sslx::data::is_still(there, known.fingerprint, 0), std::nullopt);
  EXPECT_EQ(sslx::data::is_still(there, known.fingerprint, 1'000'000), false);
  EXPECT_EQ(sslx::data::is_still(spec("shapes"), data_fingerprint(spec("shapes")), 0), true);
  EXPECT_EQ(sslx::data::is_still(spec("shapes"), known.fingerprint, 0), false);
}

TEST_F(Fingerprint, KnowsWhatIsThere) {
  EXPECT_TRUE(data_available(spec("shapes")));
  EXPECT_FALSE(data_available(spec("idx")));
  write_idx_set(folder_);
  EXPECT_TRUE(data_available(spec("idx")));
  EXPECT_FALSE(data_available(sslx::data::data_spec({{"name", "folder"}}, "")));
}

std::string complaint(const json& table) {
  try {
    resolve_data_config(table, "a.toml:4");
  } catch (const sslx::Error& error) {
    return error.what();
  }
  return "";
}

TEST(DataConfig, FillsInDefaultsAndDropsPlaces) {
  const json table{{"name", "idx"}, {"path", "/x"}, {"fallback", {{"name", "shapes"}}}};
  EXPECT_EQ(resolve_data_config(table, "x").dump(),
            R"({"name":"idx","test_per_class":0,"train_per_class":0})");
}

TEST(DataConfig, NamesTheNearest) {
  EXPECT_EQ(complaint({{"name", "cifar-10"}}),
            "a.toml:4: data set 'cifar-10' is unknown; the nearest is 'cifar10'");
  EXPECT_EQ(complaint({{"name", "idx"}, {"train_perclass", 3}}),
            "a.toml:4: data set 'idx' has no parameter 'train_perclass'; the nearest is "
            "'train_per_class'");
  EXPECT_EQ(complaint(json::object()),
            "a.toml:4: data has no 'name'; it must be a data set's name");
}

}  // namespace
