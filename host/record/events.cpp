#include "host/record/events.h"

#include <fmt/format.h>

#include "host/record/journal_lines.h"
#include "host/record/sql.h"

namespace sslx::record {
namespace {

using nlohmann::json;

constexpr size_t kMetricColumns = 5;  // of a row, apart from its run

std::optional<int64_t> integer(const json& object, const char* key) {
  const auto at = object.find(key);
  if (at == object.end() || at->is_null()) return std::nullopt;
  if (at->is_boolean()) return at->get<bool>() ? 1 : 0;
  return at->get<int64_t>();
}

std::optional<std::string> text(const json& object, const char* key) {
  const auto at = object.find(key);
  if (at == object.end() || at->is_null()) return std::nullopt;
  return at->get<std::string>();
}

std::optional<double> number(const json& object, const char* key) {
  const auto at = object.find(key);
  if (at == object.end() || at->is_null()) return std::nullopt;
  return number_of(*at);
}

std::optional<json> object(const json& event, const char* key) {
  const auto at = event.find(key);
  return at == event.end() || !at->is_object() ? std::nullopt : std::optional(*at);
}

/// "INSERT INTO metric ... VALUES (?1, ?2, ...), (?1, ?7, ...)"
std::string insert_metrics(size_t rows) {
  std::string out = "INSERT INTO metric (run, line, name, step, epoch, value) VALUES";
  for (size_t row = 0; row < rows; ++row) {
    const size_t at = 2 + kMetricColumns * row;
    out += fmt::format("{} (?1, ?{}, ?{}, ?{}, ?{}, ?{})", row == 0 ? "" : ",", at, at + 1, at + 2,
                       at + 3, at + 4);
  }
  return out;
}

/// The rows of metrics of a run, several at a time: a statement costs more than a row of it.
class Metrics {
 public:
  Metrics(Connection& handle, const std::string& run) : handle_(handle), run_(run) {}

  /// The event must outlive this.
  void add(const json& event) {
    const auto line = event.at("line").get<int64_t>();
    const auto step = event.at("step").get<int64_t>();
    const auto epoch = event.at("epoch").get<int64_t>();
    for (const auto& [name, value] : event.at("values").items()) {
      rows_.push_back({line, &name, step, epoch, number_of(value)});
      if (rows_.size() == kRowsAtOnce) put();
    }
  }

  void put() {
    if (rows_.empty()) return;
    static const std::string whole = insert_metrics(kRowsAtOnce);
    const bool is_whole = rows_.size() == kRowsAtOnce;
    SQLite::Statement& insert = handle_.prepared(is_whole ? whole : insert_metrics(rows_.size()));
    insert.bindNoCopy(1, run_);
    int at = 1;
    for (const Row& row : rows_) {
      insert.bind(++at, row.line);
      insert.bindNoCopy(++at, *row.name);
      insert.bind(++at, row.step);
      insert.bind(++at, row.epoch);
      bind_one(insert, ++at, row.value);
    }
    insert.exec();
    rows_.clear();
  }

 private:
  static constexpr size_t kRowsAtOnce = 48;
  struct Row {
    int64_t line;
    const std::string* name;
    int64_t step;
    int64_t epoch;
    double value;
  };

  Connection& handle_;
  const std::string& run_;
  std::vector<Row> rows_;
};

class Writer {
 public:
  Writer(Connection& handle, const std::string& run)
      : handle_(handle), run_(run), metrics_(handle, run) {}

  void put(const json& event) {
    const auto& name = event.at("event").get_ref<const std::string&>();
    if (name == "metric") return metrics_.add(event);
    if (name == "result") return result(event);
    if (name == "losses") return losses(event);
    if (name == "resumed") resumed(event);
    if (name == "started") started(event);
    if (name == "plan") plan(event);
    if (name == "finished") finished(event);
    run_sql(handle_, "INSERT INTO event (run, line, time, event, json) VALUES (?, ?, ?, ?, ?)",
            run_, event.at("line").get<int64_t>(), *text(event, "time"), name, event);
  }

  void end() { metrics_.put(); }

