#include "host/sweep/train_options.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <functional>

#include "host/sweep/sections.h"

namespace sslx::sweep {

using nlohmann::json;

namespace {

/// An option of train that means something only while `key` is one of `words`; when there are none,
/// only while it is above 0.
struct Concern {
  const char* option;
  const char* key;
  std::vector<std::string> words;
};

const std::vector<Concern>& concerns() {
  static const std::vector<Concern> all{
      {"momentum", "optimizer", {"sgd", "lars"}},
      {"nesterov", "optimizer", {"sgd"}},
      {"nesterov", "momentum", {}},
      {"betas", "optimizer", {"adam", "adamw"}},
      {"lars_eta", "optimizer", {"lars"}},
      {"lars_momentum", "optimizer", {"lars"}},
      {"lars_exclude", "optimizer", {"lars"}},
      {"decay_all", "optimizer", {"sgd", "adam", "adamw"}},
      {"final_weight_decay", "weight_decay_schedule", {"cosine"}},
      {"final_lr", "schedule", {"cosine"}},
      {"milestones", "schedule", {"step"}},
      {"gamma", "schedule", {"step"}},
      {"clip", "clip_norm", {}},
  };
  return all;
}

bool holds(const Concern& concern, const json& values) {
  const json& value = values.at(concern.key);
  if (concern.words.empty()) return value.get<double>() > 0;
  return std::ranges::count(concern.words, value.get<std::string>()) > 0;
}

Error wrong_train(const Config& table, const std::string& key, const json& values,
                  const std::string& rest) {
  return input_error(
      fmt::format("{}: train: '{}' is {}{}", table.origin(key), key, values.at(key).dump(), rest));
}

Error no_concern(const Config& table, const Concern& concern, const json& values) {
  const std::string right = concern.words.empty()
                                ? std::string("above 0")
                                : fmt::format("{}", fmt::join(concern.words, " or "));
  return wrong_train(table, concern.option, values,
                     fmt::format(", but {} is {}; it must be left out unless {} is {}", concern.key,
                                 values.at(concern.key).dump(), concern.key, right));
}

/// What a schema cannot say of lists.
void check_lists(const Config& table, const json& values) {
  const auto betas = values.at("betas").get<std::vector<double>>();
  if (betas.size() != 2 || std::ranges::max(betas) >= 1) {
    throw wrong_train(table, "betas", values, "; it must be two numbers from 0 to below 1");
  }
  const auto milestones = values.at("milestones").get<std::vector<int64_t>>();
  const bool rising =
      std::ranges::adjacent_find(milestones, std::greater_equal()) == milestones.end();
  if (!rising || (milestones.empty() && values.at("schedule") == "step")) {
    throw wrong_train(table, "milestones", values, "; it must be rising epochs, as [60, 80]");
  }
}

}  // namespace

const std::vector<ParameterSpec>& train_schema() {
  static const std::vector<ParameterSpec> schema{
      integer("epochs", 20, "passes over the training images").between(1, 100'000),
      integer("batch_size", 256, "images a step").between(1, 1'000'000),
      choice("optimizer", "sgd", "sgd|lars|adam|adamw", "what updates the weights"),
      real("lr", 0.1, "learning rate").above(0),
      real("lr_factor", 1, "times lr: one axis over methods whose rates are not alike").above(0),
      choice("lr_scaling", "none", "none|linear|sqrt",
             "linear: lr * batch_size / 256; sqrt: lr * sqrt(batch_size)"),
      real("momentum", 0.9, "of sgd and lars").between(0, 1),
      boolean("nesterov", false, "sgd with Nesterov's momentum"),
      reals("betas", {0.9, 0.999}, "of adam and adamw").between(0, 1),
      real("lars_eta", 0.001, "trust coefficient of lars").above(0),
      choice("lars_momentum", "classic", "classic|popular",
             "the learning rate inside the momentum buffer (SimCLR's code) or outside (FAIR's)"),
      boolean("lars_exclude", true,
              "biases and norm parameters get neither trust nor weight decay"),
      real("weight_decay", 0.0005, "on all parameters, unless decay_all or lars_exclude says else")
          .at_least(0),
      boolean("decay_all", true, "false: biases and norm parameters do not decay"),
      choice("weight_decay_schedule", "constant", "constant|cosine", "cosine: as DINO's"),
      real("final_weight_decay", 0.4, "where the cosine from weight_decay ends").at_least(0),
      choice("schedule", "cosine", "cosine|constant|step", "of the learning rate"),
      real("final_lr", 0, "where the cosine ends, as a share of the learning rate").between(0, 1),
      integers("milestones", {}, "epochs after which the step schedule lowers the rate")
          .between(1, 100'000),
      real("gamma", 0.1, "times the rate at each milestone").between(0, 1),
      real("warmup_epochs", 0, "epochs of linear warm-up").between(0, 100'000),
      real("clip_norm", 0, "largest norm of the gradient; 0: not clipped").at_least(0),
      choice("clip", "norm", "norm|each", "clip_norm is of all parameters together or of each"),
      choice("precision", "auto", "auto|bf16|fp32", "auto: bf16 where the hardware has it"),
      choice("channels_last", "auto", "auto|on|off", "memory format of the images"),
      integer("accumulate", 1, "batches whose gradients add up to one step").between(1, 100'000),
      integer("processes", 1,
              "that share each batch, on this machine's processor: each has batch_size / processes "
              "images, and its own moments in bn (not in sync_bn)")
          .between(1, 256),
      choice("views", "processor", "processor|device",
             "where what follows a view's first operation is done: on a GPU for machines with few "
             "cores, from the same draws, with values within float32's rounding (blur's 0.00004)"),
      boolean("views_in_turn", false,
              "one pass of views at a time is in memory; for methods over pairs of views"),
      boolean(
          "online_probe", false,
          "a linear classifier learns from the labels beside the method, which does not see it: "
          "figures online_accuracy while it trains and online_top1"),
      boolean("drop_last", true,
              "drops the last batch when it is not full; one image alone is refused"),
  };
  return schema;
}

json resolve_train(const Config& table) {
  json values = resolve_section(table, "train").to_json();
  const json defaults = Parameters::resolve(train_schema(), json::object(), "train").to_json();
  check_lists(table, values);
  json out = values;
  // The trial has the product: a search and the sweep that takes what it found share their trials.
  out["lr"] = values.at("lr").get<double>() * values.at("lr_factor").get<double>();
  out.erase("lr_factor");
  for (const Concern& concern : concerns()) {
    if (holds(concern, values)) continue;
    if (values.at(concern.option) != defaults.at(concern.option)) {
      throw no_concern(table, concern, values);
    }
    out.erase(concern.option);
  }
  for (const char* option :
       {"nesterov", "decay_all", "weight_decay_schedule", "final_lr", "clip_norm", "accumulate",
        "processes", "views", "views_in_turn", "online_probe"}) {
    if (values.at(option) == defaults.at(option)) out.erase(option);
  }
  return out;
}

}  // namespace sslx::sweep
