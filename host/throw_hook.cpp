// Every exception that is thrown in sslx-host, by a plugin or by torch, passes here first, so that
// the log can tell where it came from when it ends a trial (host/machine/stack.h). The definition
// of the executable goes before that of the library, for every library that is loaded.
#include <dlfcn.h>

#include <cstdlib>
#include <typeinfo>

#include "host/machine/stack.h"

extern "C" [[noreturn]] __attribute__((visibility("default"))) void __cxa_throw(
    void* exception, std::type_info* type, void (*destroy)(void*)) {
  using Throw = void (*)(void*, std::type_info*, void (*)(void*));
  static const auto usual = reinterpret_cast<Throw>(dlsym(RTLD_NEXT, "__cxa_throw"));
  sslx::machine::note_thrown(exception);
  usual(exception, type, destroy);
  std::abort();  // it never returns
}
