// MoCo: a query against its key from a slowly moving encoder and a queue of earlier keys.
// He et al. 2019, Momentum Contrast, arXiv:1911.05722; v2 (MLP head, tau 0.2): Chen et al. 2020,
// arXiv:2003.04297.
#include <sslx/losses.h>
#include <sslx/method.h>
#include <sslx/modules.h>

namespace {

constexpr std::array kParameters{
    sslx::real("temperature", 0.2, "softmax temperature tau, eq. 1 (v1: 0.07)").above(0),
    sslx::real("momentum", 0.999, "of the key encoder, eq. 2").between(0, 1),
    sslx::integer("queue", 65536, "keys kept as negatives; a multiple of the batch size")
        .at_least(1),
    sslx::choice("head", "mlp", "linear|mlp", "projection head: linear is v1, mlp is v2"),
    sslx::integer("output_width", 128, "width of the keys").at_least(1),
    // After the mlp's hidden layer; the authors have none there.
    sslx::norm_parameter("head_norm", "none"), sslx::groups_parameter("head_groups")};

sslx::Encoder make_encoder(const sslx::MethodContext& context) {
  const sslx::Parameters& p = context.parameters;
  sslx::MlpOptions head;
  head.output = p.integer("output_width");
  head.layers = p.choice("head") == "mlp" ? 2 : 1;
  head.norm = sslx::norm_options(p, "head_norm", "head_groups");
  return sslx::Encoder(context.make_backbone(), head);
}

class MoCo : public sslx::Method {
 public:
  explicit MoCo(const sslx::MethodContext& context)
      : temperature_(context.parameters.real("temperature")),
        momentum_(context.parameters.real("momentum")),
        query_(register_module("query", make_encoder(context))),
        key_(register_module("key", make_encoder(context))) {
    sslx::copy_frozen(*query_, *key_);
    const int64_t length = context.parameters.integer("queue");
    const int64_t width = context.parameters.integer("output_width");
    const torch::Tensor noise = torch::randn({length, width}, context.generator);
    queue_ = register_buffer("queue", sslx::unit_rows(noise).to(context.device));
    pointer_ = register_buffer("pointer", torch::zeros({}, torch::kInt64));
  }

  // The order of the authors' code: query, momentum update, key, logits against the old queue,
  // enqueue.
  sslx::Loss loss(const sslx::Batch& batch) override {
    const torch::Tensor q = query_->forward(batch.views[0]);
    if (is_training()) sslx::momentum_update(*query_, *key_, momentum_);
    const torch::Tensor k = keys(batch.views[1]);
    const sslx::ContrastiveLoss out = sslx::info_nce(q, k, queue_.clone(), temperature_);
    if (is_training()) enqueue(k);
    return {
        out.value,
        {{"contrastive_accuracy", out.accuracy}, {"output_deviation", sslx::output_deviation(q)}}};
  }

  torch::Tensor embed(const torch::Tensor& images) override {
    return query_->backbone->forward(images);
  }

 private:
  torch::Tensor keys(const torch::Tensor& images) {
    const torch::NoGradGuard guard;
    return sslx::unit_rows(key_->forward(images));
  }

  void enqueue(const torch::Tensor& k) {
    const torch::NoGradGuard guard;
    const int64_t length = queue_.size(0);
    TORCH_CHECK(length % k.size(0) == 0, "MoCo's queue of ", length,
                " keys is no multiple of the batch of ", k.size(0));
    const int64_t start = pointer_.item<int64_t>();
    queue_.slice(0, start, start + k.size(0)).copy_(k);
    pointer_.fill_((start + k.size(0)) % length);
  }

  double temperature_;
  double momentum_;
  sslx::Encoder query_;
  sslx::Encoder key_;
  torch::Tensor queue_;
  torch::Tensor pointer_;
};

}  // namespace

SSLX_METHOD(MoCo, "moco", "1.0.0", "a query against a momentum encoder's key and a queue of keys",
            "He et al. 2019, arXiv:1911.05722; Chen et al. 2020, arXiv:2003.04297", kParameters);
