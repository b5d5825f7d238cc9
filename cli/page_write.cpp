#include "cli/page_write.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <fstream>
#include <sstream>

#include "cli/lost_runs.h"
#include "cli/output_name.h"
#include "cli/page.h"
#include "cli/plan_again.h"
#include "cli/staleness.h"
#include "cli/sweep_choice.h"
#include "cli/views.h"
#include "host/record/whole_file.h"

namespace sslx::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostRecipes = 8;             ///< On a page's contact sheet.
constexpr size_t kMostPictureBytes = 600'000;  ///< A page is to be mailed.

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// A file that is gone afterwards.
struct TemporaryFile {
  explicit TemporaryFile(fs::path file) : path(std::move(file)) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    std::error_code ignored;
    fs::remove(path, ignored);
  }
  fs::path path;
};

/// What the recipes of the plan make of some images.
Picture contact_sheet(const record::Pivot& pivot, const fs::path& beside, const Context& context) {
  const SweepOptions made = plan_again(pivot.name, pivot.plan);
  const SweepChoice choice{made.sweep, made.scale, made.settings, made.seeds};
  std::vector<sweep::Trial> trials = distinct_recipes(plan_of(choice, context).trials);
  const size_t all = trials.size();
  if (all > kMostRecipes) trials.resize(kMostRecipes);
  const TemporaryFile file(beside.string() + ".views.png");
  const int code =
      draw_views(trials, {.images = all == 1 ? 6 : 2, .epochs = all == 1 ? 2 : 1}, file.path);
  Picture out{"Views",
              all == 1 ? "Training images and what the recipe makes of them."
                       : fmt::format("Training images and what {} of {} recipes make of them.",
                                     trials.size(), all),
              "views", code == 0 ? bytes_of(file.path) : ""};
  if (out.png.empty()) throw Error(ErrorKind::kSystem, "sslx-tools drew none");
  if (out.png.size() > kMostPictureBytes) {
    throw input_error(fmt::format("it has {} kB, and a page takes {}", out.png.size() / 1000,
                                  kMostPictureBytes / 1000));
  }
  return out;
}

record::Pivot write_page(record::Database& database, const record::TableRequest& request,
                         const fs::path& file, bool pictures, const Context& context) {
  record::Pivot pivot = record::pivot_sweep(database, request);
  mark_stale(pivot, context);
  mark_lost(pivot, database, context);
  std::vector<Picture> drawn;
  if (pictures) {
    try {
      drawn.push_back(contact_sheet(pivot, file, context));
    } catch (const Error& error) {
      fmt::print("{}: no contact sheet of the views: {}\n", pivot.name, error.what());
    }
  }
  record::write_whole(file, page_of(database, pivot, drawn, page_folder()));
  fmt::print("{}\n", file.string());
  return pivot;
}

void write_all(record::Database& database, const fs::path& folder, bool pictures,
               const Context& context) {
  fs::create_directories(folder);
  std::vector<IndexEntry> entries;
  std::vector<SweepClaimVerdict> claims;
  for (const record::SweepSummary& sweep : record::list_sweeps(database)) {
    const std::string name = sweep.name + ".html";
    const record::Pivot pivot =
        write_page(database, {.sweep = sweep.name}, folder / name, pictures, context);
    for (const record::ClaimVerdict& claim : pivot.claims) claims.push_back({sweep.name, claim});
    entries.push_back({sweep, name});
  }
  record::write_whole(folder / "index.html", index_page(entries, claims, page_folder()));
  fmt::print("{}\n", (folder / "index.html").string());
}

}  // namespace

void write_pages(record::Database& database, const record::TableRequest& request,
                 const fs::path& path, bool pictures, const Context& context) {
  const bool is_folder = fs::is_directory(path) || !path.has_filename();
  if (request.sweep.empty()) {
    if (is_folder) return write_all(database, path, pictures, context);
    throw input_error(fmt::format("--html is {}; without the name of a sweep it must be a folder, "
                                  "as pages/",
                                  path.string()),
                      "`sslx report` lists the sweeps");
  }
  if (is_folder) {
    write_page(database, request, path / (request.sweep + ".html"), pictures, context);
    return;
  }
  check_ending("--html", path, ".html", "an HTML page");
  write_page(database, request, path, pictures, context);
}

}  // namespace sslx::cli
