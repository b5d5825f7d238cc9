// What the command makes of its words: verbs, options and values that are nearly right, and the
// help that tells of the right ones.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "host/plugins/schema.h"
#include "host/sweep/sections.h"
#include "tests/cli/command_run.h"

namespace sslx::cli::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Words : public CommandTest {
 protected:
  /// What is refused with exit code 2 is told so.
  void refused(const std::vector<std::string>& words, const std::string& sentence) {
    EXPECT_EQ(run(words), 2) << text();
    EXPECT_THAT(text(), HasSubstr(sentence));
  }
  std::string printed(const std::vector<std::string>& words) {
    EXPECT_EQ(run(words), 0) << text();
    return text();
  }
  /// The line of a key in the page of its section, "" when there is none.
  static std::string printed_row(const std::string& all, const std::string& section,
                                 const std::string& key) {
    const size_t page = all.find("\n" + section + ": ");
    const size_t end = all.find("\n\n", page + 1);
    const size_t row = all.find("\n  " + key + ' ', page);
    if (page == std::string::npos || row == std::string::npos || row > end) return "";
    return all.substr(row + 1, all.find('\n', row + 1) - row - 1);
  }
  /// A dry run with one setting.
  std::vector<std::string> with(const std::string& setting) const {
    return {"sweep", (home_ / "demo.toml").string(), "--dry-run", "--set", setting};
  }
};

TEST_F(Words, AVerbThatThereIsNotNamesTheNearest) {
  refused({"swep", "demo.toml"}, "sslx: sslx has no verb 'swep'; the nearest is 'sweep'\n");
  refused({"train"}, "sslx has no verb 'train'; the nearest is 'sweep'");
  refused({"--home", "sweep", "reprot"}, "sslx has no verb 'reprot'; the nearest is 'report'");
  refused({"plugins", "shwo"}, "sslx plugins has no verb 'shwo'; the nearest is 'show'");
  refused({"data", "inof", "shapes"}, "sslx data has no verb 'inof'; the nearest is 'info'");
  refused({"zzzzzz"}, "sslx has no verb 'zzzzzz'; it has sweep, report, ");
}

TEST_F(Words, AnOptionThatThereIsNotNamesTheNearest) {
  refused({"sweep", "demo.toml", "--jbos", "2"},
          "sslx sweep has no option '--jbos'; the nearest is '--jobs'");
  refused({"report", "--hoem=x"}, "sslx report has no option '--hoem'; the nearest is '--home'");
  refused({"runs", "--qqqqqq"},
          "sslx runs has no option '--qqqqqq'; `sslx runs --help` lists them");
}

TEST_F(Words, HelpAndVersionAreVerbs) {
  const std::string version = printed({"--version"});
  EXPECT_THAT(version, StartsWith("sslx "));
  EXPECT_EQ(printed({"version"}), version);
  const std::string all = printed({"--help"});
  EXPECT_EQ(printed({"help"}), all);
  const std::string report = printed({"report", "--help"});
  EXPECT_EQ(printed({"help", "report"}), report);
  const std::string show = printed({"plugins", "show", "--help"});
  EXPECT_EQ(printed({"help", "plugins", "show"}), show);
  refused({"help", "reprot"}, "sslx has no verb 'reprot'; the nearest is 'report'");
  refused({"help", "report", "demo"}, "`sslx help` takes a verb, not 'demo' after it");
}

