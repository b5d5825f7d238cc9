// What is read from a plugin's file, and the sentence for each thing that can be wrong with it.
#include <fmt/format.h>
#include <sslx/detail/digest.h>

#include <cstdlib>

#include "plugin_fixture.h"

namespace sslx::test {

using namespace std::string_literals;
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using D = PluginDescriptor;

class Descriptor : public PluginTest {
 protected:
  std::string refusal_of(const std::string& bytes) const { return refusal(put("plain.so", bytes)); }
  std::string library_ = fixture("plain");
};

TEST_F(Descriptor, IsReadWithoutLoading) {
  const fs::path file = put("plain.so", library_);
  const PluginFile plugin = read_plugin(file);
  EXPECT_EQ(plugin.kind, "method");
  EXPECT_EQ(plugin.name, "plain");
  EXPECT_EQ(plugin.version, "1.2.3");
  EXPECT_EQ(plugin.summary, "does nothing");
  EXPECT_EQ(plugin.paper, "Nobody 2020");
  EXPECT_EQ(plugin.file, file);
  EXPECT_EQ(plugin.sha256, sha256_hex(library_));
  ASSERT_EQ(plugin.schema.size(), 4U);
  EXPECT_STREQ(plugin.schema[2].name.data(), "head");
  EXPECT_EQ(plugin.schema[3].default_count, 2U);
  EXPECT_EQ(plugin.diagnostics, (std::vector<std::string>{"spread", "accuracy_*"}));
}

TEST_F(Descriptor, SaysWhichParametersMayLackAGradient) {
  EXPECT_EQ(read_plugin(put("plain.so", library_)).without_gradient,
            (std::vector<std::string>{"prototypes.weight", "head.*"}));
  EXPECT_TRUE(read_plugin(put("empty_table.so", fixture("empty_table"))).without_gradient.empty());
}

TEST_F(Descriptor, SaysWhetherItWasOptimised) {
  const PluginFile fast = read_plugin(put("plain.so", library_));
  EXPECT_TRUE(fast.optimised);
  EXPECT_EQ(compiled_text(fast), fast.compiler);
  const PluginFile slow = read_plugin(put("slow.so", fixture("slow")));
  EXPECT_FALSE(slow.optimised);
  EXPECT_EQ(compiled_text(slow), slow.compiler + ", without optimisation");
}

/// Those from before there was such a section say nothing, and are taken.
TEST_F(Descriptor, OfAPluginThatDoesNotSayHowItWasBuilt) {
  const fs::path file = put("plain.so", library_);
  ASSERT_EQ(
      std::system(
          fmt::format("objcopy --rename-section .sslx.build=.other {}", file.string()).c_str()),
      0);
  EXPECT_TRUE(read_plugin(file).optimised);
}

TEST_F(Descriptor, OfAPluginWithASanitizer) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "this sslx has one, too";
#endif
  std::string bytes = library_;
  const size_t at = bytes.find("optimised\0"s);
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, 9, "sanitized");
  EXPECT_THAT(refusal_of(bytes), HasSubstr("it does not fit this sslx: built with a sanitizer"));
}

TEST_F(Descriptor, OfAPluginThatDoesNotSayWhatItReports) {
  EXPECT_FALSE(read_plugin(put("empty_table.so", fixture("empty_table"))).diagnostics);
}

TEST_F(Descriptor, OfFiguresThatATerminalWouldObey) {
  std::string bytes = library_;
  bytes.replace(bytes.find("spread accuracy_*"), 4, "\x1b[2J");
  EXPECT_EQ(refusal_of(bytes), "the text of its diagnostics is damaged; build or copy it again");
}

TEST_F(Descriptor, OfARealPlugin) { EXPECT_EQ(read_plugin(REAL_PLUGIN).name, "simclr"); }

TEST_F(Descriptor, OfAPluginWithoutParameters) {
  EXPECT_TRUE(read_plugin(put("empty_table.so", fixture("empty_table"))).schema.empty());
}

TEST_F(Descriptor, SurvivesStrip) {
  const fs::path file = put("plain.so", real_plugin());
  ASSERT_EQ(std::system(fmt::format("strip {}", file.string()).c_str()), 0);
  EXPECT_LT(fs::file_size(file), real_plugin().size());
  EXPECT_EQ(read_plugin(file).name, "simclr");
  EXPECT_EQ(read_plugin(file).schema.size(), read_plugin(REAL_PLUGIN).schema.size());
}

