// What a sweep's trainings will hold and compute, in words: under `sslx sweep --dry-run`, and as a
// refusal before the first of them.
#pragma once

#include <string>
#include <vector>

#include "cli/context.h"
#include "host/sweep/host_server.h"
#include "host/sweep/plan.h"
#include "host/sweep/running.h"

namespace sslx::cli {

/// Two lines, of the memory of the trials that are large, and of their time on a device whose speed
/// a paper tells; "" where none is large, or nothing is known of them.
std::string training_outlook(const sweep::Plan& plan, const std::vector<size_t>& trials,
                             const std::filesystem::path& host, const Context& context);

/// Throws Error(kInput) for the first of these trials that would need more memory than there is for
/// it, so many at a time on a device: how much, and what would fit.
void check_training_memory(const sweep::Plan& plan, const std::vector<size_t>& trials,
                           const std::filesystem::path& host, sweep::HostServer* server,
                           const std::string& device, int jobs);

}  // namespace sslx::cli
