#include "host/weights/encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sslx/error.h>

namespace {

using sslx::train::backbone_prefixes;
using sslx::train::encoder_prefix;
using torch::Tensor;

struct Flat : sslx::Backbone {
  Flat() : linear(register_module("linear", torch::nn::Linear(12, 3))) {}
  Tensor forward(const Tensor& images) override { return linear->forward(images.flatten(1)); }
  int64_t feature_dim() const override { return 3; }
  torch::nn::Linear linear;
};

struct Branch : torch::nn::Module {
  Branch() : trunk(register_module("trunk", std::make_shared<Flat>())) {}
  std::shared_ptr<Flat> trunk;
};

/// Two encoders, of which embed() reads those that it is told to.
struct Two : sslx::Method {
  explicit Two(int read) : read(read) {
    student = register_module("student", std::make_shared<Branch>());
    teacher = register_module("teacher", std::make_shared<Branch>());
    for (const Tensor& parameter : teacher->parameters()) parameter.requires_grad_(false);
  }
  sslx::Loss loss(const sslx::Batch&) override { return {}; }
  Tensor embed(const Tensor& images) override {
    if (read == 0) return images.flatten(1);
    if (read == 1) return student->trunk->forward(images);
    if (read == 2) return teacher->trunk->forward(images);
    return torch::cat({student->trunk->forward(images), teacher->trunk->forward(images)}, 1);
  }
  int read;
  std::shared_ptr<Branch> student;
  std::shared_ptr<Branch> teacher;
};

std::string refusal(int read) {
  Two method(read);
  try {
    return encoder_prefix(method, torch::zeros({2, 3, 2, 2}));
  } catch (const sslx::Error& error) {
    return error.what();
  }
}

TEST(Encoder, IsTheOneThatEmbedReadsAlsoWhenItIsFrozen) {
  EXPECT_THAT(backbone_prefixes(Two(1)),
              ::testing::ElementsAre("student.trunk.", "teacher.trunk."));
  EXPECT_EQ(refusal(1), "student.trunk.");
  EXPECT_EQ(refusal(2), "teacher.trunk.");
}

TEST(Encoder, IsAskedForWhenSeveralOrNoneAreRead) {
  EXPECT_EQ(refusal(3),
            "its features come from several of its backbones ('student.trunk.', 'teacher.trunk.'), "
            "not from one; --prefix must say which is to be exported");
  EXPECT_THAT(refusal(0), ::testing::StartsWith("its features come from none of its backbones ("));
}

TEST(Encoder, IsFoundWithoutATrace) {
  Two method(2);
  method.train();
  encoder_prefix(method, torch::zeros({2, 3, 2, 2}));
  EXPECT_TRUE(method.is_training());
  for (const Tensor& parameter : method.teacher->parameters()) {
    EXPECT_FALSE(parameter.requires_grad());
    EXPECT_FALSE(parameter.grad().defined());
  }
}

}  // namespace