TEST_F(Descriptor, ListsEveryMismatchInOneSentence) {
  std::string bytes = patched_number(library_, offsetof(D, sdk_version), 7);
  bytes = patched(bytes, offsetof(D, torch_version), "1.13");
  bytes = patched(bytes, offsetof(D, compiler_abi), "clang\0"s);
  bytes = patched(bytes, offsetof(D, kind), "optimiser\0"s);
  bytes = patched(bytes, offsetof(D, name), "Plain");
  const std::string said = refusal_of(bytes);
  EXPECT_THAT(said,
              StartsWith("it does not fit this sslx: SDK version 7 (this is 3), LibTorch 1.13"));
  EXPECT_THAT(said,
              HasSubstr("(this is " FIXTURE_TORCH_VERSION "), compiler ABI 'clang' (this is '"));
  EXPECT_THAT(said, HasSubstr("kind 'optimiser' (method, augmentation or backbone), name 'Plain' "
                              "(lower case, digits and '_'); rebuild it against this sslx"));
}

TEST_F(Descriptor, ListsOneMismatchAlone) {
  EXPECT_EQ(refusal_of(patched_number(library_, offsetof(D, sdk_version), 4)),
            "it does not fit this sslx: SDK version 4 (this is 3); rebuild it against this sslx");
}

TEST_F(Descriptor, TakesAnotherPatchOfTheSameLibTorch) {
  const std::string version = FIXTURE_TORCH_VERSION;
  const std::string other = version.substr(0, version.rfind('.')) + ".9\0"s;
  EXPECT_EQ(refusal_of(patched(library_, offsetof(D, torch_version), other)), "");
}

TEST_F(Descriptor, OfAnotherLayoutOrSize) {
  EXPECT_EQ(refusal_of(patched_number(library_, offsetof(D, layout), 3)),
            "its descriptor has layout 3, and this sslx reads 1; rebuild it against this sslx");
  EXPECT_THAT(refusal_of(patched_number(library_, offsetof(D, parameter_count), 5)),
              StartsWith("its schema holds "));
  EXPECT_THAT(refusal_of(patched_number(library_, offsetof(D, parameter_size), 8)),
              StartsWith("its schema holds "));
  EXPECT_EQ(refusal_of(patched(library_, 0, "X")),
            "its descriptor is damaged; build or copy it again");
}

TEST_F(Descriptor, OfTextWithoutEnd) {
  EXPECT_EQ(refusal_of(patched(library_, offsetof(D, kind), std::string(16, 'a'))),
            "the text of its kind is damaged; build or copy it again");
  EXPECT_EQ(refusal_of(patched(library_, offsetof(D, summary), std::string(160, 'a'))),
            "the text of its summary is damaged; build or copy it again");
}

TEST_F(Descriptor, OfTextThatATerminalWouldObey) {
  EXPECT_EQ(refusal_of(patched(library_, offsetof(D, summary), "\x1b[2J")),
            "the text of its summary is damaged; build or copy it again");
  EXPECT_EQ(refusal_of(patched(library_, offsetof(D, paper), "\xff\xfe")),
            "the text of its paper is damaged; build or copy it again");
  EXPECT_EQ(refusal_of(patched(library_, offsetof(D, paper), "Müller \"x\\y\"\0"s)), "");
}

TEST_F(Descriptor, IsMissing) {
  EXPECT_EQ(refusal(put("other.so", read_bytes(CORE_LIBRARY))),
            "it is a shared library, but no sslx plugin");
}

struct SchemaFault {
  size_t offset;
  std::string bytes;
  const char* said;
};

TEST_F(Descriptor, OfASchemaThatContradictsItself) {
  using P = ParameterSpec;
  const double low = -1;
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  const auto raw = [](const double& x) {
    return std::string(reinterpret_cast<const char*>(&x), 8);
  };
  const std::vector<SchemaFault> faults{
      {offsetof(P, type), "\x09",
       "parameter 1, 'temperature', of its schema has an unknown type; rebuild it"},
      {offsetof(P, default_count), "\x05",
       "parameter 1, 'temperature', of its schema has too many default values"},
      {offsetof(P, default_count), "\0"s,
       "its parameter 'temperature' has 0 default values instead of one; build it again"},
      {offsetof(P, default_numbers), raw(low),
       "the default of its parameter 'temperature', -1, is outside its range, above 0; change the "
       "default or what it may be in the plugin's source, and build it again"},
      {offsetof(P, default_numbers), raw(nothing),
       "the default of its parameter 'temperature', nan, is no number"},
      {offsetof(P, minimum), raw(nothing),
       "parameter 1, 'temperature', of its schema has no sound range"},
      {offsetof(P, name), "\0"s, "parameter 1 of its schema has no sound name"},
      {offsetof(P, name), "width\0"s, "its schema declares the parameter 'width' twice"},
      {offsetof(P, meaning), std::string(200, 'm'),
       "the text of its parameter meaning is damaged"}};
  const size_t schema = library_.find("temperature") - offsetof(P, name);
  for (const SchemaFault& fault : faults) {
    std::string bytes = library_;
    bytes.replace(schema + fault.offset, fault.bytes.size(), fault.bytes);
    EXPECT_THAT(refusal_of(bytes), StartsWith(fault.said));
  }
}

}  // namespace
}  // namespace sslx::test
