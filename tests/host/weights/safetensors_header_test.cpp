// Files that lie: each is refused with one sentence that names the file and what is wrong.
#include "host/weights/safetensors_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sslx/error.h>

#include <random>
#include <sstream>

namespace {

using sslx::train::parse_safetensors_header;
using sslx::train::read_safetensors_header;
using ::testing::HasSubstr;

/// The refusal's sentence; "" when the header is taken.
std::string refusal(const std::string& json, uint64_t data_bytes) {
  try {
    parse_safetensors_header(json, data_bytes, "f.safetensors");
    return "";
  } catch (const sslx::Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
}

/// A tensor of three floats, changed in one place.
std::string with(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"a":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets +
         "}}";
}

std::string file_of(const std::string& header, const std::string& data) {
  const uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + data;
}

std::string reading(const std::string& bytes) {
  std::istringstream in(bytes);
  try {
    read_safetensors_header(in, bytes.size(), "f.safetensors");
    return "";
  } catch (const sslx::Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
}

TEST(SafetensorsHeader, IsReadInTheOrderOfTheBytes) {
  const auto header = parse_safetensors_header(
      R"({"__metadata__":{"format":"pt"},
          "b":{"dtype":"I64","shape":[],"data_offsets":[0,8]},
          "a":{"dtype":"BF16","shape":[2,3],"data_offsets":[8,20]},
          "c":{"dtype":"F32","shape":[4,0],"data_offsets":[8,8]}}  )",
      20, "f");
  ASSERT_EQ(header.tensors.size(), 3U);
  EXPECT_EQ(header.tensors[0].name, "b");
  EXPECT_EQ(header.tensors[1].name, "c");
  EXPECT_EQ(header.tensors[2].shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(header.metadata.at("format"), "pt");
  EXPECT_TRUE(parse_safetensors_header("{}", 0, "f").tensors.empty());
}

TEST(SafetensorsHeader, RefusesJsonThatIsNone) {
  EXPECT_EQ(refusal("{", 0), "f.safetensors: its header is no JSON (byte 2 of 1)");
  EXPECT_THAT(refusal("{\"a\":\"\xff\"}", 0), HasSubstr("is no JSON"));
  EXPECT_THAT(refusal("{} {}", 0), HasSubstr("is no JSON"));
  EXPECT_EQ(refusal("[]", 0), "f.safetensors: its header is no table of tensors");
  EXPECT_EQ(refusal(R"({"a":1e999})", 0),
            "f.safetensors: its header has a number that is too large");
  EXPECT_EQ(refusal(with("\"F32\"", "[[[3]]]", "[0,12]"), 12),
            "f.safetensors: its header is nested too deeply");
  EXPECT_THAT(refusal("{\"a\":" + std::string(100'000, '['), 0), HasSubstr("nested too deeply"));
}

TEST(SafetensorsHeader, RefusesAKeyThatStandsTwice) {
  EXPECT_EQ(refusal(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
                        "a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                    1),
            "f.safetensors: its header has 'a' twice");
  EXPECT_EQ(refusal(R"({"a":{"dtype":"U8","dtype":"F32","shape":[1],"data_offsets":[0,1]}})", 1),
            "f.safetensors: its header has 'dtype' twice");
  EXPECT_EQ(refusal(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
                        "b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                    2),
            "");
}

TEST(SafetensorsHeader, RefusesWrongTypesAndShapes) {
  const auto of = [](const char* dtype, const char* shape, const char* offsets) {
    return refusal(with(dtype, shape, offsets), 12);
  };
  EXPECT_EQ(of("\"F32\"", "[3]", "[0,12]"), "");
  EXPECT_EQ(
      of("\"F8_E4M3\"", "[12]", "[0,12]"),
      "f.safetensors: tensor 'a' is of type 'F8_E4M3'; it must be one of F64, F32, F16, BF16, "
      "I64, I32, I16, I8, U8, BOOL");
  EXPECT_THAT(of("7", "[3]", "[0,12]"),
              HasSubstr("is no table with dtype, shape and data_offsets"));
  EXPECT_THAT(of("\"F32\"", "3", "[0,12]"), HasSubstr("is no table with"));
  EXPECT_THAT(refusal(R"({"a":3})", 12), HasSubstr("is no table with"));
  EXPECT_THAT(refusal(R"({"a":{"dtype":"F32","shape":[3]}})", 12), HasSubstr("is no table with"));
  EXPECT_EQ(of("\"F32\"", "[-3]", "[0,12]"),
            "f.safetensors: tensor 'a' has -3 in its shape; it must be a whole number from 0");
  EXPECT_THAT(of("\"F32\"", "[3.0]", "[0,12]"), HasSubstr("has 3.0 in its shape"));
  EXPECT_THAT(of("\"F32\"", "[9223372036854775808]", "[0,12]"),
              HasSubstr("has 9223372036854775808 in its shape"));
  EXPECT_THAT(of("\"F32\"", "[18446744073709551616]", "[0,12]"), HasSubstr("in its shape"));
  EXPECT_THAT(of("\"F32\"", "[4611686018427387904,4611686018427387904]", "[0,12]"),
              HasSubstr("which is too large"));
  // 2^62 times four bytes is zero in 64 bits.
  EXPECT_THAT(of("\"F32\"", "[4611686018427387904]", "[0,0]"), HasSubstr("which is too large"));
  // Empty, and yet torch's strides would be 2^124.
  EXPECT_THAT(of("\"F32\"", "[0,4611686018427387904,4611686018427387904]", "[0,0]"),
              HasSubstr("which is too large"));
  std::string many = "1";
  for (int i = 0; i < 64; ++i) many += ",1";
  EXPECT_THAT(of("\"F32\"", ("[" + many + "]").c_str(), "[0,4]"), HasSubstr("has 65 dimensions"));
  EXPECT_THAT(refusal(R"({"__metadata__":{"a":1}})", 0), HasSubstr("no table of texts"));
  EXPECT_THAT(refusal(R"({"__metadata__":[]})", 0), HasSubstr("no table of texts"));
}

TEST(SafetensorsHeader, RefusesOffsetsThatLie) {
  const auto of = [](const char* offsets, uint64_t bytes) {
    return refusal(with("\"F32\"", "[3]", offsets), bytes);
  };
  EXPECT_EQ(
      of("[0,16]", 16),
      "f.safetensors: tensor 'a' is said to lie from byte 0 to 16; F32 of shape [3] must have "
      "12 bytes");
  EXPECT_THAT(of("[12,0]", 12), HasSubstr("from byte 12 to 0"));
  EXPECT_THAT(of("[0]", 12), HasSubstr("no two data_offsets"));
  EXPECT_THAT(of("[0,12,24]", 12), HasSubstr("no two data_offsets"));
  EXPECT_THAT(of("[0,-12]", 12), HasSubstr("has -12 in its data_offsets"));
  EXPECT_THAT(of("[9223372036854775800,9223372036854775812]", 12), HasSubstr("data_offsets"));
  EXPECT_EQ(
      of("[0,12]", 11),
      "f.safetensors: tensor 'a' ends at byte 12 of the data, which have only 11; the file is "
      "truncated");
  EXPECT_EQ(of("[0,12]", 15), "f.safetensors: 3 bytes follow its last tensor; there must be none");
  EXPECT_EQ(of("[4,16]", 16),
            "f.safetensors: tensor 'a' begins at byte 4 of the data, where a gap before it is; "
            "tensors must lie one after the other");
  EXPECT_EQ(refusal("{}", 1), "f.safetensors: 1 bytes follow its last tensor; there must be none");
}

TEST(SafetensorsHeader, RefusesTensorsThatShareBytes) {
  const auto two = [](const char* second) {
    return refusal(
        R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":)" + std::string(second) + "}",
        8);
  };
  EXPECT_EQ(two(R"({"dtype":"U8","shape":[4],"data_offsets":[4,8]})"), "");
  EXPECT_THAT(two(R"({"dtype":"U8","shape":[4],"data_offsets":[0,4]})"),
              HasSubstr("'b' begins at byte 0 of the data, where another tensor is"));
  EXPECT_THAT(two(R"({"dtype":"U8","shape":[6],"data_offsets":[2,8]})"),
              HasSubstr("where another tensor is"));
  EXPECT_THAT(two(R"({"dtype":"U8","shape":[3],"data_offsets":[5,8]})"), HasSubstr("a gap before"));
}

TEST(SafetensorsHeader, RefusesALengthThatLies) {
  EXPECT_THAT(reading(""), HasSubstr("it has 0 bytes, too few"));
  EXPECT_THAT(reading(std::string(8, '\0')), HasSubstr("it has 8 bytes, too few"));
  EXPECT_THAT(reading(std::string(9, '\0')), HasSubstr("does not begin with '{'"));
  EXPECT_THAT(reading(std::string(40, '\xff')), HasSubstr("its header is said to have "));
  std::string one_more = file_of("{}", "");
  one_more[0] = 3;
  EXPECT_THAT(reading(one_more), HasSubstr("its header is said to have 3 bytes"));
  EXPECT_THAT(reading(file_of(" {}", "")), HasSubstr("does not begin with '{'"));
  std::istringstream large(std::string("\x01\xe1\xf5\x05\0\0\0\0{", 9));  // 100,000,001
  EXPECT_THROW(read_safetensors_header(large, uint64_t{1} << 40, "f"), sslx::Error);
}

TEST(SafetensorsHeader, NeverOpensAPickleAndTellsHowToConvertIt) {
  for (const std::string& bytes :
       {std::string("PK\x03\x04") + std::string(60, 'x'),
        std::string("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9"), std::string("\x80\x04")}) {
    std::istringstream in(bytes);
    try {
      read_safetensors_header(in, bytes.size(), "moco.pth");
      FAIL();
    } catch (const sslx::Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("moco.pth: this is a pickle of torch.save"));
      EXPECT_THAT(error.hint(), HasSubstr("weights_only=True"));
      EXPECT_EQ(error.exit_code(), 2);
    }
  }
  // A header of 128 bytes begins with the byte of a pickle, and is none.
  EXPECT_EQ(reading(file_of("{}" + std::string(126, ' '), "")), "");
}

/// Whatever is done to a file, it is taken or refused: nothing else, and nothing out of bounds.
TEST(SafetensorsHeader, SurvivesRandomDamage) {
  const std::string whole =
      file_of(R"({"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},)"
              R"("b":{"dtype":"U8","shape":[2,2],"data_offsets":[12,16]}})",
              std::string(16, 'x'));
  ASSERT_EQ(reading(whole), "");
  std::mt19937 random(7);
  const std::string likely = "0123456789[]{},:\"-.eE \\\x80\xff";
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = whole;
    for (size_t change = 0; change <= random() % 4; ++change) {
      const size_t at = random() % bytes.size();
      const char value =
          random() % 3 == 0 ? static_cast<char>(random()) : likely[random() % likely.size()];
      switch (random() % 3) {
        case 0:
          bytes[at] = value;
          break;
        case 1:
          bytes.insert(at, 1 + random() % 3, value);
          break;
        default:
          bytes.erase(at, 1 + random() % 5);
      }
      if (bytes.empty()) bytes = whole;
    }
    const std::string said = reading(bytes);
    EXPECT_TRUE(said.empty() || said.starts_with("f.safetensors: ")) << said;
  }
}

}  // namespace
