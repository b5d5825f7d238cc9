#include "host/data/plain_words.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <any>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <typeinfo>
#include <variant>

namespace sslx::data {
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// Whether a library wrote it for programmers: one word ("stoi"), or a member of a container
/// ("vector::_M_range_check: __n (which is 5) >= ...").
bool is_of_library(const std::string& text) {
  return text.find(' ') == std::string::npos || text.find("::") < text.find(' ');
}

/// A string is called "basic_string" by the library alone.
std::string explained(const char* sentence, const std::string& own) {
  std::string words = first_line(own);
  constexpr std::string_view kBasic = "basic_";
  for (size_t at = 0; (at = words.find(kBasic)) != std::string::npos;) {
    words.erase(at, kBasic.size());
  }
  return fmt::format("{} ({})", sentence, words);
}

/// A logic error that the standard library throws says only where it was thrown.
std::string of_logic(const char* sentence, const std::logic_error& error) {
  const std::string own = error.what();
  return is_of_library(own) ? explained(sentence, own) : first_line(own);
}

/// nlohmann's begin with an identifier of its own: "[json.exception.out_of_range.403] key 'a' not
/// found".
std::string of_json(const std::string& text) {
  const size_t end = text.find("] ");
  return "JSON is not as expected: " +
         first_line(end == std::string::npos ? text : text.substr(end + 2));
}

/// Those of the language and of the standard library's empty things.
std::string of_rest(const std::exception& error) {
  const auto is = [&](const auto* type) { return type != nullptr; };
  const char* const own = error.what();
  if (is(dynamic_cast<const std::bad_alloc*>(&error))) {
    return explained("there was not enough memory", own);
  }
  if (is(dynamic_cast<const std::bad_optional_access*>(&error)) ||
      is(dynamic_cast<const std::bad_variant_access*>(&error)) ||
      is(dynamic_cast<const std::bad_any_cast*>(&error))) {
    return explained("a value was read that is not there, or is of another type", own);
  }
  if (is(dynamic_cast<const std::bad_cast*>(&error)) ||
      is(dynamic_cast<const std::bad_typeid*>(&error))) {
    return explained("an object is not of the type that it was used as", own);
  }
  if (is(dynamic_cast<const std::bad_function_call*>(&error))) {
    return explained("a function was called that was never set", own);
  }
  if (is(dynamic_cast<const std::bad_weak_ptr*>(&error))) {
    return explained("an object was used that is gone", own);
  }
  return first_line(own);
}

}  // namespace

std::string plain_words() {
  try {
    throw;
  } catch (const Error& error) {
    return first_line(error.what());
  } catch (const std::filesystem::filesystem_error& error) {
    return error.path1().string() + " cannot be used: " + error.code().message();
  } catch (const std::future_error& error) {
    return explained("a result of another thread was asked for wrongly", error.what());
  } catch (const std::system_error& error) {
    return explained("the system refused", error.what());
  } catch (const nlohmann::json::exception& error) {
    return of_json(error.what());
  } catch (const std::bad_array_new_length& error) {
    return explained("there was not enough memory for an array of such a length", error.what());
  } catch (const std::length_error& error) {
    return of_logic("a container was to become longer than it can be", error);
  } catch (const std::out_of_range& error) {
    return of_logic("an index, a key or a number is outside its range", error);
  } catch (const std::invalid_argument& error) {
    return of_logic("a text is no number, or an argument is not allowed", error);
  } catch (const std::exception& error) {
    return of_rest(error);
  } catch (...) {
    return "an exception of a type that is no std::exception";
  }
}

}  // namespace sslx::data
