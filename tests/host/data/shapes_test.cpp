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

/// Image 0 is a disc: its mask's area and middle are its circle's, and the plain picture is the
/// view "image".
TEST_F(Shapes, BringTheirViewsOneAfterTheOther) {
  const Dataset plain = draw();
  const Dataset set = draw({{"views", {"image", "mask", "depth", "edges"}}});
  EXPECT_EQ(set.train.channels, 6);
  ASSERT_EQ(set.sources.size(), 4U);
  EXPECT_EQ(set.sources[1].name, "mask");
  EXPECT_EQ(set.sources[1].channels, 1);
  constexpr size_t kPlane = 32 * 32;
  const uint8_t* views = set.train.pixels.data();
  EXPECT_TRUE(std::equal(views, views + 3 * kPlane, plain.train.pixels.data()));
  const uint8_t* mask = views + 3 * kPlane;
  const uint8_t* depth = mask + kPlane;
  double inside = 0;
  double near = 0;
  double far = 0;
  for (size_t i = 0; i < kPlane; ++i) {
    inside += mask[i] > 127 ? 1 : 0;
    near += mask[i] == 255 ? depth[i] : 0;
    far += mask[i] == 0 ? depth[i] : 0;
  }
  // 0.85 of a radius between 0.22 and 0.4 of 32 pixels.
  EXPECT_GT(inside, 3.14 * 5.98 * 5.98 - 20);
  EXPECT_LT(inside, 3.14 * 10.88 * 10.88 + 20);
  EXPECT_GT(near / inside, 0.55 * 255);
  EXPECT_LT(far / (kPlane - inside), 0.45 * 255);
}

/// Of images that share everything only the noise differs.
TEST_F(Shapes, APartnerSharesWhatIsAsked) {
  const auto apart = [&](const std::vector<std::string>& shares) {
    const Dataset set = draw({{"views", {"image", "partner"}}, {"shares", shares}});
    constexpr size_t kPicture = 3 * 32 * 32;
    double out = 0;
    for (size_t i = 0; i < 80; ++i) {
      const uint8_t* image = set.train.pixels.data() + 2 * i * kPicture;
      for (size_t at = 0; at < kPicture; ++at) out += std::abs(image[at] - image[kPicture + at]);
    }
    return out / 80 / kPicture;
  };
  EXPECT_LT(apart({"shape", "colour", "place", "turn"}), 12);  // two noises of 0.06 apart
  const double shape = apart({"shape"});
  const double colour = apart({"shape", "colour"});
  EXPECT_GT(shape, 50);
  EXPECT_LT(colour, 0.8 * shape);
  EXPECT_GT(colour, 15);
}

TEST_F(Shapes, TextureAndClutterAreNoPartOfTheClass) {
  const Dataset plain = draw({{"views", nlohmann::json::array({"mask"})}});
  const Dataset busy =
      draw({{"views", nlohmann::json::array({"mask"})}, {"texture", 0.2}, {"clutter", 3}});
  EXPECT_EQ(plain.train.pixels, busy.train.pixels);
  EXPECT_NE(draw().train.pixels, draw({{"texture", 0.2}}).train.pixels);
  EXPECT_NE(draw().train.pixels, draw({{"clutter", 3}}).train.pixels);
}

TEST_F(Shapes, RefuseViewsThatTheyDoNotHave) {
  const auto message = [&](const nlohmann::json& options) -> std::string {
    try {
      spec("shapes", options);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message({{"views", {"image", "normals"}}}),
            "data: data.views is [\"image\",\"normals\"]; it must be a list of different words of "
            "image, edges, depth, mask, partner");
  EXPECT_EQ(message({{"shares", nlohmann::json::array({"shape"})}}),
            "data: data.shares is what a partner shares, and data.views has none; it must be left "
            "out");
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
