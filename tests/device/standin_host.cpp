// What makes a host one that knows the device "standin".
#include "host/train/device.h"
#include "tests/device/standin_memory.h"

namespace {

const bool added = [] {
  sslx::train::add_device("standin", torch::Device(sslx::standin::kType, 0));
  return true;
}();

}  // namespace
