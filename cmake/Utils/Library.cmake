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
    target_compile_options(${target} PRIVATE /Zi /bigobj $<$<COMPILE_LANGUAGE:C,CXX>:/Zc:inline>)
  endif()
endfunction()

# Keeps symbols of static archives linked into TARGET out of its dynamic symbol table. On Apple
# systems these are the archives that TARGET links already, so call this after linking them.
function(tvm_ffi_hide_static_linked_lib_symbols target)
  if(APPLE)
    get_target_property(libraries ${target} LINK_LIBRARIES)
    foreach(library IN LISTS libraries)
      if(TARGET "${library}")
        get_target_property(kind ${library} TYPE)
        if(kind STREQUAL "STATIC_LIBRARY")
          set_property(TARGET ${target} PROPERTY LINK_LIBRARY_OVERRIDE_${library} tvm_ffi_hidden)
        endif()
      endif()
    endforeach()
  elseif(CMAKE_SYSTEM_NAME MATCHES "Linux|Android|BSD" AND NOT MSVC)
    target_link_options(${target} PRIVATE "LINKER:--exclude-libs,ALL")
  endif()
endfunction()
if(APPLE)
  set(CMAKE_LINK_LIBRARY_USING_tvm_ffi_hidden "LINKER:-load_hidden,<LIB_ITEM>")
  set(CMAKE_LINK_LIBRARY_USING_tvm_ffi_hidden_SUPPORTED TRUE)
endif()

# Links all of ARCHIVE into whatever links TARGET: types and functions are registered by code that
# nothing calls by name, which a linker leaves out.
function(_tvm_ffi_link_whole_archive target archive)
  if(APPLE)
    target_link_options(${target} INTERFACE "LINKER:-force_load,${archive}")
  elseif(MSVC)
    target_link_options(${target} INTERFACE "/WHOLEARCHIVE:${archive}")
  else()
    target_link_options(
      ${target} INTERFACE "LINKER:--push-state,--whole-archive,${archive},--pop-state"
    )
  endif()
endfunction()

# tvm_ffi_add_target_from_obj(<name> <object library>)
#
# Makes libraries of the same objects: <name>_static (alias <name>::static), <name>_shared (alias
# <name>::shared, file <name>), and <name>_testing, a shared library that the caller gives sources.
# All are built in <build>/lib.
function(tvm_ffi_add_target_from_obj name objects)
  add_library(${name}_static STATIC)
  add_library(${name}_shared SHARED)
  add_library(${name}_testing SHARED)
  add_library(${name}::static ALIAS ${name}_static)
  add_library(${name}::shared ALIAS ${name}_shared)
  target_link_libraries(${name}_static PRIVATE ${objects})
  target_link_libraries(${name}_shared PRIVATE ${objects})
  set_target_properties(${name}_shared PROPERTIES OUTPUT_NAME ${name})
  if(WIN32)
    target_compile_definitions(${objects} PRIVATE TVM_FFI_EXPORTS)
  endif()
  set(configurations "")
  foreach(configuration IN LISTS CMAKE_CONFIGURATION_TYPES)
    string(TOUPPER "_${configuration}" suffix)
    list(APPEND configurations ${suffix})
  endforeach()
  foreach(target ${name}_static ${name}_shared ${name}_testing)
    foreach(kind ARCHIVE LIBRARY RUNTIME)
      # Without those of each configuration, generators that know several add its name to the path.
      foreach(suffix "" ${configurations})
        set_target_properties(
          ${target} PROPERTIES ${kind}_OUTPUT_DIRECTORY${suffix} "${CMAKE_BINARY_DIR}/lib"
        )
      endforeach()
    endforeach()
  endforeach()
  tvm_ffi_add_apple_dsymutil(${name}_shared)
  tvm_ffi_add_apple_dsymutil(${name}_testing)
endfunction()

