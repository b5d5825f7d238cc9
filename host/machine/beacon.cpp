#include "host/machine/beacon.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace sslx::machine {
namespace {

constexpr const char* kName = "sslx-beacon";
constexpr auto kRelaxed = std::memory_order_relaxed;

static_assert(std::atomic<uint64_t>::is_always_lock_free, "two processes share it");

thread_local const std::string* works_for = nullptr;

/// One a process, since whoever is at work writes it and a signal handler reads it.
Board own{};
std::atomic<Board*> board{&own};

void copy_text(const Board& from, char* to) {
  for (size_t i = 0; i < Board::kText; ++i) to[i] = from.text[i].load(kRelaxed);
  to[Board::kText - 1] = '\0';
}

/// A text that is whole: the writer's edition is even, and the same before and after. A process
/// that was stopped in the middle of it has the one that it was writing.
void whole_text(const Board& from, char* to) {
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    const uint32_t edition = from.edition.load(std::memory_order_acquire);
    copy_text(from, to);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (edition % 2 == 0 && from.edition.load(kRelaxed) == edition) return;
  }
}

void put_text(const char* text) {
  Board& to = *board;
  to.edition.fetch_add(1, kRelaxed);
  std::atomic_thread_fence(std::memory_order_release);
  for (size_t i = 0; i < Board::kText; ++i) to.text[i].store(text[i], kRelaxed);
  to.edition.fetch_add(1, std::memory_order_release);
  to.signs.fetch_add(1, kRelaxed);
}

Sighting seen(const Board& from) {
  std::array<char, Board::kText> text{};
  whole_text(from, text.data());
  return {from.signs, from.told, from.steps - 1, text.data()};
}

Board* map(int descriptor, int protection) {
  void* at = mmap(nullptr, sizeof(Board), protection, MAP_SHARED, descriptor, 0);
  return at == MAP_FAILED ? nullptr : static_cast<Board*>(at);
}

/// Whether the descriptor is a beacon, and nothing else that somebody left open.
bool is_beacon(int descriptor) {
  struct stat about {};
  if (fstat(descriptor, &about) != 0 || about.st_size != sizeof(Board)) return false;
  std::array<char, 64> name{};
  const std::string link = fmt::format("/proc/self/fd/{}", descriptor);
  if (readlink(link.c_str(), name.data(), name.size() - 1) < 0) return false;
  return std::string_view(name.data()).starts_with(fmt::format("/memfd:{}", kName));
}

}  // namespace

std::string Sighting::text() const {
  if (step < 0 || doing.empty()) return doing;
  return fmt::format("{} at step {}", doing, step);
}

/// Above the places that a process gets its descriptors in.
Beacon::Beacon() {
  const int made = memfd_create(kName, MFD_CLOEXEC);
  if (made < 0) return;
  descriptor_ = fcntl(made, F_DUPFD_CLOEXEC, kBeacon + 1);
  close(made);
  if (descriptor_ < 0) return;
  if (ftruncate(descriptor_, sizeof(Board)) == 0) board_ = map(descriptor_, PROT_READ);
  if (board_ == nullptr) {
    close(descriptor_);
    descriptor_ = -1;
  }
}

Beacon::~Beacon() {
  if (board_ != nullptr) munmap(const_cast<Board*>(board_), sizeof(Board));
  if (descriptor_ >= 0) close(descriptor_);
}

Sighting Beacon::look() const { return board_ == nullptr ? Sighting{} : seen(*board_); }

void light_beacon(int descriptor) {
  if (!is_beacon(descriptor)) return;
  if (Board* shared = map(descriptor, PROT_READ | PROT_WRITE)) board = shared;
  close(descriptor);  // the memory stays
}

Sighting own_sighting() { return seen(*board); }

size_t own_doing(char* text, size_t size) {
  std::array<char, Board::kText> whole{};
  whole_text(*board, whole.data());
  const size_t length = std::min(std::strlen(whole.data()), size);
  std::memcpy(text, whole.data(), length);
  return length;
}

AtWork::AtWork(std::string_view who, std::string_view stage) : before_{} {
  copy_text(*board, before_.data());
  std::array<char, Board::kText> text{};
  size_t length = 0;
  for (const std::string_view part : {who, std::string_view(stage.empty() ? "" : " in "), stage}) {
    const size_t taken = std::min(part.size(), text.size() - 1 - length);
    std::memcpy(text.data() + length, part.data(), taken);
    length += taken;
  }
  put_text(text.data());
}

AtWork::~AtWork() { put_text(before_.data()); }

WorksFor::WorksFor(const std::string& who) : before_(works_for) { works_for = &who; }

WorksFor::~WorksFor() { works_for = before_; }

void blame_this_thread() {
  constexpr std::string_view kBeside = "a thread beside ";
  std::array<char, Board::kText> text{};
  if (works_for != nullptr) {
    std::memcpy(text.data(), works_for->data(), std::min(works_for->size(), text.size() - 1));
    board.load()->steps = 0;
  } else if (gettid() != getpid()) {
    std::memcpy(text.data(), kBeside.data(), kBeside.size());
    own_doing(text.data() + kBeside.size(), text.size() - 1 - kBeside.size());
  } else {
    return;
  }
  put_text(text.data());
}

void begin_step(int64_t step) {
  board.load()->steps = step + 1;
  sign_of_life();
}

void sign_of_life() { board.load(kRelaxed)->signs.fetch_add(1, kRelaxed); }

void sign_of_told() { ++board.load()->told; }

}  // namespace sslx::machine
