#include "host/sweep/sections.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/data/data_schemas.h"
#include "host/sweep/axes.h"
#include "host/sweep/builtin_schema.h"
#include "host/sweep/evaluate_options.h"
#include "host/sweep/train_options.h"

namespace sslx::sweep {
namespace {

using enum Holds;
using Keys = std::vector<Key>;
using Sections = std::vector<Section>;

constexpr size_t kMostProbes = 50;

const Key kOps{"ops", kTables,
               "[]",  "what is done to the image, one operation after the other",
               "op",  "[{ name = \"flip\" }]"};

/// What a trial is made of: of [base], of a variant and of a scale's base.
Keys parts() {
  return {
      {"data", kTable, "", "the images", "data", "{ name = \"folder\", path = \"images\" }"},
      {"view", kTables, "", "the recipes of the views, one table each", "view", "[[base.view]]"},
      {"method", kTable, "", "what is trained, a plugin", "method", "{ name = \"simclr\" }"},
      {"backbone", kTable, "", "the network, a plugin", "backbone", "{ name = \"resnet\" }"},
      {"student", kTable, "the backbone's kind",
       "of crd, whose backbone is the teacher: the network that learns from it", "student",
       "{ name = \"resnet_small\" }"},
      {"train", kTable, "", "how it is trained", "train"},
      {"evaluate", kTable, "", "how the features are judged", "evaluate"},
  };
}

Sections of_the_file() {
  Keys variant{{"name", kText, "", "which row of the table it is; it must have one"}};
  const Keys all = parts();
  variant.insert(variant.end(), all.begin(), all.end());
  return {
      {"file",
       "a sweep file",
       "the file itself, before its first [section]",
       {{"name", kText, "the file's", "the sweep's in the record: letters, digits, _ and -"},
        {"title", kText, "\"\"", "a line above the table"},
        {"seeds", kOther, "[0]",
         "how many, 1 to 10000, as 3 for 0, 1 and 2; or which, as [4, 7]: each trial is run with "
         "each",
         "", "", "integer or integers"},
        {"base", kTable, "", "what all trials have in common", "base"},
        {"axes", kTable, "", "keys that get several values: their grid is run", "axes"},
        {"pairs", kTable, "", "all ordered pairs of some operations, put into a view", "pairs"},
        {"variants", kTables, "", "what is compared: tables over the base", "variants",
         "[[variants]]", "", kMaxTrials},
        {"scale", kTable, "", "other settings by name, for --scale NAME", "scale"},
        {"table", kTable, "", "what is printed", "table"},
        {"claim", kTables, "",
         "what the survey or a paper says of it, judged under the table and by `sslx claims`",
         "claim", "[[claim]]"},
        {"run", kTable, "", "how trials are run; changes no result", "run"}},
       {}},
      {"base",
       "base",
       "what all trials have in common; variants, axes and --set go over it",
       all,
       {}},
      {"variants", "variant", "[[variants]]: one table each, merged over the base", variant, {}},
      {"scale",
       "scale",
       "[scale.NAME]: applied by --scale NAME",
       {{"NAME", kTable, "", "what that scale overrides", "scale.NAME"}},
       {},
       true},
      {"scale.NAME",
       "scale",
       "what a scale overrides, each merged over the file's own",
       {{"base", kTable, "", "as [base]", "base"},
        {"axes", kTable, "", "as [axes]", "axes"},
        {"pairs", kTable, "", "as [pairs]", "pairs"},
        {"seeds", kOther, "the file's", "as the file's", "", "", "integer or integers"},
        {"variants", kOther, "", "variants.NAME = { ... }, or [[scale.NAME.variants]] with names",
         "variants", "", "table or tables"}},
       {}},
      {"axes",
       "axes",
       "the grid of all axes is run, the last one running fastest",
       {{"\"PATH\"", kOther, "", "the values of a key of the base, as \"train.lr\" = [0.1, 0.2]",
         "", "", "list"},
        {"zip", kOther, "", "axes that move together, as [{ \"a\" = [1, 2], \"b\" = [3, 4] }]", "",
         "", "tables"}},
       {},
       true},
      {"pairs",
       "pairs",
       "each ordered pair of its operations is a trial (first, second)",
       {{"ops", kOther, "", "the operations; one may be a list, which counts as one", "op", "",
         "tables"}},
       pairs_schema()},
  };
}

Sections of_the_data() {
  Sections out{{"data",
                "data",
                "which images; further keys are the data set's own",
                {{"name", kText, "", "the data set; a folder of images is \"folder\""},
                 {"path", kText, "the data set's own place",
                  "its folder or file; relative to the sweep file, of --set to where one is; ~ is "
                  "the home folder"},
                 {"fallback", kTable, "", "data that are used where these are not", "data"}},
                {}}};
  for (const auto& [name, schema] : data::data_schemas()) {
    Section set{"data." + name,
                fmt::format("data set '{}'", name),
                fmt::format("the keys of data with name = \"{}\"", name),
                {},
                schema};
    if (name == "shapes") {
      set.keys = {
          {"views", kTexts, "the picture alone",
           "views of each thing, one source each: image, edges, depth, mask, partner", "",
           "[\"image\", \"mask\"]"},
          {"shares", kTexts, "[\"shape\"]",
           "what a partner, another picture, has as the image has it: shape, colour, place, "
           "turn",
           "", "[\"shape\", \"colour\"]"}};
    }
    if (name == "folder") {
      set.keys = {{"views", kTexts, "", "folders of further views of each scene", "",
                   "[\"image\", \"depth\"]"}};
    }
    out.push_back(std::move(set));
  }
  return out;
}

Sections of_the_network() {
  return {
      {"view",
       "view",
       "[[base.view]]: one recipe",
       {kOps, {"source", kText, "", "the data set's view that it begins with (data.views)"}},
       view_schema()},
      {"op",
       "operation",
       "an operation of a recipe, a plugin; `sslx plugins show NAME` has its further keys",
       {{"name", kText, "", "the augmentation; `sslx plugins` lists them"},
        {"source", kText, "", "works on that view's channels alone (data.views)"},
        {"label", kText, "its name", "of [pairs] alone: what the table calls it"}},
       operation_schema()},
      {"method",
       "method",
       "a plugin; `sslx plugins show NAME` has its further keys",
       {{"name", kText, "", "the method; `sslx plugins` lists them"}},
       {}},
      {"backbone",
       "backbone",
       "a plugin; `sslx plugins show NAME` has its further keys",
       {{"name", kText, "", "the backbone; `sslx plugins` lists them"},
        {"weights", kText, "drawn at random",
         "what it starts from: a file, a name of `sslx import --as`, or a digest"}},
       {}},
      {"student",
       "backbone",
       "what learns from a teacher, a plugin; `sslx plugins show NAME` has its further keys",
       {{"name", kText, "", "the backbone; `sslx plugins` lists them"}},
       {}},
      {"train", "train", "how the method is trained", {}, train_schema()},
  };
}

Sections of_the_evaluation() {
  return {
      {"evaluate",
       "evaluate",
       "how the features are judged",
       {{"ops", kTables, "the views' normalize", "what is done to every image", "op",
         "[{ name = \"normalize\" }]"},
        {"sources", kTexts, "the views'", "the data set's views that are read (data.views)", "",
         "[\"image\"]"},
        {"data", kTable, "the trial's",
         "other images that it is judged by, as of a transfer: their training and test images",
         "data", "{ name = \"cifar10\", path = \"cifar\" }"},
        {"knn", kTable, "", "the nearest neighbours", "evaluate.knn"},
        {"linear", kTable, "", "the linear probe", "evaluate.linear"},
        {"probe", kTables, "none",
         "further probes of the same weights: a paper's protocol, the head's outputs, other data",
         "evaluate.probe", "[[base.evaluate.probe]]", "", kMostProbes},
        {"attention", kTable, "none",
         "figure attention_jaccard: how well the attention of a vit agrees with true masks",
         "evaluate.attention"},
        {"finetune", kTable, "none", "fine-tuning on shares of the labels", "evaluate.finetune"},
        {"distil", kTable, "none", "distillation of the fine-tuned networks", "evaluate.distil"}},
       evaluate_schema()},
      {"evaluate.knn",
       "evaluate.knn",
       "the weighted nearest-neighbour classifier",
       {},
       knn_schema()},
      {"evaluate.linear",
       "evaluate.linear",
       "the linear probe on frozen features",
       {{"train_ops", kTables, "none, every image is seen once, as it is",
         "what is done to the training images, which the network then sees anew in each epoch",
         "op", "[{ name = \"crop\" }, { name = \"flip\" }, { name = \"normalize\" }]"}},
       linear_schema()},
      {"evaluate.probe",
       "evaluate.probe",
       "[[base.evaluate.probe]]: figures NAME_knn_top1 and NAME_linear_top1 beside those of "
       "[evaluate]; both where it has neither table",
       {{"name", kText, "", "what its figures are called after: letters, digits and _"},
        {"knn", kTable, "", "as [evaluate.knn], which says what is not said here", "evaluate.knn"},
        {"linear", kTable, "", "as [evaluate.linear], likewise", "evaluate.linear"},
        {"ops", kTables, "evaluate.ops", "what is done to every image", "op",
         "[{ name = \"normalize\" }]"},
        {"data", kTable, "those of [evaluate]",
         "other images, as of a transfer: their training and test images", "data",
         "{ name = \"stl10\", path = \"stl10\" }"}},
       probe_schema()},
      {"evaluate.attention",
       "evaluate.attention",
       "intersection over union of the class token's attention and a mask (DINO)",
       {{"mask", kText, "mask", "the data set's view in which the masks are (data.views)"}},
       attention_schema()},
      {"evaluate.finetune",
       "evaluate.finetune",
       "fine-tuning on shares of the labels (SimCLR v2)",
       {{"ops", kTables, "crop, flip, evaluate.ops", "what is done to the image in training", "op",
         "[{ name = \"crop\" }]"}},
       finetune_schema()},
      {"evaluate.distil",
       "evaluate.distil",
       "distillation of the fine-tuned networks into a student (SimCLR v2)",
       {{"backbone", kTable, "the trial's", "the student's network", "evaluate.distil.backbone"}},
       distil_schema()},
      {"evaluate.distil.backbone",
       "backbone",
       "the student's network, a plugin; `sslx plugins show NAME` has its further keys",
       {{"name", kText, "", "the backbone; `sslx plugins` lists them"}},
       {}},
  };
}

Sections of_the_table() {
  return {
      {"table",
       "table",
       "what is printed; says nothing about a trial",
       {{"rows", kTexts, "[\"variant\"]",
         "what has a row each: variant, method, seed, an axis or a key of the configuration", "",
         "[\"variant\"]"},
        {"columns", kTexts, "[]", "what has a column each, in the same words", "",
         "[\"train.lr\"]"},
        {"metrics", kTexts, "the usual five",
         "the figures; usual are knn_top1, linear_top1, seeds, images_per_second and peak_memory, "
         "others loss, seconds, finetune_10pct_top1, or what the method records",
         "", "[\"knn_top1\"]"},
        {"baseline", kTable, "none",
         "the row to which the others' differences are printed, as { variant = \"SimCLR\" }",
         "claim.cells"},
        {"tuning", kText, "",
         "how the settings were chosen, and by how many trials; printed under the table"},
        {"published", kOther, "none",
         "the figures of a paper beside ours: an id of results/published, or [table.published]",
         "table.published", "", "text or table"}},
       table_schema()},
      {"table.published",
       "published",
       "which of a paper's figures stand beside ours",
       {{"id", kText, "", "the published table's"},
        {"keys", kTable, "by their names", "our rows and columns as the paper calls them"},
        {"values", kTable, "", "values of ours as the paper writes them"},
        {"select", kTable, "", "only published rows with these values"}},
       {}},
      {"claim",
       "claim",
       "[[claim]]: a sentence that the runs confirm or contradict; runs are compared in pairs of "
       "one "
       "seed",
       {{"id", kText, "", "a word for it: letters, digits, _ and -; it must have one"},
        {"words", kText, "", "the claim as a sentence; it must have some"},
        {"source", kText, "", "who claims it: survey, paper and table"},
        {"reason", kText, "", "if it is contradicted here: why, as was found"},
        {"metric", kText, "the table's first", "the figure that it is about"},
        {"cells", kTables, "",
         "which trials: values of variant, an axis or a key of the configuration, a table each; "
         "several that fit one are averaged. gap: two; gain: four, the first two's gap above the "
         "other two's; order: from the greatest; best: one; equal, collapse, no_collapse: any",
         "claim.cells", "[{ variant = \"BYOL\" }, { variant = \"SimCLR\" }]"},
        {"where", kTable, "", "what all its trials have in common, in the same words",
         "claim.cells"},
        {"axis", kText, "",
         "trend and peak (also order and equal, instead of cells): along which values, in the "
         "file's order"},
        {"at", kOther, "", "peak: the value of the axis where it is highest", "", "", "value"}},
       claim_schema()},
      {"claim.cells",
       "cell of a claim",
       "which trials, by their values",
       {{"metric", kText, "the claim's", "another figure of these trials"},
        {"\"PATH\"", kOther, "", "variant, method, an axis or a key: the value", "", "", "value"}},
       {},
       true},
      {"run",
       "run",
       "how trials are run, which options of the command override",
       {{"devices", kText, "the one of device",
         "the GPUs that trials are dealt to: all, or as cuda:0,cuda:2"}},
       run_schema()},
  };
}

Sections all_sections() {
  Sections out;
  for (Sections part :
       {of_the_file(), of_the_data(), of_the_network(), of_the_evaluation(), of_the_table()}) {
    std::ranges::move(part, std::back_inserter(out));
  }
  return out;
}

/// The key of a section, and of data the options of any set.
struct Found {
  bool is_text = false;
  bool is_list = false;
  std::string inner;
};

void look_in(const Section& where, const std::string& key, Found& out) {
  for (const Key& one : where.keys) {
    if (one.name != key) continue;
    out = {one.holds == kText, one.holds == kTables || one.name == "ops", one.inner};
  }
  for (const ParameterSpec& spec : where.parameters) {
    if (key == spec.name.data()) out = {spec.type == ParameterType::kChoice, false, ""};
  }
}

Found key_of(const std::string& name, const std::string& key) {
  Found out;
  if (!name.empty()) look_in(section(name), key, out);
  for (const Section& one : sections()) {
    if (name == "data" && one.name.starts_with("data.")) look_in(one, key, out);
  }
  return out;
}

}  // namespace

const std::vector<Section>& sections() {
  static const Sections all = all_sections();
  return all;
}

const Section& section(std::string_view name) {
  return *std::ranges::find(sections(), name, &Section::name);
}

std::vector<std::string> key_names(const Section& section) {
  std::vector<std::string> out;
  for (const Key& key : section.keys) out.push_back(key.name);
  return out;
}

void check_section(const Config& table, std::string_view name, const std::string& what) {
  const Section& declared = section(name);
  check_table(table, declared.keys, declared.parameters, what.empty() ? declared.what : what);
}

Parameters resolve_section(const Config& table, std::string_view name, const std::string& what) {
  const Section& declared = section(name);
  return resolve_table(table, declared.keys, declared.parameters,
                       what.empty() ? declared.what : what);
}

bool holds_text(const std::string& path) {
  Found at{false, false, "base"};
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('.', begin), path.size());
    const std::string key = path.substr(begin, end - begin);
    // An element of a list: its index, its name or *.
    if (at.is_list) {
      at.is_list = false;
    } else {
      at = key_of(at.inner, key);
    }
    begin = end + 1;
  }
  return at.is_text;
}

}  // namespace sslx::sweep
