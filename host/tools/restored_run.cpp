#include "host/tools/restored_run.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include "host/data/dataset.h"
#include "host/data/path_text.h"
#include "host/weights/weights.h"

namespace sslx::train {

using nlohmann::json;

RestoredRun::RestoredRun(const json& request, const json& recorded)
    : recorded_(recorded),
      request_(read_request(request)),
      components_(request_),
      weights_(
          read_safetensors(data::text_path(recorded_.at("weights").get<std::string>())).tensors) {
  const auto digest = recorded_.at("weights_sha256").get<std::string>();
  if (state_digest(weights_) == digest) return;
  throw input_error(
      fmt::format("{} does not hold the weights that run {} recorded, whose SHA-256 is {}",
                  recorded_.at("weights").get<std::string>(), request_.run, digest));
}

Method& RestoredRun::method() {
  if (method_) return *method_;
  machine_ = resolve_machine(request_.execution, request_.config.at("train"));
  read_sources();
  const json& facts = recorded_.at("facts");
  method_ = components_.method({.input_channels = facts.at("channels").get<int64_t>(),
                                .dataset_size = facts.at("images").get<int64_t>(),
                                .class_count = facts.at("classes").get<int64_t>(),
                                .total_steps = facts.at("steps").get<int64_t>(),
                                .restored = true,
                                .height = facts.at("height").get<int64_t>(),
                                .width = facts.at("width").get<int64_t>()},
                               machine_);
  load_state(*method_, weights_, recorded_.at("weights").get<std::string>());
  return *method_;
}

/// How many channels each of the data set's views has, only the data set itself can say.
void RestoredRun::read_sources() {
  const json& ops = request_.config.at("evaluate").at("ops");
  if (ops.empty() || ops[0].at("name") != "source") return;
  const data::DataSpec spec = data::data_spec(request_.config.at("data"), request_.data_path);
  components_.set_sources(data::load_dataset(spec).sources);
}

std::string RestoredRun::method_name() const {
  return fmt::format("method '{}'", request_.config.at("method").at("name").get<std::string>());
}

}  // namespace sslx::train
