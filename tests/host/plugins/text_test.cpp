// What `sslx plugins` and `sslx plugins show` print.
#include "cli/plugins.h"
#include "plugin_fixture.h"

namespace sslx::test {
namespace {

constexpr std::array kSchema{integer("width", 8, "channels").at_least(1),
                             real("temperature", 0.5, "tau, eq. 1").above(0),
                             choice("head", "linear", "none|linear", "the head"),
                             reals("scale", {0.2, 1.0}, "the crop's area").between(0, 1),
                             boolean("norm", true, "batch norm")};

PluginFile plugin(const std::string& kind, const std::string& name, const std::string& file) {
  return {kind, name, "1.0.0", "does " + name, "Nobody 2020", file, std::string(64, 'a'), {}};
}

TEST(PluginText, ListIsAlignedInABlockForEachFolder) {
  PluginRegistry registry;
  registry.plugins = {plugin("backbone", "tiny", "/p/backbones/tiny.so"),
                      plugin("method", "a_long_name", "/p/methods/a_long_name.so"),
                      plugin("method", "mine", "/q/renamed.so")};
  registry.refused = {{"/p/broken.so", "it is empty", "", "broken"}};
  registry.notes = {"method 'mine' is /q/renamed.so; --plugin-dir hides /p/mine.so"};
  EXPECT_EQ(cli::plugin_list(registry),
            "backbones in /p/backbones\n"
            "  tiny         1.0.0  aaaaaaaaaaaa  does tiny\n"
            "\n"
            "methods in /p/methods\n"
            "  a_long_name  1.0.0  aaaaaaaaaaaa  does a_long_name\n"
            "\n"
            "methods in /q\n"
            "  mine         1.0.0  aaaaaaaaaaaa  does mine (renamed.so)\n"
            "\n"
            "refused\n"
            "  /p/broken.so\n"
            "      it is empty\n"
            "\n"
            "method 'mine' is /q/renamed.so; --plugin-dir hides /p/mine.so\n");
}

TEST(PluginText, NothingFound) {
  PluginRegistry registry;
  registry.searched = {"/one", "/two"};
  EXPECT_EQ(cli::plugin_list(registry), "no plugins found; searched /one, /two\n");
}

TEST(PluginText, PageHasTheParameters) {
  PluginFile shown = plugin("method", "mine", "/q/mine.so");
  shown.schema = {kSchema.begin(), kSchema.end()};
  EXPECT_EQ(cli::plugin_page(shown),
            "method mine 1.0.0: does mine\n"
            "  paper    Nobody 2020\n"
            "  file     /q/mine.so\n"
            "  sha-256  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
            "\n"
            "  PARAMETER    TYPE     DEFAULT   RANGE         MEANING\n"
            "  width        integer  8         at least 1    channels\n"
            "  temperature  real     0.5       above 0       tau, eq. 1\n"
            "  head         choice   \"linear\"  none, linear  the head\n"
            "  scale        reals    [0.2, 1]  0 to 1        the crop's area\n"
            "  norm         boolean  true                    batch norm\n");
}

/// As of the keys of a sweep file, which are printed alike.
TEST(PluginText, EveryParameterOfTheTreeHasAMeaning) {
  const std::filesystem::path plugins =
      std::filesystem::path(REAL_PLUGIN).parent_path().parent_path();
  const PluginRegistry registry = PluginRegistry::scan({plugins});
  EXPECT_FALSE(registry.plugins.empty());
  for (const PluginFile& plugin : registry.plugins) {
    EXPECT_NE(plugin.summary, "") << plugin.name;
    for (const ParameterSpec& spec : plugin.schema) {
      EXPECT_STRNE(spec.meaning.data(), "") << plugin.name << '.' << spec.name.data();
    }
  }
}

TEST(PluginText, SaysWhatIsCompiledWithoutOptimisation) {
  PluginRegistry registry;
  PluginFile slow = plugin("method", "mine", "/p/methods/mine.so");
  slow.optimised = false;
  registry.plugins = {slow};
  EXPECT_THAT(cli::plugin_list(registry),
              testing::HasSubstr("does mine [compiled without optimisation: slow]\n"));
  EXPECT_THAT(cli::plugin_page(slow), testing::HasSubstr("\n  build  without optimisation; "));
}

TEST(PluginText, PageWithoutParameters) {
  EXPECT_THAT(cli::plugin_page(plugin("method", "mine", "/q/mine.so")),
              testing::EndsWith("\n\nIt has no parameters.\n"));
}

}  // namespace
}  // namespace sslx::test
