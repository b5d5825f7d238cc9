// sslx-tools: what needs plugins and is no trial, each in a process of its own: a contact sheet, a
// bench, an export. The request comes on standard input; the verbs of `sslx` start it.
#include <fmt/format.h>
#include <sslx/error.h>

#include <functional>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "host/executable.h"
#include "host/machine/load.h"
#include "host/tools/attention.h"
#include "host/tools/bench_step.h"
#include "host/tools/bench_views.h"
#include "host/tools/check/check.h"
#include "host/tools/contact_sheet.h"
#include "host/tools/export_run.h"
#include "host/tools/import_weights.h"
#include "host/tools/model_cost.h"
#include "host/tools/photographs.h"

namespace {

using nlohmann::json;
using Task = std::function<int(const json& request)>;

Task done(void (*work)(const json&)) {
  return [work](const json& request) { return work(request), 0; };
}

/// Measures on so many threads; figures that other processes made worse say so.
int measure(void (*bench)(const json&), const json& request, int threads) {
  const sslx::machine::LoadWatch watch;
  bench(request);
  const json load = sslx::machine::load_record(watch, std::nullopt, threads);
  if (load.value("disturbed", false)) {
    std::cout << fmt::format(
        "\nother processes used {} of {} cores meanwhile: alone it is faster than these figures\n",
        load.at("others").get<double>(), load.at("cores").get<size_t>());
  }
  return 0;
}

const std::map<std::string, Task>& tasks() {
  using namespace sslx::train;
  static const std::map<std::string, Task> all{
      {"views", done(draw_contact_sheet)},
      {"attention", done(draw_attention)},
      {"export", done(export_run)},
      {"import", done(import_weights)},
      {"describe backbone", done(describe_backbone)},
      {"check plugin", sslx::check::check_plugin},
      {"bench photos", done(bench_photos)},
      {"bench views", [](const json& request) { return measure(bench_views, request, 1); }},
      {"bench step", [](const json& request) {
         return measure(bench_step, request, sslx::machine::usual_threads());
       }}};
  return all;
}

int perform(const std::string& text) {
  const json request = json::parse(text, nullptr, /*allow_exceptions=*/false);
  const std::string name = request.is_object() ? request.value("task", "") : "";
  const auto task = tasks().find(name);
  if (task != tasks().end()) return task->second(request);
  throw sslx::input_error(
      "the request on standard input is not one that sslx-tools knows",
      "sslx-tools is started by the verbs of `sslx`: bench, views, export, ...");
}

}  // namespace

int main(int argc, char** argv) {
  const sslx::Executable tools{"sslx-tools",
                               "sslx-tools does what needs plugins and is no trial, given as JSON "
                               "on standard input; it is started by the verbs of `sslx`.\n",
                               perform};
  return sslx::end_executable(tools, sslx::run_executable(tools, argc, argv));
}
