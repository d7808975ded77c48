# SPDX-License-Identifier: Apache-2.0
#
# Answers find_package(tvm_ffi <version>). The version is the one that the C header states; versions
# with the same major number are compatible.
foreach(_tvm_ffi_root "${CMAKE_CURRENT_LIST_DIR}/../../.." "${CMAKE_CURRENT_LIST_DIR}/..")
  if(EXISTS "${_tvm_ffi_root}/include/tvm/ffi/c_api.h")
    file(STRINGS "${_tvm_ffi_root}/include/tvm/ffi/c_api.h" _tvm_ffi_lines
         REGEX "^#define TVM_FFI_VERSION_(MAJOR|MINOR|PATCH) [0-9]+"
    )
    break()
  endif()
endforeach()
list(TRANSFORM _tvm_ffi_lines REPLACE ".* ([0-9]+).*" "\\1")
list(JOIN _tvm_ffi_lines "." PACKAGE_VERSION)
string(REGEX MATCH "^[0-9]+" _tvm_ffi_major "${PACKAGE_VERSION}")

set(PACKAGE_VERSION_COMPATIBLE FALSE)
set(PACKAGE_VERSION_EXACT FALSE)
if(PACKAGE_FIND_VERSION_RANGE)
  if(PACKAGE_FIND_VERSION_RANGE_MAX STREQUAL "EXCLUDE")
    set(_tvm_ffi_above VERSION_GREATER_EQUAL)
  else()
    set(_tvm_ffi_above VERSION_GREATER)
  endif()
  if(PACKAGE_VERSION VERSION_GREATER_EQUAL PACKAGE_FIND_VERSION_MIN
     AND NOT PACKAGE_VERSION ${_tvm_ffi_above} PACKAGE_FIND_VERSION_MAX
  )
    set(PACKAGE_VERSION_COMPATIBLE TRUE)
  endif()
elseif(PACKAGE_FIND_VERSION_MAJOR EQUAL _tvm_ffi_major)
  if(PACKAGE_VERSION VERSION_GREATER_EQUAL PACKAGE_FIND_VERSION)
    set(PACKAGE_VERSION_COMPATIBLE TRUE)
  endif()
  if(PACKAGE_VERSION VERSION_EQUAL PACKAGE_FIND_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
  endif()
endif()
