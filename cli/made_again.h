// How a recorded run is made again: where, on what and of which data. The options of the verbs that
// do so.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "cli/context.h"
#include "host/sweep/reproduce.h"

namespace sslx::cli {

struct MadeAgain {
  std::filesystem::path keep;
  std::filesystem::path data;
  std::filesystem::path evaluation_data;
  std::optional<int> threads;
  std::optional<std::string> device;
};

/// `options` must outlive the verb.
void add_made_again(CLI::App& verb, MadeAgain& options);

/// With the host that is to do it, ready to be started.
sweep::ReproduceOptions made_again(const MadeAgain& options, const Context& context);

}  // namespace sslx::cli
