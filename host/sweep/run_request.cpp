#include "host/sweep/run_request.h"

#include <fstream>

#include "host/data/path_text.h"
#include "host/machine/cores.h"
#include "host/sweep/crew.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// Those of the earlier run that is gone on with, whose weights no other number of threads would
/// take over; else what the sweep has for each.
int threads_for(const ExecutorOptions& options, const fs::path& resume) {
  const int allowed = machine::allowed_cores().count;
  const int usual = threads_of(options.run, options.free_cores > 0 ? options.free_cores : allowed);
  if (options.run.threads > 0 || resume.empty()) return usual;
  std::ifstream in(resume / "request.json");
  const json earlier = json::parse(in, nullptr, /*allow_exceptions=*/false);
  const json::json_pointer place("/execution/threads");
  const json before = earlier.is_object() ? earlier.value(place, json()) : json();
  const bool fits = before.is_number_integer() && before > 0 && before <= allowed;
  return fits ? before.get<int>() : usual;
}

}  // namespace

json run_request(const Trial& trial, const RunPlace& place, const ExecutorOptions& options,
                 const TrialDevice& device) {
  json out = host_request(trial);
  out.update({{"run", place.run},
              {"directory", data::path_text(place.directory)},
              {"sweep", place.sweep},
              {"trial", trial.identity},
              {"variant", trial.variant},
              {"axes", trial.axes},
              {"execution",
               {{"device", device.kind},
                {"threads", threads_for(options, place.resume)},
                {"view_workers", options.run.view_workers},
                {"time_limit", options.run.time_limit},
                {"stall_limit", options.run.stall_limit},
                {"checkpoint", options.run.checkpoint}}},
              {"git", options.git},
              {"home", options.home_id},
              {"host_sha256", options.host_sha256}});
  if (!device.visible.empty()) out["execution"]["visible"] = device.visible;
  if (const processes::Machines& all = options.machines; all.size > 1) {
    out["execution"]["machines"] = {
        {"rank", all.rank}, {"size", all.size}, {"address", all.address}, {"port", all.port}};
  }
  if (!place.resume.empty()) out["resume"] = data::path_text(place.resume);
  return out;
}

}  // namespace sslx::sweep
