// SPDX-License-Identifier: Apache-2.0
/*!
 * \file library_image.h
 * \brief Contents of libraries that were opened from memory, for the reader of debug information.
 *
 * The path that such a library was opened by names no file afterwards, so whoever opened it leaves
 * its bytes here for as long as it is open.
 */
#ifndef TVM_FFI_SRC_FFI_LIBRARY_IMAGE_H_
#define TVM_FFI_SRC_FFI_LIBRARY_IMAGE_H_

#include <tvm/ffi/string.h>

#include <atomic>

namespace tvm {
namespace ffi {

/*! \brief The content of one open library. */
struct LibraryImage {
  /*! \brief Handle of the library; NULL while this entry is free, itself while it is being filled.
   */
  std::atomic<const void*> library{nullptr};
  Bytes bytes;
  /*! \brief What the reader of debug information made of it, which is not freed. */
  mutable std::atomic<const void*> reader{nullptr};
  LibraryImage* next = nullptr;
};

/*!
 * \brief Keeps the content of a library.
 * \param library What dlopen gave.
 * \param bytes What the library's file held.
 * \return For DropLibraryImage, before the library is closed.
 */
LibraryImage* KeepLibraryImage(const void* library, Bytes bytes);

/*! \brief Forgets the content of a library. */
void DropLibraryImage(LibraryImage* image);

/*!
 * \brief The content of a library that code on the caller's stack belongs to, so that it stays
 * open. \return NULL if nobody keeps it. \note Takes no lock, so that it works in signal handlers
 * and in forked children.
 */
const LibraryImage* FindLibraryImage(const void* library) noexcept;

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_SRC_FFI_LIBRARY_IMAGE_H_
