// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/cuda/internal/unified_api.h
 * \brief One set of names over the CUDA driver API and the CUDA runtime API.
 *
 * The runtime API can load libraries since CUDA 12.8 and is the default from there on. Define
 * TVM_FFI_CUBIN_LAUNCHER_USE_DRIVER_API to 1 to use the driver API (needs libcuda, and somebody who
 * has called cuInit), to 0 to insist on the runtime API. <cuda_runtime.h> is needed either way,
 * linking cudart only in runtime mode.
 */
#ifndef TVM_FFI_EXTRA_CUDA_INTERNAL_UNIFIED_API_H_
#define TVM_FFI_EXTRA_CUDA_INTERNAL_UNIFIED_API_H_

#include <cuda.h>
#include <cuda_runtime.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/cuda/base.h>

#include <cstdint>

#ifndef TVM_FFI_CUBIN_LAUNCHER_USE_DRIVER_API
#if CUDART_VERSION >= 12080
#define TVM_FFI_CUBIN_LAUNCHER_USE_DRIVER_API 0
#else
#define TVM_FFI_CUBIN_LAUNCHER_USE_DRIVER_API 1
#endif
#endif

#define _TVM_FFI_CUDA_TEXT_IMPL(x) #x
#define _TVM_FFI_CUDA_TEXT(x) _TVM_FFI_CUDA_TEXT_IMPL(x)
static_assert(
    TVM_FFI_CUBIN_LAUNCHER_USE_DRIVER_API || CUDART_VERSION >= 12080,
    "Runtime API only supported for CUDA >= 12.8, got CUDA Runtime version: " _TVM_FFI_CUDA_TEXT(
        CUDART_VERSION));
#undef _TVM_FFI_CUDA_TEXT
#undef _TVM_FFI_CUDA_TEXT_IMPL

/*! \brief `cu<name>` with the driver API, `cuda<name>` with the runtime API. */
#if TVM_FFI_CUBIN_LAUNCHER_USE_DRIVER_API
#define _TVM_FFI_CUDA_FUNC(name) cu##name
#else
#define _TVM_FFI_CUDA_FUNC(name) cuda##name
#endif

