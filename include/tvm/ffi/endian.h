// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/endian.h
 * \brief Byte order of the host and of serialised data.
 *
 * Three macros say what byte order the program runs on, what order bytes on disk and hashed words
 * use, and whether the two agree; `ByteSwap` bridges them when they do not:
 *
 * \code{.cpp}
 * if (!TVM_FFI_IO_NO_ENDIAN_SWAP) tvm::ffi::ByteSwap(words, sizeof(uint64_t), num_words);
 * \endcode
 */
#ifndef TVM_FFI_ENDIAN_H_
#define TVM_FFI_ENDIAN_H_

// Included before the platform test: glibc announces itself (__GLIBC__) through them.
#include <cstddef>
#include <cstdint>

/*! \brief 1 when serialised data is little-endian, the default. */
#ifndef TVM_FFI_IO_USE_LITTLE_ENDIAN
#define TVM_FFI_IO_USE_LITTLE_ENDIAN 1
#endif

/*! \brief 1 when the host is little-endian. */
#ifdef TVM_FFI_CMAKE_LITTLE_ENDIAN
#define TVM_FFI_LITTLE_ENDIAN TVM_FFI_CMAKE_LITTLE_ENDIAN
#elif defined(__APPLE__) || defined(_WIN32) || defined(__EMSCRIPTEN__) || defined(__hexagon__)
#define TVM_FFI_LITTLE_ENDIAN 1
#elif defined(__GLIBC__) || defined(__GNU_LIBRARY__) || defined(__ANDROID__) || \
    defined(__RISCV__) || defined(__MUSL__)
#include <endian.h>
#define TVM_FFI_LITTLE_ENDIAN (__BYTE_ORDER == __LITTLE_ENDIAN)
#elif defined(__FreeBSD__) || defined(__OpenBSD__)
#include <sys/endian.h>
#define TVM_FFI_LITTLE_ENDIAN (_BYTE_ORDER == _LITTLE_ENDIAN)
#elif defined(__QNX__)
#include <sys/param.h>
#define TVM_FFI_LITTLE_ENDIAN (BYTE_ORDER == LITTLE_ENDIAN)
#elif defined(__sun) || defined(sun)
#include <sys/isa_defs.h>
#ifdef _LITTLE_ENDIAN
#define TVM_FFI_LITTLE_ENDIAN 1
#else
#define TVM_FFI_LITTLE_ENDIAN 0
#endif
#else
#error "The byte order of this platform is unknown; build through CMake, which detects it"
#endif

/*! \brief True when host words can be read from and written to serialised data as they are. */
#define TVM_FFI_IO_NO_ENDIAN_SWAP (TVM_FFI_LITTLE_ENDIAN == TVM_FFI_IO_USE_LITTLE_ENDIAN)

namespace tvm {
namespace ffi {

/*!
 * \brief Reverses the bytes of each element of an array in place.
 * \param data First byte of the array; any alignment.
 * \param elem_bytes Size of one element in bytes.
 * \param num_elems Number of consecutive elements.
 */
inline void ByteSwap(void* data, size_t elem_bytes, size_t num_elems) {
  uint8_t* elem = static_cast<uint8_t*>(data);
  for (size_t i = 0; i < num_elems; ++i, elem += elem_bytes) {
    for (size_t low = 0, high = elem_bytes; low + 1 < high; ++low) {
      --high;
      uint8_t byte = elem[low];
      elem[low] = elem[high];
      elem[high] = byte;
    }
  }
}

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_ENDIAN_H_
