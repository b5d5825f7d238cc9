// Where a plugin's file lies and who may change it; and files that are no libraries at all.
#include <sys/stat.h>

#include <elf.h>
#include <unistd.h>

#include "plugin_fixture.h"

namespace sslx::test {
namespace {

class Place : public PluginTest {};

TEST_F(Place, Missing) { EXPECT_EQ(refusal(folder_ / "x.so"), "there is no such file"); }

TEST_F(Place, ZeroBytes) { EXPECT_EQ(refusal(put("x.so", "")), "it is empty"); }

TEST_F(Place, Text) {
  EXPECT_EQ(refusal(put("x.so", "not a library\n")), "it is no shared library");
}

TEST_F(Place, Folder) {
  fs::create_directory(folder_ / "x.so");
  EXPECT_EQ(refusal(folder_ / "x.so"), "it is a folder, not a shared library");
}

TEST_F(Place, NamedPipe) {
  ASSERT_EQ(mkfifo((folder_ / "x.so").c_str(), 0600), 0);
  EXPECT_EQ(refusal(folder_ / "x.so"), "it is no regular file");
}

TEST_F(Place, DanglingLink) {
  fs::create_symlink(folder_ / "gone.so", folder_ / "x.so");
  EXPECT_EQ(refusal(folder_ / "x.so"), "there is no such file");
}

TEST_F(Place, ProgramInsteadOfLibrary) {
  std::string bytes = fixture("plain");
  bytes[offsetof(Elf64_Ehdr, e_type)] = ET_EXEC;
  EXPECT_EQ(refusal(put("x.so", bytes)), "it is no shared library");
}

TEST_F(Place, LibraryOfAnotherMachine) {
  std::string bytes = fixture("plain");
  bytes[offsetof(Elf64_Ehdr, e_machine)] = static_cast<char>(EM_RISCV);
  EXPECT_EQ(refusal(put("x.so", bytes)), "it was built for another machine");
  bytes = fixture("plain");
  bytes[EI_CLASS] = ELFCLASS32;
  EXPECT_EQ(refusal(put("x.so", bytes)), "it was built for another machine");
}

TEST_F(Place, FileThatAnyoneMayWrite) {
  const fs::path file = put("x.so", fixture("plain"));
  fs::permissions(file, fs::perms::others_write, fs::perm_options::add);
  EXPECT_EQ(refusal(file), "anyone may write to it; chmod o-w " + file.string());
}

TEST_F(Place, FolderThatAnyoneMayWrite) {
  const fs::path file = put("open/x.so", fixture("plain"));
  fs::permissions(file.parent_path(), fs::perms::others_write, fs::perm_options::add);
  const std::string reason =
      "anyone may write to its folder; chmod o-w " + file.parent_path().string();
  EXPECT_EQ(refusal(file), reason);
  fs::create_symlink(file, folder_ / "link.so");
  EXPECT_EQ(refusal(folder_ / "link.so"), reason);
}

TEST_F(Place, FolderLikeTmp) {
  const fs::path file = put("open/x.so", fixture("plain"));
  fs::permissions(file.parent_path(), fs::perms::all | fs::perms::sticky_bit);
  EXPECT_EQ(refusal(file), "anyone may put files into " + file.parent_path().string() +
                               "; move it to a folder of your own");
}

TEST_F(Place, FolderUnderOneThatAnyoneMayWrite) {
  const fs::path file = put("open/mine/x.so", fixture("plain"));
  const fs::path open = folder_ / "open";
  fs::permissions(open, fs::perms::others_write, fs::perm_options::add);
  const std::string reason = "anyone may write to " + open.string() +
                             ", in which its folder lies; chmod o-w " + open.string();
  EXPECT_EQ(refusal(file), reason);
  fs::create_directory_symlink(file.parent_path(), folder_ / "linked");
  EXPECT_EQ(refusal(folder_ / "linked/x.so"), reason);
  fs::permissions(open, fs::perms::sticky_bit, fs::perm_options::add);
  EXPECT_EQ(refusal(file), "");
}

TEST_F(Place, OfAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const fs::path file = put("theirs/x.so", fixture("plain"));
  ASSERT_EQ(chown(file.c_str(), 12345, 0), 0);
  EXPECT_EQ(refusal(file),
            "it belongs to another user (number 12345); copy it to a folder of your own");
  ASSERT_EQ(chown(file.c_str(), 0, 0), 0);
  ASSERT_EQ(chown(file.parent_path().c_str(), 12345, 0), 0);
  EXPECT_EQ(refusal(file),
            "its folder belongs to another user (number 12345); copy it to a folder of your own");
}

}  // namespace
}  // namespace sslx::test
