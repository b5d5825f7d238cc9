// From images to the batches of views that a method trains on. A view's draws depend on (seed,
// epoch, image, view, operation) alone, a shared operation's not on the view: the bits are the same
// for any batch size and any number of workers. An index of N or more of N images is the image of
// its remainder once more, with draws of its own. What an augmentation throws reaches the caller of
// make() or next(), with its name and its view. A file that cannot be decoded where a view needs it
// shows, in all views of its epoch, the next image of its class in its place (Images::readable).
#pragma once

#include <sslx/augmentation.h>
#include <sslx/method.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "host/data/images.h"

namespace sslx::data {

struct Operation {
  std::shared_ptr<Augmentation> augmentation;
  /// Draws the same in every view that has a shared operation at this position.
  bool shared = false;
  std::string name = "an operation";  ///< "augmentation 'crop'", for what it throws.
};

/// One view's operations, in order.
using Recipe = std::vector<Operation>;

/// Memory of views that nobody holds any more, to be filled again: fresh memory of this size comes
/// from the system page by page, zeroed, and costs more than the views that are written into it.
/// Not for two threads at a time.
class ViewMemory {
 public:
  /// `pinned`: a GPU copies from it by itself.
  explicit ViewMemory(bool pinned = false) : pinned_(pinned) {}

  /// float32 of these sizes, with whatever it held before.
  torch::Tensor take(at::IntArrayRef sizes, torch::MemoryFormat format);
  /// int64 of this size, likewise, and never one that was handed out before.
  torch::Tensor integers(int64_t size) const;

 private:
  bool pinned_;
  std::vector<torch::Tensor> handed_out_;
};

class ViewPipeline {
 public:
  /// labels: [N] int64; one recipe a view. When the images are files, every recipe must begin with
  /// an operation that reads only a box (crop) and makes one size of it. `workers` is for Loader:
  /// threads that prepare batches (0: next() prepares them itself). `channels_last` asks for views
  /// in that memory format; the last `local_views` recipes are those of local crops. Throws
  /// Error(kInput) when the tensors do not fit.
  ViewPipeline(Images images, const torch::Tensor& labels, std::vector<Recipe> recipes,
               uint64_t seed, int workers, bool channels_last = false, int64_t local_views = 0);

  /// From now on fill() stops behind each view's first operation, the crop for the most part, and
  /// finish() does the rest where the batch is by then: for machines with few cores a GPU. The
  /// draws are the same.
  void leave_rest_to_device();

  int64_t size() const { return images_.size(); }
  int64_t view_count() const { return static_cast<int64_t>(recipes_.size()); }
  /// Of each view.
  const std::vector<ImageShape>& shapes() const { return shapes_; }
  int workers() const { return workers_; }

  /// Bytes of the views of so many images.
  double bytes_of(int64_t images) const;

  /// One batch, made whole by the calling thread.
  Batch make(int64_t epoch, std::span<const int64_t> indices, ViewMemory& memory) const;
  Batch make(int64_t epoch, std::span<const int64_t> indices) const;

  /// A batch with its indices and labels, and views that are allocated but not yet filled.
  Batch allocate(std::span<const int64_t> indices, ViewMemory& memory) const;
  /// Slices of a batch of `count` images; fill() of different slices may run at the same time.
  int64_t slice_count(int64_t count) const;
  /// Makes all views of one slice's images, or what of them is not left to the device, and writes
  /// them into `batch`, which was allocated for these indices.
  void fill(Batch& batch, int64_t epoch, std::span<const int64_t> indices, int64_t slice) const;
  /// What fill() left, on the views of these images where they are now.
  void finish(Batch& batch, int64_t epoch, std::span<const int64_t> indices) const;

 private:
  /// What several operations of one view have in common.
  struct Place {
    size_t view;
    int64_t epoch;
    std::span<const int64_t> indices;
  };
  /// What a view's crop needs of an image that is a file, and the crop's numbers for it.
  struct Cut {
    DecodedPart part;
    torch::Tensor drawn;
  };
  /// Those of one image, a view each.
  using Cuts = std::vector<Cut>;
  torch::Tensor numbers(const Place& place, size_t position, const ImageShape& shape) const;
  Cuts cuts_of(int64_t epoch, int64_t index) const;
  std::string cut(int64_t epoch, const int64_t& index, int64_t file, Cuts& out) const;
  torch::Tensor first_of_files(size_t view, std::vector<Cuts>& images) const;
  size_t operations_to_fill(size_t view) const;
  torch::Tensor picked(std::span<const int64_t> indices) const;
  torch::Tensor make_views(const Place& place, std::vector<Cuts>& files) const;
  torch::Tensor applied(const Place& place, size_t position, torch::Tensor images) const;

  Images images_;
  torch::Tensor labels_;
  std::vector<Recipe> recipes_;
  std::vector<ImageShape> shapes_;  ///< Of each view.
  std::vector<ImageShape> filled_;  ///< Of what fill() makes of each.
  bool leaves_rest_ = false;
  int64_t slice_ = 1;  ///< Images that are made together.
  uint64_t seed_;
  int workers_;
  bool channels_last_;
  int64_t local_views_;
};

/// The images after a recipe without chance (evaluation), float32 on the images' device. Throws
/// Error(kInput) when an operation of the recipe draws.
torch::Tensor apply_recipe(const torch::Tensor& images, const Recipe& recipe);

/// The shape of what a recipe makes of images of `shape`. Throws what an operation throws that has
/// no meaning for them, with its name.
ImageShape shape_after(const Recipe& recipe, ImageShape shape);

struct LoaderOptions {
  int64_t batch_size = 256;
  bool drop_last = true;
  uint64_t seed = 0;
  int64_t epochs = 1;
  int64_t depth = 3;    ///< Batches prepared ahead.
  int64_t first = 0;    ///< The batch to begin with, of all epochs': a training that goes on.
  bool pinned = false;  ///< In memory that a GPU copies from by itself.
  int64_t part = 0;     ///< Of each batch only this one of so many equal parts, in order.
  int64_t parts = 1;
  /// The images of the last epoch, as many as there are, where they are not each once and shuffled.
  std::vector<int64_t> last_epoch = {};
};

/// The batches of all epochs in order, prepared ahead on the pipeline's workers while the caller
/// computes. The destructor stops the workers at any moment and waits for them.
class Loader {
 public:
  Loader(const ViewPipeline& pipeline, LoaderOptions options);
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;
  ~Loader();

  int64_t total_batches() const;
  /// The next batch; throws what a worker threw. Must not be called when all are read.
  Batch next();
  /// Those of the batch that next() returned last, as the pipeline takes them.
  const std::vector<int64_t>& indices() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace sslx::data
