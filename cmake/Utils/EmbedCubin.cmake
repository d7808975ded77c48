# SPDX-License-Identifier: Apache-2.0
#
# CUDA images built by CMake and embedded into libraries for TVM_FFI_EMBED_CUBIN
# (tvm/ffi/extra/cuda/cubin_launcher.h).

# A static runtime would have to match the driver exactly.
if(NOT DEFINED CMAKE_CUDA_RUNTIME_LIBRARY)
  set(CMAKE_CUDA_RUNTIME_LIBRARY Shared)
  message(STATUS "Setting CMAKE_CUDA_RUNTIME_LIBRARY to Shared; set it to None for targets that "
                 "use only the CUDA driver API"
  )
endif()

set(OBJECT_COPY_UTIL "${CMAKE_CURRENT_LIST_DIR}/ObjectCopyUtil.cmake")
set(TVM_FFI_EMBED_BIN_SOURCE "${CMAKE_CURRENT_LIST_DIR}/embed_bin.c.in")

# Compiles SOURCE to images of one kind in TARGET; TARGET_bin copies each to <name>.<kind> beside it.
function(_tvm_ffi_add_cuda_image target kind source)
  add_library(${target} OBJECT ${source})
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:--${kind}>)
  add_custom_target(
    ${target}_bin ALL
    COMMAND ${CMAKE_COMMAND} "-DOBJECTS=$<TARGET_OBJECTS:${target}>" -DOUT_DIR= -DEXT=${kind} -P
            ${OBJECT_COPY_UTIL}
    DEPENDS $<TARGET_OBJECTS:${target}>
    COMMENT "Copying the ${kind} images of ${target}"
    VERBATIM
  )
endfunction()

# add_tvm_ffi_cubin(<target> CUDA <source>): compiles to cubin images; the target needs exactly one
# real architecture, for example CUDA_ARCHITECTURES 90-real.
function(add_tvm_ffi_cubin target)
  cmake_parse_arguments(ARG "" "CUDA" "" ${ARGN})
  if(NOT ARG_CUDA)
    message(FATAL_ERROR "add_tvm_ffi_cubin: CUDA source is required")
  endif()
  _tvm_ffi_add_cuda_image(${target} cubin ${ARG_CUDA})
endfunction()

# add_tvm_ffi_fatbin(<target> CUDA <source>): compiles to fatbin images for all architectures.
function(add_tvm_ffi_fatbin target)
  cmake_parse_arguments(ARG "" "CUDA" "" ${ARGN})
  if(NOT ARG_CUDA)
    message(FATAL_ERROR "add_tvm_ffi_fatbin: CUDA source is required")
  endif()
  _tvm_ffi_add_cuda_image(${target} fatbin ${ARG_CUDA})
endfunction()

# tvm_ffi_embed_bin_into(<target> SYMBOL <name> BIN <file>)
#
# Links FILE into TARGET under the symbols that TVM_FFI_EMBED_CUBIN(<name>) declares, visible within
# the library only. TARGET may have any number of sources, and is linked again when FILE changes.
# FILE may hold generator expressions; when a custom target makes it, make TARGET depend on that.
function(tvm_ffi_embed_bin_into target)
  cmake_parse_arguments(ARG "" "SYMBOL;BIN" "" ${ARGN})
  if(NOT ARG_BIN)
    message(FATAL_ERROR "tvm_ffi_embed_bin_into: BIN is required")
  endif()
  if(NOT ARG_SYMBOL)
    message(FATAL_ERROR "tvm_ffi_embed_bin_into: SYMBOL is required")
  endif()
  if(NOT ARG_SYMBOL MATCHES "^[A-Za-z_][A-Za-z0-9_]*$")
    message(FATAL_ERROR "tvm_ffi_embed_bin_into: SYMBOL must be a C identifier: ${ARG_SYMBOL}")
  endif()
  if(MSVC)
    message(FATAL_ERROR "tvm_ffi_embed_bin_into: needs a compiler with GNU assembler syntax")
  endif()

  set(object "${CMAKE_CURRENT_BINARY_DIR}/${target}_${ARG_SYMBOL}_embedded.o")
  if(CMAKE_C_COMPILER_LOADED)
    set(compiler ${CMAKE_C_COMPILER})
  else()
    set(compiler ${CMAKE_CXX_COMPILER})
  endif()
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${compiler} -x c -fPIC -c ${TVM_FFI_EMBED_BIN_SOURCE} -o ${object}
            -DTVM_FFI_EMBED_NAME=${ARG_SYMBOL} "-DTVM_FFI_EMBED_FILE=\"${ARG_BIN}\""
    DEPENDS ${ARG_BIN} ${TVM_FFI_EMBED_BIN_SOURCE}
    COMMENT "Embedding ${ARG_SYMBOL} into ${target}"
    VERBATIM
  )
  set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  target_sources(${target} PRIVATE ${object})
endfunction()
