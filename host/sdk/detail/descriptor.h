// What the host reads of a plugin before it runs any of it: the descriptor and the parameter
// schema, plain bytes in two ELF sections, and the table behind the one C entry point.
// <sslx/plugin.h> has the macros that write them, which are all that a plugin's author needs.
#pragma once

#include <sslx/detail/export.h>
#include <sslx/parameters.h>

#include <array>
#include <cstdint>
#include <memory>

namespace sslx {

/// Grows when a plugin built against an older SDK would misbehave with this one.
inline constexpr uint32_t kSdkVersion = 3;
inline constexpr uint32_t kDescriptorLayout = 1;
inline constexpr const char* kDescriptorMagic = "SSLXPLUG";
inline constexpr const char* kDescriptorSection = ".sslx.plugin";
inline constexpr const char* kSchemaSection = ".sslx.schema";
inline constexpr const char* kDiagnosticsSection = ".sslx.diagnostics";
inline constexpr const char* kWithoutGradientSection = ".sslx.without_gradient";
inline constexpr const char* kBuildSection = ".sslx.build";  ///< Older plugins have none.
inline constexpr const char* kEntryPoint = "sslx_plugin_entry";

/// The descriptor: the first thing of a plugin that is read, from the file, without loading it.
struct PluginDescriptor {
  std::array<char, 8> magic{};           ///< kDescriptorMagic, without its end.
  uint32_t layout = 0;                   ///< kDescriptorLayout.
  uint32_t sdk_version = 0;              ///< kSdkVersion it was built against.
  uint32_t parameter_count = 0;          ///< ParameterSpecs in the schema section.
  uint32_t parameter_size = 0;           ///< sizeof(ParameterSpec).
  std::array<char, 16> torch_version{};  ///< "2.11.0"; major.minor must be the host's.
  std::array<char, 40> compiler_abi{};   ///< "gcc12 cxx11abi=1"
  std::array<char, 16> kind{};           ///< "method", "augmentation" or "backbone".
  std::array<char, 48> name{};           ///< Lower case, digits and '_'.
  std::array<char, 16> version{};        ///< The plugin's own, "1.0.0".
  std::array<char, 160> summary{};
  std::array<char, 160> paper{};
};

/// What this compiler's binary interface is called in a descriptor: the C++ ABI's and the standard
/// library's version, not the compiler's brand, since those decide what can be linked together.
#define SSLX_STRING_(x) #x
#define SSLX_STRING(x) SSLX_STRING_(x)
#if defined(_GLIBCXX_USE_CXX11_ABI)
#define SSLX_COMPILER_ABI \
  "cxxabi" SSLX_STRING(__GXX_ABI_VERSION) " glibcxx11=" SSLX_STRING(_GLIBCXX_USE_CXX11_ABI)
#else
#define SSLX_COMPILER_ABI "cxxabi" SSLX_STRING(__GXX_ABI_VERSION)
#endif

/// How the library was compiled, in the words of its section.
#if defined(__OPTIMIZE__)
#define SSLX_BUILD_OPTIMISATION_ "optimised"
#else
#define SSLX_BUILD_OPTIMISATION_ "unoptimised"
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SSLX_BUILD SSLX_BUILD_OPTIMISATION_ " sanitized"
#else
#define SSLX_BUILD SSLX_BUILD_OPTIMISATION_
#endif

class Method;
class Backbone;
class Augmentation;
struct MethodContext;
struct BackboneContext;

/// The one thing that the entry point returns. Only the factory of the plugin's kind is set.
struct PluginTable {
  uint32_t sdk_version;
  std::shared_ptr<Method> (*make_method)(const MethodContext&);
  std::shared_ptr<Backbone> (*make_backbone)(const BackboneContext&);
  std::unique_ptr<Augmentation> (*make_augmentation)(const Parameters&);
};
using PluginEntry = const PluginTable*();

namespace detail {
template <size_t N>
consteval PluginDescriptor describe(std::string_view kind, std::string_view name,
                                    std::string_view version, std::string_view summary,
                                    std::string_view paper, std::string_view torch_version,
                                    std::string_view compiler_abi,
                                    const std::array<ParameterSpec, N>&) {
  PluginDescriptor out;
  for (size_t i = 0; i < out.magic.size(); ++i) out.magic[i] = kDescriptorMagic[i];
  out.layout = kDescriptorLayout;
  out.sdk_version = kSdkVersion;
  out.parameter_count = N;
  out.parameter_size = sizeof(ParameterSpec);
  out.torch_version = fixed_text<16>(torch_version);
  out.compiler_abi = fixed_text<40>(compiler_abi);
  out.kind = fixed_text<16>(kind);
  out.name = fixed_text<48>(name);
  out.version = fixed_text<16>(version);
  out.summary = fixed_text<160>(summary);
  out.paper = fixed_text<160>(paper);
  return out;
}
}  // namespace detail

}  // namespace sslx
