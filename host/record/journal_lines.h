// Reads what was added to a run's journal, whole lines only, and checks each for what its event
// needs. Why apart from the database: the same bytes must be judged alike wherever they were cut.
// A corrupt line ends the reading; it is reported, not thrown, so that what came before is kept.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <sslx/error.h>

namespace sslx::record {

struct JournalPosition {
  int64_t line = 0;  ///< The next line's number.
  int64_t byte = 0;  ///< Where it begins.
};

struct JournalPart {
  std::vector<nlohmann::json> events;
  JournalPosition end;
  std::string error;  ///< One sentence with file and line; empty when all is well.
  bool torn = false;  ///< Behind the last whole line there is a beginning of one.
};

/// A journal that is not there is an empty one. Throws when it cannot be read, which says nothing
/// of what it holds.
JournalPart read_journal(const std::filesystem::path& file, JournalPosition from);

/// A number, or "nan", "inf", "-inf"; throws nlohmann's exception for anything else.
double number_of(const nlohmann::json& value);

/// The bytes of base64 text; throws std::invalid_argument for anything else.
std::string decode_base64(const std::string& text);

/// A whole JSON object in a regular file; an Error with the file's name when it is none.
nlohmann::json read_object(const std::filesystem::path& file);

/// Whose fault a file's errno is: kRun when that of the run's own folder (not there, no rights, no
/// file), so that the others go on; kSystem when it may pass, or is everybody's (a full disk).
ErrorKind fault_of(int error);

/// A member of the object, or the alternative where it is not there or of another type.
std::string text_or(const nlohmann::json& object, const char* key, const char* otherwise = "");
double number_or(const nlohmann::json& object, const char* key, double otherwise);

/// nlohmann's messages without the identifier in brackets that they begin with.
std::string plain_reason(const std::string& message);

}  // namespace sslx::record
