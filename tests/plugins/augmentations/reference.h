// Real images and what torchvision made of them, from tests/reference/augmentations.json; and the
// augmentation plugins of the build tree.
#pragma once

#include <sslx/augmentation.h>

#include <nlohmann/json.hpp>

#include "host/plugins/loader.h"
#include "tests/reference/reference.h"

namespace sslx {

inline std::string from_base64(const std::string& text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = (bits << 6) | static_cast<uint32_t>(digits.find(c));
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<char>((bits >> held) & 0xFF));
  }
  return out;
}

inline const nlohmann::json& reference() {
  static const nlohmann::json all = test::load_reference("augmentations");
  return all;
}

/// [1, C, H, W]
inline std::vector<int64_t> reference_shape(const nlohmann::json& entry) {
  return {1, entry.at("channels"), entry.at("height"), entry.at("width")};
}

/// One of the real images, uint8: 0 to 2 in colour, 3 gray.
inline torch::Tensor real_image(size_t index) {
  const nlohmann::json& entry = reference().at("images").at(index);
  std::string bytes = from_base64(entry.at("pixels"));
  return torch::from_blob(bytes.data(), reference_shape(entry), torch::kUInt8).clone();
}

/// The three colour images, uint8 [3, 3, 32, 32].
inline torch::Tensor real_images() {
  return torch::cat({real_image(0), real_image(1), real_image(2)});
}

/// An augmentation plugin with these parameters.
inline std::unique_ptr<Augmentation> augmentation(const std::string& name,
                                                  const nlohmann::json& values) {
  const PluginFile file = read_plugin(std::string(std::getenv("SSLX_BINARY_DIR")) +
                                      "/plugins/augmentations/" + name + ".so");
  const Parameters parameters = Parameters::resolve(file.schema, values, name);
  return load_plugin(file).make_augmentation(parameters);
}

/// The numbers that an operation draws for many images of one shape, [count, parameter_count()].
inline torch::Tensor draws(const Augmentation& operation, const ImageShape& shape, int64_t count) {
  const int64_t width = operation.parameter_count();
  torch::Tensor out = torch::empty({count, width});
  for (int64_t i = 0; i < count; ++i) {
    RandomStream random(17, {0, static_cast<uint32_t>(i), 0, 0});
    operation.sample(random, shape,
                     {out.mutable_data_ptr<float>() + i * width, static_cast<size_t>(width)});
  }
  return out;
}

}  // namespace sslx
