// Draws a table of cells, each a value with or without its half-width, as aligned text, Markdown or
// LaTeX (booktabs; heat needs xcolor's `table`). Widths are counted in characters, not bytes.
// Drawing cannot fail.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/colour.h"
#include "host/record/pivot.h"

namespace sslx::cli {

enum class Format { kText, kMarkdown, kCsv, kLatex, kJson };

/// Error(kInput) when there is no such format.
Format format_of(const std::string& name);

struct TableCell {
  std::string value;
  std::string half_width;           ///< Empty: printed without ±.
  std::optional<double> heat = {};  ///< In a heat map: 0 is its least cell, 1 its greatest.
  bool stale = false;               ///< Marked with a dagger.
  bool collapsed = false;           ///< All its runs are; said behind it.
  record::Standing standing = record::Standing::kNone;  ///< Best: bold; tied: underlined.
};

/// What stands behind a cell's figure: " †", " (collapsed)", or both.
std::string marks_of(const TableCell& cell);

struct Table {
  std::vector<std::string> header;
  size_t labels = 1;  ///< The first columns are labels, set to the left.
  std::vector<std::vector<TableCell>> rows;

  bool is_left(size_t column) const;
};

/// What marks a stale cell, in text.
inline constexpr const char* kStaleMark = "†";

/// With colour, a cell's colour reaches half-way to its neighbours.
std::string draw_text(const Table& table, ColourDepth colour = ColourDepth::kNone);
std::string draw_markdown(const Table& table);
std::string draw_latex(const Table& table);

std::string latex_escaped(std::string_view text);
std::string markdown_escaped(std::string_view text);
/// Quoted only where it must be.
std::string csv_field(std::string_view text);
/// The fields, each as csv_field() has it, and the line's end.
std::string csv_line(const std::vector<std::string>& fields);
/// Characters of UTF-8 text.
size_t display_width(std::string_view text);

}  // namespace sslx::cli
