// The `sslx` that pip puts into an environment's bin/: it becomes the one in the package,
// PACKAGES/sslx/bin/sslx. Neither has a path of the environment in it, so that an environment can
// be moved; no Python is started. One wheel serves every Python, so which PACKAGES it is in is
// looked up; of several, as under ~/.local, the one with a torch beside it is taken.
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

namespace {

// From bin/: a virtual environment, conda, --user, --prefix, Debian's own, and --target.
const char* const kPackages[] = {"lib/python3*/site-packages", "lib64/python3*/site-packages",
                                 "lib/python3*/dist-packages", "."};
const char kOwn[] = "/sslx-" SSLX_VERSION ".dist-info";

bool has(const char* packages, const char* file) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", packages, file);
  return access(path, F_OK) == 0;
}

/// Becomes the sslx of those packages; returns when it is not there.
void become(const char* packages, char** arguments) {
  char program[PATH_MAX];
  snprintf(program, sizeof program, "%s/sslx/bin/sslx", packages);
  execv(program, arguments);
}

/// Tries every place where this version is installed: first those with torch, then the others.
void search(const char* environment, bool with_torch, char** arguments) {
  for (const char* place : kPackages) {
    char pattern[PATH_MAX];
    snprintf(pattern, sizeof pattern, "%s/%s%s", environment, place, kOwn);
    glob_t found;
    if (glob(pattern, 0, nullptr, &found) == 0) {
      for (size_t i = 0; i < found.gl_pathc; ++i) {
        char* packages = found.gl_pathv[i];
        packages[strlen(packages) - (sizeof kOwn - 1)] = '\0';
        if (has(packages, "torch/lib/libtorch_cpu.so") == with_torch) become(packages, arguments);
      }
    }
    globfree(&found);
  }
}

}  // namespace

int main(int, char** argv) {
  char self[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  self[length > 0 ? length : 0] = '\0';
  for (int up = 0; up < 2; ++up) {  // ENVIRONMENT/bin/sslx
    char* slash = strrchr(self, '/');
    if (slash != nullptr) *slash = '\0';
  }
  search(self, true, argv);
  search(self, false, argv);
  fprintf(stderr,
          "sslx: the package sslx " SSLX_VERSION
          " is not in %s; install it there again, or remove this command, %s/bin/sslx\n",
          self, self);
  return 1;
}
