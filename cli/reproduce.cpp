// `sslx reproduce`: a recorded run, or a sample of a sweep's, made again and compared.
#include <fmt/format.h>
#include <sslx/error.h>

#include <cstdio>
#include <map>
#include <memory>
#include <random>

#include "cli/context.h"
#include "cli/made_again.h"
#include "host/record/pivot_data.h"
#include "host/record/runs.h"
#include "host/record/tolerance.h"
#include "host/sweep/interrupt.h"
#include "host/sweep/reproduce.h"

namespace sslx::cli {
namespace {

using nlohmann::json;

struct ReproduceOptions {
  std::string target;
  size_t sample = 0;
  std::optional<uint64_t> draw;
  bool as_json = false;
  MadeAgain made;
};

constexpr int kInterrupted = 130;

bool is_reproduced(const record::Verdict& one) {
  return one.verdict == "same bits" || one.verdict == "within tolerance";
}

int code_of(const std::vector<record::Verdict>& verdicts) {
  int code = 0;
  for (const record::Verdict& one : verdicts) {
    if (is_reproduced(one)) continue;
    if (one.verdict != "impossible") return 1;
    code = 2;
  }
  return code;
}

json json_of(const record::Verdict& one) {
  return {{"run", one.run}, {"verdict", one.verdict}, {"message", one.message},
          {"id", one.id},   {"host", one.host},       {"details", one.details}};
}

/// The runs that the sweep's table is made of.
std::vector<std::string> runs_of_table(record::Database& database, const std::string& sweep) {
  std::set<std::string> runs;
  for (const record::TrialData& trial : record::read_sweep_data(database, {sweep}).trials) {
    if (trial.counted) runs.insert(trial.counted->summary.id);
  }
  if (!runs.empty()) return {runs.begin(), runs.end()};
  throw input_error(fmt::format("no run of the sweep '{}' has a result yet", sweep));
}

/// What is to be made again, and of how many it was drawn.
struct Choice {
  std::vector<std::string> runs;
  size_t all = 1;
  uint64_t draw = 0;
};

Choice choose(record::Database& database, const ReproduceOptions& options) {
  if (options.sample == 0) {
    try {
      return {{record::find_run(database, options.target)}};
    } catch (const Error& error) {
      throw Error(error.kind(), error.what(),
                  "`sslx runs` lists them; of a sweep: `sslx reproduce SWEEP --sample N`");
    }
  }
  const std::vector<std::string> all = runs_of_table(database, options.target);
  const uint64_t draw = options.draw.value_or(std::random_device()() % 1'000'000);
  return {sweep::draw_runs(all, options.sample, draw), all.size(), draw};
}

std::map<std::string, size_t> counts_of(const std::vector<record::Verdict>& verdicts) {
  std::map<std::string, size_t> out;
  for (const char* name : {"same bits", "within tolerance", "different", "failed", "impossible"}) {
    out[name] = 0;
  }
  for (const record::Verdict& one : verdicts) ++out[one.verdict];
  return out;
}

size_t reproduced(const std::vector<record::Verdict>& verdicts) {
  return static_cast<size_t>(std::ranges::count_if(verdicts, is_reproduced));
}

void print_summary(const std::vector<record::Verdict>& verdicts, const Choice& choice) {
  const auto counts = counts_of(verdicts);
  const size_t good = reproduced(verdicts);
  fmt::print(
      "{} of {} runs, drawn at random from {} (--draw {}), were reproduced: {} same bits, {} "
      "within tolerance, {} different, {} failed, {} impossible; so at least {:.0f} % of all are "
      "(95 % confidence)\n",
      good, verdicts.size(), choice.all, choice.draw, counts.at("same bits"),
      counts.at("within tolerance"), counts.at("different"), counts.at("failed"),
      counts.at("impossible"), 100 * record::least_share(good, verdicts.size()));
}

void print_json(const std::vector<record::Verdict>& verdicts, const Choice& choice, bool sampled) {
  json out{{"runs", json::array()}};
  for (const record::Verdict& one : verdicts) out["runs"].push_back(json_of(one));
  if (sampled) {
    const size_t good = reproduced(verdicts);
    out["sample"] = {{"runs", verdicts.size()},
                     {"drawn_from", choice.all},
                     {"draw", choice.draw},
                     {"reproduced", good},
                     {"verdicts", counts_of(verdicts)},
                     {"least_share", record::least_share(good, verdicts.size())}};
  }
  fmt::print("{}\n", out.dump(2, ' ', false, json::error_handler_t::replace));
}

int run_reproduce(const ReproduceOptions& options, const Context& context) {
  const auto database = open_record(context);
  const Choice choice = choose(*database, options);
  const PluginRegistry registry = PluginRegistry::search(context.plugin_dirs);
  const sweep::ReproduceOptions how = made_again(options.made, context);
  const sweep::InterruptCount interrupts;
  std::vector<record::Verdict> verdicts;
  for (const std::string& run : choice.runs) {
    const auto verdict = sweep::reproduce(*database, run, registry, how, interrupts.count());
    if (!verdict) return kInterrupted;
    record::record_verdict(*database, context.runs(), *verdict);
    verdicts.push_back(*verdict);
    if (options.as_json) continue;
    fmt::print("{}: {}: {}\n", run, verdict->verdict, verdict->message);
    std::fflush(stdout);
  }
  if (options.as_json) {
    print_json(verdicts, choice, options.sample > 0);
  } else if (options.sample > 0) {
    print_summary(verdicts, choice);
  }
  return code_of(verdicts);
}

}  // namespace

void add_reproduce(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand(
      "reproduce", "Make a recorded run again, or some of a sweep's, and compare every bit");
  auto options = std::make_shared<ReproduceOptions>();
  verb->add_option("run", options->target, "A run's id, or its beginning; a sweep with --sample")
      ->required();
  auto* sample = verb->add_option("--sample", options->sample,
                                  "So many of the runs that the sweep's table is made of, drawn at "
                                  "random");
  sample->check(CLI::Range(1, 1'000'000));
  verb->add_option("--draw", options->draw,
                   "The number that decides the draw; default: a random one")
      ->needs(sample);
  verb->add_flag("--json", options->as_json, "All that was compared, as JSON");
  add_made_again(*verb, options->made);
  verb->footer(
      "Weights, results, predictions, metrics and losses are compared, but no times. On the same "
      "kind\n"
      "of processor, device, number of threads, LibTorch and sslx-host they must be the same "
      "bits.\n"
      "Elsewhere a result in percent may differ by 3 points and two standard errors of the\n"
      "difference of two shares of so many test images: within tolerance. Impossible says what is\n"
      "missing. The verdict is recorded. Exit code: 0 same bits or within tolerance, 1 different\n"
      "or failed, 2 impossible, 130 interrupted.");
  verb->callback([options, &context] { context.exit_code = run_reproduce(*options, context); });
}

}  // namespace sslx::cli
