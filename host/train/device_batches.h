// The batches of a training, where its steps run. On a GPU they are made in pinned memory, and the
// next one is copied on a stream of its own while the step before computes.
#pragma once

#include <c10/core/Event.h>
#include <sslx/method.h>

#include <deque>
#include <exception>
#include <optional>

#include "host/data/view_pipeline.h"
#include "host/train/device.h"

namespace sslx::train {

/// Brings a batch to where its step runs, in the machine's memory format.
void to_device(Batch& batch, const Machine& machine);

class DeviceBatches {
 public:
  DeviceBatches(const data::ViewPipeline& views, data::LoaderOptions options,
                const Machine& machine);

  int64_t total() const { return loader_.total_batches(); }

  /// The next batch; what making it threw is thrown here.
  Batch next();

  /// To be called when the work on the last one is on its way: the one after it is sent meanwhile.
  /// Nothing without a GPU, or when there is none.
  void send_next();

 private:
  /// On its way: what is copied, which must stay until it was, and what it becomes.
  struct Sent {
    Batch from;
    Batch to;
    c10::Event done;
  };

  Batch take();
  void bring(Batch& batch) const;
  void send(Batch batch);

  const data::ViewPipeline& views_;
  const Machine& machine_;
  data::Loader loader_;
  int64_t an_epoch_;                 ///< Batches.
  int64_t taken_ = 0;                ///< Of the loader, those before the first among them.
  std::optional<Sent> next_;         ///< Not yet asked for.
  std::exception_ptr failure_;       ///< Of making it.
  std::deque<Sent> on_their_way_;    ///< Were asked for, and may not be whole.
  std::optional<c10::Stream> side_;  ///< That copies; none without a GPU.
};

}  // namespace sslx::train
