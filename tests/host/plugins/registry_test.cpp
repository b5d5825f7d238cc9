// What a scan finds, which of several it takes, and what find() answers.
#include <fmt/format.h>

#include <cstdlib>

#include "plugin_fixture.h"

namespace sslx::test {

using namespace std::string_literals;
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Registry : public PluginTest {
 protected:
  /// A library of the fixture's kind under another name.
  static std::string named(const std::string& name) {
    return patched(fixture("plain"), offsetof(PluginDescriptor, name), name + '\0');
  }
  static std::string changed() {
    return patched(fixture("plain"), offsetof(PluginDescriptor, version), "9");
  }
  PluginRegistry scan(const std::vector<std::string>& folders, size_t preferred = 0) const {
    std::vector<fs::path> paths;
    for (const std::string& folder : folders) paths.push_back(folder_ / folder);
    return PluginRegistry::scan(paths, preferred);
  }
};

TEST_F(Registry, SaysWhoCompiledALibrary) {
  EXPECT_THAT(read_plugin(put("plain.so", fixture("plain"))).compiler,
              testing::AllOf(StartsWith("GCC: "), HasSubstr(__VERSION__)));
}

TEST_F(Registry, ReadsAFolderAndThoseOfItsKinds) {
  put("a/plain.so", fixture("plain"));
  put("a/methods/other.so", named("other"));
  put("a/backbones/empty_table.so", fixture("empty_table"));
  put("a/methods/README.md", "no library");
  put("a/unrelated/third.so", named("third"));
  const PluginRegistry found = scan({"a", "missing"});
  ASSERT_EQ(found.plugins.size(), 3U);
  EXPECT_EQ(found.plugins[0].name, "empty_table");
  EXPECT_EQ(found.plugins[1].name, "other");
  EXPECT_EQ(found.find("method", "plain").file, folder_ / "a/plain.so");
  EXPECT_TRUE(found.refused.empty());
}

TEST_F(Registry, FolderOfAnotherKind) {
  const fs::path file = put("a/augmentations/plain.so", fixture("plain"));
  const PluginRegistry found = scan({"a"});
  EXPECT_EQ(message_of([&] { found.find("method", "plain"); }),
            fmt::format("method 'plain' cannot be used: {}: it is of kind method, but lies in the "
                        "folder of augmentations",
                        file.string()));
}

TEST_F(Registry, OneFileThroughALinkIsOne) {
  put("a/plain.so", fixture("plain"));
  fs::create_symlink(folder_ / "a/plain.so", folder_ / "a/linked.so");
  fs::create_directory_symlink(folder_ / "a", folder_ / "b");
  EXPECT_EQ(scan({"a", "b"}).plugins.size(), 1U);
  EXPECT_TRUE(scan({"a", "b"}).refused.empty());
}

TEST_F(Registry, EqualBytesAreOne) {
  put("a/plain.so", fixture("plain"));
  put("b/plain.so", fixture("plain"));
  EXPECT_EQ(scan({"a", "b"}).plugins.size(), 1U);
}

TEST_F(Registry, TwoOfOneNameAreRefused) {
  const fs::path a = put("a/plain.so", fixture("plain"));
  const fs::path b = put("b/plain.so", changed());
  const PluginRegistry found = scan({"a", "b"});
  EXPECT_TRUE(found.plugins.empty());
  ASSERT_EQ(found.refused.size(), 2U);
  EXPECT_EQ(message_of([&] { found.find("method", "plain"); }),
            fmt::format("method 'plain' cannot be used: {}: method 'plain' is also in {}; remove "
                        "one, or name the folder of the right one with --plugin-dir",
                        a.string(), b.string()));
}

TEST_F(Registry, PluginDirWinsAndSaysSo) {
  const fs::path a = put("a/plain.so", fixture("plain"));
  const fs::path b = put("b/plain.so", changed());
  const PluginRegistry found = scan({"b", "a"}, 1);
  EXPECT_EQ(found.find("method", "plain").file, b);
  ASSERT_EQ(found.notes.size(), 1U);
  EXPECT_EQ(found.notes[0],
            fmt::format("method 'plain' is {}; --plugin-dir hides {}", b.string(), a.string()));
  EXPECT_THROW(scan({"b", "a"}, 2).find("method", "plain"), Error);
}

TEST_F(Registry, RefusedOnesKeepTheRestWorking) {
  put("a/plain.so", fixture("plain"));
  put("a/broken.so", "text");
  put("a/empty.so", "");
  const PluginRegistry found = scan({"a"});
  EXPECT_EQ(found.find("method", "plain").name, "plain");
  ASSERT_EQ(found.refused.size(), 2U);
  EXPECT_EQ(found.refused[0].reason, "it is no shared library");
  EXPECT_THAT(message_of([&] { found.find("backbone", "empty"); }),
              StartsWith("backbone 'empty' cannot be used: "));
}

/// What was put first is meant: an older one must not run in its place.
TEST_F(Registry, ARefusedOneIsNeverReplacedByALaterOneOfItsName) {
  const std::string whole = fixture("plain");
  const std::string misfit = patched(whole, offsetof(PluginDescriptor, torch_version), "1.0\0"s);
  put("b/methods/plain.so", whole);
  for (const std::string& first : {whole.substr(0, whole.size() / 2), misfit, ""s, "text"s}) {
    const fs::path file = put("a/plain.so", first);
    for (const size_t preferred : {0, 1, 2}) {
      const PluginRegistry found = scan({"a", "b"}, preferred);
      EXPECT_TRUE(found.plugins.empty());
      EXPECT_THAT(message_of([&] { found.find("method", "plain"); }),
                  StartsWith("method 'plain' cannot be used: " + file.string() + ": "));
      EXPECT_THAT(message_of([&] { found.find("", "plain"); }),
                  StartsWith("plugin 'plain' cannot be used: " + file.string() + ": "));
      ASSERT_EQ(found.notes.size(), 1U);
      EXPECT_THAT(found.notes[0], HasSubstr("was found first and is refused"));
    }
  }
}

TEST_F(Registry, ARefusedOneIsCalledByItsDescriptorWhateverItsFileIsCalled) {
  put("a/renamed.so",
      patched(fixture("plain"), offsetof(PluginDescriptor, torch_version), "1.0\0"s));
  put("b/plain.so", fixture("plain"));
  EXPECT_THAT(message_of([&] {
                scan({"a", "b"}).find("method", "plain");
              }),
              HasSubstr("renamed.so: it does not fit this sslx: LibTorch 1.0"));
}

TEST_F(Registry, ALaterRefusedOneHindersNothing) {
  const fs::path first = put("a/plain.so", fixture("plain"));
  put("b/plain.so", "text");
  put("a/backbones/plain.so", "text");  // its folder tells that it is none of this kind
  const PluginRegistry found = scan({"a", "b"});
  EXPECT_EQ(found.find("method", "plain").file, first);
  EXPECT_THAT(message_of([&] { found.find("backbone", "plain"); }), HasSubstr("cannot be used"));
  EXPECT_THAT(message_of([&] { found.find("", "plain"); }), HasSubstr("cannot be used"));
}

TEST_F(Registry, AFolderThatCannotBeReadIsNoEmptyOne) {
  put("b/plain.so", fixture("plain"));
  fs::create_directory(folder_ / "a");
  fs::create_symlink("methods", folder_ / "a/methods");
  EXPECT_EQ(message_of([&] {
              scan({"a", "b"});
            }),
            fmt::format("the plugin folder {} cannot be read: Too many levels of symbolic links",
                        (folder_ / "a/methods").string()));
}

TEST_F(Registry, UnknownNamesComeWithTheNearest) {
  put("a/plain.so", fixture("plain"));
  put("a/empty_table.so", fixture("empty_table"));
  const PluginRegistry found = scan({"a"});
  EXPECT_EQ(message_of([&] { found.find("method", "plane"); }),
            fmt::format("there is no method 'plane'; the nearest is 'plain' (searched {})",
                        (folder_ / "a").string()));
  EXPECT_THAT(message_of([&] { found.find("backbone", "plain"); }),
              HasSubstr("there is no backbone 'plain'; 'plain' is of kind method (searched"));
  EXPECT_THAT(message_of([&] { found.find("", "something_else"); }),
              HasSubstr("there is no plugin 'something_else' (searched"));
}

TEST_F(Registry, ANameAloneMustTell) {
  put("a/plain.so", fixture("plain"));
  put("a/plain_backbone.so",
      patched(fixture("empty_table"), offsetof(PluginDescriptor, name), "plain\0"s));
  const PluginRegistry found = scan({"a"});
  EXPECT_EQ(message_of([&] { found.find("", "plain"); }),
            "'plain' is 2 plugins, of the kinds backbone and method");
  EXPECT_EQ(found.find("backbone", "plain").kind, "backbone");
}

TEST_F(Registry, AskedFolderMustExist) {
  EXPECT_EQ(
      message_of([&] { PluginRegistry::search({folder_ / "nowhere"}); }),
      fmt::format("--plugin-dir {}: there is no such folder", (folder_ / "nowhere").string()));
}

}  // namespace
}  // namespace sslx::test
