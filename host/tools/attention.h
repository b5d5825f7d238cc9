// `sslx attention`: where the class token of a run's vision transformer looks in an image, a map
// for each head of the last block (Caron et al. 2021, DINO, arXiv:2104.14294, figure 1).
#pragma once

#include <nlohmann/json.hpp>

namespace sslx::train {

/// What `request` asks for: a run's request.json with a table "attention":
///   weights, weights_sha256, facts  as RestoredRun has them
///   image, out                      the JPEG or PNG to look at, and the PNG to draw
///   side                            pixels of the square that the image is brought to
///   time_limit                      seconds that it may take, by what is foreseen; 0: no limit
///   prefix                          the encoder by its names, or "" for the one that is evaluated
/// The picture has the square and beside it each head's map, from its least value to its largest.
/// Throws Error(kInput) when the image cannot be read, the encoder has no class token, or the maps
/// would take more memory or time than there is.
void draw_attention(const nlohmann::json& request);

}  // namespace sslx::train
