// The part of `sslx bench views` that begins with files: JPEG photographs decoded and cropped at
// random, one view after the other, and how far that is from decoding them whole.
#pragma once

#include <filesystem>

#include "host/trial/components.h"

namespace sslx::train {

/// Prints a table: each line is measured for `seconds` on one core. `photos` is a folder of JPEG
/// files; empty: files of ImageNet's usual size and weight are drawn into a temporary folder.
/// Throws Error(kInput) when the folder holds no JPEG file.
void bench_decode(Components& components, const std::filesystem::path& photos, double seconds);

}  // namespace sslx::train
