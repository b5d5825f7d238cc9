// Data sets that bring several views of each scene (image, depth, normals, segmentation): a folder
// a view, each laid out as the data set `folder` is. In memory a scene is one image that has the
// channels of all its views, one view after the other, so that what cuts or turns it does the same
// to all of them. Private to host/data.
#pragma once

#include <string>
#include <vector>

#include "host/data/dataset.h"
#include "host/data/folder_images.h"
#include "host/data/image.h"

namespace sslx::data {

/// The names in data.views, in order; none for a plain folder.
std::vector<std::string> view_names(const DataSpec& spec);

/// The same specification of one view's folder; of "" the folder itself.
DataSpec spec_of_view(const DataSpec& spec, const std::string& view);

/// Throws Error(kInput) naming an image that one view has and another has not. Its ending does not
/// count: a JPEG may have its depth in a PNG.
void check_same_scenes(const std::vector<ViewFiles>& views);

/// Images and the files that they are from.
struct DecodedFiles {
  std::vector<Entry> files;
  std::vector<Image> images;
};

/// The views' images of each scene as one. One that could not be read makes its scene unreadable,
/// and is then the scene's file. Throws Error(kInput) for views of different sizes.
DecodedFiles stacked(std::vector<DecodedFiles> views);

}  // namespace sslx::data
