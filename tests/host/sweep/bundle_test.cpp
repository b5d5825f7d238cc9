#include "host/sweep/bundle.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <fstream>
#include <set>

#include "host/record/pivot.h"
#include "host/sweep/archive.h"
#include "tests/host/record/record_fixture.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
using record::test::RecordTest;
using record::test::RunSpec;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

const std::string kPlugin = "the bytes of a plugin";

/// One member as it is to be written, true or not.
struct Member {
  std::string name;
  std::string bytes;
  unsigned type = AE_IFREG;
  std::string link = "";  ///< Of a hard link.
};

class BundleTest : public RecordTest {
 protected:
  BundleTest() {
    record::Database database(database_file());
    std::vector<RunSpec> specs;
    for (uint64_t seed : {0, 1}) {
      specs.push_back({.id = "20260101-00000" + std::to_string(seed) + "-aaaaaa",
                       .seed = seed,
                       .plugin_sha256 = sha256_hex(kPlugin)});
      record_run(database, specs.back());
      record::test::write_file(folder_ / "runs" / specs.back().id / "weights.safetensors",
                               "tensors");
    }
    register_sweep(database, sweep(specs));
    record::test::write_file(folder_ / "runs/plugins" / (sha256_hex(kPlugin) + ".so"), kPlugin);
    make_bundle(database, {folder_, "demo", bundle_, false});
    members_ = members_of(bundle_);
  }

  static std::vector<Member> members_of(const fs::path& file) {
    std::vector<Member> out;
    ArchiveReader archive(file);
    while (const auto member = archive.next()) {
      out.push_back({member->name, ""});
      archive.read([&](std::string_view part) { out.back().bytes += part; });
    }
    return out;
  }

  /// Writes these as they are, with `compress` as the filter of libarchive.
  fs::path write(const std::vector<Member>& members,
                 int (*compress)(archive*) = archive_write_add_filter_zstd) {
    const fs::path file = folder_ / "lie.tar.zst";
    archive* out = archive_write_new();
    archive_write_set_format_pax_restricted(out);
    compress(out);
    EXPECT_EQ(archive_write_open_filename(out, file.c_str()), ARCHIVE_OK);
    for (const Member& member : members) {
      archive_entry* entry = archive_entry_new();
      archive_entry_set_pathname(entry, member.name.c_str());
      archive_entry_set_filetype(entry, member.type);
      archive_entry_set_perm(entry, 0644);
      archive_entry_set_size(entry, static_cast<la_int64_t>(member.bytes.size()));
      if (member.type == AE_IFLNK) archive_entry_set_symlink(entry, "/etc/passwd");
      if (!member.link.empty()) archive_entry_set_hardlink(entry, member.link.c_str());
      EXPECT_EQ(archive_write_header(out, entry), ARCHIVE_OK);
      archive_write_data(out, member.bytes.data(), member.bytes.size());
      archive_entry_free(entry);
    }
    archive_write_close(out);
    archive_write_free(out);
    return file;
  }

  /// The true members after a change of the manifest.
  std::vector<Member> with_manifest(const std::function<void(json&)>& change) const {
    std::vector<Member> out = members_;
    json manifest = json::parse(out.front().bytes);
    change(manifest);
    out.front().bytes = manifest.dump();
    return out;
  }

  /// The true members with one more, of which the manifest knows.
  std::vector<Member> with_member(const Member& member) const {
    std::vector<Member> out = with_manifest([&](json& manifest) {
      manifest["files"].push_back({{"path", member.name},
                                   {"bytes", member.bytes.size()},
                                   {"sha256", sha256_hex(member.bytes)}});
    });
    out.push_back(member);
    return out;
  }

