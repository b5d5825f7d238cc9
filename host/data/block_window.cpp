#include "host/data/block_window.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "host/data/bit_writer.h"
#include "host/data/block_starts.h"
#include "host/data/dc_code.h"
#include "host/data/jpeg_frame.h"

namespace sslx::data {
namespace {

constexpr size_t kMostKinds = 10;  // Blocks of a unit, by the standard.

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
  /// Units up to the last one whose place must be known.
  int64_t known() const {
    return whole_rows() ? rows.first * across + 1 : (rows.last - 1) * across + columns.last;
  }
  /// To step over a byte costs a quarter of decoding it. A new file costs as much as to step over
  /// 20,000 bytes, tables for codes that are not the usual ones twice that.
  bool pays(double bytes_a_unit, bool usual_codes) const {
    const int64_t kept = (rows.last - rows.first) * (columns.last - columns.first);
    const int64_t saved = rows.last * across - kept;
    const double price = usual_codes ? 20'000 : 60'000;
    return static_cast<double>(4 * saved - known()) * bytes_a_unit > price;
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

/// Puts blocks of one stream of entropy-coded data together to another.
class Cutter {
 public:
  Cutter(const EntropyData& data, const std::vector<BlockKind>& kinds,
         const std::vector<uint32_t>& starts)
      : data_(data), kinds_(kinds), starts_(starts) {}

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

  /// Units `first` to `last` (not included) of the file come next.
  bool put_units(size_t first, size_t last) {
    if (!put_first_unit(first)) return false;
    out_.copy(data_, starts_[(first + 1) * kinds_.size()], starts_[last * kinds_.size()]);
    pass_to(last);
    written_ = means_;
    return true;
  }

  /// From unit `first` to the end of the file.
  bool put_rest(size_t first) {
    if (!put_first_unit(first)) return false;
    out_.copy(data_, starts_[(first + 1) * kinds_.size()], data_.bits());
    return true;
  }

  std::string stuffed() { return out_.stuffed(); }

  std::string segments;

 private:
  using Means = std::array<int64_t, MAX_COMPS_IN_SCAN>;

  /// Adds up the difference that begins block `block`, which is of this kind; the result is
  /// where its other codes begin.
  size_t add_mean(size_t block, const BlockKind& kind) {
    uint64_t took = 0;
    means_[kind.component] += kind.first->difference(data_.at(starts_[block]), took);
    return starts_[block] + took;
  }

  void pass_to(size_t unit) {
    size_t block = passed_ * kinds_.size();
    for (; passed_ < unit; ++passed_) {
      for (const BlockKind& kind : kinds_) add_mean(block++, kind);
    }
  }

  /// Only a component's first block refers to one that may not be there any more.
  bool put_first_unit(size_t unit) {
    pass_to(unit);
    size_t block = passed_++ * kinds_.size();
    size_t components = 0;
    for (const BlockKind& kind : kinds_) {
      size_t from = starts_[block];
      const size_t others = add_mean(block++, kind);
      const size_t c = kind.component;
      if (c == components) {
        ++components;
        from = others;
        if (!codes_[c].put(means_[c] - written_[c], out_)) return false;
      }
      out_.copy(data_, from, starts_[block]);
    }
    return true;
  }

  const EntropyData& data_;
  const std::vector<BlockKind>& kinds_;
  const std::vector<uint32_t>& starts_;
  std::vector<DcCode> codes_;
  BitWriter out_;
  size_t passed_ = 0;  ///< Units whose means are added up.
  Means means_{};      ///< Of each component's last block, in the file
  Means written_{};    ///< and in what was written.
};

bool put_plan(const Plan& plan, Cutter& cutter) {
  const auto unit = [&](int64_t row, int64_t column) {
    return static_cast<size_t>(row * plan.across + column);
  };
  if (plan.whole_rows()) return cutter.put_rest(unit(plan.rows.first, 0));
  for (int64_t row = plan.rows.first; row < plan.rows.last; ++row) {
    if (!cutter.put_units(unit(row, plan.columns.first), unit(row, plan.columns.last))) {
      return false;
    }
  }
  return true;
}

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
                                         const jpeg_decompress_struct& header,
                                         const Region& region) {
  const std::optional<JpegFrame> frame = jpeg_frame(bytes);
  if (!frame || frame->interval > 0 || header.comps_in_scan != frame->components ||
      region.top + region.height > frame->height || region.left + region.width > frame->width) {
    return std::nullopt;
  }
  const Plan plan(*frame, region);
  const auto units = static_cast<double>(frame->units_across() * frame->units_down());
  const std::vector<Codes> codes = codes_of(header);
  if (!plan.pays(static_cast<double>(bytes.size() - frame->data_at) / units, usual(codes))) {
    return std::nullopt;
  }
  const std::vector<BlockKind> kinds = kinds_of(header, codes);
  if (kinds.empty()) return std::nullopt;
  const EntropyData data(bytes.substr(frame->data_at));
  const auto known = static_cast<size_t>(plan.known());
  const double part = static_cast<double>(known) / units;
  const std::vector<uint32_t> starts =
      block_starts(data, kinds, known * kinds.size(),
                   static_cast<size_t>(part * static_cast<double>(data.bits())));
  Cutter cutter(data, kinds, starts);
  if (starts.empty() || !cutter.use_codes(header) || !put_plan(plan, cutter)) return std::nullopt;
  return put_together(bytes, *frame, plan, cutter);
}

}  // namespace sslx::data
