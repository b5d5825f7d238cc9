#include "host/data/sources.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sslx/error.h>

namespace sslx::data {
namespace {

using torch::Tensor;

class TakeChannels : public Augmentation {
 public:
  explicit TakeChannels(std::vector<ChannelRange> ranges) : ranges_(std::move(ranges)) {}

  int64_t parameter_count() const override { return 0; }
  void sample(RandomStream&, const ImageShape&, std::span<float>) const override {}

  Tensor apply(Tensor images, const Tensor&) const override {
    std::vector<Tensor> parts;
    for (const ChannelRange& range : ranges_) {
      parts.push_back(images.narrow(1, range.first, range.count));
    }
    const Tensor taken = parts.size() == 1 ? parts.front().contiguous() : torch::cat(parts, 1);
    return to_unit_float(taken);
  }

  ImageShape output_shape(const ImageShape& shape) const override {
    ImageShape out{0, shape.height, shape.width};
    for (const ChannelRange& range : ranges_) out.channels += range.count;
    return out;
  }

 private:
  std::vector<ChannelRange> ranges_;
};

class OnChannels : public Augmentation {
 public:
  OnChannels(std::shared_ptr<Augmentation> operation, ChannelRange range)
      : operation_(std::move(operation)), range_(range) {}

  int64_t parameter_count() const override { return operation_->parameter_count(); }
  void sample(RandomStream& random, const ImageShape& shape,
              std::span<float> parameters) const override {
    operation_->sample(random, {range_.count, shape.height, shape.width}, parameters);
  }

  Tensor apply(Tensor images, const Tensor& parameters) const override {
    const Tensor all = to_unit_float(images);
    const int64_t after = range_.first + range_.count;
    const Tensor own = all.narrow(1, range_.first, range_.count).contiguous();
    return torch::cat({all.narrow(1, 0, range_.first), operation_->apply(own, parameters),
                       all.narrow(1, after, all.size(1) - after)},
                      1);
  }

  ImageShape output_shape(const ImageShape& shape) const override {
    ImageShape out = operation_->output_shape({range_.count, shape.height, shape.width});
    out.channels += shape.channels - range_.count;
    return out;
  }

 private:
  std::shared_ptr<Augmentation> operation_;
  ChannelRange range_;
};

}  // namespace

ChannelRange range_of_source(const std::vector<Source>& sources, const std::string& name) {
  ChannelRange out;
  std::vector<std::string> known;
  for (const Source& source : sources) {
    if (source.name == name) return {out.first, source.channels};
    out.first += source.channels;
    known.push_back(source.name);
  }
  throw input_error(
      known.empty()
          ? fmt::format("the source '{}' is no view of the data set, which brings none", name)
          : fmt::format("the source '{}' is no view that is there; it must be one of {}", name,
                        fmt::join(known, ", ")));
}

std::shared_ptr<Augmentation> take_channels(std::vector<ChannelRange> ranges) {
  return std::make_shared<TakeChannels>(std::move(ranges));
}

std::shared_ptr<Augmentation> on_channels(std::shared_ptr<Augmentation> operation,
                                          ChannelRange range) {
  return std::make_shared<OnChannels>(std::move(operation), range);
}

}  // namespace sslx::data
