#include <sslx/detail/digest.h>

#include <set>

#include "data_fixture.h"

namespace {

using sslx::data::Dataset;
using sslx::data::load_dataset;

class Shapes : public sslx::test::DataTest {
 protected:
  Dataset draw(const nlohmann::json& changes = nlohmann::json::object()) const {
    nlohmann::json options{{"train_size", 80}, {"test_size", 16}};
    options.update(changes);
    return load_dataset(spec("shapes", options));
  }
};

TEST_F(Shapes, AreBalancedAndOfTheAskedSize) {
  const Dataset set = draw({{"size", 24}});
  EXPECT_EQ(set.train.size(), 80);
  EXPECT_EQ(set.train.width, 24);
  EXPECT_EQ(set.class_names.size(), 8U);
  for (int64_t label = 0; label < 8; ++label) {
    EXPECT_EQ(std::count(set.train.labels.begin(), set.train.labels.end(), label), 10);
  }
}

TEST_F(Shapes, AreTheSameForTheSameSeedOnly) {
  EXPECT_EQ(draw().train.pixels, draw().train.pixels);
  EXPECT_NE(draw().train.pixels, draw({{"shape_seed", 1}}).train.pixels);
  const Dataset more = draw({{"train_size", 160}});
  const Dataset less = draw();
  EXPECT_TRUE(
      std::equal(less.train.pixels.begin(), less.train.pixels.end(), more.train.pixels.begin()));
  EXPECT_NE(std::vector(more.test.pixels.begin(), more.test.pixels.begin() + 3072),
            std::vector(more.train.pixels.begin(), more.train.pixels.begin() + 3072));
}

TEST_F(Shapes, AreTheKnownImages) {
  const Dataset set = draw();
  const std::string_view bytes(reinterpret_cast<const char*>(set.train.pixels.data()),
                               set.train.pixels.size());
  EXPECT_EQ(sslx::sha256_hex(bytes),
            "76fe4d927ba4b80a10a1eca72fa3e74f5a071b02c2e8a11a7b70b0054bda94b6");
}

TEST_F(Shapes, AreTooManyForAnyMemory) {
  EXPECT_EQ(refusal(spec("shapes", {{"train_size", 10000000}, {"size", 1024}})),
            "data.train_size is 10000000 at 1024 x 1024 pixels, which is more than 64 GiB");
}

TEST_F(Shapes, AreAllDifferent) {
  const Dataset set = draw();
  std::set<std::string> digests;
  for (size_t i = 0; i < 80; ++i) {
    const auto* begin = reinterpret_cast<const char*>(set.train.pixels.data()) + i * 3072;
    digests.insert(sslx::sha256_hex({begin, 3072}));
  }
  EXPECT_EQ(digests.size(), 80U);
}

TEST_F(Shapes, DoNotTellTheirClassByColour) {
  // Mean colour by class over many images: no class stands apart from the others.
  const Dataset set = draw({{"train_size", 4000}, {"size", 8}});
  std::array<double, 8> mean{};
  for (size_t i = 0; i < 4000; ++i) {
    for (size_t p = 0; p < 64; ++p) mean[i % 8] += set.train.pixels[i * 192 + p] / 64.0 / 500.0;
  }
  const auto [least, most] = std::minmax_element(mean.begin(), mean.end());
  EXPECT_LT(*most - *least, 15);
}

}  // namespace
