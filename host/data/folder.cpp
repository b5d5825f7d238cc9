// A folder of images: a folder a class below train/ and test/ (or val/), JPEG, PNG and WebP by
// content; without test/ and val/ there are no test images. With data.views such a folder for each
// view. As data set "images": all below a folder, without labels.
#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>

#include "host/data/data_error.h"
#include "host/data/data_state.h"
#include "host/data/dataset.h"
#include "host/data/folder_images.h"
#include "host/data/folder_walk.h"
#include "host/data/formats.h"
#include "host/data/path_text.h"
#include "host/data/view_folders.h"

namespace sslx::data {
namespace {

namespace fs = std::filesystem;

/// A link to a folder that is not there is there all the same: its disk may not be mounted.
FolderPart test_part(const DataSpec& spec) {
  for (const char* name : {"test", "val"}) {
    std::error_code failed;
    const fs::path folder = spec.path / name;
    const bool there = fs::is_directory(folder, failed) || fs::is_symlink(folder, failed);
    if (there) return walk_part(existing(spec, name));
  }
  return {};
}

/// One view as it lies on the disk.
struct ViewParts {
  std::string view;
  FolderPart train;
  FolderPart test;
};

std::vector<ViewParts> walk_views(const DataSpec& spec) {
  if (spec.name == "images") return {{"", walk_images(spec.path), {}}};
  std::vector<std::string> views = view_names(spec);
  if (views.empty()) views.emplace_back();
  std::vector<ViewParts> out;
  for (const std::string& view : views) {
    const DataSpec own = spec_of_view(spec, view);
    out.push_back({view, walk_part(existing(own, "train")), test_part(own)});
  }
  return out;
}

/// Those of the first view; none of images without labels.
std::vector<std::string> classes_of(const DataSpec& spec, const std::vector<ViewParts>& views) {
  std::vector<std::string> out;
  if (spec.name == "images") return out;
  const FolderPart& part = views.front().train;
  for (const ClassFolder& one : part.classes) out.push_back(one.name);
  if (!out.empty()) return out;
  throw DataError(path_text(part.folder) + ": the folder holds no folder of a class",
                  "Images without classes are data.name = \"images\", with this folder as path.");
}

/// The part's folders are the classes'. One that the test images alone have is a mistake in the
/// folders, not one to pass over.
void check_classes(const FolderPart& part, const std::vector<std::string>& names) {
  for (const ClassFolder& one : part.classes) {
    if (!std::ranges::binary_search(names, one.name)) {
      broken(one.folder, "the training images have no folder of this class");
    }
  }
  for (const std::string& name : names) {
    if (std::ranges::count(part.classes, name, &ClassFolder::name) == 0) {
      broken(part.folder / name, "the folder of this class is missing");
    }
  }
}

std::string besides(const ClassFolder& one) {
  if (one.left_out.empty()) return "";
  return fmt::format(" (left out: {})", in_words(one.left_out, one.folder));
}

/// The first `count` images (0: all), without labels.
std::vector<Entry> unlabelled(const FolderPart& part, int64_t count) {
  std::vector<Entry> out;
  const ClassFolder& all = part.classes.front();
  const auto there = static_cast<int64_t>(all.images.size());
  if (there < std::max<int64_t>(count, 1)) {
    broken(all.folder, fmt::format("there are {} images below the folder{}; there must be at least "
                                   "{}",
                                   there, besides(all), std::max<int64_t>(count, 1)));
  }
  for (const KnownFile& file :
       std::span(all.images).first(static_cast<size_t>(count > 0 ? count : there))) {
    out.push_back({file.file, -1, file.state});
  }
  return out;
}

/// The first `per_class` image files of each class (0: all), class by class.
std::vector<Entry> entries(const FolderPart& part, const std::vector<std::string>& names,
                           int64_t per_class) {
  std::vector<Entry> out;
  check_classes(part, names);
  for (size_t label = 0; label < names.size(); ++label) {
    const ClassFolder& one = part.classes[label];
    const auto there = static_cast<int64_t>(one.images.size());
    if (there < std::max<int64_t>(per_class, 1)) {
      broken(one.folder, fmt::format("the folder holds {} images{}; it must hold at least {}",
                                     there, besides(one), std::max<int64_t>(per_class, 1)));
    }
    const int64_t taken = per_class > 0 ? per_class : there;
    for (const KnownFile& file : std::span(one.images).first(static_cast<size_t>(taken))) {
      out.push_back({file.file, static_cast<int64_t>(label), file.state});
    }
  }
  return out;
}

/// The last `per_class` training images of each class become the test images.
void hold_out(ViewParts& view, int64_t per_class) {
  view.test = view.train;
  for (size_t i = 0; i < view.train.classes.size(); ++i) {
    std::vector<KnownFile>& learned = view.train.classes[i].images;
    check_held_out(std::ssize(learned), per_class);
    const auto first = learned.end() - per_class;
    view.test.classes[i].images.assign(first, learned.end());
    learned.erase(first, learned.end());
  }
}

/// How many are taken; 0: all.
struct Taken {
  int64_t train = 0;  ///< Of each class; of images without labels in all.
  int64_t test = 0;
};

/// All views' files, which are those of the same scenes; of a plain folder one view's without name.
std::vector<ViewFiles> files_of_views(const std::vector<ViewParts>& views,
                                      const std::vector<std::string>& names, Taken taken) {
  std::vector<ViewFiles> out;
  for (const auto& [view, train, test] : views) {
    out.push_back(
        {view, names.empty() ? unlabelled(train, taken.train) : entries(train, names, taken.train),
         test.folder.empty() ? std::vector<Entry>() : entries(test, names, taken.test),
         train.folder, test.folder});
  }
  if (out.size() > 1) check_same_scenes(out);
  return out;
}

/// In the order in which they count.
std::vector<KnownFile> all_files(const std::vector<ViewParts>& views) {
  std::vector<KnownFile> out;
  for (const auto& [view, train, test] : views) {
    for (const FolderPart* part : {&train, &test}) {
      for (const ClassFolder& one : part->classes) {
        out.insert(out.end(), one.images.begin(), one.images.end());
      }
    }
  }
  return out;
}

LeftOut left_out_of(const std::vector<ViewParts>& views) {
  LeftOut out;
  for (const auto& [view, train, test] : views) {
    add(out, train.left_out);
    add(out, test.left_out);
  }
  return out;
}

}  // namespace

bool folder_available(const DataSpec& spec) {
  std::error_code unknown;
  if (spec.name == "images") return fs::is_directory(spec.path, unknown);
  std::vector<std::string> views = view_names(spec);
  if (views.empty()) views.emplace_back();
  std::error_code failed;
  return std::ranges::all_of(views, [&](const std::string& view) {
    const fs::path folder = spec_of_view(spec, view).path;
    return fs::is_directory(folder / "train", failed);
  });
}

FolderFiles folder_files(const DataSpec& spec) {
  const std::vector<ViewParts> views = walk_views(spec);
  files_of_views(views, classes_of(spec, views), {});  // Refuses what it must.
  return {all_files(views), left_out_of(views)};
}

Dataset load_folder(const DataSpec& spec) {
  Dataset out;
  std::vector<ViewParts> parts = walk_views(spec);
  check_planned(spec, all_files(parts));
  out.class_names = classes_of(spec, parts);
  out.left_out = left_out_of(parts);
  for (ViewParts& view : parts) {
    if (spec.held_out() > 0) hold_out(view, spec.held_out());
  }
  const Taken taken = spec.name == "images"
                          ? Taken{spec.integer("train_images")}
                          : Taken{spec.integer("train_per_class"), spec.integer("test_per_class")};
  const std::vector<ViewFiles> views = files_of_views(parts, out.class_names, taken);
  if (!out.left_out.empty()) out.warnings.push_back(told(out.left_out, spec.path));
  parts = {};  // The images need the memory.
  if (spec.choice("decode") == "once") {
    load_decoded(spec, views, out);
  } else {
    load_encoded(spec, views.front().train, views.front().test, out);
  }
  return out;
}

}  // namespace sslx::data
