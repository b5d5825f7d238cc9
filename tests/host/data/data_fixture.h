// A folder of its own for each test, and files of every format that sslx reads, made there.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "host/data/dataset.h"

namespace sslx::test {

class DataTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  data::DataSpec spec(const std::string& name,
                      nlohmann::json options = nlohmann::json::object()) const;
  /// The message of the sslx::Error that loading throws; it must be bad input.
  std::string refusal(const data::DataSpec& spec) const;

  std::filesystem::path folder_;
};

void write_file(const std::filesystem::path& file, const std::string& bytes);
std::string read_file(const std::filesystem::path& file);

/// An IDX file of bytes with these sizes.
std::string idx(const std::vector<uint32_t>& sizes, const std::string& values);
/// The four files of an IDX set of 2 x 3 pixels: 4 training and 2 test images, two classes.
void write_idx_set(const std::filesystem::path& folder);
std::string gzip(const std::string& bytes);

/// Interleaved pixels by (x, y, channel).
using Paint = std::function<uint8_t(int, int, int)>;
struct JpegOptions {
  int quality = 100;
  int across = 2;            ///< Chroma samples are this many pixels wide,
  int down = 2;              ///< and high.
  bool progressive = false;  ///< In libjpeg's usual scans.
  bool plain_scans = false;  ///< Progressive, one scan of each band of a gray image.
  bool optimised = false;    ///< Huffman codes of its own.
  int restart = 0;           ///< MCUs between two restart markers.
  int orientation = 0;       ///< EXIF's; 0: no EXIF data.
};
/// channels 1, 3 or 4 (CMYK, as Adobe writes it).
std::string jpeg(int width, int height, int channels, const Paint& paint,
                 const JpegOptions& options = {});
/// EXIF data that name this orientation, from the TIFF header on.
std::string exif_data(int orientation);
/// `colour` and `depth` are PNG's; 16-bit values are the 8-bit ones times 257.
std::string png(int width, int height, int colour, int depth, const Paint& paint);

}  // namespace sslx::test
