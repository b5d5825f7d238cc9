#include "host/data/jpeg/block_starts.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace sslx::data {
namespace {

constexpr size_t kChains = 4;
constexpr size_t kStepsInTurn = 2;  // Two codes of 31 bits at most, and the next 16: one load.
constexpr size_t kTurnsInRound = 32;
constexpr size_t kStepsInRound = kStepsInTurn * kTurnsInRound;
static_assert(kStepsInRound * 31 < EntropyData::kBeyond);

/// What comes next: the first coefficient of one of a unit's blocks, or another one of it.
struct State {
  const HuffmanSteps* steps;
  const State* next[2];  ///< Within the block, and after its end.
};

std::vector<State> states_of(const std::vector<BlockKind>& kinds) {
  std::vector<State> out(2 * kinds.size());
  for (size_t i = 0; i < kinds.size(); ++i) {
    const State* others = &out[2 * i + 1];
    const State* next = &out[2 * (i + 1) % out.size()];
    out[2 * i] = {kinds[i].first.get(), {others, others}};
    out[2 * i + 1] = {kinds[i].others.get(), {others, next}};
  }
  return out;
}

struct Chain {
  size_t bit = 0;
  uint64_t place = 0;  ///< In the block.
  const State* state = nullptr;
  std::vector<uint32_t> ends;  ///< Of the blocks passed; the first `count` are.
  size_t count = 0;
  size_t good_from = 0;  ///< The first one after which every code was one.
  bool over = false;     ///< Came to the end of the data.

  void go_from(size_t first_bit, const State* first) {
    bit = first_bit;
    place = count = good_from = 0;
    state = first;
    over = false;
  }
  void make_room() {
    if (ends.size() < count + kStepsInRound + 1) ends.resize(2 * ends.size() + kStepsInRound + 1);
  }
  /// What went beyond the data is none of theirs.
  void stay_within(size_t bits) {
    if (bit <= bits) return;
    over = true;
    bit = bits;
    while (count > 0 && ends[count - 1] > bits) --count;
  }
};

/// A code that is too long for the table, or of which several do not belong to one block.
[[gnu::noinline]] Step rare_step(const State& state, uint64_t bits, size_t count,
                                 size_t& good_from) {
  const Step one = state.steps->one(bits);
  if (one.bits() > 0) return one;
  good_from = count + 1;
  return {1, 0, 0};
}

/// No branch depends on the data but the rare one: a block ends after any number of steps, and to
/// guess wrong costs as much as several steps.
SSLX_INLINE void turn(Chain& chain, const char* data) {
  size_t bit = chain.bit;
  uint64_t place = chain.place;
  const State* state = chain.state;
  uint32_t* const ends = chain.ends.data();
  size_t count = chain.count;
  uint64_t bits = load_bits(data + (bit >> 3U)) << (bit & 7U);
  for (size_t i = 0; i < kStepsInTurn; ++i) {
    Step step = state->steps->step(bits);
    if (place + step.before() >= HuffmanSteps::kBlock) [[unlikely]] {
      step = rare_step(*state, bits, count, chain.good_from);
    }
    bit += step.bits();
    bits <<= step.bits();
    place += step.places();
    const uint64_t ended = place / HuffmanSteps::kBlock;  // 0 or 1
    ends[count] = static_cast<uint32_t>(bit);
    count += ended;
    place &= ended - 1;
    state = state->next[ended];
  }
  chain.bit = bit;
  chain.place = place;
  chain.state = state;
  chain.count = count;
}

SSLX_MULTIVERSION void round_of_all(Chain* chains, const char* data) {
  for (size_t i = 0; i < kTurnsInRound; ++i) {
#pragma GCC unroll 8
    for (size_t k = 0; k < kChains; ++k) turn(chains[k], data);
  }
}

SSLX_MULTIVERSION void round_of_one(Chain& chain, const char* data) {
  for (size_t i = 0; i < kTurnsInRound; ++i) turn(chain, data);
}

/// The chains from the beginnings of equal stretches to the next one's, or further.
std::vector<Chain> run_all(const EntropyData& data, const State* state, size_t bits,
                           size_t blocks) {
  std::vector<Chain> out(kChains);
  for (size_t k = 0; k < kChains; ++k) {
    out[k].go_from(bits * k / kChains, state);
    out[k].ends.resize(2 * blocks / kChains);
  }
  bool done = false;
  while (!done) {
    for (Chain& chain : out) chain.make_room();
    round_of_all(out.data(), data.bytes());
    done = true;
    for (size_t k = 0; k < kChains; ++k) {
      out[k].stay_within(data.bits());
      done = done && out[k].bit >= bits * (k + 1) / kChains;
    }
  }
  return out;
}

/// The chain of which it is known that it is right: what was taken of it, and what will be.
class Path {
 public:
  Path(const EntropyData& data, size_t kinds, Chain& first)
      : data_(data), kinds_(kinds), chain_(&first) {
    take();
  }

  /// Goes on until the path is known up to this bit.
  bool reach(size_t bit) {
    while (starts.back() < bit) {
      if (!advance()) return false;
    }
    return true;
  }
  bool reach_count(size_t count) {
    while (starts.size() < count) {
      if (!advance()) return false;
    }
    return true;
  }

