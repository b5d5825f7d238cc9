// The weights that trials may start from, by content: HOME/weights/<SHA-256>.safetensors, and
// NAME.json for each name, with the digest and where the weights are from. A trial's identity holds
// the digest, so that neither a name nor a path decides what was evaluated; a file whose content is
// not that of its digest any more is refused. No tensor is read here.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace sslx::sweep {

/// A file of weights that was found, and what is known of it.
struct Weights {
  std::string sha256;  ///< Of the file's bytes; empty: there are none.
  std::filesystem::path file;
  nlohmann::json provenance = nlohmann::json::object();
};

class WeightsStore {
 public:
  explicit WeightsStore(const std::filesystem::path& folder);

  /// The weights of a name, of a SHA-256 that is in the store, or of a file (with a '/' or ending
  /// in .safetensors; relative ones lie in `beside`). Digests are taken once. Throws Error(kInput)
  /// with the nearest name, when a stored file changed, or for a file that is no safetensors.
  Weights find(const std::string& text, const std::filesystem::path& beside);

  /// Whether find() would find something of that name, digest or path.
  bool has(const std::string& text, const std::filesystem::path& beside) const;

  /// Moves the file into the store under its digest and gives it a name; `provenance` is kept with
  /// it. The same weights may have several names. Throws Error(kInput) for a name that other
  /// weights have, or that could be taken for a path or a digest.
  Weights add(const std::filesystem::path& file, const std::string& name,
              nlohmann::json provenance);

  /// Copies the file into the store when it lies elsewhere, so that the bytes that a record names
  /// still exist after it; returns the stored path. Throws Error when it changed or cannot be kept.
  std::filesystem::path keep(const Weights& weights) const;

  /// Throws as add() would, before there is anything to add.
  void check_name(const std::string& name) const;

  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path stored(const std::string& sha256) const;
  Weights find_stored(const std::string& sha256);
  Weights find_named(const std::string& name);
  const std::string& digest(const std::filesystem::path& file);

  std::filesystem::path folder_;
  std::map<std::filesystem::path, std::string> digests_;
};

}  // namespace sslx::sweep
