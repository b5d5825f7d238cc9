#include "host/record/plan_journal.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

#include "host/record/journal_lines.h"
#include "host/record/sql.h"
#include "host/record/whole_file.h"

namespace sslx::record {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr size_t kMostBytes = size_t{2} << 30;

fs::path definition_file(const fs::path& runs, const std::string& digest) {
  return runs / "plans" / (digest + ".json.gz");
}

/// Fast rather than small: what repeats is most of it.
std::string packed(const std::string& text) {
  constexpr int kWithGzipHeader = 15 + 16;
  if (text.size() > kMostBytes) throw input_error("a plan of more than 2 GiB cannot be kept");
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kWithGzipHeader, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw Error(ErrorKind::kSystem, "zlib has no memory for a plan");
  }
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) throw Error(ErrorKind::kSystem, "zlib cannot compress a plan");
  return out;
}

/// A fault of the system, which may pass, says nothing of the file.
Error cannot_be_read(const fs::path& file, int error) {
  return Error(ErrorKind::kSystem, fmt::format("{} cannot be read: {}", file.string(),
                                               std::generic_category().message(error)));
}

std::string read_definition(const fs::path& file, const std::string& digest) {
  errno = 0;
  const std::unique_ptr<gzFile_s, decltype(&gzclose)> in(gzopen(file.c_str(), "rb"), &gzclose);
  if (in == nullptr && errno == ENOENT) {
    throw Error(ErrorKind::kRun, file.string() + " is not there");
  }
  if (in == nullptr) throw cannot_be_read(file, errno == 0 ? ENOMEM : errno);
  std::string out;
  std::array<char, 1 << 16> buffer{};
  int count = 0;
  while ((count = gzread(in.get(), buffer.data(), buffer.size())) > 0 && out.size() < kMostBytes) {
    out.append(buffer.data(), static_cast<size_t>(count));
  }
  int code = Z_OK;
  if (count < 0) gzerror(in.get(), &code);
  if (code == Z_ERRNO) throw cannot_be_read(file, errno);
  if (count < 0 || sha256_hex(out) != digest) {
    throw Error(ErrorKind::kRun, file.string() + " is damaged: it is not what its name says");
  }
  return out;
}

/// [configuration's place, seed, identity, variant, axes] each.
json trials_as_json(const std::vector<PlannedTrial>& trials, json& configs) {
  json out = json::array();
  for (const PlannedTrial& trial : trials) {
    if (configs.empty() || configs.back() != trial.config) configs.push_back(trial.config);
    out.push_back({configs.size() - 1, trial.seed, trial.identity, trial.variant, trial.axes});
  }
  return out;
}

}  // namespace

std::string definition_text(const SweepDefinition& sweep) {
  json configs = json::array();
  json trials = trials_as_json(sweep.trials, configs);
  return text_of({{"name", sweep.name},
                  {"title", sweep.title},
                  {"text", sweep.text},
                  {"table", sweep.table},
                  {"configs", std::move(configs)},
                  {"trials", std::move(trials)}});
}

std::string keep_definition(const fs::path& runs, const std::string& text) {
  const std::string digest = sha256_hex(text);
  const fs::path file = definition_file(runs, digest);
  std::error_code error;
  if (!fs::exists(file, error)) {
    fs::create_directories(file.parent_path(), error);  // where it fails, writing says why
    write_whole(file, packed(text));
  }
  return digest;
}

json plan_event(const SweepDefinition& sweep, const std::string& definition) {
  return {{"sweep", sweep.name},      {"file", sweep.file},     {"options", sweep.options},
          {"command", sweep.command}, {"folder", sweep.folder}, {"definition", definition}};
}

SweepDefinition plan_of_event(const fs::path& runs, const json& event) {
  const std::string digest = text_or(event, "definition");
  const fs::path file = definition_file(runs, digest);
  const json plan = json::parse(read_definition(file, digest));
  SweepDefinition out{plan.at("name"),
                      plan.at("title"),
                      event.at("file"),
                      plan.at("text"),
                      plan.at("table"),
                      {},
                      {},
                      event.at("command"),
                      event.at("folder")};
  if (event.at("options").is_array()) out.options = event["options"];
  for (const json& trial : plan.at("trials")) {
    out.trials.push_back({trial.at(2), plan.at("configs").at(trial.at(0).get<size_t>()),
                          trial.at(1).get<uint64_t>(), trial.at(3), trial.at(4), ""});
  }
  return out;
}

}  // namespace sslx::record
