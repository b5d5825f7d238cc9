// What a process is doing, seen from outside: sslx-host writes down who is at work, in which stage
// and at which step, in memory that `sslx` shares with it. So a progress line can say "method 'x'
// in loss", a limit tells what is slow from what is stuck, and the last words of a crash name the
// stage. It costs a few stores, asks no disk, and a signal handler may read it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sslx::machine {

/// What was seen of a process.
struct Sighting {
  uint64_t signs = 0;  ///< Grows with everything that it gets done.
  uint64_t told = 0;   ///< How often it has written its stacks into its log (last_words.h).
  int64_t step = -1;   ///< Of a training, counted from 0; -1 outside of one.
  std::string doing;   ///< "method 'x' in loss", or "" as long as it has not said.

  /// "method 'x' in loss at step 3"
  std::string text() const;
};

/// The memory itself; all zero is a process that has done nothing.
struct Board {
  static constexpr size_t kText = 120;
  std::atomic<uint64_t> signs;
  std::atomic<uint64_t> told;
  std::atomic<int64_t> steps;     ///< The step and 1; 0 outside of a training.
  std::atomic<uint32_t> edition;  ///< Odd while the text changes.
  std::array<std::atomic<char>, kText> text;
};

/// The watcher's side. Where the system gives no memory the descriptor is -1, and nothing is seen.
class Beacon {
 public:
  Beacon();
  Beacon(const Beacon&) = delete;
  Beacon& operator=(const Beacon&) = delete;
  ~Beacon();
  /// What the process is to have as its descriptor 4.
  int descriptor() const { return descriptor_; }
  Sighting look() const;

 private:
  int descriptor_ = -1;
  const Board* board_ = nullptr;
};

/// Where a process finds the beacon that it was given.
inline constexpr int kBeacon = 4;

/// From now on what this process does is seen by whoever made the beacon; without one in its place
/// nothing changes, and the place stays whoever's it is.
void light_beacon(int descriptor = kBeacon);

/// What this process is doing. For a signal handler: `text` is filled without allocating.
Sighting own_sighting();
size_t own_doing(char* text, size_t size);

/// Somebody is at work in a stage for as long as it lives; then what was before goes on. For the
/// main thread alone.
class AtWork {
 public:
  explicit AtWork(std::string_view who, std::string_view stage = "");
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;
  ~AtWork();

 private:
  std::array<char, Board::kText> before_;
};

/// Whom the calling thread, any of them, works for as long as it lives.
class WorksFor {
 public:
  explicit WorksFor(const std::string& who);  ///< Which outlives it.
  WorksFor(const WorksFor&) = delete;
  WorksFor& operator=(const WorksFor&) = delete;
  ~WorksFor();

 private:
  const std::string* before_;
};

/// The process ends by what the calling thread did: whom that works for is at work from now on, and
/// not who is in the main thread. For a signal handler.
void blame_this_thread();

/// A step of a training begins; -1: the training is over.
void begin_step(int64_t step);

/// Something got done. From any thread.
void sign_of_life();

/// The stacks are in the log.
void sign_of_told();

/// The line of a log before the stacks that sslx-host writes there begins so.
inline constexpr std::string_view kStackMark = "sslx-host: its stacks ";

}  // namespace sslx::machine
