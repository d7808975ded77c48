# SPDX-License-Identifier: Apache-2.0
#
# add_sanitizer_address(<target>): builds and links TARGET under AddressSanitizer.
function(add_sanitizer_address target)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    return()
  endif()
  get_target_property(kind ${target} TYPE)
  if(kind STREQUAL "INTERFACE_LIBRARY")
    set(scope INTERFACE)
  else()
    set(scope PRIVATE)
  endif()
  target_compile_options(${target} ${scope} -fsanitize=address -fno-omit-frame-pointer -g)
  target_link_options(${target} ${scope} -fsanitize=address)
endfunction()