/// From the schema by which the files are checked.
TEST_F(Words, HelpSweepHasEveryKeyOfAFile) {
  const std::string train = printed({"help", "sweep", "train"});
  EXPECT_THAT(train, StartsWith("train: "));
  EXPECT_THAT(train,
              ::testing::ContainsRegex("\n  epochs +integer +20 +1 to 100000 +passes over the "
                                       "training images\n"));
  const std::string data = printed({"help", "sweep", "data"});
  for (const char* key : {"  path ", "  fallback ", "  unreadable_limit ", "  shape_seed "}) {
    EXPECT_THAT(data, HasSubstr(key));
  }
  EXPECT_THAT(printed({"help", "sweep", "knn"}), StartsWith("evaluate.knn: "));
  const std::string all = printed({"help", "sweep"});
  for (const sweep::Section& section : sweep::sections()) {
    for (const std::string& key : sweep::key_names(section)) {
      EXPECT_THAT(all, HasSubstr("\n  " + key + ' ')) << section.name;
    }
    for (const ParameterSpec& spec : section.parameters) {
      const std::string name = spec.name.data();
      EXPECT_THAT(printed_row(all, section.name, name), HasSubstr(default_text(spec)))
          << section.name << '.' << name;
      EXPECT_THAT(printed_row(all, section.name, name), HasSubstr(spec.meaning.data()))
          << section.name << '.' << name;
    }
  }
  EXPECT_THAT(all, StartsWith(printed({"sweep", "--help"})));
  for (const char* part : {"\nfile: ", "\ntrain: ", "\ndata.folder: ", "\ntable.published: ",
                           "\nevaluate.distil: ", "\nrun: "}) {
    EXPECT_THAT(all, HasSubstr(part));
  }
  EXPECT_THAT(all, EndsWith(printed({"help", "sweep", "run"})));
  refused({"help", "sweep", "trian"},
          "a sweep file has no section 'trian'; the nearest is 'train'");
}

TEST_F(Words, ASweepIsFoundBesideWhereOneIs) {
  write(home_ / "tiny.toml", std::string(kDemoSweep).replace(0, 13, "name = \"tiny\""));
  const auto here = [&] { ASSERT_EQ(chdir(home_.c_str()), 0); };
  EXPECT_EQ(run({"sweep", "tiny", "--dry-run"}, here), 0) << text();
  EXPECT_EQ(run({"sweep", (home_ / "tiny").string(), "--dry-run"}), 0) << text();
  EXPECT_EQ(run({"sweep", "tinny", "--dry-run"}, here), 2);
  EXPECT_THAT(text(), HasSubstr("the nearest is 'tiny'"));
  EXPECT_EQ(run({"sweep", (home_ / "tinny.toml").string(), "--dry-run"}), 2);
  EXPECT_THAT(text(), HasSubstr("the nearest beside it is 'tiny.toml'"));
}

TEST_F(Words, AResolvedTrialNamesWhereEachValueIsFrom) {
  const std::string file = (home_ / "demo.toml").string();
  const std::string out = printed(
      {"sweep", file, "--dry-run", "--resolved", "--trial", "random", "--set", "train.lr=0.5"});
  EXPECT_THAT(out, HasSubstr("  random, seed 0\n  KEY "));
  EXPECT_THAT(out, ::testing::ContainsRegex("\n  train.lr +0.5 +--set train.lr=0.5\n"));
  EXPECT_THAT(out, ::testing::ContainsRegex("\n  train.epochs +2 +demo.toml:8 \\(base\\)\n"));
  EXPECT_THAT(out, ::testing::ContainsRegex("\n  method.name +\"random\" +demo.toml:15 \\(variant "
                                            "'random'\\)\n"));
  EXPECT_THAT(out, ::testing::ContainsRegex("\n  train.momentum +0.9 +default\n"));
  EXPECT_FALSE(fs::exists(home_ / "results"));
  refused({"sweep", file, "--resolved"}, "--dry-run");
  refused({"sweep", file, "--dry-run", "--resolved", "--trial", "nothing"},
          "no trial of 'demo' is called 'nothing'");
}

/// The path is blamed on who gave it.
TEST_F(Words, APathOfASettingIsBlamedOnIt) {
  refused(with("data={ name = \"folder\", path = \"/nowhere,a\" }"), "sslx: --set data=");
  std::string folder = kDemoSweep;
  const std::string shapes = R"("shapes", train_size = 64, test_size = 32)";
  folder.replace(folder.find(shapes), shapes.size(), R"("folder", path = "images")");
  write(home_ / "demo.toml", folder);
  refused(with("train.epochs=1"), "sslx: demo.toml:4: ");
  refused(with("data.path=/nowhere,=#'"), "sslx: --set data.path=/nowhere,=#': ");
  EXPECT_THAT(text(), HasSubstr("/nowhere,=#'"));
  ASSERT_EQ(setenv("HOME", home_.c_str(), 1), 0);
  refused(with("data.path=~/images"), (home_ / "images").string());
  // As a file writes it, too.
  folder.replace(folder.find("\"images\""), 8, "\"~/photos\"");
  write(home_ / "demo.toml", folder);
  refused(with("train.epochs=1"), (home_ / "photos").string());
}