  /// Changes to `other`, which began at `from`, where the two meet. That may be never.
  void meet(Chain& other, size_t from) {
    if (!reach(from)) return;
    auto mine = static_cast<size_t>(std::ranges::lower_bound(starts, from) - starts.begin());
    for (size_t theirs = other.good_from; theirs < other.count; ++theirs) {
      if (!reach(other.ends[theirs])) return;
      while (starts[mine] < other.ends[theirs]) ++mine;
      // The path's first block begins at bit 0, the other chain's second one where its first ends.
      if (starts[mine] != other.ends[theirs] || mine % kinds_ != (theirs + 1) % kinds_) continue;
      starts.resize(mine + 1);
      chain_ = &other;
      taken_ = theirs + 1;
      take();
      return;
    }
  }

  std::vector<uint32_t> starts{0};

 private:
  bool take() {
    if (chain_->good_from > taken_) return false;
    starts.insert(starts.end(), chain_->ends.begin() + static_cast<std::ptrdiff_t>(taken_),
                  chain_->ends.begin() + static_cast<std::ptrdiff_t>(chain_->count));
    taken_ = chain_->count;
    return true;
  }

  bool advance() {
    if (chain_->over || chain_->good_from > taken_) return false;
    chain_->make_room();
    round_of_one(*chain_, data_.bytes());
    chain_->stay_within(data_.bits());
    return take();
  }

  const EntropyData& data_;
  size_t kinds_;
  Chain* chain_;
  size_t taken_ = 0;
};

}  // namespace

EntropyData::EntropyData(std::string_view stuffed) {
  bytes_.reserve(stuffed.size() + kBeyond / 8 + 16);
  while (!stuffed.empty()) {
    const void* found = std::memchr(stuffed.data(), 0xFF, stuffed.size());
    if (found == nullptr) break;
    const auto at = static_cast<size_t>(static_cast<const char*>(found) - stuffed.data());
    if (at + 1 >= stuffed.size() || stuffed[at + 1] != 0) {  // A marker.
      stuffed = stuffed.substr(0, at);
      break;
    }
    bytes_.append(stuffed.data(), at + 1);
    zeros_.push_back(bytes_.size() + zeros_.size());
    after_zeros_.push_back(bytes_.size());
    stuffed.remove_prefix(at + 2);
  }
  bytes_.append(stuffed);
  bits_ = 8 * bytes_.size();
  bytes_.append(kBeyond / 8 + 16, '\0');
}

size_t EntropyData::stuffed(size_t bit) const {
  const auto zeros = std::ranges::upper_bound(after_zeros_, bit / 8) - after_zeros_.begin();
  return bit + 8 * static_cast<size_t>(zeros);
}

size_t EntropyData::unstuffed(size_t bit) const {
  const auto zeros = std::ranges::lower_bound(zeros_, bit / 8) - zeros_.begin();
  return bit - 8 * static_cast<size_t>(zeros);
}

std::vector<uint32_t> block_starts(const EntropyData& data, const std::vector<BlockKind>& kinds,
                                   size_t count, size_t bits_expected) {
  if (data.bits() > UINT32_MAX) return {};
  const std::vector<State> states = states_of(kinds);
  const size_t bits = std::min(bits_expected, data.bits());
  std::vector<Chain> chains = run_all(data, states.data(), bits, count);
  Path path(data, kinds.size(), chains[0]);
  for (size_t k = 1; k < kChains && path.starts.size() <= count; ++k) {
    path.meet(chains[k], bits * k / kChains);
  }
  if (!path.reach_count(count + 1)) return {};
  path.starts.resize(count + 1);
  return std::move(path.starts);
}

std::vector<std::vector<uint32_t>> block_starts(const EntropyData& data,
                                                const std::vector<BlockKind>& kinds,
                                                const std::vector<KnownUnit>& units) {
  if (data.bits() > UINT32_MAX || units.empty()) return {};
  const std::vector<State> states = states_of(kinds);
  std::vector<std::vector<uint32_t>> out(units.size());
  std::vector<Chain> chains(kChains);
  std::array<size_t, kChains> of{};  // The stretch that each chain is in.
  size_t begun = 0;
  // A chain that is left over goes along the first stretch again.
  const auto begin = [&](size_t k) {
    of[k] = begun++;
    chains[k].go_from(units[of[k] < units.size() ? of[k] : 0].bit, states.data());
  };
  for (size_t k = 0; k < kChains; ++k) begin(k);
  for (size_t done = 0; done < units.size();) {
    for (Chain& chain : chains) chain.make_room();
    round_of_all(chains.data(), data.bytes());
    for (size_t k = 0; k < kChains; ++k) {
      Chain& chain = chains[k];
      if (of[k] >= units.size()) {
        begin(k);
        continue;
      }
      const auto [from, blocks] = units[of[k]];
      chain.stay_within(data.bits());
      if (chain.good_from > 0 || (chain.over && chain.count < blocks)) return {};
      if (chain.count < blocks) continue;
      std::vector<uint32_t>& starts = out[of[k]];
      starts.push_back(static_cast<uint32_t>(from));
      starts.insert(starts.end(), chain.ends.begin(),
                    chain.ends.begin() + static_cast<std::ptrdiff_t>(blocks));
      ++done;
      begin(k);
    }
  }
  return out;
}

}  // namespace sslx::data
