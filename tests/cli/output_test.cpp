// Where the command's output goes, and that nothing there ends it in any other way than by an exit
// code.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <set>
#include <sstream>

#include "tests/cli/command_run.h"

namespace sslx::cli::test {
namespace {

using ::testing::HasSubstr;

class Output : public CommandTest {
 protected:
  static void to(const char* file, int descriptor) {
    const int opened = open(file, O_WRONLY);
    dup2(opened, descriptor);
    close(opened);
  }
  /// Another home with the same runs, to be merged.
  void make_other() const {
    for (const char* part : {"results", "runs"}) {
      fs::create_directories(home_ / "other");
      fs::copy(home_ / part, home_ / "other" / part, fs::copy_options::recursive);
    }
  }
  /// Every verb that prints to standard output.
  std::vector<std::vector<std::string>> verbs() const {
    const std::string file = (home_ / "demo.toml").string();
    return {{"--help"},
            {"--version"},
            {"version"},
            {"help"},
            {"help", "sweep"},
            {"plugins"},
            {"plugins", "show", "simclr"},
            {"plugins", "new", "method", "new_one", "--dir", home_.string()},
            {"sweep", file},
            {"sweep", file, "--dry-run"},
            {"sweep", file, "--dry-run", "--resolved"},
            {"sweep", "--help"},
            {"plan", file, "--faster", "1"},
            {"report"},
            {"report", "demo"},
            {"report", "demo", "--html", (home_ / "demo.html").string(), "--no-pictures"},
            {"claims"},
            {"runs"},
            {"show", runs().at(0).filename().string()},
            {"show", runs().at(0).filename().string(), "--curves"},
            {"show", runs().at(0).filename().string(), "--curves", "--csv"},
            {"diff", runs().at(0).filename().string(), runs().at(1).filename().string()},
            {"doctor"},
            {"bundle", "demo", (home_ / "demo.tar.zst").string()},
            {"merge", (home_ / "other").string()},
            {"unbundle", (home_ / "demo.tar.zst").string()},
            {"clean"},
            {"db", "rebuild"},
            {"data", "info", "shapes"},
            {"data", "pack", "shapes", (home_ / "shapes.pack").string()}};
  }
};

TEST_F(Output, AFullStandardOutputIsExitCodeOneAndASentence) {
  ASSERT_EQ(sweep(), 0) << text();
  make_other();
  for (const std::vector<std::string>& verb : verbs()) {
    EXPECT_EQ(run(verb, [] { to("/dev/full", STDOUT_FILENO); }), 1) << verb[0];
    EXPECT_EQ(text(), "sslx: standard output cannot be written: No space left on device\n")
        << verb[0];
  }
  EXPECT_EQ(starts(), 4U);
}

/// The verbs that a help page lists, each behind `before`.
std::vector<std::string> listed(const std::string& help, const std::string& before) {
  std::vector<std::string> out;
  std::istringstream lines(help.substr(help.find("Subcommands:")));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line) && line.starts_with("  ")) {
    const std::string verb = line.substr(2, line.find(' ', 2) - 2);
    if (!verb.empty()) out.push_back(before + verb);
  }
  return out;
}

/// No verb is left out of the list above that prints to standard output. Those that need a host, or
/// images, are in tests/trial (faults.sh, attention.sh, folders.sh); a backup says nothing.
TEST_F(Output, EveryVerbIsJudged) {
  ASSERT_EQ(sweep(), 0) << text();
  std::set<std::string> judged{"bench",  "debug",     "attention",     "views",        "export",
                               "import", "reproduce", "plugins check", "data prepare", "db backup"};
  for (const std::vector<std::string>& verb : verbs()) {
    judged.insert(verb[0]);
    if (verb.size() > 1) judged.insert(verb[0] + ' ' + verb[1]);
  }
  ASSERT_EQ(run({"--help"}), 0);
  std::vector<std::string> all = listed(text(), "");
  for (const std::string outer : {"plugins", "data", "db"}) {
    ASSERT_EQ(run({outer, "--help"}), 0);
    const std::vector<std::string> inner = listed(text(), outer + ' ');
    EXPECT_GE(inner.size(), 2U) << outer;
    all.insert(all.end(), inner.begin(), inner.end());
  }
  for (const std::string& verb : all) EXPECT_TRUE(judged.contains(verb)) << verb;
}

