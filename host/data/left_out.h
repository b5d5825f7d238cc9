// What lies in a folder of images and is none that is read: counted by kind, so that nothing
// vanishes without a word.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace sslx::data {

struct LeftOutKind {
  int64_t count = 0;
  std::filesystem::path first;  ///< An example: the first that was found.
};

/// By kind: ".bmp", "names that begin with a dot".
using LeftOut = std::map<std::string, LeftOutKind>;

void leave_out(LeftOut& left_out, const std::string& kind, const std::filesystem::path& file,
               int64_t count = 1);
void add(LeftOut& to, const LeftOut& more);

/// "left out of FOLDER: " and in_words().
std::string told(const LeftOut& left_out, const std::filesystem::path& folder);

/// ".bmp (3, as train/cat/a.bmp), pipes, devices or sockets (1, as ...)", examples relative to
/// `folder`.
std::string in_words(const LeftOut& left_out, const std::filesystem::path& folder);

}  // namespace sslx::data
