#include "host/data/data_state.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>

#include <algorithm>
#include <sstream>

#include "host/data/data_error.h"
#include "host/data/path_text.h"

namespace sslx::data {
namespace {

constexpr const char* kHint = "The same command plans anew, with the data as they are now.";

int64_t changed_at(const KnownFile& file) { return file.state ? file.state->changed : 0; }

struct Planned {
  std::string digest;
  int64_t files = 0;
  int64_t newest = 0;
};

}  // namespace

std::string data_state(std::span<const KnownFile> files, const std::filesystem::path& folder) {
  Sha256 digest;
  int64_t newest = 0;
  for (const KnownFile& file : files) {
    digest.update(file.file.lexically_relative(folder).native() + '\n');
    digest.update((file.state ? file.state->text() : "none") + '\n');
    newest = std::max(newest, changed_at(file));
  }
  return fmt::format("{} {} {}", digest.hex(), files.size(), newest);
}

void check_planned(const DataSpec& spec, std::span<const KnownFile> files) {
  if (spec.planned.empty() || data_state(files, spec.path) == spec.planned) return;
  Planned planned;
  std::istringstream(spec.planned) >> planned.digest >> planned.files >> planned.newest;
  const auto newest = std::ranges::max_element(files, {}, changed_at);
  if (newest != files.end() && changed_at(*newest) > planned.newest) {
    throw DataError(
        fmt::format("{}: the file changed after the sweep was planned", path_text(newest->file)),
        kHint);
  }
  throw DataError(
      fmt::format("{}: files changed, came or went after the sweep was planned; there were {}, and "
                  "are {}",
                  path_text(spec.path), planned.files, files.size()),
      kHint);
}

void check_unchanged(const KnownFile& file) {
  const std::optional<FileState> now = state_of(file.file);
  if (now == file.state) return;
  throw DataError(fmt::format("{}: the file {} after the trial began to read it",
                              path_text(file.file), now ? "changed" : "went"),
                  kHint);
}

}  // namespace sslx::data
