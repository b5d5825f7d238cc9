// A library that is cut short or has wrong bytes in it is refused or read, and never ends the
// process: the reader is the only thing between a bad copy and the sweep.
#include <random>

#include "host/plugins/plugin_file.h"
#include "plugin_fixture.h"

namespace sslx::test {
namespace {

class Corruption : public PluginTest {};

TEST_F(Corruption, CutAtEach64thOfItsLength) {
  for (const std::string& library : {fixture("plain"), real_plugin()}) {
    for (size_t part = 0; part < 64; ++part) {
      const fs::path file = put("x.so", library.substr(0, library.size() * part / 64));
      EXPECT_THAT(refusal(file), testing::AnyOf("it is empty", testing::HasSubstr("cut short")))
          << part;
    }
    EXPECT_THAT(refusal(put("x.so", library.substr(0, library.size() - 1))),
                testing::HasSubstr("cut short"));
  }
}

TEST_F(Corruption, CutAtEachByteOfTheHeader) {
  for (size_t size = 1; size < 200; ++size) {
    EXPECT_THAT(refusal(put("x.so", real_plugin().substr(0, size))),
                testing::HasSubstr("cut short"))
        << size;
  }
}

TEST_F(Corruption, EachBitOfTheDescriptor) {
  const std::string library = fixture("plain");
  const fs::path file = folder_ / "x.so";
  for (size_t byte = 0; byte < sizeof(PluginDescriptor); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      const size_t at = library.find(std::string(kDescriptorMagic) + '\1') + byte;
      const auto flipped = static_cast<char>(library[at] ^ (1 << bit));
      put("x.so", patched(library, byte, std::string(1, flipped)));
      const auto result = inspect_plugin(file);
      if (const auto* refused = std::get_if<RefusedPlugin>(&result)) {
        EXPECT_FALSE(refused->reason.empty());
      }
    }
  }
}

/// Where a corruption strikes: the headers, the section table at the end, or anywhere.
size_t struck(std::mt19937& random, size_t size) {
  const size_t area = random() % 3;
  if (area == 0) return random() % std::min<size_t>(size, 1024);
  if (area == 1) return size - 1 - random() % std::min<size_t>(size, 4096);
  return random() % size;
}

void strike(const std::string& library, const std::function<void(const std::string&)>& write) {
  std::mt19937 random(20260101);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = library;
    const size_t count = 1 + random() % 8;
    for (size_t i = 0; i < count; ++i) {
      bytes[struck(random, bytes.size())] = static_cast<char>(random());
    }
    write(bytes);
  }
}

TEST_F(Corruption, TwoThousandRandomOnes) {
  int refused = 0;
  strike(real_plugin(), [&](const std::string& bytes) {
    refused += std::holds_alternative<RefusedPlugin>(inspect_plugin(put("x.so", bytes))) ? 1 : 0;
  });
  EXPECT_GT(refused, 100);
  strike(fixture("plain"), [&](const std::string& bytes) { inspect_plugin(put("y.so", bytes)); });
}

}  // namespace
}  // namespace sslx::test
