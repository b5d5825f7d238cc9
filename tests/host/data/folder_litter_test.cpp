// What lies in folders of images beside images: nothing becomes a class or an image, or vanishes,
// without a word.
#include <spng.h>
#include <sslx/error.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "data_fixture.h"
#include "host/data/fingerprint.h"
#include "host/data/prepare.h"

namespace {

namespace fs = std::filesystem;
using sslx::data::Dataset;
using sslx::data::load_dataset;
using sslx::test::write_file;

class Litter : public sslx::test::DataTest {
 protected:
  void SetUp() override {
    DataTest::SetUp();
    setenv("XDG_CACHE_HOME", (folder_ / ".cache").c_str(), 1);
    for (const char* part : {"train", "test"}) {
      for (const char* name : {"bird", "cat"}) {
        for (int i = 0; i < 3; ++i) put(fs::path(part) / name / (std::to_string(i) + ".png"));
      }
    }
    before_ = fingerprint();
  }
  void TearDown() override {
    unsetenv("XDG_CACHE_HOME");
    DataTest::TearDown();
  }

  /// An image, 4 x 4 pixels.
  void put(const fs::path& file) const {
    write_file(folder_ / file, sslx::test::png(4, 4, SPNG_COLOR_TYPE_TRUECOLOR, 8,
                                               [](int x, int, int) { return uint8_t(40 * x); }));
  }
  void link(const fs::path& target, const fs::path& name) const {
    fs::create_symlink(target, folder_ / name);
  }
  std::string fingerprint(int limit = 0) const {
    return sslx::data::data_fingerprint(spec("folder", {{"unreadable_limit", limit}}));
  }
  /// What is refused, by whoever plans and whoever reads.
  std::string refused(int limit = 0) const {
    std::string planned;
    try {
      fingerprint(limit);
    } catch (const sslx::Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      planned = error.what();
    }
    EXPECT_EQ(refusal(spec("folder", {{"unreadable_limit", limit}})), planned);
    return planned;
  }
  /// Loads what must be the plain set all the same.
  Dataset as_plain() const {
    EXPECT_EQ(fingerprint(), before_);
    Dataset out = load_dataset(spec("folder"));
    EXPECT_EQ(out.class_names, (std::vector<std::string>{"bird", "cat"}));
    EXPECT_EQ(out.train.size(), 6);
    EXPECT_EQ(out.test.size(), 6);
    return out;
  }
  std::map<std::string, int64_t> counts(const Dataset& set) const {
    std::map<std::string, int64_t> out;
    for (const auto& [kind, one] : set.left_out) out[kind] = one.count;
    return out;
  }

