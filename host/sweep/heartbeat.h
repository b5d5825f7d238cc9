// Signs of life between commands that share a home, also on machines that share its file system
// alone. A command that runs trials counts in a file of its own, runs/executors/<id>; whoever waits
// for it measures by its own clock how long the count has not changed. No other clock is read, so
// that none that is wrong, or jumps, makes a living command dead or a dead one immortal.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

namespace sslx::sweep {

/// {"id", "boot", "machine", "pid", "start"}: a random id, the boot of the kernel that it runs on,
/// the host's name, and the process.
nlohmann::json own_executor();

/// Whether the process described runs, or ran, on the kernel that we run on.
bool is_on_this_machine(const nlohmann::json& executor);

/// Counts from its construction to its end; then the file goes. What cannot be written is not told:
/// the others would take over what this one has, and that is safe.
class Heartbeat {
 public:
  Heartbeat(std::filesystem::path folder, const nlohmann::json& executor);
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;
  ~Heartbeat();

  /// Whether another command is there, or was since this was asked last.
  bool has_company();
  /// Removes the files of commands of this machine that are dead, and those that have not counted
  /// for an hour, as of before a restart of it.
  void remove_dead() const;

 private:
  void beat();
  void write_beat(int64_t count) const;

  std::filesystem::path folder_;
  nlohmann::json executor_;
  std::filesystem::path file_;
  std::mutex mutex_;
  std::condition_variable end_;
  bool over_ = false;
  int64_t folder_changed_ = 0;
  std::thread thread_;
};

/// How long others have given no sign of life.
class BeatWatch {
 public:
  BeatWatch(std::filesystem::path folder, std::chrono::milliseconds expiry)
      : folder_(std::move(folder)), expiry_(expiry) {}

  /// Whether it has ended, or its count has not changed for the whole expiry while this one looked.
  bool is_gone(const nlohmann::json& executor);

 private:
  using Clock = std::chrono::steady_clock;
  struct Seen {
    std::string text;
    Clock::time_point since;
  };
  std::filesystem::path folder_;
  std::chrono::milliseconds expiry_;
  std::map<std::string, Seen> seen_;
};

}  // namespace sslx::sweep
