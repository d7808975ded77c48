// SPDX-License-Identifier: Apache-2.0
/*!
 * \file custom_allocator.cc
 * \brief The registered source of object storage, and the built-in one.
 *
 * The built-in block is {16 bytes of prefix, body}; the last 8 bytes of the prefix are the
 * TVMFFIObjectAllocHeader that every allocator puts before a body.
 */
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/memory.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <limits>
#include <new>

namespace tvm {
namespace ffi {
namespace {

/*! \brief Keeps the body aligned for every ordinary type. */
constexpr size_t kMinPrefix = alignof(std::max_align_t);
static_assert(kMinPrefix >= sizeof(TVMFFIObjectAllocHeader), "the header fits before the body");

TVMFFIObjectAllocHeader* HeaderOf(void* body) {
  return static_cast<TVMFFIObjectAllocHeader*>(body) - 1;
}

/*! \brief `delete_space` of a body whose prefix is `kPrefix` bytes long. */
template <size_t kPrefix>
void DeleteSpace(void* body) {
  detail::AlignedFree(static_cast<char*>(body) - kPrefix);
}

template <size_t kPrefix>
void* AllocateWithPrefix(size_t size, size_t alignment) {
  if (size > std::numeric_limits<size_t>::max() - kPrefix) throw std::bad_alloc();
  void* body = static_cast<char*>(detail::AlignedAlloc(kPrefix + size, alignment)) + kPrefix;
  HeaderOf(body)->delete_space = DeleteSpace<kPrefix>;
  return body;
}

/*! \brief `allocate` of the built-in entry. The prefix grows with the alignment, up to a page. */
void* BuiltinAllocate(size_t size, size_t alignment, int32_t type_index, void* context) {
  (void)type_index;
  (void)context;
  try {
    if (alignment <= kMinPrefix) return AllocateWithPrefix<kMinPrefix>(size, kMinPrefix);
    if (alignment <= 64) return AllocateWithPrefix<64>(size, 64);
    if (alignment <= 4096) return AllocateWithPrefix<4096>(size, 4096);
    TVM_FFI_THROW(ValueError) << "Cannot allocate an object with alignment " << alignment
                              << ", the largest supported one is 4096";
  } catch (const Error& error) {
    detail::SetSafeCallRaised(error);
  } catch (const std::exception& ex) {
    detail::SetSafeCallRaised(Error("MemoryError", ex.what(), ""));
  }
  return nullptr;
}

TVMFFICustomAllocator builtin_allocator = {BuiltinAllocate, nullptr};

std::atomic<TVMFFICustomAllocator*> current_allocator{&builtin_allocator};

}  // namespace
}  // namespace ffi
}  // namespace tvm

TVMFFICustomAllocator* TVMFFIGetCustomAllocator(void) {
  return tvm::ffi::current_allocator.load(std::memory_order_acquire);
}

int TVMFFISetCustomAllocator(TVMFFICustomAllocator* allocator) {
  tvm::ffi::current_allocator.store(allocator != nullptr ? allocator : &tvm::ffi::builtin_allocator,
                                    std::memory_order_release);
  return 0;
}
