// Looks at the features of some training images while a method trains. It changes nothing: the
// draws of its views are the pipeline's own, of epochs that are never trained on, no generator is
// touched, and every module's mode is what it was.
#pragma once

#include <sslx/method.h>

#include <map>
#include <string>
#include <vector>

#include "host/data/view_pipeline.h"
#include "host/train/device.h"

namespace sslx::train {

struct WatchOptions {
  int64_t channels = 3;      ///< Of what embed() reads.
  int64_t first_draw = 0;    ///< The images' two views are those of this epoch and the next.
  int64_t images = 512;      ///< Or all, when there are fewer; evenly over the data set.
  int64_t batch_size = 256;  ///< Images that are embedded together.
};

class FeatureWatch {
 public:
  FeatureWatch(Method& method, const data::ViewPipeline& views, const Machine& machine,
               const WatchOptions& options);

  /// Whether the views fit embed(). They do when view 0 has its channels, or all views of an image
  /// together have (CMC, whose views are an image's lightness and its colour).
  bool can_look() const { return form_ != Form::kNone; }

  /// alignment, uniformity, feature_deviation and effective_rank of embed(), in evaluation mode, of
  /// two augmented views of the images. What embed() throws is an Error.
  std::map<std::string, double> look();

  /// Looks that cost at most a hundredth of a training of `images` images in all, 1 to 10.
  int64_t affordable_looks(int64_t images) const;

 private:
  enum class Form { kNone, kFirstView, kAllViews };

  Form form() const;
  torch::Tensor input(int64_t draw, size_t part) const;
  torch::Tensor features(int64_t draw);

  Method& method_;
  const data::ViewPipeline& views_;
  const Machine& machine_;
  WatchOptions options_;
  std::vector<std::vector<int64_t>> parts_;  ///< Of the images' places.
  Form form_ = Form::kNone;
  std::map<int64_t, std::vector<torch::Tensor>> kept_;  ///< A draw's input, where it is small.
};

}  // namespace sslx::train
