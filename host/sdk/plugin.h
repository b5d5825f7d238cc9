// How a shared library becomes an sslx plugin: one line at its end, which names it, its paper and
// its parameters, and says which class it is.
//
//     SSLX_METHOD(SimCLR, "simclr", "1.0.0", "contrasts two views within the batch",
//                 "Chen et al. 2020, arXiv:2002.05709", kParameters)
//
// kParameters is a `constexpr std::array<sslx::ParameterSpec, N>`; sslx::no_parameters is an empty
// one. Beside it, what Loss::diagnostics has: SSLX_DIAGNOSTICS("contrastive_accuracy spread_*").
// All of it is read from the file without running the plugin (detail/descriptor.h).
#pragma once

#include <sslx/detail/descriptor.h>

namespace sslx {

inline constexpr std::array<ParameterSpec, 0> no_parameters{};

/// What SSLX_METHOD, SSLX_BACKBONE and SSLX_AUGMENTATION are made of: exactly one factory is no
/// nullptr. A method that has several classes to choose from names its own.
#define SSLX_PLUGIN_(KIND, NAME, VERSION, SUMMARY, PAPER, PARAMETERS, MAKE_METHOD, MAKE_BACKBONE, \
                     MAKE_AUGMENTATION)                                                           \
  extern "C" {                                                                                    \
  [[gnu::section(".sslx.plugin"), gnu::used,                                                      \
    gnu::retain]] SSLX_API extern const ::sslx::PluginDescriptor sslx_plugin_descriptor =         \
      ::sslx::detail::describe(KIND, NAME, VERSION, SUMMARY, PAPER, TORCH_VERSION,                \
                               SSLX_COMPILER_ABI, PARAMETERS);                                    \
  [[gnu::section(".sslx.schema"), gnu::used,                                                      \
    gnu::retain]] SSLX_API extern const auto sslx_plugin_schema = PARAMETERS;                     \
  [[gnu::section(".sslx.build"), gnu::used,                                                       \
    gnu::retain]] SSLX_API extern const char sslx_plugin_build[] = SSLX_BUILD; /* NOLINT */       \
  SSLX_API const ::sslx::ParameterSpec* sslx_plugin_parameters() {                                \
    return sslx_plugin_schema.data();                                                             \
  }                                                                                               \
  SSLX_API const ::sslx::PluginTable* sslx_plugin_entry() {                                       \
    static constexpr ::sslx::PluginTable table{::sslx::kSdkVersion, MAKE_METHOD, MAKE_BACKBONE,   \
                                               MAKE_AUGMENTATION};                                \
    return &table;                                                                                \
  }                                                                                               \
  }                                                                                               \
  static_assert(true, "")

/// Names, between spaces, of all diagnostics that a method's loss may return, in any of its forms;
/// "accuracy_step_*" stands for all that begin so. A table that asks for another figure is then
/// refused before anything runs. Without it any name is taken.
#define SSLX_DIAGNOSTICS(NAMES)                                                              \
  extern "C" {                                                                               \
  [[gnu::section(".sslx.diagnostics"), gnu::used,                                            \
    gnu::retain]] SSLX_API extern const char sslx_plugin_diagnostics[] = NAMES; /* NOLINT */ \
  }                                                                                          \
  static_assert(true, "")

/// Names, between spaces, of parameters that are registered and given to the optimiser, and that
/// may be without a gradient at a step: prototypes that stay as they begin for the first epoch.
/// "head.*" stands for all that begin so. Of every other one `sslx plugins check` and the first
/// step of a training tell that no gradient reaches it.
#define SSLX_WITHOUT_GRADIENT(NAMES)                                                              \
  extern "C" {                                                                                    \
  [[gnu::section(".sslx.without_gradient"), gnu::used,                                            \
    gnu::retain]] SSLX_API extern const char sslx_plugin_without_gradient[] = NAMES; /* NOLINT */ \
  }                                                                                               \
  static_assert(true, "")

}  // namespace sslx
