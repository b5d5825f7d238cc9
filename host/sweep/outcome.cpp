#include "host/sweep/outcome.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <set>

#include "host/processes/processes.h"
#include "host/record/journal_lines.h"
#include "host/sweep/journal_tail.h"

namespace sslx::sweep {
namespace {

const std::set<std::string> kStates{"completed", "failed", "diverged", "collapsed", "interrupted"};

template <size_t kCount>
bool has_any(const std::string& message, const std::array<const char*, kCount>& all) {
  return std::ranges::any_of(
      all, [&](const char* words) { return message.find(words) != std::string::npos; });
}

/// What the allocators of C++, torch and CUDA say, and what is said of a process that died of it.
bool is_out_of_memory(const std::string& message) {
  static constexpr std::array kWords{"bad_alloc", "out of memory", "not enough memory",
                                     "can't allocate memory", "OutOfMemoryError"};
  return has_any(message, kWords);
}

/// As torch tells what CUDA and its libraries told it, and the host of a device that is not there.
bool is_device_failure(const std::string& message) {
  static constexpr std::array kWords{"CUDA error", "CUDNN_STATUS_", "CUBLAS_STATUS_",
                                     "device 'cuda' cannot be used"};
  return has_any(message, kWords);
}

std::string reason_of(const Outcome& outcome, const Ending& ending, bool told) {
  const bool failed = outcome.is_failure() && outcome.state != "timeout";
  const bool killed = outcome.signal == SIGKILL && ending.is_memory_short;
  if (failed && (killed || is_out_of_memory(outcome.message))) return kOutOfMemory;
  if (failed && outcome.message == processes::kOfAnotherMachine) return kPeer;
  if (failed && is_device_failure(outcome.message)) return kDevice;
  if (outcome.state == "timeout") {
    return ending.ended == Ended::kStalled ? "stalled" : "time limit";
  }
  if (outcome.state == "crashed") return signal_name(outcome.signal);
  if (outcome.state == "failed") return told ? "exception" : "exit code";
  return "";
}

/// " (method 'x' in loss at step 3)"
std::string at(const std::string& doing) {
  return doing.empty() ? "" : fmt::format(" ({})", doing);
}

std::string with_last_words(std::string sentence, const std::filesystem::path& log, size_t lines) {
  const std::string words = last_lines(log, lines);
  return words.empty() ? sentence + "; it printed nothing"
                       : fmt::format("{}; its last words: {}", sentence, words);
}

}  // namespace

bool is_of_device(const Outcome& outcome) {
  const bool memory = outcome.reason == kOutOfMemory &&
                      outcome.message.find("CUDA out of memory") != std::string::npos;
  return memory || outcome.reason == kDevice;
}

Outcome judge(const Ending& ending, const std::filesystem::path& directory) {
  const std::filesystem::path log = directory / "host.log";
  const Exit& exit = ending.exit;
  Outcome out{"", "", exit.code, exit.signal, ending.seconds};
  const auto finished = finished_event(directory / "journal.jsonl");
  const std::string state = finished ? finished->at("state").get<std::string>() : "";
  const bool result = exit.signal == 0 && exit.code == 0;
  const bool was_over_a_limit =
      ending.ended == Ended::kTimeLimit || ending.ended == Ended::kStalled;
  if (kStates.contains(state) && (result || state != "completed") &&
      !(was_over_a_limit && state == "interrupted")) {
    out.state = state;
    out.message = record::text_or(*finished, "message");
  } else if (ending.ended == Ended::kTimeLimit) {
    out.state = "timeout";
    out.message = fmt::format("it was stopped after {:.3g} s, the time limit being {:.3g} s{}",
                              ending.seconds, ending.time_limit, at(ending.doing));
  } else if (ending.ended == Ended::kStalled) {
    out.state = "timeout";
    out.message = fmt::format(
        "it showed no sign of life for {:.3g} s{}, and was ended; its stacks are in its log",
        ending.quiet, at(ending.doing));
  } else if (ending.ended == Ended::kInterrupted) {
    out.state = "interrupted";
    out.message = "the sweep was stopped";
  } else if (exit.signal != 0) {
    out.state = "crashed";
    out.message = with_last_words(
        fmt::format("{} ended it{}", signal_name(exit.signal), at(ending.doing)), log, 3);
  } else if (exit.code == 75) {
    out.state = "interrupted";
    out.message = "it was asked to stop";
  } else {
    out.state = "failed";
    out.message = with_last_words(
        fmt::format("it ended with exit code {} and no result{}", exit.code, at(ending.doing)), log,
        1);
  }
  out.reason = reason_of(out, ending, !state.empty());
  if (out.reason == kOutOfMemory && exit.signal == SIGKILL) {
    out.message = "SIGKILL ended it while the kernel ended processes for want of memory";
  }
  return out;
}

}  // namespace sslx::sweep
