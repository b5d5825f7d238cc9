# Finds LibTorch as the `torch` wheel lays it out, and imports it as LibTorch::torch.
#
# PyTorch's own TorchConfig.cmake stops on a machine without the CUDA toolkit; this module imports the
# CPU libraries alone. CUDA is loaded by sslx-host when it runs on a GPU, so nothing links to it here.
# Looked for, in this order: LIBTORCH_ROOT, CMAKE_PREFIX_PATH, the active Python's torch, .libtorch in
# the source tree. Sets LibTorch_FOUND, LibTorch_VERSION, LibTorch_ROOT_DIR.

set(_libtorch_candidates "")
foreach(_prefix IN ITEMS ${LIBTORCH_ROOT} $ENV{LIBTORCH_ROOT} ${CMAKE_PREFIX_PATH} $ENV{CMAKE_PREFIX_PATH})
  string(REPLACE ":" ";" _prefix "${_prefix}")
  foreach(_entry IN LISTS _prefix)
    list(APPEND _libtorch_candidates ${_entry} ${_entry}/torch ${_entry}/../..)
  endforeach()
endforeach()
if(NOT LIBTORCH_IGNORE_PYTHON)
  execute_process(
    COMMAND python3 -c "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
    OUTPUT_VARIABLE _libtorch_python OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  list(APPEND _libtorch_candidates ${_libtorch_python})
endif()
list(APPEND _libtorch_candidates ${CMAKE_SOURCE_DIR}/.libtorch/torch)

set(_libtorch_seen "")
foreach(_root IN LISTS _libtorch_candidates)
  set(_header ${_root}/include/torch/headeronly/version.h)
  if(NOT EXISTS ${_header} OR NOT EXISTS ${_root}/lib/libtorch_cpu.so)
    continue()
  endif()
  file(STRINGS ${_header} _lines REGEX "#define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
  string(REGEX MATCHALL "[0-9]+" _numbers "${_lines}")
  list(JOIN _numbers "." _version)
  if(LibTorch_FIND_VERSION AND _version VERSION_LESS LibTorch_FIND_VERSION)
    list(APPEND _libtorch_seen "${_version} in ${_root} is too old")
    continue()
  endif()
  get_filename_component(LibTorch_ROOT_DIR ${_root} REALPATH)
  set(LibTorch_VERSION ${_version})
  break()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_ROOT_DIR VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "${_libtorch_seen}. Run ./sslx, which fetches it, or set LIBTORCH_ROOT.")

if(LibTorch_FOUND AND NOT TARGET LibTorch::torch)
  set(_lib ${LibTorch_ROOT_DIR}/lib)
  add_library(LibTorch::c10 SHARED IMPORTED)
  set_target_properties(LibTorch::c10 PROPERTIES IMPORTED_LOCATION ${_lib}/libc10.so)
  add_library(LibTorch::torch_cpu SHARED IMPORTED)
  set_target_properties(LibTorch::torch_cpu PROPERTIES IMPORTED_LOCATION ${_lib}/libtorch_cpu.so)
  add_library(LibTorch::torch INTERFACE IMPORTED)
  target_include_directories(LibTorch::torch SYSTEM INTERFACE
    ${LibTorch_ROOT_DIR}/include ${LibTorch_ROOT_DIR}/include/torch/csrc/api/include)
  target_link_libraries(LibTorch::torch INTERFACE LibTorch::torch_cpu LibTorch::c10)
  # Some of its classes have more members without NDEBUG than the wheel's libraries know of.
  target_compile_definitions(LibTorch::torch INTERFACE $<$<NOT:$<CONFIG:Release>>:NDEBUG>)
  # The wheel's libtorch_cpu.so needs libcupti and libcudart, which lie beside torch in nvidia/.
  file(GLOB _cuda_runtime ${LibTorch_ROOT_DIR}/../nvidia/cu*/lib)
  target_link_options(LibTorch::torch INTERFACE -Wl,--allow-shlib-undefined)
  foreach(_directory IN LISTS _cuda_runtime)
    target_link_options(LibTorch::torch INTERFACE -Wl,-rpath-link,${_directory})
  endforeach()
endif()
