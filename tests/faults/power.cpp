// Preloaded into `sslx` and `sslx-host`: keeps beside the home what a disk would have after a power
// cut, that is each file as it was at its last fsync and the names of each folder as they were at
// its own. What comes back after the cut is put together from that by power.py.
//   POWER_HOME    the folder whose files are kept
//   POWER_SHADOW  where to: content/INODE, folder/INODE ("inode name" a line), alive/INODE (a link,
//                 so that the number is no other file's)
//   POWER_LIES    an fsync says that it has succeeded, and keeps nothing: as without any fsync
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

struct Shadow {
  std::string home = variable("POWER_HOME");
  std::string folder = variable("POWER_SHADOW");
  bool lies = std::getenv("POWER_LIES") != nullptr;
};

const Shadow& shadow() {
  static const Shadow one;
  return one;
}

std::string own_link(int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); }

bool is_ours(int descriptor) {
  if (shadow().home.empty()) return false;
  std::array<char, PATH_MAX> target{};
  const ssize_t size = readlink(own_link(descriptor).c_str(), target.data(), target.size());
  if (size <= 0) return false;
  const std::string path(target.data(), static_cast<size_t>(size));
  return path == shadow().home || path.starts_with(shadow().home + "/");
}

/// Written whole, then renamed: whoever is killed meanwhile has not finished its fsync.
template <typename Work>
void keep(const char* kind, ino_t inode, Work work) {
  const std::string file = shadow().folder + "/" + kind + "/" + std::to_string(inode);
  const std::string temporary = file + "-" + std::to_string(getpid());
  std::FILE* out = std::fopen(temporary.c_str(), "w");
  if (out == nullptr) return;
  work(out);
  std::fclose(out);
  std::rename(temporary.c_str(), file.c_str());
}

/// What may be read is read where it is open: SQLite's locks go with any descriptor of the file
/// that its process closes. What is open for writing alone has no such locks.
void keep_content(int descriptor, ino_t inode) {
  const std::string alive = shadow().folder + "/alive/" + std::to_string(inode);
  linkat(AT_FDCWD, own_link(descriptor).c_str(), AT_FDCWD, alive.c_str(), AT_SYMLINK_FOLLOW);
  const bool readable = (fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_WRONLY;
  const int from = readable ? descriptor : open(own_link(descriptor).c_str(), O_RDONLY | O_CLOEXEC);
  keep("content", inode, [from](std::FILE* out) {
    std::array<char, 65536> bytes{};
    off_t at = 0;
    for (ssize_t size = 0; (size = pread(from, bytes.data(), bytes.size(), at)) > 0; at += size) {
      std::fwrite(bytes.data(), 1, static_cast<size_t>(size), out);
    }
  });
  if (!readable) close(from);
}

void keep_names(int descriptor, ino_t inode) {
  DIR* folder = opendir(own_link(descriptor).c_str());
  if (folder == nullptr) return;
  keep("folder", inode, [&](std::FILE* out) {
    while (const dirent* entry = readdir(folder)) {
      std::fprintf(out, "%lu %s\n", static_cast<unsigned long>(entry->d_ino), entry->d_name);
    }
  });
  closedir(folder);
}

void keep_synced(int descriptor) {
  struct stat status {};
  if (!is_ours(descriptor) || fstat(descriptor, &status) != 0) return;
  if (S_ISDIR(status.st_mode)) return keep_names(descriptor, status.st_ino);
  keep_content(descriptor, status.st_ino);
}

template <typename Function>
int synced(const char* name, int descriptor) {
  const auto next = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
  if (shadow().lies && is_ours(descriptor)) return 0;
  const int result = next(descriptor);
  if (result == 0) keep_synced(descriptor);
  return result;
}

}  // namespace

extern "C" {

int fsync(int descriptor) { return synced<decltype(&fsync)>("fsync", descriptor); }
int fdatasync(int descriptor) { return synced<decltype(&fdatasync)>("fdatasync", descriptor); }

}  // extern "C"
