#include <gtest/gtest.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace {

// The digest of "abc" is the first example of FIPS 180-2, appendix B.
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Digest, IsSha256) {
  EXPECT_EQ(sslx::sha256_hex("abc"), kAbc);
  EXPECT_EQ(sslx::sha256_hex(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Digest, IsKnownByItsForm) {
  const std::string digest = kAbc;
  EXPECT_TRUE(sslx::is_sha256(digest));
  EXPECT_FALSE(sslx::is_sha256(digest.substr(1)));
  EXPECT_FALSE(sslx::is_sha256(digest + "0"));
  EXPECT_FALSE(sslx::is_sha256("B" + digest.substr(1)));
  EXPECT_FALSE(sslx::is_sha256("/" + digest.substr(1)));
}

TEST(Digest, OfPartsIsThatOfTheWhole) {
  sslx::Sha256 digest;
  digest.update("a");
  digest.update("bc");
  EXPECT_EQ(digest.hex(), kAbc);
}

TEST(Digest, OfAFileIsThatOfItsContent) {
  const auto file =
      std::filesystem::temp_directory_path() / ("sslx_digest_test_" + std::to_string(::getpid()));
  std::ofstream(file) << "abc";
  EXPECT_EQ(sslx::sha256_file(file), kAbc);
  std::filesystem::remove(file);
}

TEST(Digest, OfAMissingFileNamesIt) {
  try {
    sslx::sha256_file("/nowhere/at/all");
    FAIL();
  } catch (const sslx::Error& error) {
    EXPECT_STREQ(error.what(), "/nowhere/at/all cannot be read");
  }
}

}  // namespace
