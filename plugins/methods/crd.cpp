// CRD: a student learns a frozen teacher's features by contrast, its image's pair being the
// teacher's view of the same image. Tian et al. 2019, Contrastive Representation Distillation,
// arXiv:1910.10699.
//
// The teacher is the trial's backbone with `backbone.weights`; the student is the network of the
// trial's table `student`, or the same backbone as it initialises itself, and is what is evaluated
// and exported.
#include <sslx/error.h>
#include <sslx/memory_bank.h>
#include <sslx/method.h>
#include <sslx/modules.h>
#include <sslx/precision.h>
#include <sslx/reads_labels.h>

#include <cmath>

namespace {

using torch::Tensor;

constexpr std::array kParameters{
    sslx::real("temperature", 0.07, "softmax temperature tau, eq. 19").above(0),
    sslx::integer("negatives", 16384, "drawn from the other side's bank, section 3.1").at_least(1),
    sslx::real("bank_momentum", 0.5, "of a bank's row when its image is seen").between(0, 1),
    sslx::integer("output_width", 128, "width of the two linear embeddings").at_least(1),
    sslx::real("beta", 0.8, "weight of the contrastive loss").at_least(0),
    sslx::real("gamma", 1.0, "weight of the labels' cross-entropy; 0: no labels are read")
        .at_least(0)};

sslx::MemoryBankOptions bank_options(const sslx::MethodContext& context) {
  const sslx::Parameters& p = context.parameters;
  return {.images = context.dataset_size,
          .width = p.integer("output_width"),
          .temperature = p.real("temperature"),
          .momentum = p.real("bank_momentum"),
          .negatives = p.integer("negatives")};
}

class CRD : public sslx::Method, public sslx::ReadsLabels {
 public:
  explicit CRD(const sslx::MethodContext& context)
      : beta_(context.parameters.real("beta")),
        gamma_(context.parameters.real("gamma")),
        classes_(context.class_count),
        group_(context.group) {
    if (!context.pretrained) {
      throw sslx::input_error(
          "crd has no teacher; backbone.weights must name one, as `sslx import` prints");
    }
    const sslx::MlpOptions head = sslx::linear_head(context.parameters);
    teacher_ = register_module("teacher", sslx::Encoder(context.make_backbone(), head));
    student_ = register_module("student", sslx::Encoder(context.make_untrained_backbone(), head));
    // Of the teacher's side the linear embedding alone is trained.
    sslx::freeze(*teacher_->backbone);
    const auto make_bank = [&] {
      return sslx::MemoryBank(bank_options(context), context.generator);
    };
    teacher_bank_ = register_module("teacher_bank", make_bank());
    student_bank_ = register_module("student_bank", make_bank());
    if (gamma_ == 0) return;
    classifier_ = register_module("classifier",
                                  torch::nn::Linear(student_->backbone->feature_dim(), classes_));
  }

  int64_t view_count() const override { return 1; }

  /// NCE draws its negatives from the banks, so that images of a batch do not meet.
  bool separable() const override { return true; }

  bool reads_labels() const override { return gamma_ > 0; }

  /// The teacher's batch norm keeps the statistics that it came with.
  void train(bool on) override {
    Method::train(on);
    teacher_->backbone->eval();
  }

  sslx::Loss loss(const sslx::Batch& batch) override {
    const Tensor features = student_->backbone->forward(batch.views[0]);
    const Tensor student = student_->head->forward(features);
    const Tensor teacher = teacher_->head->forward(teacher_features(batch.views[0]));
    // Each side's own image among the other side's rows.
    const sslx::ContrastiveLoss from_student = teacher_bank_->score(student, batch.indices);
    const sslx::ContrastiveLoss from_teacher = student_bank_->score(teacher, batch.indices);
    if (is_training()) {
      students_.see(student, batch.indices);
      teachers_.see(teacher, batch.indices);
    }
    sslx::Loss out{beta_ * (from_student.value + from_teacher.value),
                   {{"contrastive_accuracy", (from_student.accuracy + from_teacher.accuracy) / 2},
                    {"output_deviation", sslx::output_deviation(student)}},
                   chance()};
    if (classifier_) add_labels(out, features, batch.labels);
    return out;
  }

  // With the features that were scored, once the optimiser is done with the old rows.
  void after_step(const sslx::Step&) override {
    students_.give(student_bank_, *group_);
    teachers_.give(teacher_bank_, *group_);
  }

  Tensor embed(const Tensor& images) override { return student_->backbone->forward(images); }

  Tensor outputs(const Tensor& images) override { return student_->forward(images); }

 private:
  Tensor teacher_features(const Tensor& images) {
    const torch::NoGradGuard guard;
    return teacher_->backbone->forward(images);
  }

  void add_labels(sslx::Loss& loss, const Tensor& features, const Tensor& labels) {
    const Tensor logits = classifier_->forward(features);
    loss.value =
        loss.value + gamma_ * torch::nn::functional::cross_entropy(sslx::wide(logits), labels);
    loss.diagnostics["training_accuracy"] = sslx::accuracy(logits, labels);
  }

  /// All probabilities alike: twice the NCE's value, and that of the labels.
  double chance() const {
    return 2 * beta_ * student_bank_->chance() + gamma_ * std::log(static_cast<double>(classes_));
  }

  double beta_, gamma_;
  int64_t classes_;
  std::shared_ptr<sslx::Group> group_;
  sslx::Encoder teacher_{nullptr};
  sslx::Encoder student_{nullptr};
  sslx::MemoryBank teacher_bank_{nullptr};
  sslx::MemoryBank student_bank_{nullptr};
  torch::nn::Linear classifier_{nullptr};
  sslx::BankUpdates students_, teachers_;
};

}  // namespace

SSLX_METHOD(CRD, "crd", "1.1.0", "a student contrasts its features with a frozen teacher's",
            "Tian et al. 2019, arXiv:1910.10699", kParameters);
SSLX_DIAGNOSTICS("contrastive_accuracy output_deviation training_accuracy");
