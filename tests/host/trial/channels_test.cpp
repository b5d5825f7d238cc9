// Recipes, network and evaluation together: what fits is known before the first step.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sslx/error.h>

#include <cstdlib>

#include "host/trial/components.h"
#include "host/trial/trial_checks.h"

namespace {

using namespace sslx::train;
using nlohmann::json;
using sslx::ImageShape;
namespace fs = std::filesystem;

const ImageShape kImages{3, 32, 32};
const json kPlain = json::array();
const json kGradients =
    json::array({{{"name", "sobel"}, {"parameters", {{"output", "gradients"}}}}});
const json kLightness = json::array({{{"name", "lab"}, {"parameters", {{"channels", "l"}}}}});
const json kColour = json::array({{{"name", "lab"}, {"parameters", {{"channels", "ab"}}}}});
const json kLab = json::array({{{"name", "lab"}}});

class ChannelsTest : public ::testing::Test {
 protected:
  TrialRequest request(const std::string& method, const std::vector<json>& views,
                       const json& evaluation) {
    TrialRequest out;
    json recipes = json::array();
    for (const json& view : views) recipes.push_back({{"ops", view}});
    out.config = {{"method", {{"name", method}}},
                  {"backbone", {{"name", "resnet_small"}, {"parameters", {{"width", 4}}}}},
                  {"view", recipes},
                  {"evaluate", {{"ops", evaluation}}}};
    out.plugins = {choice("method", method), choice("backbone", "resnet_small"),
                   choice("augmentation", "sobel"), choice("augmentation", "lab")};
    return out;
  }

  static PluginChoice choice(const std::string& kind, const std::string& name) {
    const fs::path file =
        fs::path(std::getenv("SSLX_BINARY_DIR")) / "plugins" / (kind + "s") / (name + ".so");
    return {kind, name, file, sslx::read_plugin(file).sha256};
  }

  /// The refusal, or "" when all fits; then images as evaluation gives them are embedded.
  std::string refusal(const TrialRequest& asked) {
    Components components(asked);
    const auto method = components.method({.dataset_size = 8, .class_count = 2}, {});
    std::vector<ImageShape> shapes;
    for (const Recipe& recipe : components.view_recipes(method->view_count())) {
      shapes.push_back(sslx::data::shape_after(recipe, kImages));
    }
    try {
      components.check_channels(shapes, kImages);
    } catch (const sslx::Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      EXPECT_FALSE(error.hint().empty());
      return error.what();
    }
    const torch::Tensor images = torch::zeros({2, 3, 32, 32}, torch::kUInt8);
    method->eval();
    EXPECT_EQ(method->embed(components.evaluation_input({})(images)).size(0), 2);
    return "";
  }
};

TEST_F(ChannelsTest, ANetworkIsMadeForTheChannelsThatEvaluationGives) {
  EXPECT_EQ(refusal(request("simclr", {kPlain}, kPlain)), "");
  EXPECT_EQ(refusal(request("simclr", {kGradients}, kGradients)), "");
  EXPECT_EQ(refusal(request("simclr", {kLightness}, kLightness)), "");
}

TEST_F(ChannelsTest, AViewOfOtherChannelsIsRefused) {
  EXPECT_EQ(refusal(request("simclr", {kGradients}, kPlain)),
            "view 1 has 2 channels, and the network is made for 3, as many as evaluate.ops gives; "
            "both must give as many");
  EXPECT_EQ(refusal(request("simclr", {kLightness, kColour}, kLightness)),
            "view 2 has 2 channels, and the network is made for 1, as many as evaluate.ops gives; "
            "both must give as many");
}

TEST_F(ChannelsTest, AMethodThatNamedItsChannelsKnowsItsViews) {
  EXPECT_EQ(refusal(request("cmc", {kLightness, kColour}, kLab)), "");
}

TEST_F(ChannelsTest, AViewThatIsFineTunedOnIsOneOfThem) {
  TrialRequest asked = request("simclr", {kLightness}, kLightness);
  asked.config["evaluate"]["finetune"] = {{"ops", kPlain}};
  EXPECT_EQ(refusal(asked),
            "the view of evaluate.finetune has 3 channels, and the network is made for 1, as many "
            "as evaluate.ops gives; both must give as many");
}

class LabelsTest : public ChannelsTest {
 protected:
  std::string refusal_of(const std::string& method, const torch::Tensor& labels,
                         const json& data = json::object()) {
    const TrialRequest asked = request(method, {kPlain}, kPlain);
    const json config{{"train", {{"batch_size", 4}}}, {"data", data}};
    const auto made = Components(asked).method({.dataset_size = 4, .class_count = 2}, {});
    try {
      check_trained({fmt::format("method '{}'", method), *made, config, labels, labels});
    } catch (const sslx::Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      return error.what();
    }
    return "";
  }
};

TEST_F(LabelsTest, WhoLearnsFromLabelsIsRefusedImagesWithoutOne) {
  const torch::Tensor some = torch::tensor({0, 1, -1, -1}, torch::kInt64);
  EXPECT_EQ(refusal_of("supervised", some),
            "method 'supervised' learns from labels, and 2 of the 4 training images have none; "
            "each image must have a label");
  EXPECT_EQ(refusal_of("supervised", some, {{"unlabeled", true}}),
            "method 'supervised' learns from labels, and 2 of the 4 training images have none; "
            "data.unlabeled must be false");
  EXPECT_EQ(refusal_of("supervised", some.clamp_min(0)), "");
  EXPECT_EQ(refusal_of("simclr", some), "");
}

}  // namespace
