// The order in which folders of plugins are searched.
#include <cstdlib>

#include "plugin_fixture.h"

namespace sslx::test {
namespace {

TEST(SearchPath, OptionThenEnvironmentThenHomeThenExecutable) {
  setenv("SSLX_PLUGIN_PATH", "/one::/two", 1);
  setenv("HOME", "/home/someone", 1);
  const fs::path prefix = fs::read_symlink("/proc/self/exe").parent_path().parent_path();
  EXPECT_THAT(plugin_search_path({"/given"}),
              testing::ElementsAre("/given", "/one", "/two",
                                   "/home/someone/.local/share/sslx/plugins", prefix / "plugins"));
}

TEST(SearchPath, WithoutHomeOrEnvironment) {
  unsetenv("SSLX_PLUGIN_PATH");
  unsetenv("HOME");
  EXPECT_EQ(plugin_search_path({}).size(), 1U);
}

}  // namespace
}  // namespace sslx::test
