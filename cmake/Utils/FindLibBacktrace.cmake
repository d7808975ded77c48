# SPDX-License-Identifier: Apache-2.0
#
# Looks for libbacktrace, which adds files, lines and inlined functions to backtraces. Compilers
# ship it in a directory of their own, distributions in the usual ones. Without a usable one,
# backtraces name exported functions only; nothing else changes.
include_guard(GLOBAL)
include(CheckCXXSourceCompiles)

# Asks the compiler for a file of its own directories; empty if it has none of that name.
function(_tvm_ffi_compiler_file name out)
  set(path "")
  if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    execute_process(
      COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=${name} OUTPUT_VARIABLE path
      OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
    )
  endif()
  if(NOT IS_ABSOLUTE "${path}")
    set(path "")
  endif()
  set(${out} "${path}" PARENT_SCOPE)
endfunction()

# tvm_ffi_find_libbacktrace(<found>)
#
# Sets <found> to TRUE or FALSE in the caller's scope, and with TRUE the cache variables
# TVM_FFI_LIBBACKTRACE_ARCHIVE and TVM_FFI_LIBBACKTRACE_HEADER. Found means that the archive links
# into a shared library, and that the C library can tell the load address of an address's module.
function(tvm_ffi_find_libbacktrace found)
  set(${found} FALSE PARENT_SCOPE)
  if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
    return()
  endif()
  _tvm_ffi_compiler_file(libbacktrace.a own_archive)
  get_filename_component(own_directory "${own_archive}" DIRECTORY)
  find_file(
    TVM_FFI_LIBBACKTRACE_ARCHIVE libbacktrace.a
    HINTS "${own_directory}"
    PATH_SUFFIXES lib ${CMAKE_LIBRARY_ARCHITECTURE}
    PATHS /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE} /usr/lib /usr/local/lib
  )
  find_file(TVM_FFI_LIBBACKTRACE_HEADER backtrace.h HINTS "${own_directory}/include"
            PATH_SUFFIXES include
  )
  mark_as_advanced(TVM_FFI_LIBBACKTRACE_ARCHIVE TVM_FFI_LIBBACKTRACE_HEADER)
  if(NOT TVM_FFI_LIBBACKTRACE_ARCHIVE OR NOT TVM_FFI_LIBBACKTRACE_HEADER)
    return()
  endif()
  set(CMAKE_REQUIRED_FLAGS "-fPIC -shared -Wl,-z,defs -Wl,-z,text")
  set(CMAKE_REQUIRED_LIBRARIES "${TVM_FFI_LIBBACKTRACE_ARCHIVE}" ${CMAKE_DL_LIBS})
  set(CMAKE_REQUIRED_QUIET ON)
  check_cxx_source_compiles(
    "#include <dlfcn.h>
     #include <gnu/libc-version.h>
     #include <link.h>
     #include <stdint.h>
     #include \"${TVM_FFI_LIBBACKTRACE_HEADER}\"
     int Find(void* pc, Dl_info* info, void** map) {
       backtrace_state* state = backtrace_create_state(\"\", 1, nullptr, nullptr);
       backtrace_syminfo(state, 0, nullptr, nullptr, nullptr);
       return dladdr1(pc, info, map, RTLD_DL_LINKMAP) +
              backtrace_pcinfo(state, 0, nullptr, nullptr, nullptr);
     }
     int main() { return 0; }"
    TVM_FFI_LIBBACKTRACE_LINKS
  )
  if(TVM_FFI_LIBBACKTRACE_LINKS)
    set(${found} TRUE PARENT_SCOPE)
  endif()
endfunction()
