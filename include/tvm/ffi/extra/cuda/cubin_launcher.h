// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/cuda/cubin_launcher.h
 * \brief Loads CUDA images (cubin, fatbin, PTX) from memory and launches their kernels.
 *
 * Header-only, over the driver or the runtime API (internal/unified_api.h). Use it inside a library
 * that carries or receives images. To give every language of the process a loader for a kind of
 * image, wrap a CubinModule in a ModuleObj and register `ffi.Module.load_from_bytes.<kind>`; the
 * example examples/cubin_launcher/cubin_loader does exactly that.
 *
 * \code
 *   static ffi::CubinModule mod(image);               // ffi::Bytes
 *   static ffi::CubinKernel kernel = mod["add_one"];
 *   void* x = input.data_ptr();
 *   void* y = output.data_ptr();
 *   int64_t n = input.size(0);
 *   void* args[] = {&x, &y, &n};
 *   auto stream = static_cast<cuda_api::StreamHandle>(
 *       TVMFFIEnvGetStream(input.device().device_type, input.device().device_id));
 *   TVM_FFI_CHECK_CUBIN_LAUNCHER_CUDA_ERROR(
 *       kernel.Launch(args, ffi::dim3((n + 255) / 256), ffi::dim3(256), stream));
 * \endcode
 *
 * A library and its kernels serve all devices. A launch goes to the current device and the given
 * stream: with several GPUs put a CUDADeviceGuard (device_guard.h) around it.
 */
#ifndef TVM_FFI_EXTRA_CUDA_CUBIN_LAUNCHER_H_
#define TVM_FFI_EXTRA_CUDA_CUBIN_LAUNCHER_H_

#include <cuda.h>
#include <cuda_runtime.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/c_env_api.h>
#include <tvm/ffi/extra/cuda/base.h>
#include <tvm/ffi/extra/cuda/internal/unified_api.h>
#include <tvm/ffi/string.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace tvm {
namespace ffi {

class CubinModule;

/*!
 * \brief A kernel of a CubinModule, which must outlive it.
 *
 * Movable, not copyable; a moved-from kernel is null. Launches are asynchronous and report trouble
 * by their result code only.
 */
class CubinKernel {
 public:
  /*!
   * \brief Look up the kernel `name` of `library`.
   * \throws RuntimeError if the image has no such kernel.
   */
  CubinKernel(cuda_api::LibraryHandle library, const char* name) {
    TVM_FFI_CHECK_CUBIN_LAUNCHER_CUDA_ERROR(cuda_api::GetKernel(&kernel_, library, name));
  }

  CubinKernel(const CubinKernel&) = delete;
  CubinKernel& operator=(const CubinKernel&) = delete;
  CubinKernel(CubinKernel&& other) noexcept : kernel_(std::exchange(other.kernel_, nullptr)) {}
  CubinKernel& operator=(CubinKernel&& other) noexcept {
    if (this != &other) kernel_ = std::exchange(other.kernel_, nullptr);
    return *this;
  }

  /*!
   * \brief Launch on the current device.
   * \param args One pointer per kernel parameter, to the value of the argument.
   * \param grid Number of blocks.
   * \param block Threads per block.
   * \param stream Stream to enqueue on.
   * \param dyn_smem_bytes Dynamic shared memory per block, in bytes.
   */
  cuda_api::ResultType Launch(void** args, dim3 grid, dim3 block, cuda_api::StreamHandle stream,
                              uint32_t dyn_smem_bytes = 0) {
    return cuda_api::LaunchKernel(kernel_, args, grid, block, stream, dyn_smem_bytes);
  }

  /*! \brief Launch with a configuration made by cuda_api::ConstructLaunchConfig. */
  cuda_api::ResultType LaunchEx(void** args, const cuda_api::LaunchConfig& config) {
    return cuda_api::LaunchKernelEx(kernel_, args, config);
  }

  /*! \brief The CUDA handle. */
  cuda_api::KernelHandle GetHandle() const { return kernel_; }

 private:
  friend class CubinModule;

  void SetMaxDynamicSharedMemory(int64_t dynamic_smem_max = -1) {
    int device_count = 0;
    if (cuda_api::GetDeviceCount(&device_count) != cuda_api::kSuccess || device_count == 0) return;
    bool any_device = false;
    for (int i = 0; i < device_count; ++i) {
      any_device |= SetMaxDynamicSharedMemoryOn(cuda_api::GetDeviceHandle(i), dynamic_smem_max);
    }
    if (!any_device) {
      TVM_FFI_THROW(RuntimeError) << "Failed to set dynamic shared memory attribute for any device";
    }
  }

  bool SetMaxDynamicSharedMemoryOn(cuda_api::DeviceHandle device, int64_t dynamic_smem_max) {
    // The default limit per block; a kernel gets more only when a caller names the number.
    constexpr auto kMaxSharedMemoryPerBlock = static_cast<cuda_api::DeviceAttrType>(8);
    int limit = 0;
    if (cuda_api::GetDeviceAttribute(&limit, kMaxSharedMemoryPerBlock, device) !=
        cuda_api::kSuccess) {
      return false;
    }
    int dynamic_bytes = static_cast<int>(dynamic_smem_max);
    if (dynamic_smem_max == -1) {
      int static_bytes = 0;
      if (cuda_api::GetKernelSharedMem(kernel_, static_bytes, device) != cuda_api::kSuccess) {
        return false;
      }
      dynamic_bytes = std::max(0, limit - static_bytes);
    }
    return cuda_api::SetKernelMaxDynamicSharedMem(kernel_, dynamic_bytes, device) ==
           cuda_api::kSuccess;
  }

