// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/object.h
 * \brief Reference-counted objects: Object, the smart pointers, ObjectRef and the declaration
 * macros.
 *
 * An object type is a pair: `FooObj` (data, derives from Object) and `Foo` (reference, derives from
 * ObjectRef). Use them for everything that crosses a language or library border; for data private
 * to one library an ordinary class is cheaper.
 *
 * \code
 * class PointObj : public Object {
 *  public:
 *   int64_t x = 0;
 *   int64_t y = 0;
 *   TVM_FFI_DECLARE_OBJECT_INFO_FINAL("demo.Point", PointObj, Object);
 * };
 *
 * class Point : public ObjectRef {
 *  public:
 *   Point(int64_t x, int64_t y) {
 *     ObjectPtr<PointObj> node = make_object<PointObj>();
 *     node->x = x;
 *     node->y = y;
 *     data_ = std::move(node);
 *   }
 *   TVM_FFI_DEFINE_OBJECT_REF_METHODS_NULLABLE(Point, ObjectRef, PointObj);
 * };
 * \endcode
 *
 * The invariant below everything: a handle points at the Object subobject (the 24-byte header),
 * which is not always the start of the C++ object, and the count word follows one protocol in all
 * binaries.
 */
#ifndef TVM_FFI_OBJECT_H_
#define TVM_FFI_OBJECT_H_

#include <tvm/ffi/base_detail.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/type_traits.h>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#if defined(_MSC_VER)
#include <intrin.h>
#endif

