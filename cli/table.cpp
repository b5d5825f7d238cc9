#include "cli/table.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <map>

namespace sslx::cli {
namespace {

constexpr const char* kPlusMinus = " ± ";

std::string spaces(size_t n) { return std::string(n, ' '); }

std::string left(std::string text, size_t width) {
  text.append(width - std::min(width, display_width(text)), ' ');
  return text;
}

std::string right(std::string text, size_t width) {
  text.insert(0, width - std::min(width, display_width(text)), ' ');
  return text;
}

/// The widths of one column: of its values, of its half-widths, of its marks, of the whole.
struct Widths {
  size_t value = 0;
  size_t half = 0;
  size_t mark = 0;
  size_t all = 0;

  size_t half_part() const { return half == 0 ? 0 : half + display_width(kPlusMinus); }
};

Widths widths_of(const Table& table, size_t column) {
  Widths out;
  for (const auto& row : table.rows) {
    out.value = std::max(out.value, display_width(row[column].value));
    out.half = std::max(out.half, display_width(row[column].half_width));
    out.mark = std::max(out.mark, display_width(marks_of(row[column])));
  }
  out.all = std::max(display_width(table.header[column]), out.value + out.half_part() + out.mark);
  return out;
}

/// Values line up at their right, half-widths at theirs.
std::string aligned(const TableCell& cell, const Widths& widths) {
  if (widths.half == 0 && widths.mark == 0) return right(cell.value, widths.all);
  const std::string half = cell.half_width.empty()
                               ? spaces(widths.half_part())
                               : kPlusMinus + right(cell.half_width, widths.half);
  return right(right(cell.value, widths.value) + half + left(marks_of(cell), widths.mark),
               widths.all);
}

std::string plain(const TableCell& cell) {
  const std::string half = cell.half_width.empty() ? "" : kPlusMinus + cell.half_width;
  return cell.value + half + marks_of(cell);
}

std::string markdown_row(const std::vector<std::string>& cells) {
  return fmt::format("| {} |\n", fmt::join(cells, " | "));
}

std::string markdown_cell(const TableCell& cell) {
  const std::string out = markdown_escaped(plain(cell));
  if (cell.standing == record::Standing::kBest) return "**" + out + "**";
  return cell.standing == record::Standing::kTied ? "<u>" + out + "</u>" : out;
}

std::string latex_cell(const TableCell& cell) {
  std::string out = latex_escaped(cell.value);
  const bool best = cell.standing == record::Standing::kBest;
  if (!cell.half_width.empty()) {
    const std::string figure = fmt::format("{} \\pm {}", cell.value, cell.half_width);
    out = best ? fmt::format("$\\mathbf{{{}}}$", figure) : fmt::format("${}$", figure);
  } else if (best) {
    out = "\\textbf{" + out + "}";
  }
  if (cell.standing == record::Standing::kTied) out = "\\underline{" + out + "}";
  if (cell.collapsed) out += " (collapsed)";
  if (cell.stale) out += "$^{\\dagger}$";
  if (!cell.heat) return out;
  const Rgb colour = heat_colour(*cell.heat);
  return fmt::format("\\cellcolor[RGB]{{{},{},{}}}{}", colour.red, colour.green, colour.blue,
                     is_dark(colour) ? "\\textcolor{white}{" + out + "}" : out);
}

std::string replaced(std::string_view text, const std::map<char, std::string>& by) {
  std::string out;
  for (const char c : text) {
    const auto found = by.find(c);
    if (found == by.end()) {
      out += c;
    } else {
      out += found->second;
    }
  }
  return out;
}

}  // namespace

std::string marks_of(const TableCell& cell) {
  return std::string(cell.stale ? std::string(" ") + kStaleMark : "") +
         (cell.collapsed ? " (collapsed)" : "");
}

bool Table::is_left(size_t column) const { return column < labels; }

Format format_of(const std::string& name) {
  if (name == "text") return Format::kText;
  if (name == "markdown") return Format::kMarkdown;
  if (name == "csv") return Format::kCsv;
  if (name == "latex") return Format::kLatex;
  if (name == "json") return Format::kJson;
  throw input_error(
      fmt::format("there is no format '{}'; it must be text, markdown, csv, latex or json", name));
}

size_t display_width(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string draw_text(const Table& table, ColourDepth colour) {
  std::vector<Widths> widths;
  for (size_t i = 0; i < table.header.size(); ++i) widths.push_back(widths_of(table, i));
  // Two spaces part the columns; the one belongs to the left cell, the other to the right.
  std::string out;
  size_t width = 1;
  for (const Widths& column : widths) width += column.all + 2;
  out.reserve(width * (table.rows.size() + 1));
  const auto add_line = [&](auto cell, auto heat) {
    for (size_t i = 0; i < widths.size(); ++i) {
      const std::optional<double> share = heat(i);
      const std::string text = (i == 0 ? "" : " ") + cell(i) + ' ';
      out += share ? painted(text, *share, colour) : text;
    }
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  };
  add_line(
      [&](size_t i) {
        const std::string& text = table.header[i];
        return table.is_left(i) ? left(text, widths[i].all) : right(text, widths[i].all);
      },
      [](size_t) { return std::optional<double>(); });
  for (const auto& row : table.rows) {
    add_line(
        [&](size_t i) {
          return table.is_left(i) ? left(row[i].value, widths[i].all) : aligned(row[i], widths[i]);
        },
        [&](size_t i) { return row[i].heat; });
  }
  return out;
}

std::string draw_markdown(const Table& table) {
  std::vector<std::string> header;
  for (const std::string& text : table.header) header.push_back(markdown_escaped(text));
  std::string out = markdown_row(header) + '|';
  for (size_t i = 0; i < table.header.size(); ++i) out += i < table.labels ? " --- |" : " ---: |";
  out += '\n';
  for (const auto& row : table.rows) {
    std::vector<std::string> cells;
    for (const TableCell& cell : row) cells.push_back(markdown_cell(cell));
    out += markdown_row(cells);
  }
  return out;
}

std::string draw_latex(const Table& table) {
  std::vector<std::string> header;
  for (const std::string& text : table.header) header.push_back(latex_escaped(text));
  std::string out = fmt::format(
      "\\begin{{tabular}}{{{}{}}}\n\\toprule\n{} \\\\\n\\midrule\n", std::string(table.labels, 'l'),
      std::string(table.header.size() - table.labels, 'r'), fmt::join(header, " & "));
  for (const auto& row : table.rows) {
    std::vector<std::string> cells;
    for (const TableCell& cell : row) cells.push_back(latex_cell(cell));
    out += fmt::format("{} \\\\\n", fmt::join(cells, " & "));
  }
  return out + "\\bottomrule\n\\end{tabular}\n";
}

std::string latex_escaped(std::string_view text) {
  std::string out = replaced(text, {{'&', "\\&"},
                                    {'%', "\\%"},
                                    {'$', "\\$"},
                                    {'#', "\\#"},
                                    {'_', "\\_"},
                                    {'{', "\\{"},
                                    {'}', "\\}"},
                                    {'~', "\\textasciitilde{}"},
                                    {'^', "\\textasciicircum{}"},
                                    {'\\', "\\textbackslash{}"},
                                    {'<', "\\textless{}"},
                                    {'>', "\\textgreater{}"}});
  // Of our own words; LaTeX knows no Greek letter outside its mathematics.
  for (const auto& [letter, command] : std::map<std::string, std::string>{
           {"Δ", "$\\Delta$"}, {"±", "$\\pm$"}, {"†", "$\\dagger$"}, {"≥", "$\\geq$"}}) {
    for (size_t at = 0; (at = out.find(letter, at)) != std::string::npos; at += command.size()) {
      out.replace(at, letter.size(), command);
    }
  }
  return out;
}

std::string markdown_escaped(std::string_view text) {
  return replaced(text, {{'|', "\\|"},
                         {'\\', "\\\\"},
                         {'*', "\\*"},
                         {'_', "\\_"},
                         {'`', "\\`"},
                         {'<', "&lt;"},
                         {'\n', " "}});
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  return '"' + replaced(text, {{'"', "\"\""}}) + '"';
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::vector<std::string> quoted;
  for (const std::string& field : fields) quoted.push_back(csv_field(field));
  return fmt::format("{}\n", fmt::join(quoted, ","));
}

}  // namespace sslx::cli
