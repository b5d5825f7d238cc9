#include "data_fixture.h"

#include <spng.h>
#include <sslx/error.h>
#include <unistd.h>
#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <jpeglib.h>

namespace sslx::test {

void DataTest::SetUp() {
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  folder_ = std::filesystem::temp_directory_path() /
            ("sslx_data_" + std::string(info->name()) + "_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder_);
}

void DataTest::TearDown() { std::filesystem::remove_all(folder_); }

data::DataSpec DataTest::spec(const std::string& name, nlohmann::json options) const {
  options["name"] = name;
  return data::data_spec(options, folder_);
}

std::string DataTest::refusal(const data::DataSpec& spec) const {
  try {
    data::load_dataset(spec);
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  return "nothing was refused";
}

void write_file(const std::filesystem::path& file, const std::string& bytes) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string idx(const std::vector<uint32_t>& sizes, const std::string& values) {
  std::string out{'\0', '\0', '\x08', static_cast<char>(sizes.size())};
  for (const uint32_t size : sizes) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift);
  }
  return out + values;
}

void write_idx_set(const std::filesystem::path& folder) {
  std::string pixels;
  for (int i = 0; i < 24; ++i) pixels += static_cast<char>(i);
  write_file(folder / "train-images-idx3-ubyte", idx({4, 2, 3}, pixels));
  write_file(folder / "train-labels-idx1-ubyte", idx({4}, std::string("\0\1\0\1", 4)));
  write_file(folder / "t10k-images-idx3-ubyte", idx({2, 2, 3}, pixels.substr(0, 12)));
  write_file(folder / "t10k-labels-idx1-ubyte", idx({2}, std::string("\1\0", 2)));
}

std::string gzip(const std::string& bytes) {
  char name[] = "/tmp/sslx_gzip_XXXXXX";
  ::close(::mkstemp(name));
  gzFile file = gzopen(name, "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  const std::string out = read_file(name);
  std::remove(name);
  return out;
}

namespace {

std::vector<uint8_t> interleaved(int width, int height, int channels, const Paint& paint) {
  std::vector<uint8_t> out;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) out.push_back(paint(x, y, c));
    }
  }
  return out;
}

}  // namespace

std::string exif_data(int orientation) {
  std::string out("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 18);
  out += static_cast<char>(orientation);
  return out + std::string("\0\0\0\0\0\0\0", 7);
}

namespace {

void apply(const JpegOptions& options, jpeg_compress_struct& info) {
  static const jpeg_scan_info kPlain[] = {{1, {0}, 0, 0, 0, 0}, {1, {0}, 1, 63, 0, 0}};
  jpeg_set_quality(&info, options.quality, TRUE);
  if (info.num_components > 1) {
    info.comp_info[0].h_samp_factor = options.across;
    info.comp_info[0].v_samp_factor = options.down;
  }
  if (options.progressive) jpeg_simple_progression(&info);
  if (options.plain_scans) {
    info.scan_info = kPlain;
    info.num_scans = 2;
  }
  info.optimize_coding = options.optimised ? TRUE : FALSE;
  info.restart_interval = static_cast<unsigned>(options.restart);
}

void write_exif(const JpegOptions& options, jpeg_compress_struct& info) {
  if (options.orientation == 0) return;
  const std::string exif = std::string("Exif\0\0", 6) + exif_data(options.orientation);
  jpeg_write_marker(&info, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(exif.data()),
                    static_cast<unsigned>(exif.size()));
}

}  // namespace

std::string jpeg(int width, int height, int channels, const Paint& paint,
                 const JpegOptions& options) {
  std::vector<uint8_t> pixels = interleaved(width, height, channels, paint);
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &memory, &size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = channels;
  info.in_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&info);
  if (channels == 4) {
    jpeg_set_quality(&info, 100, TRUE);
    info.write_Adobe_marker = TRUE;
  } else {
    apply(options, info);
  }
  jpeg_start_compress(&info, TRUE);
  write_exif(options, info);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row =
        pixels.data() + size_t{info.next_scanline} * static_cast<size_t>(width * channels);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  std::string out(reinterpret_cast<char*>(memory), size);
  jpeg_destroy_compress(&info);
  std::free(memory);
  return out;
}

std::string png(int width, int height, int colour, int depth, const Paint& paint) {
  const int channels = colour == SPNG_COLOR_TYPE_TRUECOLOR         ? 3
                       : colour == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA ? 4
                                                                   : 1;
  std::vector<uint8_t> pixels = interleaved(width, height, channels, paint);
  if (depth == 16) {
    std::vector<uint8_t> wide;
    for (const uint8_t value : pixels) wide.insert(wide.end(), 2, value);
    pixels = std::move(wide);
  }
  spng_ctx* context = spng_ctx_new(SPNG_CTX_ENCODER);
  spng_set_option(context, SPNG_ENCODE_TO_BUFFER, 1);
  spng_ihdr header{};
  header.width = static_cast<uint32_t>(width);
  header.height = static_cast<uint32_t>(height);
  header.color_type = static_cast<uint8_t>(colour);
  header.bit_depth = static_cast<uint8_t>(depth);
  spng_set_ihdr(context, &header);
  if (colour == SPNG_COLOR_TYPE_INDEXED) {
    spng_plte palette{};
    palette.n_entries = 2;
    palette.entries[0] = {10, 20, 30, 255};
    palette.entries[1] = {200, 100, 50, 255};
    spng_set_plte(context, &palette);
  }
  spng_encode_image(context, pixels.data(), pixels.size(), SPNG_FMT_RAW, SPNG_ENCODE_FINALIZE);
  size_t size = 0;
  int error = 0;
  void* memory = spng_get_png_buffer(context, &size, &error);
  std::string out(static_cast<char*>(memory), size);
  std::free(memory);
  spng_ctx_free(context);
  return out;
}

}  // namespace sslx::test
