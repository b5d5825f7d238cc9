# What every target of the tree shares: flags, sanitizers, ccache, and helpers for libraries and tests.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

find_program(CCACHE ccache)
if(CCACHE)
  # A precompiled header is cached only when ccache may ignore its times and defines.
  set(ENV{CCACHE_SLOPPINESS} pch_defines,time_macros)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR};$ORIGIN")
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)

# In the tree the public headers are included as <sslx/...>, as from an installed prefix.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/include)
file(CREATE_LINK ${CMAKE_SOURCE_DIR}/host/sdk ${CMAKE_BINARY_DIR}/include/sslx SYMBOLIC)

add_library(sslx_flags INTERFACE)
# GCC 12 warns of overlapping copies in std::string where there are none (its bug 105651).
target_compile_options(sslx_flags INTERFACE -Wall -Wextra -Wpedantic -Werror -Wno-restrict -fpch-preprocess)
target_include_directories(sslx_flags INTERFACE ${CMAKE_SOURCE_DIR})
add_compile_options(${SSLX_COLLECT_LATE})
if(SSLX_SANITIZE)
  add_compile_options(-fsanitize=${SSLX_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SSLX_SANITIZE})
  add_compile_options(-Wno-maybe-uninitialized) # GCC 12 is wrong about LibTorch's headers with sanitizers
  if(SSLX_SANITIZE STREQUAL "thread")
    add_compile_options(-Wno-tsan) # it sees no fence; those of beacon.cpp are between processes, which it sees neither
  endif()
endif()

# sslx_set_unity(TARGET FILES): about that many files of a target make one translation unit, as many in each:
# headers, and the templates that each unit makes of them again, cost more than most files.
function(sslx_set_unity target files)
  get_target_property(sources ${target} SOURCES)
  set(count 0)
  foreach(source IN LISTS sources)
    get_source_file_property(own_options ${source} COMPILE_OPTIONS) # a file that has some is a unit of its own
    if(NOT own_options)
      math(EXPR count "${count} + 1")
    endif()
  endforeach()
  math(EXPR units "(${count} + ${files} / 2) / ${files}")
  if(units EQUAL 0)
    set(units 1)
  endif()
  math(EXPR batch "(${count} + ${units} - 1) / ${units}")
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${SSLX_UNITY} UNITY_BUILD_BATCH_SIZE ${batch})
endfunction()

# sslx_add_library(NAME SOURCES... [LIBRARIES ...] [HOT] [TORCH]): a static library; with TORCH its files see
# torch. Only what is HOT, the work on images, is optimised further than is quick to compile: -Og takes a
# fifth less than -O1, and the record answers as soon.
function(sslx_add_library name)
  cmake_parse_arguments(ARG "HOT;TORCH" "" "LIBRARIES" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  sslx_set_unity(${name} 25)
  if(ARG_TORCH)
    sslx_use_torch(${name})
  elseif(NOT ARG_HOT)
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-Og>)
  endif()
  target_link_libraries(${name} PUBLIC ${ARG_LIBRARIES} PRIVATE sslx_flags)
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
endfunction()

# sslx_use_torch(TARGET): the target's files see torch through the one precompiled header.
# That header fits only code compiled with the same flags, so executables are compiled with -fPIC too, and
# its level of optimisation is everyone's: the time of these files goes into torch's own kernels, and what
# loops over pixels sees no torch. At -O1 alone to fill a vector would be no memset.
function(sslx_use_torch target)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
  target_compile_definitions(${target} PRIVATE FMT_HEADER_ONLY)
  target_compile_options(${target} PRIVATE "$<$<CONFIG:Release>:-O1;-ftree-loop-distribute-patterns>")
  target_link_libraries(${target} PRIVATE LibTorch::torch)
  sslx_set_unity(${target} 12)
  if(${target} STREQUAL sslx_sdk)
    target_precompile_headers(sslx_sdk PRIVATE ${CMAKE_SOURCE_DIR}/host/sdk/torch_base.h)
  else()
    target_precompile_headers(${target} REUSE_FROM sslx_sdk)
  endif()
endfunction()

# sslx_add_test(NAME SOURCES... [LIBRARIES ...] [TORCH]): one GoogleTest executable. Each test is a ctest;
# with TORCH each suite is, for its start. Those without TORCH are what the target torch_free_tests builds
# and the label of that name runs.
function(sslx_add_test name)
  cmake_parse_arguments(ARG "TORCH" "" "LIBRARIES" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} sslx_flags GTest::gtest_main GTest::gmock)
  if(ARG_TORCH)
    sslx_use_torch(${name})
    sslx_set_unity(${name} 24)
    sslx_discover_suites(${name})
    return()
  endif()
  sslx_set_unity(${name} 24)
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O0>) # what they test is optimised
  if(NOT TARGET torch_free_tests)
    add_custom_target(torch_free_tests)
  endif()
  add_dependencies(torch_free_tests ${name})
  include(GoogleTest)
  gtest_discover_tests(${name} TEST_PREFIX ${name}: DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT 300 LABELS torch_free ENVIRONMENT "SSLX_SOURCE_DIR=${CMAKE_SOURCE_DIR}"
    ENVIRONMENT_MODIFICATION "SSLX_BINARY_DIR=set:${CMAKE_BINARY_DIR}")
endfunction()

# sslx_discover_suites(NAME): ctest's tests of the executable are written each time that it is linked.
function(sslx_discover_suites name)
  set(tests ${CMAKE_CURRENT_BINARY_DIR}/${name}_suites.cmake)
  add_custom_command(TARGET ${name} POST_BUILD BYPRODUCTS ${tests} VERBATIM
    COMMAND ${CMAKE_COMMAND} -DEXECUTABLE=$<TARGET_FILE:${name}> -DNAME=${name} -DOUT=${tests}
      -DSOURCE_DIR=${CMAKE_SOURCE_DIR} -DBINARY_DIR=${CMAKE_BINARY_DIR}
      -P ${CMAKE_SOURCE_DIR}/cmake/SslxSuites.cmake)
  set(include ${CMAKE_CURRENT_BINARY_DIR}/${name}_include.cmake)
  file(WRITE ${include} "include(${tests} OPTIONAL RESULT_VARIABLE built)\n"
    "if(NOT built)\n  add_test(${name}_NOT_BUILT ${name}_NOT_BUILT)\nendif()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${include})
endfunction()
