// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/cast.h
 * \brief From a raw object pointer back to a counted reference.
 *
 * \code
 * void Visit(const PointObj* op) {
 *   Point self = GetRef<Point>(op);  // a new reference; no run-time check, no copy
 * }
 * \endcode
 *
 * Only for pointers known statically to fit; for anything else use ObjectRef::as.
 */
#ifndef TVM_FFI_CAST_H_
#define TVM_FFI_CAST_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/optional.h>

#include <type_traits>
#include <utility>

namespace tvm {
namespace ffi {

namespace detail {

template <typename T>
struct OptionalValue {};
template <typename T>
struct OptionalValue<Optional<T>> {
  using type = T;
};

/*! \brief object_ref_contains_v, false where it is not enabled. */
template <typename RefType, typename ObjectType, typename = void>
inline constexpr bool ref_contains_v = false;
template <typename RefType, typename ObjectType>
inline constexpr bool ref_contains_v<RefType, ObjectType,
                                     std::enable_if_t<std::is_base_of_v<ObjectRef, RefType> &&
                                                      std::is_base_of_v<Object, ObjectType>>> =
    object_ref_contains_v<RefType, ObjectType>;

/*! \brief A new reference to an object that is not null. */
template <typename RefType>
TVM_FFI_INLINE RefType RefFromRaw(const Object* ptr) {
  return ObjectUnsafe::ObjectRefFromObjectPtr<RefType>(
      ObjectUnsafe::ObjectPtrFromUnowned<Object>(const_cast<Object*>(ptr)));
}

}  // namespace detail

/*!
 * \brief A reference to `*ptr`.
 * \tparam RefType A reference class that can hold every ObjectType, or an Optional of one.
 * \param ptr May be null where RefType may be null; otherwise null is an InternalError.
 */
template <typename RefType, typename ObjectType>
inline RefType GetRef(const ObjectType* ptr) {
  if constexpr (is_optional_type_v<RefType>) {
    using ValueType = typename detail::OptionalValue<RefType>::type;
    static_assert(detail::ref_contains_v<ValueType, ObjectType>,
                  "GetRef requires the Optional value type to contain every ObjectType instance");
    if (ptr == nullptr) return RefType(std::nullopt);
    return RefType(detail::RefFromRaw<ValueType>(ptr));
  } else {
    static_assert(detail::ref_contains_v<RefType, ObjectType>,
                  "GetRef requires RefType to contain every ObjectType instance; specialize "
                  "object_ref_contains_v for statically safe typed refs or use "
                  "ObjectRef::as<RefType>() for runtime-dependent checks");
    if constexpr (!RefType::_type_is_nullable) {
      TVM_FFI_CHECK_NOTNULL(ptr, InternalError);
    }
    return detail::RefFromRaw<RefType>(ptr);
  }
}

/*! \brief A new counted pointer to `*ptr`, which may be null. */
template <typename BaseType, typename ObjectType>
inline ObjectPtr<BaseType> GetObjectPtr(ObjectType* ptr) {
  static_assert(std::is_base_of_v<BaseType, ObjectType>,
                "Can only cast to the ref of same container type");
  return detail::ObjectUnsafe::ObjectPtrFromUnowned<BaseType>(
      const_cast<Object*>(static_cast<const Object*>(ptr)));
}

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_CAST_H_
