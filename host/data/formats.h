// The formats that data sets come in: each reads the whole set, labels checked. Private to
// host/data.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "host/data/dataset.h"
#include "host/data/file_state.h"

namespace sslx::data {

Dataset load_idx(const DataSpec& spec);
Dataset load_cifar(const DataSpec& spec);
Dataset load_stl10(const DataSpec& spec);
Dataset load_folder(const DataSpec& spec);
Dataset draw_shapes(const DataSpec& spec);

/// The views that data.views names; none without it.
std::vector<Source> shape_sources(const DataSpec& spec);

/// Of "image", "edges", "depth", "mask" or "partner".
int64_t shape_view_channels(const std::string& view);

/// The classes of the drawn shapes; image i is of class i modulo so many.
int64_t shape_classes();

/// Of CIFAR-10 and CIFAR-100: records of some label bytes and an image's pixels.
struct CifarFormat {
  std::vector<std::string> train;
  std::vector<std::string> test;
  size_t label_bytes;
  size_t label;  ///< Which of them is read.
  int64_t classes;

  size_t record() const { return label_bytes + size_t{3} * 32 * 32; }
};
CifarFormat cifar_format(const DataSpec& spec);

/// The files of a set in the order in which they count, all below spec.path (a pack's is that
/// path). Throws Error(kInput) naming the first that is missing.
std::vector<std::filesystem::path> idx_files(const DataSpec& spec);
/// Height and width of the images of an IDX file, by its header.
std::pair<int64_t, int64_t> idx_sides(const std::filesystem::path& images);
std::vector<std::filesystem::path> cifar_files(const DataSpec& spec);
std::vector<std::filesystem::path> stl10_files(const DataSpec& spec);
std::vector<std::filesystem::path> pack_files(const DataSpec& spec);

/// A whole file of at most `limit` bytes; gzip is unpacked. Throws Error(kInput) naming it.
std::string read_whole(const std::filesystem::path& file, size_t limit);

/// The first `count` bytes of what read_whole would read, or all when there are fewer.
std::string read_start(const std::filesystem::path& file, size_t count);

/// At most `count` bytes behind the first `skip`; memory is taken as they come.
std::vector<uint8_t> read_after(const std::filesystem::path& file, size_t skip, size_t count);

/// The files of a folder of images, and what else is there.
struct FolderFiles {
  std::vector<KnownFile> files;
  LeftOut left_out;
};
FolderFiles folder_files(const DataSpec& spec);

/// Those of any set that is no folder and not drawn. Throws DataError for one that is no regular
/// file.
std::vector<KnownFile> set_files(const DataSpec& spec);

/// Whether a folder of images has its parts where they must be. Reads no content.
bool folder_available(const DataSpec& spec);

/// folder/name; throws Error(kInput) when it is not there, saying what data.path must hold.
std::filesystem::path existing(const DataSpec& spec, const std::string& name);

/// Throws DataError "file: what".
[[noreturn]] void broken(const std::filesystem::path& file, const std::string& what);

}  // namespace sslx::data
