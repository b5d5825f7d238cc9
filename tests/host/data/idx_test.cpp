#include <sslx/error.h>

#include "data_fixture.h"

namespace {

using sslx::data::load_dataset;
using sslx::test::gzip;
using sslx::test::idx;
using sslx::test::read_file;
using sslx::test::write_file;
using sslx::test::write_idx_set;

class Idx : public sslx::test::DataTest {};

TEST_F(Idx, IsReadPlainAndGzipped) {
  write_idx_set(folder_);
  const auto plain = load_dataset(spec("idx"));
  EXPECT_EQ(plain.train.size(), 4);
  EXPECT_EQ(plain.train.height, 2);
  EXPECT_EQ(plain.train.width, 3);
  EXPECT_EQ(plain.train.pixels[7], 7);
  EXPECT_EQ(plain.train.labels, (std::vector<int64_t>{0, 1, 0, 1}));
  EXPECT_EQ(plain.test.labels, (std::vector<int64_t>{1, 0}));
  EXPECT_EQ(plain.class_names.size(), 2U);
  const auto file = folder_ / "train-images-idx3-ubyte";
  write_file(file.string() + ".gz", gzip(read_file(file)));
  std::filesystem::remove(file);
  EXPECT_EQ(load_dataset(spec("idx")).train.pixels, plain.train.pixels);
}

TEST_F(Idx, TakesTheFirstOfEachClass) {
  write_idx_set(folder_);
  const auto set = load_dataset(spec("idx", {{"train_per_class", 1}}));
  EXPECT_EQ(set.train.labels, (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(set.train.pixels.size(), 12U);
  EXPECT_EQ(set.train.pixels[6], 6);
  EXPECT_EQ(refusal(spec("idx", {{"train_per_class", 3}})),
            "data.train_per_class is 3, but a class has only 2 images; it must be at most that");
}

TEST_F(Idx, NamesAMissingFile) {
  EXPECT_EQ(refusal(spec("idx")), "data set 'idx': " + folder_.string() +
                                      "/train-images-idx3-ubyte.gz is not there; data.path must be "
                                      "the folder that holds it");
}

TEST_F(Idx, CutAtEveryByteIsRefusedByName) {
  write_idx_set(folder_);
  for (const char* name : {"train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}) {
    const auto file = folder_ / name;
    const std::string whole = read_file(file);
    for (size_t length = 0; length < whole.size(); ++length) {
      write_file(file, whole.substr(0, length));
      EXPECT_TRUE(refusal(spec("idx")).starts_with(file.string())) << length;
    }
    write_file(file, whole + "x");
    EXPECT_TRUE(refusal(spec("idx")).starts_with(file.string()));
    write_file(file, whole);
  }
}

TEST_F(Idx, GzipCutAtEveryByteIsRefusedByName) {
  write_idx_set(folder_);
  const auto plain = folder_ / "train-images-idx3-ubyte";
  const std::string whole = gzip(read_file(plain));
  std::filesystem::remove(plain);
  const auto file = folder_ / "train-images-idx3-ubyte.gz";
  for (size_t length = 0; length < whole.size(); ++length) {
    write_file(file, whole.substr(0, length));
    EXPECT_TRUE(refusal(spec("idx")).starts_with(file.string())) << length;
  }
}

TEST_F(Idx, FashionMnistHasTenClasses) {
  write_idx_set(folder_);
  write_file(folder_ / "train-labels-idx1-ubyte", idx({4}, std::string("\0\1\0\xfa", 4)));
  EXPECT_EQ(refusal(spec("fashion-mnist", {{"train_per_class", 1}})),
            (folder_ / "train-labels-idx1-ubyte").string() +
                ": the labels are 0 to 250; those of Fashion-MNIST are 0 to 9");
}

TEST_F(Idx, ImagesHavePixels) {
  write_idx_set(folder_);
  write_file(folder_ / "train-images-idx3-ubyte", idx({4, 0, 3}, ""));
  EXPECT_TRUE(
      refusal(spec("idx")).ends_with("its images are 3 x 0 pixels; they must have at least one"));
}

TEST_F(Idx, AGzipBombIsReadNoFurtherThanItsHeader) {
  write_idx_set(folder_);
  const auto plain = folder_ / "train-images-idx3-ubyte";
  std::filesystem::remove(plain);
  write_file(plain.string() + ".gz", gzip(idx({4, 2, 3}, std::string(size_t{64} << 20, '\0'))));
  EXPECT_TRUE(refusal(spec("idx")).ends_with("the header promises 24 bytes, but more follow it"));
}

TEST_F(Idx, RefusesWhatDoesNotFitTogether) {
  write_idx_set(folder_);
  write_file(folder_ / "train-labels-idx1-ubyte", idx({3}, "abc"));
  EXPECT_TRUE(refusal(spec("idx"))
                  .ends_with("the file has 3 labels for the 4 images of train-images-idx3-ubyte"));
  write_idx_set(folder_);
  write_file(folder_ / "t10k-labels-idx1-ubyte", idx({2}, std::string("\1\7", 2)));
  EXPECT_TRUE(
      refusal(spec("idx")).ends_with("the label 7 is no class of the training set, which has 2"));
  write_file(folder_ / "train-images-idx3-ubyte", idx({0xFFFFFFFFU, 0xFFFFFFFFU, 0xFFFFFFFFU}, ""));
  EXPECT_NE(refusal(spec("idx")).find("the header promises"), std::string::npos);
  write_file(folder_ / "train-images-idx3-ubyte", "no IDX at all, but long enough");
  EXPECT_NE(refusal(spec("idx")).find("its magic number is 0x6e6f2049"), std::string::npos);
}

}  // namespace
