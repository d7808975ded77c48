# SPDX-License-Identifier: Apache-2.0
#
# Helpers for targets that build on tvm_ffi: portable file names in traces, hidden static symbols,
# and `tvm_ffi_configure_target`, which is what a consumer's project normally calls.

# Makes __FILE__ and debug information of TARGET relative to PREFIX.
function(tvm_ffi_add_prefix_map target prefix)
  if(CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
    target_compile_options(${target} PRIVATE "-ffile-prefix-map=${prefix}/=")
  endif()
endfunction()

# Collects debug symbols into a .dSYM bundle on Apple systems; does nothing elsewhere.
function(tvm_ffi_add_apple_dsymutil target)
  if(APPLE)
    find_program(DSYMUTIL dsymutil)
    mark_as_advanced(DSYMUTIL)
    add_custom_command(
      TARGET ${target}
      POST_BUILD
      COMMAND ${DSYMUTIL} $<TARGET_FILE:${target}>
      COMMENT "[dsymutil] ${target}"
    )
  endif()
endfunction()

# The definitions and options that MSVC needs to compile the headers.
function(tvm_ffi_add_msvc_flags target)
  if(MSVC)
    target_compile_definitions(
      ${target} PUBLIC WIN32_LEAN_AND_MEAN _CRT_SECURE_NO_WARNINGS _SCL_SECURE_NO_WARNINGS
                       _ENABLE_EXTENDED_ALIGNED_STORAGE NOMINMAX
    )
    target_compile_options(
      ${target} PRIVATE /Zi /bigobj $<$<COMPILE_LANGUAGE:C,CXX>:/Zc:inline>
    )
  endif()
endfunction()

# Keeps symbols of static archives linked into TARGET out of its dynamic symbol table.
function(tvm_ffi_hide_static_linked_lib_symbols target)
  if(UNIX AND NOT APPLE)
    target_link_options(${target} PRIVATE "LINKER:--exclude-libs,ALL")
  endif()
endfunction()

# tvm_ffi_configure_target(<target> [LINK_SHARED ON|OFF] [LINK_HEADER ON|OFF]
#                          [DEBUG_SYMBOL ON|OFF] [MSVC_FLAGS ON|OFF])
#
# Links TARGET to the runtime (both links default to ON) and gives it relative file names in error
# traces.
function(tvm_ffi_configure_target target)
  if(NOT target)
    message(FATAL_ERROR "tvm_ffi_configure_target: missing target name. "
                        "Usage: tvm_ffi_configure_target(<target> [LINK_SHARED ON|OFF] ...)"
    )
  endif()
  if(NOT TARGET ${target})
    message(FATAL_ERROR "tvm_ffi_configure_target: '${target}' is not an existing CMake target.")
  endif()
  cmake_parse_arguments(ARG "" "LINK_SHARED;LINK_HEADER;DEBUG_SYMBOL;MSVC_FLAGS" "" ${ARGN})
  foreach(name LINK_SHARED LINK_HEADER DEBUG_SYMBOL MSVC_FLAGS)
    if(NOT DEFINED ARG_${name})
      set(ARG_${name} ON)
    endif()
  endforeach()

  tvm_ffi_add_prefix_map(${target} ${CMAKE_CURRENT_SOURCE_DIR})
  foreach(kind header shared)
    string(TOUPPER ${kind} upper)
    if(ARG_LINK_${upper})
      if(NOT TARGET tvm_ffi::${kind})
        message(FATAL_ERROR "tvm_ffi_configure_target(${target}): LINK_${upper} requested but "
                            "targets 'tvm_ffi::${kind}' do not exist."
        )
      endif()
      target_link_libraries(${target} PRIVATE tvm_ffi::${kind})
    endif()
  endforeach()
  if(ARG_DEBUG_SYMBOL)
    tvm_ffi_add_apple_dsymutil(${target})
  endif()
  if(ARG_MSVC_FLAGS)
    tvm_ffi_add_msvc_flags(${target})
  endif()
endfunction()

# tvm_ffi_install(<target> [DESTINATION <dir>]): installs the .dSYM bundle on Apple systems.
function(tvm_ffi_install target)
  if(NOT TARGET ${target})
    message(FATAL_ERROR "tvm_ffi_install: '${target}' is not an existing CMake target.")
  endif()
  cmake_parse_arguments(ARG "" "DESTINATION" "" ${ARGN})
  if(NOT ARG_DESTINATION)
    set(ARG_DESTINATION ".")
  endif()
  if(APPLE)
    install(
      DIRECTORY $<TARGET_FILE:${target}>.dSYM
      DESTINATION ${ARG_DESTINATION}
      OPTIONAL
    )
  endif()
endfunction()
