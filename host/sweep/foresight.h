// What only the plugins know of a plan, asked before its first trial: whether the views, the
// network and what judges it agree about channels, and whether a method that learns from labels
// gets them. Each trial would refuse it by itself, in a process of its own.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "host/data/data_sizes.h"
#include "host/sweep/plan.h"

namespace sslx::sweep {

class HostServer;

/// What sslx-host is told of a trial's images (host/trial/foresight.h). `config` is canonical;
/// `judged`: the sizes of what it is evaluated on, where they are known. Null where the channels
/// are not known.
std::shared_ptr<const nlohmann::json> images_known(const nlohmann::json& config,
                                                   const data::DataSizes& sizes,
                                                   const std::optional<data::DataSizes>& judged);

/// All of a trial that an answer depends on.
using QuestionOf = std::function<std::string(const Trial&)>;

/// Questions about these trials of a plan, each different configuration once, at most a thousand of
/// them, and of which trial each is. Trials of whose images nothing is known are passed over.
struct Questions {
  nlohmann::json all = nlohmann::json::array();
  std::vector<const Trial*> about;
};
Questions questions_about(const Plan& plan, const std::vector<size_t>& trials,
                          const QuestionOf& question_of);

/// What a process of the server's, or without one of `host`, prints last; null when it crashes or
/// does not answer in time.
nlohmann::json ask_host(const nlohmann::json& question, const std::filesystem::path& host,
                        HostServer* server, std::chrono::seconds patience);

/// Asks a process of the server's (else of `host`) about these trials of the plan, each different
/// configuration once, at most a thousand of them. Throws Error(kInput) for the first that is
/// refused, with its label. A process that crashes, or does not answer within a minute, refuses
/// none.
void foresee(const Plan& plan, const std::vector<size_t>& trials, const std::filesystem::path& host,
             HostServer& server);

}  // namespace sslx::sweep
