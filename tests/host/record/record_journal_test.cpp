#include "host/record/record_journal.h"

#include <gtest/gtest.h>
#include <sslx/error.h>

#include <fstream>
#include <thread>

#include "tests/host/record/record_fixture.h"

namespace sslx::record {
namespace {

using nlohmann::json;

class RecordJournalTest : public test::RecordTest {
 protected:
  const std::filesystem::path& directory() const { return folder_; }
  void add_bytes(const std::string& bytes) const {
    std::ofstream(directory() / "record.jsonl", std::ios::app | std::ios::binary) << bytes;
  }
};

TEST_F(RecordJournalTest, WhatWasAppendedIsReadInItsOrder) {
  EXPECT_TRUE(read_events(directory()).empty());
  const json first = append_event(directory(), "plan", {{"sweep", "a"}});
  append_event(directory(), "verdict", {{"run", "r"}, {"time", "2026-01-31T12:00:00.000Z"}});
  const std::vector<json> events = read_events(directory());
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0], first);
  EXPECT_EQ(events[0].at("event"), "plan");
  EXPECT_EQ(events[1].at("time"), "2026-01-31T12:00:00.000Z");
}

TEST_F(RecordJournalTest, ALineThatWasCutCostsNoOther) {
  append_event(directory(), "plan", {{"sweep", "a"}});
  add_bytes(R"({"event":"plan","swe)");
  append_event(directory(), "plan", {{"sweep", "b"}});
  add_bytes("null\n[1]\n{\"event\":7}\n");
  append_event(directory(), "plan", {{"sweep", "c"}});
  std::string sweeps;
  for (const json& event : read_events(directory())) {
    sweeps += event.at("sweep").get<std::string>();
  }
  EXPECT_EQ(sweeps, "abc");
}

TEST_F(RecordJournalTest, SeveralWritersLoseNoLine) {
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&] {
      for (int i = 0; i < 25; ++i) append_event(directory(), "used", {{"text", "0123456789"}});
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(read_events(directory()).size(), 100U);
}

TEST_F(RecordJournalTest, AFolderThatCannotBeMadeIsNamed) {
  add_bytes("no folder");
  try {
    append_event(directory() / "record.jsonl" / "runs", "plan", {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kSystem);
    EXPECT_NE(std::string(error.what()).find("cannot be written: Not a directory"),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace sslx::record
