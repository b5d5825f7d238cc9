// SSLX_MULTIVERSION before a function compiles it once for each generation of x86 vector units; the
// loader picks the machine's, so that a portable build still uses AVX2 or AVX-512. Helpers inside
// must be SSLX_INLINE, or they would be compiled for the oldest generation only.
#pragma once

#define SSLX_INLINE inline __attribute__((always_inline))

// The choice is made by code that runs before a sanitizer is ready.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SSLX_MULTIVERSION \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SSLX_MULTIVERSION
#endif
