// SPDX-License-Identifier: Apache-2.0
/*!
 * \file library_image.cc
 * \brief The list of library contents. Its entries are used again but never freed, so that readers
 *  can walk it at any time.
 */
#include "library_image.h"

#include <utility>

namespace tvm {
namespace ffi {
namespace {

std::atomic<LibraryImage*> first_image{nullptr};

/*! \brief An entry that is nobody else's: a free one, or a new one. */
LibraryImage* TakeEntry() {
  for (LibraryImage* image = first_image.load(std::memory_order_acquire); image != nullptr;
       image = image->next) {
    const void* expected = nullptr;
    if (image->library.compare_exchange_strong(expected, image, std::memory_order_acquire)) {
      return image;
    }
  }
  auto* image = new LibraryImage();
  image->library.store(image, std::memory_order_relaxed);
  image->next = first_image.load(std::memory_order_relaxed);
  while (!first_image.compare_exchange_weak(image->next, image, std::memory_order_release,
                                            std::memory_order_relaxed)) {
  }
  return image;
}

}  // namespace

LibraryImage* KeepLibraryImage(const void* library, Bytes bytes) {
  LibraryImage* image = TakeEntry();
  image->bytes = std::move(bytes);
  image->library.store(library, std::memory_order_release);
  return image;
}

void DropLibraryImage(LibraryImage* image) {
  image->library.store(image, std::memory_order_relaxed);
  image->bytes = Bytes();
  image->reader.store(nullptr, std::memory_order_relaxed);
  image->library.store(nullptr, std::memory_order_release);
}

const LibraryImage* FindLibraryImage(const void* library) noexcept {
  for (const LibraryImage* image = first_image.load(std::memory_order_acquire); image != nullptr;
       image = image->next) {
    if (image->library.load(std::memory_order_acquire) == library) return image;
  }
  return nullptr;
}

}  // namespace ffi
}  // namespace tvm
