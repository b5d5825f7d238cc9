// `sslx claims`: what the recorded sweeps say of the claims that they test, and the seeds that
// would decide those that are open.
#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/claim_text.h"
#include "cli/context.h"
#include "cli/plan_again.h"
#include "cli/run_sweep.h"
#include "host/record/pivot_data.h"
#include "host/record/sweeps.h"

namespace sslx::cli {
namespace {

using nlohmann::json;
using record::ClaimVerdict;
using record::Decision;

struct ClaimsOptions {
  std::string sweep;
  std::string format = "text";
  std::string verdict;
  int64_t plan = 0;
  bool decide = false;
  size_t most = 12;
  bool dry_run = false;
};

/// The claims of one plan, and what is needed to run more of it.
struct JudgedPlan {
  record::SweepData data;
  std::vector<ClaimVerdict> verdicts;
};

std::vector<JudgedPlan> judged_plans(record::Database& database, const ClaimsOptions& options) {
  std::vector<std::string> names{options.sweep};
  if (options.sweep.empty()) {
    names.clear();
    for (const record::SweepSummary& sweep : record::list_sweeps(database)) {
      names.push_back(sweep.name);
    }
  }
  std::vector<JudgedPlan> out;
  for (const std::string& name : names) {
    const record::PlanSummary plan = record::find_plan(database, name, options.plan);
    if (record::claims_of(record::read_plan(database, name, plan).table).empty()) continue;
    JudgedPlan one{record::read_sweep_data(database, {name, options.plan}), {}};
    one.verdicts = record::judge_claims(one.data);
    out.push_back(std::move(one));
  }
  return out;
}

std::string counts(const std::vector<SweepClaimVerdict>& claims) {
  std::map<Decision, size_t> found;
  for (const auto& [sweep, one] : claims) ++found[one.decision];
  return fmt::format("{} claims: {} confirmed, {} contradicted, {} undecided", claims.size(),
                     found[Decision::kConfirmed], found[Decision::kContradicted],
                     found[Decision::kUndecided]);
}

std::string text_of(const std::vector<SweepClaimVerdict>& claims) {
  std::string out;
  std::string last;
  for (const auto& [sweep, one] : claims) {
    if (sweep != last) out += fmt::format("{}{}\n", out.empty() ? "" : "\n", sweep);
    last = sweep;
    out += fmt::format("  {}\n", claim_sentence(one));
  }
  return out + fmt::format("\n{}\n{}\n", counts(claims), claim_legend());
}

std::string csv_of(const Table& table) {
  std::string out = csv_line(table.header);
  for (const auto& row : table.rows) {
    std::vector<std::string> fields;
    for (const TableCell& cell : row) fields.push_back(cell.value);
    out += csv_line(fields);
  }
  return out;
}

std::string json_of(const std::vector<SweepClaimVerdict>& claims) {
  json out = json::array();
  for (const auto& [sweep, one] : claims) {
    out.push_back(claim_json(one));
    out.back()["sweep"] = sweep;
  }
  return out.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

std::string rendered(const std::vector<SweepClaimVerdict>& claims, Format format) {
  switch (format) {
    case Format::kMarkdown:
      return fmt::format("{}\n{}\n\n{}\n", draw_markdown(claim_table(claims)), counts(claims),
                         markdown_escaped(claim_legend()));
    case Format::kLatex:
      return draw_latex(claim_table(claims));
    case Format::kCsv:
      return csv_of(claim_table(claims));
    case Format::kJson:
      return json_of(claims);
    case Format::kText:
      break;
  }
  return text_of(claims);
}

/// The seeds that would decide a claim; none where more than `most` in all would be needed, or
/// seeds alone decide nothing.
std::vector<uint64_t> further_seeds(const JudgedPlan& plan, const ClaimVerdict& open, size_t most) {
  std::set<uint64_t> used;
  for (const record::TrialData& trial : plan.data.trials) {
    const record::TrialValues values{trial.trial.variant, trial.trial.seed, trial.trial.axes,
                                     trial.trial.config, ""};
    if (open.claim.concerns(values)) used.insert(trial.trial.seed);
  }
  const size_t wanted = open.seeds + open.more_seeds.value_or(0);
  std::vector<uint64_t> out;
  if (wanted > most) return out;
  uint64_t next = used.empty() ? 0 : *used.rbegin() + 1;
  while (used.size() + out.size() < wanted) out.push_back(next++);
  return out;
}

/// The sweep with the seeds that its open claims need; nothing where there are none.
std::optional<SweepOptions> deciding(const JudgedPlan& plan, const ClaimsOptions& options) {
  std::vector<std::string> more;
  for (const ClaimVerdict& one : plan.verdicts) {
    if (one.decision != Decision::kUndecided) continue;
    const std::vector<uint64_t> seeds = further_seeds(plan, one, options.most);
    if (!seeds.empty()) more.push_back(fmt::format("{}={},", one.claim.id, fmt::join(seeds, ",")));
  }
  if (more.empty()) return std::nullopt;
  SweepOptions out = plan_again(plan.data.sweep.name, plan.data.plan);
  out.dry_run = options.dry_run;
  out.more_seeds.insert(out.more_seeds.end(), more.begin(), more.end());
  return out;
}

/// What a person would give to do the same.
std::vector<std::string> sweep_words(const SweepOptions& sweep, const Context& context) {
  std::vector<std::string> out{context.words.front()};
  if (context.home != ".") out.insert(out.end(), {"--home", context.home.string()});
  for (const std::filesystem::path& folder : context.plugin_dirs) {
    out.insert(out.end(), {"--plugin-dir", folder.string()});
  }
  out.insert(out.end(), {"sweep", sweep.sweep});
  const std::vector<std::string> plan = planning_words(sweep);
  out.insert(out.end(), plan.begin(), plan.end());
  return out;
}

int decide(const std::vector<JudgedPlan>& plans, const ClaimsOptions& options,
           const Context& context) {
  int out = 0;
  size_t sweeps = 0;
  for (const JudgedPlan& plan : plans) {
    const std::optional<SweepOptions> sweep = deciding(plan, options);
    if (!sweep) continue;
    ++sweeps;
    Context as_sweep = context;
    as_sweep.words = sweep_words(*sweep, context);
    out = std::max(out, run_sweep(*sweep, as_sweep));
  }
  if (sweeps == 0) {
    fmt::print("no claim is open that {} seeds could decide\n", options.most);
  }
  return out;
}

int run_claims(const ClaimsOptions& options, const Context& context) {
  const Format format = format_of(options.format);
  if (options.sweep.empty() && options.plan != 0) {
    throw input_error("--plan goes with the name of a sweep", "`sslx report` lists the sweeps");
  }
  std::vector<JudgedPlan> plans = judged_plans(*open_record(context), options);
  if (plans.empty()) {
    fmt::print(
        "no recorded sweep tests a claim; [[claim]] of a sweep file states one (`sslx help "
        "sweep claim`)\n");
    return 0;
  }
  if (options.decide) return decide(plans, options, context);
  std::vector<SweepClaimVerdict> claims;
  for (JudgedPlan& plan : plans) {
    for (ClaimVerdict& one : plan.verdicts) {
      if (!options.verdict.empty() && options.verdict != record::decision_word(one.decision))
        continue;
      claims.push_back({plan.data.sweep.name, std::move(one)});
    }
  }
  fmt::print("{}", rendered(claims, format));
  return 0;
}

}  // namespace

void add_claims(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand(
      "claims", "What the sweeps say of the claims that they test: confirmed, contradicted, open");
  auto options = std::make_shared<ClaimsOptions>();
  verb->add_option("sweep", options->sweep, "The sweep's name; default: all sweeps of the record");
  verb->add_option("--format", options->format, "text, markdown, csv, latex or json")
      ->capture_default_str();
  verb->add_option("--verdict", options->verdict, "Only those that are so")
      ->check(CLI::IsMember({"confirmed", "contradicted", "undecided"}));
  verb->add_option("--plan", options->plan,
                   "Which of the plans under the sweep's name; default: the last used")
      ->check(CLI::Range(1, 1'000'000'000));
  CLI::Option* decides =
      verb->add_flag("--decide", options->decide,
                     "Runs the further seeds that would decide the open claims, of the trials that "
                     "these are about alone");
  verb->add_option("--most", options->most, "With --decide: seeds of a trial, all together")
      ->check(CLI::Range(3, 1000))
      ->capture_default_str()
      ->needs(decides);
  verb->add_flag("--dry-run", options->dry_run,
                 "With --decide: prints the trials, and runs nothing")
      ->needs(decides);
  verb->footer(
      "Seeds that are added because a claim was open make its interval a little too narrow: it\n"
      "was looked at before. Exit code: 0, or with --decide as `sslx sweep`.");
  verb->callback([options, &context] { context.exit_code = run_claims(*options, context); });
}

}  // namespace sslx::cli
