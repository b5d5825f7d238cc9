// Sizes are compared with the memory before it is taken.
#include "host/data/memory.h"

#include <spng.h>
#include <sys/resource.h>

#include "data_fixture.h"
#include "host/data/data_error.h"
#include "host/data/decode.h"

namespace {

using sslx::data::check_memory;
using sslx::data::load_dataset;
using sslx::data::usable_memory;
using sslx::test::gzip;
using sslx::test::idx;
using sslx::test::write_file;

TEST(Memory, MoreThanThereIsIsRefusedInOneSentence) {
  EXPECT_GT(usable_memory(), 0);
  EXPECT_NO_THROW(check_memory(usable_memory(), "they", ""));
  try {
    check_memory(1e30, "its 3 images", "");
    FAIL();
  } catch (const sslx::data::DataError& error) {
    EXPECT_EQ(std::string(error.what()).find("its 3 images take "), 0U);
    EXPECT_NE(std::string(error.what()).find(" in memory, and a process here has "),
              std::string::npos);
  }
}

TEST(Memory, LimitsOfTheProcessCount) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the limit would be the sanitizer's own, which maps terabytes";
#endif
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_DATA, &before), 0);
  rlimit limited = before;
  limited.rlim_cur = 123456789;
  ASSERT_EQ(::setrlimit(RLIMIT_DATA, &limited), 0);
  const double usable = usable_memory();
  ::setrlimit(RLIMIT_DATA, &before);
  EXPECT_EQ(usable, 123456789);
}

class Sizes : public sslx::test::DataTest {};

/// A megabyte that would become a gigabyte of nothing.
TEST_F(Sizes, AnIdxOfZerosIsNotUnpacked) {
  sslx::test::write_idx_set(folder_);
  const auto file = folder_ / "train-images-idx3-ubyte";
  std::filesystem::remove(file);
  const uint32_t count = 400'000;
  write_file(file.string() + ".gz",
             gzip(idx({count, 28, 28}, std::string(size_t{count} * 28 * 28, '\0'))));
  EXPECT_NE(refusal(spec("idx"))
                .find("the header promises 313600000 bytes, more than 200 times "
                      "the file's own"),
            std::string::npos)
      << refusal(spec("idx"));
}

TEST_F(Sizes, AnImageSizeHasALimit) {
  EXPECT_THROW(spec("folder", {{"image_size", 1'000'000'000}}), sslx::Error);
  EXPECT_NO_THROW(spec("folder", {{"image_size", 10'000}}));
}

TEST_F(Sizes, AFolderThatDoesNotFitIsRefusedBeforeItIsDecoded) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the limit would be the sanitizer's own, which maps terabytes";
#endif
  for (const char* part : {"train", "test"}) {
    write_file(folder_ / part / "cat/0.png",
               sslx::test::png(4, 4, SPNG_COLOR_TYPE_TRUECOLOR, 8,
                               [](int, int, int) { return uint8_t{9}; }));
  }
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_DATA, &before), 0);
  rlimit limited = before;
  limited.rlim_cur = 100'000'000;
  ASSERT_EQ(::setrlimit(RLIMIT_DATA, &limited), 0);
  const std::string message = refusal(spec("folder", {{"image_size", 10'000}}));
  ::setrlimit(RLIMIT_DATA, &before);
  EXPECT_EQ(message, folder_.string() +
                         ": its 2 images of 10000 x 10000 pixels (data.image_size) take 0.2 GB in "
                         "memory, and a process here has 0.1 GB");
}

/// A column of pixels: only the rows of its central square are resized.
TEST_F(Sizes, AVeryLongImageCostsWhatItHolds) {
  write_file(folder_ / "long.png",
             sslx::test::png(1, 2'000'001, SPNG_COLOR_TYPE_GRAYSCALE, 8, [](int, int y, int) {
               return static_cast<uint8_t>(y == 1'000'000 ? 200 : 0);
             }));
  const sslx::data::Image image = sslx::data::decode_image(folder_ / "long.png");
  ASSERT_EQ(image.error, "");
  const sslx::data::Image square = sslx::data::centre_square(image, 1000);
  EXPECT_EQ(square.pixels.size(), 1'000'000U);
  EXPECT_EQ(square.pixels[500 * 1000 + 500], 200);
}

}  // namespace
