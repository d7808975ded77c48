// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/reflection/accessor.h
 * \brief Read side of reflection: find fields, methods and type attributes, read and write fields.
 *
 * Everything here works from the process-wide type table, so it serves types of any language. Use
 * plain C++ members when the class is known at compile time.
 *
 * \code
 *   FieldGetter value("test.Int", "value");
 *   int64_t x = value(obj).cast<int64_t>();
 *   FieldSetter("test.Int", "value")(obj, 42);
 * \endcode
 *
 * A `TVMFFIFieldInfo*` stays valid until something is registered for the same type.
 */
#ifndef TVM_FFI_REFLECTION_ACCESSOR_H_
#define TVM_FFI_REFLECTION_ACCESSOR_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/reflection/native_function.h>
#include <tvm/ffi/string.h>
#include <tvm/ffi/type_traits.h>

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tvm {
namespace ffi {
namespace reflection {

namespace detail {}
/*! \brief Name used by code written for earlier releases. */
namespace details = detail;

/*! \brief Borrow a NUL-terminated string as a byte array. */
constexpr TVMFFIByteArray AsByteArray(const char* str) {
  return TVMFFIByteArray{str, std::char_traits<char>::length(str)};
}

namespace detail {

/*! \brief First record of `records` whose name equals `name`, or nullptr. */
template <typename Info>
const Info* FindByName(const Info* records, int32_t count, std::string_view name) {
  for (int32_t i = 0; i < count; ++i) {
    if (std::string_view(records[i].name.data, records[i].name.size) == name) return records + i;
  }
  return nullptr;
}

/*! \brief Type info of a key; an unknown key throws the error of `TVMFFITypeKeyToIndex`. */
inline const TVMFFITypeInfo* TypeInfoFromKey(std::string_view type_key) {
  return TVMFFIGetTypeInfo(TypeKeyToIndex(type_key));
}

/*! \brief The attribute column of a name, or nullptr if the name was never registered. */
inline const TVMFFITypeAttrColumn* FindTypeAttrColumn(std::string_view attr_name) {
  TVMFFIByteArray name{attr_name.data(), attr_name.size()};
  return TVMFFIGetTypeAttrColumn(&name);
}

/*! \brief Address of a field inside an object, as getters and setters take it. */
inline void* FieldAddress(const Object* obj, const TVMFFIFieldInfo* field_info) {
  const TVMFFIObject* header = ffi::detail::ObjectUnsafe::GetHeader(obj);
  return const_cast<char*>(reinterpret_cast<const char*>(header)) + field_info->offset;
}

}  // namespace detail

/*!
 * \brief Find an own (not inherited) field of a type by its exact name.
 * \throws RuntimeError when there is none; the error of TypeKeyToIndex for an unknown key.
 */
inline const TVMFFIFieldInfo* GetFieldInfo(std::string_view type_key, const char* field_name) {
  const TVMFFITypeInfo* info = detail::TypeInfoFromKey(type_key);
  if (const auto* field = detail::FindByName(info->fields, info->num_fields, field_name)) {
    return field;
  }
  TVM_FFI_THROW(RuntimeError) << "Cannot find field  `" << field_name << "` in " << type_key;
  TVM_FFI_UNREACHABLE();
}

/*!
 * \brief Find a method of a type by its exact name; the first one of overloaded methods.
 * \throws RuntimeError when there is none; the error of TypeKeyToIndex for an unknown key.
 */
inline const TVMFFIMethodInfo* GetMethodInfo(std::string_view type_key, const char* method_name) {
  const TVMFFITypeInfo* info = detail::TypeInfoFromKey(type_key);
  if (const auto* method = detail::FindByName(info->methods, info->num_methods, method_name)) {
    return method;
  }
  TVM_FFI_THROW(RuntimeError) << "Cannot find method " << method_name << " in " << type_key;
  TVM_FFI_UNREACHABLE();
}

/*! \brief The function of a method, see GetMethodInfo. */
template <typename D = void>
Function GetMethod(std::string_view type_key, const char* method_name) {
  const TVMFFIMethodInfo* info = GetMethodInfo(type_key, method_name);
  return AnyView::CopyFromTVMFFIAny(info->method).cast<ffi::detail::Late<Function, D>>();
}

/*!
 * \brief Assign a field through its registered setter, whichever form that has.
 * \param field_info The field.
 * \param field_addr Address of the field.
 * \param value Borrowed value.
 * \return 0, or nonzero with the error in the thread's raised slot. Does not throw.
 */
inline int CallFieldSetter(const TVMFFIFieldInfo* field_info, void* field_addr,
                           const TVMFFIAny* value) {
  if ((field_info->flags & kTVMFFIFieldFlagBitSetterIsFunctionObj) == 0) {
    return reinterpret_cast<TVMFFIFieldSetter>(field_info->setter)(field_addr, value);
  }
  TVMFFIAny args[2];
  args[0] = AnyView(field_addr).CopyToTVMFFIAny();
  args[1] = *value;
  Any result;
  return TVMFFIFunctionCall(static_cast<TVMFFIObjectHandle>(field_info->setter), args, 2,
                            reinterpret_cast<TVMFFIAny*>(&result));
}

/*!
 * \brief Assign the default of a field that has one.
 * \return The setter's status. An exception of a default factory propagates.
 */
template <typename D = void>
int CallFieldSetterToDefault(const TVMFFIFieldInfo* field_info, void* field_addr) {
  const TVMFFIAny* stored = &field_info->default_value_or_factory;
  if ((field_info->flags & kTVMFFIFieldFlagBitMaskDefaultFromFactory) == 0) {
    return CallFieldSetter(field_info, field_addr, stored);
  }
  Any value = AnyView::CopyFromTVMFFIAny(*stored).cast<ffi::detail::Late<Function, D>>()();
  return CallFieldSetter(field_info, field_addr, reinterpret_cast<const TVMFFIAny*>(&value));
}

/*! \brief Assign the default of a field that has one; throws on failure. */
template <typename D = void>
void SetFieldToDefault(const TVMFFIFieldInfo* field_info, void* field_addr) {
  TVM_FFI_CHECK_SAFE_CALL(CallFieldSetterToDefault<D>(field_info, field_addr));
}

/*! \brief Reads one field of objects; does not check that an object has the field's type. */
class FieldGetter {
 public:
  /*! \param field_info Outlives the getter, as the records of the type table do. */
  explicit FieldGetter(const TVMFFIFieldInfo* field_info) : field_info_(field_info) {}
  /*! \brief See GetFieldInfo for the errors. */
  explicit FieldGetter(std::string_view type_key, const char* field_name)
      : FieldGetter(GetFieldInfo(type_key, field_name)) {}

  /*! \brief Value of the field; throws what the getter raises. */
  Any operator()(const Object* obj_ptr) const {
    Any result;
    TVM_FFI_CHECK_SAFE_CALL(field_info_->getter(detail::FieldAddress(obj_ptr, field_info_),
                                                reinterpret_cast<TVMFFIAny*>(&result)));
    return result;
  }
  Any operator()(const ObjectPtr<Object>& obj_ptr) const { return operator()(obj_ptr.get()); }
  Any operator()(const ObjectRef& obj) const { return operator()(obj.get()); }

 private:
  const TVMFFIFieldInfo* field_info_;
};

/*! \brief Writes one field of objects, read-only ones too; does not check the object's type. */
class FieldSetter {
 public:
  /*! \param field_info Outlives the setter, as the records of the type table do. */
  explicit FieldSetter(const TVMFFIFieldInfo* field_info) : field_info_(field_info) {}
  /*! \brief See GetFieldInfo for the errors. */
  explicit FieldSetter(std::string_view type_key, const char* field_name)
      : FieldSetter(GetFieldInfo(type_key, field_name)) {}

  /*! \brief Assign the field; throws what the setter raises and then leaves the field alone. */
  void operator()(const Object* obj_ptr, AnyView value) const {
    TVM_FFI_CHECK_SAFE_CALL(CallFieldSetter(field_info_, detail::FieldAddress(obj_ptr, field_info_),
                                            reinterpret_cast<const TVMFFIAny*>(&value)));
  }
  void operator()(const ObjectPtr<Object>& obj_ptr, AnyView value) const {
    operator()(obj_ptr.get(), value);
  }
  void operator()(const ObjectRef& obj, AnyView value) const { operator()(obj.get(), value); }

 private:
  const TVMFFIFieldInfo* field_info_;
};

/*!
 * \brief Name of a type attribute together with the type of its values.
 *
 * \code
 *   inline constexpr AttrKey<String> kSuffix{"my.suffix"};
 *   std::optional<String> s = kSuffix.ValueFrom(TypeAttrColumn(kSuffix)[type_index]);
 * \endcode
 */
template <typename T>
struct AttrKey {
  /*! \brief Type of the attribute. */
  using ValueType = T;
  /*! \brief NUL-terminated name of the attribute. */
  const char* name;

  /*!
   * \brief Extract a stored value without conversion.
   * \return nullopt for None.
   * \throws TypeError when the value is of another type.
   */
  std::optional<T> ValueFrom(AnyView value) const {
    if (value == nullptr) return std::nullopt;
    if constexpr (std::is_same_v<T, Any>) {
      return Any(value);
    } else {
      return value.template as_or_throw<T>();
    }
  }
};

/*!
 * \brief One attribute of all types; entries are not inherited by child types.
 *
 * Cheap to copy and to keep: the column it points to lives until the process ends.
 */
class TypeAttrColumn {
 public:
  /*! \throws RuntimeError when the name was never registered. */
  explicit TypeAttrColumn(std::string_view attr_name)
      : column_(detail::FindTypeAttrColumn(attr_name)) {
    if (column_ == nullptr) {
      TVM_FFI_THROW(RuntimeError) << "Cannot find type attribute " << attr_name;
    }
  }
  template <typename T>
  explicit TypeAttrColumn(AttrKey<T> key) : TypeAttrColumn(std::string_view(key.name)) {}

  /*! \brief Entry of exactly this type index; None when there is none. */
  AnyView operator[](int32_t type_index) const {
    int64_t pos = static_cast<int64_t>(type_index) - column_->begin_index;
    if (pos < 0 || pos >= column_->size) return AnyView();
    return AnyView::CopyFromTVMFFIAny(column_->data[pos]);
  }

 private:
  const TVMFFITypeAttrColumn* column_;
};

/*!
 * \brief Visit the fields of a type until a callback returns true.
 * \param type_info The type.
 * \param callback `bool(const TVMFFIFieldInfo*)`, called for ancestors first, then for the type
 *        itself, each in registration order.
 * \return Whether a callback returned true.
 */
template <typename Callback>
bool ForEachFieldInfoWithEarlyStop(const TypeInfo* type_info, Callback callback) {
  // Depth 0 is ffi.Object, which has no fields.
  for (int32_t depth = 1; depth <= type_info->type_depth; ++depth) {
    const TypeInfo* info =
        depth == type_info->type_depth ? type_info : type_info->type_ancestors[depth];
    for (int32_t i = 0; i < info->num_fields; ++i) {
      if (callback(info->fields + i)) return true;
    }
  }
  return false;
}

/*! \brief Visit all fields of a type, in the order of ForEachFieldInfoWithEarlyStop. */
template <typename Callback>
void ForEachFieldInfo(const TypeInfo* type_info, Callback callback) {
  static_assert(std::is_void_v<std::invoke_result_t<Callback&, const TVMFFIFieldInfo*>>,
                "Callback must return void");
  ForEachFieldInfoWithEarlyStop(type_info, [&callback](const TVMFFIFieldInfo* field_info) {
    callback(field_info);
    return false;
  });
}

}  // namespace reflection

/*! \brief Keys of the type attributes that the library knows. */
namespace type_attr {

/*! \brief Makes an instance with unset fields: `() -> object`. */
inline constexpr reflection::AttrKey<TypedFunction<ObjectRef()>> kNew{"__ffi_new__"};
/*! \brief Constructor: `(positional..., [KWARGS, key, value, ...]) -> object`. */
inline constexpr reflection::AttrKey<Function> kInit{"__ffi_init__"};
/*! \brief Converts a value to the type: `(value) -> object`. */
inline constexpr reflection::AttrKey<TypedFunction<Any(AnyView)>> kConvert{"__ffi_convert__"};
/*! \brief Schema of what kConvert accepts: JSON text (or the parsed form). */
inline constexpr reflection::AttrKey<Any> kConvertTypeSchema{"__ffi_convert_type_schema__"};
/*! \brief Copies an object, sharing its field values: `(self) -> new object`. */
inline constexpr reflection::AttrKey<TypedFunction<ObjectRef(const Object*)>> kShallowCopy{
    "__ffi_shallow_copy__"};
/*! \brief Whether the type admits no subtypes. */
inline constexpr reflection::AttrKey<bool> kTypeFinal{"__ffi_type_final__"};
/*! \brief Hash of an object as a map key: native hook or function `(self) -> int`. */
inline constexpr reflection::AttrKey<reflection::NativeFunctionView<int64_t(const Any&)>> kAnyHash{
    "__any_hash__"};
/*! \brief Equality of objects as map keys: native hook or function `(lhs, rhs) -> bool`. */
inline constexpr reflection::AttrKey<reflection::NativeFunctionView<bool(const Any&, const Any&)>>
    kAnyEqual{"__any_equal__"};

}  // namespace type_attr
}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_REFLECTION_ACCESSOR_H_
