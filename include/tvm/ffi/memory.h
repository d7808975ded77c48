// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/memory.h
 * \brief Creation of objects: make_object, make_arc and make_inplace_array_object.
 *
 * \code
 * ObjectPtr<PointObj> p = make_object<PointObj>(1, 2);
 * Arc<PointObj> q = make_arc<PointObj>(1, 2);  // never null
 * // A header followed by n elements in one allocation; the elements are raw memory.
 * ObjectPtr<RowObj> r = make_inplace_array_object<RowObj, int64_t>(n);
 * \endcode
 *
 * An object's deleter belongs to the binary that made it: that binary stays loaded as long as the
 * object is referenced. Inside a constructor the counts are still zero, so `this` must not be
 * referenced there.
 */
#ifndef TVM_FFI_MEMORY_H_
#define TVM_FFI_MEMORY_H_

#include <tvm/ffi/object.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <utility>

#if defined(_MSC_VER)
#include <malloc.h>
#endif

namespace tvm {
namespace ffi {

/*!
 * \brief Ends an object's life.
 * \param obj The handle (address of the header).
 * \param flags kTVMFFIObjectDeleterFlagBitMaskStrong destroys the content, ...Weak frees the
 * memory.
 */
using FObjectDeleter = void (*)(void* obj, int flags);

namespace detail {

/*! \brief Allocates `size` bytes at `align`; throws std::bad_alloc when there is no memory. */
TVM_FFI_INLINE void* AlignedAlloc(size_t size, size_t align) {
#if defined(_MSC_VER)
  if (void* ptr = _aligned_malloc(size, align)) return ptr;
#else
  if (align <= alignof(std::max_align_t)) {
    if (void* ptr = std::malloc(size)) return ptr;
  } else {
    void* ptr = nullptr;
    if (posix_memalign(&ptr, align, size) == 0) return ptr;
  }
#endif
  throw std::bad_alloc();
}

/*! \brief Frees memory of AlignedAlloc. */
TVM_FFI_INLINE void AlignedFree(void* data) noexcept {
#if defined(_MSC_VER)
  _aligned_free(data);
#else
  std::free(data);
#endif
}

/*! \brief Frees raw memory unless the constructor that fills it succeeds. */
class AllocGuard {
 public:
  AllocGuard(size_t size, size_t align) : data_(AlignedAlloc(size, align)) {}
  AllocGuard(const AllocGuard&) = delete;
  AllocGuard& operator=(const AllocGuard&) = delete;
  ~AllocGuard() {
    if (data_ != nullptr) AlignedFree(data_);
  }
  void* get() const { return data_; }
  void release() { data_ = nullptr; }

 private:
  void* data_;
};

/*!
 * \brief Fills the header of new objects.
 * \tparam Derived Supplies Handler<T> and ArrayHandler<ArrayType, ElemType>, each with static New
 * and Deleter.
 */
template <typename Derived>
class ObjAllocatorBase {
 public:
  /*! \brief A new T; a constructor's exception leaves unchanged and nothing leaks. */
  template <typename T, typename... Args>
  ObjectPtr<T> make_object(Args&&... args) {
    static_assert(std::is_base_of_v<Object, T>, "make can only be used to create Object");
    using Handler = typename Derived::template Handler<T>;
    // First, because it throws for a type whose key is looked up and not registered.
    const int32_t type_index = T::RuntimeTypeIndex();
    T* ptr = Handler::New(static_cast<Derived*>(this), std::forward<Args>(args)...);
    return Adopt(ptr, type_index, Handler::Deleter());
  }

  /*! \brief A new ArrayType followed by raw memory for `num_elems` elements of ElemType. */
  template <typename ArrayType, typename ElemType, typename... Args>
  ObjectPtr<ArrayType> make_inplace_array(size_t num_elems, Args&&... args) {
    static_assert(std::is_base_of_v<Object, ArrayType>,
                  "make_inplace_array can only be used to create Object");
    using Handler = typename Derived::template ArrayHandler<ArrayType, ElemType>;
    const int32_t type_index = ArrayType::RuntimeTypeIndex();
    ArrayType* ptr =
        Handler::New(static_cast<Derived*>(this), num_elems, std::forward<Args>(args)...);
    return Adopt(ptr, type_index, Handler::Deleter());
  }

