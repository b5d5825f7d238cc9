#include "host/sweep/reproduce.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>
#include <stdlib.h>

#include <algorithm>
#include <set>

#include "host/record/ingest.h"
#include "host/sweep/data_lookup.h"
#include "host/sweep/process.h"
#include "host/sweep/run_directory.h"
#include "tests/host/record/record_fixture.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
using record::test::RecordTest;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

const std::string kRun = "20260101-000001-aaaaaa";
const std::string kBytes = "the bytes of a plugin";

/// A run by the host that only pretends: it does what the method is called.
class ReproduceTest : public RecordTest {
 protected:
  ReproduceTest() {
    unsetenv("FAKE_HOST_ACT");
    setenv("FAKE_HOST_LOG", (folder_ / "started.txt").c_str(), 1);
    write_plugin(kBytes);
    DataFolder data;
    config_ = {
        {"data", data.resolve({{"name", "shapes"}, {"train_size", 64}, {"test_size", 32}}, "")},
        {"method", {{"name", "succeed"}}},
        {"backbone", {{"name", "resnet_small"}}}};
    config_["data"]["fingerprint"] = data.fingerprint(config_["data"], "");
  }

  fs::path plugin_file() const {
    return folder_ / "runs" / "plugins" / (sha256_hex(kBytes) + ".so");
  }
  void write_plugin(const std::string& bytes) const {
    record::test::write_file(plugin_file(), bytes);
  }

  /// The run with this end is in the record.
  void record(const std::string& state = "completed") {
    const fs::path directory = folder_ / "runs" / kRun;
    make_folder(directory);
    const json request{{"run", kRun},
                       {"directory", directory.string()},
                       {"trial", "t"},
                       {"config", config_},
                       {"seed", 3},
                       {"data_path", ""},
                       {"execution", {{"device", "auto"}, {"threads", 1}, {"view_workers", 1}}},
                       {"plugins",
                        {{{"kind", "method"},
                          {"name", "succeed"},
                          {"file", "/gone.so"},
                          {"sha256", sha256_hex(kBytes)}}}}};
    record::test::write_file(directory / "request.json", request.dump());
    run_with_input(FAKE_HOST, request.dump());
    write_exit(directory, {state, "", 0, 0, 0.1});
    record::ingest_run(database_, directory);
    fs::remove_all(directory);  // The record alone must do.
  }

  std::optional<record::Verdict> again(ReproduceOptions options = {}) {
    options.home = folder_;
    options.host = FAKE_HOST;
    return reproduce(database_, kRun, PluginRegistry{}, options, interrupts_);
  }

  json config_;
  record::Database database_{database_file()};
  std::atomic<int> interrupts_{0};
};

TEST_F(ReproduceTest, TheSameBitsAreSaidToBe) {
  record();
  const auto verdict = again();
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->verdict, "same bits") << verdict->message;
  EXPECT_EQ(verdict->details.at("execution").at("threads"), 1);
  EXPECT_FALSE(fs::exists(folder_ / "reproduced"));
  EXPECT_EQ(record::test::count(database_, "SELECT count(*) FROM run"), 1);
}

TEST_F(ReproduceTest, TheSecondRunMayStay) {
  record();
  ReproduceOptions options;
  options.keep = folder_ / "kept";
  const auto verdict = again(options);
  EXPECT_TRUE(fs::exists(folder_ / "kept" / verdict->id / "journal.jsonl"));
}

TEST_F(ReproduceTest, AnotherResultIsDifferent) {
  record();
  database_.write([](SQLite::Database& handle) { handle.exec("UPDATE result SET value = 42"); });
  const auto verdict = again();
  EXPECT_EQ(verdict->verdict, "different");
  EXPECT_THAT(verdict->message, HasSubstr("42 then, 41.5 now"));
}

TEST_F(ReproduceTest, AnotherEndIsAFailure) {
  record();
  setenv("FAKE_HOST_ACT", "abort", 1);
  const auto verdict = again();
  unsetenv("FAKE_HOST_ACT");
  EXPECT_EQ(verdict->verdict, "failed");
  EXPECT_THAT(verdict->message, HasSubstr("it is crashed now and was completed: SIGABRT ended it"));
}

TEST_F(ReproduceTest, ItSaysWhatIsMissing) {
  record();
  const std::string starts = record::test::read_file(folder_ / "started.txt");
  write_plugin("other bytes");
  EXPECT_EQ(again()->verdict, "impossible");
  EXPECT_THAT(again()->message,
              HasSubstr("the bytes of the method 'succeed' with SHA-256 " + sha256_hex(kBytes)));
  fs::remove(plugin_file());
  EXPECT_EQ(again()->verdict, "impossible");
  EXPECT_EQ(record::test::read_file(folder_ / "started.txt"), starts);  // no host was started
}

TEST_F(ReproduceTest, OtherDataAreNamed) {
  config_["data"]["fingerprint"] = "dd";
  record();
  EXPECT_EQ(again()->verdict, "impossible");
  EXPECT_THAT(again()->message, HasSubstr("the data 'shapes' in their usual place have the "));
  EXPECT_THAT(again()->message, HasSubstr("and had dd"));
}

TEST_F(ReproduceTest, MissingWeightsAreNamed) {
  config_["backbone"]["weights"] = std::string(64, 'e');
  record();
  EXPECT_EQ(again()->verdict, "impossible");
  EXPECT_THAT(again()->message, HasSubstr("the weights that it started from are not there"));
}

TEST_F(ReproduceTest, OnlyWhatCameToAnEndIsMadeAgain) {
  record("failed");
  EXPECT_THAT(record::test::error_of([&] { again(); }),
              HasSubstr("is failed; only one that came to an end can be made again"));
}

TEST_F(ReproduceTest, AnInterruptIsNoVerdict) {
  record();
  setenv("FAKE_HOST_ACT", "wait", 1);
  interrupts_ = 1;
  EXPECT_FALSE(again());
  unsetenv("FAKE_HOST_ACT");
  EXPECT_FALSE(fs::exists(folder_ / "reproduced"));
}

TEST(DrawTest, IsDecidedByItsNumberAlone) {
  std::vector<std::string> all;
  for (int i = 0; i < 50; ++i) all.push_back(std::to_string(i));
  const auto drawn = draw_runs(all, 10, 7);
  EXPECT_EQ(std::set<std::string>(drawn.begin(), drawn.end()).size(), 10U);
  std::ranges::reverse(all);
  EXPECT_EQ(draw_runs(all, 10, 7), drawn);
  EXPECT_NE(draw_runs(all, 10, 8), drawn);
  EXPECT_EQ(draw_runs(all, 99, 7).size(), 50U);
}

}  // namespace
}  // namespace sslx::sweep
