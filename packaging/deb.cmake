# The Debian package, for cpack --config: of the folder $SSLX_STAGE, which is /usr to be.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME sslx)
set(CPACK_PACKAGE_VERSION $ENV{SSLX_VERSION})
set(CPACK_PACKAGE_CONTACT "$ENV{SSLX_MAINTAINER}")
set(CPACK_INSTALLED_DIRECTORIES "$ENV{SSLX_STAGE};/usr")
set(CPACK_PACKAGING_INSTALL_PREFIX /)
set(CPACK_PACKAGE_FILE_NAME sslx)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "experiments of self-supervised vision as sweeps")
set(CPACK_PACKAGE_DESCRIPTION "A sweep file is expanded to trials; each is run in a process of its own on
LibTorch, and every result is kept in a database from which the tables are
printed. Methods, augmentations and backbones are plugins.

LibTorch is not a part of it: the torch of the active Python is used, or the
folder that LIBTORCH_ROOT names.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "$ENV{SSLX_STAGE}/lib/sslx/lib;$ENV{SSLX_LIBTORCH}/lib")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "cmake, dataset-fashion-mnist, g++, nlohmann-json3-dev")
