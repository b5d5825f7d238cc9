#include "cli/load_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace sslx::cli {
namespace {

using nlohmann::json;

std::string number(const json& load, const char* key, const char* rest) {
  const json value = load.value(key, json());
  return value.is_number() ? fmt::format("{:.2f} {}", value.get<double>(), rest) : "";
}

}  // namespace

std::string load_words(const json& load) {
  std::string out = number(load, "start", "at the start");
  const std::string end = number(load, "end", "at the end");
  out += (out.empty() || end.empty() ? "" : ", ") + end;
  const json cores = load.value("cores", json());
  if (!cores.is_number()) return out;
  const std::string others =
      number(load, "others", fmt::format("of {} cores", cores.dump()).c_str());
  if (!others.empty()) out += (out.empty() ? "others used " : "; others used ") + others;
  return load.value("disturbed", json()) == json(true) ? out + " (disturbed)" : out;
}

bool is_disturbed(const record::PivotColumn& column, const record::PivotCell& cell) {
  if (column.metric != "images_per_second" && column.metric != "seconds") return false;
  return std::ranges::any_of(cell.samples, &record::Sample::disturbed);
}

std::string disturbed_note(const record::Pivot& pivot) {
  std::set<std::string> disturbed;
  std::set<std::string> all;
  for (const record::PivotRow& row : pivot.rows) {
    for (size_t i = 0; i < pivot.columns.size(); ++i) {
      for (const record::Sample& sample : row.cells[i].samples) {
        all.insert(sample.run);
        if (sample.disturbed && is_disturbed(pivot.columns[i], row.cells[i])) {
          disturbed.insert(sample.run);
        }
      }
    }
  }
  if (disturbed.empty()) return "";
  return fmt::format(
      "disturbed: {} of {} run{} had fewer cores than threads while it trained, since other "
      "processes were busy or it had more threads than it may use; alone it is faster (`sslx show "
      "RUN` has its load)",
      disturbed.size(), all.size(), all.size() == 1 ? "" : "s");
}

}  // namespace sslx::cli
