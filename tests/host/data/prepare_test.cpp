// A prepared folder holds the same images under the same names, with restart markers.
#include "host/data/prepare.h"

#include <spng.h>
#include <sslx/error.h>

#include "data_fixture.h"
#include "host/data/jpeg/jpeg.h"
#include "host/data/jpeg/restarts.h"

namespace {

namespace fs = std::filesystem;
using sslx::data::load_dataset;
using sslx::data::prepare_folder;
using sslx::test::jpeg;
using sslx::test::read_file;
using sslx::test::write_file;

uint8_t prepared_ramp(int x, int y, int c) { return static_cast<uint8_t>(3 * x + 2 * y + 40 * c); }

class Prepare : public sslx::test::DataTest {
 protected:
  void SetUp() override {
    DataTest::SetUp();
    for (const char* part : {"train", "test"}) {
      fs::create_directories(from() / part / "class");
      write_file(from() / part / "class" / "a.jpg",
                 jpeg(64, 48, 3, prepared_ramp, {.quality = 80}));
      write_file(from() / part / "class" / "b.png",
                 sslx::test::png(64, 48, SPNG_COLOR_TYPE_TRUECOLOR, 8, prepared_ramp));
    }
  }
  fs::path from() const { return folder_ / "from"; }
  fs::path to() const { return folder_ / "to"; }
  sslx::data::DataSpec of(const fs::path& place) const {
    auto out = spec("folder");
    out.path = place;
    return out;
  }
};

TEST_F(Prepare, KeepsPixelsLabelsAndNames) {
  const auto done = prepare_folder(of(from()), to());
  EXPECT_EQ(done.rewritten, 2);
  EXPECT_EQ(done.copied, 2);
  EXPECT_GT(done.bytes_after, 0);
  const auto before = load_dataset(of(from()));
  const auto after = load_dataset(of(to()));
  EXPECT_EQ(after.train.pixels, before.train.pixels);
  EXPECT_EQ(after.test.pixels, before.test.pixels);
  EXPECT_EQ(after.train.labels, before.train.labels);
  const std::string file = read_file(to() / "train" / "class" / "a.jpg");
  EXPECT_TRUE(sslx::data::cut_window(file, {0, 0, 8, 8}));
}

TEST_F(Prepare, GoesOnWhereItStopped) {
  prepare_folder(of(from()), to());
  fs::remove(to() / "test" / "class" / "a.jpg");
  const auto done = prepare_folder(of(from()), to());
  EXPECT_EQ(done.rewritten, 1);
  EXPECT_EQ(done.copied, 0);
  EXPECT_EQ(done.present, 3);
}

TEST_F(Prepare, NamesADamagedFileAndLeavesNoPartOfIt) {
  const fs::path bad = from() / "train" / "class" / "a.jpg";
  const std::string whole = read_file(bad);
  write_file(bad, whole.substr(0, whole.size() / 2));
  try {
    prepare_folder(of(from()), to());
    FAIL();
  } catch (const sslx::Error& error) {
    EXPECT_EQ(std::string(error.what()).find(bad.string() + ": "), 0U) << error.what();
  }
  EXPECT_FALSE(fs::exists(to() / "train" / "class" / "a.jpg"));
}

TEST_F(Prepare, RefusesTheFolderItself) {
  EXPECT_THROW(prepare_folder(of(from()), from()), sslx::Error);
}

}  // namespace
