// A sweep's report as one page that can be mailed: its tables, claims, curves and pictures, and
// what made each figure; and the index of all sweeps. Nothing is fetched from elsewhere.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/claim_text.h"
#include "host/record/pivot.h"

namespace sslx::cli {

/// A PNG of the page.
struct Picture {
  std::string title;
  std::string caption;
  std::string kind;  ///< "views", "attention"
  std::string png;   ///< Its bytes.
};

/// Where the templates and Chart.js are; Error(kSystem) naming what is missing.
std::filesystem::path page_folder();

/// The whole HTML file. `templates`: page_folder().
std::string page_of(record::Database& database, const record::Pivot& pivot,
                    const std::vector<Picture>& pictures, const std::filesystem::path& templates);

/// One sweep of the index.
struct IndexEntry {
  record::SweepSummary sweep;
  std::string file;  ///< Of its page, beside the index.
};

std::string index_page(const std::vector<IndexEntry>& sweeps,
                       const std::vector<SweepClaimVerdict>& claims,
                       const std::filesystem::path& templates);

}  // namespace sslx::cli