TEST_F(Output, AClosedStandardOutputIsTold) {
  EXPECT_EQ(run({"plugins"}, [] { close(STDOUT_FILENO); }), 1);
  EXPECT_EQ(text(), "sslx: standard output cannot be written: Bad file descriptor\n");
}

/// Who reads no further has what he wanted.
TEST_F(Output, AReaderThatLeavesEndsNoSweep) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const pid_t pid = start_sweep({}, [&] { dup2(ends[1], STDOUT_FILENO); });
  close(ends[0]);
  close(ends[1]);
  EXPECT_EQ(end_of(pid), 0) << text();
  EXPECT_EQ(text(), "");
  EXPECT_EQ(value("SELECT count(*) FROM run WHERE state = 'completed'"), "4");
}

/// The record must not become where messages go.
TEST_F(Output, AClosedStandardErrorAbortsNothing) {
  const auto closed = [] { close(STDERR_FILENO); };
  EXPECT_EQ(run({"sweep", "nowhere.toml"}, closed), 2);
  act("fail");
  EXPECT_EQ(sweep({}, closed), 1);
  EXPECT_EQ(sweep({}, [] { to("/dev/full", STDERR_FILENO); }), 1);
  act("succeed");
  EXPECT_EQ(sweep({},
                  [] {
                    for (int standard = 0; standard < 3; ++standard) close(standard);
                  }),
            1);
  EXPECT_EQ(value("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(value("SELECT count(*) FROM run WHERE state = 'completed'"), "4");
}

TEST_F(Output, ATerminalThatIsClosedWhileProgressIsDrawnEndsTheSweepInOrder) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_EQ(grantpt(master), 0);
  ASSERT_EQ(unlockpt(master), 0);
  const std::string slave = ptsname(master);
  act("wait");
  const pid_t pid = start_sweep({"--jobs", "2"}, [&] {
    setsid();
    const int terminal = open(slave.c_str(), O_RDWR);
    ioctl(terminal, TIOCSCTTY, 0);
    for (int standard = 0; standard < 3; ++standard) dup2(terminal, standard);
  });
  wait_for_starts(2);
  char drawn[64];
  EXPECT_GT(read(master, drawn, sizeof drawn), 0);
  close(master);
  EXPECT_EQ(end_of(pid), 75);
  EXPECT_EQ(value("SELECT count(*) FROM run WHERE state = 'interrupted'"), "2");
}

/// What a sweep prints to a terminal of that kind.
std::string drawn_on(const std::string& term,
                     const std::function<pid_t(std::function<void()>)>& start,
                     const std::function<int(pid_t)>& end) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  grantpt(master);
  unlockpt(master);
  const std::string slave = ptsname(master);
  const pid_t pid = start([&] {
    setsid();
    const int terminal = open(slave.c_str(), O_RDWR);
    ioctl(terminal, TIOCSCTTY, 0);
    for (int standard = 0; standard < 3; ++standard) dup2(terminal, standard);
    setenv("TERM", term.c_str(), 1);
  });
  std::string out;
  char part[4096];
  for (ssize_t got = 0; (got = read(master, part, sizeof part)) > 0;) {
    out.append(part, static_cast<size_t>(got));
  }
  EXPECT_EQ(end(pid), 0) << out;
  close(master);
  return out;
}

/// No cursor is moved and nothing is coloured where nobody understands it.
TEST_F(Output, ADumbTerminalGetsNoEscapes) {
  act("slow");
  const auto start = [&](const std::function<void()>& before) {
    return start_sweep({"--retry"}, before);
  };
  const auto end = [](pid_t pid) { return end_of(pid); };
  EXPECT_THAT(drawn_on("xterm", start, end), HasSubstr("\x1b["));
  EXPECT_THAT(drawn_on("dumb", start, end), ::testing::Not(HasSubstr("\x1b")));
}

TEST_F(Output, AFileBeyondItsLimitIsASentence) {
  const auto limited = [] {
    const rlimit limit{4096, 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
  };
  EXPECT_EQ(sweep({}, limited), 74);
  EXPECT_THAT(text(), HasSubstr("sslx: "));
  EXPECT_EQ(sweep(), 0) << text();
}

}  // namespace
}  // namespace sslx::cli::test
