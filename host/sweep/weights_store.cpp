#include "host/sweep/weights_store.h"

#include <fmt/format.h>
#include <sslx/digest.h>
#include <sslx/error.h>
#include <sslx/parameters.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "host/sweep/run_directory.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

bool is_digest(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool is_path(const std::string& text) {
  return text.find('/') != std::string::npos || text.ends_with(".safetensors");
}

bool is_name(const std::string& text) {
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
  };
  return !text.empty() && text[0] != '.' && std::ranges::all_of(text, is_plain) &&
         !is_digest(text) && !is_path(text);
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() == ".json" && is_name(name)) out.push_back(name);
  }
  std::ranges::sort(out);
  return out;
}

/// What NAME.json holds; an empty object when it is not there or damaged.
json read_name(const fs::path& file) {
  std::ifstream in(file);
  json out = json::parse(in, nullptr, /*allow_exceptions=*/false);
  return out.is_object() ? out : json::object();
}

void move_file(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) {
    throw Error(ErrorKind::kSystem,
                fmt::format("{} cannot be written: {}", to.string(), error.message()));
  }
}

}  // namespace

WeightsStore::WeightsStore(const fs::path& folder)
    : folder_(fs::absolute(folder).lexically_normal()) {}

fs::path WeightsStore::stored(const std::string& sha256) const {
  return folder_ / (sha256 + ".safetensors");
}

const std::string& WeightsStore::digest(const fs::path& file) {
  std::string& known = digests_[file];
  if (known.empty()) known = sha256_file(file);
  return known;
}

Weights WeightsStore::find_stored(const std::string& sha256) {
  const fs::path file = stored(sha256);
  if (!fs::is_regular_file(file)) {
    throw input_error(
        fmt::format("there are no weights with SHA-256 {} in {}", sha256, folder_.string()),
        "`sslx import` puts them there");
  }
  if (digest(file) != sha256) {
    throw input_error(
        fmt::format("{} was changed: its content is no longer that of its name", file.string()),
        "remove it, and import the weights again");
  }
  Weights out{sha256, file, json::object()};
  for (const std::string& name : names_in(folder_)) {
    const json known = read_name(folder_ / (name + ".json"));
    if (known.value("sha256", json()) == sha256) out.provenance = known;
  }
  return out;
}

Weights WeightsStore::find_named(const std::string& name) {
  const fs::path file = folder_ / (name + ".json");
  const json known = is_name(name) ? read_name(file) : json::object();
  const std::string sha256 = known.value("sha256", "");
  if (!is_digest(sha256)) {
    const std::string near = nearest_word(name, names_in(folder_));
    throw input_error(
        fmt::format("there are no weights called '{}' in {}{}", name, folder_.string(),
                    near.empty() ? "" : fmt::format("; the nearest is '{}'", near)),
        "`sslx import` gives weights a name; a file is named by its path, as ./model.safetensors");
  }
  Weights out = find_stored(sha256);
  out.provenance = known;
  return out;
}

Weights WeightsStore::find(const std::string& text, const fs::path& beside) {
  if (is_digest(text)) return find_stored(text);
  if (!is_path(text)) return find_named(text);
  const fs::path file = fs::absolute(beside / text).lexically_normal();
  if (!fs::is_regular_file(file)) {
    throw input_error(fmt::format("{}: there is no such file of weights", file.string()));
  }
  return {digest(file), file, {{"file", file.string()}}};
}

void WeightsStore::check_name(const std::string& name) const {
  if (is_name(name)) return;
  throw input_error(
      fmt::format("'{}' is no name for weights; it must be letters, digits, '_', '-' and '.', and "
                  "--as gives it",
                  name));
}

Weights WeightsStore::add(const fs::path& file, const std::string& name, json provenance) {
  check_name(name);
  const std::string sha256 = sha256_file(file);
  const fs::path named = folder_ / (name + ".json");
  const json known = read_name(named);
  if (known.contains("sha256") && known.at("sha256") != sha256) {
    throw input_error(
        fmt::format("the weights called '{}' are others, with SHA-256 {}; --as must give a name "
                    "that is free",
                    name, known.at("sha256").dump()));
  }
  move_file(file, stored(sha256));
  provenance["sha256"] = sha256;
  provenance["name"] = name;
  write_durably(named, provenance.dump(2, ' ', false, json::error_handler_t::replace) + '\n');
  return {sha256, stored(sha256), std::move(provenance)};
}

fs::path WeightsStore::keep(const Weights& weights) const {
  fs::path target = stored(weights.sha256);
  if (fs::is_regular_file(target) && sha256_file(target) == weights.sha256) return target;
  const fs::path part = fmt::format("{}.{}.part", target.string(), ::getpid());
  std::error_code error;
  fs::create_directories(folder_, error);
  fs::copy_file(weights.file, part, fs::copy_options::overwrite_existing, error);
  if (error) {
    throw Error(ErrorKind::kSystem,
                fmt::format("{} cannot be copied to {}: {}", weights.file.string(), part.string(),
                            error.message()));
  }
  if (sha256_file(part) != weights.sha256) {
    fs::remove(part, error);
    throw input_error(fmt::format("{} changed after the sweep was planned", weights.file.string()),
                      "give the command again");
  }
  move_file(part, target);
  return target;
}

}  // namespace sslx::sweep
