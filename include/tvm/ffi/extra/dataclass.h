// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/dataclass.h
 * \brief What data classes of every language get from their reflected fields: text, deep copy,
 *        hash and comparison.
 *
 * \code
 *   Array<Any> value = {1, "two", Map<String, int>{{"three", 3}}};
 *   std::cout << value;                         // (1, "two", {"three": 3})
 *   Any copy = DeepCopy(value);
 *   bool same = RecursiveEq(value, copy);       // true
 *   bool less = RecursiveLt(value, copy);       // false
 * \endcode
 *
 * All functions walk containers element by element and other objects field by field, with a stack
 * on the heap: values may nest deeper than the native stack could follow. Field flags
 * (`repr(false)`, `compare(false)`, `hash(false)`) leave fields out; the hooks in namespace
 * `type_attr` replace the walk for a type. Use structural_equal.h and structural_hash.h instead for
 * values with variables, such as the terms of a compiler.
 */
#ifndef TVM_FFI_EXTRA_DATACLASS_H_
#define TVM_FFI_EXTRA_DATACLASS_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/variant.h>
#include <tvm/ffi/extra/base.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/optional.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <ostream>

namespace tvm {
namespace ffi {

namespace type_attr {

/*! \brief Text of an object: `(self, fn_repr) -> str`; `fn_repr` gives the text of a part. */
inline constexpr reflection::AttrKey<
    TypedFunction<String(const Object*, const TypedFunction<String(AnyView)>&)>>
    kRepr{"__ffi_repr__"};
/*! \brief RecursiveHash of an object: `(self, fn_hash) -> int`. */
inline constexpr reflection::AttrKey<
    TypedFunction<int64_t(const Object*, const TypedFunction<int64_t(AnyView)>&)>>
    kHash{"__ffi_hash__"};
/*! \brief RecursiveEq of two objects of the type: `(self, other, fn_eq) -> bool`. */
inline constexpr reflection::AttrKey<
    TypedFunction<bool(const Object*, const Object*, const TypedFunction<bool(AnyView, AnyView)>&)>>
    kEq{"__ffi_eq__"};
/*! \brief Order of two objects of the type, negative, 0 or positive: `(self, other, fn_cmp)`. */
inline constexpr reflection::AttrKey<TypedFunction<int32_t(
    const Object*, const Object*, const TypedFunction<int32_t(AnyView, AnyView)>&)>>
    kCompare{"__ffi_compare__"};

}  // namespace type_attr

/*!
 * \brief Copy a value and everything it refers to.
 *
 * Parts that are shared in the value are shared in the copy, and cycles through lists, dicts and
 * objects stay cycles. Strings, bytes, shapes, big integers and enum members are not copied.
 *
 * \throws InternalError when an object has no copy constructor.
 */
TVM_FFI_EXTRA_CXX_API Any DeepCopy(const Any& value);

/*!
 * \brief Text of a value for people, close to Python's `repr`.
 *
 * An object inside itself is shown as `...`. With the environment variable
 * `TVM_FFI_REPR_WITH_ADDR=1` objects carry their addresses.
 */
TVM_FFI_EXTRA_CXX_API String ReprPrint(const Any& value);

/*!
 * \brief Hash of the content of a value; RecursiveEq values have the same hash.
 * \throws ValueError for a type that defines its own equality but no hash.
 */
TVM_FFI_EXTRA_CXX_API int64_t RecursiveHash(const Any& value);

/*! \brief Whether two values have the same content. Values of different types are not equal. */
TVM_FFI_EXTRA_CXX_API bool RecursiveEq(const Any& lhs, const Any& rhs);

/*!
 * \brief Whether `lhs` precedes `rhs`, comparing part by part.
 * \throws TypeError for values that have no order: different types, NaN, different maps.
 * \throws ValueError when both values contain themselves.
 */
TVM_FFI_EXTRA_CXX_API bool RecursiveLt(const Any& lhs, const Any& rhs);
/*! \brief Whether `lhs` precedes or equals `rhs`; errors as in RecursiveLt. */
TVM_FFI_EXTRA_CXX_API bool RecursiveLe(const Any& lhs, const Any& rhs);
/*! \brief Whether `lhs` follows `rhs`; errors as in RecursiveLt. */
TVM_FFI_EXTRA_CXX_API bool RecursiveGt(const Any& lhs, const Any& rhs);
/*! \brief Whether `lhs` follows or equals `rhs`; errors as in RecursiveLt. */
TVM_FFI_EXTRA_CXX_API bool RecursiveGe(const Any& lhs, const Any& rhs);

/*! \brief Writes the ReprPrint text. */
inline std::ostream& operator<<(std::ostream& os, const Any& value) {
  return os << ReprPrint(value);
}
/*! \brief Writes the ReprPrint text; `None` for a null reference. */
inline std::ostream& operator<<(std::ostream& os, const ObjectRef& value) {
  return os << ReprPrint(Any(value));
}
/*! \brief Writes the ReprPrint text of the value held. */
template <typename... V>
inline std::ostream& operator<<(std::ostream& os, const Variant<V...>& value) {
  return os << ReprPrint(Any(value));
}
/*! \brief Writes the ReprPrint text; `None` for an empty one. */
template <typename T>
inline std::ostream& operator<<(std::ostream& os, const Optional<T>& value) {
  return os << ReprPrint(Any(value));
}

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_EXTRA_DATACLASS_H_
