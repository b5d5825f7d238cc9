// CIFAR's and STL-10's binary records.
#include "data_fixture.h"

namespace {

using sslx::data::load_dataset;
using sslx::test::write_file;

class Binary : public sslx::test::DataTest {
 protected:
  static std::string record(const std::string& labels, size_t pixels, char value) {
    return labels + std::string(pixels, value);
  }
  void write_cifar10() const {
    for (int batch = 1; batch <= 5; ++batch) {
      const char label = static_cast<char>(batch);
      write_file(folder_ / ("data_batch_" + std::to_string(batch) + ".bin"),
                 record({label}, 3072, label) + record({'\0'}, 3072, '\x7f'));
    }
    write_file(folder_ / "test_batch.bin", record({'\x9'}, 3072, '\x5'));
  }
};

TEST_F(Binary, Cifar10HasItsBatchesInOrder) {
  write_cifar10();
  const auto set = load_dataset(spec("cifar10"));
  EXPECT_EQ(set.train.labels, (std::vector<int64_t>{1, 0, 2, 0, 3, 0, 4, 0, 5, 0}));
  EXPECT_EQ(set.train.pixels[2 * 3072], 2);
  EXPECT_EQ(set.test.labels, std::vector<int64_t>{9});
  EXPECT_EQ(set.class_names[9], "truck");
}

TEST_F(Binary, Cifar10RefusesBrokenRecords) {
  write_cifar10();
  const auto file = folder_ / "data_batch_3.bin";
  write_file(file, record({'\1'}, 3071, 'x'));
  EXPECT_EQ(
      refusal(spec("cifar10")),
      file.string() + ": the file has 3072 bytes, which is no whole number of records of 3073");
  write_file(file, record({'\xa'}, 3072, 'x'));
  EXPECT_EQ(refusal(spec("cifar10")),
            file.string() + ": record 0 has the label 10; it must be below 10");
  write_file(file, "");
  EXPECT_TRUE(refusal(spec("cifar10")).starts_with(file.string()));
}

TEST_F(Binary, Cifar100HasFineAndCoarseLabels) {
  write_file(folder_ / "train.bin", record("\x3\x40", 3072, 'a'));
  write_file(folder_ / "test.bin", record("\x4\x41", 3072, 'a'));
  EXPECT_EQ(load_dataset(spec("cifar100")).train.labels, std::vector<int64_t>{0x40});
  EXPECT_EQ(load_dataset(spec("cifar100", {{"coarse", true}})).train.labels,
            std::vector<int64_t>{3});
}

TEST_F(Binary, Stl10IsTurnedFromColumnsToRows) {
  std::string image(3 * 96 * 96, '\0');
  image[1] = '\x11';       // Channel 0, column 0, row 1.
  image[96 + 0] = '\x22';  // Channel 0, column 1, row 0.
  write_file(folder_ / "train_X.bin", image);
  write_file(folder_ / "train_y.bin", "\x1");
  write_file(folder_ / "test_X.bin", image);
  write_file(folder_ / "test_y.bin", "\xa");
  const auto set = load_dataset(spec("stl10"));
  EXPECT_EQ(set.train.pixels[96], 0x11);
  EXPECT_EQ(set.train.pixels[1], 0x22);
  EXPECT_EQ(set.test.labels, std::vector<int64_t>{9});
  write_file(folder_ / "unlabeled_X.bin", image + image);
  EXPECT_EQ(load_dataset(spec("stl10", {{"unlabeled", true}})).train.labels,
            (std::vector<int64_t>{0, -1, -1}));
  write_file(folder_ / "train_y.bin", "\xb");
  EXPECT_EQ(refusal(spec("stl10")),
            (folder_ / "train_y.bin").string() + ": the file has the label 11; it must be 1 to 10");
}

}  // namespace
