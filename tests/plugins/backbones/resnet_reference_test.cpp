// ResNets against torchvision 0.26 and timm 1.0, from tests/reference/backbones.json: names,
// shapes, counts, outputs and running statistics; and folders that `backbones.py --check` takes
// there.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "host/weights/safetensors.h"
#include "tests/plugins/backbones/backbone_fixture.h"
#include "tests/plugins/backbones/vit_fixture.h"

namespace {

using nlohmann::json;
using torch::Tensor;
using namespace sslx::test;

/// "conv1.weight 64 3 7 7"
std::string described(const std::string& name, const Tensor& tensor) {
  std::ostringstream out;
  out << name;
  for (const int64_t size : tensor.sizes()) out << ' ' << size;
  return out.str();
}

std::shared_ptr<sslx::Backbone> made(const json& entry) {
  return make_backbone(entry.at("backbone"), entry.at("parameters"));
}

TEST(ResNetReference, NamesAndShapesAreTorchvisionsAndTimms) {
  ASSERT_EQ(backbone_reference().at("names").size(), 7U);
  for (const json& entry : backbone_reference().at("names")) {
    std::vector<std::string> shapes;
    for (const auto& [name, tensor] : tensors_of(*made(entry))) {
      shapes.push_back(described(name, tensor));
    }
    auto expected = entry.at("shapes").get<std::vector<std::string>>();
    std::ranges::sort(shapes);
    std::ranges::sort(expected);
    EXPECT_EQ(shapes, expected) << entry.at("parameters");
  }
}

TEST(ResNetReference, ParameterCountsAreThePublishedOnes) {
  // With torchvision's classifier of 2048 * 1000 + 1000 numbers ResNet-50 has its 25,557,032.
  EXPECT_EQ(parameter_count(*make_backbone("resnet")) + 2'049'000, 25'557'032);
  for (const json& entry : backbone_reference().at("counts")) {
    // The largest would take minutes and gigabytes to draw.
    if (entry.at("count") > 100'000'000) continue;
    EXPECT_EQ(parameter_count(*made(entry)), entry.at("count")) << entry;
  }
}

/// Eight features of each image, evenly spaced, and the sum over all of each image's.
Tensor sample(const Tensor& features) {
  return torch::cat({features.slice(1, 0, {}, features.size(1) / 8),
                     features.to(torch::kFloat64).sum(1, true).to(torch::kFloat32)},
                    1);
}

double error_of(const Tensor& features, const json& expected) {
  return relative_error(sample(features).flatten(),
                        torch::tensor(expected.get<std::vector<float>>()));
}

Tensor images_of(const json& entry) {
  const int64_t size = entry.at("size");
  return formula_images({entry.at("images"), 3, size, size});
}

void expect_same_statistics(const sslx::Backbone& backbone, const json& entry) {
  const auto state = tensors_of(backbone);
  for (const auto& [name, values] : entry.at("running").items()) {
    const Tensor expected = torch::tensor(values.get<std::vector<float>>());
    EXPECT_LT(relative_error(state.at(name).slice(0, 0, 8), expected), 1e-4) << name;
  }
  for (const std::string kind : {"running_mean", "running_var"}) {
    double sum = 0;
    for (const auto& [name, tensor] : state) {
      if (name.ends_with(kind)) sum += tensor.to(torch::kFloat64).abs().sum().item<double>();
    }
    const auto expected = entry.at("sum_" + kind).get<double>();
    EXPECT_NEAR(sum / expected, 1, 1e-4) << kind;
  }
}

class ReferenceCase : public testing::TestWithParam<size_t> {};

TEST_P(ReferenceCase, GivesTheSameFeaturesAndStatistics) {
  const json& entry = backbone_reference().at("cases").at(GetParam());
  SCOPED_TRACE(entry.at("backbone").get<std::string>() + entry.at("parameters").dump());
  const auto backbone = made(entry);
  set_reference_weights(*backbone);
  const torch::NoGradGuard guard;
  const Tensor images = images_of(entry);
  backbone->eval();
  const double in_evaluation = error_of(backbone->forward(images), entry.at("eval"));
  backbone->train();
  const bool batch_norm = entry.contains("train");
  const double in_training =
      error_of(backbone->forward(images), entry.at(batch_norm ? "train" : "eval"));
  EXPECT_LT(in_evaluation, 1e-4);
  EXPECT_LT(in_training, 1e-4);
  if (batch_norm) expect_same_statistics(*backbone, entry);
  std::cout << entry.at("backbone") << entry.at("parameters") << ": relative error "
            << in_evaluation << " in evaluation, " << in_training << " in training\n";
}
INSTANTIATE_TEST_SUITE_P(ResNets, ReferenceCase, testing::Range<size_t>(0, 17));

TEST(ResNetReference, WritesFoldersForTheCheckInPython) {
  const std::filesystem::path root =
      std::filesystem::path(std::getenv("SSLX_BINARY_DIR")) / "backbones_check";
  const std::vector<json> wanted{
      {{"backbone", "resnet"}, {"parameters", {{"depth", 18}}}},
      {{"backbone", "resnet"}, {"parameters", {{"depth", 50}, {"width", 0.5}}}},
      {{"backbone", "resnet"}, {"parameters", {{"depth", 18}, {"width", 0.5}, {"norm", "gn"}}}},
      {{"backbone", "resnet_v2"}, {"parameters", {{"depth", 18}, {"width", 0.5}}}}};
  for (size_t i = 0; i < wanted.size(); ++i) {
    const std::filesystem::path folder = root / std::to_string(i);
    std::filesystem::create_directories(folder);
    const auto backbone = made(wanted[i]);
    const torch::NoGradGuard guard;
    const Tensor images = torch::randn({4, 3, 64, 64});
    backbone->forward(images);  // Moves the running statistics from where they start.
    backbone->eval();
    std::ofstream(folder / "case.json") << wanted[i];
    sslx::train::write_safetensors(sslx::train::module_state(*backbone),
                                   folder / "model.safetensors");
    sslx::train::write_safetensors({{"images", images}, {"features", backbone->forward(images)}},
                                   folder / "example.safetensors");
    EXPECT_TRUE(std::filesystem::exists(folder / "example.safetensors"));
  }
}

}  // namespace
