#include "host/tools/export_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sslx/error.h>

#include <optional>
#include <set>

#include "host/data/dataset.h"
#include "host/data/path_text.h"
#include "host/data/split.h"
#include "host/evaluate/features.h"
#include "host/tools/restored_run.h"
#include "host/weights/encoder.h"
#include "host/weights/npy.h"
#include "host/weights/safetensors.h"

namespace sslx::train {
namespace {

using nlohmann::json;

/// What names suggest, for the message of a prefix that is none.
std::set<std::string> suggested_prefixes(const State& state) {
  constexpr std::string_view kEnd = "backbone.";
  std::set<std::string> out;
  for (const auto& [name, tensor] : state) {
    if (const size_t at = name.rfind(kEnd); at != std::string::npos) {
      out.insert(name.substr(0, at + kEnd.size()));
    }
  }
  return out;
}

State part_of(const State& state, const std::string& prefix) {
  State out;
  for (const auto& [name, tensor] : state) {
    if (name.starts_with(prefix)) out[name.substr(prefix.size())] = tensor;
  }
  if (!out.empty()) return out;
  throw input_error(fmt::format("the run has no weights under '{}'; it has some under '{}'", prefix,
                                fmt::join(suggested_prefixes(state), "', '")));
}

class Export {
 public:
  explicit Export(const json& request) : asked_(request.at("export")), run_(request, asked_) {}

  void run() {
    if (!text("out").empty()) write_weights();
    if (!text("features").empty()) write_features();
  }

 private:
  std::string text(const char* key) const { return asked_.at(key).get<std::string>(); }

  std::string prefix() {
    if (text("part") == "all") return "";
    if (!text("prefix").empty()) return text("prefix");
    const json& facts = asked_.at("facts");
    const torch::Tensor black =
        torch::zeros({2, facts.at("channels").get<int64_t>(), facts.at("height").get<int64_t>(),
                      facts.at("width").get<int64_t>()},
                     torch::kUInt8);
    Method& method = run_.method();
    const Machine& machine = run_.machine();
    const torch::Tensor images = run_.components().evaluation_input(machine)(black);
    return guarded(run_.method_name(),
                   [&] { return encoder_prefix(method, images.to(machine.device)); });
  }

  void write_weights() {
    const std::string found = prefix();
    const State part = part_of(run_.weights(), found);
    auto metadata = asked_.at("metadata").get<Metadata>();
    metadata["prefix"] = found;
    metadata["weights_sha256"] = text("weights_sha256");
    write_safetensors(part, data::text_path(text("out")), metadata);
    fmt::print("{}: {} tensors{}\n", text("out"), part.size(),
               found.empty() ? "" : fmt::format(" of '{}'", found));
  }

  void write_features() {
    Method& method = run_.method();
    const json& config = run_.request().config;
    const bool train = text("split") == "train";
    data::Dataset set =
        data::load_dataset(data::data_spec(config.at("data"), run_.request().data_path));
    const Split split = as_split(train ? set.train : set.test);
    const evaluate::Prepare prepare = run_.components().evaluation_input(run_.machine());
    const evaluate::FeatureSet all = data::at_work(run_.method_name(), "embed", -1, [&] {
      return evaluate::extract_features(method, split.images, split.labels, prepare,
                                        run_.machine().device,
                                        config.at("evaluate").at("batch_size").get<int64_t>());
    });
    const evaluate::FeatureSet read = evaluate::only_intact(all, split.images);
    write_npy(read.features, data::text_path(text("features")));
    fmt::print("{}: features of the {} {} images, float32 [{}]\n", text("features"), read.size(),
               train ? "training" : "test", fmt::join(read.features.sizes(), ", "));
    if (text("labels").empty()) return;
    write_npy(read.labels, data::text_path(text("labels")));
    fmt::print("{}: their labels, int64 [{}]\n", text("labels"), read.size());
  }

  const json& asked_;
  RestoredRun run_;
};

}  // namespace

void export_run(const json& request) { Export(request).run(); }

}  // namespace sslx::train
