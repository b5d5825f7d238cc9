#include <spng.h>

#include "data_fixture.h"
#include "host/data/fingerprint.h"

namespace {

using sslx::data::data_available;
using sslx::data::data_fingerprint;
using sslx::data::for_each_image;
using sslx::data::load_dataset;
using sslx::test::jpeg;
using sslx::test::png;
using sslx::test::write_file;

class Folder : public sslx::test::DataTest {
 protected:
  static std::string flat_png(int side, uint8_t value) {
    return png(side, side, SPNG_COLOR_TYPE_TRUECOLOR, 8, [=](int, int, int) { return value; });
  }
  void write_set(const std::string& test = "test") const {
    for (const std::string& part : {std::string("train"), test}) {
      for (int i = 0; i < 3; ++i) {
        const std::string name = std::to_string(i) + ".png";
        write_file(folder_ / part / "bird" / name, flat_png(4, static_cast<uint8_t>(i)));
        write_file(folder_ / part / "cat" / name, flat_png(4, static_cast<uint8_t>(100 + i)));
      }
    }
  }
};

TEST_F(Folder, HasItsClassesAndFilesInOrder) {
  write_set();
  const auto set = load_dataset(spec("folder"));
  EXPECT_EQ(set.class_names, (std::vector<std::string>{"bird", "cat"}));
  EXPECT_EQ(set.train.labels, (std::vector<int64_t>{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(set.train.pixels[4 * 48], 101);
  EXPECT_EQ(load_dataset(spec("folder", {{"train_per_class", 2}})).train.size(), 4);
}

TEST_F(Folder, HoldsOutTheLastImagesOfEachClass) {
  write_set();
  for (const char* decode : {"once", "exact"}) {
    const auto set = load_dataset(spec("folder", {{"held_out_per_class", 1}, {"decode", decode}}));
    EXPECT_EQ(set.train.labels, (std::vector<int64_t>{0, 0, 1, 1}));
    EXPECT_EQ(set.test.labels, (std::vector<int64_t>{0, 1}));
    std::vector<int> first;
    for_each_image(set.test, [&](std::span<const uint8_t> image) { first.push_back(image[0]); });
    EXPECT_EQ(first, (std::vector<int>{2, 102})) << decode;
  }
  const nlohmann::json both{{"held_out_per_class", 1}, {"train_per_class", 1}};
  EXPECT_EQ(load_dataset(spec("folder", both)).train.pixels[48], 100)
      << "the first of what is left";
  EXPECT_THROW(load_dataset(spec("folder", {{"held_out_per_class", 3}})), sslx::Error);
  EXPECT_FALSE(spec("folder").options.contains("held_out_per_class"));
}

TEST_F(Folder, MayHaveValForTest) {
  write_set("val");
  EXPECT_EQ(load_dataset(spec("folder")).test.size(), 6);
}

TEST_F(Folder, MayHaveNoTestImages) {
  write_set();
  std::filesystem::remove_all(folder_ / "test");
  for (const char* decode : {"once", "exact"}) {
    const auto set = load_dataset(spec("folder", {{"decode", decode}}));
    EXPECT_EQ(set.train.size(), 6);
    EXPECT_EQ(set.test.size(), 0);
    EXPECT_EQ(set.test.width, 4);
  }
  EXPECT_TRUE(data_available(spec("folder")));
  EXPECT_FALSE(data_available(spec("stl10")));
}

TEST_F(Folder, OfImagesWithoutLabelsIsAllThatLiesBelowIt) {
  write_set();
  write_file(folder_ / "loose.png", flat_png(4, 9));
  write_file(folder_ / "deep/down/here.png", flat_png(4, 8));
  write_file(folder_ / "notes.txt", "no image");
  for (const char* decode : {"once", "exact"}) {
    const auto set = load_dataset(spec("images", {{"decode", decode}}));
    EXPECT_EQ(set.train.labels, std::vector<int64_t>(14, -1));
    EXPECT_EQ(set.test.size(), 0);
    EXPECT_TRUE(set.class_names.empty());
    EXPECT_EQ(set.left_out.at(".txt").count, 1);
    std::vector<int> first;
    for_each_image(set.train, [&](auto image) { first.push_back(image[0]); });
    EXPECT_EQ(first, (std::vector<int>{8, 9, 0, 1, 2, 100, 101, 102, 0, 1, 2, 100, 101, 102}));
  }
  EXPECT_EQ(load_dataset(spec("images", {{"train_images", 3}})).train.size(), 3);
  EXPECT_EQ(refusal(spec("images", {{"train_images", 15}})),
            folder_.string() +
                ": there are 14 images below the folder (left out: .txt (1, as "
                "notes.txt)); there must be at least 15");
  EXPECT_TRUE(data_available(spec("images")));
  const std::string fingerprint = data_fingerprint(spec("images"));
  EXPECT_NE(fingerprint, data_fingerprint(spec("folder")));
  write_file(folder_ / "deep/down/here.png", flat_png(4, 7));
  EXPECT_NE(data_fingerprint(spec("images")), fingerprint);
}

TEST_F(Folder, OneUnreadableImageIsNamedAndCounted) {
  write_set();
  const auto bad = folder_ / "train" / "bird" / "1.png";
  write_file(bad, "broken");
  EXPECT_EQ(refusal(spec("folder")), bad.string() +
                                         ": the file is no JPEG, PNG or WebP (1 unreadable in all, "
                                         "data.unreadable_limit is 0)");
  const auto set = load_dataset(spec("folder", {{"unreadable_limit", 1}}));
  EXPECT_EQ(set.unreadable, 1);
  EXPECT_EQ(set.warnings, std::vector<std::string>{"left out " + bad.string() +
                                                   ": the file is no JPEG, PNG or WebP"});
  // The labels of the others do not shift.
  EXPECT_EQ(set.train.labels, (std::vector<int64_t>{0, 0, 1, 1, 1}));
  EXPECT_EQ(set.train.pixels[48], 2);
}

TEST_F(Folder, AForgivenImageIsMissingFromItsClass) {
  write_set();
  write_file(folder_ / "train" / "bird" / "1.png", "broken");
  const auto set = load_dataset(spec("folder", {{"unreadable_limit", 1}, {"train_per_class", 2}}));
  EXPECT_EQ(set.unreadable, 1);
  EXPECT_EQ(set.train.labels, (std::vector<int64_t>{0, 1, 1}));
}

TEST_F(Folder, ATestClassWithoutTrainingImagesIsAnError) {
  write_set();
  std::filesystem::create_directories(folder_ / "test/zebra");
  EXPECT_EQ(refusal(spec("folder")), (folder_ / "test/zebra").string() +
                                         ": the training images have no folder of this class");
}

TEST_F(Folder, NeedsOneSizeOrAnImageSize) {
  write_set();
  write_file(folder_ / "train" / "cat" / "2.png", flat_png(6, 9));
  EXPECT_EQ(refusal(spec("folder")),
            (folder_ / "train/cat/2.png").string() +
                ": the image is 6 x 6 pixels and the first one 4 x 4; set data.image_size to bring "
                "all to one size");
  EXPECT_EQ(load_dataset(spec("folder", {{"image_size", 8}})).train.width, 8);
}

TEST_F(Folder, GrayAmongColourBecomesColour) {
  write_set();
  write_file(folder_ / "train/bird/0.png",
             jpeg(4, 4, 1, [](int, int, int) { return uint8_t{77}; }));
  const auto set = load_dataset(spec("folder"));
  EXPECT_EQ(set.train.channels, 3);
  for (const size_t i : {0, 16, 32}) EXPECT_NEAR(set.train.pixels[i], 77, 1);
}

TEST_F(Folder, NamesWhatIsMissing) {
  EXPECT_TRUE(refusal(spec("folder")).find("/train is not there") != std::string::npos);
  write_set();
  std::filesystem::remove_all(folder_ / "test/cat");
  EXPECT_EQ(refusal(spec("folder")),
            (folder_ / "test/cat").string() + ": the folder of this class is missing");
  std::filesystem::create_directories(folder_ / "test/cat");
  EXPECT_EQ(refusal(spec("folder")), (folder_ / "test/cat").string() +
                                         ": the folder holds 0 images; it must hold at least 1");
}

}  // namespace
