#include "host/sweep/evaluate_options.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <functional>

#include "host/sweep/sections.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;

Error wrong(const Config& table, const std::string& what, const std::string& key,
            const json& values, const std::string& right) {
  return input_error(fmt::format("{}: {}: '{}' is {}; it must be {}", table.origin(key), what, key,
                                 values.at(key).dump(), right));
}

/// What the optimiser reads beside the options. They stand in the trial, so that its record says
/// all.
void add_fixed_settings(json& values) {
  values.update({{"lr_scaling", "none"}, {"schedule", "cosine"}});
  const auto optimizer = values.at("optimizer").get<std::string>();
  if (optimizer == "lars") {
    values.update({{"lars_eta", 0.001}, {"lars_momentum", "classic"}, {"lars_exclude", true}});
  }
  if (optimizer == "adamw") {
    values["betas"] = {0.9, 0.999};
    values.erase("momentum");
  }
}

}  // namespace

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
      choice("features", "standardised", "standardised|raw",
             "what the classifier reads: each feature to mean 0 and deviation 1 over the training "
             "set, or as they are (the papers; their rates are for those)"),
      boolean("nesterov", false, "with Nesterov's momentum"),
      choice("schedule", "cosine", "cosine|step", "of the learning rate"),
      integers("milestones", {}, "epochs after which the step schedule lowers the rate")
          .between(1, 100'000),
      real("gamma", 0.1, "times the rate at each milestone").between(0, 1),
  };
  return schema;
}

const std::vector<ParameterSpec>& probe_schema() {
  static const std::vector<ParameterSpec> schema{
      choice("of", "features", "features|outputs",
             "what is read: the features h, or the outputs z of the head on them"),
  };
  return schema;
}

const std::vector<ParameterSpec>& attention_schema() {
  static const std::vector<ParameterSpec> schema{
      real("mass", 0.6, "share of the attention that the map is cut to").between(0.01, 1),
  };
  return schema;
}

const std::vector<ParameterSpec>& finetune_schema() {
  static const std::vector<ParameterSpec> schema{
      reals("labels", {0.01, 0.1}, "shares of the training labels; none: no fine-tuning")
          .between(0, 1),
      integers("epochs", {60, 30}, "passes over the labelled images, one for each share or for all")
          .between(1, 100'000),
      integer("batch_size", 256, "images a step; fewer where there are not as many")
          .between(2, 1'000'000),  // one image alone has no variance, which batch norm divides by
      choice("optimizer", "sgd", "sgd|lars|adamw", "what updates the weights"),
      real("lr", 0.05, "learning rate; a cosine leads it to 0").above(0),
      real("momentum", 0.9, "of sgd and lars").between(0, 1),
      real("weight_decay", 0, "on all weights").at_least(0),
      real("warmup_epochs", 0, "epochs of linear warm-up").between(0, 100'000),
  };
  return schema;
}

const std::vector<ParameterSpec>& distil_schema() {
  static const std::vector<ParameterSpec> schema{
      real("temperature", 1, "of the teacher's and the student's softmax").above(0),
      real("alpha", 1, "weight of the teacher's word; the rest is the labels' cross-entropy")
          .between(0, 1),
      integer("epochs", 40, "passes over all training images").between(1, 100'000),
      integer("batch_size", 256, "images a step").between(2, 1'000'000),
      choice("optimizer", "sgd", "sgd|lars|adamw", "what updates the weights"),
      real("lr", 0.1, "learning rate; a cosine leads it to 0").above(0),
      real("momentum", 0.9, "of sgd and lars").between(0, 1),
      real("weight_decay", 0.0005, "on all weights").at_least(0),
      real("warmup_epochs", 0, "epochs of linear warm-up").between(0, 100'000),
  };
  return schema;
}

json resolve_linear(const Config& table) {
  json values = resolve_section(table, "evaluate.linear").to_json();
  const bool steps = values.at("schedule") == "step";
  if (steps == values.at("milestones").empty()) {
    throw wrong(table, "evaluate.linear", steps ? "milestones" : "schedule", values,
                steps ? "the epochs of the step schedule, as [60, 80]" : "step with milestones");
  }
  if (!steps) values.erase("gamma");
  // Left out at their defaults, so that trials from before there was such a thing keep their
  // identity.
  const json defaults = Parameters::resolve(linear_schema(), json::object(), "").to_json();
  for (const char* name : {"features", "nesterov", "schedule", "milestones"}) {
    if (values.at(name) == defaults.at(name)) values.erase(name);
  }
  return values;
}

json resolve_finetune(const Config& table) {
  const std::string what = "evaluate.finetune";
  json values = resolve_section(table, what).to_json();
  const auto labels = values.at("labels").get<std::vector<double>>();
  if (labels.empty()) return nullptr;
  if (labels.front() <= 0 ||
      std::ranges::adjacent_find(labels, std::greater_equal()) != labels.end()) {
    throw wrong(table, what, "labels", values, "rising shares above 0, as [0.01, 0.1]");
  }
  if (!table.value.contains("epochs") && labels.size() != 2) {
    throw input_error(fmt::format(
        "{}: {}: there are {} shares of the labels, and no epochs; there must be some, as epochs = "
        "[30] for all of them",
        table.origin("labels"), what, labels.size()));
  }
  json& epochs = values.at("epochs");
  if (epochs.size() == 1) epochs = std::vector(labels.size(), epochs.at(0).get<int64_t>());
  if (epochs.size() != labels.size()) {
    throw wrong(table, what, "epochs", values,
                fmt::format("one number for all shares, or {}", labels.size()));
  }
  add_fixed_settings(values);
  return values;
}

json resolve_distil(const Config& table, const json& finetune) {
  if (finetune.is_null()) {
    throw input_error(fmt::format(
        "{}: evaluate.distil needs a teacher; there must be an evaluate.finetune, whose "
        "networks are the teachers",
        table.origin("")));
  }
  json values = resolve_section(table, "evaluate.distil").to_json();
  add_fixed_settings(values);
  return values;
}

}  // namespace sslx::sweep
