#include "host/sweep/executor.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sslx/error.h>

#include <chrono>
#include <exception>
#include <list>
#include <set>

#include "host/sweep/finished_stages.h"
#include "host/sweep/others.h"
#include "host/sweep/recording.h"
#include "host/sweep/recovery.h"
#include "host/sweep/retries.h"
#include "host/sweep/stored_files.h"

namespace sslx::sweep {
namespace {

using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr milliseconds kPoll{20};           // until all but an end or a signal is looked at again
constexpr milliseconds kFollow{200};        // how often journals are read
constexpr milliseconds kFirstRecord{1000};  // of a run while it runs: a short one has its end alone
constexpr milliseconds kRecord{5000};       // until the next
constexpr size_t kTries = 20;               // at those that are held, one after the other
constexpr milliseconds kRecordPatience{200};        // of a call in the loop, which has more to do
constexpr milliseconds kUsualPatience{60'000};      // of every other
constexpr std::chrono::seconds kInterruptGrace{3};  // for the record, when all is to stop

class Execution {
 public:
  Execution(const Plan& plan, const ExecutorOptions& options, RunRecord& record, Observer& observer,
            const std::atomic<int>& interrupts)
      : plan_(plan),
        options_(options),
        record_(record),
        observer_(observer),
        interrupts_(interrupts),
        claims_(options.home / "runs", options.claim_expiry),
        others_(options.home, record, claims_, observer),
        deal_(options.devices, options.run),
        recording_(record),
        stored_(options.home) {}

  Summary run() {
    fill_queue();
    record_.wait_at_most(kRecordPatience);
    while (!queue_.is_empty() || !running_.empty() || !recording_.is_empty()) {
      heed_interrupts();
      reap();
      start_more();  // before what has ended is recorded, which the next need not wait for
      follow();
      record_ends();
      heed_trouble();
      wait();
    }
    record_.wait_at_most(kUsualPatience);
    if (start_failure_ != nullptr) std::rethrow_exception(start_failure_);
    return std::move(summary_);
  }

 private:
  struct Active {
    Candidate candidate;
    Running running;
    Clock::time_point next_record = Clock::now() + kFirstRecord;
  };

  void fill_queue() {
    for (const size_t i : each_once(plan_)) {
      const Trial& trial = plan_.trials[i];
      if (!options_.again && record_.is_done(trial)) {
        ++summary_.skipped;
      } else {
        queue_.add({stored_.kept(trial)});
      }
    }
    if (claims_.has_company()) queue_.begin_anywhere();
  }

  void heed_interrupts() {
    const int count = interrupts_;
    if (count == heeded_) return;
    summary_.interrupted = true;
    queue_.clear();
    if (heeded_ == 0) {
      observer_.note(running_.empty() ? "stopping"
                                      : "stopping: the running trials end at their next step; "
                                        "interrupt again to kill them");
      for (Active& one : running_) one.running.interrupt();
    }
    if (count >= 2) {
      for (Active& one : running_) one.running.kill();
    }
    heeded_ = count;
    interrupted_at_ = Clock::now();
  }

  void start_more() {
    // Where nothing waits for the record, asking it about a trial tells whether it is back.
    if (trouble_.was_told() && !recording_.is_empty()) return;
    size_t tries = 0;
    const auto full = [&] { return running_.size() >= static_cast<size_t>(options_.run.jobs); };
    const auto waits = [&](const Candidate& one) {
      return !deal_.has_room(one.place) || recording_.has_training(one.trial.training) ||
             (claims_.seems_held(one.trial.identity) && ++tries > kTries);
    };
    queue_.start(full, waits, [this](Candidate& one) { return try_start(one); });
  }

  /// Until a trial ends or a signal comes, a moment at most.
  void wait() const {
    if (running_.empty() && recording_.is_empty() && queue_.are_due()) return;
    std::vector<pollfd> ends;
    for (const Active& one : running_) ends.push_back({one.running.end_descriptor(), POLLIN, 0});
    poll(ends.data(), ends.size(), static_cast<int>(kPoll.count()));
  }

  /// False when another command has the trial, or the record cannot be asked.
  bool try_start(Candidate& candidate) {
    try {
      if (is_done_by_others(candidate)) return true;
      std::optional<Claim> claim = claims_.take(candidate.trial.identity);
      if (claim) return start_claimed(candidate, *claim);
      const std::optional<Outcome> stuck = others_.wait_for(candidate);
      if (stuck) fail(candidate, *stuck);
      return stuck.has_value();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kRun) {
        fail(candidate, {"failed", error.what(), 0, 0, 0});  // of its claim
        return true;
      }
      // What cannot be started now ends no trial that runs.
      start_failure_ = std::current_exception();
      observer_.note(fmt::format("no more trials are started: {}", error.what()));
      stopped_ = true;
      return true;
    }
  }

  bool is_done_by_others(const Candidate& candidate) {
    if (options_.again || candidate.attempt > 0) return false;
    try {
      if (!others_.have_done(candidate.trial)) return false;
    } catch (const Error&) {
      return false;  // whoever has its claim asks again, and tells
    }
    ++summary_.skipped;
    return true;
  }

  bool start_claimed(Candidate& candidate, Claim& claim) {
    const Trial& trial = candidate.trial;
    fs::path resume;
    try {
      Recovery recovery;
      if (!recover_claim(claim, options_.home, record_, recovery)) {
        trouble_.seen(recovery.notes.back());
        return false;
      }
      for (const std::string& note : recovery.notes) observer_.note(note);
      others_.take_in(trial);
      const bool afresh = options_.again || candidate.attempt > 0;
      if (!afresh && record_.is_done(trial)) {
        claim.release();
        ++summary_.skipped;
        return true;
      }
      resume = run_to_go_on_from(candidate);
      record_works();
    } catch (const Error& error) {
      trouble_.seen(error.what());
      if (run_of(claim.text()).empty()) claim.release();
      return false;
    }
    start_on_device(candidate, std::move(claim), resume);
    observer_.started(running_.back().running.view());
    return true;
  }

  void start_on_device(Candidate& candidate, Claim claim, const fs::path& resume) {
    const TrialDevice& device = deal_.take(candidate.place);
    try {
      running_.push_back(
          {candidate, Running(candidate.trial, plan_.name, options_, std::move(claim), device,
                              resume, options_.server.get())});
    } catch (...) {
      deal_.give_back(candidate.place);
      throw;
    }
  }

  /// --retry begins anew, though not at each of its attempts.
  fs::path run_to_go_on_from(const Candidate& candidate) {
    fs::path before;
    if (!candidate.last_run.empty()) before = furthest_run({candidate.last_run});
    return before.empty() && !options_.again ? run_to_take_up(record_, candidate.trial) : before;
  }

  void follow() {
    if (Clock::now() < next_follow_) return;
    next_follow_ = Clock::now() + kFollow;
    std::vector<RunView> views;
    bool record_waits = recording_.is_empty();
    for (Active& one : running_) {
      views.push_back(one.running.view());
      tell_warnings(views.back());
      if (Clock::now() < one.next_record) continue;
      one.next_record = Clock::now() + kRecord;
      // Its end tells what is wrong; one that waits for a lock would make the others wait.
      if (record_waits) record_waits = try_ingest(views.back().directory);
    }
    observer_.progressed(views);
  }

  /// False when the record could not be written for a reason that is not the run's.
  bool try_ingest(const fs::path& directory) {
    try {
      record_.ingest(directory);
      return true;
    } catch (const Error& error) {
      return error.kind() == ErrorKind::kRun;
    }
  }

  /// Once for all trials that have the same one.
  void tell_warnings(const RunView& run) {
    for (const std::string& warning : run.progress.warnings) {
      if (warnings_.insert(warning).second) observer_.note("warning: " + warning);
    }
  }

  void reap() {
    for (auto at = running_.begin(); at != running_.end();) {
      const std::optional<Outcome> outcome = at->running.poll();
      if (!outcome) {
        ++at;
        continue;
      }
      const RunView view = at->running.view();
      tell_warnings(view);
      deal_.give_back(at->candidate.place, *outcome);
      if (outcome->state == "interrupted" && options_.machines.size > 1) stop_with_the_others();
      recording_.add({std::move(at->candidate), std::move(at->running), view, *outcome});
      at = running_.erase(at);
    }
  }

  /// A machine was told to stop, without which none of these trials can run.
  void stop_with_the_others() {
    summary_.interrupted = stopped_ = true;
    queue_.clear();
  }

  void record_ends() {
    if (recording_.work([this](EndedTrial& ended) { finish(ended); }, trouble_)) record_works();
  }

  void record_works() {
    if (trouble_.was_told()) observer_.note("the record can be written again; going on");
    trouble_.over();
  }

  /// The record has it: the claim goes, and a trial that was killed comes again.
  void finish(EndedTrial& ended) {
    ended.running.release();
    ++summary_.ran;
    Candidate& candidate = ended.candidate;
    const Outcome& outcome = ended.outcome;
    if (outcome.state == "superseded") {
      deal_.forgive(candidate.place);
      return wait_again(ended);
    }
    const bool stops = heeded_ > 0 || stopped_;
    if (!stops && goes_to_another_device(ended)) return;
    const bool tried_on_all = candidate.place.failed_on.size() > 1;
    if (!stops && !tried_on_all && may_try_again(outcome, candidate.attempt, options_.retries)) {
      observer_.note(fmt::format("{}: {}; it is tried again ({} of {})", ended.view.label,
                                 outcome.message, candidate.attempt + 1,
                                 outcome.reason == kOutOfMemory ? 1 : options_.retries));
      candidate.earlier.push_back(outcome);
      queue_.add_first({std::move(candidate.trial), candidate.attempt + 1, ended.view.directory,
                        std::move(candidate.earlier)});
      return;
    }
    remove_checkpoints(candidate.trial, outcome);
    Outcome told = outcome;
    told.message = last_message(outcome, candidate.earlier);
    tell_end(ended.view, told);
  }

  /// Whose fault it was that a trial ended as devices make it end, another device tells.
  bool goes_to_another_device(EndedTrial& ended) {
    const DeviceDeal::Verdict verdict = deal_.judge(ended.outcome, ended.candidate.place);
    if (!verdict.note.empty()) {
      observer_.note(fmt::format("{}: {}", ended.view.label, verdict.note));
    }
    if (!verdict.elsewhere) return false;
    ended.candidate.last_run = ended.view.directory;
    ended.candidate.earlier.push_back(ended.outcome);
    queue_.add_first(std::move(ended.candidate));
    return true;
  }

  /// Another command took the trial over, and has its result or will have it.
  void wait_again(EndedTrial& ended) {
    observer_.note(fmt::format("{}: {}", ended.view.label, ended.outcome.message));
    if (heeded_ > 0 || stopped_) return;
    queue_.add_later({std::move(ended.candidate.trial), ended.candidate.attempt});
  }

  /// What ended for good needs none any more: those of earlier runs that it went on from.
  void remove_checkpoints(const Trial& trial, const Outcome& outcome) {
    if (outcome.is_failure() || outcome.state == "interrupted") return;
    try {
      for (const fs::path& run : record_.unfinished(trial)) remove_checkpoints_of(run);
    } catch (const Error&) {  // they cost space alone
    }
  }

  void tell_end(const RunView& view, const Outcome& outcome) {
    const bool stopped_by_other = outcome.state == "interrupted" && heeded_ == 0;
    if (outcome.is_failure() || stopped_by_other) summary_.failures.emplace_back(view, outcome);
    observer_.finished(view, outcome);
  }

  /// A trial that could not be started.
  void fail(const Candidate& candidate, const Outcome& outcome) {
    const Trial& trial = candidate.trial;
    tell_end({"", trial_label(trial.variant, trial.axes, trial.seed), {}, 0, {}}, outcome);
  }

  void heed_trouble() {
    if (stopped_) queue_.clear();
    if (!trouble_.is_there()) return;
    const bool hopeless =
        record_.is_gone() || trouble_.lasts(options_.give_up_after) ||
        (summary_.interrupted && Clock::now() - interrupted_at_ > kInterruptGrace);
    if (trouble_.is_to_be_told(hopeless ? milliseconds(0) : options_.tell_after)) {
      observer_.note(fmt::format("nothing can be recorded: {}; no more trials are started{}",
                                 trouble_.reason(), hopeless ? "" : " until it can"));
    }
    if (hopeless) leave_to_next_command();
  }

  /// What runs is waited for: its journal is what the next command takes in.
  void leave_to_next_command() {
    stopped_ = true;
    summary_.unstarted += queue_.size();
    queue_.clear();
    if (!running_.empty()) return;
    recording_.give_up([this](const EndedTrial& ended) {
      ++summary_.ran;
      ++summary_.unrecorded;
      tell_end(ended.view,
               {"failed",
                "its end is in its journal, and the next command records it: " + trouble_.reason(),
                0, 0, ended.view.seconds});
    });
    trouble_.over();
  }

  const Plan& plan_;
  const ExecutorOptions& options_;
  RunRecord& record_;
  Observer& observer_;
  const std::atomic<int>& interrupts_;
  Claims claims_;
  Others others_;
  Candidates queue_;
  std::list<Active> running_;
  DeviceDeal deal_;
  Recording recording_;
  Trouble trouble_;
  Summary summary_;
  StoredFiles stored_;
  Clock::time_point next_follow_{};
  Clock::time_point interrupted_at_{};
  std::exception_ptr start_failure_;
  std::set<std::string> warnings_;  ///< That were told.
  int heeded_ = 0;
  bool stopped_ = false;  ///< No more trials are started.
};

}  // namespace

Summary execute(const Plan& plan, const ExecutorOptions& options, RunRecord& record,
                Observer& observer, const std::atomic<int>& interrupts) {
  return Execution(plan, options, record, observer, interrupts).run();
}

}  // namespace sslx::sweep
