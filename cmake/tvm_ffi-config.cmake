# SPDX-License-Identifier: Apache-2.0
#
# find_package(tvm_ffi [<version>] CONFIG REQUIRED)
#
# Defines tvm_ffi::header (headers only) and tvm_ffi::shared (headers and libtvm_ffi), the variables
# tvm_ffi_INCLUDE_DIR, tvm_ffi_DLPACK_INCLUDE_DIR and tvm_ffi_LIB_FILES, and the functions of
# Utils/Library.cmake. A C++ install prefix also has tvm_ffi::static, for programs that contain the
# runtime; one process must not hold both. Works from an installed wheel, from a C++ install prefix
# and from a source tree whose Python package is installed in editable mode.

# Installed: <prefix>/share/cmake/tvm_ffi beside <prefix>/include and <prefix>/lib.
get_filename_component(_tvm_ffi_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(_tvm_ffi_library
    "${_tvm_ffi_prefix}/lib/${CMAKE_SHARED_LIBRARY_PREFIX}tvm_ffi${CMAKE_SHARED_LIBRARY_SUFFIX}"
)
if(EXISTS "${_tvm_ffi_prefix}/include/tvm/ffi/c_api.h" AND EXISTS "${_tvm_ffi_library}")
  set(tvm_ffi_INCLUDE_DIR "${_tvm_ffi_prefix}/include")
  set(tvm_ffi_DLPACK_INCLUDE_DIR "${tvm_ffi_INCLUDE_DIR}")
  set(tvm_ffi_LIB_FILES "${_tvm_ffi_library}")
  if(WIN32)
    set(tvm_ffi_LIB_FILES "${_tvm_ffi_prefix}/lib/tvm_ffi.lib")
  endif()
  if(EXISTS "${_tvm_ffi_prefix}/libinfo.py")
    # Projects over the Python package go on to use Python_EXECUTABLE.
    find_package(Python COMPONENTS Interpreter)
  endif()
else()
  find_package(Python COMPONENTS Interpreter REQUIRED)
  foreach(_tvm_ffi_pair "INCLUDE_DIR;--includedir" "DLPACK_INCLUDE_DIR;--dlpack-includedir"
                        "LIB_FILES;--libfiles"
  )
    list(GET _tvm_ffi_pair 0 _tvm_ffi_name)
    list(GET _tvm_ffi_pair 1 _tvm_ffi_flag)
    execute_process(
      COMMAND "${Python_EXECUTABLE}" -m tvm_ffi.config ${_tvm_ffi_flag}
      OUTPUT_VARIABLE tvm_ffi_${_tvm_ffi_name}
      ERROR_VARIABLE _tvm_ffi_stderr
      RESULT_VARIABLE _tvm_ffi_status
      OUTPUT_STRIP_TRAILING_WHITESPACE
    )
    if(NOT _tvm_ffi_status EQUAL 0)
      message(FATAL_ERROR "tvm_ffi: `${Python_EXECUTABLE} -m tvm_ffi.config ${_tvm_ffi_flag}` "
                          "failed; is tvm-ffi installed for this interpreter?\n${_tvm_ffi_stderr}"
      )
    endif()
  endforeach()
endif()
message(STATUS "Finding libfiles ${tvm_ffi_LIB_FILES}")

if(NOT TARGET tvm_ffi::header)
  add_library(tvm_ffi::header INTERFACE IMPORTED)
  target_compile_features(tvm_ffi::header INTERFACE cxx_std_17)
  target_include_directories(
    tvm_ffi::header INTERFACE "${tvm_ffi_INCLUDE_DIR}" "${tvm_ffi_DLPACK_INCLUDE_DIR}"
  )
endif()
if(NOT TARGET tvm_ffi::shared)
  add_library(tvm_ffi::shared SHARED IMPORTED)
  target_compile_features(tvm_ffi::shared INTERFACE cxx_std_17)
  target_include_directories(
    tvm_ffi::shared INTERFACE "${tvm_ffi_INCLUDE_DIR}" "${tvm_ffi_DLPACK_INCLUDE_DIR}"
  )
  if(WIN32)
    set_target_properties(tvm_ffi::shared PROPERTIES IMPORTED_IMPLIB "${tvm_ffi_LIB_FILES}")
  else()
    set_target_properties(tvm_ffi::shared PROPERTIES IMPORTED_LOCATION "${tvm_ffi_LIB_FILES}")
  endif()
endif()
include("${CMAKE_CURRENT_LIST_DIR}/Utils/Library.cmake")
include("${CMAKE_CURRENT_LIST_DIR}/Utils/EmbedCubin.cmake")

set(_tvm_ffi_archive
    "${_tvm_ffi_prefix}/lib/${CMAKE_STATIC_LIBRARY_PREFIX}tvm_ffi_static${CMAKE_STATIC_LIBRARY_SUFFIX}"
)
if(NOT TARGET tvm_ffi::static AND EXISTS "${_tvm_ffi_archive}")
  include(CMakeFindDependencyMacro)
  find_dependency(Threads)
  add_library(tvm_ffi::static INTERFACE IMPORTED)
  target_link_libraries(tvm_ffi::static INTERFACE tvm_ffi::header Threads::Threads ${CMAKE_DL_LIBS})
  _tvm_ffi_link_whole_archive(tvm_ffi::static "${_tvm_ffi_archive}")
endif()
