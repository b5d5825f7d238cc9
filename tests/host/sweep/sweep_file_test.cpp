#include "host/sweep/sweep_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "host/sweep/toml_reader.h"
#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

std::string sweep_error(const std::string& text, const std::string& scale = "") {
  return message_of([&] { sweep_of(text, scale); });
}

TEST(SweepFile, ReadsItsParts) {
  const SweepFile sweep = sweep_of("title = \"T\"\n" + sweep_text(R"([[variants]]
name = "A"
[run]
jobs = 3
[table]
metrics = ["knn_top1"]
)"));
  EXPECT_EQ(sweep.name, "demo");
  EXPECT_EQ(sweep.title, "T");
  EXPECT_EQ(sweep.seeds, (std::vector<uint64_t>{0, 1}));
  EXPECT_EQ(sweep.run.jobs, 3);
  EXPECT_EQ(sweep.table.recorded().dump(),
            R"({"columns":[],"metrics":["knn_top1"],"rows":["variant"]})");
}

TEST(SweepFile, AScaleOverrides) {
  const std::string text = sweep_text(R"([[variants]]
name = "A"
train = { lr = 1 }
[axes]
"train.epochs" = [1, 2]
[scale.small]
seeds = 1
base = { train = { epochs = 9 } }
axes = { "train.epochs" = [5] }
variants = { A = { train = { lr = 2 } } }
)");
  const SweepFile sweep = sweep_of(text, "small");
  EXPECT_EQ(sweep.seeds.size(), 1U);
  EXPECT_EQ(sweep.base.value["train"]["epochs"], 9);
  EXPECT_EQ(sweep.axes[0].points.size(), 1U);
  EXPECT_EQ(sweep.variants[0].config.value["train"]["lr"], 2);
  EXPECT_EQ(sweep_error(text, "smal"),
            "demo.toml:15: scale has no key 'smal'; the nearest is 'small'");
}

TEST(SweepFile, Messages) {
  EXPECT_EQ(sweep_error("sedes = 3\n"),
            "demo.toml:1: a sweep file has no key 'sedes'; the nearest is 'seeds'");
  EXPECT_EQ(sweep_error("[base]\n\nmetod = 1\n"),
            "demo.toml:3: base has no key 'metod'; the nearest is 'method'");
  EXPECT_EQ(
      sweep_error("seeds = [1, 1]\n"),
      "demo.toml:1: 'seeds' is [1,1]; it must be how many, 1 to 10000, as 3 for the seeds 0, 1 "
      "and 2, or a list of different whole numbers from 0, as [4, 7]");
  EXPECT_EQ(sweep_error("[[variants]]\nmethod = {}\n"),
            "demo.toml:1: a variant has no name; it must have one");
  EXPECT_EQ(sweep_error("[run]\njobs = 0\n"),
            "demo.toml:2: run: 'jobs' is 0; it must be 1 to 1024");
  EXPECT_EQ(sweep_error("[axes]\n\"trian.lr\" = [1]\n"),
            "demo.toml:2: the configuration has no key 'trian'; the nearest is 'train'");
  EXPECT_EQ(sweep_error("base = 1\n"), "demo.toml:1: 'base' is 1; it must be a table");
  EXPECT_EQ(sweep_error("seeds = 1\n", "small"),
            "demo.toml: the sweep has no scales, so --scale small means nothing");
}

/// What --seeds takes is said with an example, whatever was given.
TEST(SweepFile, SeedsOfTheCommand) {
  EXPECT_EQ(parse_seeds_option("3"), (std::vector<uint64_t>{0, 1, 2}));
  EXPECT_EQ(parse_seeds_option("4,7"), (std::vector<uint64_t>{4, 7}));
  EXPECT_EQ(parse_seeds_option("[4]"), (std::vector<uint64_t>{4}));
  for (const std::string wrong :
       {"0", "-1", "1.5", "10001", "4,4", "[]", "a", "1 2", "\"", "4,b"}) {
    EXPECT_EQ(message_of([&] { parse_seeds_option(wrong); }),
              "--seeds " + wrong +
                  ": it must be how many seeds, 1 to 10000, as --seeds 3 for 0, 1 and 2, or which, "
                  "different whole numbers from 0, as --seeds 4,7");
  }
}

/// Where the key is a text, any text is.
TEST(SweepFile, TextsOfSettingsAreTakenAsTheyAre) {
  const auto set = [](const std::string& setting) {
    SweepFile sweep = sweep_of("");
    apply_setting(sweep, setting);
    return sweep.settings.back().value;
  };
  for (const std::string path : {"/a,b", "/a=b", "/a#b", "/a 'b' \"c\"", "[a]", "{a}", "12", "true",
                                 "\"a\" b", "2026-01-01", "", "a.b", "'"}) {
    EXPECT_EQ(set("data.path=" + path), path);
  }
  EXPECT_EQ(set("data.path=\"/a\""), "/a");
  EXPECT_EQ(set("data.path='/a # b'"), "/a # b");
  EXPECT_EQ(set("data.fallback.path=/a,b"), "/a,b");
  EXPECT_EQ(set("train.epochs=12"), 12);
  EXPECT_EQ(set("method.head=mlp"), "mlp");
  EXPECT_NE(message_of([&] { set("train.epochs=1,2"); }), "");
}

TEST(SweepFile, TomlMessages) {
  EXPECT_EQ(sweep_error("[base.train]\nlr = nan\n"),
            "demo.toml:2: 'base.train.lr' is nan; it must be a finite number");
  EXPECT_EQ(sweep_error("[base.train]\nlr = 1e300\n"),
            "demo.toml:2: 'base.train.lr' is 1e+300; it must be at most 1e15");
  EXPECT_EQ(sweep_error("a = 1979-05-27\n"),
            "demo.toml:1: 'a' is a date or time; it must be a number, a string, true or false");
  EXPECT_THAT(sweep_error("a = 1\na = 2\n"), ::testing::StartsWith("demo.toml:2:"));
  EXPECT_THAT(sweep_error("a = \n"), ::testing::HasSubstr("this is not TOML"));
}

TEST(SweepFile, WhatCouldExhaustTheMachineIsRefusedAtOnce) {
  const auto begin = std::chrono::steady_clock::now();
  std::string deep_key = "[a";
  for (int i = 0; i < 100'000; ++i) deep_key += ".a";
  EXPECT_THAT(sweep_error(deep_key + "]\n"),
              ::testing::HasSubstr("the key has more than 64 parts"));
  std::string brackets = "a = " + std::string(100'000, '[');
  EXPECT_THAT(sweep_error(brackets), ::testing::StartsWith("demo.toml:1:"));
  std::string tables = "a = ";
  for (int i = 0; i < 60; ++i) tables += "{a = ";
  tables += "1" + std::string(60, '}') + "\n";
  EXPECT_EQ(sweep_error(tables), "demo.toml:1: tables lie more than 32 deep; at most that is read");
  EXPECT_EQ(sweep_error(std::string(4 << 20, '\n')),
            "demo.toml: the file has 4194304 bytes; a sweep file has at most 1048576");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(SweepFile, AMissingFileIsNamed) {
  EXPECT_EQ(message_of([] { read_sweep_file("/nowhere/x.toml"); }),
            "/nowhere/x.toml: there is no such sweep file");
}

}  // namespace
}  // namespace sslx::sweep