namespace tvm {
namespace ffi {

class Object;
class ObjectRef;
template <typename T>
class WeakObjectPtr;
template <typename T, typename = void>
class Optional;
template <typename... V>
class Variant;

/*! \brief Tag: a reference class constructed with it is null and gets its pointer afterwards. */
struct UnsafeInit {};

/*! \brief Whether T is an object class. Specialise it for a class that is still incomplete. */
template <typename T>
inline constexpr bool is_object_subclass_v = std::is_base_of_v<Object, T>;

namespace detail {

struct ObjectUnsafe;

/*! \brief One weak unit of the count word (high 32 bits). */
constexpr uint64_t kCombinedRefCountWeakOne = static_cast<uint64_t>(1) << 32;
/*! \brief One strong unit of the count word (low 32 bits). */
constexpr uint64_t kCombinedRefCountStrongOne = 1;
/*! \brief Count word of a fresh object: all strong references together own one weak unit. */
constexpr uint64_t kCombinedRefCountBothOne = kCombinedRefCountWeakOne + kCombinedRefCountStrongOne;
/*! \brief Selects the strong count. */
constexpr uint64_t kCombinedRefCountMaskUInt32 = kCombinedRefCountWeakOne - 1;

// Whether T is an object class with const, volatile or a reference on it. Unqualified types never
// reach is_base_of, because they may be incomplete.
template <typename T, bool is_qualified>
struct IsQualifiedObject : std::false_type {};
template <typename T>
struct IsQualifiedObject<T, true>
    : std::bool_constant<is_object_subclass_v<std::remove_cv_t<std::remove_reference_t<T>>>> {};

/*! \brief Whether T is a cv- or reference-qualified object class. */
template <typename T>
inline constexpr bool is_qualified_object_v =
    IsQualifiedObject<T, !std::is_same_v<T, std::remove_cv_t<std::remove_reference_t<T>>>>::value;

/*! \brief Whether T is an object class without qualifiers: the pointee of pointers that have
 * traits. */
template <typename T>
inline constexpr bool is_plain_object_v =
    std::conjunction_v<std::is_same<T, std::remove_cv_t<std::remove_reference_t<T>>>,
                       std::bool_constant<is_object_subclass_v<T>>>;

// Operations on the count word. The memory orders are part of the protocol.
#if defined(_MSC_VER)
TVM_FFI_INLINE uint64_t CountFetchAddRelaxed(uint64_t* word, uint64_t value) {
  return static_cast<uint64_t>(_InterlockedExchangeAdd64(reinterpret_cast<volatile __int64*>(word),
                                                         static_cast<__int64>(value)));
}
TVM_FFI_INLINE uint64_t CountFetchSubRelease(uint64_t* word, uint64_t value) {
  return static_cast<uint64_t>(_InterlockedExchangeAdd64(reinterpret_cast<volatile __int64*>(word),
                                                         -static_cast<__int64>(value)));
}
TVM_FFI_INLINE void CountAcquireFence() {}
TVM_FFI_INLINE uint64_t CountLoadRelaxed(const uint64_t* word) {
  return *reinterpret_cast<const volatile uint64_t*>(word);
}
TVM_FFI_INLINE bool CountCompareExchange(uint64_t* word, uint64_t* expected, uint64_t desired) {
  uint64_t seen = static_cast<uint64_t>(_InterlockedCompareExchange64(
      reinterpret_cast<volatile __int64*>(word), static_cast<__int64>(desired),
      static_cast<__int64>(*expected)));
  bool swapped = seen == *expected;
  *expected = seen;
  return swapped;
}
#else
TVM_FFI_INLINE uint64_t CountFetchAddRelaxed(uint64_t* word, uint64_t value) {
  return __atomic_fetch_add(word, value, __ATOMIC_RELAXED);
}
#if defined(__SANITIZE_THREAD__)
// ThreadSanitizer does not follow fences, so there every decrement acquires.
TVM_FFI_INLINE uint64_t CountFetchSubRelease(uint64_t* word, uint64_t value) {
  return __atomic_fetch_sub(word, value, __ATOMIC_ACQ_REL);
}
TVM_FFI_INLINE void CountAcquireFence() {}
#else
TVM_FFI_INLINE uint64_t CountFetchSubRelease(uint64_t* word, uint64_t value) {
  return __atomic_fetch_sub(word, value, __ATOMIC_RELEASE);
}
TVM_FFI_INLINE void CountAcquireFence() { __atomic_thread_fence(__ATOMIC_ACQUIRE); }
#endif
TVM_FFI_INLINE uint64_t CountLoadRelaxed(const uint64_t* word) {
  return __atomic_load_n(word, __ATOMIC_RELAXED);
}
TVM_FFI_INLINE bool CountCompareExchange(uint64_t* word, uint64_t* expected, uint64_t desired) {
  return __atomic_compare_exchange_n(word, expected, desired, /*weak=*/true, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED);
}
#endif

/*! \brief Whether the registered type `index` lies below the type `base`, which has depth
 * `base_depth`. */
inline bool IsRegisteredDescendant(int32_t index, int32_t base, int32_t base_depth) {
  const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(index);
  return info->type_depth > base_depth && info->type_ancestors[base_depth]->type_index == base;
}

/*!
 * \brief Whether an object whose index is `object_type_index` is an instance of Target.
 * \param object_type_index An index of an object type, at least 64.
 */
template <typename TargetType>
TVM_FFI_INLINE bool IsObjectInstance(int32_t object_type_index) {
  using Target = std::remove_cv_t<TargetType>;
  if constexpr (std::is_same_v<Target, Object>) {
    return true;
  } else if constexpr (Target::_type_final) {
    return object_type_index == Target::RuntimeTypeIndex();
  } else {
    const int32_t base = Target::RuntimeTypeIndex();
    if constexpr (Target::_type_child_slots != 0) {
      // The reservation is a contiguous range that only descendants live in.
      constexpr int32_t kEnd = static_cast<int32_t>(Target::_type_child_slots) + 1;
      if (object_type_index >= base && object_type_index < base + kEnd) return true;
    } else {
      if (object_type_index == base) return true;
    }
    if constexpr (!Target::_type_child_slots_can_overflow) {
      return false;
    } else {
      // A child's index is always greater than its parent's.
      if (object_type_index < base) return false;
      return IsRegisteredDescendant(object_type_index, base, Target::_type_depth);
    }
  }
}

/*!
 * \brief Whether a value of index `actual` satisfies a declared index `target`.
 *
 * Inline strings and bytes satisfy the indices of their heap forms; -1 is satisfied by everything.
 */
inline bool RuntimeTypeIndexMatch(int32_t actual, int32_t target) {
  if (actual == target || target == TypeIndex::kTVMFFIAny) return true;
  if (target == TypeIndex::kTVMFFIStr) return actual == TypeIndex::kTVMFFISmallStr;
  if (target == TypeIndex::kTVMFFIBytes) return actual == TypeIndex::kTVMFFISmallBytes;
  if (target == TypeIndex::kTVMFFIObject) return actual >= TypeIndex::kTVMFFIStaticObjectBegin;
  if (target < TypeIndex::kTVMFFIStaticObjectBegin ||
      actual < TypeIndex::kTVMFFIStaticObjectBegin || actual < target) {
    return false;
  }
  return IsRegisteredDescendant(actual, target, TVMFFIGetTypeInfo(target)->type_depth);
}

/*!
 * \brief Registers an object class and returns its index; parents are registered first.
 * \param static_type_index The fixed index, or -1 to have one allocated.
 */
template <typename ObjectType, typename ParentType>
int32_t AllocTypeIndex(int32_t static_type_index) {
  static_assert(!ParentType::_type_final, "ParentType marked as final");
  static_assert(!ParentType::_type_s_eq_hash_subclass_kind_fixed ||
                    ObjectType::_type_s_eq_hash_kind == ParentType::_type_s_eq_hash_kind,
                "Subclass must retain the structural equality and hash kind of its fixed ancestor");
  static_assert(ObjectType::_type_child_slots == 0 || ParentType::_type_child_slots == 0 ||
                    ObjectType::_type_child_slots < ParentType::_type_child_slots,
                "Need to set _type_child_slots when parent specifies it.");
  TVMFFIByteArray key{ObjectType::_type_key, std::char_traits<char>::length(ObjectType::_type_key)};
  int32_t parent_index = ParentType::_GetOrAllocRuntimeTypeIndex();
  return TVMFFITypeGetOrAllocIndex(&key, static_type_index, ObjectType::_type_depth,
                                   static_cast<int32_t>(ObjectType::_type_child_slots),
                                   ObjectType::_type_child_slots_can_overflow, parent_index);
}

/*!
 * \brief The header as a member of Object. The copy of an object is another object: it keeps the
 * type, but neither count nor deleter, which belong to the storage and which other threads change.
 *
 * A member, so that the copy operations of Object itself stay implicit: compilers warn of copy
 * constructors that do not name a base whose copy constructor is written out.
 */
struct ObjectHeader : public TVMFFIObject {
  ObjectHeader() noexcept : ObjectHeader(0) {}
  ObjectHeader(const ObjectHeader& other) noexcept : ObjectHeader(other.type_index) {}
  ObjectHeader& operator=(const ObjectHeader&) noexcept { return *this; }

