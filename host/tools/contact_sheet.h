// `sslx views`: a picture of what a trial's recipe makes of its images, original and views side by
// side, since people look before they train. The draws are those of the training: the same seed,
// epoch and image give the same view.
#pragma once

#include <nlohmann/json.hpp>

namespace sslx::train {

/// Draws what `request` asks for: "out" (a PNG), "images" (rows), "epochs" (draws of each view,
/// from epoch 0 on), and "trials", each a trial's request with a "label". Trailing normalize
/// operations are left out, since they are not for the eye. Throws Error(kInput) when something is
/// missing or the file cannot be written.
void draw_contact_sheet(const nlohmann::json& request);

}  // namespace sslx::train
