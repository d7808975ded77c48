# SPDX-License-Identifier: Apache-2.0
#
# tvm_ffi_add_cxx_warning(<target>): the warning level that this project keeps itself at.
function(tvm_ffi_add_cxx_warning target)
  if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    target_compile_options(${target} PRIVATE -Werror -Wall -Wextra -Wpedantic -Wno-unused-parameter)
  elseif(NOT MSVC)
    message(FATAL_ERROR "Unsupported compiler: ${CMAKE_CXX_COMPILER_ID}")
  endif()
endfunction()
