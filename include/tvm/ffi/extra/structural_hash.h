// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/structural_hash.h
 * \brief Hash of a value by structure; StructuralEqual values have the same hash.
 *
 * Hashes are stable across processes, except those of variables that nothing defines: they hash by
 * address. Hash with the flags that the comparison uses.
 *
 * \code
 *   Array<Any> value = {1, 2, 3};
 *   uint64_t hash = StructuralHash()(value);  // 0xf246b05b325c12f0
 * \endcode
 */
#ifndef TVM_FFI_EXTRA_STRUCTURAL_HASH_H_
#define TVM_FFI_EXTRA_STRUCTURAL_HASH_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/extra/base.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/reflection/accessor.h>

#include <cstdint>

namespace tvm {
namespace ffi {

namespace type_attr {

/*!
 * \brief Hashes an object in place of its fields: `(self, init_hash, cb) -> int`.
 *
 * `cb(part, init_hash, def_region_kind)` mixes the hash of a part in; kind 0 keeps the region.
 */
inline constexpr reflection::AttrKey<TypedFunction<int64_t(
    const Object*, int64_t, const TypedFunction<int64_t(AnyView, int64_t, int)>&)>>
    kSHash{"__s_hash__"};

}  // namespace type_attr

/*! \brief Structural hash; an instance is a functor for standard containers. */
class StructuralHash {
 public:
  /*!
   * \brief Hash a value.
   * \param value The value.
   * \param map_free_vars Whether variables that nothing defines hash by order, not by address.
   * \param skip_tensor_content Whether only shape and type of tensors count.
   * \throws TypeError for a class that does not support structural comparison.
   * \throws InternalError for tensors that are not contiguous or not in CPU memory.
   * \throws RecursionError when the value is nested deeper than the stack allows.
   */
  TVM_FFI_EXTRA_CXX_API static uint64_t Hash(const Any& value, bool map_free_vars = false,
                                             bool skip_tensor_content = false);

  /*! \brief Hash with default options. */
  uint64_t operator()(const Any& value) const { return Hash(value); }
};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_EXTRA_STRUCTURAL_HASH_H_