  cuda_api::KernelHandle kernel_ = nullptr;
};

/*!
 * \brief Owns a CUDA library that was loaded from an image in memory.
 *
 * The image is a cubin, a fatbin, or PTX text ending in NUL (the bytes of a Bytes value always do).
 * The driver keeps a copy, so the bytes may go away after construction; it finds the size in the
 * image itself, so an image from an untrusted source must be checked before it gets here.
 * Movable, not copyable; a moved-from module is null.
 */
class CubinModule {
 public:
  /*! \brief Load an image. \throws RuntimeError if CUDA refuses it. */
  explicit CubinModule(const Bytes& bytes) : CubinModule(bytes.data()) {}

  /*! \brief Load an image that starts at `code`. \throws RuntimeError if CUDA refuses it. */
  explicit CubinModule(const char* code) {
    TVM_FFI_CHECK_CUBIN_LAUNCHER_CUDA_ERROR(cuda_api::LoadLibrary(&library_, code));
  }

  /*! \brief Load an image that starts at `code`. \throws RuntimeError if CUDA refuses it. */
  explicit CubinModule(const unsigned char* code)
      : CubinModule(reinterpret_cast<const char*>(code)) {}

  CubinModule(const CubinModule&) = delete;
  CubinModule& operator=(const CubinModule&) = delete;
  CubinModule(CubinModule&& other) noexcept : library_(std::exchange(other.library_, nullptr)) {}
  CubinModule& operator=(CubinModule&& other) noexcept {
    if (this != &other) {
      Unload();
      library_ = std::exchange(other.library_, nullptr);
    }
    return *this;
  }

  ~CubinModule() { Unload(); }

  /*! \brief Look up a kernel. \throws RuntimeError if the image has none of that name. */
  CubinKernel GetKernel(const char* name) { return CubinKernel(library_, name); }

  /*! \brief Same as GetKernel. */
  CubinKernel operator[](const char* name) { return GetKernel(name); }

  /*!
   * \brief Look up a kernel and set its limit of dynamic shared memory on every device.
   * \param name The kernel's name in the image.
   * \param dynamic_smem_max The limit in bytes. By default (-1) what the device gives a block
   *        without opting in (48 KiB on current GPUs) less the kernel's static shared memory; name
   *        a number to go beyond.
   * \throws RuntimeError if there is no such kernel, or if no device accepts the limit.
   */
  CubinKernel GetKernelWithMaxDynamicSharedMemory(const char* name, int64_t dynamic_smem_max = -1) {
    CubinKernel kernel = GetKernel(name);
    kernel.SetMaxDynamicSharedMemory(dynamic_smem_max);
    return kernel;
  }

  /*! \brief The CUDA handle. */
  cuda_api::LibraryHandle GetHandle() const { return library_; }

 private:
  // At process exit CUDA may be gone before this; there is nobody to tell.
  void Unload() {
    if (library_ != nullptr) static_cast<void>(cuda_api::UnloadLibrary(library_));
  }

  cuda_api::LibraryHandle library_ = nullptr;
};

static_assert(sizeof(CubinModule) == 8 && sizeof(CubinKernel) == 8, "each is one CUDA handle");

}  // namespace ffi
}  // namespace tvm

/*!
 * \brief Define the holder of an image that is in memory already.
 *
 * For use at namespace scope; `imageBytes` is an array of `char` or `unsigned char`. The image is
 * loaded on first use, thread-safely, and a load that failed is tried again by the next use.
 */
#define TVM_FFI_EMBED_CUBIN_FROM_BYTES(name, imageBytes) \
  namespace {                                            \
  struct EmbedCubinModule_##name {                       \
    ::tvm::ffi::CubinModule mod{imageBytes};             \
    static EmbedCubinModule_##name* Global() {           \
      static EmbedCubinModule_##name instance;           \
      return &instance;                                  \
    }                                                    \
  };                                                     \
  } /* NOLINT(readability/namespace) */                  \
  static_assert(true, "takes the semicolon after the macro")

/*!
 * \brief Define the holder of an image that the embed tool linked into this library.
 *
 * The tool (`python -m tvm_ffi.utils.embed_cubin` or the CMake function tvm_ffi_embed_bin_into)
 * defines the two symbols declared here.
 */
#define TVM_FFI_EMBED_CUBIN(name)                        \
  extern "C" const char __tvm_ffi__cubin_##name[];       \
  extern "C" const char __tvm_ffi__cubin_##name##_end[]; \
  TVM_FFI_EMBED_CUBIN_FROM_BYTES(name, __tvm_ffi__cubin_##name)

/*! \brief The kernel `kernel_name` (a string) of the embedded image `name`, as a CubinKernel. */
#define TVM_FFI_EMBED_CUBIN_GET_KERNEL(name, kernel_name) \
  (EmbedCubinModule_##name::Global()->mod.GetKernel(kernel_name))

#endif  // TVM_FFI_EXTRA_CUDA_CUBIN_LAUNCHER_H_
