#include "host/train/guarded.h"

#include <c10/util/Exception.h>

#include <filesystem>

namespace sslx::train {

std::string current_message() {
  std::string text;
  try {
    throw;
  } catch (const c10::Error& error) {
    text = error.what_without_backtrace();
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
