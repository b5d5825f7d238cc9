#include "host/sweep/source_state.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>

#include "host/record/compress.h"
#include "host/record/differences.h"
#include "host/sweep/process.h"
#include "host/sweep/run_directory.h"

namespace sslx::sweep {
namespace {

namespace fs = std::filesystem;

/// Of the checkout $1, at most $2 bytes. New source files are told to a copy of the index, so that
/// git's own shows them and stays as it is. What is no source (data, keys, results) is not read.
const char* const kDifference = R"sh(
cd "$1" && cd "$(git rev-parse --show-toplevel)" || exit 1
copy=$(mktemp) || exit 1
trap 'rm -f "$copy"' EXIT
cat "$(git rev-parse --git-path index)" >"$copy" && export GIT_INDEX_FILE=$copy
timeout 10 git ls-files -z --others --exclude-standard -- '*.cpp' '*.cc' '*.c' '*.cu' '*.h' '*.hpp' '*.cuh' \
  '*.py' '*.sh' '*.toml' '*.cmake' '*CMakeLists.txt' |
  git add --intent-to-add --force --pathspec-from-file=- --pathspec-file-nul
git diff --no-ext-diff --no-textconv --no-color --binary --full-index \
  --src-prefix=a/ --dst-prefix=b/ HEAD | head -c "$2"
)sh";

std::string git(const fs::path& folder, std::vector<std::string> words) {
  std::vector<std::string> command{"git", "-C", folder.string()};
  command.insert(command.end(), words.begin(), words.end());
  return output_of(command);
}

}  // namespace

SourceState source_state(const fs::path& given) {
  const fs::path folder = given.empty() ? fs::path(".") : given;
  SourceState out;
  out.commit = git(folder, {"rev-parse", "--verify", "HEAD"});
  if (out.commit.empty()) return out;
  out.dirty = !git(folder, {"status", "--porcelain", "--untracked-files=no"}).empty();
  out.difference = output_of({"sh", "-c", kDifference, "sh", folder.string(),
                              std::to_string(record::kLargestDifference + 1)});
  if (!out.difference.empty()) out.difference += '\n';  // which output_of() takes away
  if (out.difference.size() > record::kLargestDifference) {
    out.difference.clear();
    out.note = fmt::format(
        "what is changed and not committed in {} is more than {} MiB, and is not recorded",
        folder.string(), record::kLargestDifference >> 20U);
  } else if (out.dirty && out.difference.empty()) {
    out.note = fmt::format(
        "what is changed and not committed in {} could not be read, and is not recorded",
        folder.string());
  }
  return out;
}

nlohmann::json keep_source(const SourceState& state, const fs::path& runs) {
  nlohmann::json out{{"commit", state.commit}, {"dirty", state.dirty}};
  if (state.difference.empty()) return out;
  const std::string sha256 = sha256_hex(state.difference);
  const fs::path file = record::difference_file(runs, sha256);
  if (!fs::exists(file)) {
    make_folder(file.parent_path());
    write_durably(file, record::compressed(state.difference));
  }
  out["difference"] = sha256;
  return out;
}

}  // namespace sslx::sweep
