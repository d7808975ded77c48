// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/reflection/creator.h
 * \brief Create objects from their type key and field values.
 *
 * For deserialisers and bindings that do not know the C++ class. It bypasses registered
 * constructors: the fields are assigned one by one through their setters.
 *
 * \code
 *   Any point = ObjectCreator("my.Point")({{"x", 1}, {"y", 2}});
 * \endcode
 */
#ifndef TVM_FFI_REFLECTION_CREATOR_H_
#define TVM_FFI_REFLECTION_CREATOR_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/string.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tvm {
namespace ffi {
namespace reflection {
namespace detail {

/*! \brief Entry of exactly this type in an attribute column that may not exist; None if absent. */
inline AnyView FindTypeAttr(const char* attr_name, int32_t type_index) {
  if (FindTypeAttrColumn(attr_name) == nullptr) return AnyView();
  return TypeAttrColumn(attr_name)[type_index];
}

inline std::string_view TypeKeyOf(const TVMFFITypeInfo* type_info) {
  return std::string_view(type_info->type_key.data, type_info->type_key.size);
}

}  // namespace detail
}  // namespace reflection

/*!
 * \brief Make an instance of a type whose fields are still to be set.
 * \throws RuntimeError when the type has neither a native creator nor a `__ffi_new__` attribute.
 */
template <typename D = void>
ObjectPtr<Object> CreateEmptyObject(const TVMFFITypeInfo* type_info) {
  // NOLINTNEXTLINE(clang-analyzer-core.NullDereference)
  if (type_info->metadata != nullptr && type_info->metadata->creator != nullptr) {
    TVMFFIObjectHandle handle = nullptr;
    TVM_FFI_CHECK_SAFE_CALL(type_info->metadata->creator(&handle));
    return detail::ObjectUnsafe::ObjectPtrFromOwned<Object>(static_cast<TVMFFIObject*>(handle));
  }
  AnyView ffi_new = reflection::detail::FindTypeAttr(type_attr::kNew.name, type_info->type_index);
  if (ffi_new.type_index() == kTVMFFIFunction) {
    ObjectRef obj = ffi_new.cast<detail::Late<Function, D>>()().template cast<ObjectRef>();
    TVM_FFI_CHECK(obj.defined(), TypeError)
        << "__ffi_new__ of type `" << reflection::detail::TypeKeyOf(type_info) << "` returned None";
    return detail::ObjectUnsafe::ObjectPtrFromObjectRef<Object>(std::move(obj));
  }
  TVM_FFI_THROW(RuntimeError) << "Type `" << reflection::detail::TypeKeyOf(type_info)
                              << "` does not support reflection creation"
                              << " (no native creator or __ffi_new__ type attr)";
  TVM_FFI_UNREACHABLE();
}

/*! \brief Whether CreateEmptyObject works for the type. */
inline bool HasCreator(const TVMFFITypeInfo* type_info) {
  if (type_info->metadata != nullptr && type_info->metadata->creator != nullptr) return true;
  return reflection::detail::FindTypeAttr(type_attr::kNew.name, type_info->type_index)
             .type_index() == kTVMFFIFunction;
}

namespace reflection {
namespace detail {

/*! \brief Body of `__ffi_convert__`: the value as TObjectRef, TypeError when it does not convert.
 */
template <typename TObjectRef>
TObjectRef FFIConvertFromAnyViewToObjectRef(AnyView input) {
  TVMFFIAny raw = input.CopyToTVMFFIAny();
  if (std::optional<TObjectRef> result = TypeTraits<TObjectRef>::TryCastFromAnyView(&raw)) {
    return *std::move(result);
  }
  TVM_FFI_THROW(TypeError) << "Cannot cast from `" << TypeIndexToTypeKey(raw.type_index) << "` to `"
                           << TypeTraits<TObjectRef>::TypeStr() << "`";
  TVM_FFI_UNREACHABLE();
}

}  // namespace detail

/*! \brief Creates objects of one type from a map of field values. */
class ObjectCreator {
 public:
  /*! \throws RuntimeError when the type cannot be created, and for an unknown key. */
  explicit ObjectCreator(std::string_view type_key)
      : ObjectCreator(detail::TypeInfoFromKey(type_key)) {}
  /*! \throws RuntimeError when the type cannot be created. */
  explicit ObjectCreator(const TVMFFITypeInfo* type_info) : type_info_(type_info) {
    if (!HasCreator(type_info)) {
      TVM_FFI_THROW(RuntimeError)
          << "Type `" << detail::TypeKeyOf(type_info)
          << "` does not support default constructor, as a result cannot be created via reflection";
    }
  }

  /*!
   * \brief Create an object.
   * \param fields Values by field name, inherited fields included. Fields that are absent take
   *        their default.
   * \throws TypeError for an absent field without default and for an unknown name; whatever a
   *         setter or a default factory raises.
   *
   * Local to each binary, and so is its lambda: binaries built from other headers have a lambda of
   * the same name with other captures.
   */
  template <typename D = void>
  TVM_FFI_BINARY_LOCAL Any operator()(const Map<String, Any>& fields) const {
    return Create<ffi::detail::Late<std::string_view, D>>(fields);
  }

 private:
  template <typename Name, typename Fields>
  TVM_FFI_BINARY_LOCAL Any Create(const Fields& fields) const {
    ObjectPtr<Object> obj = CreateEmptyObject<Name>(type_info_);
    std::vector<Name> used;
    ForEachFieldInfo(type_info_, [&](const TVMFFIFieldInfo* field_info) {
      Name name(field_info->name.data, field_info->name.size);
      void* field_addr = detail::FieldAddress(obj.get(), field_info);
      if (auto value = fields.Get(String(name.data(), name.size()))) {
        TVM_FFI_CHECK_SAFE_CALL(
            CallFieldSetter(field_info, field_addr, reinterpret_cast<const TVMFFIAny*>(&*value)));
        // A field that a child registers again matches twice.
        if (std::find(used.begin(), used.end(), name) == used.end()) used.push_back(name);
      } else if ((field_info->flags & kTVMFFIFieldFlagBitMaskHasDefault) != 0) {
        SetFieldToDefault(field_info, field_addr);
      } else {
        TVM_FFI_THROW(TypeError) << "Required field `" << name << "` not set in type `"
                                 << detail::TypeKeyOf(type_info_) << "`";
      }
    });
    CheckAllUsed(fields, used);
    return Any(std::move(obj));
  }

  template <typename Fields, typename Name>
  void CheckAllUsed(const Fields& fields, const std::vector<Name>& used) const {
    if (used.size() == fields.size()) return;
    for (const auto& item : fields) {
      Name name(item.first.data(), item.first.size());
      if (std::find(used.begin(), used.end(), name) != used.end()) continue;
      TVM_FFI_THROW(TypeError) << "Type `" << detail::TypeKeyOf(type_info_)
                               << "` does not have field `" << name << "`";
    }
  }

  const TVMFFITypeInfo* type_info_;
};

}  // namespace reflection
}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_REFLECTION_CREATOR_H_
