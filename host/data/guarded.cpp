#include "host/data/guarded.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <cstdlib>
#include <exception>
#include <string_view>

#include "host/data/data_error.h"
#include "host/data/memory.h"
#include "host/data/plain_words.h"

namespace sslx::data {

namespace {

/// torch's messages go on with the place of the code, advice and a stack: "[enforce fail at
/// alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: ... Error code 12".
std::string first_sentence(std::string text) {
  if (text.starts_with("[enforce fail at ")) {
    const size_t end = text.find(". ");
    if (end != std::string::npos) text.erase(0, end + 2);
  }
  text = text.substr(0, text.find('\n'));
  return text.substr(0, text.find(". "));
}

/// Of the processor's memory torch says "DefaultCPUAllocator: can't allocate memory: you tried to
/// allocate 68719476736 bytes"; of a GPU's its first sentence is one.
std::string in_plain_words(const std::string& sentence) {
  constexpr std::string_view kTried = "you tried to allocate ";
  const size_t at = sentence.find(kTried);
  if (!sentence.starts_with("DefaultCPUAllocator: ") || at == std::string::npos) return sentence;
  const double bytes = std::strtod(sentence.c_str() + at + kTried.size(), nullptr);
  return fmt::format("there was not enough memory for a tensor of {}", bytes_text(bytes));
}

}  // namespace

std::string current_message() {
  try {
    throw;
  } catch (const c10::Error& error) {
    return in_plain_words(first_sentence(error.what_without_backtrace()));
  } catch (...) {
    return plain_words();
  }
}

machine::Stack current_stack() {
  const std::exception_ptr exception = std::current_exception();
  try {
    throw;
  } catch (const Failure& failure) {
    return failure.stack();
  } catch (...) {
    // libstdc++'s exception_ptr is the address of what was thrown, and nothing else.
    static_assert(sizeof exception == sizeof(void*));
    return machine::thrown_at(*reinterpret_cast<void* const*>(&exception));
  }
}

void throw_naming(const std::string& what) {
  const machine::Stack stack = current_stack();
  try {
    throw;
  } catch (const DataError&) {
    throw;
  } catch (const Error& error) {
    throw Failure(Error(error.kind(), what + ": " + error.what(), error.hint()), stack);
  } catch (...) {
    throw Failure(Error(ErrorKind::kRun, what + ": " + current_message()), stack);
  }
}

std::string stage_text(const std::string& who, const char* stage, int64_t step) {
  if (step < 0) return fmt::format("{} in {}", who, stage);
  return fmt::format("{} in {} at step {}", who, stage, step);
}

}  // namespace sslx::data
