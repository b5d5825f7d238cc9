#include "host/weights/checkpoint_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace sslx::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBegin = "checkpoint-";
constexpr std::string_view kEnd = ".safetensors";

std::optional<CheckpointFile> parsed(const fs::path& file) {
  const std::string name = file.filename().string();
  const size_t dash = name.rfind('-');
  if (!name.starts_with(kBegin) || !name.ends_with(kEnd) || dash <= kBegin.size()) {
    return std::nullopt;
  }
  CheckpointFile out{file, name.substr(kBegin.size(), dash - kBegin.size()), 0};
  const char* const end = name.data() + name.size() - kEnd.size();
  const auto [stopped, error] = std::from_chars(name.data() + dash + 1, end, out.step);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return out;
}

}  // namespace

std::string checkpoint_name(const std::string& stage, int64_t step) {
  return fmt::format("{}{}-{}{}", kBegin, stage, step, kEnd);
}

std::vector<CheckpointFile> checkpoint_files(const fs::path& directory) {
  std::vector<CheckpointFile> out;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    if (auto one = parsed(at->path())) out.push_back(std::move(*one));
  }
  std::ranges::sort(out, std::ranges::greater(), &CheckpointFile::step);
  return out;
}

}  // namespace sslx::train
