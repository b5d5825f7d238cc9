#include "host/tools/contact_sheet.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <cmath>

#include "host/data/canvas.h"
#include "host/data/dataset.h"
#include "host/data/image.h"
#include "host/data/path_text.h"
#include "host/data/split.h"
#include "host/tools/histogram.h"
#include "host/trial/components.h"

namespace sslx::train {
namespace {

using data::Canvas;
using nlohmann::json;

constexpr int64_t kGap = 4;
constexpr int64_t kHistogram = 40;  ///< Its height.
constexpr data::Colour kBackground{255, 255, 255};
constexpr data::Colour kInk{0, 0, 0};

/// One column of a block: the same view of every image.
struct Column {
  std::string title;
  torch::Tensor images;  ///< [N, C, H, W] float32 in 0..1

  int64_t width(int64_t scale) const {
    return std::max(images.size(3) * scale, Canvas::text_width(title));
  }
};

/// What one trial's recipe makes of some images.
struct Block {
  std::string label;
  std::vector<Column> columns;
  int64_t scale = 1;
  bool histograms = false;

  int64_t picture_height() const {
    int64_t out = 0;
    for (const Column& column : columns) out = std::max(out, column.images.size(2) * scale);
    return out;
  }
  int64_t row_height() const {
    return picture_height() + (histograms ? kGap + kHistogram : 0) + kGap;
  }
  int64_t width() const {
    int64_t out = 0;
    for (const Column& column : columns) out += column.width(scale) + kGap;
    return std::max(out, Canvas::text_width(label)) + 2 * kGap;
  }
  int64_t height() const {
    return 2 * Canvas::kLineHeight + columns.at(0).images.size(0) * row_height() + 2 * kGap;
  }
};

/// Into 0..1 where it is not; two channels side by side.
torch::Tensor visible(torch::Tensor images) {
  if (images.size(1) == 2) images = torch::cat(images.split(1, 1), 3);
  const torch::Tensor low = images.amin({1, 2, 3}, true);
  const torch::Tensor high = images.amax({1, 2, 3}, true);
  const torch::Tensor outside = (low < -0.01).logical_or(high > 1.01);
  const torch::Tensor scaled = (images - low) / (high - low).clamp_min(1e-6);
  return torch::where(outside, scaled, images).contiguous();
}

void drop_trailing_normalize(json& config) {
  for (json& view : config.at("view")) {
    json& operations = view.at("ops");
    while (!operations.empty() && operations.back().at("name") == "normalize") {
      operations.erase(operations.size() - 1);
    }
  }
}

/// Indices spread evenly, since a data set often lies class by class.
std::vector<int64_t> spread(int64_t count, int64_t size) {
  std::vector<int64_t> out;
  for (int64_t i = 0; i < std::min(count, size); ++i)
    out.push_back(i * size / std::min(count, size));
  return out;
}

/// The views alone must fit on a picture, before they are made.
void check_sheet(const json& request, size_t images, const std::vector<ImageShape>& views) {
  double pixels = 0;
  for (const ImageShape& view : views) {
    pixels += static_cast<double>(view.height) * static_cast<double>(view.width);
  }
  pixels *= static_cast<double>(images) * request.at("epochs").get<double>();
  if (pixels <= data::kMostPixels) return;
  throw input_error(
      fmt::format("the views of {} images have {:.0f} megapixels, more than the {:.0f} that a "
                  "sheet may have",
                  images, pixels / 1e6, data::kMostPixels / 1e6),
      "fewer --images or --epochs, or a smaller crop, make a smaller sheet");
}

Block block_of(const json& trial, const json& request, const Split& split,
               const std::vector<data::Source>& sources) {
  TrialRequest asked = read_request(trial);
  drop_trailing_normalize(asked.config);
  Components components(asked);
  components.set_sources(sources);
  const auto views =
      std::max(2 + components.local_views(), static_cast<int64_t>(asked.config.at("view").size()));
  const data::ViewPipeline pipeline(split.images, split.labels, components.view_recipes(views),
                                    asked.seed, 0);
  const std::vector<int64_t> indices =
      spread(request.at("images").get<int64_t>(), split.images.size());
  check_sheet(request, indices.size(), pipeline.shapes());
  Block out{trial.at("label").get<std::string>(), {}, 1, request.value("histograms", false)};
  const torch::Tensor originals = to_unit_float(split.images.pick(indices));
  const int64_t shown = sources.empty() ? originals.size(1) : sources.front().channels;
  out.columns.push_back({"original", originals.narrow(1, 0, shown).contiguous()});
  const auto epochs = request.at("epochs").get<int64_t>();
  const bool many = epochs > 1;
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    const Batch batch = pipeline.make(epoch, indices);
    for (size_t view = 0; view < batch.views.size(); ++view) {
      out.columns.push_back({many ? fmt::format("view {}, epoch {}", view + 1, epoch + 1)
                                  : fmt::format("view {}", view + 1),
                             visible(batch.views[view])});
    }
  }
  out.scale =
      std::max<int64_t>(1, request.at("least_side").get<int64_t>() / split.images.shape().height);
  return out;
}

void draw_block(Canvas& canvas, const Block& block, int64_t left, int64_t top) {
  canvas.text(left, top, block.label, kInk);
  int64_t x = left;
  for (const Column& column : block.columns) {
    canvas.text(x, top + Canvas::kLineHeight, column.title, kInk);
    int64_t y = top + 2 * Canvas::kLineHeight;
    const torch::Tensor& images = column.images;
    for (int64_t n = 0; n < images.size(0); ++n, y += block.row_height()) {
      canvas.draw(x, y, images[n].const_data_ptr<float>(), images.size(1), images.size(2),
                  images.size(3), block.scale);
      if (!block.histograms) continue;
      draw_histogram(canvas, x, y + block.picture_height() + kGap, images.size(3) * block.scale,
                     kHistogram, images[n]);
    }
    x += column.width(block.scale) + kGap;
  }
}

/// Where each of the parts begins, and where the last ends.
std::vector<int64_t> beginnings(const std::vector<int64_t>& sizes) {
  std::vector<int64_t> out{kGap};
  for (const int64_t size : sizes) out.push_back(out.back() + size);
  return out;
}

Canvas arranged(const std::vector<Block>& blocks) {
  const auto across = static_cast<size_t>(std::ceil(std::sqrt(static_cast<double>(blocks.size()))));
  std::vector<int64_t> widths(across);
  std::vector<int64_t> heights((blocks.size() + across - 1) / across);
  for (size_t i = 0; i < blocks.size(); ++i) {
    widths[i % across] = std::max(widths[i % across], blocks[i].width());
    heights[i / across] = std::max(heights[i / across], blocks[i].height());
  }
  const std::vector<int64_t> left = beginnings(widths);
  const std::vector<int64_t> top = beginnings(heights);
  Canvas canvas(left.back(), top.back(), kBackground);
  for (size_t i = 0; i < blocks.size(); ++i) {
    draw_block(canvas, blocks[i], left[i % across], top[i / across]);
  }
  return canvas;
}

}  // namespace

void draw_contact_sheet(const json& request) {
  std::vector<Block> blocks;
  std::string loaded;
  Split split;
  std::vector<data::Source> sources;
  for (const json& trial : request.at("trials")) {
    const std::string data = trial.at("config").at("data").dump() + trial.at("data_path").dump();
    if (data != loaded) {
      const data::DataSpec spec = data::data_spec(
          trial.at("config").at("data"), data::text_path(trial.at("data_path").get<std::string>()));
      data::Dataset set = data::load_dataset(spec);
      split = as_split(set.train);
      sources = std::move(set.sources);
      loaded = data;
    }
    blocks.push_back(block_of(trial, request, split, sources));
  }
  if (blocks.empty()) throw input_error("there is no trial to draw");
  data::write_png(arranged(blocks), data::text_path(request.at("out").get<std::string>()));
}

}  // namespace sslx::train