 private:
  ObjAllocatorBase() = default;
  friend Derived;

  template <typename T>
  TVM_FFI_INLINE static ObjectPtr<T> Adopt(T* ptr, int32_t type_index, FObjectDeleter deleter) {
    TVMFFIObject* header = ObjectUnsafe::GetHeader(ptr);
    header->combined_ref_count = kCombinedRefCountBothOne;
    header->type_index = type_index;
    header->__padding = 0;
    header->deleter = deleter;
    return ObjectUnsafe::ObjectPtrFromOwned<T>(header);
  }
};

/*! \brief The allocator behind make_object: one malloc per object. */
class SimpleObjAllocator : public ObjAllocatorBase<SimpleObjAllocator> {
 public:
  /*! \brief Deletes a T: the exact destructor, then the block that starts at the T. */
  template <typename T>
  static void DeleteObject(void* obj, int flags) {
    if (flags & kTVMFFIObjectDeleterFlagBitMaskStrong) {
      static_cast<T*>(static_cast<Object*>(obj))->T::~T();
    }
    if (flags & kTVMFFIObjectDeleterFlagBitMaskWeak) {
      // By arithmetic, because the T may be destroyed already.
      AlignedFree(static_cast<char*>(obj) - ObjectUnsafe::GetObjectOffsetToSubclass<T>());
    }
  }

  /*! \brief Allocation of single objects. */
  template <typename T>
  class Handler {
   public:
    template <typename... Args>
    static T* New(SimpleObjAllocator*, Args&&... args) {
      AllocGuard memory(sizeof(T), alignof(T));
      T* ptr = new (memory.get()) T(std::forward<Args>(args)...);
      memory.release();
      return ptr;
    }
    static FObjectDeleter Deleter() { return DeleteObject<T>; }
  };

  /*! \brief Allocation of objects with elements behind them. */
  template <typename ArrayType, typename ElemType>
  class ArrayHandler {
   public:
    static_assert(alignof(ArrayType) % alignof(ElemType) == 0 &&
                      sizeof(ArrayType) % alignof(ElemType) == 0,
                  "element alignment constraint");

    template <typename... Args>
    static ArrayType* New(SimpleObjAllocator*, size_t num_elems, Args&&... args) {
      constexpr size_t kAlign = alignof(ArrayType);
      // A count that does not fit the address space must not wrap to a small block.
      constexpr size_t kMaxElems =
          (static_cast<size_t>(-1) - sizeof(ArrayType) - kAlign) / sizeof(ElemType);
      if (TVM_FFI_PREDICT_FALSE(num_elems > kMaxElems)) throw std::bad_alloc();
      size_t size = sizeof(ArrayType) + num_elems * sizeof(ElemType);
      size = (size + kAlign - 1) / kAlign * kAlign;
      AllocGuard memory(size, kAlign);
      ArrayType* ptr = new (memory.get()) ArrayType(std::forward<Args>(args)...);
      memory.release();
      return ptr;
    }
    static FObjectDeleter Deleter() { return DeleteObject<ArrayType>; }
  };
};

}  // namespace detail

/*!
 * \brief Makes an object with one reference.
 * \param args Arguments of T's constructor; its exceptions propagate unchanged.
 */
template <typename T, typename... Args>
inline ObjectPtr<T> make_object(Args&&... args) {
  return detail::SimpleObjAllocator().make_object<T>(std::forward<Args>(args)...);
}

/*! \brief Like make_object, but the pointer type says that it is not null. */
template <typename T, typename... Args>
inline Arc<T> make_arc(Args&&... args) {
  return Arc<T>(make_object<T>(std::forward<Args>(args)...));
}

/*!
 * \brief Makes an ArrayType followed by memory for elements, in one allocation.
 * \param num_elems Number of elements; they start `sizeof(ArrayType)` bytes behind the object, are
 * not initialised, and their lifetime is the business of ArrayType.
 * \param args Arguments of ArrayType's constructor.
 */
template <typename ArrayType, typename ElemType, typename... Args>
inline ObjectPtr<ArrayType> make_inplace_array_object(size_t num_elems, Args&&... args) {
  return detail::SimpleObjAllocator().make_inplace_array<ArrayType, ElemType>(
      num_elems, std::forward<Args>(args)...);
}

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_MEMORY_H_
