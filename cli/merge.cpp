// `sslx merge`: takes in what other records hold.
#include <fmt/format.h>
#include <sslx/error.h>

#include <memory>

#include "cli/context.h"
#include "host/record/home.h"
#include "host/record/take_in.h"
#include "host/sweep/merge_source.h"

namespace sslx::cli {
namespace {

std::string counted(size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

void tell_merged(const std::string& source, const sweep::MergedSource& merged) {
  for (const std::string& note : merged.notes) fmt::print("{}: {}\n", source, note);
  if (merged.news.is_empty()) {
    fmt::print("{}: nothing that the record does not have\n", source);
  } else {
    fmt::print("{}: {}, {} and {} taken in; the files of {} were copied\n", source,
               counted(merged.news.runs.size(), "run"), counted(merged.news.plans, "plan"),
               counted(merged.news.verdicts, "verdict"), counted(merged.folders, "run"));
  }
  if (merged.news.running == 0) return;
  fmt::print("{}: {} had not ended there; merge again when {}\n", source,
             counted(merged.news.running, "run"),
             merged.news.running == 1 ? "it has" : "they have");
}

void merge(const std::vector<std::string>& sources, const Context& context) {
  record::Database database(context.database());
  static_cast<void>(record::home_id(database, context.runs()));
  for (const std::string& source : sources) {
    tell_merged(source, sweep::merge_source(database, {context.runs(), source}));
  }
  record::take_in_events(database);  // that it was merged is no news to the record
}

}  // namespace

void add_merge(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand(
      "merge", "Take in what other records hold: databases, homes or their folders of runs");
  auto sources = std::make_shared<std::vector<std::string>>();
  verb->add_option("source", *sources,
                   "Another home's sslx.db, that home, or its runs/; nothing is written to it")
      ->required();
  verb->footer(
      "The same sources in any order, and as often as one likes, make the same record. Plans of "
      "one\n"
      "file that differ in nothing but their seeds are joined to one more, whose table says where\n"
      "each seed was run. A source that contradicts the record (one run, trial or protocol with "
      "two\n"
      "contents) is refused as a whole, and what contradicts is named. Exit code: 0 merged, 2\n"
      "refused; sources before the refused one stay merged.");
  verb->callback([sources, &context] { merge(*sources, context); });
}

}  // namespace sslx::cli