 private:
  explicit ObjectHeader(int32_t index) noexcept {
    combined_ref_count = 0;
    type_index = index;
    __padding = 0;
    __ensure_align = 0;
  }
};

}  // namespace detail

// ------------------------------------------------------------------------------------------------
// Object
// ------------------------------------------------------------------------------------------------

/*!
 * \brief Base of all object classes: the 24-byte header and nothing else, no virtual functions.
 *
 * Create instances with make_object (memory.h), which also completes the header of a copy.
 * Assigning one object to another leaves the headers of both as they are.
 */
class Object {
 public:
  Object() = default;

  /*! \brief Whether this is an instance of T or of a class below it. */
  template <typename T>
  bool IsInstance() const {
    return detail::IsObjectInstance<T>(header_.type_index);
  }
  /*! \brief Run-time type index. */
  int32_t type_index() const { return header_.type_index; }
  /*! \brief Registered key of the run-time type. */
  std::string GetTypeKey() const { return TypeIndex2Key(header_.type_index); }
  /*! \brief Hash of the registered key. */
  uint64_t GetTypeKeyHash() const { return TVMFFIGetTypeInfo(header_.type_index)->type_key_hash; }
  /*! \brief Registered key of an index. */
  static std::string TypeIndex2Key(int32_t type_index) { return TypeIndexToTypeKey(type_index); }
  /*! \brief Whether exactly one strong and no weak reference exists. */
  bool unique() const {
    return detail::CountLoadRelaxed(&header_.combined_ref_count) == kCombinedRefCountBothOne;
  }
  /*! \brief Number of strong references. */
  uint64_t use_count() const {
    return detail::CountLoadRelaxed(&header_.combined_ref_count) & kCombinedRefCountMaskUInt32;
  }

  /*! \brief Registered key of the class. */
  static constexpr const char* _type_key = StaticTypeKey::kTVMFFIObject;
  /*! \brief No class may derive from it. */
  static constexpr bool _type_final = false;
  /*! \brief References give mutable access. */
  static constexpr bool _type_mutable = false;
  /*! \brief Indices reserved for children right behind the own one. */
  static constexpr uint32_t _type_child_slots = 0;
  /*! \brief Children beyond the reservation are allowed. */
  static constexpr bool _type_child_slots_can_overflow = true;
  /*! \brief Registered index. */
  static constexpr int32_t _type_index = TypeIndex::kTVMFFIObject;
  /*! \brief Distance from ffi.Object. */
  static constexpr int32_t _type_depth = 0;
  /*! \brief How structural equality and hashing treat instances. */
  static constexpr TVMFFISEqHashKind _type_s_eq_hash_kind = kTVMFFISEqHashKindUnsupported;
  /*! \brief Subclasses must keep that kind. */
  static constexpr bool _type_s_eq_hash_subclass_kind_fixed = false;

  /*! \brief Type index at run time. */
  static int32_t RuntimeTypeIndex() noexcept { return TypeIndex::kTVMFFIObject; }
  /*! \brief Registers the type if needed and returns its index. */
  static int32_t _GetOrAllocRuntimeTypeIndex() { return TypeIndex::kTVMFFIObject; }

 protected:
  /*! \brief The TVMFFIObject of the C ABI. */
  detail::ObjectHeader header_;

 private:
  static constexpr uint64_t kCombinedRefCountMaskUInt32 = detail::kCombinedRefCountMaskUInt32;
  static constexpr uint64_t kCombinedRefCountStrongOne = detail::kCombinedRefCountStrongOne;
  static constexpr uint64_t kCombinedRefCountWeakOne = detail::kCombinedRefCountWeakOne;
  static constexpr uint64_t kCombinedRefCountBothOne = detail::kCombinedRefCountBothOne;

  TVM_FFI_INLINE void IncRef() {
    detail::CountFetchAddRelaxed(&header_.combined_ref_count, kCombinedRefCountStrongOne);
  }
  TVM_FFI_INLINE void IncWeakRef() {
    detail::CountFetchAddRelaxed(&header_.combined_ref_count, kCombinedRefCountWeakOne);
  }

  TVM_FFI_INLINE void DecRef() {
    uint64_t old =
        detail::CountFetchSubRelease(&header_.combined_ref_count, kCombinedRefCountStrongOne);
    if (old == kCombinedRefCountBothOne) {
      // The common end: nobody else can see the object, so the weak unit need not be given back.
      detail::CountAcquireFence();
      CallDeleter(kTVMFFIObjectDeleterFlagBitMaskBoth);
    } else if ((old & kCombinedRefCountMaskUInt32) == kCombinedRefCountStrongOne) {
      detail::CountAcquireFence();
      CallDeleter(kTVMFFIObjectDeleterFlagBitMaskStrong);
      DecWeakRef();
    }
  }

  TVM_FFI_INLINE void DecWeakRef() {
    uint64_t old =
        detail::CountFetchSubRelease(&header_.combined_ref_count, kCombinedRefCountWeakOne);
    if (old == kCombinedRefCountWeakOne) {
      detail::CountAcquireFence();
      CallDeleter(kTVMFFIObjectDeleterFlagBitMaskWeak);
    }
  }