  /// What taking the file in is refused with, by a home that has nothing before and after.
  std::string refusal(const fs::path& file, uint64_t most = uint64_t{1} << 30) {
    const fs::path home = folder_ / "other";
    std::string out;
    {
      record::Database database(home / "results" / "sslx.db");
      out = record::test::error_of([&] { take_bundle(database, {home, file, most}); });
      EXPECT_EQ(record::test::count(database, "SELECT count(*) FROM run"), 0);
    }
    // SQLite keeps its emptied journal.
    const std::set<std::string> allowed{"results", "sslx.db", "sslx.db-journal", "runs", "merged"};
    for (const auto& entry : fs::recursive_directory_iterator(home)) {
      const std::string name = entry.path().filename();
      EXPECT_TRUE(allowed.contains(name)) << entry.path();
    }
    return out;
  }

  fs::path bundle_ = folder_ / "demo.tar.zst";
  std::vector<Member> members_;
};

TEST_F(BundleTest, IsTakenInWhole) {
  const fs::path home = folder_ / "other";
  record::Database database(home / "results/sslx.db");
  const Unbundled taken = take_bundle(database, {home, bundle_});
  EXPECT_EQ(taken.sweep, "demo");
  EXPECT_EQ(taken.merged.news.runs.size(), 2U);
  EXPECT_EQ(taken.plugins, 1U);
  EXPECT_EQ(record::test::read_file(home / "runs/plugins" / (sha256_hex(kPlugin) + ".so")),
            kPlugin);
  const fs::path run = "runs/20260101-000001-aaaaaa";
  EXPECT_EQ(record::test::read_file(home / run / "journal.jsonl"),
            record::test::read_file(folder_ / run / "journal.jsonl"));
  EXPECT_FALSE(fs::exists(home / run / "weights.safetensors"));
  EXPECT_EQ(record::pivot_sweep(database, {"demo"}).rows.at(0).cells.at(0).samples.size(), 2U);
  const Unbundled again = take_bundle(database, {home, bundle_});
  EXPECT_TRUE(again.merged.news.is_empty());
  EXPECT_EQ(again.plugins, 0U);
}

TEST_F(BundleTest, BringsWeightsOnRequest) {
  record::Database ours(database_file());
  make_bundle(ours, {folder_, "demo", folder_ / "weights.tar.zst", true});
  const fs::path home = folder_ / "other";
  record::Database database(home / "results/sslx.db");
  take_bundle(database, {home, folder_ / "weights.tar.zst"});
  EXPECT_EQ(record::test::read_file(home / "runs/20260101-000000-aaaaaa/weights.safetensors"),
            "tensors");
}

TEST_F(BundleTest, HoldsItsSweepAlone) {
  record::Database database(database_file());
  record_run(database, {.id = "20260101-000009-aaaaaa", .variant = "other"});
  record::SweepDefinition other = sweep({{.id = "20260101-000009-aaaaaa", .variant = "other"}});
  other.name = "other";
  register_sweep(database, other);
  const BundleSummary made = make_bundle(database, {folder_, "demo", folder_ / "one.tar.zst"});
  EXPECT_EQ(made.runs, 2U);
  for (const Member& member : members_of(folder_ / "one.tar.zst")) {
    EXPECT_EQ(member.name.find("000009"), std::string::npos);
    if (member.name != "record.db") continue;
    record::test::write_file(folder_ / "part.db", member.bytes);
    record::Database part(folder_ / "part.db");
    EXPECT_EQ(record::test::count(part, "SELECT count(*) FROM trial"), 2);
    EXPECT_EQ(record::test::count(part, "SELECT count(*) FROM plan"), 1);
  }
}

TEST_F(BundleTest, AnUnknownSweepOrATakenNameIsRefused) {
  record::Database database(database_file());
  using record::test::error_of;
  EXPECT_THAT(error_of([&] {
                make_bundle(database, {folder_, "dem", folder_ / "x.tar.zst"});
              }),
              HasSubstr("did you mean 'demo'?"));
  EXPECT_FALSE(fs::exists(folder_ / "x.tar.zst"));
  EXPECT_THAT(error_of([&] {
                make_bundle(database, {folder_, "demo", bundle_});
              }),
              HasSubstr("is there already"));
}

