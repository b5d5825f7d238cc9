// Contact sheets of a sweep's recipes, as `sslx views` draws them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "host/sweep/trial.h"

namespace sslx::cli {

struct ViewSheet {
  int64_t images = 0;       ///< Of each recipe; 0: 8, or 2 of many recipes.
  int64_t epochs = 0;       ///< Draws of each view; 0: 3, or 1.
  bool histograms = false;  ///< Below each picture.
};

/// One trial for each different recipe over the same data, of the first seed.
std::vector<sweep::Trial> distinct_recipes(const std::vector<sweep::Trial>& trials);

/// Writes the PNG; the exit code of what draws it.
int draw_views(const std::vector<sweep::Trial>& trials, const ViewSheet& sheet,
               const std::filesystem::path& out);

}  // namespace sslx::cli
