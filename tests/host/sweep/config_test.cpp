#include "host/sweep/config.h"

#include <gtest/gtest.h>

#include "host/sweep/toml_reader.h"
#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

TEST(Config, TablesMergeAndTheRestIsReplaced) {
  Config under = parse_toml("a = {x = 1, y = [1, 2]}\nb = 1\n", "u");
  under.merge(parse_toml("\n\na = {y = [3]}\n", "o"));
  EXPECT_EQ(under.value.dump(), R"({"a":{"x":1,"y":[3]},"b":1})");
  EXPECT_EQ(under.origin("a.y"), "o:3");
  EXPECT_EQ(under.origin("a.x"), "u:1");
  EXPECT_EQ(under.origin("b"), "u:2");
}

TEST(Config, AnotherPluginReplacesTheTable) {
  Config under = parse_toml("method = {name = \"simclr\", temperature = 1}\n", "u");
  under.merge(parse_toml("method = {name = \"moco\", queue = 8}\n", "o"));
  EXPECT_EQ(under.value.dump(), R"({"method":{"name":"moco","queue":8}})");
  under.merge(parse_toml("method = {momentum = 0.5}\n", "o"));
  EXPECT_EQ(under.value.dump(), R"({"method":{"momentum":0.5,"name":"moco","queue":8}})");
  under.set("method.name", "simclr", "s");
  EXPECT_EQ(under.value.dump(), R"({"method":{"name":"simclr"}})");
}

TEST(Config, SetReachesIntoListsByIndexNameAndStar) {
  Config config = parse_toml("view = [{ops = [{name = \"crop\"}, {name = \"flip\"}]}]\n", "u");
  config.set("view.0.ops.1.p", 1, "s");
  config.set("view.*.ops.crop.size", 8, "s");
  EXPECT_EQ(config.value["view"][0]["ops"][1]["p"], 1);
  EXPECT_EQ(config.value["view"][0]["ops"][0]["size"], 8);
  EXPECT_EQ(config.origin("view.0.ops.0.size"), "s");
  EXPECT_EQ(message_of([&] { config.set("view.3.x", 1, "f:2"); }),
            "f:2: 'view.3.x' names no element '3' of 'view'; it must be an index below 1, the name "
            "of one of them, or *");
}

TEST(Config, SetThroughAScalarIsAnError) {
  Config config = parse_toml("a = 1\n", "u");
  EXPECT_EQ(message_of([&] { config.set("a.b", 1, "f:2"); }),
            "f:2: 'a.b' leads through 'a', which is no table");
}

TEST(Config, InsertedElementsPushTheOthersLinesOn) {
  Config config = parse_toml("a = [\n{ x = 1 },\n{ x = 2 },\n]\n", "f");
  const Config more = parse_toml("b = [\n{ x = 8 },\n{ x = 9 },\n]\n", "g").child("b");
  config.insert("a", 1, more);
  EXPECT_EQ(config.value["a"].dump(), R"([{"x":1},{"x":8},{"x":9},{"x":2}])");
  EXPECT_EQ(config.origin("a.0.x"), "f:2");
  EXPECT_EQ(config.origin("a.1.x"), "g:2");
  EXPECT_EQ(config.origin("a.2.x"), "g:3");
  EXPECT_EQ(config.origin("a.3.x"), "f:3");
}

}  // namespace
}  // namespace sslx::sweep