  /*! \brief Takes a strong reference unless the strong count has reached zero. */
  bool TryPromoteWeakPtr() {
    uint64_t count = detail::CountLoadRelaxed(&header_.combined_ref_count);
    while ((count & kCombinedRefCountMaskUInt32) != 0) {
      if (detail::CountCompareExchange(&header_.combined_ref_count, &count,
                                       count + kCombinedRefCountStrongOne)) {
        return true;
      }
    }
    return false;
  }

  TVM_FFI_INLINE void CallDeleter(int flags) {
    if (header_.deleter != nullptr) header_.deleter(&header_, flags);
  }

  template <typename>
  friend class ObjectPtr;
  template <typename>
  friend class WeakObjectPtr;
  friend struct detail::ObjectUnsafe;
};

static_assert(sizeof(Object) == sizeof(TVMFFIObject), "Object is exactly its header");
static_assert(__is_standard_layout(Object), "a handle and its Object have one address");

// ------------------------------------------------------------------------------------------------
// Smart pointers
// ------------------------------------------------------------------------------------------------

/*! \brief Owning pointer to an object, null or one strong reference. */
template <typename T>
class ObjectPtr {
 public:
  ObjectPtr() = default;
  ObjectPtr(std::nullptr_t) {}  // NOLINT(google-explicit-constructor)
  ObjectPtr(const ObjectPtr<T>& other) : ObjectPtr(other.data_) {}
  /*! \brief Shares the object of a pointer to a derived class. */
  template <typename U>
  ObjectPtr(const ObjectPtr<U>& other) : ObjectPtr(other.data_) {  // NOLINT
    static_assert(std::is_base_of_v<T, U>, "can only assign of child class ObjectPtr to parent");
  }
  ObjectPtr(ObjectPtr<T>&& other) noexcept : data_(other.data_) { other.data_ = nullptr; }
  /*! \brief Takes over the reference of a pointer to a derived class. */
  template <typename Y>
  ObjectPtr(ObjectPtr<Y>&& other) noexcept : data_(other.data_) {  // NOLINT
    static_assert(std::is_base_of_v<T, Y>, "can only assign of child class ObjectPtr to parent");
    other.data_ = nullptr;
  }
  ~ObjectPtr() { this->reset(); }

  void swap(ObjectPtr<T>& other) {
    Object* mine = data_;
    data_ = other.data_;
    other.data_ = mine;
  }
  /*! \brief The pointee, without a null check. */
  T* get() const { return static_cast<T*>(data_); }
  T* operator->() const { return get(); }
  T& operator*() const { return *get(); }

  ObjectPtr<T>& operator=(const ObjectPtr<T>& other) {
    ObjectPtr(other).swap(*this);
    return *this;
  }
  ObjectPtr<T>& operator=(ObjectPtr<T>&& other) noexcept {
    ObjectPtr(std::move(other)).swap(*this);
    return *this;
  }
  /*! \brief Whether the pointer is not null. */
  explicit operator bool() const { return data_ != nullptr; }
  /*! \brief Drops the reference; the pointer is null afterwards. */
  void reset() {
    // Null first: the deleter may run code that reaches this pointer again.
    Object* old = data_;
    data_ = nullptr;
    if (old != nullptr) old->DecRef();
  }
  /*! \brief Strong count of the pointee, 0 for null. */
  int use_count() const { return data_ != nullptr ? static_cast<int>(data_->use_count()) : 0; }
  /*! \brief Whether this is the only reference, strong or weak. */
  bool unique() const { return data_ != nullptr && data_->unique(); }

  bool operator==(const ObjectPtr<T>& other) const { return data_ == other.data_; }
  bool operator!=(const ObjectPtr<T>& other) const { return data_ != other.data_; }
  bool operator==(std::nullptr_t) const { return data_ == nullptr; }
  bool operator!=(std::nullptr_t) const { return data_ != nullptr; }

 private:
  Object* data_{nullptr};

  explicit ObjectPtr(Object* data) : data_(data) {
    if (data_ != nullptr) data_->IncRef();
  }

  template <typename>
  friend class ObjectPtr;
  template <typename>
  friend class WeakObjectPtr;
  friend struct detail::ObjectUnsafe;
};

/*!
 * \brief Owning pointer that is not null, except after it was moved from or made with UnsafeInit.
 *
 * Use it in signatures and fields that must not hold None; its traits reject None. Made by
 * make_arc.
 */
template <typename T>
class Arc : public ObjectPtr<T> {
 public:
  Arc() = delete;
  Arc(std::nullptr_t) = delete;  // NOLINT(google-explicit-constructor)
  Arc(const Arc<T>& other) = default;
  Arc(Arc<T>&& other) noexcept = default;
  /*! \brief A null pointer, to be filled by the caller. */
  explicit Arc(UnsafeInit) : ObjectPtr<T>(nullptr) {}
  template <typename U, typename = std::enable_if_t<std::is_base_of_v<T, U>>>
  Arc(const Arc<U>& other)  // NOLINT(google-explicit-constructor)
      : ObjectPtr<T>(static_cast<const ObjectPtr<U>&>(other)) {}
  template <typename U, typename = std::enable_if_t<std::is_base_of_v<T, U>>>
  Arc(Arc<U>&& other)  // NOLINT(google-explicit-constructor)
      : ObjectPtr<T>(static_cast<ObjectPtr<U>&&>(other)) {}
  Arc<T>& operator=(const Arc<T>& other) = default;
  Arc<T>& operator=(Arc<T>&& other) noexcept = default;

