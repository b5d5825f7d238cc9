// `sslx plugins check`: a plugin is made, tried on small images, and looked at for the mistakes
// that stop no training and spoil it. In a process of its own: the plugin may crash or hang.
#pragma once

#include <nlohmann/json.hpp>

namespace sslx::check {

/// `request` has
///   kind, name       the plugin's
///   trial            the request of a trial: of a method the whole one; of a backbone, or an
///                    augmentation (as its `ops`), what makes it
///   channels, side   of the images for a backbone or an augmentation
///   seconds          after which the process ends by SIGALRM
/// Prints a line a check; 1 when one of them found something. Throws what making the plugin throws.
int check_plugin(const nlohmann::json& request);

}  // namespace sslx::check
