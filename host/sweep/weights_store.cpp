#include "host/sweep/weights_store.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>
#include <sslx/parameters.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <vector>

#include "host/data/path_text.h"
#include "host/data/user_path.h"
#include "host/record/whole_file.h"
#include "host/sweep/run_directory.h"
#include "host/weights/safetensors_header.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

bool is_path(const std::string& text) {
  return text.find('/') != std::string::npos || text.ends_with(".safetensors");
}

bool is_name(const std::string& text) {
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
  };
  return !text.empty() && text[0] != '.' && std::ranges::all_of(text, is_plain) &&
         !is_sha256(text) && !is_path(text);
}

std::vector<std::string> stored_names(const fs::path& folder) {
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
  const bool whole = out.is_object() && out.contains("sha256") && out.at("sha256").is_string() &&
                     is_sha256(out.at("sha256").get<std::string>());
  return whole ? out : json::object();
}

/// A name beside `file` that no other process writes to; gone afterwards, whatever happens.
struct Part {
  explicit Part(const fs::path& file)
      : path(fmt::format("{}.{}.part", file.string(), ::getpid())) {}
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  ~Part() {
    std::error_code error;
    fs::remove(path, error);
  }
  fs::path path;
};

Error not_written(const fs::path& file, const std::string& why) {
  return Error(ErrorKind::kSystem, fmt::format("{} cannot be written: {}", file.string(), why));
}

/// Its bytes reach the disk before its new name does.
void move_file(const fs::path& from, const fs::path& to) {
  if (!record::sync_file(from)) throw not_written(to, std::strerror(errno));
  std::error_code error;
  fs::rename(from, to, error);
  if (error) throw not_written(to, error.message());
}

/// Gives `part` the name `file` unless something has it: false then. Of two imports at the same
/// time one makes the name, and the other sees it.
bool link_new(const fs::path& part, const fs::path& file) {
  if (::link(part.c_str(), file.c_str()) == 0) return true;
  if (errno == EEXIST) return false;
  throw not_written(file, std::strerror(errno));
}

void check_same(const fs::path& named, const std::string& sha256) {
  const json known = read_name(named);
  if (!known.contains("sha256") || known.at("sha256") == sha256) return;
  throw input_error(
      fmt::format("the weights called '{}' are others, with SHA-256 {}; --as must give a name "
                  "that is free",
                  named.stem().string(), known.at("sha256").get<std::string>()));
}

/// A name that these weights have already, or that is damaged, is written anew.
void write_name(const fs::path& named, const json& provenance) {
  const Part part(named);
  write_durably(part.path, provenance.dump(2, ' ', false, json::error_handler_t::replace) + '\n');
  if (link_new(part.path, named)) return;
  check_same(named, provenance.at("sha256").get<std::string>());
  move_file(part.path, named);
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
  for (const std::string& name : stored_names(folder_)) {
    const json known = read_name(folder_ / (name + ".json"));
    if (known.value("sha256", json()) == sha256) out.provenance = known;
  }
  return out;
}

Weights WeightsStore::find_named(const std::string& name) {
  const fs::path file = folder_ / (name + ".json");
  const json known = is_name(name) ? read_name(file) : json::object();
  const std::string sha256 = known.value("sha256", "");
  if (!is_sha256(sha256)) {
    const std::string near = nearest_word(name, stored_names(folder_));
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
  if (is_sha256(text)) return find_stored(text);
  if (!is_path(text)) return find_named(text);
  const fs::path file = fs::absolute(beside / data::user_path(text)).lexically_normal();
  if (!fs::is_regular_file(file)) {
    throw input_error(fmt::format("{}: there is no such file of weights", file.string()));
  }
  if (train::open_safetensors(file).header.tensors.empty()) {
    throw input_error(file.string() + ": there are no tensors in it");
  }
  return {digest(file), file, {{"file", data::path_text(file)}}};
}

bool WeightsStore::has(const std::string& text, const fs::path& beside) const {
  std::error_code error;
  if (is_sha256(text)) return fs::is_regular_file(stored(text), error);
  if (!is_path(text)) return is_name(text) && fs::exists(folder_ / (text + ".json"), error);
  return fs::is_regular_file(beside / data::user_path(text), error);
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
  check_same(named, sha256);
  move_file(file, stored(sha256));
  provenance["sha256"] = sha256;
  provenance["name"] = name;
  write_name(named, provenance);
  return {sha256, stored(sha256), std::move(provenance)};
}

fs::path WeightsStore::keep(const Weights& weights) const {
  fs::path target = stored(weights.sha256);
  if (fs::is_regular_file(target) && sha256_file(target) == weights.sha256) return target;
  const Part part(target);
  std::error_code error;
  fs::create_directories(folder_, error);
  fs::copy_file(weights.file, part.path, fs::copy_options::overwrite_existing, error);
  if (error) {
    throw Error(ErrorKind::kSystem,
                fmt::format("{} cannot be copied to {}: {}", weights.file.string(),
                            part.path.string(), error.message()));
  }
  if (sha256_file(part.path) != weights.sha256) {
    throw input_error(fmt::format("{} changed after the sweep was planned", weights.file.string()),
                      "give the command again");
  }
  move_file(part.path, target);
  return target;
}

}  // namespace sslx::sweep