 private:
  explicit Arc(ObjectPtr<T> data) : ObjectPtr<T>(std::move(data)) {}

  using ObjectPtr<T>::reset;
  using ObjectPtr<T>::swap;

  template <typename>
  friend class Arc;
  template <typename ObjectType, typename... Args>
  friend Arc<ObjectType> make_arc(Args&&... args);
  friend struct detail::ObjectUnsafe;
};

/*! \brief Observes an object without keeping it alive. */
template <typename T>
class WeakObjectPtr {
 public:
  WeakObjectPtr() = default;
  WeakObjectPtr(std::nullptr_t) {}  // NOLINT(google-explicit-constructor)
  WeakObjectPtr(const WeakObjectPtr<T>& other) : WeakObjectPtr(other.data_) {}
  /*! \brief A weak reference to the object of a strong one. */
  WeakObjectPtr(const ObjectPtr<T>& other) : WeakObjectPtr(other.data_) {}  // NOLINT
  template <typename U>
  WeakObjectPtr(const WeakObjectPtr<U>& other) : WeakObjectPtr(other.data_) {  // NOLINT
    static_assert(std::is_base_of_v<T, U>, "can only assign of child class ObjectPtr to parent");
  }
  template <typename U>
  WeakObjectPtr(const ObjectPtr<U>& other) : WeakObjectPtr(other.data_) {  // NOLINT
    static_assert(std::is_base_of_v<T, U>, "can only assign of child class ObjectPtr to parent");
  }
  WeakObjectPtr(WeakObjectPtr<T>&& other)  // NOLINT(performance-noexcept-move-constructor)
      : data_(std::exchange(other.data_, nullptr)) {}
  template <typename Y>
  WeakObjectPtr(WeakObjectPtr<Y>&& other)  // NOLINT(google-explicit-constructor)
      : data_(std::exchange(other.data_, nullptr)) {
    static_assert(std::is_base_of_v<T, Y>, "can only assign of child class ObjectPtr to parent");
  }
  ~WeakObjectPtr() { this->reset(); }

  void swap(WeakObjectPtr<T>& other) { std::swap(data_, other.data_); }
  WeakObjectPtr<T>& operator=(const WeakObjectPtr<T>& other) {
    WeakObjectPtr(other).swap(*this);
    return *this;
  }
  // NOLINTNEXTLINE(performance-noexcept-move-constructor)
  WeakObjectPtr<T>& operator=(WeakObjectPtr<T>&& other) {
    WeakObjectPtr(std::move(other)).swap(*this);
    return *this;
  }

  /*! \brief A strong reference, null when the object has been destroyed. */
  ObjectPtr<T> lock() const {
    ObjectPtr<T> strong;
    if (data_ != nullptr && data_->TryPromoteWeakPtr()) strong.data_ = data_;
    return strong;
  }
  /*! \brief Drops the reference; the pointer is null afterwards. */
  void reset() {
    if (Object* old = std::exchange(data_, nullptr)) old->DecWeakRef();
  }
  /*! \brief Strong count of the object, 0 for null. */
  int use_count() const { return data_ != nullptr ? static_cast<int>(data_->use_count()) : 0; }
  /*! \brief Whether lock() would give null. */
  bool expired() const { return data_ == nullptr || data_->use_count() == 0; }

 private:
  Object* data_{nullptr};

  explicit WeakObjectPtr(Object* data) : data_(data) {
    if (data_ != nullptr) data_->IncWeakRef();
  }

  template <typename>
  friend class WeakObjectPtr;
};

// ------------------------------------------------------------------------------------------------
// ObjectRef
// ------------------------------------------------------------------------------------------------

/*! \brief Base of reference classes: one counted pointer, compared by identity. */
class ObjectRef {
 public:
  ObjectRef() = default;
  ObjectRef(const ObjectRef& other) = default;
  ObjectRef(ObjectRef&& other) noexcept = default;
  ObjectRef& operator=(const ObjectRef& other) = default;
  ObjectRef& operator=(ObjectRef&& other) noexcept = default;
  /*! \brief Refers to `data`, which may be null. */
  explicit ObjectRef(ObjectPtr<Object> data) : data_(std::move(data)) {}
  /*! \brief A null reference, to be filled by the caller. */
  explicit ObjectRef(UnsafeInit) {}

  /*! \brief Whether both refer to one object. */
  bool same_as(const ObjectRef& other) const { return data_ == other.data_; }
  bool operator==(const ObjectRef& other) const { return data_ == other.data_; }
  bool operator!=(const ObjectRef& other) const { return data_ != other.data_; }
  /*! \brief Order of addresses. */
  bool operator<(const ObjectRef& other) const { return data_.get() < other.data_.get(); }
  /*! \brief Whether the reference is not null. */
  bool defined() const { return data_ != nullptr; }
  /*! \brief The object, null for a null reference. */
  const Object* get() const { return data_.get(); }
  const Object* operator->() const { return get(); }
  /*! \brief Whether this is the only strong reference. */
  bool unique() const { return data_.unique(); }
  /*! \brief Number of strong references, 0 for null. */
  int use_count() const { return data_.use_count(); }

