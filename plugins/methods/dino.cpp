// DINO: a student learns to say of every crop what its own momentum teacher says of another global
// one; centring and sharpening of the teacher's output prevent collapse, no negatives, no
// predictor. Caron et al. 2021, Emerging Properties in Self-Supervised Vision Transformers,
// arXiv:2104.14294.
#include <sslx/kept.h>
#include <sslx/modules.h>
#include <sslx/multi_crop.h>
#include <sslx/schedule.h>

#include <cmath>

#include "dino_head.h"
#include "dino_loss.h"

namespace {

namespace dino = sslx::dino;
using sslx::Tensors;
using torch::Tensor;

constexpr std::array kParameters{
    sslx::integer("output_width", 65536, "K, outputs of the last layer (4096 on CIFAR-10)")
        .at_least(2),
    dino::kHiddenWidth,
    dino::kBottleneckWidth,
    dino::kHeadLayers,
    sslx::norm_parameter("head_norm", "none"),
    sslx::groups_parameter("head_groups"),
    dino::kUnitLastLayer,
    sslx::real("last_layer_frozen", 0.01,
               "share of the training at whose start the last layer stays as it is (the authors: "
               "the first of 100 epochs)")
        .between(0, 1),
    sslx::boolean("centring", true, "the teacher's mean output is subtracted, eq. 4"),
    sslx::real("centre_momentum", 0.9, "of that mean, m in eq. 4").between(0, 1),
    sslx::boolean("sharpening", true,
                  "the teacher has its own lower temperature; false: the student's"),
    sslx::real("student_temperature", 0.1, "tau_s, eq. 1").above(0),
    sslx::real("teacher_temperature", 0.04, "tau_t at the start").above(0),
    sslx::schedule_parameter("teacher_temperature", "linear"),
    sslx::final_parameter("teacher_temperature", 0.07).above(0),
    sslx::share_parameter("teacher_temperature", 0.1),
    sslx::real("momentum", 0.996, "of the teacher (0.9995 for batches of 256)").between(0, 1),
    sslx::schedule_parameter("momentum", "cosine"),
    sslx::final_parameter("momentum", 1.0),
    sslx::share_parameter("momentum"),
    sslx::choice("features", "teacher", "teacher|student",
                 "whose are evaluated; the teacher's are better throughout (figure 6)")};

class DINO : public sslx::PairMethod {
 public:
  explicit DINO(const sslx::MethodContext& context)
      : PairMethod(context, {.passes = sslx::Passes::kEachSize, .own_teacher = true}),
        parameters_(context.parameters),
        temperature_(sslx::ramp(parameters_, "teacher_temperature")),
        momentum_(sslx::ramp(parameters_, "momentum")),
        group_(context.group),
        student_(register_module("student", dino::Network(context))),
        teacher_(register_module("teacher", dino::Network(context))) {
    sslx::copy_frozen(*student_, *teacher_);
    centre_ = register_buffer("centre", torch::zeros({parameters_.integer("output_width")}));
    progress_ = sslx::Kept<double>(register_buffer("progress", torch::zeros({}, torch::kFloat64)));
    if (!parameters_.boolean("sharpening")) {
      temperature_ = {parameters_.real("student_temperature"), "constant"};
    }
  }

  sslx::Loss loss(const sslx::Batch& batch) override {
    now_ = progress_.value();
    sslx::Loss out = PairMethod::loss(batch);
    // KL(P_t || P_s) = H(P_t, P_s) - h(P_t): each global crop is in as many pairs.
    out.diagnostics["divergence"] = out.value.detach() - measures_.at("teacher_entropy");
    out.diagnostics["centre_norm"] = centre_.norm();
    out.chance = std::log(static_cast<double>(centre_.size(0)));
    return out;
  }

  // With the student's new weights.
  void after_step(const sslx::Step& step) override {
    const torch::NoGradGuard guard;
    sslx::momentum_update(*student_, *teacher_, momentum_.at(step.progress()));
    const Tensor mean = outputs_.take(*group_);
    if (mean.defined() && parameters_.boolean("centring")) {
      centre_.lerp_(mean, 1 - parameters_.real("centre_momentum"));
    }
    progress_.set(sslx::Step{step.step + 1, step.total_steps, 0}.progress());
  }

  Tensor embed(const Tensor& images) override {
    const bool teacher = parameters_.choice("features") == "teacher";
    return (teacher ? teacher_ : student_)->backbone->forward(images);
  }

  bool separable() const override { return true; }

  // Stochastic depth and the like are the student's alone; norms read the batch in both.
  void train(bool on) override {
    PairMethod::train(on);
    teacher_->eval();
    for (const auto& module : teacher_->modules()) {
      if (std::dynamic_pointer_cast<sslx::NormImpl>(module)) module->train(on);
    }
  }

 protected:
  sslx::Encoded student(const Tensor& images) override {
    const Tensor logits = student_->forward(images, now_ < parameters_.real("last_layer_frozen"));
    const Tensor log_p =
        dino::student_log_distribution(logits, parameters_.real("student_temperature"));
    return {log_p, log_p};
  }

  Tensors targets(std::span<const Tensor> globals, std::span<const sslx::Encoded>) override {
    const torch::NoGradGuard guard;
    const Tensor logits = teacher_->forward(torch::cat(Tensors(globals.begin(), globals.end())));
    if (is_training()) outputs_.add(logits);
    const Tensor target = dino::teacher_distribution(logits, centre_, temperature_.at(now_));
    measures_ = dino::measures(target);
    return target.chunk(static_cast<int64_t>(globals.size()));
  }

  sslx::Loss pair(const sslx::Encoded& view, const Tensor& target) override {
    return {dino::cross_entropy(target, view.p), {}};
  }

  std::map<std::string, Tensor> spread(const sslx::Encoded&) override { return measures_; }

 private:
  sslx::Parameters parameters_;
  sslx::Ramp temperature_;
  sslx::Ramp momentum_;
  std::shared_ptr<sslx::Group> group_;
  dino::Network student_;
  dino::Network teacher_;
  Tensor centre_;
  sslx::Kept<double> progress_;  ///< Share of the training that is done, for the next loss().
  double now_ = 0;               ///< The same during loss().
  dino::MeanOutput outputs_;     ///< The teacher's, since the last step.
  std::map<std::string, Tensor> measures_;  ///< Of the last targets.
};

}  // namespace

SSLX_METHOD(DINO, "dino", "1.0.0",
            "a student says of every crop what its momentum teacher says of a global one",
            "Caron et al. 2021, arXiv:2104.14294", kParameters);
SSLX_DIAGNOSTICS(
    "divergence centre_norm teacher_entropy usage_entropy output_information output_deviation "
    "output_rank");
// In the first share of its steps, method.last_layer_frozen.
SSLX_WITHOUT_GRADIENT("student.head.last_layer.*");