# Fails unless the STUB_* options of a call fit together.
function(_tvm_ffi_check_stub_options target)
  set(where "tvm_ffi_configure_target(${target})")
  if(ARG_STUB_PKG OR ARG_STUB_PREFIX)
    if(NOT ARG_STUB_DIR)
      message(FATAL_ERROR "${where}: STUB_PKG/STUB_PREFIX require STUB_DIR to be set.")
    elseif(NOT ARG_STUB_INIT)
      message(FATAL_ERROR "${where}: STUB_PKG/STUB_PREFIX cannot be set when STUB_INIT is OFF.")
    endif()
  elseif(ARG_STUB_INIT AND NOT ARG_STUB_DIR)
    message(FATAL_ERROR "${where}: STUB_INIT=ON requires STUB_DIR to be set.")
  endif()
endfunction()

# Runs the stub generator over STUB_DIR, with what TARGET registers, each time TARGET is built.
function(_tvm_ffi_generate_stubs target)
  get_filename_component(
    directory "${ARG_STUB_DIR}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}"
  )
  # Projects name either interpreter; the generator runs with the one that is known.
  if(NOT Python3_EXECUTABLE AND Python_EXECUTABLE)
    set(Python3_EXECUTABLE "${Python_EXECUTABLE}")
  endif()
  find_package(Python3 COMPONENTS Interpreter REQUIRED)
  set(options "")
  if(ARG_STUB_TARGET)
    list(APPEND options --target "${ARG_STUB_TARGET}")
  endif()
  if(ARG_STUB_INIT)
    if(NOT ARG_STUB_PKG)
      set(ARG_STUB_PKG "${target}")
      if(SKBUILD_PROJECT_NAME)
        set(ARG_STUB_PKG "${SKBUILD_PROJECT_NAME}")
      endif()
    endif()
    if(NOT ARG_STUB_PREFIX)
      set(ARG_STUB_PREFIX "${ARG_STUB_PKG}.")
    endif()
    list(APPEND options --init-lib "${target}" --init-pypkg "${ARG_STUB_PKG}")
    list(APPEND options --init-prefix "${ARG_STUB_PREFIX}")
  endif()
  add_custom_command(
    TARGET ${target}
    POST_BUILD
    COMMAND "${Python3_EXECUTABLE}" -m tvm_ffi.stub.cli "${directory}" --dlls
            $<TARGET_FILE:${target}> ${options}
    COMMENT "Generating the stubs of ${target}"
    VERBATIM
  )
endfunction()

# tvm_ffi_configure_target(<target> [LINK_SHARED ON|OFF] [LINK_HEADER ON|OFF]
#                          [DEBUG_SYMBOL ON|OFF] [MSVC_FLAGS ON|OFF]
#                          [STUB_DIR <dir> [STUB_TARGET python|rust]
#                           [STUB_INIT ON|OFF [STUB_PKG <package>] [STUB_PREFIX <prefix>]]])
#
# Links TARGET to the runtime (both links default to ON) and gives it relative file names in error
# traces. With STUB_DIR, a directory of the source tree, each build updates the stubs in it from
# what TARGET registers; with STUB_INIT it also writes those that are missing, for the functions and
# types whose names start with STUB_PREFIX, as part of the Python package STUB_PKG.
function(tvm_ffi_configure_target target)
  if(NOT target)
    message(FATAL_ERROR "tvm_ffi_configure_target: missing target name. "
                        "Usage: tvm_ffi_configure_target(<target> [LINK_SHARED ON|OFF] ...)"
    )
  endif()
  if(NOT TARGET ${target})
    message(FATAL_ERROR "tvm_ffi_configure_target: '${target}' is not an existing CMake target.")
  endif()
  set(switches LINK_SHARED LINK_HEADER DEBUG_SYMBOL MSVC_FLAGS)
  set(stub_options STUB_INIT STUB_DIR STUB_PKG STUB_PREFIX STUB_TARGET)
  cmake_parse_arguments(ARG "" "${switches};${stub_options}" "" ${ARGN})
  foreach(name IN LISTS switches)
    if(NOT DEFINED ARG_${name})
      set(ARG_${name} ON)
    endif()
  endforeach()
  _tvm_ffi_check_stub_options(${target})

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
  if(ARG_STUB_DIR)
    _tvm_ffi_generate_stubs(${target})
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
    install(DIRECTORY $<TARGET_FILE:${target}>.dSYM DESTINATION ${ARG_DESTINATION} OPTIONAL)
  endif()
endfunction()
