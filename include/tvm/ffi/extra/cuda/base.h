// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/cuda/base.h
 * \brief Error check for CUDA runtime calls and the launch dimensions of the CUDA launcher.
 *
 * Header-only: libtvm_ffi links no CUDA library. A consumer that uses the check links cudart.
 */
#ifndef TVM_FFI_EXTRA_CUDA_BASE_H_
#define TVM_FFI_EXTRA_CUDA_BASE_H_

#include <cuda_runtime.h>
#include <tvm/ffi/error.h>

/*!
 * \brief Evaluate a CUDA runtime call once and throw RuntimeError unless it gives cudaSuccess.
 *
 * The message names the code, its number and its description. A sticky error stays set.
 * \code
 *   TVM_FFI_CHECK_CUDA_ERROR(cudaMemcpy(dst, src, nbytes, cudaMemcpyDefault));
 * \endcode
 */
#define TVM_FFI_CHECK_CUDA_ERROR(stmt)                                                \
  do {                                                                                \
    const cudaError_t tvm_ffi_cuda_code_ = (stmt);                                    \
    if (tvm_ffi_cuda_code_ != cudaSuccess) {                                          \
      TVM_FFI_THROW(RuntimeError) << "CUDA Runtime Error: "                           \
                                  << cudaGetErrorName(tvm_ffi_cuda_code_) << " ("     \
                                  << static_cast<int>(tvm_ffi_cuda_code_)             \
                                  << "): " << cudaGetErrorString(tvm_ffi_cuda_code_); \
    }                                                                                 \
  } while (0)

namespace tvm {
namespace ffi {

/*!
 * \brief Extent of a grid (in blocks) or a block (in threads).
 *
 * A type of its own, so that code without CUDA's own type of this name compiles; the two do not
 * convert into each other. Components that are not given are 1.
 */
struct dim3 {
  /*! \brief Extent along x. */
  unsigned int x;
  /*! \brief Extent along y. */
  unsigned int y;
  /*! \brief Extent along z. */
  unsigned int z;

  dim3() : dim3(1, 1, 1) {}
  /*! \brief Extents in the order x, y, z. */
  explicit dim3(unsigned int x) : dim3(x, 1, 1) {}
  dim3(unsigned int x, unsigned int y) : dim3(x, y, 1) {}
  dim3(unsigned int x, unsigned int y, unsigned int z) : x(x), y(y), z(z) {}
};

static_assert(sizeof(dim3) == 12, "launch helpers of consumers copy three packed words");

}  // namespace ffi
}  // namespace tvm

#endif  // TVM_FFI_EXTRA_CUDA_BASE_H_
