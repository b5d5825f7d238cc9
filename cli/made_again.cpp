#include "cli/made_again.h"

#include "cli/libtorch.h"
#include "host/sweep/devices.h"

namespace sslx::cli {

void add_made_again(CLI::App& verb, MadeAgain& options) {
  verb.add_option("--keep", options.keep, "A folder in which second runs stay");
  verb.add_option("--data", options.data, "Where the data are now");
  verb.add_option("--evaluation-data", options.evaluation_data,
                  "Where those of evaluate.data are now");
  verb.add_option("--threads", options.threads, "Other than recorded")->check(CLI::Range(1, 4096));
  verb.add_option("--device", options.device, "auto, cpu or cuda; default: as recorded")
      ->check(CLI::IsMember(sweep::device_names()));
}

sweep::ReproduceOptions made_again(const MadeAgain& options, const Context& context) {
  sweep::ReproduceOptions out{
      context.home, ready_host(), options.keep, {}, options.threads, options.device, {}};
  if (!options.data.empty()) out.data = options.data;
  if (!options.evaluation_data.empty()) out.evaluation_data = options.evaluation_data;
  return out;
}

}  // namespace sslx::cli
