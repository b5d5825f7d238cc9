#include "host/trial/attention.h"

#include "host/data/sources.h"
#include "host/evaluate/attention.h"
#include "host/weights/encoder.h"

namespace sslx::train {
namespace {

evaluate::ProbeResult attention_of(const ProbingParts& parts, const data::Images& images) {
  const nlohmann::json& evaluate = parts.request.config.at("evaluate");
  const nlohmann::json& asked = evaluate.at("attention");
  const auto mask = asked.at("mask").get<std::string>();
  const evaluate::AttentionOptions options{
      .mass = asked.at("mass").get<double>(),
      .mask = data::range_of_source(parts.data.judged().sources, mask).first,
      .batch_size = evaluate.at("batch_size").get<int64_t>()};
  const evaluate::Prepare prepare = parts.components.evaluation_input(parts.machine);
  const bool was_training = parts.method.is_training();
  parts.method.eval();
  const torch::Tensor first = prepare(images.range(0, 1)).to(parts.machine.device);
  const std::shared_ptr<Backbone> encoder =
      backbone_at(parts.method, encoder_prefix(parts.method, first));
  const auto maps = [&](const torch::Tensor& batch) { return encoder->attention_map(batch); };
  evaluate::ProbeResult out =
      evaluate::attention_probe(maps, images, prepare, parts.machine.device, options);
  parts.method.train(was_training);
  return out;
}

}  // namespace

void probe_attention(const ProbingParts& parts) {
  write_result(parts, attention_of(parts, parts.data.judged().test.images));
}

void check_attention(const ProbingParts& parts) {
  attention_of(parts, parts.data.judged().test.images.subset(torch::arange(1)));
}

}  // namespace sslx::train
