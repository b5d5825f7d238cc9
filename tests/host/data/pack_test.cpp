#include "host/data/pack.h"

#include <sslx/error.h>

#include <fstream>

#include "data_fixture.h"
#include "host/data/fingerprint.h"

namespace {

using sslx::data::Dataset;
using sslx::data::load_dataset;
using sslx::data::write_pack;
using sslx::test::read_file;
using sslx::test::write_file;

class Pack : public sslx::test::DataTest {
 protected:
  void SetUp() override {
    DataTest::SetUp();
    file_ = folder_ / "shapes.pack";
  }
  Dataset shapes() const {
    return load_dataset(spec("shapes", {{"size", 9}, {"train_size", 24}, {"test_size", 17}}));
  }
  sslx::data::DataSpec packed(nlohmann::json options = nlohmann::json::object()) const {
    sslx::data::DataSpec out = spec("pack", std::move(options));
    out.path = file_;
    return out;
  }
  /// The refusal of a pack with some bytes replaced.
  std::string refusal_with(size_t offset, const std::string& bytes) const {
    std::string content = read_file(file_);
    content.replace(offset, bytes.size(), bytes);
    write_file(folder_ / "damaged.pack", content);
    sslx::data::DataSpec damaged = packed();
    damaged.path = folder_ / "damaged.pack";
    return refusal(damaged).substr(damaged.path.string().size());
  }
  std::filesystem::path file_;
};

TEST_F(Pack, HoldsWhatWasPacked) {
  const Dataset before = shapes();
  write_pack(before, {{"name", "shapes"}}, file_);
  const Dataset after = load_dataset(packed());
  EXPECT_EQ(after.class_names, before.class_names);
  EXPECT_EQ(after.train.labels, before.train.labels);
  EXPECT_EQ(after.test.labels, before.test.labels);
  EXPECT_EQ(after.train.pixels, before.train.pixels);
  EXPECT_EQ(after.test.pixels, before.test.pixels);
  EXPECT_EQ(after.test.width, 9);
}

TEST_F(Pack, HoldsImagesWithoutLabelsAndTestImages) {
  Dataset before = shapes();
  before.class_names.clear();
  before.train.labels.assign(24, -1);
  before.test.labels.clear();
  before.test.pixels = {};
  write_pack(before, {{"name", "images"}}, file_);
  const Dataset after = load_dataset(packed());
  EXPECT_EQ(after.train.labels, before.train.labels);
  EXPECT_EQ(after.train.pixels, before.train.pixels);
  EXPECT_EQ(after.test.size(), 0);
}

/// The images are the file's own memory: what changes in the file is seen at once.
TEST_F(Pack, IsMappedNotRead) {
  write_pack(shapes(), {}, file_);
  const Dataset set = load_dataset(packed());
  std::string content = read_file(file_);
  const auto at = static_cast<std::streamoff>(
      content.find(std::string(set.train.pixels.begin(), set.train.pixels.end())));
  EXPECT_EQ(at % 4096, 0);
  const auto other = static_cast<uint8_t>(set.train.pixels[0] + 1);
  std::fstream out(file_, std::ios::in | std::ios::out | std::ios::binary);
  out.seekp(at);
  out.put(static_cast<char>(other));
  out.close();
  EXPECT_EQ(set.train.pixels[0], other);
}

TEST_F(Pack, OutlivesItsDatasetThroughItsOwner) {
  write_pack(shapes(), {}, file_);
  const sslx::data::Pixels pixels = load_dataset(packed()).test.pixels;
  EXPECT_EQ(pixels, shapes().test.pixels);
}

TEST_F(Pack, TakesSubsetsAndKeepsImagesWithoutLabels) {
  Dataset set = shapes();
  set.train.labels[5] = -1;
  write_pack(set, {}, file_);
  const Dataset some = load_dataset(packed({{"test_per_class", 2}}));
  EXPECT_EQ(some.test.size(), 16);
  EXPECT_EQ(some.train.labels[5], -1);
  EXPECT_EQ(some.test.pixels.size(), 16U * 243);
}

TEST_F(Pack, TheFingerprintIsThatOfItsContent) {
  write_pack(shapes(), {}, file_);
  const std::string one = sslx::data::data_fingerprint(packed());
  std::filesystem::rename(file_, folder_ / "other.pack");
  file_ = folder_ / "other.pack";
  EXPECT_EQ(sslx::data::data_fingerprint(packed()), one);
  write_pack(shapes(), {{"name", "another source"}}, file_);
  EXPECT_NE(sslx::data::data_fingerprint(packed()), one);
}

TEST_F(Pack, ReplacesAPackButNothingElse) {
  write_file(file_, "SSLXPACK of some other version");
  write_pack(shapes(), {}, file_);
  EXPECT_EQ(load_dataset(packed()).train.size(), 24);
  write_file(file_, "my thesis");
  try {
    write_pack(shapes(), {}, file_);
    FAIL();
  } catch (const sslx::Error& error) {
    EXPECT_EQ(error.kind(), sslx::ErrorKind::kInput);
  }
  EXPECT_EQ(read_file(file_), "my thesis");
  EXPECT_THROW(write_pack(shapes(), {}, folder_ / "none" / "x.pack"), sslx::Error);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1) << "no rests";
}

TEST_F(Pack, RefusesWhatIsNoWholePack) {
  write_pack(shapes(), {}, file_);
  EXPECT_EQ(refusal_with(0, "XXXX"), ": the file is no pack; `sslx data pack` makes one");
  EXPECT_EQ(refusal_with(8, "\x7"), ": the pack has version 7; it must be 1");
  EXPECT_EQ(
      refusal_with(12, std::string("\xff\xff\xff\x7f", 4)).find("truncated") == std::string::npos,
      false);
  EXPECT_EQ(refusal_with(16, std::string(8, '\xff')),
            ": the pack's header is damaged: its sizes are not possible");
  EXPECT_EQ(refusal_with(56, "[[["), ": the pack's description is damaged");
  const size_t labels = read_file(file_).size() - (24 + 17) * sizeof(int64_t);
  EXPECT_EQ(refusal_with(labels, "\x8"), ": the pack has the label 8; it must be -1 or below 8");
  const std::string whole = read_file(file_);
  for (const size_t size : {size_t{0}, size_t{5}, size_t{30}, size_t{60}, whole.size() - 1}) {
    write_file(file_, whole.substr(0, size));
    EXPECT_TRUE(refusal(packed()).starts_with(file_.string() + ": ")) << size;
  }
  write_file(file_, whole + "x");
  EXPECT_NE(refusal(packed()), "");
  std::filesystem::remove(file_);
  EXPECT_EQ(refusal(packed()), "data set 'pack': " + file_.string() +
                                   " is no file; data.path must be one that `sslx data pack` made");
}

}  // namespace
