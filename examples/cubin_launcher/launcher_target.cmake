# SPDX-License-Identifier: Apache-2.0
#
# Included by the examples that use the launcher header in a library of their own.
find_package(tvm_ffi CONFIG REQUIRED)
find_path(CUDA_INCLUDE_DIR cuda_runtime.h PATHS "$ENV{CUDA_HOME}/include" /usr/local/cuda/include)
option(CMAKE_TVM_FFI_CUBIN_LAUNCHER_USE_DRIVER_API "Over the driver API, not the runtime API" OFF)
if(CMAKE_TVM_FFI_CUBIN_LAUNCHER_USE_DRIVER_API)
  find_library(CUDA_DRIVER_LIBRARY NAMES cuda libcuda.so.1 REQUIRED)
else()
  find_library(
    CUDA_RUNTIME_LIBRARY NAMES cudart REQUIRED PATHS "$ENV{CUDA_HOME}/lib64" /usr/local/cuda/lib64
  )
endif()

# add_launcher_library(<name> <source>...): a shared library over the API that was chosen.
function(add_launcher_library name)
  add_library(${name} SHARED ${ARGN})
  tvm_ffi_configure_target(${name})
  target_include_directories(${name} SYSTEM PRIVATE ${CUDA_INCLUDE_DIR})
  if(CMAKE_TVM_FFI_CUBIN_LAUNCHER_USE_DRIVER_API)
    target_compile_definitions(${name} PRIVATE TVM_FFI_CUBIN_LAUNCHER_USE_DRIVER_API=1)
    target_link_libraries(${name} PRIVATE ${CUDA_DRIVER_LIBRARY})
  else()
    target_link_libraries(${name} PRIVATE ${CUDA_RUNTIME_LIBRARY})
  endif()
endfunction()
