// Image files that are damaged behind their headers, and files that change while they are used:
// named, counted, and never the method's fault.
#include "host/data/data_error.h"
#include "host/data/data_state.h"
#include "host/data/fingerprint.h"
#include "host/data/pack.h"
#include "tests/host/views/encoded_fixture.h"

namespace sslx::data {
namespace {

/// A file whose header is whole and whose data are cut, as a download that broke leaves it.
class Damaged : public Encoded {
 protected:
  void SetUp() override {
    Encoded::SetUp();
    cut(victim());
  }
  fs::path victim() const { return folder_ / "train" / "one" / "2.jpg"; }
  static void cut(const fs::path& file) {
    const std::string whole = test::read_file(file);
    test::write_file(file, whole.substr(0, whole.size() / 2));
  }
  Dataset load(int64_t limit) const {
    return load_dataset(spec("folder", {{"decode", "exact"}, {"unreadable_limit", limit}}));
  }
};

TEST_F(Damaged, MoreThanTheLimitAreRefusedByTheirNames) {
  const Dataset set = load(0);
  try {
    for (int64_t epoch = 0; epoch < 20; ++epoch) pipeline(set.train, 40).make(epoch, kAll);
    FAIL();
  } catch (const DataError& error) {
    const std::string message = error.what();
    EXPECT_EQ(message.find(victim().string() + ": "), 0U) << message;
    EXPECT_NE(message.find("(1 unreadable in all, data.unreadable_limit is 0)"), std::string::npos);
  }
}

/// In all views of an epoch in which one of them needs what is damaged; the draws stay its own.
TEST_F(Damaged, TheNextOfItsClassTakesItsPlace) {
  const Dataset set = load(1);
  const ViewPipeline views = pipeline(set.train, 40);
  const fs::path next = folder_ / "train" / "one" / "3.jpg";
  const fs::path stand_in = folder_ / "train" / "one" / "2.jpg";
  std::vector<Batch> batches;
  for (int64_t epoch = 0; epoch < 20; ++epoch) batches.push_back(views.make(epoch, kAll));
  EXPECT_EQ(set.damaged->count(), 1);
  ASSERT_EQ(set.damaged->news().size(), 1U);
  EXPECT_TRUE(set.damaged->news().empty());
  fs::copy_file(next, stand_in, fs::copy_options::overwrite_existing);
  const ViewPipeline replaced = pipeline(load(0).train, 40);
  int64_t same = 0;
  for (int64_t epoch = 0; epoch < 20; ++epoch) {
    const Batch expected = replaced.make(epoch, kAll);
    const Batch& found = batches[static_cast<size_t>(epoch)];
    const bool first = found.views[0][2].equal(expected.views[0][2]);
    EXPECT_EQ(first, found.views[1][2].equal(expected.views[1][2])) << epoch;
    same += first ? 1 : 0;
    for (const int64_t other : {0, 1, 3, 7}) {
      EXPECT_TRUE(found.views[0][other].equal(expected.views[0][other]));
    }
    EXPECT_TRUE(found.labels.equal(expected.labels));
  }
  EXPECT_GT(same, 4);  // Half of the file is there: some crops lie in it.
}

TEST_F(Damaged, WorkersChangeNothing) {
  const Dataset set = load(1);
  const ViewPipeline alone = pipeline(set.train, 16);
  const ViewPipeline many = pipeline(load(1).train, 16, 3);
  Loader a(alone, {4, true, 1, 8});
  Loader b(many, {4, true, 1, 8});
  for (int64_t i = 0; i < a.total_batches(); ++i) {
    const Batch one = a.next();
    const Batch other = b.next();
    EXPECT_TRUE(one.views[0].equal(other.views[0]));
    EXPECT_TRUE(one.views[1].equal(other.views[1]));
  }
}

TEST_F(Damaged, EvaluationLeavesItOut) {
  const Dataset set = load(1);
  const Images images(set.train);
  EXPECT_EQ(images.intact().size(0), 8);
  const torch::Tensor pixels = images.range(0, 8);
  EXPECT_TRUE(pixels[2].equal(pixels[3]));
  const std::vector<int64_t> intact{0, 1, 3, 4, 5, 6, 7};
  EXPECT_TRUE(images.intact().equal(torch::tensor(intact)));
}

TEST_F(Damaged, AClassOfWhichNothingIsLeftIsNamed) {
  for (const char* name : {"0.jpg", "1.jpg", "3.jpg"}) cut(folder_ / "train/one" / name);
  const Dataset set = load(4);
  try {
    Images(set.train).range(0, 8);
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(std::string(error.what()).find((folder_ / "train/one").string()), 0U);
  }
}

class Changed : public Encoded {
 protected:
  /// A new file of these bytes, made when the file system's clock is past that of all others.
  void write_later(const fs::path& file, const std::string& bytes) const {
    test::write_file(folder_ / "clock", "");
    const int64_t now = state_of(folder_ / "clock")->changed;
    do {
      fs::remove(file);
      test::write_file(file, bytes);
    } while (state_of(file)->changed <= now);
  }
};

TEST_F(Changed, AFileThatChangesLaterIsNamed) {
  const ImageSet files = train("exact");
  const fs::path victim = folder_ / "train" / "one" / "2.jpg";
  const std::string whole = test::read_file(victim);
  const auto refusal = [&] {
    try {
      pipeline(files, 40).make(0, kAll);
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(refusal(), "");
  test::write_file(victim, whole + " ");
  EXPECT_EQ(refusal(), victim.string() + ": the file changed after the trial began to read it");
  EXPECT_THROW(Images(files).range(0, 4), DataError);
  fs::remove(victim);
  EXPECT_EQ(refusal(), victim.string() + ": the file went after the trial began to read it");
  write_later(victim, whole);  // Of the same size, but another file.
  EXPECT_EQ(refusal(), victim.string() + ": the file changed after the trial began to read it");
}

TEST_F(Changed, AFileThatChangedSinceThePlanIsNamed) {
  auto planned = spec("folder", {{"decode", "exact"}});
  planned.planned = data_identity(planned).state;
  load_dataset(planned);
  const fs::path victim = folder_ / "test" / "two" / "1.jpg";
  const std::string bytes = test::read_file(victim);
  for (const char* decode : {"once", "exact"}) {
    planned.options["decode"] = decode;
    write_later(victim, bytes);
    EXPECT_EQ(refusal(planned), victim.string() + ": the file changed after the sweep was planned");
  }
  fs::remove(victim);
  EXPECT_EQ(refusal(planned), folder_.string() +
                                  ": files changed, came or went after the sweep was planned; "
                                  "there were 16, and are 15");
}

/// The set is planned as it is; whatever is done to its one file then is seen.
TEST_F(Changed, APackThatChangedIsNamed) {
  auto packed = spec("pack");
  packed.path = folder_ / "x.pack";
  write_pack(load_dataset(spec("folder")), {}, packed.path);
  packed.planned = data_identity(packed).state;
  const Dataset set = load_dataset(packed);
  ASSERT_EQ(set.mapped.size(), 1U);
  check_unchanged(set.mapped[0]);
  write_later(packed.path, test::read_file(packed.path));
  EXPECT_THROW(check_unchanged(set.mapped[0]), DataError);
  EXPECT_EQ(refusal(packed),
            packed.path.string() + ": the file changed after the sweep was planned");
}

}  // namespace
}  // namespace sslx::data