 private:
  void result(const json& event) {
    const auto fingerprint = *text(event, "fingerprint");
    run_sql(handle_,
            "INSERT INTO protocol (fingerprint, json) VALUES (?, ?) ON CONFLICT DO NOTHING",
            fingerprint, event.at("protocol"));
    SQLite::Statement& insert = handle_.prepared(
        "INSERT INTO result (run, line, metric, protocol, value, unit, predictions) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)");
    bind_all(insert, run_, event.at("line").get<int64_t>(), *text(event, "metric"), fingerprint,
             number_of(event.at("value")), text(event, "unit").value_or(""));
    if (event.contains("predictions")) {
      const std::string bytes = decode_base64(*text(event, "predictions"));
      insert.bind(7, bytes.data(), static_cast<int>(bytes.size()));
    }
    insert.exec();
  }

  void losses(const json& event) {
    SQLite::Statement& insert = handle_.prepared(
        "INSERT INTO loss_trace (run, line, stage, first, losses) VALUES (?, ?, ?, ?, ?)");
    bind_all(insert, run_, event.at("line").get<int64_t>(), *text(event, "stage"),
             event.at("first").get<int64_t>());
    const std::string bytes = decode_base64(*text(event, "losses"));
    insert.bind(5, bytes.data(), static_cast<int>(bytes.size()));
    insert.exec();
  }

  /// Of a finished stage there is no step.
  void resumed(const json& event) {
    run_sql(handle_,
            "UPDATE run SET resumed_from = ?2, resumed_step = coalesce(?3, resumed_step) "
            "WHERE id = ?1",
            run_, text(event, "run"), integer(event, "step"));
  }

  void started(const json& event) {
    const json versions = event.value("versions", json::object());
    const json data = event.value("data", json::object());
    run_sql(handle_,
            "UPDATE run SET started = ?2, host = ?3, device = ?4, device_name = ?5, threads = ?6, "
            "view_workers = ?7, precision = ?8, channels_last = ?9, pid = ?10, sslx_version = ?11, "
            "libtorch_version = ?12, cuda_version = ?13, compiler = ?14, train_images = ?15, "
            "test_images = ?16, classes = ?17, unreadable = ?18 WHERE id = ?1",
            run_, text(event, "time"), text(event, "host"), text(event, "device"),
            text(event, "device_name"), integer(event, "threads"), integer(event, "view_workers"),
            text(event, "precision"), integer(event, "channels_last"), integer(event, "pid"),
            text(versions, "sslx"), text(versions, "libtorch"), text(versions, "cuda"),
            text(versions, "compiler"), integer(data, "train"), integer(data, "test"),
            integer(data, "classes"), integer(data, "unreadable"));
    run_sql(handle_,
            "UPDATE run SET cpu_name = ?2, memory_bytes = ?3, device_memory_bytes = ?4, "
            "cudnn_version = ?5, driver_version = ?6, determinism = ?7, environment = ?8 "
            "WHERE id = ?1",
            run_, text(event, "cpu_name"), integer(event, "memory_bytes"),
            integer(event, "device_memory_bytes"), text(versions, "cudnn"), text(event, "driver"),
            object(event, "determinism"), object(event, "environment"));
  }

  void plan(const json& event) {
    run_sql(handle_, "UPDATE run SET epochs = ?2, steps = ?3 WHERE id = ?1", run_,
            integer(event, "epochs"), integer(event, "steps"));
  }

  /// The state is exit.json's to say: a host that wrote this line can still crash after it.
  void finished(const json& event) {
    run_sql(handle_,
            "UPDATE run SET finished = ?2, seconds = ?3, images_per_second = ?4, "
            "peak_memory_bytes = ?5, weights_sha256 = ?6, message = ?7, earlier_seconds = ?8, "
            "unreadable = coalesce(?9, unreadable), energy_joules = ?10 WHERE id = ?1",
            run_, text(event, "time"), number(event, "seconds"), number(event, "images_per_second"),
            integer(event, "peak_memory_bytes"), text(event, "weights_sha256"),
            text(event, "message").value_or(""), number(event, "earlier_seconds"),
            integer(event, "unreadable"), number(event, "energy_joules"));
  }

  Connection& handle_;
  const std::string& run_;
  Metrics metrics_;
};

}  // namespace

void put_events(Connection& handle, const std::string& run, const std::vector<json>& events) {
  if (events.empty()) return;
  Writer writer(handle, run);
  for (const json& event : events) writer.put(event);
  writer.end();
}

}  // namespace sslx::record
