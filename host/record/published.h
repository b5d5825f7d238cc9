// The published table that a sweep's figures are compared with, as it was put into the record when
// the sweep was run: where it is from, how sure its figures are, and which of them belongs to a
// cell. What the record lacks is empty; reading cannot fail.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace sslx::record {

/// What the paper has for one cell.
struct PublishedFigure {
  size_t rows = 0;              ///< Published rows that fit; there is a figure when it is one.
  std::optional<double> value;  ///< Empty: the paper gives words, or nothing.
  std::string words;            ///< "fails"
  std::string verified;         ///< How it was checked: "paper-text", "memory" ...

  bool recalled() const { return verified.starts_with("memory"); }
};

class Published {
 public:
  explicit Published(nlohmann::json table) : table_(std::move(table)) {}

  /// "id", "paper", "arxiv", "where", "dataset", "metric", "unit", "verified", "note"
  std::string text(const char* key) const;

  /// Whether the whole table is from memory.
  bool recalled() const;

  /// The figure for the values `key` at the rows and columns `names`; names that the paper does not
  /// tell apart are passed over.
  PublishedFigure at(const std::vector<std::string>& names,
                     const std::vector<std::string>& key) const;

  /// As the record keeps it.
  const nlohmann::json& table() const { return table_; }

 private:
  nlohmann::json table_;
};

}  // namespace sslx::record
