// Methods with a momentum teacher, as the host makes them: on any backbone, with local crops and a
// group, in float64 where formulas are compared.
#pragma once

#include <sslx/method.h>

#include <nlohmann/json.hpp>
#include <string>

namespace sslx::test {

struct TeacherSetting {
  std::string backbone = "resnet_small";
  nlohmann::json backbone_parameters{{"width", 4}};
  int64_t local_views = 0;
  std::shared_ptr<Group> group = std::make_shared<Group>();
  uint64_t seed = 0;
};

/// Two blocks of width 16 on 16 x 16 pixels.
TeacherSetting on_small_vit(nlohmann::json changes = nlohmann::json::object());

std::shared_ptr<Method> make_teacher(const std::string& name, const nlohmann::json& parameters,
                                     const TeacherSetting& setting = {});

/// float64 views of 4 images: two of 16 x 16 pixels and `local_views` of 8 x 8, seeded.
Batch wide_batch(int64_t local_views, uint64_t seed);

/// The same in float32.
Batch narrow_batch(int64_t local_views, uint64_t seed);

/// The backbone that is registered below `side`.
std::shared_ptr<Backbone> backbone_of(const Method& method, const std::string& side);

/// [[rows]] of a reference file, float64.
torch::Tensor matrix_of(const nlohmann::json& rows);

const nlohmann::json& teacher_reference();

}  // namespace sslx::test
