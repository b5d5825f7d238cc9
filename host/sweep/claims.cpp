#include "host/sweep/claims.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sslx/error.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>
#include <set>
#include <thread>
#include <utility>

#include "host/record/journal_lines.h"
#include "host/record/whole_file.h"
#include "host/sweep/process.h"
#include "host/sweep/run_directory.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// Every text has at least this length: who reads while it changes sees one or the other.
constexpr size_t kTextBytes = 1024;

constexpr std::chrono::milliseconds kListed{200};
constexpr int kLooks = 10;
constexpr std::chrono::milliseconds kLook{10};

Error failure(const fs::path& file, const char* what) {
  return Error(record::fault_of(errno),
               fmt::format("{} cannot be {}: {}", file.string(), what, std::strerror(errno)));
}

std::string name_of(const std::string& trial, int64_t generation) {
  return generation == 0 ? trial : fmt::format("{}.{}", trial, generation);
}

/// "<trial>.<generation>"; generation 0 is of an sslx that had none.
std::pair<std::string, int64_t> parts_of(const std::string& name) {
  const size_t dot = name.rfind('.');
  const bool numbered = dot != std::string::npos && dot + 1 < name.size() &&
                        name.size() - dot < 12 &&
                        name.find_first_not_of("0123456789", dot + 1) == std::string::npos;
  if (!numbered) return {name, 0};
  return {name.substr(0, dot), std::stoll(name.substr(dot + 1))};
}

/// Names of claims, and of what was being made one.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> out;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    out.push_back(at->path().filename().string());
  }
  return out;
}

json parsed_claim(const std::string& text) {
  json out = json::parse(text, nullptr, /*allow_exceptions=*/false);
  return out.is_object() ? out : json::object();
}

/// The text and whether somebody has the lock, of which the test itself keeps nothing. Empty when
/// the file is gone or another by now: its holder has released it meanwhile, and is not dead.
std::optional<Holder> look_at(const fs::path& file, int64_t generation) {
  const int descriptor = open(file.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
  if (descriptor < 0 && errno == ENOENT) return std::nullopt;
  struct stat status {};
  const bool regular =
      descriptor >= 0 && fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  Holder out{generation, json::object(), false};
  bool is_current = false;
  if (regular) {
    out.is_locked = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    std::string text(static_cast<size_t>(status.st_size), ' ');
    text.resize(
        static_cast<size_t>(std::max<ssize_t>(0, pread(descriptor, text.data(), text.size(), 0))));
    out.text = parsed_claim(text);
    struct stat named {};
    is_current = stat(file.c_str(), &named) == 0 && named.st_ino == status.st_ino &&
                 named.st_dev == status.st_dev;
  }
  if (descriptor >= 0) close(descriptor);
  if (regular) return is_current ? std::optional(out) : std::nullopt;
  throw Error(ErrorKind::kRun,
              fmt::format("{} is no claim, but no file either: remove it", file.string()));
}

/// The last generation of a trial that has a file; -1: none has.
int64_t last_generation(const fs::path& folder, const std::string& trial) {
  int64_t last = -1;
  for (const std::string& name : names_in(folder)) {
    const auto [claimed, generation] = parts_of(name);
    if (claimed == trial) last = std::max(last, generation);
  }
  return last;
}

json executor_of(const json& text) { return text.value("executor", json()); }

}  // namespace

Claim::Claim(fs::path file, const json& executor) : file_(std::move(file)), executor_(executor) {}

