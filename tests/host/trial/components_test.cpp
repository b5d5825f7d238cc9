// Methods that start from a file of weights: what does not fit is told of the file.
#include "host/trial/components.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>
#include <unistd.h>

#include <cstdlib>

namespace {

using namespace sslx::train;
using ::testing::StartsWith;
namespace fs = std::filesystem;

PluginChoice choice(const std::string& kind, const std::string& name) {
  const fs::path file =
      fs::path(std::getenv("SSLX_BINARY_DIR")) / "plugins" / (kind + "s") / (name + ".so");
  return {kind, name, file, sslx::read_plugin(file).sha256};
}

class FromWeights : public ::testing::Test {
 protected:
  ~FromWeights() override { fs::remove(file_); }

  TrialRequest request(const State& weights) const {
    write_safetensors(weights, file_);
    TrialRequest out;
    out.config = {{"method", {{"name", "pretrained"}}},
                  {"backbone",
                   {{"name", "resnet_small"},
                    {"parameters", {{"width", 4}}},
                    {"weights", sslx::sha256_file(file_)}}}};
    out.plugins = {choice("method", "pretrained"), choice("backbone", "resnet_small")};
    out.weights.file = file_;
    return out;
  }

  /// The refusal's sentence, which is of bad input; "" when the method is made.
  static std::string refusal(const TrialRequest& request) {
    try {
      Components(request).method({}, {});
      return "";
    } catch (const sslx::Error& error) {
      EXPECT_EQ(error.exit_code(), 2) << error.what();
      return error.what();
    }
  }

  fs::path file_ = fs::temp_directory_path() / fmt::format("sslx_{}.safetensors", ::getpid());
};

TEST_F(FromWeights, TheBackboneHasThem) {
  const TrialRequest none = request({});
  const State wanted = module_state(*Components(none).backbone(3));
  const TrialRequest whole = request(wanted);
  const auto method = Components(whole).method({}, {});
  State given;
  for (const auto& [name, tensor] : wanted) given["backbone." + name] = tensor;
  EXPECT_EQ(state_digest(module_state(*method)), state_digest(given));
}

TEST_F(FromWeights, ATeacherHasThemAndItsStudentBeginsAnew) {
  const State wanted = module_state(*Components(request({})).backbone(3));
  TrialRequest distilled = request(wanted);
  distilled.config["method"]["name"] = "crd";
  distilled.plugins[0] = choice("method", "crd");
  const State made =
      module_state(*Components(distilled).method({.dataset_size = 4, .class_count = 2}, {}));
  for (const auto& [name, tensor] : wanted) {
    EXPECT_TRUE(made.at("teacher.backbone." + name).equal(tensor)) << name;
  }
  EXPECT_FALSE(made.at("student.backbone.conv1.weight").equal(wanted.at("conv1.weight")));
}

TEST_F(FromWeights, AFileThatDoesNotFitIsNotTheMethodsFault) {
  EXPECT_THAT(refusal(request({{"x", torch::ones({1})}})),
              StartsWith(file_.string() + " does not fit backbone 'resnet_small': "));
}

TEST_F(FromWeights, AFileWithoutTensorsDoesNotFit) {
  EXPECT_THAT(refusal(request({})),
              StartsWith(file_.string() + " does not fit backbone 'resnet_small': "));
}

TEST_F(FromWeights, AMethodThatRefusesIsNamed) {
  TrialRequest random = request({});
  random.config["method"]["name"] = "random";
  random.plugins[0] = choice("method", "random");
  EXPECT_EQ(refusal(random),
            "method 'random' in making: with weights it is no random network; backbone.weights "
            "must be left "
            "out of this variant, as weights = \"\"");
  TrialRequest without = request({});
  without.config["backbone"].erase("weights");
  EXPECT_THAT(refusal(without), StartsWith("method 'pretrained' in making: there are no weights"));
}

TEST(LocalViews, HaveTheLastRecipesOfAMethodThatTakesThem) {
  TrialRequest asked;
  const nlohmann::json view{{"ops", nlohmann::json::array()}};
  nlohmann::json local = view;
  local["local"] = true;
  local["ops"].push_back({{"name", "flip"}});
  asked.config = {{"method", {{"name", "barlow_twins"}}}, {"view", {view, local, local}}};
  asked.plugins = {choice("augmentation", "flip")};
  Components components(asked);
  EXPECT_EQ(components.local_views(), 2);
  const auto recipes = components.view_recipes(4);
  ASSERT_EQ(recipes.size(), 4U);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(recipes[i].size(), i < 2 ? 0U : 1U) << i;
  try {
    components.view_recipes(2);
    FAIL();
  } catch (const sslx::Error& error) {
    EXPECT_STREQ(error.what(),
                 "method 'barlow_twins' takes no local views; views with local = true must be left "
                 "out");
    EXPECT_EQ(error.exit_code(), 2);
  }
}

TEST(ViewsInTurn, AreOfMethodsOverPairsOfViews) {
  TrialRequest asked;
  asked.config = {{"method", {{"name", "random"}}},
                  {"backbone", {{"name", "resnet_small"}, {"parameters", {{"width", 4}}}}},
                  {"train", {{"views_in_turn", true}}}};
  asked.plugins = {choice("method", "random"), choice("backbone", "resnet_small")};
  try {
    Components(asked).method({}, {});
    FAIL();
  } catch (const sslx::Error& error) {
    EXPECT_STREQ(
        error.what(),
        "method 'random': it takes all its views at once; train.views_in_turn must be left "
        "out");
  }
}

}  // namespace
