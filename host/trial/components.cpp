#include "host/trial/components.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>
#include <sslx/multi_crop.h>

#include <algorithm>
#include <exception>

#include "host/data/path_text.h"
#include "host/weights/weights.h"

namespace sslx::train {

using nlohmann::json;

const Components::Loaded& Components::load(const std::string& kind, const std::string& name) {
  const auto found = loaded_.find(kind + "/" + name);
  if (found != loaded_.end()) return found->second;
  const PluginChoice& choice = request_.plugin(kind, name);
  const PluginFile file = read_plugin(choice.file);
  if (file.kind != kind || file.name != name || file.sha256 != choice.sha256) {
    throw Error(ErrorKind::kPlugin,
                fmt::format("{} is not the {} '{}' with SHA-256 {} that the trial names",
                            choice.file.string(), kind, name, choice.sha256));
  }
  if (kind == "method") {
    diagnostics_ = file.diagnostics;
    may_lack_gradient_ = file.without_gradient;
  }
  machine::call_library(file.file.string(), fmt::format("{} '{}'", kind, name));
  return loaded_.emplace(kind + "/" + name, Loaded{&load_plugin(file), file.schema}).first->second;
}

Parameters Components::parameters(const std::string& kind, const json& config) {
  const auto name = config.at("name").get<std::string>();
  return Parameters::resolve(load(kind, name).schema, config.value("parameters", json::object()),
                             fmt::format("{} '{}'", kind, name));
}

namespace {

/// The operation that keeps the sources of these names, which are then all that `sources` has.
std::shared_ptr<Augmentation> keep(const std::vector<std::string>& names,
                                   std::vector<data::Source>& sources) {
  std::vector<data::ChannelRange> ranges;
  std::vector<data::Source> kept;
  for (const std::string& name : names) {
    ranges.push_back(data::range_of_source(sources, name));
    kept.push_back({name, ranges.back().count});
  }
  sources = std::move(kept);
  return data::take_channels(std::move(ranges));
}

/// The operation on the channels of `name` alone, of which there may then be others.
std::shared_ptr<Augmentation> only_on(const std::string& name,
                                      std::shared_ptr<Augmentation> operation,
                                      std::vector<data::Source>& sources) {
  const data::ChannelRange range = data::range_of_source(sources, name);
  constexpr int64_t kAnySide = 224;
  for (data::Source& source : sources) {
    if (source.name != name) continue;
    source.channels = operation->output_shape({range.count, kAnySide, kAnySide}).channels;
  }
  return data::on_channels(std::move(operation), range);
}

}  // namespace

Recipe Components::recipe(const json& operations) {
  Recipe out;
  std::vector<data::Source> sources = sources_;
  for (const json& operation : operations) {
    const auto name = operation.at("name").get<std::string>();
    if (name == "source") {
      out.push_back({keep(operation.at("sources"), sources), false, "the operation 'source'"});
      continue;
    }
    const Parameters values = parameters("augmentation", operation);
    const auto make = load("augmentation", name).table->make_augmentation;
    const std::string who = fmt::format("augmentation '{}'", name);
    std::shared_ptr<Augmentation> made =
        data::at_work(who, "making", -1, [&] { return make(values); });
    if (operation.contains("source")) {
      made = only_on(operation.at("source"), std::move(made), sources);
    }
    out.push_back({std::move(made), operation.value("shared", false), who});
  }
  return out;
}

std::vector<Recipe> Components::view_recipes(int64_t count) {
  const json& views = request_.config.at("view");
  if (views.empty()) return std::vector<Recipe>(static_cast<size_t>(count));
  const int64_t locals = local_views();
  const int64_t globals = count - locals;
  if (locals > 0 && globals < 2) throw no_local_views();
  const int64_t configured = static_cast<int64_t>(views.size()) - locals;
  std::vector<Recipe> out;
  for (int64_t view = 0; view < count; ++view) {
    const int64_t own =
        view < globals ? std::min(view, configured - 1) : configured + view - globals;
    out.push_back(recipe(views[static_cast<size_t>(own)].at("ops")));
  }
  return out;
}

data::ViewPipeline Components::training_views(const Split& images, int64_t count,
                                              const Machine& machine) {
  data::ViewPipeline out(images.images, images.labels, view_recipes(count), request_.seed,
                         request_.execution.view_workers, machine.channels_last, local_views());
  const bool on_device = request_.config.at("train").value("views", "processor") == "device";
  if (on_device) out.leave_rest_to_device();
  return out;
}

int64_t Components::local_views() const {
  const json& views = request_.config.value("view", json::array());
  return std::ranges::count_if(views, [](const json& view) { return view.value("local", false); });
}

Error Components::no_local_views() const {
  return input_error(
      fmt::format("method '{}' takes no local views; views with local = true must be left out",
                  request_.config.at("method").at("name").get<std::string>()));
}

evaluate::Prepare Components::evaluation_input(const Machine& machine) {
  return evaluation_input(request_.config.at("evaluate").at("ops"), machine);
}

evaluate::Prepare Components::evaluation_input(const json& ops, const Machine& machine) {
  const auto made = std::make_shared<Recipe>(recipe(ops));
  return [made, channels_last = machine.channels_last](const torch::Tensor& images) {
    torch::Tensor out = data::apply_recipe(images, *made);
    return channels_last ? out.contiguous(torch::MemoryFormat::ChannelsLast) : out;
  };
}

std::shared_ptr<Backbone> Components::backbone(int64_t input_channels) {
  return backbone(request_.config.at("backbone"), input_channels);
}

std::shared_ptr<Backbone> Components::backbone(const json& config, int64_t input_channels) {
  const auto name = config.at("name").get<std::string>();
  const Parameters values = parameters("backbone", config);
  const auto make = load("backbone", name).table->make_backbone;
  return data::at_work(fmt::format("backbone '{}'", name), "making", -1, [&] {
    return make({values, input_channels, image_size_.height, image_size_.width});
  });
}

std::shared_ptr<Backbone> Components::student(int64_t input_channels) {
  const json& config = request_.config;
  return backbone(config.contains("student") ? config.at("student") : config.at("backbone"),
                  input_channels);
}

/// The digest is checked again here: the file may have changed since the sweep was planned.
void Components::read_weights() {
  const std::string sha256 = request_.config.at("backbone").value("weights", "");
  if (sha256.empty()) return;
  const std::filesystem::path& file = request_.weights.file;
  if (!std::filesystem::exists(file) || sha256_file(file) != sha256) {
    throw input_error(
        fmt::format("{} is not the file of weights with SHA-256 {} that the trial names",
                    file.empty() ? "no file" : file.string(), sha256));
  }
  weights_ = read_safetensors(file).tensors;
  weights_report_ = {{"sha256", sha256},
                     {"file", data::path_text(file)},
                     {"provenance", request_.weights.provenance}};
}

void Components::put_weights(Backbone& backbone) {
  if (weights_report_.is_null()) return;
  const std::string file = request_.weights.file.string();
  const auto name = request_.config.at("backbone").at("name").get<std::string>();
  const WeightsFit fit = fit_weights(weights_, backbone, std::nullopt, file);
  check_fit(fit, file, fmt::format("backbone '{}'", name));
  load_state(backbone, fit.state, file);
  weights_report_["prefix"] = fit.prefix;
  weights_report_["left_out"] = left_out_text(fit);
}

std::shared_ptr<Method> Components::make_method(const MethodFacts& facts, const Machine& machine) {
  const auto name = request_.config.at("method").at("name").get<std::string>();
  const Parameters values = parameters("method", request_.config.at("method"));
  const auto make = load("method", name).table->make_method;
  std::exception_ptr not_the_methods;
  const auto make_backbone_for = [&](int64_t input_channels) {
    try {
      std::shared_ptr<Backbone> made = backbone(input_channels);
      put_weights(*made);
      return made;
    } catch (...) {
      not_the_methods = std::current_exception();
      throw;
    }
  };
  generator_ = at::detail::createCPUGenerator(request_.seed ^ 0x9E3779B97F4A7C15ULL);
  const auto make_told = [&](const auto& make_one) {
    was_told_ = true;
    return make_one(facts.input_channels);
  };
  MethodContext context{values,
                        [&] { return make_told(make_backbone_for); },
                        machine.device,
                        facts.dataset_size,
                        facts.class_count,
                        facts.total_steps,
                        generator_,
                        request_.config.at("backbone").contains("weights"),
                        make_backbone_for};
  context.group = group_;
  context.local_views = local_views();
  bool has_student = false;
  context.make_untrained_backbone = [&] {
    has_student = true;
    return make_told([&](int64_t channels) { return student(channels); });
  };
  std::shared_ptr<Method> out;
  try {
    out = data::at_work(fmt::format("method '{}'", name), "making", -1,
                        [&] { return make(context); });
  } catch (const Error&) {
    if (not_the_methods) std::rethrow_exception(not_the_methods);
    throw;
  }
  if (request_.config.contains("student") && !has_student) {
    throw input_error(
        fmt::format("method '{}' has no student; the table student must be left out", name));
  }
  return out;
}

void Components::take_views_in_turn(Method& method) const {
  const auto name = request_.config.at("method").at("name").get<std::string>();
  guarded(fmt::format("method '{}'", name), [&] {
    auto* pairs = dynamic_cast<PairMethod*>(&method);
    if (pairs == nullptr) {
      throw input_error("it takes all its views at once; train.views_in_turn must be left out");
    }
    pairs->take_views_in_turn();
  });
}

/// What evaluation gives the encoder is what it is for: all channels of the images, or those that
/// an operation makes of them (the two of Sobel's gradients, Lab's lightness, some of the sources).
int64_t Components::encoder_channels(const ImageShape& images) {
  const json ops = request_.config.value("evaluate", json::object()).value("ops", json::array());
  return data::shape_after(recipe(ops), images).channels;
}

namespace {

/// Where sizes differ: operations must only be able to take it.
ImageShape of_some_side(ImageShape images) {
  constexpr int64_t kSide = 224;
  if (images.height == 0) images.height = images.width = kSide;
  return images;
}

Error other_channels(const std::string& what, int64_t channels, int64_t wanted,
                     const std::string& of = "") {
  return input_error(
      fmt::format("{} has {} channel{}, and the network is made for {}, as many as evaluate.ops "
                  "gives{}{}; both must give as many",
                  what, channels, channels == 1 ? "" : "s", wanted, of.empty() ? "" : " ", of),
      "an operation that changes the channels (sobel's gradients, lab's l or ab) must be in every "
      "view and in evaluate.ops");
}

}  // namespace

void Components::check_channels(const std::vector<ImageShape>& views, const ImageShape& images) {
  for (size_t i = 0; was_told_ && i < views.size(); ++i) {
    if (views[i].channels == network_channels_) continue;
    throw other_channels(fmt::format("view {}", i + 1), views[i].channels, network_channels_);
  }
  const json evaluate = request_.config.value("evaluate", json::object());
  if (!evaluate.contains("finetune")) return;
  const ImageShape tuned = data::shape_after(recipe(evaluate.at("finetune").at("ops")), images);
  if (tuned.channels == network_channels_) return;
  throw other_channels("the view of evaluate.finetune", tuned.channels, network_channels_);
}

void Components::check_judged(const ImageShape& images) {
  const int64_t channels = encoder_channels(of_some_side(images));
  if (channels == network_channels_) return;
  throw other_channels("what evaluate.ops makes of the images of evaluate.data", channels,
                       network_channels_, "of the training images");
}

ImageShape Components::see_images(ImageShape images) {
  image_size_ = first_view(images);
  images = of_some_side(images);
  network_channels_ = encoder_channels(images);
  return images;
}

/// Height and width as its recipe makes them of the data set's images.
ImageShape Components::first_view(const ImageShape& images) {
  const json views = request_.config.value("view", json::array());
  if (views.empty() || images.height == 0) return images;
  return data::shape_after(recipe(views[0].at("ops")), images);
}

std::shared_ptr<Method> Components::method(const MethodFacts& given, const Machine& machine) {
  MethodFacts facts = given;
  see_images({given.input_channels, given.height, given.width});
  facts.input_channels = network_channels_;
  was_told_ = false;
  // A plugin that cannot be loaded is told of before weights are read; nothing of it may draw from
  // torch's global generator, which modules initialise themselves from: the host sets it, plugins
  // never do.
  parameters("method", request_.config.at("method"));
  parameters("backbone", request_.config.at("backbone"));
  if (!facts.restored) read_weights();
  torch::manual_seed(request_.seed);
  std::shared_ptr<Method> out = make_method(facts, machine);
  weights_.clear();
  if (request_.config.value("train", json::object()).value("views_in_turn", false)) {
    take_views_in_turn(*out);
  }
  if (machine.channels_last) to_channels_last(*out);
  out->to(machine.device);
  return out;
}

}  // namespace sslx::train
