// The rows of a plan and its trials, as a line "plan" of runs/record.jsonl says (plan_journal.h):
// one that is there already becomes the last of its name again.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

namespace sslx::record {

class Connection;

struct SweepDefinition;

/// The plan of the record that is this one; 0 when there is none. One from before options were
/// recorded is told by its trials alone.
int64_t same_plan(Connection& handle, const SweepDefinition& sweep);

/// Of the event, "time" is when it was registered; one that was adopted from a database of before
/// there were such lines has its "id", "number", "used", "created" and "updated", too.
void put_plan(Connection& handle, const SweepDefinition& sweep, const nlohmann::json& event);

}  // namespace sslx::record
