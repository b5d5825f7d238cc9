#include "host/sweep/builtin_schema.h"

#include "host/record/survey_claim.h"

namespace sslx::sweep {

const std::vector<ParameterSpec>& view_schema() {
  static const std::vector<ParameterSpec> schema{
      integer("count", 1, "views of this recipe, each drawn on its own (multi-crop)")
          .between(1, 1000),
      boolean("local", false,
              "a small crop that only a student sees (multi-crop); its recipe's crop has the size"),
  };
  return schema;
}

const std::vector<ParameterSpec>& operation_schema() {
  static const std::vector<ParameterSpec> schema{
      boolean("shared", false,
              "drawn once an image for all views that have a shared operation at this position"),
  };
  return schema;
}

const std::vector<ParameterSpec>& pairs_schema() {
  static const std::vector<ParameterSpec> schema{
      integer("view", 0, "the view that gets the pair").between(0, 1000),
      integer("at", 0, "how many of the view's own operations come before").between(0, 1000),
  };
  return schema;
}

const std::vector<ParameterSpec>& table_schema() {
  static const std::vector<ParameterSpec> schema{
      choice("style", "plain", "plain|matrix", "matrix: a heat map of each figure"),
      boolean("average", false, "a matrix has a column with the mean of each row"),
  };
  return schema;
}

const std::vector<ParameterSpec>& claim_schema() {
  static const std::vector<ParameterSpec> schema{
      choice("form", "gap", record::kClaimForms, "what is claimed of the cells"),
      choice("direction", "up", "up|down", "of a trend"),
      real("at_least", 0,
           "by more than so much (points of the metric; of rank_correlation the "
           "coefficient)"),
      real("within", 2, "equal: no two differ by so much").above(0),
  };
  return schema;
}

const std::vector<ParameterSpec>& run_schema() {
  static const std::vector<ParameterSpec> schema{
      choice("device", "auto", "auto|cpu|cuda", "where trials run"),
      integer("per_device", 1, "with devices: trials at a time on each").between(1, 1024),
      integer("threads", 0, "of a trial; 0: the free cores divided by jobs").between(0, 4096),
      integer("view_workers", 1, "threads of a trial that prepare views").between(0, 4096),
      integer("jobs", 1, "trials at a time").between(1, 1024),
      real("time_limit", 0, "seconds a trial may take; 0: no limit").at_least(0),
      real("stall_limit", 0,
           "seconds without any sign of life after which a trial is ended, its stacks in its log; "
           "0: no limit. A step of a large batch may take minutes")
          .at_least(0),
      real("checkpoint", 60, "seconds from one checkpoint of a training to the next; 0: none")
          .at_least(0),
  };
  return schema;
}

}  // namespace sslx::sweep
