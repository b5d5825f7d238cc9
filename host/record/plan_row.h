// The rows of a plan and its trials, as a line "plan" of runs/record.jsonl says (plan_journal.h):
// one that is there already becomes the last of its name again.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

namespace sslx::record {

class Connection;

struct SweepDefinition;

/// Of the event, "time" is when it was registered; one that was adopted from a database of before
/// there were such lines has its "id", "number", "used", "created" and "updated", too.
void put_plan(Connection& handle, const SweepDefinition& sweep, const nlohmann::json& event);

}  // namespace sslx::record
