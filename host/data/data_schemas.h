// The options that data sets take, declared as a plugin's parameters are: for whoever tells a
// reader of them, or asks what kind of value a key has.
#pragma once

#include <sslx/parameters.h>

#include <map>
#include <string>
#include <vector>

namespace sslx::data {

/// By the data set's name. A folder has beside them data.views, a list of words.
const std::map<std::string, std::vector<ParameterSpec>>& data_schemas();

}  // namespace sslx::data
