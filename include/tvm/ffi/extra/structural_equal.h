// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/structural_equal.h
 * \brief Equality of values by structure, up to a renaming of bound variables.
 *
 * Classes say through `_type_s_eq_hash_kind` and the `SEqHash...` field flags how they take part.
 * Use RecursiveEq (dataclass.h) for data without variables, and AnyEqual for map keys.
 *
 * \code
 *   Array<Any> lhs = {1, 2, 3}, rhs = {1, 5, 3};
 *   StructuralEqual()(lhs, rhs);                      // false
 *   auto where = StructuralEqual::GetFirstMismatch(lhs, rhs);
 *   (*where).get<0>();                                // the path <root>[1]
 * \endcode
 */
#ifndef TVM_FFI_EXTRA_STRUCTURAL_EQUAL_H_
#define TVM_FFI_EXTRA_STRUCTURAL_EQUAL_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/extra/base.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/optional.h>
#include <tvm/ffi/reflection/access_path.h>
#include <tvm/ffi/reflection/accessor.h>

namespace tvm {
namespace ffi {

namespace type_attr {

/*!
 * \brief Compares two objects of a type in place of their fields: `(lhs, rhs, cb) -> bool`.
 *
 * `cb(lhs_part, rhs_part, def_region_kind, name)` compares two parts; kind 0 keeps the region.
 */
inline constexpr reflection::AttrKey<TypedFunction<bool(
    const Object*, const Object*, const TypedFunction<bool(AnyView, AnyView, int, AnyView)>&)>>
    kSEqual{"__s_equal__"};

}  // namespace type_attr

/*! \brief Structural equality; an instance is a functor for standard containers. */
class StructuralEqual {
 public:
  /*!
   * \brief Compare two values.
   * \param lhs One value.
   * \param rhs The other value.
   * \param map_free_vars Whether variables that nothing defines may stand for each other.
   * \param skip_tensor_content Whether tensors of the same shape and type are equal.
   * \throws TypeError for a class that does not support structural comparison.
   * \throws InternalError for tensors that are not contiguous or not in CPU memory.
   * \throws RecursionError when a value is nested deeper than the stack allows.
   */
  TVM_FFI_EXTRA_CXX_API static bool Equal(const Any& lhs, const Any& rhs,
                                          bool map_free_vars = false,
                                          bool skip_tensor_content = false);

  /*!
   * \brief Where two values differ first.
   * \return Paths from each root to the difference; nullopt for equal values. Errors as in Equal.
   */
  TVM_FFI_EXTRA_CXX_API static Optional<reflection::AccessPathPair> GetFirstMismatch(
      const Any& lhs, const Any& rhs, bool map_free_vars = false, bool skip_tensor_content = false);

  /*! \brief Equal with default options. */
  bool operator()(const Any& lhs, const Any& rhs) const { return Equal(lhs, rhs); }
};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_EXTRA_STRUCTURAL_EQUAL_H_
