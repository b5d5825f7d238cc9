#include "host/data/jpeg/block_window.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "host/data/jpeg/block_cutter.h"
#include "host/data/jpeg/block_starts.h"
#include "host/data/jpeg/frame.h"

namespace sslx::data {
namespace {

constexpr size_t kMostKinds = 10;  // Blocks of a unit, by the standard.

/// Units from `first` to `last`, which is not one of them.
struct Stretch {
  int64_t first;
  int64_t last;
};

/// Which units of the file become the window's.
struct Plan {
  Plan(const JpegFrame& frame, const Region& region)
      : across(frame.units_across()),
        rows(region.top, region.height, frame.unit_height),
        columns(region.left, region.width, frame.unit_width) {
    // To take units beside the region along costs less than to step over whole rows.
    if (4 * (columns.last - columns.first) > 3 * across) columns = UnitSpan(0, across, 1);
  }

  bool whole_rows() const { return columns.last - columns.first == across; }
  /// What the window takes: all rows at once, of which only the first unit has to be known, as the
  /// rest is copied to the end of the data; or a part of each row.
  std::vector<Stretch> stretches() const {
    const int64_t begin = rows.first * across + columns.first;
    if (whole_rows()) return {{begin, begin + 1}};
    std::vector<Stretch> out;
    for (int64_t row = 0; row < rows.last - rows.first; ++row) {
      out.push_back({begin + row * across, begin + row * across + columns.last - columns.first});
    }
    return out;
  }
  /// To step over a byte costs a quarter of decoding it. A new file costs as much as to step over
  /// 20,000 bytes, tables for codes that are not the usual ones twice that.
  bool pays(int64_t stepped_over, double bytes_a_unit, bool usual_codes) const {
    const int64_t kept = (rows.last - rows.first) * (columns.last - columns.first);
    const int64_t saved = rows.last * across - kept;
    const double price = usual_codes ? 20'000 : 60'000;
    return static_cast<double>(4 * saved - stepped_over) * bytes_a_unit > price;
  }

  int64_t across;
  UnitSpan rows;
  UnitSpan columns;
};

/// The Huffman codes of a component.
struct Codes {
  const JHUFF_TBL* first;
  const JHUFF_TBL* others;
  bool operator==(const Codes&) const = default;
};

/// Of each component; none when one has none.
std::vector<Codes> codes_of(const jpeg_decompress_struct& header) {
  const auto missing = [](int number) { return number < 0 || number >= NUM_HUFF_TBLS; };
  std::vector<Codes> out;
  for (int i = 0; i < header.comps_in_scan; ++i) {
    const jpeg_component_info& info = *header.cur_comp_info[i];
    if (missing(info.dc_tbl_no) || missing(info.ac_tbl_no)) return {};
    out.push_back(
        {header.dc_huff_tbl_ptrs[info.dc_tbl_no], header.ac_huff_tbl_ptrs[info.ac_tbl_no]});
    if (out.back().first == nullptr || out.back().others == nullptr) return {};
  }
  return out;
}

bool usual(const std::vector<Codes>& codes) {
  return std::ranges::all_of(codes, [](const Codes& of) {
    return usual_steps(*of.first, true) && usual_steps(*of.others, false);
  });
}

/// The blocks of a unit; none when libjpeg would refuse the file, too.
std::vector<BlockKind> kinds_of(const jpeg_decompress_struct& header,
                                const std::vector<Codes>& codes) {
  std::vector<BlockKind> out;
  for (size_t i = 0; i < codes.size(); ++i) {
    const auto twin = static_cast<size_t>(std::ranges::find(codes, codes[i]) - codes.begin());
    const auto made = std::ranges::find(out, twin, &BlockKind::component);
    BlockKind kind = made != out.end() ? *made
                                       : BlockKind{i, huffman_steps(*codes[i].first, true),
                                                   huffman_steps(*codes[i].others, false)};
    kind.component = i;
    if (!kind.first->sound() || !kind.others->sound()) return {};
    const jpeg_component_info& info = *header.cur_comp_info[i];
    const int count = codes.size() == 1 ? 1 : info.h_samp_factor * info.v_samp_factor;
    out.insert(out.end(), static_cast<size_t>(count), kind);
  }
  return out.size() > kMostKinds ? std::vector<BlockKind>() : out;
}

/// What a window's units are read from: the file's data from their beginning on, or from the marks
/// before each stretch's first unit and its end.
class UnitSource {
 public:
  /// `marks` may be null, and is emptied when it is another file's.
  UnitSource(const Plan& plan, size_t file_bytes, JpegMarks* marks) : stretches_(plan.stretches()) {
    if (marks == nullptr) return;
    if (marks->file_bytes != file_bytes) *marks = {file_bytes, marks->spacing, {}};
    if (stretches_.back().last / marks->spacing >= static_cast<int64_t>(marks->list.size())) return;
    marks_ = marks;
    for (const auto& [first, last] : stretches_) {
      const bool near = is_near(first, last);
      marked_.push_back({unit_of(mark_before(first)), near ? last : first + 1});
      if (!near) marked_.push_back({unit_of(mark_before(last)), last});
    }
  }

  bool marked() const { return marks_ != nullptr; }

  /// Units that have to be stepped over, or along.
  int64_t steps() const {
    if (!marked()) return stretches_.back().last;
    int64_t out = 0;
    for (const auto& [first, last] : marked_) out += last - first;
    return out;
  }

