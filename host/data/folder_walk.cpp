#include "host/data/folder_walk.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "host/data/formats.h"
#include "host/data/path_text.h"

namespace sslx::data {
namespace {

namespace fs = std::filesystem;

/// Folders of archivers (macOS), of disk stations (Synology, QNAP), of Windows and of Python. Some
/// hold small copies of the images beside them.
constexpr std::array kLitter{"__MACOSX",
                             "@eaDir",
                             "#recycle",
                             "@Recycle",
                             "@Recently-Snapshot",
                             "#snapshot",
                             "lost+found",
                             "$RECYCLE.BIN",
                             "System Volume Information",
                             "__pycache__"};

std::string ending_of(const fs::path& file) {
  std::string out = file.extension().string();
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

bool is_image_name(const fs::path& file) {
  const std::string ending = ending_of(file);
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png" || ending == ".webp";
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

/// What a path leads to.
struct Found {
  struct stat status {};
  int error = 0;  ///< errno's, when it leads nowhere.

  bool is_folder() const { return error == 0 && S_ISDIR(status.st_mode); }
  bool is_file() const { return error == 0 && S_ISREG(status.st_mode); }
};

Found look_at(const fs::path& path) {
  Found out;
  if (::stat(path.c_str(), &out.status) != 0) out.error = errno;
  return out;
}

[[noreturn]] void refuse(const fs::path& path, int error) {
  std::error_code failed;
  const fs::path target = fs::read_symlink(path, failed);
  if (failed) broken(path, fmt::format("it cannot be read: {}", std::strerror(error)));
  if (error == ELOOP) {
    broken(path, "the link leads back to itself; it must lead to a folder, or be removed");
  }
  broken(path,
         fmt::format("the link leads to {}, which {}; it must lead to a folder, or be "
                     "removed (is its disk mounted?)",
                     path_text(target), error == ENOENT ? "is not there" : "cannot be reached"));
}

class Walk {
 public:
  explicit Walk(FolderPart& part) : part_(part) {}

  void run() {
    enter(part_.folder, look_at(part_.folder));
    for (const fs::path& child : sorted_children(part_.folder)) {
      const Found found = look_at(child);
      if (is_passed_over(child, found, part_.left_out)) continue;
      if (found.error != 0) refuse(child, found.error);
      if (found.is_folder()) {
        one_class(child, found);
      } else {
        leave_out(part_.left_out,
                  is_image_name(child) ? "images in no class's folder" : kind_of(child, found),
                  child);
      }
    }
  }

  void run_on_images() {
    ClassFolder& all = part_.classes.emplace_back(ClassFolder{"", part_.folder, {}, {}});
    descend(part_.folder, look_at(part_.folder), all);
    part_.left_out = all.left_out;
  }

 private:
  void one_class(const fs::path& folder, const Found& found) {
    ClassFolder& made =
        part_.classes.emplace_back(ClassFolder{folder.filename().string(), folder, {}, {}});
    descend(folder, found, made);
    add(part_.left_out, made.left_out);
  }

  void descend(const fs::path& folder, const Found& found, ClassFolder& out) {
    enter(folder, found);
    for (const fs::path& child : sorted_children(folder)) visit(child, out);
    inside_.pop_back();
  }

  void visit(const fs::path& child, ClassFolder& out) {
    const Found found = look_at(child);
    if (is_passed_over(child, found, out.left_out)) return;
    if (found.is_folder()) {
      const size_t before = out.images.size();
      descend(child, found, out);
      if (out.images.size() == before) leave_out(out.left_out, "folders without an image", child);
    } else if (is_image_name(child) && found.is_file()) {
      out.images.push_back({child, state_of(found.status)});
    } else if (is_image_name(child) && found.error != 0) {
      out.images.push_back({child});
    } else if (found.error != 0) {
      refuse(child, found.error);
    } else {
      leave_out(out.left_out, kind_of(child, found), child);
    }
  }

  static bool is_passed_over(const fs::path& path, const Found& found, LeftOut& left_out) {
    const std::string name = path.filename().string();
    if (name.starts_with('.')) {
      leave_out(left_out, "names that begin with a dot", path);
      return true;
    }
    if (!found.is_folder() || std::ranges::count(kLitter, name) == 0) return false;
    leave_out(left_out, "folders of other programs", path);
    return true;
  }

  static std::string kind_of(const fs::path& path, const Found& found) {
    if (!found.is_file()) return "pipes, devices or sockets";
    const std::string ending = ending_of(path);
    return ending.empty() ? "files without an ending" : ending;
  }

  /// A folder inside of itself has no end.
  void enter(const fs::path& folder, const Found& found) {
    const std::pair identity(found.status.st_dev, found.status.st_ino);
    if (std::ranges::count(inside_, identity) > 0) {
      broken(folder, "the link leads back to a folder that it lies in; it must be removed");
    }
    inside_.push_back(identity);
  }

  FolderPart& part_;
  std::vector<std::pair<dev_t, ino_t>> inside_;
};

}  // namespace

FolderPart walk_part(const fs::path& folder) {
  FolderPart out{folder, {}, {}};
  Walk(out).run();
  return out;
}

FolderPart walk_images(const fs::path& folder) {
  FolderPart out{folder, {}, {}};
  Walk(out).run_on_images();
  return out;
}

}  // namespace sslx::data
