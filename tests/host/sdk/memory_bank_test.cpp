// The memory bank: what it is at first, which rows an update touches, what Z is, and that its
// negatives go on from a saved state.
#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>
#include <sslx/memory_bank.h>

#include <cmath>

namespace {

using sslx::MemoryBank;
using torch::Tensor;

sslx::MemoryBankOptions options(bool softmax, int64_t negatives) {
  sslx::MemoryBankOptions out;
  out.images = 40;
  out.width = 8;
  out.temperature = 0.5;
  out.softmax = softmax;
  out.negatives = negatives;
  return out;
}

MemoryBank bank_of(bool softmax, int64_t negatives, uint64_t seed = 7) {
  return MemoryBank(options(softmax, negatives), at::detail::createCPUGenerator(seed));
}

Tensor buffer(const MemoryBank& bank, const std::string& name) {
  return bank->named_buffers()[name].clone();
}

struct Seen {
  Tensor features;
  Tensor indices;
};
Seen seen() {
  torch::manual_seed(3);
  return {torch::randn({3, 8}), torch::tensor({5, 0, 39})};
}

TEST(MemoryBank, BeginsWithRowsOfALengthAboutOne) {
  sslx::MemoryBankOptions large = options(true, 0);
  large.images = 2000;
  large.width = 128;
  MemoryBank bank(large, at::detail::createCPUGenerator(1));
  const Tensor rows = buffer(bank, "rows");
  EXPECT_LE(rows.abs().max().item<double>(), 1 / std::sqrt(128.0 / 3));
  EXPECT_NEAR(rows.norm(2, 1).mean().item<double>(), 1, 0.01);
}

TEST(MemoryBank, UpdatesTheRowsOfItsImagesAlone) {
  MemoryBank bank = bank_of(true, 0);
  const Tensor before = buffer(bank, "rows");
  const auto [features, indices] = seen();
  bank->update(features, indices);
  const Tensor after = buffer(bank, "rows");
  for (int64_t row = 0; row < 40; ++row) {
    const Tensor place = (indices == row).nonzero();
    if (place.numel() == 0) {
      EXPECT_TRUE(after[row].equal(before[row])) << row;
      continue;
    }
    const Tensor f = features[place.item<int64_t>()];
    const Tensor mixed = 0.5 * before[row] + 0.5 * f / f.norm();
    EXPECT_LT((after[row] - mixed / mixed.norm()).abs().max().item<double>(), 1e-6) << row;
  }
}

TEST(MemoryBank, DrawsItsOwnImageFirstAndOthersEachTime) {
  MemoryBank bank = bank_of(false, 200);
  const Tensor indices = seen().indices;
  const Tensor first = bank->draw(indices);
  EXPECT_EQ(first.sizes(), (std::vector<int64_t>{3, 201}));
  EXPECT_TRUE(first.select(1, 0).equal(indices));
  EXPECT_EQ(first.min().item<int64_t>(), 0);
  EXPECT_EQ(first.max().item<int64_t>(), 39);
  EXPECT_FALSE(bank->draw(indices).equal(first));
}

TEST(MemoryBank, FixesItsNormaliserOnTheFirstBatch) {
  MemoryBank bank = bank_of(false, 16);
  const auto [features, indices] = seen();
  const Tensor candidates = bank_of(false, 16)->draw(indices);  // The first draw of this seed.
  bank->score(features, indices);
  const Tensor drawn = buffer(bank, "rows").index_select(0, candidates.flatten()).view({3, 17, 8});
  const Tensor unit = features / features.norm(2, 1, true);
  const Tensor scores = (drawn * unit.unsqueeze(1)).sum(2) / 0.5;
  const double z = scores.exp().mean().item<double>() * 40;
  EXPECT_NEAR(buffer(bank, "normaliser").item<double>(), z, 1e-4);
  bank->score(-features, indices);
  EXPECT_NEAR(buffer(bank, "normaliser").item<double>(), z, 1e-4);
}

TEST(MemoryBank, LeavesItsNormaliserAloneInEvaluation) {
  MemoryBank bank = bank_of(false, 16);
  bank->eval();
  EXPECT_TRUE(bank->score(seen().features, seen().indices).value.isfinite().item<bool>());
  EXPECT_EQ(buffer(bank, "normaliser").item<double>(), 0);
}

TEST(MemoryBank, ScoresEveryImageWithoutNegatives) {
  MemoryBank bank = bank_of(true, 0);
  const auto [features, indices] = seen();
  const Tensor unit = features / features.norm(2, 1, true);
  const Tensor scores = (torch::mm(unit, buffer(bank, "rows").t()) / 0.5).exp();
  double expected = 0;
  for (int64_t i = 0; i < 3; ++i) {
    expected -= std::log((scores[i][indices[i].item<int64_t>()] / scores[i].sum()).item<double>());
  }
  EXPECT_NEAR(bank->score(features, indices).value.item<double>(), expected / 3, 1e-5);
}

// Of 40 rows one negative an image is gathered, four are picked from the products with all rows.
TEST(MemoryBank, ScoresItsDrawsInEitherWay) {
  for (const int64_t negatives : {1, 4}) {
    const Seen batch = seen();
    MemoryBank bank = bank_of(true, negatives);
    const Tensor candidates = bank_of(true, negatives)->draw(batch.indices);
    const auto gradient = [&](const auto& loss) {
      Tensor features = batch.features.clone().set_requires_grad(true);
      loss(features).backward();
      return features.grad();
    };
    Tensor value, expected;
    const Tensor of_bank = gradient(
        [&](const Tensor& features) { return value = bank->score(features, batch.indices).value; });
    const Tensor by_hand = gradient([&](const Tensor& features) {
      const Tensor rows = buffer(bank, "rows").index({candidates});
      const Tensor logits = (rows * sslx::unit_rows(features).unsqueeze(1)).sum(2) / 0.5;
      return expected = -logits.log_softmax(1).select(1, 0).mean();
    });
    EXPECT_NEAR(value.item<double>(), expected.item<double>(), 1e-6);
    EXPECT_LT((of_bank - by_hand).abs().max().item<double>(), 1e-6);
  }
}

TEST(MemoryBank, MeasuresTheProximalTerm) {
  MemoryBank bank = bank_of(true, 0);
  const auto [features, indices] = seen();
  const Tensor unit = features / features.norm(2, 1, true);
  const Tensor rows = buffer(bank, "rows").index_select(0, indices);
  EXPECT_NEAR(bank->proximal(features, indices).item<double>(),
              (unit - rows).norm(2, 1).square().mean().item<double>(), 1e-5);
}

TEST(MemoryBank, RefusesNoiseContrastWithoutNegatives) {
  EXPECT_THROW(bank_of(false, 0), std::exception);
}

}  // namespace
