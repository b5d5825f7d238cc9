// What methods with a momentum teacher are tested on: a small ViT, views of two sizes, in float64
// where formulas are compared.
#pragma once

#include "method_fixture.h"

namespace sslx::test {

/// Two blocks of width 16 on 16 x 16 pixels.
MethodSetting on_small_vit(nlohmann::json changes = nlohmann::json::object());

/// float64 views of 4 images: two of 16 x 16 pixels and `local_views` of 8 x 8, seeded.
Batch wide_batch(int64_t local_views, uint64_t seed);

/// The same in float32.
Batch narrow_batch(int64_t local_views, uint64_t seed);

/// The backbone that is registered below `side`.
std::shared_ptr<Backbone> backbone_of(const Method& method, const std::string& side);

}  // namespace sslx::test
