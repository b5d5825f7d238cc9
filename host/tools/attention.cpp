#include "host/tools/attention.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include <algorithm>
#include <cstdio>

#include "host/data/canvas.h"
#include "host/data/decode.h"
#include "host/data/images.h"
#include "host/data/path_text.h"
#include "host/tools/foreseen.h"
#include "host/tools/restored_run.h"
#include "host/weights/encoder.h"

namespace sslx::train {
namespace {

using data::Canvas;
using nlohmann::json;
using torch::Tensor;

constexpr int64_t kMapGap = 4;
constexpr int64_t kLeastSide = 240;  ///< Of a panel.
constexpr int64_t kAcross = 4;       ///< Panels.
constexpr double kWorthTelling = 5;  ///< Seconds.

/// One square of the picture: its title and [3, side, side] in [0, 1].
struct Panel {
  std::string title;
  Tensor pixels;
};

/// The central square of the image, uint8 [1, channels, side, side].
Tensor read_square(const std::string& file, int64_t channels, int64_t side) {
  data::Image image = data::decode_image(data::text_path(file));
  if (image.channels == 0) throw input_error(fmt::format("{}: {}", file, image.error));
  if (channels != 1 && channels != 3) {
    throw input_error(fmt::format(
        "the run's images have {} channels and a picture has 1 or 3; attention cannot be shown",
        channels));
  }
  const bool to_gray = channels == 1 && image.channels == 3;
  if (channels == 3) image = data::as_rgb(std::move(image));
  const Tensor square = data::as_tensor(data::centre_square(image, side));
  if (!to_gray) return square;
  const Tensor gray = image_ops::grayscale(square, torch::ones({1, 1}));
  return (gray.slice(1, 0, 1) * 255).round().to(torch::kUInt8);
}

/// The encoder that is looked into, and what it is given.
class Looked {
 public:
  Looked(RestoredRun& run, const json& asked) : run_(run), asked_(asked) {
    Method& method = run.method();
    method.eval();
    const auto prefix = asked.at("prefix").get<std::string>();
    const Tensor black = input(black_square(facts("height")));
    encoder_ = guarded(run.method_name(), [&] {
      return backbone_at(method, prefix.empty() ? encoder_prefix(method, black) : prefix);
    });
  }

  /// [heads, rows, columns] of the square.
  Tensor maps(const Tensor& square) {
    return guarded(run_.method_name(), [&] {
      const torch::NoGradGuard guard;
      return encoder_->attention_map(input(square))[0].to(torch::kCPU, torch::kFloat32);
    });
  }

  /// Throws what check_cost() throws, before anything large is begun.
  void check(int64_t side) {
    const double limit = asked_.at("time_limit").get<double>();
    const Cost cost =
        foreseen(facts("height"), side, [&](int64_t small) { maps(black_square(small)); });
    check_cost(cost, fmt::format("the maps of {0} x {0} pixels (--side)", side), limit,
               "--side must be smaller, or --time-limit longer");
    if (cost.seconds < kWorthTelling) return;
    fmt::print("this takes about {:.0f} s\n", cost.seconds);
    std::fflush(stdout);
  }

 private:
  int64_t facts(const char* name) const { return asked_.at("facts").at(name).get<int64_t>(); }
  Tensor black_square(int64_t side) const {
    return torch::zeros({1, facts("channels"), side, side}, torch::kUInt8);
  }
  Tensor input(const Tensor& square) {
    return run_.components().evaluation_input(run_.machine())(square).to(run_.machine().device);
  }

  RestoredRun& run_;
  const json& asked_;
  std::shared_ptr<Backbone> encoder_;
};

/// Dark blue over green to yellow, by values in [0, 1]: [H, W] to [3, H, W] (matplotlib's viridis,
/// every eighth of it).
Tensor coloured(const Tensor& values) {
  static const Tensor colours =
      torch::tensor({68,  1,  84,  71,  44, 122, 59, 81,  139, 44, 113, 142, 33, 144,
                     141, 39, 173, 129, 92, 200, 99, 170, 220, 50, 253, 231, 37})
          .view({9, 3})
          .to(torch::kFloat32) /
      255;
  const Tensor at = values.flatten() * 8;
  const Tensor low = at.floor().clamp(0, 7);
  const Tensor from = colours.index_select(0, low.to(torch::kInt64));
  const Tensor to = colours.index_select(0, low.to(torch::kInt64) + 1);
  return torch::lerp(from, to, (at - low).unsqueeze(1))
      .t()
      .reshape({3, values.size(0), values.size(1)});
}

Tensor enlarged(const Tensor& pixels, int64_t side) {
  return torch::upsample_nearest2d(pixels.unsqueeze(0), {side, side})[0].contiguous();
}

std::vector<Panel> panels(const Tensor& square, const Tensor& maps) {
  const int64_t side = square.size(3) * ((kLeastSide + square.size(3) - 1) / square.size(3));
  const Tensor image = square[0].to(torch::kFloat32) / 255;
  std::vector<Panel> out{{"image", enlarged(image.expand({3, -1, -1}), side)}};
  for (int64_t head = 0; head < maps.size(0); ++head) {
    const Tensor low = maps[head].min();
    const Tensor scaled = (maps[head] - low) / (maps[head].max() - low).clamp_min(1e-12);
    out.push_back({fmt::format("head {}", head + 1), enlarged(coloured(scaled), side)});
  }
  return out;
}

Canvas arranged(const std::vector<Panel>& panels) {
  const int64_t side = panels.at(0).pixels.size(2);
  const auto count = static_cast<int64_t>(panels.size());
  const int64_t across = std::min(count, kAcross);
  const int64_t down = (count + across - 1) / across;
  const int64_t width = side + kMapGap;
  const int64_t height = side + kMapGap + Canvas::kLineHeight;
  Canvas canvas(kMapGap + across * width, kMapGap + down * height, {255, 255, 255});
  for (int64_t i = 0; i < count; ++i) {
    const Panel& panel = panels[static_cast<size_t>(i)];
    const int64_t left = kMapGap + i % across * width;
    const int64_t top = kMapGap + i / across * height;
    canvas.text(left, top, panel.title, {0, 0, 0});
    canvas.draw(left, top + Canvas::kLineHeight, panel.pixels.const_data_ptr<float>(), 3, side,
                side, 1);
  }
  return canvas;
}

}  // namespace

void draw_attention(const json& request) {
  const json& asked = request.at("attention");
  const auto side = asked.at("side").get<int64_t>();
  const Tensor square = read_square(asked.at("image").get<std::string>(),
                                    asked.at("facts").at("channels").get<int64_t>(), side);
  RestoredRun run(request, asked);
  Looked looked(run, asked);
  looked.check(side);
  const Tensor maps = looked.maps(square);
  const auto out = asked.at("out").get<std::string>();
  data::write_png(arranged(panels(square, maps)), data::text_path(out));
  fmt::print("{}: {} heads over {} x {} patches\n", out, maps.size(0), maps.size(1), maps.size(2));
}

}  // namespace sslx::train
