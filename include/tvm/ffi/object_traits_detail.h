// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/object_traits_detail.h
 * \brief TypeTraits of references, object pointers and raw object pointers.
 *
 * Included by object.h. A reference class gets the default traits by deriving from ObjectRef; one
 * that also converts from plain values derives its specialisation from
 * ObjectRefWithFallbackTraitsBase.
 */
#ifndef TVM_FFI_OBJECT_TRAITS_DETAIL_H_
#define TVM_FFI_OBJECT_TRAITS_DETAIL_H_

#include <tvm/ffi/object.h>
#include <tvm/ffi/type_traits.h>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace tvm {
namespace ffi {

namespace detail {

/*! \brief Writes the cell of an object, None for null. No count changes. */
TVM_FFI_INLINE void StoreObject(TVMFFIObject* object, TVMFFIAny* result) {
  result->type_index =
      object != nullptr ? object->type_index : static_cast<int32_t>(TypeIndex::kTVMFFINone);
  result->zero_padding = 0;
  TVM_FFI_CLEAR_PTR_PADDING_IN_FFI_ANY(result);
  result->v_obj = object;
}

/*! \brief Takes the reference out of an owned cell that holds an object or None; it is None
 * afterwards. */
TVM_FFI_INLINE TVMFFIObject* TakeObject(TVMFFIAny* src) {
  TVMFFIObject* object = src->type_index == TypeIndex::kTVMFFINone ? nullptr : src->v_obj;
  src->type_index = TypeIndex::kTVMFFINone;
  src->zero_padding = 0;
  src->v_int64 = 0;
  return object;
}

/*! \brief The object in a cell that holds an object or None. */
TVM_FFI_INLINE TVMFFIObject* BorrowObject(const TVMFFIAny* src) {
  return src->type_index == TypeIndex::kTVMFFINone ? nullptr : src->v_obj;
}

/*! \brief Whether a cell holds an instance of ObjectType. */
template <typename ObjectType>
TVM_FFI_INLINE bool HoldsInstance(const TVMFFIAny* src) {
  return src->type_index >= TypeIndex::kTVMFFIStaticObjectBegin &&
         IsObjectInstance<ObjectType>(src->type_index);
}

}  // namespace detail

/*!
 * \brief Traits of a reference class. TryCastFromAnyView asks the check of the final
 * specialisation, so a specialisation that replaces only CheckAnyStrict also controls conversion.
 */
template <typename TObjRef>
struct ObjectRefTypeTraitsBase : public TypeTraitsBase {
  static constexpr int32_t field_static_type_index = TypeIndex::kTVMFFIObject;
  using ContainerType = typename TObjRef::ContainerType;

  TVM_FFI_INLINE static void CopyToAnyView(const TObjRef& src, TVMFFIAny* result) {
    detail::StoreObject(detail::ObjectUnsafe::TVMFFIObjectPtrFromObjectRef(src), result);
  }
  TVM_FFI_INLINE static void MoveToAny(TObjRef src, TVMFFIAny* result) {
    detail::StoreObject(detail::ObjectUnsafe::MoveObjectRefToTVMFFIObjectPtr(std::move(src)),
                        result);
  }
  TVM_FFI_INLINE static bool CheckAnyStrict(const TVMFFIAny* src) {
    if constexpr (TObjRef::_type_is_nullable) {
      if (src->type_index == TypeIndex::kTVMFFINone) return true;
    }
    return detail::HoldsInstance<ContainerType>(src);
  }
  TVM_FFI_INLINE static TObjRef CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    return detail::ObjectUnsafe::ObjectRefFromObjectPtr<TObjRef>(
        detail::ObjectUnsafe::ObjectPtrFromUnowned<Object>(detail::BorrowObject(src)));
  }
  TVM_FFI_INLINE static TObjRef MoveFromAnyAfterCheck(TVMFFIAny* src) {
    return detail::ObjectUnsafe::ObjectRefFromObjectPtr<TObjRef>(
        detail::ObjectUnsafe::ObjectPtrFromOwned<Object>(detail::TakeObject(src)));
  }
  TVM_FFI_INLINE static std::optional<TObjRef> TryCastFromAnyView(const TVMFFIAny* src) {
    if (TypeTraits<TObjRef>::CheckAnyStrict(src)) {
      return TypeTraits<TObjRef>::CopyFromAnyViewAfterCheck(src);
    }
    return std::nullopt;
  }
  static std::string TypeStr() { return ContainerType::_type_key; }
  static std::string TypeSchema() { return detail::TypeKeySchema(ContainerType::_type_key); }
};