  /*! \brief The object as an ObjectType, nullptr when it is null or something else. */
  template <typename ObjectType, typename = std::enable_if_t<std::is_base_of_v<Object, ObjectType>>>
  const ObjectType* as() const& {
    if (data_ != nullptr && data_->IsInstance<ObjectType>()) {
      return static_cast<const ObjectType*>(data_.get());
    }
    return nullptr;
  }

  /*!
   * \brief The reference as a RefType, nullopt when its strict check refuses the object.
   *
   * A null reference becomes a null RefType where RefType may be null.
   */
  template <typename RefType, std::enable_if_t<std::is_base_of_v<ObjectRef, RefType>, int> = 0>
  std::optional<RefType> as() const& {
    if (!IsConvertibleTo<RefType>()) return std::nullopt;
    RefType result(UnsafeInit{});
    static_cast<ObjectRef&>(result).data_ = data_;
    return result;
  }

  /*! \brief Like the other form, but moves the pointer out when it succeeds. */
  template <typename RefType, std::enable_if_t<std::is_base_of_v<ObjectRef, RefType>, int> = 0>
  std::optional<RefType> as() && {
    if (!IsConvertibleTo<RefType>()) return std::nullopt;
    RefType result(UnsafeInit{});
    static_cast<ObjectRef&>(result).data_ = std::move(data_);
    return result;
  }

  /*! \brief Like as, but throws TypeError instead of returning nullopt. Defined in any.h. */
  template <typename RefType, std::enable_if_t<std::is_base_of_v<ObjectRef, RefType>, int> = 0>
  RefType as_or_throw() const&;
  template <typename RefType, std::enable_if_t<std::is_base_of_v<ObjectRef, RefType>, int> = 0>
  RefType as_or_throw() &&;

  /*! \brief Run-time type index, 0 (None) for null. */
  int32_t type_index() const {
    return data_ != nullptr ? data_->type_index() : static_cast<int32_t>(TypeIndex::kTVMFFINone);
  }
  /*! \brief Key of the run-time type, `None` for null. */
  std::string GetTypeKey() const {
    return data_ != nullptr ? data_->GetTypeKey() : std::string(StaticTypeKey::kTVMFFINone);
  }

  /*! \brief Class of the objects referred to. */
  using ContainerType = Object;
  /*! \brief Every instance of ContainerType may be referred to (false for typed containers). */
  static constexpr bool _type_container_is_exact = true;
  /*! \brief The reference may be null; None converts to it. */
  static constexpr bool _type_is_nullable = true;

 protected:
  /*! \brief The reference. */
  ObjectPtr<Object> data_;

  /*! \brief The object for writing, null for a null reference. */
  Object* get_mutable() const { return data_.get(); }

 private:
  /*! \brief The object as a borrowed cell, None for null. */
  TVMFFIAny AsCell() const {
    TVMFFIAny cell;
    cell.type_index = this->type_index();
    cell.zero_padding = 0;
    cell.v_int64 = 0;
    cell.v_obj = reinterpret_cast<TVMFFIObject*>(data_.get());
    return cell;
  }

  template <typename RefType>
  bool IsConvertibleTo() const {
    if (data_ == nullptr) return RefType::_type_is_nullable;
    TVMFFIAny cell = AsCell();
    return TypeTraits<RefType>::CheckAnyStrict(&cell);
  }

  friend struct detail::ObjectUnsafe;
};

/*!
 * \brief Whether every Obj instance may be held by a Ref without a run-time check.
 *
 * Specialise it for references that are not exact (typed containers) where it is known statically.
 */
template <typename Ref, typename Obj,
          typename =
              std::enable_if_t<std::is_base_of_v<ObjectRef, Ref> && std::is_base_of_v<Object, Obj>>>
inline constexpr bool object_ref_contains_v =
    Ref::_type_container_is_exact&& std::is_base_of_v<typename Ref::ContainerType, Obj>;

/*! \brief Hash by identity, for standard containers keyed by references. */
struct ObjectPtrHash {
  /*! \brief Hash of the address. */
  size_t operator()(const ObjectRef& a) const { return HashAddress(a.get()); }
  template <typename T>
  size_t operator()(const ObjectPtr<T>& a) const {
    return HashAddress(a.get());
  }
  /*! \brief Defined in container/variant.h. */
  template <typename... V>
  size_t operator()(const Variant<V...>& a) const;

