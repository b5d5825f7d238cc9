// `sslx bench views`: how many views a second one core makes, with the machine and the settings, so
// that anyone can compare. Every figure is the median over batches that fill the asked seconds.
#pragma once

#include <nlohmann/json.hpp>

namespace sslx::train {

/// Measures what `request` asks for and prints a table: "seconds" for each line, "each" for the
/// cost of every operation alone, "photos" a folder of JPEG files or "", "plugins" as in a trial's
/// request. Throws Error when a plugin is missing.
void bench_views(const nlohmann::json& request);

}  // namespace sslx::train
