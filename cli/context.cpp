#include "cli/context.h"

#include <fmt/format.h>
#include <sslx/error.h>

namespace sslx::cli {
namespace {

namespace fs = std::filesystem;

bool has_runs(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (fs::is_regular_file(at->path() / "request.json", error)) return true;
    error.clear();
  }
  return false;
}

}  // namespace

std::unique_ptr<record::Database> open_record(const Context& context) {
  const fs::path file = context.database();
  std::error_code missing;
  const uintmax_t size = fs::file_size(file, missing);
  if ((missing || size == 0) && has_runs(context.runs())) {
    throw input_error(fmt::format("{} is {}, though there are runs in {}", file.string(),
                                  missing ? "not there" : "empty", context.runs().string()),
                      "`sslx sweep FILE` takes them in, and trains none of them anew");
  }
  auto database = std::make_unique<record::Database>(file, record::Access::kRead);
  database->check_if_small();
  return database;
}

}  // namespace sslx::cli
