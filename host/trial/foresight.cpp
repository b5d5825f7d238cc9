#include "host/trial/foresight.h"

#include <sslx/error.h>

#include <algorithm>
#include <string>
#include <vector>

#include "host/trial/components.h"
#include "host/trial/known_images.h"
#include "host/trial/trial_checks.h"

namespace sslx::train {
namespace {

using nlohmann::json;

std::vector<ImageShape> shapes_of(const std::vector<Recipe>& views, const ImageShape& images) {
  std::vector<ImageShape> out;
  for (const Recipe& view : views) out.push_back(data::shape_after(view, images));
  return out;
}

/// Those that the configuration has, whatever the method takes of them.
std::vector<ImageShape> configured_views(Components& components, const json& config,
                                         const ImageShape& images) {
  std::vector<Recipe> views;
  for (const json& view : config.at("view")) views.push_back(components.recipe(view.at("ops")));
  return shapes_of(views, images);
}

/// What depends on the method: whether its network is told its channels, and whether it reads
/// labels.
void ask_method(Components& components, const TrialRequest& request, const json& asked,
                const ImageShape& images) {
  const auto count = asked.at("count").get<int64_t>();
  const auto unlabelled = asked.at("unlabelled").get<int64_t>();
  const auto method = components.method({.input_channels = images.channels,
                                         .dataset_size = count,
                                         .class_count = asked.at("classes"),
                                         .total_steps = asked.at("steps"),
                                         .restored = true,
                                         .height = images.height,
                                         .width = images.width},
                                        {});
  const torch::Tensor labels = torch::cat({torch::zeros({count - unlabelled}, torch::kInt64),
                                           torch::full({unlabelled}, -1, torch::kInt64)});
  check_trained({method_name(request.config), *method, request.config, labels, labels});
  components.check_channels(shapes_of(components.view_recipes(method->view_count()), images),
                            images);
}

/// Throws what the trial would throw.
void foresee_one(const json& asked) {
  const TrialRequest request = read_request(asked.at("request"));
  Components components(request);
  components.set_sources(known_sources(asked.at("images")));
  const ImageShape images = components.see_images(known_shape(asked.at("images")));
  const auto fits = [&](const ImageShape& view) {
    return view.channels == components.network_channels();
  };
  const bool all = std::ranges::all_of(configured_views(components, request.config, images), fits);
  if (!all || asked.at("unlabelled") > 0) {
    ask_method(components, request, asked, images);
  } else {
    components.check_channels({}, images);
  }
  if (asked.contains("judged")) components.check_judged(known_shape(asked.at("judged")));
}

}  // namespace

ImageShape known_shape(const json& form) {
  return {form.at("channels"), form.at("height"), form.at("width")};
}

std::vector<data::Source> known_sources(const json& form) {
  std::vector<data::Source> out;
  for (const json& source : form.at("sources")) out.push_back({source.at(0), source.at(1)});
  return out;
}

json foresee(const json& questions) {
  for (size_t i = 0; i < questions.size(); ++i) {
    try {
      foresee_one(questions[i]);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInput) continue;
      return {{"at", i}, {"message", error.what()}, {"hint", error.hint()}};
    } catch (const std::exception&) {
      continue;
    }
  }
  return json::object();
}

}  // namespace sslx::train