TEST_F(Words, NumbersOfOptionsAreToldInWords) {
  const std::string file = (home_ / "demo.toml").string();
  for (const std::string option : {"--time-limit", "--checkpoint"}) {
    for (const std::string number : {"-1", "nan", "inf", "a"}) {
      EXPECT_EQ(run({"sweep", file, "--dry-run", option, number}), 2);
      EXPECT_THAT(text(),
                  HasSubstr(option + ": " + number + " is given; it must be a number from 0\n"));
    }
  }
  refused({"bench", "views", "--seconds", "0"},
          "--seconds: 0 is given; it must be a number above 0");
  refused({"unbundle", "x", "--most", "0"}, "--most: 0 is given; it must be a number above 0");
  refused({"attention", "x", "y.png", "--time-limit", "-1"},
          "--time-limit: -1 is given; it must be a number from 0");
}

TEST_F(Words, SeedsAreToldWithAnExample) {
  refused({"sweep", (home_ / "demo.toml").string(), "--seeds", "0"},
          "sslx: --seeds 0: it must be how many seeds, 1 to 10000, as --seeds 3 for 0, 1 and 2, or "
          "which, different whole numbers from 0, as --seeds 4,7\n");
}

/// Once, before the first trial and its process.
TEST_F(Words, ABatchLargerThanTheDataSetStartsNoTrial) {
  EXPECT_EQ(sweep({"--set", "train.batch_size=65"}), 2);
  EXPECT_EQ(
      text(),
      "sslx: --set train.batch_size=65: SimCLR, seed 0: train.batch_size is 65, more than the "
      "64 training images; it must be at most that many\n");
  EXPECT_EQ(starts(), 0U);
  EXPECT_FALSE(fs::exists(home_ / "runs"));
}

/// What no name says is not written.
TEST_F(Words, OutputsAreNamedAsWhatTheyAre) {
  const std::string file = (home_ / "demo.toml").string();
  refused({"views", file, "--out", "o.jpg"},
          "sslx: --out o.jpg: a PNG picture is written; the name must end in .png\n");
  refused({"attention", "x", "y.jpg", "--out", "o.webp"}, "the name must end in .png");
  refused({"export", "x", "net.pt"},
          "OUT net.pt: weights as safetensors is written; the name must end in .safetensors");
  refused({"export", "x", "--features", "f.npz"}, "--features f.npz: a NumPy array is written");
  refused({"bundle", "demo", "b.zip"}, "the name must end in .tar.zst");
  refused({"data", "pack", "shapes", "p.bin"}, "the name must end in .pack");
}

/// The plot and the table of a run's figures, as the verb prints them.
TEST_F(Words, CurvesOfARunArePrinted) {
  ASSERT_EQ(sweep(), 0) << text();
  const std::string run = runs().at(0).filename().string();
  EXPECT_THAT(printed({"show", run, "--curves"}), HasSubstr("loss"));
  EXPECT_THAT(printed({"show", run, "--curves", "--csv"}), StartsWith("step,epoch,"));
  refused({"show", run, "--curves", "--figure", "los"}, "the nearest is 'loss'");
}

/// As many as there are cores for, however many are asked for.
TEST_F(Words, MoreJobsThanCoresDoNotDivideTheEstimate) {
  ASSERT_EQ(sweep(), 0) << text();
  SQLite::Database(database().string(), SQLite::OPEN_READWRITE)
      .exec("UPDATE run SET seconds = 1000, threads = 1");
  const auto time = [&](const std::string& jobs) {
    const std::string out =
        printed({"sweep", (home_ / "demo.toml").string(), "--dry-run", "--retry", "--jobs", jobs});
    const size_t begin = out.find("time: ");
    return out.substr(begin, out.find('\n', begin) - begin);
  };
  EXPECT_THAT(time("1"), HasSubstr("about 1 h 6 min"));
  EXPECT_EQ(time("100"), time(std::to_string(std::min<long>(4, sysconf(_SC_NPROCESSORS_ONLN)))));
  EXPECT_THAT(time("100"), Not(HasSubstr("about 40 s")));
}

}  // namespace
}  // namespace sslx::cli::test