  std::string before_;
};

TEST_F(Litter, APlainFolderHasNone) {
  EXPECT_TRUE(as_plain().left_out.empty());
  EXPECT_TRUE(as_plain().warnings.empty());
}

TEST_F(Litter, NamesThatBeginWithADotArePassedOver) {
  put("train/.ipynb_checkpoints/0-checkpoint.png");
  put("test/.ipynb_checkpoints/0-checkpoint.png");
  write_file(folder_ / "train/cat/._0.png", "Mac OS X");
  write_file(folder_ / "train/.DS_Store", "Bud1");
  const Dataset set = as_plain();
  EXPECT_EQ(counts(set), (std::map<std::string, int64_t>{{"names that begin with a dot", 4}}));
  EXPECT_EQ(set.warnings,
            std::vector<std::string>{"left out of " + folder_.string() +
                                     ": names that begin with a dot (4, as train/.DS_Store)"});
}

TEST_F(Litter, FoldersOfOtherProgramsAreNoClassesAndHoldNoImages) {
  fs::create_directories(folder_ / "train/__MACOSX");
  put("train/@eaDir/0.png/SYNOPHOTO_THUMB_M.png");
  put("train/cat/@eaDir/0.png/SYNOPHOTO_THUMB_M.png");
  fs::create_directories(folder_ / "test/@eaDir");
  EXPECT_EQ(counts(as_plain()), (std::map<std::string, int64_t>{{"folders of other programs", 4}}));
}

TEST_F(Litter, OtherKindsOfFilesAreCountedByKind) {
  for (const char* name : {"a.bmp", "b.BMP", "a.tiff", "a.gif", "a.ppm", "boxes.txt", "README"}) {
    write_file(folder_ / "train/cat" / name, "x");
  }
  put("train/stray.png");
  const Dataset set = as_plain();
  EXPECT_EQ(counts(set), (std::map<std::string, int64_t>{{".bmp", 2},
                                                         {".tiff", 1},
                                                         {".gif", 1},
                                                         {".ppm", 1},
                                                         {".txt", 1},
                                                         {"files without an ending", 1},
                                                         {"images in no class's folder", 1}}));
  EXPECT_NE(set.warnings.at(0).find(".bmp (2, as train/cat/a.bmp)"), std::string::npos);
  EXPECT_EQ(sslx::data::prepare_folder(spec("folder"), folder_.string() + "_out")
                .left_out.at(".bmp")
                .count,
            2);
  fs::remove_all(folder_.string() + "_out");
}

TEST_F(Litter, AClassOfOtherFilesSaysWhatItHolds) {
  for (int i = 0; i < 3; ++i) fs::remove(folder_ / "train/cat" / (std::to_string(i) + ".png"));
  write_file(folder_ / "train/cat/a.bmp", "x");
  EXPECT_EQ(refused(), (folder_ / "train/cat").string() +
                           ": the folder holds 0 images (left out: .bmp (1, as a.bmp)); it must "
                           "hold at least 1");
}

TEST_F(Litter, PipesAndSocketsAreNotRead) {
  ::mkfifo((folder_ / "train/cat/pipe.png").c_str(), 0600);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{AF_UNIX, {}};
  const std::string name = folder_ / "test/cat/s.png";
  ASSERT_LT(name.size(), sizeof address.sun_path);
  name.copy(address.sun_path, name.size());
  ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
  ::close(socket);
  link("/dev/null", "train/bird/null.jpg");
  EXPECT_EQ(counts(as_plain()), (std::map<std::string, int64_t>{{"pipes, devices or sockets", 3}}));
}

TEST_F(Litter, SubfoldersOfAClassAreDescended) {
  const fs::path images = folder_ / "train/cat/images";  // As Tiny ImageNet has them.
  fs::create_directories(images);
  for (const char* name : {"0.png", "2.png"}) {
    fs::rename(folder_ / "train/cat" / name, images / name);
  }
  fs::create_directories(folder_ / "train/bird/dir.jpg");
  const Dataset set = load_dataset(spec("folder"));
  EXPECT_EQ(set.train.labels, (std::vector<int64_t>{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(counts(set), (std::map<std::string, int64_t>{{"folders without an image", 1}}));
  EXPECT_EQ(load_dataset(spec("folder", {{"train_per_class", 2}})).train.size(), 4);
}

TEST_F(Litter, LinksToClassesAndImagesAreFollowed) {
  fs::rename(folder_ / "train/cat", folder_ / "elsewhere");
  link(folder_ / "elsewhere", "train/cat");
  fs::rename(folder_ / "train/bird/0.png", folder_ / "0.png");
  link("../../0.png", "train/bird/0.png");
  as_plain();
}

TEST_F(Litter, ADanglingLinkOfAClassIsRefused) {
  link("/mnt/notmounted/dog", "train/dog");
  link("/mnt/notmounted/dog", "test/dog");
  EXPECT_EQ(refused(),
            (folder_ / "train/dog").string() +
                ": the link leads to /mnt/notmounted/dog, which is not there; it must lead to a "
                "folder, or be removed (is its disk mounted?)");
  fs::remove(folder_ / "train/dog");
  EXPECT_EQ(refused().find((folder_ / "test/dog").string() + ": the link leads to"), 0U);
  fs::remove(folder_ / "test/dog");
  link("/mnt/notmounted/more", "train/cat/more");
  EXPECT_EQ(refused().find((folder_ / "train/cat/more").string() + ": the link leads to"), 0U);
}

/// Another disk may not stand in for the one that is not mounted.
TEST_F(Litter, ADanglingLinkOfTheTestImagesIsNotReplacedByVal) {
  fs::rename(folder_ / "test", folder_ / "val");
  EXPECT_EQ(load_dataset(spec("folder")).test.size(), 6);
  link("/mnt/notmounted", "test");
  EXPECT_NE(refused().find("/test is not there"), std::string::npos);
}

TEST_F(Litter, LoopsOfLinksAreRefused) {
  link("loop", "train/loop");
  EXPECT_EQ(refused(), (folder_ / "train/loop").string() +
                           ": the link leads back to itself; it must lead to a folder, or be "
                           "removed");
  fs::remove(folder_ / "train/loop");
  link("..", "train/cat/up");
  EXPECT_EQ(refused(), (folder_ / "train/cat/up").string() +
                           ": the link leads back to a folder that it lies in; it must be removed");
}

TEST_F(Litter, DanglingLinksOfImagesCountAsUnreadable) {
  link("/nowhere/x.png", "train/cat/x.png");
  link("l.jpg", "train/cat/l.jpg");
  EXPECT_EQ(refused(1), (folder_ / "train/cat/l.jpg").string() +
                            ": the file cannot be read (2 unreadable in all, "
                            "data.unreadable_limit is 1)");
  const Dataset set = load_dataset(spec("folder", {{"unreadable_limit", 2}}));
  EXPECT_EQ(set.unreadable, 2);
  EXPECT_EQ(set.train.size(), 6);
  const std::string with = fingerprint(2);
  EXPECT_NE(with, before_);
  EXPECT_EQ(fingerprint(2), with);
  const auto encoded = load_dataset(spec("folder", {{"unreadable_limit", 2}, {"decode", "exact"}}));
  EXPECT_EQ(encoded.train.labels, set.train.labels);
}

TEST_F(Litter, ABrokenFolderIsThereAndOneThatIsNotMountedIsNot) {
  link("/mnt/notmounted/dog", "train/dog");
  EXPECT_TRUE(sslx::data::data_available(spec("folder")));
  fs::remove_all(folder_ / "train");
  EXPECT_FALSE(sslx::data::data_available(spec("folder")));
}

}  // namespace
