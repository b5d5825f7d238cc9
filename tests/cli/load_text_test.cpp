// Figures of runs whose machine was busy: what the table and `sslx show` say of them.
#include "cli/load_text.h"

#include <gmock/gmock.h>

#include "cli/report_render.h"
#include "cli/run_text.h"
#include "tests/host/record/record_fixture.h"

namespace sslx::cli {
namespace {

using nlohmann::json;
using record::test::RunSpec;
using ::testing::HasSubstr;
using ::testing::Not;

json busy(bool disturbed) {
  return {
      {"start", 0.31}, {"end", 1.972}, {"cores", 2}, {"others", 0.98}, {"disturbed", disturbed}};
}

class LoadText : public record::test::RecordTest {
 protected:
  std::string report(const std::vector<RunSpec>& runs, Format format = Format::kText) {
    register_sweep(database_, sweep(runs));
    for (const RunSpec& run : runs) record_run(database_, run);
    return render_sweep(database_, {"demo"}, format);
  }
  const RunSpec quiet_{.id = "20260101-000001-aaaaaa", .load = busy(false)};
  const RunSpec disturbed_{.id = "20260101-000002-aaaaaa", .seed = 1, .load = busy(true)};
  const RunSpec other_{.id = "20260101-000003-aaaaaa", .variant = "B"};

  record::Database database_{database_file()};
};

TEST_F(LoadText, MarksImagesASecondOfADisturbedRun) {
  const std::string text = report({quiet_, disturbed_, other_});
  EXPECT_THAT(text, HasSubstr("      2  1000 (disturbed)"));
  EXPECT_THAT(text, HasSubstr("      1              1000"));
  EXPECT_THAT(text,
              HasSubstr("disturbed: 1 of 3 runs had fewer cores than threads while it trained"));
}

TEST_F(LoadText, SaysNothingOfRunsThatWereAlone) {
  EXPECT_THAT(report({quiet_, other_}), Not(HasSubstr("disturbed")));
  EXPECT_THAT(report({quiet_, other_}, Format::kCsv), Not(HasSubstr("disturbed")));
}

TEST_F(LoadText, OtherFormatsSayItToo) {
  EXPECT_THAT(report({quiet_, disturbed_}, Format::kJson),
              HasSubstr("\"disturbed\": true,\n          \"run\": \"20260101-000002-aaaaaa\""));
  const std::string csv = report({quiet_, disturbed_}, Format::kCsv);
  EXPECT_THAT(csv, HasSubstr("values,disturbed\n"));
  EXPECT_THAT(csv, HasSubstr("0:1000;1:1000,yes\n"));
  EXPECT_THAT(report({quiet_, disturbed_}, Format::kMarkdown), HasSubstr("| 1000 (disturbed) |"));
}

TEST_F(LoadText, IsAmongTheFactsOfARun) {
  report({quiet_, disturbed_, other_});
  const auto shown = [&](const RunSpec& run) {
    return run_text(record::run_details(database_, run.id));
  };
  EXPECT_THAT(shown(disturbed_), HasSubstr("0.31 at the start, 1.97 at the end; others used 0.98 "
                                           "of 2 cores (disturbed)\n"));
  EXPECT_THAT(shown(quiet_), HasSubstr("others used 0.98 of 2 cores\n"));
  EXPECT_THAT(shown(other_), Not(HasSubstr("  load ")));
}

TEST_F(LoadText, IsWhatIsKnownOfIt) {
  EXPECT_EQ(load_words(json::object()), "");
  EXPECT_EQ(load_words({{"end", 0.5}}), "0.50 at the end");
  EXPECT_EQ(load_words({{"cores", 2}, {"others", 0.1}}), "others used 0.10 of 2 cores");
}

}  // namespace
}  // namespace sslx::cli