Claim::Claim(Claim&& other) noexcept
    : file_(std::move(other.file_)),
      executor_(std::move(other.executor_)),
      text_(std::move(other.text_)),
      generation_(other.generation_),
      sealed_(other.sealed_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      seal_descriptor_(std::exchange(other.seal_descriptor_, -1)) {}

Claim::~Claim() {
  if (descriptor_ < 0) return;
  // Left to whoever comes next, who need not wait for the end of this command.
  json text = text_;
  text["executor"] = nullptr;
  try {
    put(descriptor_, text);
    if (seal_descriptor_ >= 0) put(seal_descriptor_, text);
  } catch (const Error&) {
    // He then finds the command's end by himself.
  }
  close(descriptor_);
  if (seal_descriptor_ >= 0) close(seal_descriptor_);
}

fs::path Claim::named(int64_t generation) const {
  return file_.parent_path() / name_of(file_.filename().string(), generation);
}

void Claim::put(int descriptor, const json& text) const {
  std::string bytes = text.dump();
  bytes.resize(std::max(kTextBytes, bytes.size() + 1), ' ');
  if (!record::write_from_start(descriptor, bytes)) throw failure(file_, "written");
}

bool Claim::create(int64_t generation, json text) {
  const fs::path own =
      file_.parent_path() / fmt::format(".{}-{}-{}", record::text_or(executor_, "id"), generation,
                                        file_.filename().string());
  const int descriptor = open(own.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) throw failure(file_, "taken as a claim");
  text["executor"] = executor_;
  bool made = false;
  try {
    flock(descriptor, LOCK_EX | LOCK_NB);  // where it is of no use, the heartbeat is
    put(descriptor, text);
    made = link(own.c_str(), named(generation).c_str()) == 0;
    if (!made && errno != EEXIST) throw failure(file_, "taken as a claim");
  } catch (const Error&) {
    unlink(own.c_str());
    close(descriptor);
    throw;
  }
  unlink(own.c_str());
  if (!made) {
    close(descriptor);
    return false;
  }
  (descriptor_ < 0 ? descriptor_ : seal_descriptor_) = descriptor;
  text_ = std::move(text);
  return true;
}

void Claim::write(json text) {
  text["executor"] = executor_;
  put(descriptor_, text);
  text_ = std::move(text);
}

bool Claim::is_own(int64_t generation) const {
  return executor_of(read_claim(named(generation))) == executor_;
}

/// Somebody who saw an earlier holder of this generation gives way in a moment; who took the trial
/// over stays.
bool Claim::seal() {
  if (sealed_ != 0) return true;
  bool made = create(generation_ + 1, text_);
  for (int i = 0; !made && i < kLooks; ++i) {
    std::this_thread::sleep_for(kLook);
    made = create(generation_ + 1, text_);
  }
  if (!made) return false;
  if (!is_own(generation_)) {  // whoever took it over is done with it already
    unlink(named(generation_ + 1).c_str());
    return false;
  }
  sealed_ = generation_ + 1;
  return true;
}

/// The last generation goes last: while it is there nobody begins a first one.
void Claim::release() {
  const int64_t last = sealed_ != 0 ? sealed_ : generation_;
  for (int64_t generation = 0; generation <= last; ++generation) {
    unlink(named(generation).c_str());
  }
  close(std::exchange(descriptor_, -1));
  if (seal_descriptor_ >= 0) close(std::exchange(seal_descriptor_, -1));
}

Claims::Claims(const fs::path& runs, std::chrono::milliseconds expiry)
    : folder_(runs / "claims"),
      executors_(runs / "executors"),
      executor_(own_executor()),
      heartbeat_(executors_, executor_),
      watch_(executors_, expiry),
      held_(folder_, kListed, [](const std::string& name) { return parts_of(name).first; }) {
  make_folder(folder_);
}

std::optional<Claim> Claims::take(const std::string& trial) {
  const std::optional<Holder> before = last_holder(folder_, trial);
  if (before && !is_dead(*before, watch_)) return std::nullopt;
  Claim claim(folder_ / trial, executor_);
  json text = json::object();
  if (before && !run_of(before->text).empty()) text["run"] = run_of(before->text);
  claim.generation_ = before ? before->generation + 1 : 1;
  if (!claim.create(claim.generation_, std::move(text))) return std::nullopt;
  // What was seen may have been released and begun anew since.
  const std::optional<Holder> now = last_holder(folder_, trial);
  const bool is_last = now && now->generation == claim.generation_;
  const json still = before ? read_claim(claim.named(before->generation)) : json::object();
  if (is_last && (still.empty() || executor_of(still) == executor_of(before->text))) return claim;
  unlink(claim.named(claim.generation_).c_str());
  close(std::exchange(claim.descriptor_, -1));
  return std::nullopt;
}

void Claims::remove_litter() const {
  for (const std::string& name : names_in(folder_)) {
    if (!name.starts_with('.')) continue;
    const size_t end = name.find('-');
    const json executor =
        read_claim(executors_ / name.substr(1, end == std::string::npos ? end : end - 1));
    const bool lives =
        executor.contains("boot") && (!is_on_this_machine(executor) || is_alive(executor));
    if (!lives) unlink((folder_ / name).c_str());
  }
  heartbeat_.remove_dead();
}

std::vector<std::string> claimed_trials(const fs::path& folder) {
  std::set<std::string> out;
  for (const std::string& name : names_in(folder)) {
    std::error_code error;
    const bool regular = fs::is_regular_file(fs::symlink_status(folder / name, error));
    if (regular && !name.starts_with('.')) out.insert(parts_of(name).first);
  }
  return {out.begin(), out.end()};
}

std::optional<Holder> last_holder(const fs::path& folder, const std::string& trial) {
  while (true) {
    const int64_t last = last_generation(folder, trial);
    if (last < 0) return std::nullopt;
    if (auto holder = look_at(folder / name_of(trial, last), last)) return holder;
  }
}

json last_claim(const fs::path& folder, const std::string& trial) {
  const int64_t last = last_generation(folder, trial);
  return last < 0 ? json::object() : read_claim(folder / name_of(trial, last));
}

bool is_dead(const Holder& holder, BeatWatch& watch) {
  const json executor = executor_of(holder.text);
  const bool unknown = !executor.is_object() || !executor.contains("boot");
  // What a dead command started may hold the lock; it is ended by whoever waits for it.
  if (unknown || (is_on_this_machine(executor) && !is_alive(executor))) return !holder.is_locked;
  return watch.is_gone(executor);
}

json read_claim(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(fs::symlink_status(file, error))) return json::object();
  std::ifstream in(file);
  return parsed_claim(std::string((std::istreambuf_iterator<char>(in)), {}));
}

std::string run_of(const json& claim) {
  const json run = claim.value("run", json());
  if (!run.is_string()) return "";
  auto name = run.get<std::string>();
  return name == "." || name == ".." || name.find('/') != std::string::npos ? "" : name;
}

bool is_alive(const json& process) {
  if (!process.is_object()) return false;
  const json pid = process.value("pid", json());
  const json start = process.value("start", json());
  if (!pid.is_number_unsigned() || !start.is_number_unsigned()) return false;
  const auto number = pid.get<uint64_t>();
  if (number < 2 || number > uint64_t{std::numeric_limits<pid_t>::max()}) return false;
  return start != 0U && process_start(static_cast<pid_t>(number)) == start;
}

}  // namespace sslx::sweep
