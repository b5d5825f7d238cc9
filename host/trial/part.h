// The parts of a trial by their names.
#pragma once

#include <sslx/error.h>

#include "host/data/guarded.h"
#include "host/machine/beacon.h"

namespace sslx::train {

/// Goes on to a part of the trial: what watches the process sees its name, and what no edge has
/// named is thrown with it.
template <typename Function>
auto in_part(const char* name, Function&& function) -> decltype(function()) {
  const machine::AtWork seen(name);
  try {
    return function();
  } catch (const Error&) {
    throw;
  } catch (...) {
    data::throw_naming(name);
  }
}

}  // namespace sslx::train
