#include "host/sweep/watch.h"

#include <algorithm>
#include <chrono>
#include <list>
#include <optional>
#include <thread>

#include "host/record/journal_lines.h"
#include "host/sweep/follow.h"
#include "host/sweep/others.h"

namespace sslx::sweep {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;
namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr milliseconds kLook{500};
constexpr milliseconds kPoll{50};
constexpr std::chrono::seconds kAgain{15};  // until a trial that failed counts as given up
constexpr size_t kMostAtOnce = 1000;        // trials that are asked about in one look

/// One that has no result yet.
struct Pending {
  const Trial* trial;
  std::string run = {};  ///< That somebody has begun, or "".
  std::optional<JournalTail> tail = {};
  fs::path directory = {};
  Clock::time_point begun = {};
  std::optional<Clock::time_point> left = {};  ///< Since when nobody has it after a failure.
};

RunView view_of(Pending& one) {
  while (one.tail && one.tail->read()) {
  }
  RunView out{one.run,
              trial_label(one.trial->variant, one.trial->axes, one.trial->seed),
              one.directory,
              0,
              {}};
  if (one.run.empty()) return out;
  out.progress = one.tail->progress();
  out.seconds = std::chrono::duration<double>(Clock::now() - one.begun).count();
  return out;
}

/// What exit.json of a run says.
Outcome end_of(const fs::path& directory) {
  const json text = record::read_object(directory / "exit.json");
  Outcome out{record::text_or(text, "state"), record::text_or(text, "message")};
  out.seconds = text.value("seconds", 0.0);
  out.reason = record::text_or(text, "reason");
  return out;
}

class Watch {
 public:
  Watch(const Plan& plan, const ExecutorOptions& options, RunRecord& record, Observer& observer,
        const std::atomic<int>& interrupts)
      : options_(options),
        record_(record),
        observer_(observer),
        interrupts_(interrupts),
        claims_(options.home / "runs", options.claim_expiry),
        others_(options.home, record, claims_, observer) {
    if (options.machines.rank > 0) follower_.emplace(options, plan.name);
    for (const size_t i : each_once(plan)) pending_.push_back({&plan.trials[i]});
  }

  Summary run() {
    while (true) {
      look();
      if (follower_) follower_->look();
      if (pending_.empty()) break;
      const auto until = Clock::now() + kLook;
      while (interrupts_ == 0 && Clock::now() < until) std::this_thread::sleep_for(kPoll);
      if (interrupts_ == 0) continue;
      summary_.interrupted = true;
      break;
    }
    if (follower_) follower_->end();
    return std::move(summary_);
  }

 private:
  /// At some of them, the next ones the next time.
  void look() {
    std::vector<RunView> views;
    size_t asked = 0;
    auto at = pending_.begin();
    for (; at != pending_.end() && asked < kMostAtOnce; ++asked) {
      if (is_over(*at)) {
        at = pending_.erase(at);
      } else {
        if (!at->run.empty()) views.push_back(view_of(*at));
        ++at;
      }
    }
    pending_.splice(pending_.end(), pending_, pending_.begin(), at);
    observer_.progressed(views);
  }

  bool is_over(Pending& one) {
    if (others_.have_done(*one.trial) || record_.is_done(*one.trial)) {
      if (one.run.empty()) {
        ++summary_.skipped;
      } else {
        ++summary_.ran;
        observer_.finished(view_of(one), end_of(one.directory));
      }
      return true;
    }
    const std::string run = run_of(last_claim(claims_.folder(), one.trial->identity));
    if (!run.empty()) {
      busy_ = Clock::now();
      one.left.reset();
      if (run != one.run) begin(one, run);
      return false;
    }
    return has_failed(one);
  }

  void begin(Pending& one, const std::string& run) {
    one.run = run;
    one.directory = options_.home / "runs" / run;
    one.tail.emplace(one.directory / "journal.jsonl");
    one.begun = Clock::now();
    observer_.started(view_of(one));
    if (follower_) follower_->begun(*one.trial, run);
  }

  /// A trial that failed may be tried again by whoever has it. The first of several machines has
  /// one after another: as long as it is at work, what failed before may be next.
  bool has_failed(Pending& one) {
    const std::vector<fs::path> before = record_.unfinished(*one.trial);
    if (before.empty()) return false;
    const Outcome end = end_of(before.front());
    if (!end.is_failure()) return false;
    if (!one.left) one.left = Clock::now();
    if (follower_ && !busy_) return false;
    const auto since = follower_ ? std::max(*one.left, *busy_) : *one.left;
    if (Clock::now() - since < kAgain) return false;
    if (one.run.empty()) begin(one, before.front().filename().string());
    ++summary_.ran;
    summary_.failures.emplace_back(view_of(one), end);
    observer_.finished(view_of(one), end);
    return true;
  }

  const ExecutorOptions& options_;
  RunRecord& record_;
  Observer& observer_;
  const std::atomic<int>& interrupts_;
  Claims claims_;
  Others others_;
  std::optional<Follower> follower_;
  std::list<Pending> pending_;
  std::optional<Clock::time_point> busy_;  ///< When somebody was last seen to have a trial.
  Summary summary_;
};

}  // namespace

Summary watch(const Plan& plan, const ExecutorOptions& options, RunRecord& record,
              Observer& observer, const std::atomic<int>& interrupts) {
  return Watch(plan, options, record, observer, interrupts).run();
}

}  // namespace sslx::sweep
