#include "cli/page.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "cli/page_curves.h"
#include "cli/report_notes.h"
#include "cli/report_render.h"
#include "host/plugins/registry.h"
#include "host/record/journal.h"
#include "host/record/sql.h"

namespace sslx::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kChart = "chart.min.js";

std::string text_of_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  if (!in) {
    throw Error(
        ErrorKind::kSystem,
        fmt::format("{} cannot be read; it is installed together with sslx", file.string()));
  }
  return out.str();
}

/// All files of that ending, in the order of their names.
std::string joined(const fs::path& folder, const std::string& ending) {
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const bool is_chart = entry.path().filename() == kChart;
    if (entry.path().extension() == ending && !is_chart) files.insert(entry.path());
  }
  std::string out;
  for (const fs::path& file : files) out += text_of_file(file);
  return out;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  }
  return out;
}

/// JSON that ends no script.
std::string script_json(const json& data) {
  std::string out;
  for (const char c : data.dump(-1, ' ', false, json::error_handler_t::replace)) {
    out += c == '<' ? "\\u003c" : std::string(1, c);
  }
  return out;
}

/// In one pass, so that what is put in is not looked at again.
std::string filled(const std::string& text, const std::map<std::string, std::string>& by) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    size_t next = text.size();
    const std::pair<const std::string, std::string>* found = nullptr;
    for (const auto& one : by) {
      const size_t place = text.find(one.first, at);
      if (place < next) {
        next = place;
        found = &one;
      }
    }
    out += text.substr(at, next - at);
    if (found == nullptr) break;
    out += found->second;
    at = next + found->first.size();
  }
  return out;
}

std::string page_from(const fs::path& templates, const char* name, const std::string& title,
                      const json& data) {
  std::map<std::string, std::string> parts{{"{{title}}", escaped(title)},
                                           {"{{data}}", script_json(data)},
                                           {"/*{{style}}*/", joined(templates / "page", ".css")},
                                           {"/*{{script}}*/", joined(templates / "page", ".js")}};
  const std::string text = text_of_file(templates / "page" / name);
  if (text.find("/*{{chart}}*/") != std::string::npos) {
    parts["/*{{chart}}*/"] = text_of_file(templates / kChart);
  }
  return filled(text, parts);
}

json made() { return {{"sslx", SSLX_VERSION}, {"time", record::utc_timestamp()}}; }

json pictures_json(const std::vector<Picture>& pictures) {
  json out = json::array();
  for (const Picture& picture : pictures) {
    out.push_back({{"title", picture.title},
                   {"caption", picture.caption},
                   {"kind", picture.kind},
                   {"source", "data:image/png;base64," + train::base64(picture.png)}});
  }
  return out;
}

/// But for the claims, which have a part of the page.
std::vector<std::string> notes_of(const record::Pivot& pivot) {
  std::vector<std::string> out = report_notes(pivot);
  for (const std::string& claim : claim_notes(pivot)) std::erase(out, claim);
  return out;
}

}  // namespace

fs::path page_folder() { return installation_prefix() / "share/sslx"; }

std::string page_of(record::Database& database, const record::Pivot& pivot,
                    const std::vector<Picture>& pictures, const fs::path& templates) {
  json data{{"report", report_json(pivot)},
            {"notes", notes_of(pivot)},
            {"claims", json::array()},
            {"curves", page_curves(database, pivot)},
            {"pictures", pictures_json(pictures)},
            {"made", made()}};
  data["made"]["command"] = pivot.command;
  for (const record::ClaimVerdict& claim : pivot.claims)
    data["claims"].push_back(claim_json(claim));
  data["report"].erase("claims");
  return page_from(templates, "page.html", pivot.title.empty() ? pivot.name : pivot.title, data);
}

std::string index_page(const std::vector<IndexEntry>& sweeps,
                       const std::vector<SweepClaimVerdict>& claims, const fs::path& templates) {
  json data{{"sweeps", json::array()}, {"claims", json::array()}, {"made", made()}};
  for (const IndexEntry& one : sweeps) {
    std::map<std::string, size_t> verdicts;
    for (const SweepClaimVerdict& claim : claims) {
      if (claim.sweep == one.sweep.name) ++verdicts[record::decision_word(claim.verdict.decision)];
    }
    data["sweeps"].push_back({{"name", one.sweep.name},
                              {"title", one.sweep.title},
                              {"file", one.file},
                              {"done", one.sweep.done},
                              {"planned", one.sweep.planned},
                              {"last_run", one.sweep.last_run},
                              {"verdicts", verdicts}});
  }
  for (const SweepClaimVerdict& claim : claims) {
    data["claims"].push_back(claim_json(claim.verdict));
    data["claims"].back()["sweep"] = claim.sweep;
  }
  return page_from(templates, "index.html", "sslx: the sweeps of this record", data);
}

}  // namespace sslx::cli
