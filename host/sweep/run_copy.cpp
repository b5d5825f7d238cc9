#include "host/sweep/run_copy.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "host/record/whole_file.h"
#include "host/sweep/run_directory.h"

namespace sslx::sweep {
namespace {

namespace fs = std::filesystem;

constexpr std::array kSmall{"request.json", "journal.jsonl", "host.log", "exit.json"};
constexpr size_t kChunk = size_t{1} << 20;

/// Whether the shorter file is how the longer one begins.
bool begins_alike(const fs::path& a, const fs::path& b) {
  std::ifstream one(a, std::ios::binary);
  std::ifstream two(b, std::ios::binary);
  std::string left(kChunk, '\0');
  std::string right(kChunk, '\0');
  while (one && two) {
    one.read(left.data(), kChunk);
    two.read(right.data(), kChunk);
    const auto both = static_cast<size_t>(std::min(one.gcount(), two.gcount()));
    if (left.compare(0, both, right, 0, both) != 0) return false;
  }
  return true;
}

uintmax_t size_of(const fs::path& file) {
  std::error_code error;
  const uintmax_t size = fs::file_size(file, error);
  return error ? 0 : size;
}

bool is_same_file(const fs::path& a, const fs::path& b) {
  return is_plain_file(a) && is_plain_file(b) && size_of(a) == size_of(b) && begins_alike(a, b);
}

Error copy_failure(const fs::path& file, const std::string& why) {
  return Error(ErrorKind::kSystem, fmt::format("{} cannot be written: {}", file.string(), why));
}

void sync(const fs::path& path) {
  if (!record::sync_file(path)) throw copy_failure(path, std::strerror(errno));
}

void copy_durably(const fs::path& from, const fs::path& to) {
  std::error_code error;
  const fs::path temporary = to.string() + ".tmp";
  fs::copy_file(from, temporary, fs::copy_options::overwrite_existing, error);
  if (!error) {
    sync(temporary);
    fs::rename(temporary, to, error);
  }
  if (error) throw copy_failure(to, error.message());
}

}  // namespace

bool is_plain_file(const fs::path& file) {
  std::error_code error;
  return fs::is_regular_file(fs::symlink_status(file, error));
}

std::vector<std::string> files_of_run(const fs::path& directory, bool weights) {
  std::vector<std::string> out;
  for (const char* name : kSmall) {
    if (is_plain_file(directory / name)) out.emplace_back(name);
  }
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; weights && !error && at != end;
       at.increment(error)) {
    if (at->path().extension() == ".safetensors" && is_plain_file(at->path())) {
      out.push_back(at->path().filename().string());
    }
  }
  return out;
}

bool is_same_run(const fs::path& ours, const fs::path& theirs) {
  return std::ranges::all_of(
      std::array{"request.json", "journal.jsonl", "exit.json"}, [&](const char* name) {
        return is_same_file(ours / name, theirs / name) ||
               (!is_plain_file(ours / name) && !is_plain_file(theirs / name));
      });
}

std::string contradiction(const fs::path& ours, const fs::path& theirs) {
  if (!is_plain_file(ours / "request.json")) return "";
  if (!is_same_file(ours / "request.json", theirs / "request.json")) {
    return "its request is another one there";
  }
  if (!begins_alike(ours / "journal.jsonl", theirs / "journal.jsonl")) {
    return "its journal is another one there";
  }
  return "";
}

void copy_run(const fs::path& from, const fs::path& to, const fs::path& staging, bool weights) {
  const bool there = is_plain_file(to / "request.json");
  if (there && size_of(to / "journal.jsonl") > size_of(from / "journal.jsonl")) return;
  const fs::path folder = there ? to : staging / to.filename();
  make_folder(folder);
  // The end comes last: who sees it sees all of the journal.
  for (const std::string& name : files_of_run(from, weights)) {
    copy_durably(from / name, folder / name);
  }
  if (is_plain_file(from / "exit.json")) copy_durably(from / "exit.json", folder / "exit.json");
  sync(folder);
  if (there) return;
  std::error_code error;
  fs::rename(folder, to, error);
  if (error) throw copy_failure(to, error.message());
  sync(to.parent_path());
}

}  // namespace sslx::sweep
