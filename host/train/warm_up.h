// What the first of everything costs, once for many trials: a process that is to be forked for each
// of them (host/serve.h) calls it before.
#pragma once

namespace sslx::train {

/// Computes with a network of a few weights, forward, on one thread and without random numbers, so
/// that the linker has resolved what it resolves when it is first called, and torch has filled its
/// tables. Starts no thread, and changes no result.
void warm_up();

}  // namespace sslx::train