namespace tvm {
namespace ffi {
/*!
 * \brief The CUDA API chosen at compile time, under common names.
 *
 * Functions return the API's own result code unless they say otherwise.
 */
namespace cuda_api {

// ---- what differs between the two APIs --------------------------------------------------------
#if TVM_FFI_CUBIN_LAUNCHER_USE_DRIVER_API

using StreamHandle = CUstream;
using DeviceHandle = CUdevice;
using LibraryHandle = CUlibrary;
using KernelHandle = CUkernel;
using LaunchConfig = CUlaunchConfig;
using ResultType = CUresult;
using LaunchAttrType = CUlaunchAttribute;
using DeviceAttrType = CUdevice_attribute;
constexpr ResultType kSuccess = CUDA_SUCCESS;

/*! \brief The name and the description of a result code; both strings are static. */
inline void GetErrorString(ResultType code, const char** name, const char** str) {
  // The driver leaves the pointers alone when it does not know the code.
  *name = *str = "unknown error";
  cuGetErrorName(code, name);
  cuGetErrorString(code, str);
}

/*! \brief Launch on `stream` in the current context. */
inline ResultType LaunchKernel(KernelHandle kernel, void** args, tvm::ffi::dim3 grid,
                               tvm::ffi::dim3 block, StreamHandle stream,
                               uint32_t dyn_smem_bytes = 0) {
  return cuLaunchKernel(reinterpret_cast<CUfunction>(kernel), grid.x, grid.y, grid.z, block.x,
                        block.y, block.z, dyn_smem_bytes, stream, args, nullptr);
}

/*! \brief Launch with attributes, see ConstructLaunchConfig. */
inline ResultType LaunchKernelEx(KernelHandle kernel, void** args, const LaunchConfig& config) {
  return cuLaunchKernelEx(&config, reinterpret_cast<CUfunction>(kernel), args, nullptr);
}

/*! \brief Static shared memory of a kernel on `device`, in bytes; `out` is kept on failure. */
inline ResultType GetKernelSharedMem(KernelHandle kernel, int& out, DeviceHandle device) {
  return cuKernelGetAttribute(&out, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, kernel, device);
}

/*! \brief Raise the limit of dynamic shared memory of a kernel on `device`, in bytes. */
inline ResultType SetKernelMaxDynamicSharedMem(KernelHandle kernel, int shmem,
                                               DeviceHandle device) {
  return cuKernelSetAttribute(CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, shmem, kernel,
                              device);
}

/*! \brief Number of CUDA devices. */
inline ResultType GetDeviceCount(int* count) { return cuDeviceGetCount(count); }

#else

using StreamHandle = cudaStream_t;
using DeviceHandle = int;
using LibraryHandle = cudaLibrary_t;
using KernelHandle = cudaKernel_t;
using LaunchConfig = cudaLaunchConfig_t;
using ResultType = cudaError_t;
using LaunchAttrType = cudaLaunchAttribute;
using DeviceAttrType = cudaDeviceAttr;
constexpr ResultType kSuccess = cudaSuccess;

/*! \brief The name and the description of a result code; both strings are static. */
inline void GetErrorString(ResultType code, const char** name, const char** str) {
  *name = cudaGetErrorName(code);
  *str = cudaGetErrorString(code);
}

/*! \brief Launch on `stream` on the current device. */
inline ResultType LaunchKernel(KernelHandle kernel, void** args, tvm::ffi::dim3 grid,
                               tvm::ffi::dim3 block, StreamHandle stream,
                               uint32_t dyn_smem_bytes = 0) {
  return cudaLaunchKernel(reinterpret_cast<const void*>(kernel), {grid.x, grid.y, grid.z},
                          {block.x, block.y, block.z}, args, dyn_smem_bytes, stream);
}

/*! \brief Launch with attributes, see ConstructLaunchConfig. */
inline ResultType LaunchKernelEx(KernelHandle kernel, void** args, const LaunchConfig& config) {
  return cudaLaunchKernelExC(&config, reinterpret_cast<const void*>(kernel), args);
}

/*!
 * \brief Static shared memory of a kernel, in bytes; `out` is kept on failure.
 * \note Describes the current device: the runtime API cannot ask about another one.
 */
inline ResultType GetKernelSharedMem(KernelHandle kernel, int& out, DeviceHandle /*device*/) {
  cudaFuncAttributes attributes;
  const ResultType code = cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(kernel));
  if (code == kSuccess) out = static_cast<int>(attributes.sharedSizeBytes);
  return code;
}

/*! \brief Raise the limit of dynamic shared memory of a kernel on `device`, in bytes. */
inline ResultType SetKernelMaxDynamicSharedMem(KernelHandle kernel, int shmem,
                                               DeviceHandle device) {
  return cudaKernelSetAttributeForDevice(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, shmem,
                                         device);
}

/*! \brief Number of CUDA devices. */
inline ResultType GetDeviceCount(int* count) { return cudaGetDeviceCount(count); }

#endif

// ---- what only differs in the prefix ----------------------------------------------------------

/*! \brief Load a cubin, a fatbin or NUL-terminated PTX text; the driver keeps a copy of its own. */
inline ResultType LoadLibrary(LibraryHandle* library, const void* image) {
  return _TVM_FFI_CUDA_FUNC(LibraryLoadData)(library, image, nullptr, nullptr, 0, nullptr, nullptr,
                                             0);
}

/*! \brief Unload a library; its kernels become invalid. */
inline ResultType UnloadLibrary(LibraryHandle library) {
  return _TVM_FFI_CUDA_FUNC(LibraryUnload)(library);
}

/*! \brief Look a kernel up by the name it has in the image. */
inline ResultType GetKernel(KernelHandle* kernel, LibraryHandle library, const char* name) {
  return _TVM_FFI_CUDA_FUNC(LibraryGetKernel)(kernel, library, name);
}

/*! \brief An attribute of a device; `value` is kept on failure. */
inline ResultType GetDeviceAttribute(int* value, DeviceAttrType attr, DeviceHandle device) {
  return _TVM_FFI_CUDA_FUNC(DeviceGetAttribute)(value, attr, device);
}

}  // namespace cuda_api

/*!
 * \brief Evaluate a cuda_api call once and throw RuntimeError unless it succeeds.
 *
 * The message names the code, its number and its description.
 */
#define TVM_FFI_CHECK_CUBIN_LAUNCHER_CUDA_ERROR(stmt)                               \
  do {                                                                              \
    const ::tvm::ffi::cuda_api::ResultType tvm_ffi_cuda_code_ = (stmt);             \
    if (tvm_ffi_cuda_code_ != ::tvm::ffi::cuda_api::kSuccess) {                     \
      const char* tvm_ffi_cuda_name_;                                               \
      const char* tvm_ffi_cuda_text_;                                               \
      ::tvm::ffi::cuda_api::GetErrorString(tvm_ffi_cuda_code_, &tvm_ffi_cuda_name_, \
                                           &tvm_ffi_cuda_text_);                    \
      TVM_FFI_THROW(RuntimeError) << "CUDA Error: " << tvm_ffi_cuda_name_ << " ("   \
                                  << static_cast<int>(tvm_ffi_cuda_code_)           \
                                  << "): " << tvm_ffi_cuda_text_;                   \
    }                                                                               \
  } while (0)

namespace cuda_api {

/*!
 * \brief The handle of device number `device_id`.
 * \throws RuntimeError if the driver does not know the device (driver API only).
 */
inline DeviceHandle GetDeviceHandle(int device_id) {
#if TVM_FFI_CUBIN_LAUNCHER_USE_DRIVER_API
  CUdevice device;
  TVM_FFI_CHECK_CUBIN_LAUNCHER_CUDA_ERROR(cuDeviceGet(&device, device_id));
  return device;
#else
  return device_id;
#endif
}

/*!
 * \brief Fill the structure that LaunchKernelEx takes.
 * \param cluster_dim Blocks per cluster along x; 1 or less means no cluster.
 * \param config Filled in; its `attrs` points at `attr` when there is a cluster.
 * \param attr Storage of the cluster attribute, which must outlive the launch; untouched otherwise.
 * \return Always success.
 */
inline ResultType ConstructLaunchConfig(KernelHandle /*kernel*/, StreamHandle stream,
                                        uint32_t smem_size, tvm::ffi::dim3 grid,
                                        tvm::ffi::dim3 block, int cluster_dim, LaunchConfig& config,
                                        LaunchAttrType& attr) {
  config = LaunchConfig{};
#if TVM_FFI_CUBIN_LAUNCHER_USE_DRIVER_API
  config.gridDimX = grid.x;
  config.gridDimY = grid.y;
  config.gridDimZ = grid.z;
  config.blockDimX = block.x;
  config.blockDimY = block.y;
  config.blockDimZ = block.z;
  config.sharedMemBytes = smem_size;
  config.hStream = stream;
#else
  config.gridDim = {grid.x, grid.y, grid.z};
  config.blockDim = {block.x, block.y, block.z};
  config.dynamicSmemBytes = smem_size;
  config.stream = stream;
#endif
  if (cluster_dim > 1) {
#if TVM_FFI_CUBIN_LAUNCHER_USE_DRIVER_API
    attr.id = CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION;
    auto& cluster = attr.value.clusterDim;
#else
    attr.id = cudaLaunchAttributeClusterDimension;
    auto& cluster = attr.val.clusterDim;
#endif
    cluster.x = static_cast<unsigned int>(cluster_dim);
    cluster.y = 1;
    cluster.z = 1;
    config.attrs = &attr;
    config.numAttrs = 1;
  }
  return kSuccess;
}

}  // namespace cuda_api
}  // namespace ffi
}  // namespace tvm

#endif  // TVM_FFI_EXTRA_CUDA_INTERNAL_UNIFIED_API_H_
