#include "host/record/home.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>

#include "host/record/sql.h"
#include "host/record/whole_file.h"

namespace sslx::record {
namespace {

namespace fs = std::filesystem;

std::string read_id(const fs::path& file) {
  std::ifstream in(file);
  std::string id;
  in >> id;
  return id;
}

/// The first of several that do so at once names the home: link() replaces no file.
std::string make_id(const fs::path& runs, const std::string& wanted) {
  const fs::path file = runs / "home";
  const fs::path own = runs / fmt::format(".home-{}", getpid());
  std::error_code error;
  fs::create_directories(runs, error);  // where it fails, writing the file says why
  write_whole(own, wanted + '\n');
  const bool made = link(own.c_str(), file.c_str()) == 0 || errno == EEXIST;
  const int why = errno;
  unlink(own.c_str());
  std::string id = made ? read_id(file) : "";
  if (!id.empty()) return id;
  throw Error(ErrorKind::kSystem, fmt::format("{} cannot be written: {}", file.string(),
                                              made ? "it is empty" : std::strerror(why)));
}

std::string recorded_id(Connection& handle) {
  SQLite::Statement row(handle, "SELECT value FROM about WHERE key = 'home'");
  return row.executeStep() ? row.getColumn(0).getString() : "";
}

std::string random_id() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

}  // namespace

std::string home_id(Database& database, const fs::path& runs) {
  std::string recorded;
  database.read([&](Connection& handle) { recorded = recorded_id(handle); });
  std::string id = read_id(runs / "home");
  if (id.empty()) id = make_id(runs, recorded.empty() ? random_id() : recorded);
  if (id == recorded) return id;
  database.write([&](Connection& handle) {
    run_sql(handle, "INSERT OR REPLACE INTO about (key, value) VALUES ('home', ?)", id);
  });
  return id;
}

}  // namespace sslx::record