/*! \brief Default traits of every reference class. */
template <typename TObjRef>
struct TypeTraits<TObjRef, std::enable_if_t<std::is_base_of_v<ObjectRef, TObjRef> &&
                                            use_default_type_traits_v<TObjRef>>>
    : public ObjectRefTypeTraitsBase<TObjRef> {};

/*!
 * \brief Traits of a reference class that may also be made from other values, in the order given.
 *
 * The derived TypeTraits<ObjectRefType> has one static ConvertFallbackValue overload per fallback
 * type. Strict checks do not use the fallbacks.
 */
template <typename ObjectRefType, typename... FallbackTypes>
struct ObjectRefWithFallbackTraitsBase : public ObjectRefTypeTraitsBase<ObjectRefType> {
  static std::optional<ObjectRefType> TryCastFromAnyView(const TVMFFIAny* src) {
    if (auto opt = ObjectRefTypeTraitsBase<ObjectRefType>::TryCastFromAnyView(src)) {
      return opt;
    }
    return TryFallbackTypes<FallbackTypes...>(src);
  }

  template <typename FallbackType, typename... Rest>
  static std::optional<ObjectRefType> TryFallbackTypes(const TVMFFIAny* src) {
    return detail::TryConvertFallbacks<ObjectRefType, FallbackType, Rest...>(src);
  }
};

/*! \brief Nullable owning pointers: null is None. */
template <typename TObject>
struct TypeTraits<ObjectPtr<TObject>, std::enable_if_t<detail::is_plain_object_v<TObject>>>
    : public TypeTraitsBase {
  static constexpr int32_t field_static_type_index = TypeIndex::kTVMFFIObject;

  TVM_FFI_INLINE static void CopyToAnyView(const ObjectPtr<TObject>& src, TVMFFIAny* result) {
    detail::StoreObject(detail::ObjectUnsafe::TVMFFIObjectPtrFromObjectPtr(src), result);
  }
  TVM_FFI_INLINE static void MoveToAny(ObjectPtr<TObject> src, TVMFFIAny* result) {
    detail::StoreObject(detail::ObjectUnsafe::MoveObjectPtrToTVMFFIObjectPtr(std::move(src)),
                        result);
  }
  TVM_FFI_INLINE static bool CheckAnyStrict(const TVMFFIAny* src) {
    return src->type_index == TypeIndex::kTVMFFINone || detail::HoldsInstance<TObject>(src);
  }
  TVM_FFI_INLINE static ObjectPtr<TObject> CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    return detail::ObjectUnsafe::ObjectPtrFromUnowned<TObject>(detail::BorrowObject(src));
  }
  TVM_FFI_INLINE static ObjectPtr<TObject> MoveFromAnyAfterCheck(TVMFFIAny* src) {
    return detail::ObjectUnsafe::ObjectPtrFromOwned<TObject>(detail::TakeObject(src));
  }
  TVM_FFI_INLINE static std::optional<ObjectPtr<TObject>> TryCastFromAnyView(const TVMFFIAny* src) {
    if (CheckAnyStrict(src)) return CopyFromAnyViewAfterCheck(src);
    return std::nullopt;
  }
  static std::string TypeStr() { return TObject::_type_key; }
  static std::string TypeSchema() {
    return "{\"type\":\"Optional\",\"args\":[" + detail::TypeKeySchema(TObject::_type_key) + "]}";
  }
};

