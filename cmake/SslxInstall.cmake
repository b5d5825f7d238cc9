# The prefix: the executables, the SDK's libraries and headers, the plugins, and what another
# CMake project needs to build a plugin. The build tree holds the same package, so that
# CMAKE_PREFIX_PATH may name either.
include(CMakePackageConfigHelpers)

set(_package ${CMAKE_INSTALL_LIBDIR}/cmake/sslx)
set(_modules ${CMAKE_SOURCE_DIR}/cmake/FindLibTorch.cmake ${CMAKE_SOURCE_DIR}/cmake/SslxCompiler.cmake
  ${CMAKE_SOURCE_DIR}/cmake/SslxPlugin.cmake)

# LibTorch stays where it is; CMake itself drops a run path that leads into the source tree.
set_target_properties(sslx_core PROPERTIES EXPORT_NAME core)
set_target_properties(sslx_sdk PROPERTIES INSTALL_RPATH "$ORIGIN;${LibTorch_ROOT_DIR}/lib")
set_target_properties(sslx-host sslx-tools PROPERTIES
  INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR};${LibTorch_ROOT_DIR}/lib")
install(TARGETS sslx_core sslx_sdk EXPORT sslxTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT sslxTargets NAMESPACE sslx:: DESTINATION ${_package})
export(EXPORT sslxTargets NAMESPACE sslx:: FILE ${CMAKE_BINARY_DIR}/${_package}/sslxTargets.cmake)

configure_package_config_file(
  ${CMAKE_SOURCE_DIR}/cmake/sslxConfig.cmake.in ${CMAKE_BINARY_DIR}/${_package}/sslxConfig.cmake
  INSTALL_DESTINATION ${_package} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(
  ${CMAKE_BINARY_DIR}/${_package}/sslxConfigVersion.cmake COMPATIBILITY SameMinorVersion)
file(COPY ${_modules} DESTINATION ${CMAKE_BINARY_DIR}/${_package})
install(FILES ${_modules} ${CMAKE_BINARY_DIR}/${_package}/sslxConfig.cmake
  ${CMAKE_BINARY_DIR}/${_package}/sslxConfigVersion.cmake DESTINATION ${_package})

install(DIRECTORY host/sdk/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/sslx
  FILES_MATCHING PATTERN "*.h" PATTERN "images" EXCLUDE PATTERN "detail" EXCLUDE)
# Of the SDK's own parts those that its public headers include.
install(FILES host/sdk/detail/descriptor.h host/sdk/detail/export.h host/sdk/detail/interpolation.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/sslx/detail)
install(DIRECTORY sweeps/ DESTINATION ${CMAKE_INSTALL_DATADIR}/sslx/sweeps)
install(DIRECTORY results/published/ DESTINATION ${CMAKE_INSTALL_DATADIR}/sslx/published)
install(DIRECTORY cli/page/ DESTINATION ${CMAKE_INSTALL_DATADIR}/sslx/page)
file(REAL_PATH ${SSLX_CHART_JS} chart_js)
install(FILES ${chart_js} DESTINATION ${CMAKE_INSTALL_DATADIR}/sslx RENAME chart.min.js)
install(DIRECTORY plugins/templates/ DESTINATION ${CMAKE_INSTALL_DATADIR}/sslx/templates)
