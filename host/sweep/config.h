// A piece of a sweep's configuration: a JSON value together with where each part of it was written,
// so that an error found late (a plugin's schema, a range) still names the file and the line.
// Layers are merged in order; what comes later wins. A table that names another plugin than the one
// below it replaces it whole: no parameter of the one plugin reaches the other.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace sslx::sweep {

class Config {
 public:
  nlohmann::json value = nlohmann::json::object();
  std::map<std::string, std::string> origins;  ///< "train.lr" -> "quickstart.toml:12"

  /// Where the value at `path` was written, or the nearest table around it.
  std::string origin(const std::string& path) const;

  /// Tables are merged key by key, everything else is replaced.
  void merge(const Config& over);

  /// Sets one value: components are keys, indices of lists, `*` for each element of a list, or the
  /// name of an operation in a list of tables; a table at a top key is merged. Throws
  /// Error(kInput), beginning with `origin`, when the path leads through a value that is no table.
  void set(const std::string& path, const nlohmann::json& value, const std::string& origin);

  /// Puts the elements of a list, with their origins, into the list at `path` before `index`. The
  /// list must be there and reach that far.
  void insert(const std::string& path, size_t index, const Config& elements);

  /// What is at a key (an index, of a list), with its origins; an empty table when there is none.
  Config child(const std::string& key) const;
};

}  // namespace sslx::sweep
