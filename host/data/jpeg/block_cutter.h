// Takes units out of the entropy-coded data of a JPEG file and puts them together to other such
// data, bit for bit but for the first coefficients that lose what they refer to. Private to
// host/data/jpeg.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "host/data/jpeg/bit_writer.h"
#include "host/data/jpeg/block_starts.h"
#include "host/data/jpeg/dc_code.h"
#include "host/data/jpeg/marks.h"

namespace sslx::data {

using Means = std::array<int64_t, MAX_COMPS_IN_SCAN>;

/// Units that follow each other in the file and whose blocks' places are known.
struct Run {
  int64_t unit;  ///< The first one's number,
  Means means;   ///< and what its components' first coefficients refer to.
  std::vector<uint32_t> starts;
};

/// Puts blocks of one stream of entropy-coded data together to another.
class Cutter {
 public:
  /// The marks of the units that it passes are added to those there are; null: to none.
  Cutter(const EntropyData& data, const std::vector<BlockKind>& kinds, JpegMarks* marks)
      : data_(data), kinds_(kinds), marks_(marks) {}

  /// Codes for the first coefficients of each component; false where that cannot be.
  bool use_codes(const jpeg_decompress_struct& header) {
    for (int i = 0; i < header.comps_in_scan; ++i) {
      const int number = header.cur_comp_info[i]->dc_tbl_no;
      const std::optional<DcCode> code = DcCode::of(*header.dc_huff_tbl_ptrs[number]);
      if (!code) return false;
      segments += code->segment(number);
      codes_.push_back(*code);
    }
    return true;
  }

  /// Units `first` to `last` (not included) of the file come next: the places of the first one are
  /// in one run, and that of the last one in the same or another.
  bool put_units(int64_t first, int64_t last, const Run& at_first, const Run& at_last) {
    enter(at_first);
    if (!put_first_unit(first)) return false;
    const size_t from = start(first + 1);
    enter(at_last);
    pass_to(last);
    if (start(last) < from) return false;  // The marks are of another file.
    out_.copy(data_, from, start(last));
    written_ = means_;
    return true;
  }

  /// From unit `first` to the end of the data.
  bool put_rest(int64_t first, const Run& at_first) {
    enter(at_first);
    if (!put_first_unit(first)) return false;
    out_.copy(data_, start(first + 1), data_.bits());
    return true;
  }

  std::string stuffed() { return out_.stuffed(); }

  std::string segments;

 private:
  void enter(const Run& run) {
    if (run_ == &run) return;
    run_ = &run;
    passed_ = run.unit;
    means_ = run.means;
  }

  /// The number of a unit's first block in the run.
  size_t block_of(int64_t unit) const {
    return static_cast<size_t>(unit - run_->unit) * kinds_.size();
  }
  size_t start(int64_t unit) const { return run_->starts[block_of(unit)]; }

  /// Adds up the difference that begins block `block`, which is of this kind; the result is
  /// where its other codes begin.
  size_t add_mean(size_t block, const BlockKind& kind) {
    const size_t from = run_->starts[block];
    uint64_t took = 0;
    means_[kind.component] += kind.first->difference(data_.at(from), took);
    return from + took;
  }

  void mark(int64_t unit) {
    if (marks_ == nullptr || unit != marks_->spacing * static_cast<int64_t>(marks_->list.size())) {
      return;
    }
    JpegMark next{static_cast<uint32_t>(data_.stuffed(start(unit)))};
    for (size_t c = 0; c < means_.size(); ++c) next.means[c] = static_cast<int16_t>(means_[c]);
    if (std::ranges::equal(next.means, means_)) marks_->list.push_back(next);
  }

  void pass_to(int64_t unit) {
    size_t block = block_of(passed_);
    for (; passed_ < unit; ++passed_) {
      mark(passed_);
      for (const BlockKind& kind : kinds_) add_mean(block++, kind);
    }
    mark(passed_);
  }

  /// Only a component's first block refers to one that may not be there any more.
  bool put_first_unit(int64_t unit) {
    pass_to(unit);
    size_t block = block_of(passed_++);
    size_t components = 0;
    for (const BlockKind& kind : kinds_) {
      size_t from = run_->starts[block];
      const size_t others = add_mean(block++, kind);
      const size_t c = kind.component;
      if (c == components) {
        ++components;
        from = others;
        if (!codes_[c].put(means_[c] - written_[c], out_)) return false;
      }
      out_.copy(data_, from, run_->starts[block]);
    }
    return true;
  }

  const EntropyData& data_;
  const std::vector<BlockKind>& kinds_;
  JpegMarks* marks_;
  const Run* run_ = nullptr;
  std::vector<DcCode> codes_;
  BitWriter out_;
  int64_t passed_ = 0;  ///< Units before this one are added up in means_.
  Means means_{};       ///< Of each component's last block, in the file
  Means written_{};     ///< and in what was written.
};

}  // namespace sslx::data
