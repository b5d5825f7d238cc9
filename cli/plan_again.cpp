#include "cli/plan_again.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>
#include <wordexp.h>

namespace sslx::cli {
namespace {

namespace fs = std::filesystem;

/// A word that is quoted for a shell, which is not asked: nothing in it is run or looked up.
std::string unquoted(const std::string& word) {
  wordexp_t found{};
  std::string out = word;
  if (wordexp(word.c_str(), &found, WRDE_NOCMD | WRDE_UNDEF) == 0) {
    if (found.we_wordc == 1) out = found.we_wordv[0];
    wordfree(&found);
  }
  return out;
}

fs::path file_of(const std::string& name, const record::PlanSummary& plan) {
  const fs::path file = fs::path(unquoted(plan.folder)) / plan.file;
  if (!fs::exists(file)) {
    throw input_error(fmt::format("the sweep file {} of '{}' is not here", file.string(), name),
                      "it must be where it was when the sweep was run");
  }
  if (sha256_file(file) != plan.digest) {
    throw input_error(
        fmt::format("{} has changed since the runs of '{}' were planned", file.string(), name),
        "`sslx sweep` of it makes the plan that it has now");
  }
  return file;
}

}  // namespace

SweepOptions plan_again(const std::string& name, const record::PlanSummary& plan) {
  SweepOptions out;
  const fs::path file = file_of(name, plan);
  const fs::path from_here = fs::proximate(file);
  out.sweep = (from_here.native().starts_with("..") ? file : from_here).string();
  for (size_t i = 0; i + 1 < plan.options.size(); i += 2) {
    const std::string value = unquoted(plan.options[i + 1]);
    if (plan.options[i] == "--scale") out.scale = value;
    if (plan.options[i] == "--set") out.settings.push_back(value);
    if (plan.options[i] == "--seeds") out.seeds = value;
    if (plan.options[i] == "--more-seeds") out.more_seeds.push_back(value);
  }
  return out;
}

}  // namespace sslx::cli
