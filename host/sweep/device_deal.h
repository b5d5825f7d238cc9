// Deals trials to devices: each to the one that has the fewest. A device on which a trial failed as
// devices do (a CUDA error, out of memory) gets no more until the trial has been tried on another:
// what fails there alike is the trial's own fault; what does not is the device's, which is then
// left out, unless a trial has ended well on it since.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "host/sweep/devices.h"
#include "host/sweep/run_directory.h"

namespace sslx::sweep {

class DeviceDeal {
 public:
  /// Of a trial: devices are counted from 0.
  struct Place {
    size_t device = 0;                ///< That it runs on, or ran on last.
    std::set<size_t> failed_on = {};  ///< As devices fail.
    std::string failure = {};         ///< What it said of the last of these.
  };
  struct Verdict {
    bool elsewhere = false;  ///< The trial is to be tried on another device.
    std::string note = {};   ///< What there is to tell, or "".
  };

  /// `run.per_device` trials at a time on each; with no devices all `run.jobs` on `run.device`.
  DeviceDeal(const std::vector<TrialDevice>& devices, const RunOptions& run);

  /// Whether the trial can begin now.
  bool has_room(const Place& place) const { return choice(place).has_value(); }
  /// The device of a trial that begins; for one that has room.
  const TrialDevice& take(Place& place);
  /// Its process is over, or did not begin.
  void give_back(const Place& place) { --states_.at(place.device).trials; }
  void give_back(const Place& place, const Outcome& outcome);

  /// What the end of a trial, once it is recorded, tells of the devices.
  Verdict judge(const Outcome& outcome, Place& place);
  /// The trial will tell nothing more of the devices on which it failed.
  void forgive(const Place& place);

 private:
  struct State {
    TrialDevice device;
    int trials = 0;
    bool suspect = false;
    bool out = false;
  };
  std::optional<size_t> choice(const Place& place) const;
  std::vector<size_t> possible(const Place& place) const;
  Verdict judge_failure(const Outcome& outcome, Place& place);
  std::string leave_out_suspects(const std::set<size_t>& devices);
  std::string names(const std::set<size_t>& devices) const;

  std::vector<State> states_;
  int each_;
};

}  // namespace sslx::sweep