TEST_F(BundleTest, NamesThatLeadOutAreRefused) {
  for (const char* name :
       {"/etc/sslx", "../sslx", "runs/../../sslx", "runs/x/../../y.so", "runs/.hidden/exit.json",
        "runs/a/exit.json/", "plugins/evil.so", "merged/x.db", "results/sslx.db", "record.db/x",
        "runs/a/b/exit.json", "runs/a/run.sh", ""}) {
    if (*name != '\0') {
      EXPECT_THAT(refusal(write(with_member({name, "x"}))), HasSubstr("is no name of a member"))
          << name;
    }
    EXPECT_THAT(
        refusal(write(with_manifest([&](json& manifest) {
          manifest["files"].push_back({{"path", name}, {"bytes", 1}, {"sha256", sha256_hex("x")}});
        }))),
        HasSubstr("is no name of a member"))
        << name;
  }
}

TEST_F(BundleTest, WhatIsNoFileIsRefused) {
  const std::string name = "runs/20260101-000007-aaaaaa/exit.json";
  for (const unsigned type : {AE_IFLNK, AE_IFDIR, AE_IFIFO, AE_IFCHR, AE_IFBLK}) {
    EXPECT_THAT(
        refusal(write(with_member({name, "", type}))),
        testing::AnyOf(HasSubstr("is no regular file"), HasSubstr("is no name of a member")));
  }
  EXPECT_THAT(refusal(write(with_member({name, "", AE_IFREG, "record.db"}))),
              HasSubstr("is no regular file"));
}

TEST_F(BundleTest, MembersTooManyOrTooFewAreRefused) {
  std::vector<Member> more = members_;
  more.push_back({"runs/20260101-000007-aaaaaa/exit.json", "{}"});
  EXPECT_THAT(refusal(write(more)), HasSubstr("is not in its manifest"));
  more.back().name = "../evil";
  EXPECT_THAT(refusal(write(more)), HasSubstr("is no name of a member"));
  std::vector<Member> twice = members_;
  twice.push_back(twice.back());
  EXPECT_THAT(refusal(write(twice)), HasSubstr("is there twice"));
  for (size_t i = 1; i < members_.size(); ++i) {
    std::vector<Member> fewer = members_;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_THAT(refusal(write(fewer)),
                AllOf(HasSubstr("is in its manifest alone"), HasSubstr(members_[i].name)));
  }
  EXPECT_THAT(refusal(write(with_manifest(
                  [](json& manifest) { manifest["files"].push_back(manifest["files"][0]); }))),
              HasSubstr("is in its manifest twice"));
}

TEST_F(BundleTest, SizesAndDigestsAreChecked) {
  for (size_t i = 1; i < members_.size(); ++i) {
    std::vector<Member> changed = members_;
    changed[i].bytes[changed[i].bytes.size() / 2] ^= 1;
    EXPECT_THAT(refusal(write(changed)), HasSubstr("has another SHA-256 than its manifest says"));
    changed[i].bytes += 'x';
    EXPECT_THAT(refusal(write(changed)), HasSubstr("has another size than its manifest says"));
  }
  EXPECT_THAT(refusal(write(with_member({"plugins/" + std::string(64, 'a') + ".so", "x"}))),
              HasSubstr("is not named by its SHA-256"));
}

TEST_F(BundleTest, ManifestsThatAreNoneAreRefused) {
  std::vector<Member> later(members_.begin() + 1, members_.end());
  later.push_back(members_.front());
  EXPECT_THAT(refusal(write(later)), HasSubstr("its first member is not manifest.json"));
  std::vector<Member> garbage = members_;
  for (const char* text : {"", "garbage", "[]", "{}", R"({"bundle":1})",
                           R"({"bundle":1,"sweep":"demo","files":[{"path":7}]})",
                           R"({"bundle":1,"sweep":"demo","files":[{"path":"record.db",)"
                           R"("bytes":-1,"sha256":7}]})"}) {
    garbage.front().bytes = text;
    EXPECT_THAT(refusal(write(garbage)), HasSubstr("its manifest is none")) << text;
  }
  EXPECT_THAT(refusal(write(with_manifest([](json& manifest) { manifest["bundle"] = 2; }))),
              HasSubstr("it is of another version"));
  EXPECT_THAT(refusal(write({members_.front()})), HasSubstr("is in its manifest alone"));
  EXPECT_THAT(refusal(write(with_manifest([](json& manifest) { manifest["files"].clear(); }))),
              HasSubstr("it has no record.db"));
}

