#include "host/sweep/outcome.h"

#include <fmt/format.h>

#include <set>

#include "host/record/journal_lines.h"
#include "host/sweep/journal_tail.h"

namespace sslx::sweep {
namespace {

const std::set<std::string> kStates{"completed", "failed", "diverged", "collapsed", "interrupted"};

std::string with_last_words(std::string sentence, const std::filesystem::path& log, size_t lines) {
  const std::string words = last_lines(log, lines);
  return words.empty() ? sentence + "; it printed nothing"
                       : fmt::format("{}; its last words: {}", sentence, words);
}

}  // namespace

Outcome judge(const Ending& ending, const std::filesystem::path& directory) {
  const std::filesystem::path log = directory / "host.log";
  const Exit& exit = ending.exit;
  Outcome out{"", "", exit.code, exit.signal, ending.seconds};
  const auto finished = finished_event(directory / "journal.jsonl");
  const std::string state = finished ? finished->at("state").get<std::string>() : "";
  const bool result = exit.signal == 0 && exit.code == 0;
  if (kStates.contains(state) && (result || state != "completed") &&
      !(ending.ended == Ended::kTimeLimit && state == "interrupted")) {
    out.state = state;
    out.message = record::text_or(*finished, "message");
  } else if (ending.ended == Ended::kTimeLimit) {
    out.state = "timeout";
    out.message = fmt::format("it was stopped after {:.3g} s, the time limit being {:.3g} s",
                              ending.seconds, ending.time_limit);
  } else if (ending.ended == Ended::kInterrupted) {
    out.state = "interrupted";
    out.message = "the sweep was stopped";
  } else if (exit.signal != 0) {
    out.state = "crashed";
    out.message = with_last_words(fmt::format("{} ended it", signal_name(exit.signal)), log, 3);
  } else if (exit.code == 75) {
    out.state = "interrupted";
    out.message = "it was asked to stop";
  } else {
    out.state = "failed";
    out.message =
        with_last_words(fmt::format("it ended with exit code {} and no result", exit.code), log, 1);
  }
  return out;
}

}  // namespace sslx::sweep
