// Plans in runs/record.jsonl: a line "plan" each time that one is registered, which names a file of
// runs/plans/ by its SHA-256 with what defines the plan (file's text, layout, trials; gzip of
// JSON). So registering a plan of 100,000 trials once more costs one short line. A definition file
// is written whole and never changes. Failing to write is Error(kSystem), one that is missing or
// not what its name says Error(kRun).
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "host/record/sweeps.h"

namespace sslx::record {

/// The definition as JSON text; a configuration that several trials have in a row is there once.
std::string definition_text(const SweepDefinition& sweep);

/// Writes runs/plans/<digest of the text>.json.gz unless it is there; returns the digest.
std::string keep_definition(const std::filesystem::path& runs, const std::string& text);

/// The fields of the line: what of the plan is not in its definition, and the definition's digest.
/// `options`: null for a plan from before they were recorded.
nlohmann::json plan_event(const SweepDefinition& sweep, const std::string& definition);

/// The plan of such a line.
SweepDefinition plan_of_event(const std::filesystem::path& runs, const nlohmann::json& event);

}  // namespace sslx::record
