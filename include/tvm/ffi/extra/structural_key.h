// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/structural_key.h
 * \brief A value wrapped so that maps look it up by structure.
 *
 * The hash is computed once, at construction; do not modify the value afterwards.
 *
 * \code
 *   Map<StructuralKey, int> cache;
 *   cache.Set(StructuralKey(Array<int>{1, 2}), 7);
 *   cache.at(StructuralKey(Array<int>{1, 2}));  // 7
 * \endcode
 */
#ifndef TVM_FFI_EXTRA_STRUCTURAL_KEY_H_
#define TVM_FFI_EXTRA_STRUCTURAL_KEY_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/extra/structural_equal.h>
#include <tvm/ffi/extra/structural_hash.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

namespace tvm {
namespace ffi {

/*! \brief The wrapped value and its hash. */
class StructuralKeyObj : public Object {
 public:
  /*! \brief The value. */
  Any key;
  /*! \brief Bits of `StructuralHash::Hash(key)`; 0 in an object made without a value. */
  int64_t hash_i64{0};

  StructuralKeyObj() = default;
  /*! \brief Wrap a value; errors as of StructuralHash::Hash. */
  explicit StructuralKeyObj(Any key)
      : key(std::move(key)), hash_i64(static_cast<int64_t>(StructuralHash::Hash(this->key))) {}

  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("ffi.StructuralKey", StructuralKeyObj, Object);
};

static_assert(sizeof(void*) != 8 || sizeof(StructuralKeyObj) == 48,
              "compiled consumers inline the constructor");

/*! \brief Reference to StructuralKeyObj; not nullable. */
class StructuralKey : public ObjectRef {
 public:
  /*! \brief Wrap a value; errors as of StructuralHash::Hash. */
  explicit StructuralKey(Any key) : ObjectRef(make_object<StructuralKeyObj>(std::move(key))) {}

  /*! \brief Whether the wrapped values are StructuralEqual. */
  bool operator==(const StructuralKey& other) const {
    if (same_as(other)) return true;
    const StructuralKeyObj* lhs = get();
    const StructuralKeyObj* rhs = other.get();
    return lhs->hash_i64 == rhs->hash_i64 && StructuralEqual::Equal(lhs->key, rhs->key);
  }
  bool operator!=(const StructuralKey& other) const { return !(*this == other); }

  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(StructuralKey, ObjectRef, StructuralKeyObj);
};

}  // namespace ffi
}  // namespace tvm

/*! \brief The stored hash. */
template <>
struct std::hash<tvm::ffi::StructuralKey> {
  std::size_t operator()(const tvm::ffi::StructuralKey& key) const {
    return static_cast<std::size_t>(key->hash_i64);
  }
};
#endif  // TVM_FFI_EXTRA_STRUCTURAL_KEY_H_
