// What a sweep will take on so many devices, foretold from what runs like its trials took: the rate
// at which they trained, what their evaluation took for each image, the energy, and the bytes that
// they left.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/record/measured_runs.h"
#include "host/sweep/plan.h"
#include "host/sweep/published_rates.h"

namespace sslx::sweep {

/// "64xH100": so many devices with that in their names; "2xcpu": processors.
struct Devices {
  int count = 1;
  std::string kind;
};

/// Throws Error(kInput) for what is neither.
Devices parse_devices(const std::string& text);

/// Of the trials of one variant.
struct ForecastPart {
  std::string variant;
  size_t trials = 0;
  double seconds = 0;  ///< Of all of them, one after the other.
  double images_per_second = 0;
  size_t runs = 0;          ///< That this is measured by.
  std::string source = {};  ///< Of a published rate, where no run is like it; with neither it is
                            ///< left out.
  bool likewise = true;     ///< They were evaluated as these will be.
};

struct Forecast {
  std::vector<ForecastPart> parts;
  size_t trials = 0;          ///< That are foretold.
  double device_seconds = 0;  ///< Of all trials, one after the other.
  double seconds = 0;         ///< Until the last has ended, on the devices.
  std::optional<double> joules;
  double run_bytes = 0;  ///< In runs/.
};

/// A trial like which nothing is measured takes the training at a published rate, where there is
/// one of such devices. `faster`: how many times as fast a device is as those that the runs were
/// measured on, whatever the name is; then runs on any device count. `slots`: trials at a time on a
/// device.
Forecast forecast(const Plan& plan, const std::vector<record::MeasuredRun>& measured,
                  const Devices& devices, int slots, std::optional<double> faster,
                  const std::vector<PublishedRate>& published = {});

}  // namespace sslx::sweep
