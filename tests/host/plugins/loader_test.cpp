// Loading, and what the loader says of a library that the reader let pass.
#include "host/plugins/loader.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "plugin_fixture.h"

namespace sslx::test {
namespace {

using testing::HasSubstr;

class Loader : public PluginTest {
 protected:
  std::string refusal_of(const PluginFile& plugin) const {
    return message_of([&] { load_plugin(plugin); });
  }
};

TEST_F(Loader, GivesTheTable) {
  const PluginFile plugin = read_plugin(put("plain.so", fixture("plain")));
  const PluginTable& table = load_plugin(plugin);
  EXPECT_EQ(table.sdk_version, kSdkVersion);
  EXPECT_NE(table.make_method, nullptr);
  EXPECT_EQ(&load_plugin(plugin), &table);
}

TEST_F(Loader, NeverUnloads) {
  const PluginFile plugin = read_plugin(put("plain.so", fixture("plain")));
  load_plugin(plugin);
  void* handle = dlopen(plugin.file.c_str(), RTLD_NOW | RTLD_NOLOAD);
  ASSERT_NE(handle, nullptr) << "it is loaded no more";
  dlclose(handle);
}

TEST_F(Loader, FileChangedSinceItWasRead) {
  const PluginFile plugin = read_plugin(put("plain.so", fixture("plain")));
  put("plain.so", fixture("empty_table"));
  EXPECT_EQ(
      refusal_of(plugin),
      plugin.file.string() + ": it is not the library that was checked; its SHA-256 has changed");
}

TEST_F(Loader, MissingSymbol) {
  const PluginFile plugin = read_plugin(put("undefined.so", fixture("undefined")));
  EXPECT_EQ(refusal_of(plugin),
            plugin.file.string() +
                ": it cannot be loaded: undefined symbol: sslx_test_function_that_nobody_has");
}

TEST_F(Loader, MissingEntryPoint) {
  std::string bytes = fixture("plain");
  for (size_t at = 0; (at = bytes.find(kEntryPoint, at)) != std::string::npos;) bytes[at] = 'x';
  EXPECT_THAT(refusal_of(read_plugin(put("plain.so", bytes))),
              HasSubstr("plain.so: it has no sslx_plugin_entry()"));
}

TEST_F(Loader, MissingFactory) {
  EXPECT_THAT(refusal_of(read_plugin(put("empty_table.so", fixture("empty_table")))),
              HasSubstr("empty_table.so: it has no factory for its kind, backbone"));
}

TEST_F(Loader, StaticInitialiserThatThrowsEndsOnlyItsProcess) {
  const PluginFile plugin = read_plugin(put("throwing.so", fixture("throwing")));
  EXPECT_EXIT(load_plugin(plugin), testing::KilledBySignal(SIGABRT), "static initialiser");
}

}  // namespace
}  // namespace sslx::test
