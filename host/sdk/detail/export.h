// SSLX_API marks what libsslx exports; everything else is hidden.
#pragma once
#define SSLX_API __attribute__((visibility("default")))
