// Who runs a trial. Whoever begins one creates runs/claims/<trial>.<generation> by a hard link,
// which no two can do, on one machine or on several that share a file system; the next generation
// is created by who takes the trial over from one that is dead, and by the holder himself when the
// trial has ended (seal). So a holder that was taken for dead learns of it before his result
// counts.
//
// A holder of this machine is dead when neither he nor what he started has the file locked any more
// (flock, which the trial's process inherits), one of another machine when he gives no sign of life
// (heartbeat.h). The text says which run a claim was for: whoever takes over finishes that run's
// record first. Nothing is synced: a power cut ends whoever held it, and what they ran is found by
// its folder. A claim that is no regular file is Error(kRun), failing to write Error(kSystem).
#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/sweep/heartbeat.h"
#include "host/sweep/listing.h"

namespace sslx::sweep {

/// A file of a claim that is there.
struct Holder {
  int64_t generation = 0;
  nlohmann::json text = nlohmann::json::object();
  bool is_locked = false;
};

class Claim {
 public:
  Claim(Claim&& other) noexcept;
  Claim& operator=(Claim&&) = delete;
  ~Claim();  ///< Unless release() was called the text stays, for whoever takes the trial next.

  int descriptor() const { return descriptor_; }
  /// The text, an object; at first it names the run that the last holder left, if he left one.
  const nlohmann::json& text() const { return text_; }
  void write(nlohmann::json text);
  /// Nobody can take the trial over from now on. False when someone has.
  bool seal();
  /// The run's record is complete: the files go.
  void release();
  /// The trial's name in the folder, without a generation.
  const std::filesystem::path& file() const { return file_; }

 private:
  friend class Claims;
  Claim(std::filesystem::path file, const nlohmann::json& executor);
  std::filesystem::path named(int64_t generation) const;
  /// False when that generation is there already.
  bool create(int64_t generation, nlohmann::json text);
  void put(int descriptor, const nlohmann::json& text) const;
  bool is_own(int64_t generation) const;

  std::filesystem::path file_;
  nlohmann::json executor_;
  nlohmann::json text_ = nlohmann::json::object();
  int64_t generation_ = 0;
  int64_t sealed_ = 0;
  int descriptor_ = -1;
  int seal_descriptor_ = -1;
};

class Claims {
 public:
  static constexpr std::chrono::milliseconds kExpiry{60'000};

  /// Of the home with this folder of runs. Others see this object as one command that lives as
  /// long.
  explicit Claims(const std::filesystem::path& runs, std::chrono::milliseconds expiry = kExpiry);

  /// Empty when someone holds it.
  std::optional<Claim> take(const std::string& trial);
  /// Whether there is one of the trial, as of a moment ago: it costs nothing to ask.
  bool seems_held(const std::string& trial) { return held_.contains(trial); }
  /// What was being made when a command of this machine was killed, and files of dead commands go.
  void remove_litter() const;
  /// Another command is there, or was since this was asked last.
  bool has_company() { return heartbeat_.has_company(); }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  std::filesystem::path executors_;
  nlohmann::json executor_;
  Heartbeat heartbeat_;
  BeatWatch watch_;
  Listing held_;
};

/// The trials of which a folder has claims, sorted.
std::vector<std::string> claimed_trials(const std::filesystem::path& folder);

/// The last generation of a claim; nothing where there is none.
std::optional<Holder> last_holder(const std::filesystem::path& folder, const std::string& trial);

/// The text of the last generation of a claim, which is not locked for that; empty without one.
nlohmann::json last_claim(const std::filesystem::path& folder, const std::string& trial);

/// Whether nobody can be at work for it any more.
bool is_dead(const Holder& holder, BeatWatch& watch);

/// The text of a claim; empty for what is no claim.
nlohmann::json read_claim(const std::filesystem::path& file);

/// The run that a claim's text names, "" when it names none: a folder's name, never a path.
std::string run_of(const nlohmann::json& claim);

/// Whether the process that a text describes is the one that has its number now.
bool is_alive(const nlohmann::json& process);

}  // namespace sslx::sweep
