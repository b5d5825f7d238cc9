// A folder of images: a folder a class below train/ and test/ (or val/), JPEG and PNG by content.
// With data.views such a folder for each view.
#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>

#include "host/data/folder_images.h"
#include "host/data/formats.h"
#include "host/data/view_folders.h"

namespace sslx::data {
namespace {

namespace fs = std::filesystem;

bool is_image(const fs::path& file) {
  std::string ending = file.extension().string();
  std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png";
}

std::vector<fs::path> sorted_children(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code failed;
  fs::directory_iterator entry(folder, failed);
  for (; !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    out.push_back(entry->path());
  }
  if (failed) broken(folder, "the folder cannot be read: " + failed.message());
  std::ranges::sort(out);
  return out;
}

fs::path part_folder(const DataSpec& spec, bool train) {
  if (train) return existing(spec, "train");
  const fs::path test = spec.path / "test";
  return fs::is_directory(test) ? test : existing(spec, "val");
}

std::vector<std::string> class_names(const DataSpec& spec) {
  const fs::path folder = part_folder(spec, true);
  std::vector<std::string> out;
  for (const fs::path& child : sorted_children(folder)) {
    if (fs::is_directory(child)) out.push_back(child.filename().string());
  }
  if (out.empty()) broken(folder, "the folder holds no folder of a class");
  return out;
}

/// A class that the test images alone have is a mistake in the folders, not one to pass over.
void check_no_other_class(const fs::path& folder, const std::vector<std::string>& names) {
  for (const fs::path& child : sorted_children(folder)) {
    if (fs::is_directory(child) && !std::ranges::binary_search(names, child.filename().string())) {
      broken(child, "the training images have no folder of this class");
    }
  }
}

/// The first `per_class` image files of each class (0: all), class by class.
std::vector<Entry> entries(const DataSpec& spec, bool train, const std::vector<std::string>& names,
                           int64_t per_class) {
  const fs::path folder = part_folder(spec, train);
  std::vector<Entry> out;
  check_no_other_class(folder, names);
  for (size_t label = 0; label < names.size(); ++label) {
    const fs::path of_class = folder / names[label];
    if (!fs::is_directory(of_class)) broken(of_class, "the folder of this class is missing");
    int64_t taken = 0;
    for (const fs::path& file : sorted_children(of_class)) {
      if (!is_image(file) || (per_class > 0 && taken == per_class)) continue;
      out.push_back({file, static_cast<int64_t>(label)});
      ++taken;
    }
    if (taken == 0 || taken < per_class) {
      broken(of_class, fmt::format("the folder holds {} images; it must hold at least {}", taken,
                                   std::max<int64_t>(per_class, 1)));
    }
  }
  return out;
}

/// All views' files, which are those of the same scenes; of a plain folder one view's without name.
std::vector<ViewFiles> files_of_views(const DataSpec& spec, const std::vector<std::string>& names,
                                      int64_t train_per_class, int64_t test_per_class) {
  std::vector<std::string> views = view_names(spec);
  if (views.empty()) views.emplace_back();
  std::vector<ViewFiles> out;
  for (const std::string& view : views) {
    const DataSpec own = spec_of_view(spec, view);
    out.push_back({view, entries(own, true, names, train_per_class),
                   entries(own, false, names, test_per_class)});
  }
  if (out.size() > 1) check_same_scenes(out);
  return out;
}

/// Those of the first view.
std::vector<std::string> classes_of(const DataSpec& spec) {
  const std::vector<std::string> views = view_names(spec);
  return class_names(spec_of_view(spec, views.empty() ? "" : views.front()));
}

}  // namespace

std::vector<fs::path> folder_files(const DataSpec& spec) {
  std::vector<fs::path> out;
  for (const ViewFiles& view : files_of_views(spec, classes_of(spec), 0, 0)) {
    for (const Entry& entry : view.train) out.push_back(entry.file);
    for (const Entry& entry : view.test) out.push_back(entry.file);
  }
  return out;
}

Dataset load_folder(const DataSpec& spec) {
  Dataset out;
  out.class_names = classes_of(spec);
  const std::vector<ViewFiles> views = files_of_views(
      spec, out.class_names, spec.integer("train_per_class"), spec.integer("test_per_class"));
  if (spec.choice("decode") == "once") {
    load_decoded(spec, views, out);
  } else {
    load_encoded(spec, views.front().train, views.front().test, out);
  }
  return out;
}

}  // namespace sslx::data
