# SPDX-License-Identifier: Apache-2.0
#
# The name of the machine that code is compiled for, as GNU tools write it: x86_64-linux-gnu.

# Asks a compiler for the machine it compiles for; empty if it does not understand the question.
function(_tvm_ffi_ask_compiler_for_triple compiler flag out)
  execute_process(
    COMMAND ${compiler} ${flag}
    RESULT_VARIABLE status
    OUTPUT_VARIABLE answer
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
  )
  if(NOT status EQUAL 0 OR NOT answer MATCHES "^[A-Za-z0-9_.]+(-[A-Za-z0-9_.]+)+$")
    set(answer "")
  endif()
  set(${out} "${answer}" PARENT_SCOPE)
endfunction()

# The triple as far as the names of the system and the processor tell it.
function(_tvm_ffi_guess_triple out)
  set(arch "${CMAKE_SYSTEM_PROCESSOR}")
  if(arch STREQUAL "")
    set(arch "${CMAKE_HOST_SYSTEM_PROCESSOR}")
  endif()
  string(TOLOWER "${arch}" arch)
  if(arch MATCHES "^(amd64|x64)$")
    set(arch x86_64)
  elseif(arch STREQUAL "arm64" AND NOT APPLE)
    set(arch aarch64)
  endif()
  if(APPLE)
    set(guess "${arch}-apple-darwin")
  elseif(MSVC)
    set(guess "${arch}-pc-windows-msvc")
  elseif(WIN32)
    set(guess "${arch}-w64-mingw32")
  elseif(ANDROID)
    set(guess "${arch}-linux-android")
  elseif(CMAKE_LIBRARY_ARCHITECTURE)
    set(guess "${CMAKE_LIBRARY_ARCHITECTURE}")
  else()
    set(guess "${arch}-unknown-linux-gnu")
  endif()
  set(${out} "${guess}" PARENT_SCOPE)
endfunction()

# detect_target_triple(<variable>)
#
# Sets <variable> to what the toolchain file says, else to what the compiler says, else to a guess.
function(detect_target_triple variable)
  foreach(language CXX C)
    if(CMAKE_${language}_COMPILER_TARGET)
      set(${variable} "${CMAKE_${language}_COMPILER_TARGET}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  foreach(language CXX C)
    if(NOT CMAKE_${language}_COMPILER)
      continue()
    endif()
    foreach(flag -dumpmachine --print-target-triple)
      _tvm_ffi_ask_compiler_for_triple("${CMAKE_${language}_COMPILER}" ${flag} answer)
      if(answer)
        set(${variable} "${answer}" PARENT_SCOPE)
        return()
      endif()
    endforeach()
  endforeach()
  _tvm_ffi_guess_triple(guess)
  set(${variable} "${guess}" PARENT_SCOPE)
endfunction()
