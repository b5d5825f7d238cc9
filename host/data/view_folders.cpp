#include "host/data/view_folders.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <set>

#include "host/data/formats.h"

namespace sslx::data {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

/// "cat/12" of each file; the two files that differ in their ending alone are an error.
Names names_of(const std::vector<Entry>& files, const fs::path& folder) {
  Names out;
  for (const Entry& entry : files) {
    const fs::path name = entry.file.lexically_relative(folder).replace_extension();
    if (out.insert(name.generic_string()).second) continue;
    broken(entry.file, "another image has this name too, with another ending; one must go");
  }
  return out;
}

void check_part(const fs::path& part, const Names& names, const Names& others,
                const std::string& other_view) {
  const auto lacks = [&](const std::string& name) { return !names.contains(name); };
  const auto missing = std::ranges::find_if(others, lacks);
  if (missing == others.end()) return;
  broken(part / *missing, fmt::format("there is no image of this name, but the view '{}' has one; "
                                      "every view must have the same",
                                      other_view));
}

/// Puts the view's image behind those that the scene has.
void append(Image& scene, const Image& view, const fs::path& file) {
  if (scene.channels == 0) {
    scene.height = view.height;
    scene.width = view.width;
  }
  if (view.height != scene.height || view.width != scene.width) {
    broken(file, fmt::format("the image is {} x {} pixels and the scene's first view {} x {}; the "
                             "views of a scene must have one size",
                             view.width, view.height, scene.width, scene.height));
  }
  scene.channels += view.channels;
  scene.pixels.insert(scene.pixels.end(), view.pixels.begin(), view.pixels.end());
}

}  // namespace

std::vector<std::string> view_names(const DataSpec& spec) {
  return spec.options.value("views", std::vector<std::string>());
}

DataSpec spec_of_view(const DataSpec& spec, const std::string& view) {
  DataSpec out = spec;
  if (!view.empty()) out.path /= view;
  return out;
}

void check_same_scenes(const std::vector<ViewFiles>& views) {
  const std::pair train(&ViewFiles::train, &ViewFiles::train_folder);
  const std::pair test(&ViewFiles::test, &ViewFiles::test_folder);
  for (const auto& [part, folder] : {train, test}) {
    const ViewFiles& first = views.front();
    const Names names = names_of(first.*part, first.*folder);
    for (size_t v = 1; v < views.size(); ++v) {
      const Names others = names_of(views[v].*part, views[v].*folder);
      check_part(views[v].*folder, others, names, first.view);
      check_part(first.*folder, names, others, views[v].view);
    }
  }
}

DecodedFiles stacked(std::vector<DecodedFiles> views) {
  DecodedFiles out = std::move(views.front());
  for (size_t i = 0; views.size() > 1 && i < out.images.size(); ++i) {
    Image scene;
    for (size_t v = 0; v < views.size() && scene.error.empty(); ++v) {
      const Image& image = v == 0 ? out.images[i] : views[v].images[i];
      const fs::path& file = v == 0 ? out.files[i].file : views[v].files[i].file;
      if (image.error.empty()) {
        append(scene, image, file);
      } else {
        scene = unreadable(image.error);
        out.files[i].file = fs::path(file);
      }
    }
    out.images[i] = std::move(scene);
    for (size_t v = 1; v < views.size(); ++v) views[v].images[i] = {};  // Their memory is needed.
  }
  return out;
}

}  // namespace sslx::data
