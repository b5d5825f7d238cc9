// The content-addressed copy that a trial runs from.
#include <fmt/format.h>

#include "plugin_fixture.h"

namespace sslx::test {
namespace {

class Store : public PluginTest {
 protected:
  PluginFile plugin() const { return read_plugin(put("plain.so", fixture("plain"))); }
  fs::path store_ = folder_ / "runs/plugins";
};

TEST_F(Store, CopyIsNamedByItsDigestAndReadOnly) {
  const PluginFile original = plugin();
  const fs::path copy = store_plugin(original, store_);
  EXPECT_EQ(copy, store_ / (original.sha256 + ".so"));
  EXPECT_EQ(read_bytes(copy), fixture("plain"));
  EXPECT_EQ(fs::status(copy).permissions(), fs::perms{0555});
  EXPECT_EQ(read_plugin(copy).name, "plain");
}

TEST_F(Store, LeavesNoTemporaryFile) {
  store_plugin(plugin(), store_);
  store_plugin(plugin(), store_);
  EXPECT_EQ(std::distance(fs::directory_iterator(store_), {}), 1);
}

TEST_F(Store, DamagedCopyIsReplaced) {
  const fs::path copy = store_plugin(plugin(), store_);
  fs::permissions(copy, fs::perms::owner_write, fs::perm_options::add);
  fs::resize_file(copy, 100);
  store_plugin(plugin(), store_);
  EXPECT_EQ(read_bytes(copy), fixture("plain"));
}

TEST_F(Store, CopyOutlivesARebuild) {
  const PluginFile original = plugin();
  const fs::path copy = store_plugin(original, store_);
  put("plain.so", fixture("empty_table"));
  EXPECT_EQ(read_plugin(copy).sha256, original.sha256);
}

TEST_F(Store, OriginalThatChangedIsNotStored) {
  const PluginFile original = plugin();
  put("plain.so", fixture("empty_table"));
  EXPECT_EQ(message_of([&] { store_plugin(original, store_); }),
            fmt::format("{} changed while sslx was reading it", original.file.string()));
  EXPECT_TRUE(fs::is_empty(store_));
}

TEST_F(Store, OriginalThatVanishedIsNamed) {
  const PluginFile original = plugin();
  fs::remove(original.file);
  EXPECT_EQ(message_of([&] { store_plugin(original, store_); }),
            fmt::format("{}: there is no such file", original.file.string()));
}

TEST_F(Store, PlaceThatCannotBeWritten) {
  const fs::path file = put("file", "in the way");
  EXPECT_THAT(message_of([&] { store_plugin(plugin(), file / "plugins"); }),
              testing::AllOf(testing::HasSubstr((file / "plugins").string()),
                             testing::HasSubstr("cannot be written: Not a directory")));
}

}  // namespace
}  // namespace sslx::test