 private:
  static size_t HashAddress(const Object* object) {
    return std::hash<Object*>()(const_cast<Object*>(object));
  }
};

/*! \brief Equality by identity, for standard containers keyed by references. */
struct ObjectPtrEqual {
  /*! \brief Whether both are one object. */
  bool operator()(const ObjectRef& a, const ObjectRef& b) const { return a.same_as(b); }
  template <typename T>
  bool operator()(const ObjectPtr<T>& a, const ObjectPtr<T>& b) const {
    return a == b;
  }
  /*! \brief Defined in container/variant.h. */
  template <typename... V>
  bool operator()(const Variant<V...>& a, const Variant<V...>& b) const;
};

// ------------------------------------------------------------------------------------------------
// Declaration macros
// ------------------------------------------------------------------------------------------------

/*!
 * \brief Declares an object class with a fixed index; the class itself declares `_type_index`.
 *
 * Registration happens at the first call of `_GetOrAllocRuntimeTypeIndex`.
 */
#define TVM_FFI_DECLARE_OBJECT_INFO_STATIC(TypeKey, TypeName, ParentType)                \
  static constexpr int32_t _type_depth = ParentType::_type_depth + 1;                    \
  static int32_t _GetOrAllocRuntimeTypeIndex() {                                         \
    static int32_t tindex =                                                              \
        ::tvm::ffi::detail::AllocTypeIndex<TypeName, ParentType>(TypeName::_type_index); \
    (void)tindex;                                                                        \
    return TypeName::_type_index;                                                        \
  }                                                                                      \
  static int32_t RuntimeTypeIndex() noexcept { return TypeName::_type_index; }           \
  static constexpr const char* _type_key = TypeKey

/*!
 * \brief Declares an object class whose index is allocated at load time and whose `_type_key` is
 * given by the class (or, for a CRTP base, by the leaf that TypeName names).
 *
 * RuntimeTypeIndex allocates on demand while the initialiser of `_type_index` has not run, which is
 * so inside static-initialisation blocks.
 */
#define TVM_FFI_DECLARE_OBJECT_INFO_PREDEFINED_TYPE_KEY(TypeName, ParentType)             \
  static constexpr int32_t _type_depth = ParentType::_type_depth + 1;                     \
  static int32_t _GetOrAllocRuntimeTypeIndex() {                                          \
    static int32_t tindex = ::tvm::ffi::detail::AllocTypeIndex<TypeName, ParentType>(-1); \
    return tindex;                                                                        \
  }                                                                                       \
  static inline const int32_t _type_index = _GetOrAllocRuntimeTypeIndex();                \
  static int32_t RuntimeTypeIndex() noexcept {                                            \
    const int32_t index = _type_index;                                                    \
    return TVM_FFI_PREDICT_TRUE(index != 0) ? index : _GetOrAllocRuntimeTypeIndex();      \
  }

/*! \brief Declares an object class that may be subclassed. Registered when the binary is loaded. */
#define TVM_FFI_DECLARE_OBJECT_INFO(TypeKey, TypeName, ParentType) \
  static constexpr const char* _type_key = TypeKey;                \
  TVM_FFI_DECLARE_OBJECT_INFO_PREDEFINED_TYPE_KEY(TypeName, ParentType)

/*! \brief Declares an object class without subclasses; its instance check is one comparison. */
#define TVM_FFI_DECLARE_OBJECT_INFO_FINAL(TypeKey, TypeName, ParentType) \
  static const constexpr int _type_child_slots = 0;                      \
  static const constexpr bool _type_final = true;                        \
  TVM_FFI_DECLARE_OBJECT_INFO(TypeKey, TypeName, ParentType)

// Members that nullable and non-nullable reference classes share.
#define TVM_FFI_DEFINE_OBJECT_REF_COMMON_(TypeName, ParentType, ObjectName)                        \
  explicit TypeName(::tvm::ffi::UnsafeInit tag) : ParentType(tag) {}                               \
  TVM_FFI_DEFINE_DEFAULT_COPY_MOVE_AND_ASSIGN(TypeName);                                           \
  using __PtrType = std::conditional_t<ObjectName::_type_mutable, ObjectName*, const ObjectName*>; \
  __PtrType operator->() const { return static_cast<__PtrType>(this->data_.get()); }               \
  __PtrType get() const { return static_cast<__PtrType>(this->data_.get()); }

/*! \brief Members of a reference class whose references may be null. */
#define TVM_FFI_DEFINE_OBJECT_REF_METHODS_NULLABLE(TypeName, ParentType, ObjectName)              \
  TypeName() = default;                                                                           \
  explicit TypeName(::tvm::ffi::ObjectPtr<ObjectName> n) : ParentType(::tvm::ffi::UnsafeInit{}) { \
    this->data_ = std::move(n);                                                                   \
  }                                                                                               \
  TVM_FFI_DEFINE_OBJECT_REF_COMMON_(TypeName, ParentType, ObjectName)                             \
  static constexpr bool _type_is_nullable = true;                                                 \
  using ContainerType = ObjectName

/*! \brief Members of a reference class whose references are never null; its constructors set
 * `data_`. */
#define TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(TypeName, ParentType, ObjectName) \
  TVM_FFI_DEFINE_OBJECT_REF_COMMON_(TypeName, ParentType, ObjectName)                   \
  static constexpr bool _type_is_nullable = false;                                      \
  using ContainerType = ObjectName

// ------------------------------------------------------------------------------------------------
// Unsafe access
// ------------------------------------------------------------------------------------------------

namespace detail {

/*! \brief Conversions between raw handles and owning types, for bindings and other headers. */
struct ObjectUnsafe {
  /*! \brief Address of the header; null stays null. */
  TVM_FFI_INLINE static TVMFFIObject* GetHeader(const Object* src) {
    return reinterpret_cast<TVMFFIObject*>(const_cast<Object*>(src));
  }

