// Real images: Fashion-MNIST of Debian's package, and all of CIFAR-10 as a folder of JPEG files,
// which is unpacked outside the checkout. Skipped, with the reason, where they are not.
#include <cstdlib>

#include "data_fixture.h"
#include "host/data/fingerprint.h"

namespace {

namespace fs = std::filesystem;
using sslx::data::load_dataset;

double channel_mean(const sslx::data::ImageSet& set, size_t channel) {
  const auto area = static_cast<size_t>(set.height * set.width);
  double sum = 0;
  for (size_t image = 0; image < set.labels.size(); ++image) {
    const size_t start = image * set.image_bytes() + channel * area;
    for (size_t i = 0; i < area; ++i) sum += set.pixels[start + i];
  }
  return sum / 255.0 / static_cast<double>(area * set.labels.size());
}

TEST(RealImages, FashionMnistIsWholeAndHasItsKnownMean) {
  const auto spec = sslx::data::data_spec({{"name", "fashion-mnist"}}, "");
  if (!sslx::data::data_available(spec)) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
  const auto set = load_dataset(spec);
  EXPECT_EQ(set.train.size(), 60000);
  EXPECT_EQ(set.test.size(), 10000);
  EXPECT_EQ(set.train.width, 28);
  EXPECT_NEAR(channel_mean(set.train, 0), 0.2860, 1e-4);
  for (int64_t label = 0; label < 10; ++label) {
    EXPECT_EQ(std::count(set.train.labels.begin(), set.train.labels.end(), label), 6000);
  }
}

/// The unpacked folder, or "" and why not. Unpacked under a temporary name first, so that it is
/// whole.
fs::path cifar10_folder(std::string& why) {
  if (const char* given = std::getenv("SSLX_CIFAR10"); given != nullptr) return given;
  const char* source = std::getenv("SSLX_SOURCE_DIR");
  const fs::path archive =
      fs::path(source == nullptr ? "." : source) / "../shared/data/cifar10-jpeg.tar.xz";
  const fs::path folder = fs::temp_directory_path() / "sslx-cifar10";
  if (fs::exists(folder)) return folder;
  if (!fs::exists(archive)) {
    why = "there is no ../shared/data/cifar10-jpeg.tar.xz beside the checkout and no $SSLX_CIFAR10";
    return "";
  }
  const fs::path part = folder.string() + ".part";
  fs::remove_all(part);
  fs::create_directories(part);
  const std::string command = "tar -xJf '" + archive.string() + "' -C '" + part.string() + "'";
  if (std::system(command.c_str()) != 0) {
    why = "the archive of CIFAR-10 could not be unpacked";
    return "";
  }
  fs::rename(part, folder);
  return folder;
}

TEST(RealImages, Cifar10AsJpegFilesIsWholeAndHasItsKnownMean) {
  std::string why;
  const fs::path folder = cifar10_folder(why);
  if (folder.empty()) GTEST_SKIP() << why;
  const auto set = load_dataset(sslx::data::data_spec({{"name", "folder"}}, folder));
  EXPECT_EQ(set.train.size(), 50000);
  EXPECT_EQ(set.test.size(), 10000);
  EXPECT_EQ(set.train.channels, 3);
  EXPECT_EQ(set.train.width, 32);
  EXPECT_EQ(set.class_names.front(), "airplane");
  EXPECT_EQ(set.class_names.back(), "truck");
  EXPECT_EQ(set.unreadable, 0);
  // The means of the original; JPEG moves them by less than this.
  EXPECT_NEAR(channel_mean(set.train, 0), 0.4914, 2e-3);
  EXPECT_NEAR(channel_mean(set.train, 1), 0.4822, 2e-3);
  EXPECT_NEAR(channel_mean(set.train, 2), 0.4465, 2e-3);
}

}  // namespace
