// Streams of the stand-in for a GPU. Work on the default one is done at once. That on any other is
// put off until somebody waits for it, which is as late as a GPU may do it: who reads the result
// without having waited reads what was there before, and who overwrites what is to be copied spoils
// the copy.
#pragma once

#include <ATen/ATen.h>

#include <functional>

namespace sslx::standin {

/// Where the work of this thread goes; 0 is the default stream.
c10::StreamId current_stream();
/// Returns the one before.
c10::StreamId exchange_stream(c10::StreamId stream);
c10::StreamId new_stream();

/// Work for a stream that is not the default one.
void put_off(c10::StreamId stream, std::function<void()> work);
/// How much was put off on it so far.
int64_t put_off_so_far(c10::StreamId stream);
/// Whether that much of it is done.
bool is_done(c10::StreamId stream, int64_t amount);
/// Does it.
void do_until(c10::StreamId stream, int64_t amount);
/// Of all streams.
void do_all();

/// Memory of the processor that a GPU copies from and to by itself.
c10::Allocator& pinned_memory();
bool is_pinned(const void* address);

}  // namespace sslx::standin
