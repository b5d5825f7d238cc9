// An augmentation with one mistake, for the tests of what finds it.
#include <sslx/augmentation.h>

#include <random>
#include <stdexcept>

namespace {

using torch::Tensor;

constexpr std::array kParameters{sslx::choice(
    "mistake", "right", "right|fewer|more|device|torch|images|shape|type|batch|no_number|making",
    "what is wrong with it")};

class Mistaken : public sslx::Augmentation {
 public:
  explicit Mistaken(const sslx::Parameters& parameters) : mistake_(parameters.choice("mistake")) {
    if (mistake_ == "making") throw std::runtime_error("it cannot be made");
  }

  int64_t parameter_count() const override { return 2; }

  void sample(sslx::RandomStream& random, const sslx::ImageShape&,
              std::span<float> parameters) const override {
    parameters[0] = random.uniform();
    if (mistake_ != "fewer") parameters[1] = random.uniform();
    if (mistake_ == "more") parameters.data()[2] = 0;
    if (mistake_ == "device") {
      std::random_device device;
      parameters[0] = std::uniform_real_distribution<float>()(device);
    }
  }

  Tensor apply(Tensor images, const Tensor& numbers) const override {
    if (mistake_ == "images") images.fill_(0);
    Tensor x = sslx::to_unit_float(images) * numbers.select(1, 0).view({-1, 1, 1, 1});
    if (mistake_ == "torch") x = x + torch::rand({1});
    if (mistake_ == "batch") x = x - x.mean();
    if (mistake_ == "no_number") x = x / 0 - x / 0;
    if (mistake_ == "type") x = x.to(torch::kFloat64);
    return mistake_ == "shape" ? x.narrow(2, 0, 8) : x;
  }

 private:
  std::string mistake_;
};

}  // namespace

SSLX_AUGMENTATION(Mistaken, "mistaken_augmentation", "1.0.0", "has one mistake", "", kParameters);
