# sslx_add_plugin(NAME KIND SOURCES...): one plugin, one shared library, the same in the tree and
# outside it. sslx_add_plugin_test(NAME KIND SOURCES...): its test, which is linked with what the
# plugin was compiled to, and `sslx plugins check` as another.
#
# KIND is method, augmentation or backbone. The library is never unloaded (-z nodelete: objects of
# its classes may outlive the last handle) and has no undefined symbol (a missing one must fail
# here, not in mid-run). A sanitizer's runtime comes with the host, so there symbols stay open.
# Outside the tree all plugins and tests of a project share one precompiled header, and are compiled
# once: torch's headers cost a minute, the author's lines seconds.
function(sslx_add_plugin name kind)
  set(target plugin_${kind}_${name})
  if(COMMAND sslx_use_torch)
    add_library(${target} MODULE ${ARGN})
    sslx_hide_symbols(${target})
    target_link_libraries(${target} PRIVATE sslx_flags)
    sslx_use_torch(${target})
    set_target_properties(${target} PROPERTIES INSTALL_RPATH "$ORIGIN/../../..")
    install(TARGETS ${target} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/sslx/plugins/${kind}s)
  else()
    sslx_add_objects(${target}_objects ${ARGN})
    add_library(${target} MODULE $<TARGET_OBJECTS:${target}_objects>)
    set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
    sslx_sanitize(${target})
  endif()
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME ${name} PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins/${kind}s)
  target_link_libraries(${target} PRIVATE sslx::sdk)
  target_link_options(${target} PRIVATE -Wl,-z,nodelete)
  if(NOT SSLX_SANITIZE)
    target_link_options(${target} PRIVATE -Wl,--no-undefined)
  endif()
endfunction()

function(sslx_add_plugin_test name kind)
  sslx_add_objects(${name}_test_objects ${ARGN})
  add_executable(${name}_test
    $<TARGET_OBJECTS:${name}_test_objects> $<TARGET_OBJECTS:plugin_${kind}_${name}_objects>)
  set_target_properties(${name}_test PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(${name}_test PRIVATE sslx::sdk)
  sslx_sanitize(${name}_test)
  add_test(NAME ${name} COMMAND ${name}_test)
  # torch keeps what it has registered until the process ends.
  set_tests_properties(${name} PROPERTIES ENVIRONMENT "ASAN_OPTIONS=detect_leaks=0")
  # What the test does not see, since it asks the plugin itself: parts that are not registered, and more.
  if(NOT SSLX_SANITIZE)
    add_test(NAME ${name}_check COMMAND ${SSLX_COMMAND} --plugin-dir ${CMAKE_BINARY_DIR}/plugins plugins check ${name})
  endif()
endfunction()

function(sslx_hide_symbols target)
  set_target_properties(${target} PROPERTIES
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
endfunction()

# In the tree and outside it the compiler collects its garbage late. The precompiled header of torch alone is 660 MB
# of live objects, which it would go through again and again: a tenth of the time.
set(SSLX_COLLECT_LATE "$<$<CXX_COMPILER_ID:GNU>:SHELL:--param ggc-min-heapsize=1500000>")

# Outside the tree: sources compiled with the flags of a plugin and the project's precompiled header.
function(sslx_add_objects target)
  add_library(${target} OBJECT ${ARGN})
  sslx_hide_symbols(${target})
  target_link_libraries(${target} PRIVATE sslx::sdk)
  # LibTorch ships the headers of a newer fmt than the system's library.
  target_compile_definitions(${target} PRIVATE FMT_HEADER_ONLY)
  target_compile_options(${target} PRIVATE -Wall -Wextra)
  target_compile_options(${target} PRIVATE ${SSLX_COLLECT_LATE})
  sslx_sanitize(${target})
  if(${target} STREQUAL sslx_plugin_header)
    return()
  endif()
  if(NOT TARGET sslx_plugin_header)
    set(empty ${CMAKE_BINARY_DIR}/sslx_plugin_header.cpp)
    if(NOT EXISTS ${empty})
      file(WRITE ${empty} "// Compiled for its precompiled header alone.\n")
    endif()
    sslx_add_objects(sslx_plugin_header ${empty})
    target_precompile_headers(sslx_plugin_header PRIVATE
      <array> <functional> <map> <memory> <nlohmann/json.hpp> <sslx/torch.h> <string> <vector>)
  endif()
  target_precompile_headers(${target} REUSE_FROM sslx_plugin_header)
endfunction()

# Outside the tree: -DSSLX_SANITIZE=address,undefined.
function(sslx_sanitize target)
  if(NOT SSLX_SANITIZE)
    return()
  endif()
  target_compile_options(${target} PRIVATE
    -fsanitize=${SSLX_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -Wno-maybe-uninitialized)
  target_link_options(${target} PRIVATE -fsanitize=${SSLX_SANITIZE})
endfunction()
