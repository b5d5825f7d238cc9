#include "host/tools/check/check.h"

#include <fmt/format.h>
#include <unistd.h>

#include "host/tools/check/augmentation_check.h"
#include "host/tools/check/backbone_check.h"
#include "host/tools/check/lines.h"
#include "host/tools/check/method_check.h"
#include "host/trial/trial_request.h"

namespace sslx::check {

int check_plugin(const nlohmann::json& request) {
  ::alarm(request.at("seconds").get<unsigned>());
  const train::TrialRequest trial = train::read_request(request.at("trial"));
  const auto kind = request.at("kind").get<std::string>();
  Lines lines;
  if (kind == "method") {
    check_method(trial, lines);
  } else {
    const auto channels = request.at("channels").get<int64_t>();
    const auto side = request.at("side").get<int64_t>();
    kind == "backbone" ? check_backbone(trial, channels, side, lines)
                       : check_augmentation(trial, channels, side, lines);
  }
  return lines.end(fmt::format("{} '{}'", kind, request.at("name").get<std::string>()));
}

}  // namespace sslx::check
