#include "host/plugins/descriptor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sslx/error.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "host/plugins/elf_file.h"
#include "host/plugins/refusal.h"
#include "host/plugins/schema.h"

namespace sslx {
namespace {

/// "2.11.0" to "2.11".
std::string major_minor(std::string_view version) {
  const size_t first = version.find('.');
  if (first == std::string_view::npos) return std::string(version);
  return std::string(version.substr(0, version.find('.', first + 1)));
}

PluginDescriptor checked_layout(std::string_view section) {
  PluginDescriptor out;
  const std::string_view magic(kDescriptorMagic, out.magic.size());
  if (!section.starts_with(magic)) {
    refuse("its descriptor is damaged; build or copy it again");
  }
  constexpr size_t head = sizeof(out.magic) + sizeof(out.layout);
  if (section.size() >= head) std::memcpy(&out.layout, section.data() + sizeof(out.magic), 4);
  if (out.layout != kDescriptorLayout) {
    refuse(
        fmt::format("its descriptor has layout {}, and this sslx reads {}; rebuild it against "
                    "this sslx",
                    out.layout, kDescriptorLayout));
  }
  if (section.size() != sizeof(out)) {
    refuse(fmt::format("its descriptor holds {} bytes instead of {}; rebuild it against this sslx",
                       section.size(), sizeof(out)));
  }
  std::memcpy(&out, section.data(), sizeof(out));
  return out;
}

void check_texts(const PluginDescriptor& d) {
  check_text("torch_version", d.torch_version);
  check_text("compiler_abi", d.compiler_abi);
  check_text("kind", d.kind);
  check_text("name", d.name);
  check_text("version", d.version);
  check_text("summary", d.summary);
  check_text("paper", d.paper);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kHasSanitizer = true;
#else
constexpr bool kHasSanitizer = false;
#endif

/// Everything in which the plugin does not fit this sslx, in one sentence.
void check_fit(const PluginDescriptor& d, const std::vector<std::string>& build) {
  std::vector<std::string> wrong;
  if (!kHasSanitizer && std::ranges::count(build, "sanitized") > 0) {
    wrong.push_back(
        "built with a sanitizer (this has the runtime of none; its own test runs with it)");
  }
  if (d.sdk_version != kSdkVersion) {
    wrong.push_back(fmt::format("SDK version {} (this is {})", d.sdk_version, kSdkVersion));
  }
  if (major_minor(d.torch_version.data()) != major_minor(SSLX_TORCH_VERSION)) {
    wrong.push_back(
        fmt::format("LibTorch {} (this is {})", d.torch_version.data(), SSLX_TORCH_VERSION));
  }
  if (std::string_view(d.compiler_abi.data()) != SSLX_COMPILER_ABI) {
    wrong.push_back(
        fmt::format("compiler ABI '{}' (this is '{}')", d.compiler_abi.data(), SSLX_COMPILER_ABI));
  }
  const std::string_view kind = d.kind.data();
  if (kind != "method" && kind != "augmentation" && kind != "backbone") {
    wrong.push_back(fmt::format("kind '{}' (method, augmentation or backbone)", kind));
  }
  if (!is_identifier(d.name.data())) {
    wrong.push_back(fmt::format("name '{}' (lower case, digits and '_')", d.name.data()));
  }
  if (wrong.empty()) return;
  refuse(fmt::format("it does not fit this sslx: {}; rebuild it against this sslx",
                     fmt::join(wrong, ", ")));
}

/// Texts that end with a zero byte each, one from every object that was linked. A stranger's bytes:
/// what is no plain character is left out, and so is what is long.
std::string compilers_in(std::string_view section) {
  constexpr size_t kLongest = 200;
  std::vector<std::string> out;
  for (size_t begin = 0; begin < section.size();) {
    const size_t end = std::min(section.find('\0', begin), section.size());
    std::string text(section.substr(begin, std::min(end - begin, kLongest)));
    std::erase_if(text, [](char c) { return c < ' ' || c > '~'; });
    if (!text.empty() && out.size() < 4 && std::ranges::count(out, text) == 0) out.push_back(text);
    begin = end + 1;
  }
  return fmt::format("{}", fmt::join(out, ", "));
}

}  // namespace

void read_content(std::string_view library, PluginContent& content) {
  const ElfFile elf(library);
  const auto descriptor = elf.section(kDescriptorSection);
  if (!descriptor) refuse("it is a shared library, but no sslx plugin");
  const PluginDescriptor checked = checked_layout(*descriptor);
  check_texts(checked);
  content.descriptor = checked;
  const auto words = [&](const char* section) {
    const auto found = elf.section(section);
    return found ? read_words(section + std::string_view(".sslx.").size(), *found)
                 : std::vector<std::string>{};
  };
  const std::vector<std::string> build = words(kBuildSection);
  check_fit(checked, build);
  content.optimised = std::ranges::count(build, "unoptimised") == 0;
  content.without_gradient = words(kWithoutGradientSection);
  content.schema = read_schema(elf.section(kSchemaSection).value_or(""), checked.parameter_count,
                               checked.parameter_size);
  content.compiler = compilers_in(elf.section(".comment").value_or(""));
  if (const auto names = elf.section(kDiagnosticsSection)) {
    content.diagnostics = read_words("diagnostics", *names);
  }
}

}  // namespace sslx
