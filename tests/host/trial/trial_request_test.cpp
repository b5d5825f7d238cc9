#include "host/trial/trial_request.h"

#include <gtest/gtest.h>
#include <sslx/error.h>

namespace {

using sslx::train::parse_request;

constexpr const char* kRequest = R"({"run":"r","directory":"/d","config":{},"seed":7,
  "plugins":[{"kind":"method","name":"simclr","file":"/f.so","sha256":"ab"}],
  "execution":{"threads":3}})";

TEST(TrialRequest, IsReadWithItsDefaults) {
  const auto request = parse_request(kRequest);
  EXPECT_EQ(request.seed, 7U);
  EXPECT_EQ(request.execution.threads, 3);
  EXPECT_EQ(request.execution.device, "auto");
  EXPECT_EQ(request.plugin("method", "simclr").file, "/f.so");
}

TEST(TrialRequest, NamesWhatIsMissing) {
  for (const char* text : {"", "{", "[]", R"({"run":"r"})", R"({"run":1})"}) {
    EXPECT_THROW(parse_request(text), sslx::Error) << text;
  }
  try {
    parse_request(kRequest).plugin("backbone", "vit");
    FAIL();
  } catch (const sslx::Error& error) {
    EXPECT_STREQ(error.what(), "the request names no file for the backbone 'vit'");
  }
}

}  // namespace