  /*!
   * \brief The allocator's header in front of a body.
   *
   * Only for memory that a custom allocator laid out; objects made by make_object have none.
   */
  TVM_FFI_INLINE static TVMFFIObjectAllocHeader* GetObjectAllocHeaderFromPtr(void* ptr) {
    return reinterpret_cast<TVMFFIObjectAllocHeader*>(static_cast<char*>(ptr) -
                                                      sizeof(TVMFFIObjectAllocHeader));
  }

  /*! \brief Bytes from the start of a Class to its Object subobject. */
  template <typename Class>
  TVM_FFI_INLINE static int64_t GetObjectOffsetToSubclass() {
    // Any suitably aligned address does: the cast only adds the distance of the base.
    constexpr intptr_t kProbe = 1 << 16;
    return reinterpret_cast<intptr_t>(static_cast<Object*>(reinterpret_cast<Class*>(kProbe))) -
           kProbe;
  }

  template <typename RefType>
  TVM_FFI_INLINE static RefType ObjectRefFromObjectPtr(const ObjectPtr<Object>& ptr) {
    RefType ref(UnsafeInit{});
    static_cast<ObjectRef&>(ref).data_ = ptr;
    return ref;
  }
  template <typename RefType>
  TVM_FFI_INLINE static RefType ObjectRefFromObjectPtr(ObjectPtr<Object>&& ptr) {
    RefType ref(UnsafeInit{});
    static_cast<ObjectRef&>(ref).data_ = std::move(ptr);
    return ref;
  }

  template <typename T>
  TVM_FFI_INLINE static ObjectPtr<T> ObjectPtrFromObjectRef(const ObjectRef& ref) {
    return ObjectPtr<T>(ref.data_.data_);
  }
  template <typename T>
  TVM_FFI_INLINE static ObjectPtr<T> ObjectPtrFromObjectRef(ObjectRef&& ref) {
    return ObjectPtrFromOwned<T>(Take(&ref.data_.data_));
  }

  /*! \brief Adopts a reference that the caller owns. */
  template <typename T>
  TVM_FFI_INLINE static ObjectPtr<T> ObjectPtrFromOwned(Object* raw) {
    ObjectPtr<T> ptr;
    ptr.data_ = raw;
    return ptr;
  }
  template <typename T>
  TVM_FFI_INLINE static ObjectPtr<T> ObjectPtrFromOwned(TVMFFIObject* raw) {
    return ObjectPtrFromOwned<T>(reinterpret_cast<Object*>(raw));
  }

  /*! \brief Takes a new reference; null is allowed. */
  template <typename T>
  TVM_FFI_INLINE static ObjectPtr<T> ObjectPtrFromUnowned(Object* raw) {
    return ObjectPtr<T>(raw);
  }
  template <typename T>
  TVM_FFI_INLINE static ObjectPtr<T> ObjectPtrFromUnowned(TVMFFIObject* raw) {
    return ObjectPtr<T>(reinterpret_cast<Object*>(raw));
  }

  /*! \brief Trusts the caller that `ptr` is not null. */
  template <typename T>
  TVM_FFI_INLINE static Arc<T> ArcFromObjectPtr(ObjectPtr<T>&& ptr) {
    return Arc<T>(std::move(ptr));
  }

  template <typename T>
  TVM_FFI_INLINE static T* RawObjectPtrFromUnowned(TVMFFIObject* raw) {
    return static_cast<T*>(reinterpret_cast<Object*>(raw));
  }

  /*! \brief Gives up a reference; null is ignored. */
  TVM_FFI_INLINE static void DecRefObjectHandle(TVMFFIObjectHandle handle) {
    if (handle != nullptr) static_cast<Object*>(handle)->DecRef();
  }
  /*! \brief Takes a reference; the handle must not be null. */
  TVM_FFI_INLINE static void IncRefObjectHandle(TVMFFIObjectHandle handle) {
    static_cast<Object*>(handle)->IncRef();
  }

  TVM_FFI_INLINE static Object* RawObjectPtrFromObjectRef(const ObjectRef& ref) {
    return ref.data_.data_;
  }
  TVM_FFI_INLINE static TVMFFIObject* TVMFFIObjectPtrFromObjectRef(const ObjectRef& ref) {
    return GetHeader(ref.data_.data_);
  }
  template <typename T>
  TVM_FFI_INLINE static TVMFFIObject* TVMFFIObjectPtrFromObjectPtr(const ObjectPtr<T>& ptr) {
    return GetHeader(ptr.data_);
  }

  /*! \brief Hands the reference over to the caller. */
  template <typename T>
  TVM_FFI_INLINE static TVMFFIObject* MoveObjectPtrToTVMFFIObjectPtr(ObjectPtr<T>&& ptr) {
    return GetHeader(Take(&ptr.data_));
  }
  TVM_FFI_INLINE static TVMFFIObject* MoveObjectRefToTVMFFIObjectPtr(ObjectRef&& ref) {
    return GetHeader(Take(&ref.data_.data_));
  }

 private:
  /*! \brief The pointer, which is null afterwards; std::exchange takes longer to compile. */
  TVM_FFI_INLINE static Object* Take(Object** slot) {
    Object* taken = *slot;
    *slot = nullptr;
    return taken;
  }
};

}  // namespace detail

}  // namespace ffi
}  // namespace tvm

#include <tvm/ffi/object_traits_detail.h>  // needs the complete classes above

#endif  // TVM_FFI_OBJECT_H_
