// From a merged configuration to the canonical one: plugins found, their parameters checked against
// their schemas, every default filled in, the data set named by its fingerprint. Nothing is loaded
// and nothing runs. Errors are Error(kInput or kPlugin) that begin with the file and the line.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "host/plugins/registry.h"
#include "host/sweep/config.h"
#include "host/sweep/data_lookup.h"
#include "host/sweep/weights_store.h"

namespace sslx::sweep {

struct Resolved {
  nlohmann::json config;
  std::vector<PluginFile> plugins;       ///< Each once, sorted by kind and name.
  std::filesystem::path data_path;       ///< Absolute, or empty for the data set's own place.
  std::string data_state;                ///< Of its files, as DataLookup::state() has it.
  Weights weights;                       ///< Of `backbone.weights`, or none.
  std::optional<data::DataSizes> sizes;  ///< Of the data set, where they are known.
  /// "path" and "state" of evaluate.data as of the data, and in "probes" those of each probe's data
  /// under its name; an empty object without any.
  nlohmann::json evaluation_data = nlohmann::json::object();
  std::optional<data::DataSizes>
      evaluation_sizes;  ///< Of what is evaluated, which may be the same.
};

class Resolver {
 public:
  /// Relative paths of the file lie beside it in `folder`; those of --set in the current one.
  /// `may_lack_weights`: of what is only looked at, weights that are not here are told.
  Resolver(const PluginRegistry& registry, DataLookup& data, WeightsStore& weights,
           std::filesystem::path folder, bool may_lack_weights = false);

  Resolved resolve(const Config& config);

  /// Sentences for the user: which data set stands in for which.
  const std::vector<std::string>& notes() const { return notes_; }
  /// Adds one, once.
  void note(const std::string& sentence);

 private:
  struct Data {
    nlohmann::json config;
    std::filesystem::path path;
    std::string origin;  ///< What is to be changed when it is not there.
    std::string state = {};
    std::optional<data::DataSizes> sizes = {};
  };
  Data data(const Config& table);
  Data data_of(const Config& table);
  nlohmann::json backbone(const Config& table, Resolved& out);
  void check_import(const nlohmann::json& backbone, const Weights& weights);
  std::filesystem::path folder_of(const std::string& origin) const;
  nlohmann::json data_options(const Config& table);
  std::string fingerprint(const Data& data);
  nlohmann::json plugin(const std::string& kind, const Config& table, const std::string& section,
                        Resolved& out);
  nlohmann::json operation(const Config& table, Resolved& out);
  nlohmann::json operations(const Config& list, Resolved& out);
  nlohmann::json views(const Config& config, Resolved& out);
  nlohmann::json evaluation(const Config& config, const nlohmann::json& views, Resolved& out);
  nlohmann::json evaluation_ops(const Config& table, const nlohmann::json& views, Resolved& out);
  nlohmann::json linear(const Config& table, Resolved& out);
  nlohmann::json further_probes(const Config& evaluate, Resolved& out);
  void check_judges(const Data& data, const std::string& probe) const;
  void semi_supervised(const Config& table, nlohmann::json& evaluate, Resolved& out);
  nlohmann::json finetune_ops(const Config& table, nlohmann::json evaluation_ops, Resolved& out);

  const PluginRegistry& registry_;
  DataLookup& data_;
  WeightsStore& weights_;
  std::filesystem::path folder_;
  bool may_lack_weights_;
  std::vector<std::string> notes_;
  std::map<std::string, bool> available_;
};

}  // namespace sslx::sweep
