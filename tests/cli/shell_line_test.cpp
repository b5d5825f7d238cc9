#include "cli/shell_line.h"

#include <gtest/gtest.h>
#include <stdio.h>
#include <unistd.h>

#include <array>
#include <filesystem>

namespace sslx::cli {
namespace {

/// What bash makes of a line: its words, each ended by a zero.
std::string read_by_bash(const std::string& line) {
  const std::string command = "bash -c " + shell_word("printf '%s\\0' " + line);
  FILE* pipe = popen(command.c_str(), "r");
  std::string out;
  std::array<char, 256> buffer{};
  for (size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    out.append(buffer.data(), n);
  }
  pclose(pipe);
  return out;
}

TEST(ShellLine, PlainWordsStayAsTheyAre) {
  EXPECT_EQ(shell_line({"./sslx", "sweep", "a_b/c.toml", "--set", "train.lr=0.1"}),
            "./sslx sweep a_b/c.toml --set train.lr=0.1");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("größe 猫"), "'größe 猫'");
}

/// Whatever the bytes, a shell gives them back.
TEST(ShellLine, EveryByteComesBack) {
  std::string every;
  for (int c = 1; c < 256; ++c) every += static_cast<char>(c);
  const std::vector<std::string> words{"it's",      "a \"b\"",   "$HOME `id` \\",
                                       "lat\xe4in", "",          "~",
                                       every,       "new\nline", "method.name=\"simclr\""};
  std::string expected;
  for (const std::string& word : words) expected += word + '\0';
  EXPECT_EQ(read_by_bash(shell_line(words)), expected);
}

TEST(ShellLine, TheFolderIsNamedOnlyFromElsewhere) {
  EXPECT_EQ(line_from("", "sslx sweep x"), "sslx sweep x");
  EXPECT_EQ(line_from(shell_folder(), "sslx sweep x"), "sslx sweep x");
  EXPECT_EQ(line_from("'/a b'", "sslx sweep x"), "cd '/a b' && sslx sweep x");
}

TEST(ShellLine, TheCommandIsTheOneThatWasGiven) {
  Context context;
  context.words = {"sslx", "--home", "h o", "sweep", "x", "--retry", "--set", "a=[1, 2]"};
  setenv("SSLX_HOME", "/a home", 1);
  unsetenv("SSLX_PLUGIN_PATH");
  unsetenv("SSLX_HOST");
  EXPECT_EQ(command_line(context),
            "SSLX_HOME='/a home' sslx --home 'h o' sweep x --set 'a=[1, 2]'");
  unsetenv("SSLX_HOME");
  EXPECT_EQ(command_line(context), "sslx --home 'h o' sweep x --set 'a=[1, 2]'");
}

}  // namespace
}  // namespace sslx::cli
