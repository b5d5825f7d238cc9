// Who runs a trial: one file a trial identity in runs/claims/, held by flock(2). Two sweeps at once
// on one home never run one trial twice. The process of the trial inherits the lock, so a claim is
// free only when the command AND what it started are gone, however they went. The file's text says
// which run it was for: whoever takes a claim that its holder did not release finishes that run's
// record first. It is not synced: a power cut ends whoever held it, and what they ran is found by
// its folder. A claim that is no regular file is Error(kRun), failing to write Error(kSystem).
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace sslx::sweep {

class Claim {
 public:
  /// Empty when someone holds it.
  static std::optional<Claim> take(const std::filesystem::path& file);

  Claim(Claim&& other) noexcept;
  Claim& operator=(Claim&&) = delete;
  ~Claim();  ///< Unlocks; the text stays unless release() was called.

  int descriptor() const { return descriptor_; }
  /// The text, an object; empty when the last holder released it, or wrote nothing.
  nlohmann::json text() const;
  void write(const nlohmann::json& text);
  /// The run's record is complete: the file goes.
  void release();
  const std::filesystem::path& file() const { return file_; }

 private:
  Claim(std::filesystem::path file, int descriptor);
  std::filesystem::path file_;
  int descriptor_ = -1;
};

/// The text of a claim that someone else holds; empty for what is no claim.
nlohmann::json read_claim(const std::filesystem::path& file);

/// The run that a claim's text names, "" when it names none: a folder's name, never a path.
std::string run_of(const nlohmann::json& claim);

/// Whether the process that a claim's text describes is the one that has its number now.
bool is_alive(const nlohmann::json& process);

}  // namespace sslx::sweep
