// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/rvalue_ref.h
 * \brief RValueRef: lets a caller hand over its reference to a packed call.
 *
 * Arguments are borrowed, so a callee always shares them with the caller and copy-on-write
 * containers are copied. A callee that declares RValueRef takes the caller's reference instead:
 * \code
 * Function append = Function::FromTyped([](RValueRef<Array<int>> ref, int value) {
 *   Array<int> array = *std::move(ref);
 *   array.push_back(value);  // in place when the caller handed over the only reference
 *   return array;
 * });
 * append(RValueRef(std::move(array)), 3);
 * append(array, 3);  // also works, on a copy
 * \endcode
 */
#ifndef TVM_FFI_RVALUE_REF_H_
#define TVM_FFI_RVALUE_REF_H_

#include <tvm/ffi/object.h>
#include <tvm/ffi/type_traits.h>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace tvm {
namespace ffi {

/*!
 * \brief Reference to be moved out by the callee; lives until the call returns.
 * \tparam TObjRef A reference class.
 */
template <typename TObjRef, typename = std::enable_if_t<std::is_base_of_v<ObjectRef, TObjRef>>>
class RValueRef {
 public:
  /*! \brief Class of the object. */
  using ContainerType = typename TObjRef::ContainerType;

  /*! \brief Takes the pointer out of `data`. */
  explicit RValueRef(TObjRef&& data)
      : data_(detail::ObjectUnsafe::ObjectPtrFromObjectRef<ContainerType>(std::move(data))) {}

  /*! \brief Moves the reference out. */
  TObjRef operator*() && {
    return detail::ObjectUnsafe::ObjectRefFromObjectPtr<TObjRef>(std::move(data_));
  }

 private:
  // Mutable, because the callee empties it through a view of a const RValueRef.
  mutable ObjectPtr<ContainerType> data_;

  template <typename, typename>
  friend struct TypeTraits;
};

/*! \brief Cells hold the address of the pointer, so that the callee can take it. */
template <typename TObjRef>
struct TypeTraits<RValueRef<TObjRef>> : public TypeTraitsBase {
  static constexpr bool storage_enabled = false;

  TVM_FFI_INLINE static void CopyToAnyView(const RValueRef<TObjRef>& src, TVMFFIAny* result) {
    result->type_index = TypeIndex::kTVMFFIObjectRValueRef;
    result->zero_padding = 0;
    TVM_FFI_CLEAR_PTR_PADDING_IN_FFI_ANY(result);
    result->v_ptr = &(src.data_);
  }

  static std::string GetMismatchTypeInfo(const TVMFFIAny* src) {
    TVMFFIAny target;
    if (!ViewTarget(src, &target)) return TypeTraits<TObjRef>::GetMismatchTypeInfo(src);
    return "RValueRef<" + TypeTraits<TObjRef>::GetMismatchTypeInfo(&target) + ">";
  }

  static std::optional<RValueRef<TObjRef>> TryCastFromAnyView(const TVMFFIAny* src) {
    TVMFFIAny target;
    const bool is_rvalue = ViewTarget(src, &target);
    if (is_rvalue && TypeTraits<TObjRef>::CheckAnyStrict(&target)) {
      Object** slot = static_cast<Object**>(src->v_ptr);
      return RValueRef<TObjRef>(detail::ObjectUnsafe::ObjectRefFromObjectPtr<TObjRef>(
          detail::ObjectUnsafe::ObjectPtrFromOwned<Object>(std::exchange(*slot, nullptr))));
    }
    std::optional<TObjRef> opt = TypeTraits<TObjRef>::TryCastFromAnyView(is_rvalue ? &target : src);
    if (!opt.has_value()) return std::nullopt;
    return RValueRef<TObjRef>(*std::move(opt));
  }

  static std::string TypeStr() { return "RValueRef<" + TypeTraits<TObjRef>::TypeStr() + ">"; }
  static std::string TypeSchema() {
    return R"({"type":"ObjectRValueRef","args":[)" + detail::TypeSchema<TObjRef>::v() + "]}";
  }

 private:
  /*! \brief Views the object behind an rvalue reference, None when it was moved out already. */
  static bool ViewTarget(const TVMFFIAny* src, TVMFFIAny* target) {
    if (src->type_index != TypeIndex::kTVMFFIObjectRValueRef) return false;
    Object** slot = static_cast<Object**>(src->v_ptr);
    detail::StoreObject(detail::ObjectUnsafe::GetHeader(*slot), target);
    return true;
  }
};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_RVALUE_REF_H_
