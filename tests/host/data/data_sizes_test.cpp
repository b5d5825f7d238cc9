// Sizes that are found without pixels must be those of the data set when it is read.
#include "host/data/data_sizes.h"

#include <spng.h>

#include <algorithm>

#include "data_fixture.h"
#include "host/data/fingerprint.h"
#include "host/data/pack.h"

namespace {

using sslx::data::data_identity;
using sslx::data::DataSizes;
using sslx::data::ImageSet;
using sslx::data::LabelCounts;
using sslx::data::load_dataset;
using sslx::test::write_file;

class DataSizesTest : public sslx::test::DataTest {
 protected:
  static LabelCounts counted(const ImageSet& set, size_t classes) {
    LabelCounts out{std::vector<int64_t>(classes), 0};
    for (const int64_t label : set.labels) {
      if (label < 0) {
        ++out.unlabelled;
      } else {
        ++out.classes[static_cast<size_t>(label)];
      }
    }
    return out;
  }
  void agree(const sslx::data::DataSpec& spec) const {
    const auto set = load_dataset(spec);
    const auto sizes = data_identity(spec).sizes;
    ASSERT_TRUE(sizes.has_value()) << spec.name;
    const size_t classes = set.class_names.size();
    EXPECT_EQ(sizes->train.classes, counted(set.train, classes).classes) << spec.name;
    EXPECT_EQ(sizes->train.unlabelled, counted(set.train, classes).unlabelled) << spec.name;
    LabelCounts test = sizes->test;
    test.classes.resize(classes);  // the last may be of no test image
    EXPECT_EQ(test.classes, counted(set.test, classes).classes) << spec.name;
    EXPECT_EQ(sizes->image.channels, set.train.channels) << spec.name;
    EXPECT_EQ(sizes->image.height, set.train.height) << spec.name;
    EXPECT_EQ(sizes->image.width, set.train.width) << spec.name;
  }
};

TEST_F(DataSizesTest, OfShapes) { agree(spec("shapes", {{"train_size", 20}, {"test_size", 9}})); }

/// What is held out of a set in memory is the end of each class, whatever the order.
TEST_F(DataSizesTest, OfWhatIsHeldOut) {
  const auto held =
      spec("shapes", {{"train_size", 40}, {"test_size", 9}, {"held_out_per_class", 2}});
  agree(held);
  const auto whole = load_dataset(spec("shapes", {{"train_size", 40}, {"test_size", 9}}));
  const auto set = load_dataset(held);
  EXPECT_EQ(set.train.size() + set.test.size(), 40);
  const size_t bytes = set.train.image_bytes();
  const auto image = [&](const ImageSet& of, size_t i) {
    const auto begin = of.pixels.begin() + static_cast<std::ptrdiff_t>(i * bytes);
    return std::vector<uint8_t>(begin, begin + static_cast<std::ptrdiff_t>(bytes));
  };
  for (int64_t label = 0; label < std::ssize(set.class_names); ++label) {
    std::vector<std::vector<uint8_t>> expected, parts;
    for (const ImageSet* of : {&set.train, &set.test}) {
      for (size_t i = 0; i < of->labels.size(); ++i) {
        if (of->labels[i] == label) parts.push_back(image(*of, i));
      }
    }
    for (size_t i = 0; i < whole.train.labels.size(); ++i) {
      if (whole.train.labels[i] == label) expected.push_back(image(whole.train, i));
    }
    EXPECT_EQ(parts, expected) << label;
  }
  EXPECT_THROW(load_dataset(spec("shapes", {{"train_size", 40}, {"held_out_per_class", 20}})),
               sslx::Error);
}

TEST_F(DataSizesTest, OfIdx) {
  sslx::test::write_idx_set(folder_);
  agree(spec("idx"));
}

TEST_F(DataSizesTest, OfCifar) {
  const std::string image(3072, 'x');
  for (int batch = 1; batch <= 5; ++batch) {
    write_file(folder_ / ("data_batch_" + std::to_string(batch) + ".bin"),
               std::string(1, static_cast<char>(batch)) + image + std::string(1, '\0') + image);
  }
  write_file(folder_ / "test_batch.bin", "\x9" + image);
  agree(spec("cifar10"));
  write_file(folder_ / "train.bin", "\x3\x40" + image + "\x4\x41" + image);
  write_file(folder_ / "test.bin", "\x4\x41" + image);
  agree(spec("cifar100"));
  agree(spec("cifar100", {{"coarse", true}}));
}

TEST_F(DataSizesTest, OfStl10WithAndWithoutTheUnlabelled) {
  const std::string image(3 * 96 * 96, 'x');
  write_file(folder_ / "train_X.bin", image + image + image);
  write_file(folder_ / "train_y.bin", "\x1\xa\x1");
  write_file(folder_ / "test_X.bin", image);
  write_file(folder_ / "test_y.bin", "\x2");
  write_file(folder_ / "unlabeled_X.bin", image + image);
  agree(spec("stl10"));
  agree(spec("stl10", {{"unlabeled", true}}));
}

TEST_F(DataSizesTest, OfAFolderAndItsPack) {
  const std::string image = sslx::test::png(4, 4, 2, 8, [](int, int, int) { return 9; });
  for (const char* file : {"train/cat/a.png", "train/cat/b.png", "train/dog/deep/c.png",
                           "test/cat/a.png", "test/dog/a.png"}) {
    write_file(folder_ / file, image);
  }
  agree(spec("folder"));
  agree(spec("images"));
  const auto pack = folder_ / "x.pack";
  write_pack(load_dataset(spec("folder")), {}, pack);
  sslx::data::DataSpec packed = sslx::data::data_spec({{"name", "pack"}}, pack);
  agree(packed);
}

/// One gray image of a folder says nothing of the others.
TEST_F(DataSizesTest, ChannelsOfAFolderAreKnownByAnImageThatHasColour) {
  const auto image = [](int type) {
    return sslx::test::png(4, 6, type, 8, [](int, int, int) { return 9; });
  };
  write_file(folder_ / "train/cat/a.png", image(SPNG_COLOR_TYPE_GRAYSCALE));
  write_file(folder_ / "train/cat/b.png", image(SPNG_COLOR_TYPE_TRUECOLOR));
  EXPECT_EQ(data_identity(spec("folder")).sizes->image.channels, 0);
  write_file(folder_ / "train/cat/a.png", image(SPNG_COLOR_TYPE_TRUECOLOR));
  EXPECT_EQ(data_identity(spec("folder")).sizes->image.channels, 3);
  EXPECT_EQ(data_identity(spec("folder")).sizes->image.height, 6);
  EXPECT_EQ(data_identity(spec("folder", {{"image_size", 5}})).sizes->image.width, 5);
}

TEST_F(DataSizesTest, OfASubset) {
  const LabelCounts counts{{5, 2, 9}, 4};
  EXPECT_EQ(counts.least(), 2);
  EXPECT_EQ(counts.labelled(), 16);
  EXPECT_EQ(counts.labelled(3), 8);
  EXPECT_EQ(LabelCounts{}.least(), 0);
}

}  // namespace
