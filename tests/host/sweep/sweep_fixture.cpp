#include "tests/host/sweep/sweep_fixture.h"

#include <sslx/error.h>
#include <stdlib.h>

#include "host/sweep/toml_reader.h"

namespace sslx::sweep {

using nlohmann::json;

PluginRegistry test_registry() {
  PluginRegistry out;
  const auto add = [&](const char* kind, const char* name, std::vector<ParameterSpec> schema) {
    out.plugins.push_back({kind, name, "1.0.0", "", "", "", "", std::move(schema)});
  };
  add("method", "simclr", {real("temperature", 0.5, "tau").above(0)});
  add("method", "moco", {real("momentum", 0.99, "m").between(0, 1), integer("queue", 64, "K")});
  out.plugins[0].diagnostics = {"contrastive_accuracy", "accuracy_step_*"};
  add("backbone", "resnet", {integer("width", 32, "w").at_least(1)});
  add("augmentation", "crop", {reals("scale", {0.2, 1.0}, "area"), integer("size", 0, "px")});
  add("augmentation", "flip", {});
  add("augmentation", "normalize", {reals("mean", {0.5}, "mean")});
  return out;
}

json TestData::resolve(const json& table, const std::string& where) {
  json out{{"name", ""}, {"train_per_class", 0}};
  for (const auto& [key, value] : table.items()) {
    if (!out.contains(key)) throw input_error(where + " has no key '" + key + "'");
    out[key] = value;
  }
  return out;
}

bool TestData::available(const json& config, const std::filesystem::path&) {
  return there || config.at("name") == "shapes";
}

std::string TestData::fingerprint(const json& config, const std::filesystem::path&) {
  ++fingerprints;
  return "digest of " + config.at("name").get<std::string>();
}

std::optional<data::DataSizes> TestData::sizes(const json& config, const std::filesystem::path&) {
  if (config.at("name") != "cifar10") return std::nullopt;
  return data::DataSizes{
      {std::vector<int64_t>(10, 5000), 0}, {std::vector<int64_t>(10, 1000), 0}, {}};
}

std::string sweep_text(const std::string& more) {
  return R"(name = "demo"
seeds = [0, 1]
[base]
data = { name = "cifar10", train_per_class = 100 }
view = [{ ops = [{ name = "crop", size = 8 }, { name = "flip" }, { name = "normalize" }] }]
method = { name = "simclr", temperature = 0.2 }
backbone = { name = "resnet" }
[base.train]
epochs = 3
)" + more;
}

SweepFile sweep_of(const std::string& text, const std::string& scale) {
  return parse_sweep(parse_toml(text, "demo.toml"), "demo.toml", scale);
}

Plan plan_of(const std::string& text, const std::vector<std::string>& settings) {
  SweepFile sweep = sweep_of(text);
  for (const std::string& setting : settings) apply_setting(sweep, setting);
  TestData data;
  const PluginRegistry registry = test_registry();
  return make_plan(sweep, registry, data, "weights");
}

std::string plan_error(const std::string& more, const std::vector<std::string>& settings) {
  return message_of([&] { plan_of(sweep_text(more), settings); });
}

std::string safetensors_of(const std::string& text) {
  const json tensor{
      {"dtype", "U8"}, {"shape", json::array({text.size()})}, {"data_offsets", {0, text.size()}}};
  const std::string header = json{{"t", tensor}}.dump();
  const uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + text;
}

TestFolder::TestFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "sslx-sweep-XXXXXX").string();
  path = mkdtemp(name.data());
}

TestFolder::~TestFolder() {
  std::error_code error;
  std::filesystem::remove_all(path, error);
}

}  // namespace sslx::sweep