/*! \brief Non-null owning pointers: None is refused. */
template <typename TObject>
struct TypeTraits<Arc<TObject>, std::enable_if_t<detail::is_plain_object_v<TObject>>>
    : public TypeTraitsBase {
  static constexpr int32_t field_static_type_index = TypeIndex::kTVMFFIObject;

  TVM_FFI_INLINE static void CopyToAnyView(const Arc<TObject>& src, TVMFFIAny* result) {
    detail::StoreObject(detail::ObjectUnsafe::TVMFFIObjectPtrFromObjectPtr<TObject>(src), result);
  }
  TVM_FFI_INLINE static void MoveToAny(Arc<TObject> src, TVMFFIAny* result) {
    detail::StoreObject(
        detail::ObjectUnsafe::MoveObjectPtrToTVMFFIObjectPtr<TObject>(std::move(src)), result);
  }
  TVM_FFI_INLINE static bool CheckAnyStrict(const TVMFFIAny* src) {
    return detail::HoldsInstance<TObject>(src);
  }
  TVM_FFI_INLINE static Arc<TObject> CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    return detail::ObjectUnsafe::ArcFromObjectPtr<TObject>(
        detail::ObjectUnsafe::ObjectPtrFromUnowned<TObject>(src->v_obj));
  }
  TVM_FFI_INLINE static Arc<TObject> MoveFromAnyAfterCheck(TVMFFIAny* src) {
    return detail::ObjectUnsafe::ArcFromObjectPtr<TObject>(
        detail::ObjectUnsafe::ObjectPtrFromOwned<TObject>(detail::TakeObject(src)));
  }
  TVM_FFI_INLINE static std::optional<Arc<TObject>> TryCastFromAnyView(const TVMFFIAny* src) {
    if (CheckAnyStrict(src)) return CopyFromAnyViewAfterCheck(src);
    return std::nullopt;
  }
  static std::string TypeStr() { return TObject::_type_key; }
  static std::string TypeSchema() { return detail::TypeKeySchema(TObject::_type_key); }
};

/*!
 * \brief Raw object pointers: borrowed when read, a new reference when stored in an Any.
 *
 * There is no MoveFromAnyAfterCheck: a pointer taken out of a dying Any would dangle.
 */
template <typename TObject>
struct TypeTraits<TObject*, std::enable_if_t<is_object_subclass_v<TObject>>>
    : public TypeTraitsBase {
  TVM_FFI_INLINE static void CopyToAnyView(TObject* const& src, TVMFFIAny* result) {
    detail::StoreObject(detail::ObjectUnsafe::GetHeader(src), result);
  }
  TVM_FFI_INLINE static void MoveToAny(TObject* src, TVMFFIAny* result) {
    CopyToAnyView(src, result);
    if (src != nullptr) detail::ObjectUnsafe::IncRefObjectHandle(result->v_obj);
  }
  TVM_FFI_INLINE static bool CheckAnyStrict(const TVMFFIAny* src) {
    return detail::HoldsInstance<TObject>(src);
  }
  TVM_FFI_INLINE static TObject* CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    if constexpr (!std::is_const_v<TObject>) {
      static_assert(TObject::_type_mutable, "TObject must be mutable to enable cast from Any");
    }
    return detail::ObjectUnsafe::RawObjectPtrFromUnowned<TObject>(src->v_obj);
  }
  TVM_FFI_INLINE static std::optional<TObject*> TryCastFromAnyView(const TVMFFIAny* src) {
    if (CheckAnyStrict(src)) return CopyFromAnyViewAfterCheck(src);
    return std::nullopt;
  }
  static std::string TypeStr() { return TObject::_type_key; }
  static std::string TypeSchema() { return detail::TypeKeySchema(TObject::_type_key); }
};

template <typename TObjRef>
struct TypeToRuntimeTypeIndex<TObjRef, std::enable_if_t<std::is_base_of_v<ObjectRef, TObjRef>>> {
  static int32_t v() { return TObjRef::ContainerType::RuntimeTypeIndex(); }
};

template <typename TObject>
struct TypeToRuntimeTypeIndex<ObjectPtr<TObject>,
                              std::enable_if_t<detail::is_plain_object_v<TObject>>> {
  static int32_t v() { return TObject::RuntimeTypeIndex(); }
};

template <typename TObject>
struct TypeToRuntimeTypeIndex<Arc<TObject>, std::enable_if_t<detail::is_plain_object_v<TObject>>> {
  static int32_t v() { return TObject::RuntimeTypeIndex(); }
};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_OBJECT_TRAITS_DETAIL_H_
