// SPDX-License-Identifier: Apache-2.0
/*!
 * \file structural_common.h
 * \brief What StructuralEqual and StructuralHash share: support checks, tensor bytes, callbacks.
 */
#ifndef TVM_FFI_SRC_FFI_EXTRA_STRUCTURAL_COMMON_H_
#define TVM_FFI_SRC_FFI_EXTRA_STRUCTURAL_COMMON_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/structural_detail.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/reflection/accessor.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "object_graph.h"
#include "reflection_internal.h"

namespace tvm {
namespace ffi {
namespace structural {

/*! \brief Kind of a type that supports structural operations; throws TypeError for others. */
inline TVMFFISEqHashKind RequireKind(const TVMFFITypeInfo* info) {
  std::string_view key(info->type_key.data, info->type_key.size);
  if (info->metadata == nullptr) {
    TVM_FFI_THROW(TypeError) << "Type metadata is not set for type `" << key
                             << "`, so StructuralHash is not supported for this type";
  }
  TVMFFISEqHashKind kind = info->metadata->structural_eq_hash_kind;
  if (kind == kTVMFFISEqHashKindUnsupported) {
    TVM_FFI_THROW(TypeError) << "_type_s_eq_hash_kind is not set for type `" << key
                             << "`, so StructuralHash is not supported for this type";
  }
  return kind;
}

/*! \brief Throws before a recursion would overflow the stack. */
inline void CheckNativeStack() {
  if (TVM_FFI_PREDICT_FALSE(detail::NativeStack::NearlyFull())) {
    throw detail::NativeStack::TooDeep();
  }
}

/*! \brief Number of bytes of a contiguous tensor; elements of less than a byte are packed. */
inline size_t TensorBytes(const DLTensor& tensor) {
  size_t bits = static_cast<size_t>(tensor.dtype.bits) * tensor.dtype.lanes;
  for (int32_t i = 0; i < tensor.ndim; ++i) bits *= static_cast<size_t>(tensor.shape[i]);
  return (bits + 7) / 8;
}

/*! \brief Region kind that a hook passes to its callback. */
inline TVMFFIDefRegionKind RegionFromHook(int kind) {
  return static_cast<TVMFFIDefRegionKind>(kind);
}

/*! \brief Throws InternalError when callbacks are for a type index that does not exist. */
template <typename Entries>
void RequireCallbackTypes(const Entries& entries) {
  for (const auto& entry : entries) {
    int32_t type_index = entry.template get<0>();
    if (type_index >= kTVMFFIStaticObjectBegin) reflection::RequireTypeInfo(type_index);
  }
}

/*!
 * \brief Link from the callback that hooks receive to the traversal it belongs to.
 *
 * Hooks may keep the callback longer than the traversal lives; then it raises an error.
 */
template <typename Traversal>
class CallbackLink {
 public:
  explicit CallbackLink(Traversal* traversal) : target_(std::make_shared<Traversal*>(traversal)) {}
  ~CallbackLink() { *target_ = nullptr; }
  CallbackLink(const CallbackLink&) = delete;
  CallbackLink& operator=(const CallbackLink&) = delete;

  /*! \brief What the callback captures. */
  std::shared_ptr<Traversal*> target() const { return target_; }
  /*! \brief The traversal; throws RuntimeError after its end. */
  static Traversal* Resolve(const std::shared_ptr<Traversal*>& target) {
    TVM_FFI_CHECK(*target != nullptr, RuntimeError)
        << "the callback of a structural hook was called after the traversal ended";
    return *target;
  }

 private:
  std::shared_ptr<Traversal*> target_;
};

}  // namespace structural
}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_SRC_FFI_EXTRA_STRUCTURAL_COMMON_H_
