#include "host/train/device_batches.h"

#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <utility>

namespace sslx::train {
namespace {

data::LoaderOptions for_machine(data::LoaderOptions options, const Machine& machine) {
  options.pinned = !machine.device.is_cpu();
  return options;
}

void copy_to_device(Batch& batch, const Machine& machine) {
  for (torch::Tensor& view : batch.views) {
    view = view.to(machine.device, /*non_blocking=*/true);
  }
  batch.indices = batch.indices.to(machine.device, /*non_blocking=*/true);
  batch.labels = batch.labels.to(machine.device, /*non_blocking=*/true);
}

void order_bytes(Batch& batch, const Machine& machine) {
  if (!machine.channels_last) return;
  for (torch::Tensor& view : batch.views) {
    view = view.contiguous(torch::MemoryFormat::ChannelsLast);
  }
}

}  // namespace

void to_device(Batch& batch, const Machine& machine) {
  copy_to_device(batch, machine);
  order_bytes(batch, machine);
}

/// The batch that was taken last.
void DeviceBatches::bring(Batch& batch) const {
  copy_to_device(batch, machine_);
  views_.finish(batch, (taken_ - 1) / an_epoch_, loader_.indices());
  order_bytes(batch, machine_);
}

DeviceBatches::DeviceBatches(const data::ViewPipeline& views, data::LoaderOptions options,
                             const Machine& machine)
    : views_(views),
      machine_(machine),
      loader_(views, for_machine(options, machine)),
      an_epoch_(loader_.total_batches() / options.epochs),
      taken_(options.first) {
  if (machine.device.is_cpu()) return;
  const c10::impl::VirtualGuardImpl device(machine.device.type());
  side_ = device.getStreamFromGlobalPool(machine.device, /*isHighPriority=*/false);
}

Batch DeviceBatches::take() {
  ++taken_;
  return loader_.next();
}

void DeviceBatches::send(Batch batch) {
  const c10::StreamGuard guard(*side_);
  Sent out{std::move(batch), {}, c10::Event(machine_.device.type())};
  out.to = out.from;
  bring(out.to);
  out.done.record(*side_);
  next_ = std::move(out);
}

void DeviceBatches::send_next() {
  if (!side_ || next_ || failure_ || taken_ == loader_.total_batches()) return;
  try {
    send(take());
  } catch (...) {
    failure_ = std::current_exception();  // of the step that wants it
  }
}

Batch DeviceBatches::next() {
  if (!side_) {
    Batch out = take();
    bring(out);
    return out;
  }
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  if (!next_) send(take());
  while (!on_their_way_.empty() && on_their_way_.front().done.query()) on_their_way_.pop_front();
  const c10::impl::VirtualGuardImpl device(machine_.device.type());
  const c10::Stream here = device.getStream(machine_.device);
  next_->done.block(here);
  Batch out = std::exchange(next_->to, {});
  // Their memory is the side's: it is not to be given away while this stream reads it.
  const auto keep = [&](const torch::Tensor& tensor) {
    device.recordDataPtrOnStream(tensor.storage().data_ptr(), here);
  };
  for (const torch::Tensor& view : out.views) keep(view);
  keep(out.indices);
  keep(out.labels);
  on_their_way_.push_back(std::move(*next_));
  next_.reset();
  return out;
}

}  // namespace sslx::train
