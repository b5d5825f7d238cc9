#include "host/weights/checkpoint_files.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

namespace sslx::train {
namespace {

namespace fs = std::filesystem;

TEST(CheckpointFiles, AreFoundByTheirNamesAlone) {
  std::string pattern = (fs::temp_directory_path() / "sslx-names-XXXXXX").string();
  const fs::path folder = mkdtemp(pattern.data());
  EXPECT_EQ(checkpoint_name("pretrain", 1200), "checkpoint-pretrain-1200.safetensors");
  for (const std::string& name :
       {checkpoint_name("pretrain", 9), checkpoint_name("finetune_0.5pct", 100),
        checkpoint_name("pretrain", 12), std::string("weights.safetensors"),
        std::string("checkpoint-.safetensors"), std::string("checkpoint-a-.safetensors"),
        std::string("checkpoint-a-1x.safetensors"), std::string("checkpoint-a-1.safetensors.part"),
        std::string("checkpoint-a-99999999999999999999.safetensors")}) {
    std::ofstream(folder / name) << "x";
  }
  const std::vector<CheckpointFile> found = checkpoint_files(folder);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].stage, "finetune_0.5pct");
  EXPECT_EQ(found[0].step, 100);
  EXPECT_EQ(found[0].file, folder / "checkpoint-finetune_0.5pct-100.safetensors");
  EXPECT_EQ(found[1].step, 12);
  EXPECT_EQ(found[2].step, 9);
  EXPECT_TRUE(checkpoint_files(folder / "gone").empty());
  fs::remove_all(folder);
}

}  // namespace
}  // namespace sslx::train
