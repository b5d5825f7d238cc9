// A data set that brings four views of each scene, a folder a view.
#include <spng.h>
#include <sslx/error.h>

#include "data_fixture.h"
#include "host/data/fingerprint.h"
#include "host/data/pack.h"

namespace {

using sslx::data::Dataset;
using sslx::data::load_dataset;
using sslx::test::png;
using sslx::test::write_file;

const std::vector<std::string> kViews{"image", "depth", "normals", "segmentation"};

class ViewFolders : public sslx::test::DataTest {
 protected:
  void SetUp() override {
    DataTest::SetUp();
    for (const std::string& view : kViews) write_view(view);
  }
  /// The place of channel `c` of scene `i` of a view: a value of its own.
  static uint8_t value(size_t view, int scene, int channel) {
    return static_cast<uint8_t>(60 * view + 10 * static_cast<size_t>(scene) + channel);
  }
  void write_view(const std::string& name) const {
    const auto view = static_cast<size_t>(std::ranges::find(kViews, name) - kViews.begin());
    const int colour = view % 2 == 0 ? SPNG_COLOR_TYPE_TRUECOLOR : SPNG_COLOR_TYPE_GRAYSCALE;
    int scene = 0;
    for (const char* file :
         {"train/cat/1", "train/cat/2", "train/dog/1", "test/cat/1", "test/dog/1"}) {
      const auto paint = [&, number = scene++](int, int, int c) { return value(view, number, c); };
      write_file(folder_ / name / (std::string(file) + ".png"), png(4, 3, colour, 8, paint));
    }
  }
  sslx::data::DataSpec views(nlohmann::json options = nlohmann::json::object()) const {
    options["views"] = kViews;
    return spec("folder", std::move(options));
  }
};

void expect_stacked(const Dataset& set) {
  ASSERT_EQ(set.sources.size(), 4U);
  EXPECT_EQ(set.sources[1].name, "depth");
  std::vector<int64_t> channels;
  for (const auto& source : set.sources) channels.push_back(source.channels);
  EXPECT_EQ(channels, (std::vector<int64_t>{3, 1, 3, 1}));
  EXPECT_EQ(set.train.channels, 8);
  // Scene 2: the first pixel of each of its planes.
  std::vector<int> planes;
  for (size_t c = 0; c < 8; ++c) planes.push_back(set.train.pixels[2 * 96 + 12 * c]);
  EXPECT_EQ(planes, (std::vector<int>{20, 21, 22, 80, 140, 141, 142, 200}));
}

TEST_F(ViewFolders, StackTheViewsOfAScene) {
  const Dataset set = load_dataset(views());
  EXPECT_EQ(set.class_names, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(set.train.labels, (std::vector<int64_t>{0, 0, 1}));
  expect_stacked(set);
  EXPECT_EQ(load_dataset(views({{"image_size", 2}, {"train_per_class", 1}})).train.size(), 2);
}

TEST_F(ViewFolders, KeepTheirViewsInAPack) {
  auto packed = spec("pack");
  packed.path = folder_ / "views.pack";
  sslx::data::write_pack(load_dataset(views()), {}, packed.path);
  expect_stacked(load_dataset(packed));
}

TEST_F(ViewFolders, AllCountForTheFingerprint) {
  const std::string before = sslx::data::data_fingerprint(views());
  EXPECT_EQ(sslx::data::data_fingerprint(views()), before);
  write_file(folder_ / "normals/test/dog/1.png",
             png(4, 3, SPNG_COLOR_TYPE_TRUECOLOR, 8, [](int, int, int) { return uint8_t{1}; }));
  EXPECT_NE(sslx::data::data_fingerprint(views()), before);
}

TEST_F(ViewFolders, MustHaveTheSameScenes) {
  const auto gone = folder_ / "normals/train/cat/2.png";
  std::filesystem::remove(gone);
  const std::string sentence =
      ": there is no image of this name, but the view 'image' has one; every view must have the "
      "same";
  EXPECT_EQ(refusal(views()), (folder_ / "normals/train/cat/2").string() + sentence);
  write_view("normals");
  write_file(folder_ / "depth/test/cat/9.png",
             sslx::test::read_file(folder_ / "depth/test/cat/1.png"));
  EXPECT_EQ(refusal(views()).find((folder_ / "image/test/cat/9").string() +
                                  ": there is no image of this name, but the view 'depth' has one"),
            0U);
  std::filesystem::remove_all(folder_ / "segmentation");
  EXPECT_NE(refusal(views()).find("segmentation/train is not there"), std::string::npos);
}

/// A JPEG of the scene may have its depth in a PNG; two files of one name may not be.
TEST_F(ViewFolders, MayDifferInTheirFilesEndings) {
  std::filesystem::remove(folder_ / "image/train/dog/1.png");
  const std::string photograph =
      sslx::test::jpeg(4, 3, 3, [](int, int, int) { return uint8_t{9}; });
  write_file(folder_ / "image/train/dog/1.jpg", photograph);
  EXPECT_NEAR(load_dataset(views()).train.pixels[2 * 96], 9, 1);
  write_file(folder_ / "image/train/dog/1.jpeg", photograph);
  EXPECT_NE(refusal(views()).find("another image has this name too"), std::string::npos);
}

TEST_F(ViewFolders, AnUnreadableViewTakesTheSceneOut) {
  const auto bad = folder_ / "depth/train/cat/1.png";
  write_file(bad, "broken");
  EXPECT_EQ(refusal(views()).find(bad.string()), 0U);
  const Dataset set = load_dataset(views({{"unreadable_limit", 1}}));
  EXPECT_EQ(set.train.labels, (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(set.train.pixels[96 + 12 * 3], 80);
}

TEST_F(ViewFolders, MustHaveOneSize) {
  write_file(folder_ / "depth/train/cat/1.png",
             png(5, 3, SPNG_COLOR_TYPE_GRAYSCALE, 8, [](int, int, int) { return uint8_t{1}; }));
  EXPECT_EQ(
      refusal(views()),
      (folder_ / "depth/train/cat/1.png").string() +
          ": the image is 5 x 3 pixels and the scene's first view 4 x 3; the views of a scene "
          "must have one size");
}

TEST_F(ViewFolders, AreNamedInAListOfDifferentWords) {
  for (const nlohmann::json& wrong : {nlohmann::json("depth"), nlohmann::json::array(),
                                      nlohmann::json{"depth", "depth"}, nlohmann::json{"../x"}}) {
    EXPECT_THROW(spec("folder", {{"views", wrong}}), sslx::Error) << wrong.dump();
  }
  EXPECT_THROW(spec("folder", {{"views", kViews}, {"decode", "scaled"}}), sslx::Error);
  EXPECT_THROW(spec("shapes", {{"views", kViews}}), sslx::Error);
  EXPECT_FALSE(spec("folder").options.contains("views"));
}

}  // namespace
