// What lies below train/ or test/ of a folder of images: a folder a class, with the images in it
// and in its subfolders; or all images below a folder, however they lie. Only regular files are
// images, whatever links lead to them. What is passed over (names that begin with a dot, folders
// that file managers and archivers leave behind, other kinds of files) is counted; a link that
// leads nowhere or back into itself is refused, since what it stands for may be a whole class. One
// that is named as an image counts as an unreadable one. Private to host/data.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/data/file_state.h"
#include "host/data/left_out.h"

namespace sslx::data {

struct ClassFolder {
  std::string name;
  std::filesystem::path folder;
  std::vector<KnownFile> images;  ///< By name, those of subfolders in their places.
  LeftOut left_out;
};

struct FolderPart {
  std::filesystem::path folder;
  std::vector<ClassFolder> classes;  ///< By name.
  LeftOut left_out;                  ///< The classes' own included.
};

/// Throws Error(kInput) naming a folder that cannot be read or a link that is refused.
FolderPart walk_part(const std::filesystem::path& folder);

/// All images below it, as those of one class without a name.
FolderPart walk_images(const std::filesystem::path& folder);

}  // namespace sslx::data