TEST_F(BundleTest, BombsAreRefused) {
  const std::string zeros(8 << 20, '\0');
  const std::string name = "runs/20260101-000007-aaaaaa/host.log";
  const fs::path honest = write(with_member({name, zeros}));
  EXPECT_LT(fs::file_size(honest), 1U << 20);
  EXPECT_THAT(refusal(honest, 4 << 20), HasSubstr("its members have more than 4 MiB"));
  std::vector<Member> lying = with_member({name, "x"});
  lying.back().bytes = zeros;
  EXPECT_THAT(refusal(write(lying)), HasSubstr("has another size"));
  EXPECT_THAT(
      refusal(write(with_manifest([&](json& manifest) {
        for (int i = 0; i < 3; ++i) {
          manifest["files"].push_back({{"path", "sweeps/" + std::to_string(i + 7) + ".toml"},
                                       {"bytes", ~uint64_t{0} / 2},
                                       {"sha256", sha256_hex("x")}});
        }
      }))),
      HasSubstr("its members have more than"));
}

TEST_F(BundleTest, CutOrForeignFilesAreRefused) {
  const std::string whole = record::test::read_file(bundle_);
  for (size_t i = 0; i < 32; ++i) {
    const fs::path cut = folder_ / "cut.tar.zst";
    record::test::write_file(cut, whole.substr(0, whole.size() * i / 32));
    EXPECT_THAT(refusal(cut), HasSubstr("cut.tar.zst")) << i;
  }
  for (size_t i = 0; i < whole.size(); i += whole.size() / 40) {
    std::string flipped = whole;
    flipped[i] ^= 0x20;
    record::test::write_file(folder_ / "flip.tar.zst", flipped);
    // One of the padding's or of a header's text may say the same as before.
    try {
      check_bundle(folder_ / "flip.tar.zst", 1 << 30);
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
    }
  }
  EXPECT_THAT(refusal(write(members_, archive_write_add_filter_none)), HasSubstr("no .tar.zst"));
  EXPECT_THAT(refusal(write(members_, archive_write_add_filter_gzip)), HasSubstr("bundle"));
  record::test::write_file(folder_ / "text", std::string(10000, 'x'));
  EXPECT_THAT(refusal(folder_ / "text"), HasSubstr("bundle"));
  EXPECT_THAT(refusal(folder_ / "none"), HasSubstr("bundle"));
}

TEST_F(BundleTest, ARecordThatIsNoneIsRefused) {
  std::vector<Member> changed = members_;
  for (Member& member : changed) {
    if (member.name != "record.db") continue;
    record::test::write_file(folder_ / "evil.db", member.bytes);
    SQLite::Database((folder_ / "evil.db").string(), SQLite::OPEN_READWRITE)
        .exec("CREATE TRIGGER evil AFTER INSERT ON run BEGIN SELECT 1; END");
    member.bytes = record::test::read_file(folder_ / "evil.db");
    json manifest = json::parse(changed.front().bytes);
    for (json& one : manifest["files"]) {
      if (one["path"] != "record.db") continue;
      one["bytes"] = member.bytes.size();
      one["sha256"] = sha256_hex(member.bytes);
    }
    changed.front().bytes = manifest.dump();
  }
  EXPECT_THAT(refusal(write(changed)), HasSubstr("its trigger evil is missing or foreign"));
}

}  // namespace
}  // namespace sslx::sweep
