// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/structural_detail.h
 * \brief What structural comparison, visits and mutation have in common: definition regions and the
 *        guard of the native stack. Not for direct use.
 *
 * A traversal carries a definition-region kind. Inside a region the variables that are reached are
 * defined, elsewhere they are used. A pattern region holds for everything below it; a simple region
 * ends at the fields of the variable that it defines.
 */
#ifndef TVM_FFI_EXTRA_STRUCTURAL_DETAIL_H_
#define TVM_FFI_EXTRA_STRUCTURAL_DETAIL_H_

#include <tvm/ffi/c_api.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/object.h>

#include <cstddef>
#include <cstdint>

#if defined(__linux__) || defined(__APPLE__)
#include <pthread.h>
#endif

namespace tvm {
namespace ffi {
namespace detail {

/*! \brief Region that a field opens; None when it opens none. */
inline TVMFFIDefRegionKind FieldDefRegionKind(const TVMFFIFieldInfo* field) {
  if ((field->flags & kTVMFFIFieldFlagBitMaskSEqHashDefSimple) != 0) {
    return kTVMFFIDefRegionKindSimple;
  }
  if ((field->flags & kTVMFFIFieldFlagBitMaskSEqHashDefPattern) != 0) {
    return kTVMFFIDefRegionKindPattern;
  }
  return kTVMFFIDefRegionKindNone;
}

/*! \brief How a type takes part in structural operations; unsupported when it does not say. */
inline TVMFFISEqHashKind StructuralKind(const TVMFFITypeInfo* info) {
  return info->metadata != nullptr ? info->metadata->structural_eq_hash_kind
                                   : kTVMFFISEqHashKindUnsupported;
}

/*! \brief Sets the kind of a traversal for the extent of a scope. */
class DefRegionScope {
 public:
  DefRegionScope(TVMFFIDefRegionKind* current, TVMFFIDefRegionKind kind)
      : current_(current), saved_(*current) {
    *current = kind;
  }
  ~DefRegionScope() { *current_ = saved_; }
  DefRegionScope(const DefRegionScope&) = delete;
  DefRegionScope& operator=(const DefRegionScope&) = delete;

  /*! \brief The kind for a part that opens `kind`: None opens nothing, a pattern region stays. */
  static TVMFFIDefRegionKind Enter(TVMFFIDefRegionKind current, TVMFFIDefRegionKind kind) {
    bool keep = current == kTVMFFIDefRegionKindPattern || kind == kTVMFFIDefRegionKindNone;
    return keep ? current : kind;
  }
  /*! \brief The kind for the fields of an object: those of a simply defined variable are uses. */
  static TVMFFIDefRegionKind Clamp(TVMFFIDefRegionKind current, TVMFFISEqHashKind kind) {
    bool clamp = current == kTVMFFIDefRegionKindSimple && kind == kTVMFFISEqHashKindFreeVar;
    return clamp ? kTVMFFIDefRegionKindNone : current;
  }

 private:
  TVMFFIDefRegionKind* current_;
  TVMFFIDefRegionKind saved_;
};

/*!
 * \brief Bounds of the calling thread's stack, so that a recursion can stop before it overflows.
 *
 * Unknown where the platform does not tell, and on stacks that the program made itself; there
 * nothing is checked.
 */
class TVM_FFI_BINARY_LOCAL NativeStack {
 public:
  /*! \brief Whether what is left should not be used for another level of a recursion. */
  TVM_FFI_NO_INLINE static bool NearlyFull() noexcept {
#if defined(__GLIBC__) || defined(__APPLE__)
    static thread_local const NativeStack stack;
    // The frame itself, not a local: address sanitizers move locals to other memory.
    uintptr_t here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    return here >= stack.low_ && here < stack.reserve_end_;
#else
    return false;
#endif
  }

  /*! \brief The error of a recursion that found the stack nearly full. */
  TVM_FFI_COLD_CODE TVM_FFI_NO_INLINE static Error TooDeep() {
    return Error(
        "RecursionError",
        "maximum nesting depth exceeded: the value is nested too deeply or contains itself", "");
  }

 private:
#if defined(__GLIBC__) || defined(__APPLE__)
  NativeStack() noexcept {
    size_t size = 0;
#if defined(__GLIBC__)
    pthread_attr_t attr;
    if (pthread_getattr_np(pthread_self(), &attr) != 0) return;
    void* base = nullptr;
    if (pthread_attr_getstack(&attr, &base, &size) == 0) low_ = reinterpret_cast<uintptr_t>(base);
    pthread_attr_destroy(&attr);
#else
    size = pthread_get_stacksize_np(pthread_self());
    low_ = reinterpret_cast<uintptr_t>(pthread_get_stackaddr_np(pthread_self())) - size;
#endif
    constexpr size_t kReserve = 256 * 1024;
    reserve_end_ = low_ + (size / 4 < kReserve ? size / 4 : kReserve);
  }
#endif

  uintptr_t low_ = 0;
  uintptr_t reserve_end_ = 0;
};

}  // namespace detail
}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_EXTRA_STRUCTURAL_DETAIL_H_
