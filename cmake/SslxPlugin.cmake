# sslx_add_plugin(NAME KIND SOURCES...): one plugin, one shared library, the same in the tree and
# outside it.
#
# KIND is method, augmentation or backbone. The library is never unloaded (-z nodelete: objects of
# its classes may outlive the last handle) and has no undefined symbol (a missing one must fail
# here, not in mid-run). A sanitizer's runtime comes with the host, so there symbols stay open.
function(sslx_add_plugin name kind)
  set(target plugin_${kind}_${name})
  add_library(${target} MODULE ${ARGN})
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME ${name} PREFIX ""
    CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins/${kind}s)
  target_link_libraries(${target} PRIVATE sslx::sdk)
  target_link_options(${target} PRIVATE -Wl,-z,nodelete)
  if(NOT SSLX_SANITIZE)
    target_link_options(${target} PRIVATE -Wl,--no-undefined)
  endif()
  if(COMMAND sslx_use_torch)
    target_link_libraries(${target} PRIVATE sslx_flags)
    sslx_use_torch(${target})
    set_target_properties(${target} PROPERTIES INSTALL_RPATH "$ORIGIN/../../..")
    install(TARGETS ${target} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/sslx/plugins/${kind}s)
  else()
    # LibTorch ships the headers of a newer fmt than the system's library.
    target_compile_definitions(${target} PRIVATE FMT_HEADER_ONLY)
  endif()
endfunction()
