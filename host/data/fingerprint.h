// The identity of a data set's content: a trial names its data by what they are, not where they
// lie.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "host/data/data_sizes.h"
#include "host/data/data_spec.h"

namespace sslx::data {

/// Whether the files are where the specification says. Reads no content: a folder whose parts are
/// there may still be refused.
bool data_available(const DataSpec& spec);

/// SHA-256 over name and content of every file in order; of `shapes`, over the generator's version
/// and options. The subset that a trial takes is no part of it. Throws Error(kInput) when files are
/// missing.
std::string data_fingerprint(const DataSpec& spec);

/// The fingerprint, the state of the files before they were read for it (data_state.h), and how
/// many images there are.
struct DataIdentity {
  std::string fingerprint;
  std::string state;  ///< Empty where there are no files.
  std::optional<DataSizes> sizes = {};
};
DataIdentity data_identity(const DataSpec& spec);

/// Whether the data are still what the fingerprint names: by the state of their files where that is
/// `spec.planned`, else by digests that are known and by reading at most so many bytes; nothing
/// where that does not tell. Throws Error(kInput) when files are missing.
std::optional<bool> is_still(const DataSpec& spec, const std::string& fingerprint,
                             uintmax_t at_most);

}  // namespace sslx::data
