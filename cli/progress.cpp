#include "cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

#include "cli/duration.h"

namespace sslx::cli {
namespace {

winsize terminal_size() {
  winsize size{};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
  if (!known || size.ws_col == 0 || size.ws_row == 0) return {24, 100, 0, 0};
  return size;
}

/// A closed standard output ends no sweep: what cannot be shown is still recorded.
void put(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

/// At most `width` columns, cut between characters.
std::string fitted(std::string line, size_t width) {
  size_t columns = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(line[i]) & 0xC0U) != 0x80U;
    if (begins && ++columns > width) return line.substr(0, i);
  }
  return line;
}

constexpr double kQuietSeconds = 60;

/// What looks like a hang, and where it is; "" as long as it does not.
std::string quiet_text(const sweep::RunView& run) {
  const std::string where = run.doing.empty() ? "" : fmt::format(" ({})", run.doing);
  if (run.step_seconds >= kQuietSeconds) {
    return fmt::format("  no step for {:.0f} s{}", run.step_seconds, where);
  }
  if (run.quiet_seconds < kQuietSeconds) return "";
  return fmt::format("  no sign of life for {:.0f} s{}", run.quiet_seconds, where);
}

}  // namespace

std::string progress_line(const sweep::RunView& run) {
  const sweep::Progress& now = run.progress;
  std::string line = run.label;
  if (!now.started) return line + "  starting" + quiet_text(run);
  if (now.steps == 0) return line + "  evaluating" + quiet_text(run);
  if (now.epochs > 0) line += fmt::format("  epoch {}/{}", now.epoch, now.epochs);
  if (!std::isnan(now.loss)) line += fmt::format("  loss {:.4g}", now.loss);
  if (!std::isnan(now.images_per_second)) {
    line += fmt::format("  {:.0f} images/s", now.images_per_second);
  }
  if (now.step >= now.steps) return line + "  evaluating" + quiet_text(run);
  if (const std::string quiet = quiet_text(run); !quiet.empty()) return line + quiet;
  if (!std::isnan(now.seconds_left)) line += "  " + duration_text(now.seconds_left) + " left";
  return line;
}

ProgressDisplay::ProgressDisplay(size_t total, bool terminal)
    : total_(total), terminal_(terminal) {}

void ProgressDisplay::erase_lines() {
  if (drawn_ > 0) put(fmt::format("\x1b[{}A\x1b[J", drawn_));
  drawn_ = 0;
}

void ProgressDisplay::say(const std::string& line) {
  erase_lines();
  put(line + "\n");
}

void ProgressDisplay::started(const sweep::RunView& run) {
  if (!terminal_) say(fmt::format("{}: started, run {}", run.label, run.run));
  said_[run.run] = Clock::now();
}

void ProgressDisplay::progressed(const std::vector<sweep::RunView>& runs) {
  if (!terminal_) {
    for (const sweep::RunView& run : runs) {
      if (Clock::now() - said_[run.run] < std::chrono::seconds(10)) continue;
      said_[run.run] = Clock::now();
      say(progress_line(run));
    }
    return;
  }
  const winsize size = terminal_size();
  std::string lines;
  size_t count = 0;
  for (; count < runs.size() && count + 1 < size.ws_row; ++count) {
    lines += fitted(progress_line(runs[count]), size.ws_col - 1U) + "\n";
  }
  erase_lines();
  put(lines);
  drawn_ = count;
}

void ProgressDisplay::finished(const sweep::RunView& run, const sweep::Outcome& outcome) {
  ++ended_;
  said_.erase(run.run);
  std::string line = fmt::format("[{}/{}] {}: {} after {}", ended_, total_, run.label,
                                 outcome.state, duration_text(run.seconds));
  if (!outcome.message.empty()) line += ": " + outcome.message;
  say(line);
}

void ProgressDisplay::note(const std::string& sentence) { say(sentence); }

}  // namespace sslx::cli
