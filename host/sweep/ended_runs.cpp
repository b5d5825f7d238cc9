#include "host/sweep/ended_runs.h"

#include <fcntl.h>
#include <sslx/error.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "host/record/journal_lines.h"

namespace sslx::sweep {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTrainings = "training";
constexpr std::chrono::milliseconds kLeastPause{1000};

bool is_name(const std::string& text) {
  return !text.empty() && text[0] != '.' && text.find('/') == std::string::npos;
}

/// One write of less than a page at the end of the file: lines of two commands do not mix.
void append(const fs::path& file, const std::string& line) {
  const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor < 0) return;
  static_cast<void>(write(descriptor, line.data(), line.size()));
  close(descriptor);
}

/// Its folder is opened first, so that a network file system asks its server what is in it.
std::string whole_text(const fs::path& folder, const std::string& name) {
  std::string out;
  const int parent = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (parent < 0) return out;
  const int descriptor = openat(parent, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  close(parent);
  if (descriptor < 0) return out;
  std::string buffer(4096, '\0');
  for (ssize_t got = 0; (got = read(descriptor, buffer.data(), buffer.size())) > 0;) {
    out.append(buffer, 0, static_cast<size_t>(got));
  }
  close(descriptor);
  return out;
}

std::vector<std::string> runs_in(const fs::path& folder, const std::string& key) {
  std::vector<std::string> out;
  if (!is_name(key)) return out;
  std::istringstream lines(whole_text(folder, key));
  for (std::string line; std::getline(lines, line);) {
    if (is_name(line)) out.push_back(line);
  }
  return out;
}

}  // namespace

void note_ended(const fs::path& directory) {
  try {
    const nlohmann::json request = record::read_object(directory / "request.json");
    const fs::path folder = directory.parent_path() / "ended";
    std::error_code error;
    fs::create_directories(folder / kTrainings, error);
    const std::string line = directory.filename().string() + '\n';
    const std::string trial = record::text_or(request, "trial");
    const std::string training = record::text_or(request, "training");
    if (is_name(training)) append(folder / kTrainings / training, line);
    if (is_name(trial)) append(folder / trial, line);
  } catch (const Error&) {  // a request that cannot be read is told elsewhere
  }
}

EndedRuns::EndedRuns(const fs::path& runs)
    : folder_(runs / "ended"), trials_(folder_, kLeastPause) {}

std::vector<std::string> EndedRuns::of_trial(const std::string& identity) const {
  return runs_in(folder_, identity);
}

std::vector<std::string> EndedRuns::of_training(const std::string& training) const {
  return runs_in(folder_ / kTrainings, training);
}

}  // namespace sslx::sweep
