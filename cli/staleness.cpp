#include "cli/staleness.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <algorithm>
#include <map>
#include <optional>

#include "cli/report_cells.h"
#include "cli/sweep_place.h"
#include "host/data/fingerprint.h"
#include "host/data/path_text.h"
#include "host/plugins/registry.h"

namespace sslx::cli {
namespace {

constexpr uintmax_t kDataBytesOfReport = 32'000'000;

/// What is installed and what the data are now, each asked once.
class Present {
 public:
  Present(record::Pivot& pivot, const Context& context)
      : pivot_(pivot), registry_(PluginRegistry::search(context.plugin_dirs)) {}

  /// Whether it is another file than the one of this digest. What is gone is told: the table can be
  /// read without it, but not be made again.
  bool changed(const std::string& name, const std::string& sha256) {
    const auto [known, is_new] = digests_.emplace(std::pair(name, sha256), false);
    if (is_new) known->second = compare(name, sha256);
    return known->second;
  }

  bool data_changed(const record::DataOrigin& data) {
    const std::string key = data.config.dump() + '\n' + data.path + '\n' + data.state;
    const auto [known, is_new] = data_.emplace(key, false);
    if (is_new) known->second = compare_data(data);
    return known->second;
  }

 private:
  bool compare(const std::string& name, const std::string& sha256) {
    try {
      const std::string now = installed_digest(name);
      if (now == sha256) return false;
      tell(
          fmt::format("{} is {} now, and was {} when these results were made; `sslx "
                      "sweep` runs or shows those of what is installed",
                      name, short_digest(now), short_digest(sha256)));
      return true;
    } catch (const Error& error) {
      tell(fmt::format("{} {}, which made these results, cannot be found: {}", name,
                       short_digest(sha256), error.what()));
      return false;
    }
  }

  const std::string& installed_digest(const std::string& name) {
    std::string& known = installed_[name];
    if (!known.empty()) return known;
    const size_t space = name.find(' ');
    known = name == "host" ? sha256_file(find_host())
                           : registry_.find(name.substr(0, space), name.substr(space + 1)).sha256;
    return known;
  }

  bool compare_data(const record::DataOrigin& data) {
    const std::string fingerprint = data.config.value("fingerprint", "");
    const std::string place = data.path.empty() ? data.config.value("name", "") : data.path;
    try {
      data::DataSpec spec = data::data_spec(data.config, data::text_path(data.path));
      if (fingerprint.empty() || !data::data_available(spec)) return false;
      spec.planned = data.state;
      const std::optional<bool> same = data::is_still(spec, fingerprint, kDataBytesOfReport);
      if (same.value_or(true)) {
        if (!same) tell(unread(place));
        return false;
      }
      tell(fmt::format("the data in {} are others now than those of these results ({})", place,
                       short_digest(fingerprint)));
      return true;
    } catch (const Error&) {
      return false;  // no data that can be read
    }
  }

  static std::string unread(const std::string& place) {
    return fmt::format(
        "whether the data in {} are still those of these results is not known: their "
        "files are others, or moved, and too much to be read for a report; `sslx data "
        "info` has their fingerprint",
        place);
  }

  void tell(const std::string& sentence) {
    if (std::ranges::count(pivot_.changes, sentence) == 0) pivot_.changes.push_back(sentence);
  }

  record::Pivot& pivot_;
  PluginRegistry registry_;
  std::map<std::string, std::string> installed_;
  std::map<std::pair<std::string, std::string>, bool> digests_;
  std::map<std::string, bool> data_;
};

}  // namespace

void mark_stale(record::Pivot& pivot, const Context& context) {
  if (pivot.origins.empty()) return;
  Present present(pivot, context);
  for (record::Origin& origin : pivot.origins) {
    for (const auto& [name, sha256] : origin.digests) {
      if (present.changed(name, sha256)) origin.changed.push_back(name);
    }
    const auto changed = [&](const record::DataOrigin& data) { return present.data_changed(data); };
    if (std::ranges::any_of(origin.data, changed)) origin.changed.emplace_back("data");
  }
}

}  // namespace sslx::cli
