#include "host/train/guarded.h"

#include <c10/util/Exception.h>

#include <filesystem>

namespace sslx::train {

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

}  // namespace

std::string current_message() {
  std::string text;
  try {
    throw;
  } catch (const c10::Error& error) {
    text = first_sentence(error.what_without_backtrace());
  } catch (const std::filesystem::filesystem_error& error) {
    text = error.path1().string() + " cannot be used: " + error.code().message();
  } catch (const std::exception& error) {
    text = error.what();
  } catch (...) {
    text = "an exception of a type that is no std::exception";
  }
  return text.substr(0, text.find('\n'));
}

}  // namespace sslx::train
