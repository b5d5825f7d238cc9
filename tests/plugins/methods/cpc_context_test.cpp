// What a CPC context may see: nothing below its row, whichever side the grid is seen from.
#include <gtest/gtest.h>

#include "plugins/methods/cpc_context.h"

namespace {

using torch::Tensor;

constexpr int64_t kContextGrid = 5;

/// The grid's place that comes at row `r` and column `c` when it is seen from the side.
std::pair<int64_t, int64_t> place_from(int64_t side, int64_t r, int64_t c) {
  const int64_t last = kContextGrid - 1;
  if (side == 0) return {r, c};
  if (side == 1) return {last - r, last - c};
  if (side == 2) return {last - c, r};
  return {c, last - r};
}

TEST(CpcContext, SeesNoRowBehindItsOwnFromAnySide) {
  torch::manual_seed(1);
  auto network = sslx::cpc::context_network(3, 4, 3);
  const Tensor grid = torch::randn({2, 3, kContextGrid, kContextGrid});
  for (int64_t side = 0; side < 4; ++side) {
    const Tensor before = network->forward(sslx::cpc::seen_from(grid, side));
    for (int64_t r = 0; r < kContextGrid; ++r) {
      const auto [row, column] = place_from(side, r, 2);
      Tensor other = grid.clone();
      other.index({torch::indexing::Slice(), torch::indexing::Slice(), row, column}).add_(1);
      const Tensor changed =
          network->forward(sslx::cpc::seen_from(other, side)).ne(before).any(1).any(0).any(1);
      // Rows before r are the same to the bit; its own has changed.
      for (int64_t seen = 0; seen < r; ++seen) EXPECT_FALSE(changed[seen].item<bool>());
      EXPECT_TRUE(changed[r].item<bool>()) << "from side " << side << ", row " << r;
    }
  }
}

TEST(CpcContext, SeesTheRowsBeforeItsOwn) {
  torch::manual_seed(1);
  // Three layers reach three rows up.
  auto network = sslx::cpc::context_network(3, 16, 3);
  const Tensor grid = torch::randn({1, 3, kContextGrid, kContextGrid}).requires_grad_();
  network->forward(grid).select(2, 3).sum().backward();
  const Tensor seen = grid.grad().abs().amax({0, 1, 3});
  for (int64_t r = 0; r < kContextGrid; ++r) EXPECT_EQ(seen[r].item<double>() > 0, r <= 3) << r;
}

}  // namespace
