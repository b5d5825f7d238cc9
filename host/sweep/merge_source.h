// What `sslx merge` is given: another record's database, or another home, or its folder of runs. Of
// a folder the journals are the truth, as at home: its runs' small files are copied under ours.
// What comes from a database alone is kept as runs/merged/<SHA-256>.db and named in
// runs/record.jsonl, so that the record can be made again from runs/. Nothing there is written to;
// nothing here is changed where the two contradict, which is Error(kInput).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/record/merge.h"

namespace sslx::sweep {

struct MergedSource {
  record::MergeNews news;
  size_t folders = 0;              ///< Runs whose files were copied.
  std::vector<std::string> notes;  ///< Runs that cannot be taken in, and why.
};

struct MergeOptions {
  std::filesystem::path runs;    ///< This home's.
  std::filesystem::path source;  ///< A database, a home or its runs.
  std::string name = "";         ///< What the source is called; "": by its path.
  bool weights = false;          ///< The tensors in the runs' folders, too.
};

MergedSource merge_source(record::Database& database, const MergeOptions& options);

}  // namespace sslx::sweep
