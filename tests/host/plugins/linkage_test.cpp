// What is read of a library's dynamic section, without loading it.
#include "host/plugins/linkage.h"

#include <fmt/format.h>
#include <unistd.h>

#include "plugin_fixture.h"

namespace sslx::test {
namespace {

using testing::Contains;
using testing::IsEmpty;

TEST(Linkage, NamesLibrariesAndTheFoldersWhereTheyAreLookedFor) {
  EXPECT_THAT(read_linkage(CORE_LIBRARY).needed, Contains("libc.so.6"));
  EXPECT_THAT(read_linkage(FIXTURES "/plain.so").run_path,
              Contains(fs::path(CORE_LIBRARY).parent_path()));
}

TEST(Linkage, OriginIsTheFolderOfTheFileItselfHoweverItIsCalled) {
  const fs::path link = fs::temp_directory_path() / fmt::format("linkage_test-{}.so", getpid());
  fs::create_symlink(FIXTURES "/plain.so", link);
  const Linkage plain = read_linkage(link);
  fs::remove(link);
  EXPECT_THAT(plain.run_path, Contains(fs::canonical(FIXTURES) / "../lib"));
}

TEST(Linkage, NothingOfWhatIsNoElfFile) {
  EXPECT_THAT(read_linkage("/proc/self/environ").needed, IsEmpty());
  EXPECT_THAT(read_linkage("/nowhere").needed, IsEmpty());
}

}  // namespace
}  // namespace sslx::test
