# Which binary interface the compiler has: what a plugin's descriptor says of it and sslx compares, known
# when CMake configures and not after a minute's build.

# sslx_compiler_interface(OUT): "cxxabi1017 glibcxx11=1"; "" when it is given no C++20 to read.
function(sslx_compiler_interface out)
  separate_arguments(flags UNIX_COMMAND "${CMAKE_CXX_FLAGS}")
  set(source ${CMAKE_BINARY_DIR}/CMakeFiles/sslx_interface.cpp)
  file(WRITE ${source} "#include <compare>\n#if !defined(__cpp_consteval)\n#error no consteval\n#endif\n")
  execute_process(
    COMMAND ${CMAKE_CXX_COMPILER} ${flags} -std=c++20 -E -dM ${source}
    OUTPUT_VARIABLE macros ERROR_QUIET RESULT_VARIABLE failed)
  set(interface "")
  if(NOT failed AND macros MATCHES "#define __GXX_ABI_VERSION ([0-9]+)")
    set(interface "cxxabi${CMAKE_MATCH_1}")
    if(macros MATCHES "#define _GLIBCXX_USE_CXX11_ABI ([01])")
      string(APPEND interface " glibcxx11=${CMAKE_MATCH_1}")
    endif()
  endif()
  set(${out} "${interface}" PARENT_SCOPE)
endfunction()

# sslx_check_compiler(INTERFACE NAME PROGRAM): ends the configuration when plugins of this compiler could not
# be loaded by an sslx of that interface, which PROGRAM compiled.
function(sslx_check_compiler interface name program)
  sslx_compiler_interface(own)
  if(own STREQUAL interface)
    return()
  endif()
  set(what "makes ${own}")
  if(own STREQUAL "")
    set(what "reads no C++20")
  endif()
  message(FATAL_ERROR
    "This sslx was built by ${name} (${interface}) and can load no plugin of ${CMAKE_CXX_COMPILER} "
    "(${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}), which ${what}: configure a new build folder "
    "with -DCMAKE_CXX_COMPILER=${program}, or one of the same interface.")
endfunction()
