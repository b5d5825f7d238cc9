#include "host/sweep/builtin_schema.h"

#include <algorithm>

namespace sslx::sweep {

using nlohmann::json;

const std::vector<ParameterSpec>& train_schema() {
  static const std::vector<ParameterSpec> schema{
      integer("epochs", 20, "passes over the training images").between(1, 100'000),
      integer("batch_size", 256, "images a step").between(1, 1'000'000),
      choice("optimizer", "sgd", "sgd", "stochastic gradient descent with momentum"),
      real("lr", 0.1, "learning rate").above(0),
      choice("lr_scaling", "none", "none|linear", "linear: lr * batch_size / 256"),
      real("momentum", 0.9, "of the optimiser").between(0, 1),
      real("weight_decay", 0.0005, "not applied to biases and norms").at_least(0),
      choice("schedule", "cosine", "cosine|constant", "of the learning rate"),
      real("warmup_epochs", 0, "epochs of linear warm-up").between(0, 100'000),
      choice("precision", "auto", "auto|bf16|fp32", "auto: bf16 where the hardware has it"),
      choice("channels_last", "auto", "auto|on|off", "memory format of the images"),
      boolean("drop_last", true, "drops the last batch when it is not full"),
  };
  return schema;
}

const std::vector<ParameterSpec>& view_schema() {
  static const std::vector<ParameterSpec> schema{
      integer("count", 1, "views of this recipe, each drawn on its own (multi-crop)")
          .between(1, 1000),
  };
  return schema;
}

const std::vector<ParameterSpec>& operation_schema() {
  static const std::vector<ParameterSpec> schema{
      boolean("shared", false,
              "drawn once an image for all views that have a shared operation at this position"),
  };
  return schema;
}

const std::vector<ParameterSpec>& evaluate_schema() {
  static const std::vector<ParameterSpec> schema{
      integer("batch_size", 500, "images a forward pass of the features").between(1, 1'000'000),
  };
  return schema;
}

const std::vector<ParameterSpec>& knn_schema() {
  static const std::vector<ParameterSpec> schema{
      integer("k", 20, "neighbours").between(1, 1'000'000),
      real("temperature", 0.1, "of the neighbours' weights").above(0),
  };
  return schema;
}

const std::vector<ParameterSpec>& linear_schema() {
  static const std::vector<ParameterSpec> schema{
      integer("epochs", 100, "passes over the features").between(1, 100'000),
      integer("batch_size", 256, "features a step").between(1, 1'000'000),
      reals("lr", {0.01, 0.1, 1.0}, "rates; one is chosen on the validation part").above(0),
      real("momentum", 0.9, "of the probe's optimiser").between(0, 1),
      real("weight_decay", 0, "of the probe's optimiser").at_least(0),
      real("validation", 0.1, "part of the training images that chooses the rate").between(0, 0.9),
  };
  return schema;
}

const std::vector<ParameterSpec>& run_schema() {
  static const std::vector<ParameterSpec> schema{
      choice("device", "auto", "auto|cpu|cuda", "where trials run"),
      integer("threads", 0, "of a trial; 0: the cores divided by jobs").between(0, 4096),
      integer("view_workers", 1, "threads of a trial that prepare views").between(0, 4096),
      integer("jobs", 1, "trials at a time").between(1, 1024),
      real("time_limit", 0, "seconds a trial may take; 0: no limit").at_least(0),
  };
  return schema;
}

Parameters resolve_table(const std::vector<ParameterSpec>& schema, const Config& table,
                         const std::string& what, const std::vector<std::string>& except) {
  json values = json::object();
  for (const auto& [key, value] : table.value.items()) {
    if (std::ranges::count(except, key) > 0) continue;
    Parameters::resolve(schema, {{key, value}}, table.origin(key) + ": " + what);
    values[key] = value;
  }
  return Parameters::resolve(schema, values, table.origin("") + ": " + what);
}

}  // namespace sslx::sweep
