// A record of one run by the host that only pretends (fake_host.cpp), for the tests of what makes
// it again.
#pragma once

#include <gtest/gtest.h>
#include <sslx/detail/digest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>

#include "host/record/ingest.h"
#include "host/sweep/data_lookup.h"
#include "host/sweep/process.h"
#include "host/sweep/reproduce.h"
#include "host/sweep/run_directory.h"
#include "tests/host/record/record_fixture.h"

namespace sslx::sweep {

using nlohmann::json;
using record::test::RecordTest;
namespace fs = std::filesystem;

inline const std::string kRun = "20260101-000001-aaaaaa";
inline const std::string kBytes = "the bytes of a plugin";

/// A run by the host that only pretends: it does what the method is called.
class ReproduceTest : public RecordTest {
 protected:
  ReproduceTest() {
    unsetenv("FAKE_HOST_ACT");
    setenv("FAKE_HOST_LOG", (folder_ / "started.txt").c_str(), 1);
    write_plugin(kBytes);
    DataFolder data;
    config_ = {
        {"data", data.resolve({{"name", "shapes"}, {"train_size", 64}, {"test_size", 32}}, "")},
        {"method", {{"name", "succeed"}}},
        {"backbone", {{"name", "resnet_small"}}}};
    config_["data"]["fingerprint"] = data.fingerprint(config_["data"], "");
  }

  fs::path plugin_file() const {
    return folder_ / "runs" / "plugins" / (sha256_hex(kBytes) + ".so");
  }
  void write_plugin(const std::string& bytes) const {
    record::test::write_file(plugin_file(), bytes);
  }

  /// The run with this end is in the record.
  void record(const std::string& state = "completed") {
    const fs::path directory = folder_ / "runs" / kRun;
    make_folder(directory);
    const json request{{"run", kRun},
                       {"directory", directory.string()},
                       {"trial", "t"},
                       {"config", config_},
                       {"seed", 3},
                       {"data_path", ""},
                       {"execution", {{"device", "auto"}, {"threads", 1}, {"view_workers", 1}}},
                       {"plugins",
                        {{{"kind", "method"},
                          {"name", "succeed"},
                          {"file", "/gone.so"},
                          {"sha256", sha256_hex(kBytes)}}}}};
    record::test::write_file(directory / "request.json", request.dump());
    run_with_input(FAKE_HOST, request.dump());
    write_exit(directory, {state, "", 0, 0, 0.1});
    record::ingest_run(database_, directory);
    fs::remove_all(directory);  // The record alone must do.
  }

  std::optional<record::Verdict> again(ReproduceOptions options = {}) {
    options.home = folder_;
    options.host = FAKE_HOST;
    return reproduce(database_, kRun, PluginRegistry{}, options, interrupts_);
  }

  json config_;
  record::Database database_{database_file()};
  std::atomic<int> interrupts_{0};
};

}  // namespace sslx::sweep