  /// Of the file's data, those that are read; up to unit `end`.
  std::string_view part_of(std::string_view data, int64_t end) const {
    if (!marked()) return data;
    const size_t last = mark_before(end + marks_->spacing - 1);
    // A byte of 0xFF has a zero after it.
    if (last < marks_->list.size()) data = data.substr(0, marks_->list[last].bit / 8 + 2);
    return data.substr(std::min(begin(), data.size()));
  }

  /// Where the units' blocks are; false where the data are damaged. The file has `units` of them.
  bool find(const EntropyData& data, const std::vector<BlockKind>& kinds, double units) {
    if (marked()) return find_from_marks(data, kinds);
    const auto blocks = static_cast<size_t>(steps()) * kinds.size();
    const double part = static_cast<double>(steps()) / units;
    const auto bits = static_cast<size_t>(part * static_cast<double>(data.bits()));
    runs_.push_back({0, {}, block_starts(data, kinds, blocks, bits)});
    return !runs_[0].starts.empty();
  }

  /// Puts them all.
  bool put(bool whole_rows, Cutter& cutter) const {
    auto run = runs_.begin();
    for (const auto& [first, last] : stretches_) {
      const Run& at_first = *run;
      if (marked() && !is_near(first, last)) ++run;
      const bool put = whole_rows ? cutter.put_rest(first, at_first)
                                  : cutter.put_units(first, last, at_first, *run);
      if (!put) return false;
      if (marked()) ++run;
    }
    return true;
  }

 private:
  size_t mark_before(int64_t unit) const { return static_cast<size_t>(unit / marks_->spacing); }
  int64_t unit_of(size_t mark) const { return static_cast<int64_t>(mark) * marks_->spacing; }
  size_t begin() const { return marks_->list[mark_before(stretches_[0].first)].bit / 8; }
  /// The steps from the mark before unit `first` reach the next one: then they go on to `last`.
  bool is_near(int64_t first, int64_t last) const { return last - first <= marks_->spacing; }

  bool find_from_marks(const EntropyData& data, const std::vector<BlockKind>& kinds) {
    std::vector<KnownUnit> units;
    for (const auto& [first, last] : marked_) {
      const JpegMark& mark = marks_->list[mark_before(first)];
      units.push_back({data.unstuffed(mark.bit - 8 * begin()),
                       static_cast<size_t>(last - first) * kinds.size()});
      if (units.back().bit > data.bits()) return false;
      runs_.push_back({first, {}, {}});
      std::ranges::copy(mark.means, runs_.back().means.begin());
    }
    std::vector<std::vector<uint32_t>> starts = block_starts(data, kinds, units);
    for (size_t i = 0; i < starts.size(); ++i) runs_[i].starts = std::move(starts[i]);
    return !starts.empty();
  }

  std::vector<Stretch> stretches_;
  const JpegMarks* marks_ = nullptr;
  std::vector<Stretch> marked_;  ///< From a mark on, a run each.
  std::vector<Run> runs_;
};

JpegWindow put_together(std::string_view bytes, const JpegFrame& frame, const Plan& plan,
                        Cutter& cutter) {
  JpegWindow out{{}, plan.rows.first * frame.unit_height, plan.columns.first * frame.unit_width};
  const std::string data = cutter.stuffed();
  out.bytes.reserve(frame.data_at + cutter.segments.size() + data.size() + 8192);
  out.bytes = bytes.substr(0, frame.scan_at);
  put_pair(out.bytes, frame.size_at,
           std::min(plan.rows.last * frame.unit_height, frame.height) - out.top);
  put_pair(out.bytes, frame.size_at + 2,
           std::min(plan.columns.last * frame.unit_width, frame.width) - out.left);
  out.bytes += cutter.segments;
  out.bytes += bytes.substr(frame.scan_at, frame.data_at - frame.scan_at);
  out.bytes += data;
  end_image(out.bytes);
  return out;
}

}  // namespace

std::optional<JpegWindow> step_to_window(std::string_view bytes,
                                         const jpeg_decompress_struct& header, const Region& region,
                                         JpegMarks* marks) {
  const std::optional<JpegFrame> frame = jpeg_frame(bytes);
  if (!frame || frame->interval > 0 || header.comps_in_scan != frame->components ||
      region.top + region.height > frame->height || region.left + region.width > frame->width) {
    return std::nullopt;
  }
  const Plan plan(*frame, region);
  UnitSource source(plan, bytes.size(), marks);
  const auto units = static_cast<double>(frame->units_across() * frame->units_down());
  const std::vector<Codes> codes = codes_of(header);
  const std::string_view stuffed = bytes.substr(frame->data_at);
  if (!plan.pays(source.steps(), static_cast<double>(stuffed.size()) / units, usual(codes))) {
    return std::nullopt;
  }
  const std::vector<BlockKind> kinds = kinds_of(header, codes);
  if (kinds.empty()) return std::nullopt;
  const EntropyData data(source.part_of(stuffed, plan.rows.last * plan.across));
  Cutter cutter(data, kinds, source.marked() ? nullptr : marks);
  if (!source.find(data, kinds, units) || !cutter.use_codes(header) ||
      !source.put(plan.whole_rows(), cutter)) {
    return std::nullopt;
  }
  return put_together(bytes, *frame, plan, cutter);
}

}  // namespace sslx::data
