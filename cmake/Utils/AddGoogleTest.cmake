# SPDX-License-Identifier: Apache-2.0
#
# TVM_FFI_ADD_GTEST(<target>): makes a program of GoogleTest cases one CTest test per case. Uses the
# GoogleTest that is installed. Cases are listed when CTest starts, so that the program need not run
# where it is built.
include_guard(DIRECTORY)
find_package(GTest REQUIRED)
include(GoogleTest)

macro(TVM_FFI_ADD_GTEST target)
  target_link_libraries(${target} PRIVATE GTest::gtest_main)
  gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 600)
  set_target_properties(${target} PROPERTIES FOLDER tests)
endmacro()
