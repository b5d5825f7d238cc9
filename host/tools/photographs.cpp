#include "host/tools/photographs.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <sslx/torch_base.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>

#include <jpeglib.h>

#include "host/data/path_text.h"

namespace sslx::train {
namespace {

constexpr int64_t kWidth = 500;
constexpr int64_t kHeight = 375;
constexpr size_t kBytes = 110'000;

/// uint8 [H, W, 3]: octaves of noise, the finer the weaker; brightness varies more than colour.
torch::Tensor picture() {
  torch::Tensor sum = torch::zeros({1, 3, kHeight, kWidth});
  for (int64_t cells = 3; cells <= 384; cells *= 2) {
    const torch::Tensor light = torch::randn({1, 1, cells * 3 / 4 + 1, cells});
    const torch::Tensor colour = torch::randn({1, 3, cells * 3 / 4 + 1, cells}) * 0.35;
    sum += torch::upsample_bicubic2d(light + colour, {kHeight, kWidth}, false) *
           (0.25 / std::pow(static_cast<double>(cells) / 3, 0.6));
  }
  return ((sum + 0.5).clamp(0, 1) * 255).to(torch::kUInt8)[0].permute({1, 2, 0}).contiguous();
}

std::string encode(const torch::Tensor& picture, int quality) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* memory = nullptr;
  unsigned long size = 0;  // NOLINT(google-runtime-int): libjpeg's type
  jpeg_mem_dest(&info, &memory, &size);
  info.image_width = static_cast<JDIMENSION>(picture.size(1));
  info.image_height = static_cast<JDIMENSION>(picture.size(0));
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = picture.data_ptr<uint8_t>() + info.next_scanline * picture.stride(0);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  std::string out(reinterpret_cast<const char*>(memory), size);
  jpeg_destroy_compress(&info);
  std::free(memory);  // NOLINT: libjpeg took it from malloc
  return out;
}

/// At the quality whose file is nearest to kBytes from below.
std::string encode_to_size(const torch::Tensor& picture) {
  int low = 1;
  int high = 100;
  while (low + 1 < high) {
    const int middle = (low + high) / 2;
    (encode(picture, middle).size() <= kBytes ? low : high) = middle;
  }
  return encode(picture, low);
}

}  // namespace

std::vector<std::filesystem::path> draw_photographs(const std::filesystem::path& folder,
                                                    int count) {
  torch::manual_seed(0);
  std::vector<std::filesystem::path> out;
  for (int i = 0; i < count; ++i) {
    out.push_back(folder / fmt::format("{:03}.jpg", i));
    std::ofstream file(out.back(), std::ios::binary);
    file << encode_to_size(picture());
    if (!file) {
      throw Error(ErrorKind::kSystem, fmt::format("{} cannot be written: {}", out.back().string(),
                                                  std::strerror(errno)));
    }
  }
  return out;
}

void bench_photos(const nlohmann::json& request) {
  draw_photographs(data::text_path(request.at("folder").get<std::string>()),
                   request.at("count").get<int>());
}

}  // namespace sslx::train
