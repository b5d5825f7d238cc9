# Run after a test executable is linked, with EXECUTABLE, NAME and OUT: writes what ctest includes, one
# test a suite of GoogleTest's. A process that sees torch takes a quarter of a second to start, more than
# most tests last, so those of one suite share it.
execute_process(COMMAND ${EXECUTABLE} --gtest_list_tests OUTPUT_VARIABLE listed COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "(^|\n)[^ \n]+\\.(\n|  #)" headings "${listed}")
set(lines "")
foreach(heading IN LISTS headings)
  string(REGEX REPLACE "[\n #]" "" suite "${heading}") # "Suite.", or "Prefix/Suite/0."
  string(APPEND lines "add_test([==[${NAME}:${suite}]==] [==[${EXECUTABLE}]==] [==[--gtest_filter=${suite}*]==])\n"
    "set_tests_properties([==[${NAME}:${suite}]==] PROPERTIES TIMEOUT 300 LABELS torch\n"
    "  ENVIRONMENT [==[SSLX_SOURCE_DIR=${SOURCE_DIR};SSLX_BINARY_DIR=${BINARY_DIR}]==])\n")
endforeach()
file(WRITE ${OUT} "${lines}")
