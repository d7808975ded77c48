// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/reflection/registry.h
 * \brief Write side of reflection: describe global functions and object classes to every language.
 *
 * Use it inside `TVM_FFI_STATIC_INIT_BLOCK() { ... }`, once per function and per class:
 *
 * \code
 *   TVM_FFI_STATIC_INIT_BLOCK() {
 *     namespace refl = tvm::ffi::reflection;
 *     refl::GlobalDef().def("my.add", [](int64_t a, int64_t b) { return a + b; });
 *     refl::ObjectDef<PointObj>()
 *         .def_rw("x", &PointObj::x, "horizontal position", refl::default_value(0))
 *         .def("norm", &PointObj::Norm);
 *   }
 * \endcode
 *
 * Register a parent class before its children: the generated constructor knows the fields that are
 * registered when the child's `ObjectDef` ends. All of it is inlined into the consumer; only the C
 * calls `TVMFFIType*` and `TVMFFIFunctionSetGlobalFromMethodInfo` reach the library.
 */
#ifndef TVM_FFI_REFLECTION_REGISTRY_H_
#define TVM_FFI_REFLECTION_REGISTRY_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/variant.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/function_detail.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/optional.h>
#include <tvm/ffi/reflection/creator.h>
#include <tvm/ffi/string.h>
#include <tvm/ffi/type_traits.h>

#include <cstdint>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tvm {
namespace ffi {
namespace reflection {

/*! \brief Metadata pairs in the order in which they appear in the JSON text. */
using _MetadataType = std::vector<std::pair<String, Any>>;

/*! \brief A field record under construction. */
struct FieldInfoBuilder : public TVMFFIFieldInfo {
  /*! \brief Pairs collected so far. */
  _MetadataType metadata_;
};

/*! \brief A method or global function record under construction. */
struct MethodInfoBuilder : public TVMFFIMethodInfo {
  /*! \brief Pairs collected so far. */
  _MetadataType metadata_;
};

/*!
 * \brief Base of the extra arguments of `def*`.
 *
 * A trait has a const `Apply(FieldInfoBuilder*)` or `Apply(TVMFFIFieldInfo*)` to be usable on
 * fields, and `Apply(MethodInfoBuilder*)` to be usable on methods and functions. Users may define
 * their own.
 */
struct InfoTrait {};

/*! \brief Adds pairs to the metadata JSON. Values must be int (32 bits), bool or string. */
class Metadata : public InfoTrait {
 public:
  /*! \param pairs Keys and values. */
  template <typename D = void>
  Metadata(std::initializer_list<std::pair<String, Any>> pairs)  // NOLINT(runtime/explicit)
      : pairs_(pairs) {}
  /*! \brief Adds the pairs to a record. */
  template <typename Builder>
  void Apply(Builder* info) const {
    info->metadata_.insert(info->metadata_.end(), pairs_.begin(), pairs_.end());
  }

 private:
  _MetadataType pairs_;
};

/*! \brief Gives a field a default value. The field's type is checked when the value is applied. */
class DefaultValue : public InfoTrait {
 public:
  /*! \param value The default, shared by all uses. */
  explicit DefaultValue(Any value) : value_(std::move(value)) {}
  /*! \brief Writes it into the record of a field. */
  void Apply(TVMFFIFieldInfo* info) const {
    info->default_value_or_factory = AnyView(value_).CopyToTVMFFIAny();
    info->flags |= kTVMFFIFieldFlagBitMaskHasDefault;
  }

 private:
  Any value_;
};

/*! \brief Gives a field a default made anew for each use, for mutable containers and the like. */
class DefaultFactory : public InfoTrait {
 public:
  /*! \param factory Function without arguments. */
  explicit DefaultFactory(Function factory) : factory_(std::move(factory)) {}
  /*! \brief Writes it into the record of a field. */
  void Apply(TVMFFIFieldInfo* info) const {
    info->default_value_or_factory = AnyView(factory_).CopyToTVMFFIAny();
    info->flags |= kTVMFFIFieldFlagBitMaskHasDefault | kTVMFFIFieldFlagBitMaskDefaultFromFactory;
  }

 private:
  Function factory_;
};

/*! \brief Spelling of DefaultValue that reads well in a chain. */
class default_value : public DefaultValue {
 public:
  /*! \brief See DefaultValue. */
  using DefaultValue::DefaultValue;
};

/*! \brief Spelling of DefaultFactory that reads well in a chain. */
class default_factory : public DefaultFactory {
 public:
  /*! \brief See DefaultFactory. */
  using DefaultFactory::DefaultFactory;
};

/*! \brief Sets bits of `TVMFFIFieldFlagBitMask` on a field. */
class AttachFieldFlag : public InfoTrait {
 public:
  /*! \param flag Bits to set. */
  explicit AttachFieldFlag(int32_t flag) : flag_(flag) {}
  /*! \brief The field opens a pattern definition region. */
  static AttachFieldFlag SEqHashDefPattern() {
    return AttachFieldFlag(kTVMFFIFieldFlagBitMaskSEqHashDefPattern);
  }
  /*! \brief The field opens a simple definition region. */
  static AttachFieldFlag SEqHashDefSimple() {
    return AttachFieldFlag(kTVMFFIFieldFlagBitMaskSEqHashDefSimple);
  }
  /*! \brief Structural equality, hash and mutation skip the field. */
  static AttachFieldFlag SEqHashIgnore() {
    return AttachFieldFlag(kTVMFFIFieldFlagBitMaskSEqHashIgnore);
  }
  /*! \brief Writes it into the record of a field. */
  void Apply(TVMFFIFieldInfo* info) const { info->flags |= flag_; }

 private:
  int32_t flag_;
};

/*! \brief `repr(false)` hides a field from the generic repr. */
class repr : public InfoTrait {
 public:
  /*! \param show Whether the repr shows the field. */
  explicit repr(bool show) : show_(show) {}
  /*! \brief Writes it into the record of a field. */
  void Apply(TVMFFIFieldInfo* info) const {
    if (!show_) info->flags |= kTVMFFIFieldFlagBitMaskReprOff;
  }

 private:
  bool show_;
};

/*! \brief `compare(false)` leaves a field out of recursive comparison. */
class compare : public InfoTrait {
 public:
  /*! \param include Whether comparison looks at the field. */
  explicit compare(bool include) : include_(include) {}
  /*! \brief Writes it into the record of a field. */
  void Apply(TVMFFIFieldInfo* info) const {
    if (!include_) info->flags |= kTVMFFIFieldFlagBitMaskCompareOff;
  }

 private:
  bool include_;
};

/*! \brief `hash(false)` leaves a field out of recursive hash. */
class hash : public InfoTrait {
 public:
  /*! \param include Whether the hash covers the field. */
  explicit hash(bool include) : include_(include) {}
  /*! \brief Writes it into the record of a field. */
  void Apply(TVMFFIFieldInfo* info) const {
    if (!include_) info->flags |= kTVMFFIFieldFlagBitMaskHashOff;
  }

 private:
  bool include_;
};

/*! \brief `kw_only(true)` makes a field keyword-only in the generated constructor. */
class kw_only : public InfoTrait {
 public:
  /*! \param is_kw_only Whether the field must be named in calls. */
  explicit kw_only(bool is_kw_only) : is_kw_only_(is_kw_only) {}
  /*! \brief Writes it into the record of a field. */
  void Apply(TVMFFIFieldInfo* info) const {
    if (is_kw_only_) info->flags |= kTVMFFIFieldFlagBitMaskKwOnly;
  }

 private:
  bool is_kw_only_;
};

template <typename Class>
class ObjectDef;
template <typename Class>
class OverloadObjectDef;

/*!
 * \brief `def(init<Args...>())` registers a constructor that takes Args.
 *
 * `init(false)` is something else, see the specialisation without arguments.
 */
template <typename... Args>
struct init {
  constexpr init() noexcept = default;

 private:
  template <typename Class>
  friend class ObjectDef;
  template <typename Class>
  friend class OverloadObjectDef;

  template <typename Class>
  static ObjectRef execute(Args&&... args) {
    return ObjectRef(ffi::make_object<Class>(std::forward<Args>(args)...));
  }
};

/*!
 * \brief `init(false)` on a field keeps it out of the generated constructor; on an `ObjectDef` it
 *        suppresses that constructor. `def(init<>())` registers a constructor without arguments.
 */
template <>
struct init<> : public InfoTrait {
  constexpr init() noexcept = default;
  /*! \param include Whether the field, or the constructor, is there. */
  constexpr explicit init(bool include) noexcept : include_(include) {}
  /*! \brief Writes it into the record of a field. */
  void Apply(TVMFFIFieldInfo* info) const {
    if (!include_) info->flags |= kTVMFFIFieldFlagBitMaskInitOff;
  }

 private:
  template <typename Class>
  friend class ObjectDef;
  template <typename Class>
  friend class OverloadObjectDef;

  template <typename Class>
  static ObjectRef execute() {
    return ObjectRef(ffi::make_object<Class>());
  }

  bool include_ = true;
};
/*! \brief `init(false)` is the specialisation without arguments. */
init(bool)->init<>;

/*!
 * \brief Offset of a member from the object header, which need not be the start of the allocation.
 * \return Bytes from the `Object` base of Class to the member.
 */
template <typename Class, typename T>
int64_t GetFieldByteOffsetToObject(T Class::*field_ptr) {
#if defined(_MSC_VER)
  // Any suitably aligned non-null address serves; the member is never read.
  Class* base = reinterpret_cast<Class*>(uintptr_t{1} << 12);
  int64_t offset = reinterpret_cast<char*>(&(base->*field_ptr)) - reinterpret_cast<char*>(base);
#else
  // The Itanium ABI represents a pointer to a data member by its offset.
  static_assert(sizeof(field_ptr) == sizeof(std::ptrdiff_t));
  std::ptrdiff_t offset;
  std::memcpy(&offset, &field_ptr, sizeof(offset));
#endif
  return static_cast<int64_t>(offset) -
         ffi::detail::ObjectUnsafe::GetObjectOffsetToSubclass<Class>();
}

namespace detail {

template <typename T, typename = void>
struct HasContainerTypeImpl : std::false_type {};
template <typename T>
struct HasContainerTypeImpl<T, std::void_t<typename T::ContainerType>> : std::true_type {};
/*! \brief Whether T::ContainerType exists. */
template <typename T>
inline constexpr bool HasContainerType = HasContainerTypeImpl<T>::value;

/*! \brief Whether an extra argument of this type is a doc string: a literal, char array or `char*`.
 */
template <typename T>
inline constexpr bool is_doc_string_v =
    std::is_same_v<std::decay_t<std::remove_cv_t<std::remove_reference_t<T>>>, char*>;
template <typename T>
inline constexpr bool is_info_trait_v = std::is_base_of_v<InfoTrait, std::decay_t<T>>;
/*! \brief Whether a type attribute of this type is stored as a value rather than as a function. */
template <typename T>
inline constexpr bool is_attr_value_v =
    std::is_convertible_v<T, AnyView> || std::is_convertible_v<std::decay_t<T>, AnyView>;

/*!
 * \brief JSON text of metadata pairs, without whitespace. Keys are not escaped.
 * \throws TypeError for a value that is not int, bool or string.
 */
template <typename Pairs>
std::string MetadataToJSON(const Pairs& metadata) {
  std::string json = "{";
  for (const auto& [key, value] : metadata) {
    if (json.size() > 1) json += ',';
    json += '"';
    json.append(key.data(), key.size());
    json += "\":";
    if (value.type_index() == kTVMFFIInt) {
      // Readers of the metadata expect a C int.
      json += ffi::detail::DecimalText(static_cast<int32_t>(value.template cast<int64_t>()));
    } else if (value.type_index() == kTVMFFIBool) {
      json += value.template cast<bool>() ? "true" : "false";
    } else if (auto text = value.template as<String>()) {
      String escaped = EscapeStringJSON(*text);
      json.append(escaped.data(), escaped.size());
    } else {
      TVM_FFI_LOG_AND_THROW(TypeError) << "Metadata can be only int, bool or string, but on key `"
                                       << key << "`, the type is " << value.GetTypeKey();
    }
  }
  json += '}';
  return json;
}

/*! \brief First entries of every metadata: the type schema, itself JSON text. */
template <typename Pairs = _MetadataType>
Pairs InitialMetadata(std::string type_schema) {
  Pairs metadata;
  metadata.emplace_back(String("type_schema"), Any(String(std::move(type_schema))));
  return metadata;
}

/*! \brief Point `info` at the JSON of its metadata pairs; `storage` keeps the text. */
template <typename Builder>
void FillMetadataText(Builder* info, std::string* storage) {
  *storage = MetadataToJSON(info->metadata_);
  info->metadata = TVMFFIByteArray{storage->data(), storage->size()};
}

/*! \brief A method record without doc and metadata; borrows `name` and `method`. */
template <typename Builder = MethodInfoBuilder>
Builder MakeMethodInfo(const char* name, const Function& method, std::string type_schema,
                       int64_t flags) {
  Builder info;
  info.name = AsByteArray(name);
  info.doc = TVMFFIByteArray{nullptr, 0};
  info.metadata = TVMFFIByteArray{nullptr, 0};
  info.flags = flags;
  info.method = AnyView(method).CopyToTVMFFIAny();
  info.metadata_ = InitialMetadata(std::move(type_schema));
  return info;
}

template <typename Builder>
void SetGlobalFromInfo(Builder* info) {
  std::string metadata;
  FillMetadataText(info, &metadata);
  TVM_FFI_CHECK_SAFE_CALL(TVMFFIFunctionSetGlobalFromMethodInfo(info, 0));
}

template <typename Builder>
void RegisterMethodFromInfo(int32_t type_index, Builder* info) {
  std::string metadata;
  FillMetadataText(info, &metadata);
  TVM_FFI_CHECK_SAFE_CALL(TVMFFITypeRegisterMethod(type_index, info));
}

template <typename Builder>
void RegisterFieldFromInfo(int32_t type_index, Builder* info) {
  std::string metadata;
  FillMetadataText(info, &metadata);
  TVM_FFI_CHECK_SAFE_CALL(TVMFFITypeRegisterField(type_index, info));
}

inline void RegisterTypeAttr(int32_t type_index, const char* name, AnyView value) {
  TVMFFIByteArray attr_name = AsByteArray(name);
  TVMFFIAny attr_value = value.CopyToTVMFFIAny();
  TVM_FFI_CHECK_SAFE_CALL(TVMFFITypeRegisterAttr(type_index, &attr_name, &attr_value));
}

/*! \brief Full name of a member, used in error messages: `<type_key>.<name>`. */
inline std::string MemberName(const char* type_key, const char* name) {
  std::string result(type_key);
  result += '.';
  result += name;
  return result;
}

/*! \brief Mirror the first method of a name into the type attribute of that name. */
template <typename D = void>
void CopyMethodToTypeAttr(int32_t type_index, const char* name) {
  const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(type_index);
  const TVMFFIMethodInfo* method = FindByName(info->methods, info->num_methods, name);
  RegisterTypeAttr(type_index, name, AnyView::CopyFromTVMFFIAny(method->method));
}

/*!
 * \brief The type attributes that follow from a finished description, except the shallow copy.
 * \param generate_init Whether to ask the library for the generated constructor.
 */
template <typename D = void>
void RegisterDerivedTypeAttrs(int32_t type_index, const char* type_key, bool generate_init,
                              bool is_final) {
  TVMFFIObjectCreator creator = TVMFFIGetTypeInfo(type_index)->metadata->creator;
  if (creator != nullptr) {
    auto ffi_new = [creator]() -> ObjectRef {
      TVMFFIObjectHandle handle = nullptr;
      TVM_FFI_CHECK_SAFE_CALL(creator(&handle));
      return ObjectRef(ffi::detail::ObjectUnsafe::ObjectPtrFromOwned<Object>(
          static_cast<TVMFFIObject*>(handle)));
    };
    RegisterTypeAttr(type_index, type_attr::kNew.name,
                     Function::FromTyped(ffi_new, MemberName(type_key, type_attr::kNew.name)));
    if (generate_init) {
      // Absent while the library itself loads; types registered that early have no constructor.
      if (auto make_init = Function::GetGlobal<D>("ffi._RegisterFFIInit")) {
        (*make_init)(type_index);
      }
    }
  }
  RegisterTypeAttr(type_index, type_attr::kTypeFinal.name, is_final);
}

}  // namespace detail

/*! \brief What the builders below share: trait dispatch and wrappers around fields and callables.
 */
class ReflectionDefBase {
 protected:
  /*! \brief Getter of every field of type T; `*result` must be None and receives an owned value. */
  template <typename T>
  static int FieldGetter(void* field, TVMFFIAny* result) {
    TVM_FFI_SAFE_CALL_BEGIN();
    *result = ffi::detail::AnyUnsafe::MoveAnyToTVMFFIAny(Any(*reinterpret_cast<T*>(field)));
    TVM_FFI_SAFE_CALL_END();
  }

  /*! \brief Setter of every field of type T; converts the borrowed value. */
  template <typename T>
  static int FieldSetter(void* field, const TVMFFIAny* value) {
    TVM_FFI_SAFE_CALL_BEGIN();
    if constexpr (std::is_same_v<T, Any>) {
      *reinterpret_cast<T*>(field) = AnyView::CopyFromTVMFFIAny(*value);
    } else {
      *reinterpret_cast<T*>(field) = AnyView::CopyFromTVMFFIAny(*value).cast<T>();
    }
    TVM_FFI_SAFE_CALL_END();
  }

  /*! \brief Creator of the type table that calls the default constructor. */
  template <typename T>
  static int ObjectCreatorDefault(TVMFFIObjectHandle* result) {
    TVM_FFI_SAFE_CALL_BEGIN();
    *result = ffi::detail::ObjectUnsafe::MoveObjectPtrToTVMFFIObjectPtr(ffi::make_object<T>());
    TVM_FFI_SAFE_CALL_END();
  }

  /*! \brief Creator of the type table that calls the constructor from UnsafeInit. */
  template <typename T>
  static int ObjectCreatorUnsafeInit(TVMFFIObjectHandle* result) {
    TVM_FFI_SAFE_CALL_BEGIN();
    *result = ffi::detail::ObjectUnsafe::MoveObjectPtrToTVMFFIObjectPtr(
        ffi::make_object<T>(UnsafeInit{}));
    TVM_FFI_SAFE_CALL_END();
  }

  /*! \brief Writes an extra argument of `def_ro` or `def_rw` into the record. */
  template <typename T>
  static void ApplyFieldInfoTrait(FieldInfoBuilder* info, const T& value) {
    if constexpr (detail::is_info_trait_v<T>) value.Apply(info);
    ApplyExtraInfoTrait(info, value);
  }

  /*! \brief Writes an extra argument of `def` into the record. */
  template <typename T>
  static void ApplyMethodInfoTrait(MethodInfoBuilder* info, const T& value) {
    if constexpr (detail::is_info_trait_v<T>) value.Apply(info);
    ApplyExtraInfoTrait(info, value);
  }

  /*! \brief Takes a string as the documentation. */
  template <typename Info, typename T>
  static void ApplyExtraInfoTrait(Info* info, const T& value) {
    if constexpr (detail::is_doc_string_v<T>) info->doc = AsByteArray(value);
  }

  /*! \brief The function of a method, whose first argument is the object. */
  template <typename Func>
  static Function GetMethod(std::string name, Func&& func) {
    return Function::FromTyped(WrapFunction(std::forward<Func>(func)), std::move(name));
  }

  /*! \brief Registers a type attribute. */
  template <typename Value>
  static void RegisterTypeAttrValue(int32_t type_index, const char* name, Value&& value) {
    AnyView view = value;
    detail::RegisterTypeAttr(type_index, name, view);
  }

  /*! \brief Store `value` as it is, or as a typed function when it is a callable. */
  template <typename Value>
  static void RegisterTypeAttrValueOrFunction(int32_t type_index, const char* type_key,
                                              const char* name, Value&& value) {
    if constexpr (detail::is_attr_value_v<Value>) {
      RegisterTypeAttrValue(type_index, name, std::forward<Value>(value));
    } else {
      RegisterTypeAttrValue(
          type_index, name,
          GetMethod(detail::MemberName(type_key, name), std::forward<Value>(value)));
    }
  }

  /*! \brief Callables other than member pointers pass through. */
  template <typename Func>
  static Func&& WrapFunction(Func&& func) {
    return std::forward<Func>(func);
  }

  template <typename Class, typename R, typename... Args>
  static auto WrapFunction(R (Class::*func)(Args...)) {
    CheckMethodClass<Class>();
    if constexpr (std::is_base_of_v<ObjectRef, Class>) {
      return [func](Class self, Args... args) -> R {
        return (self.*func)(std::forward<Args>(args)...);
      };
    } else {
      // The first argument arrives as a const pointer whatever the class says of mutability.
      return [func](const Class* self, Args... args) -> R {
        return (const_cast<Class*>(self)->*func)(std::forward<Args>(args)...);
      };
    }
  }

  template <typename Class, typename R, typename... Args>
  static auto WrapFunction(R (Class::*func)(Args...) const) {
    CheckMethodClass<Class>();
    if constexpr (std::is_base_of_v<ObjectRef, Class>) {
      return [func](const Class& self, Args... args) -> R {
        return (self.*func)(std::forward<Args>(args)...);
      };
    } else {
      return [func](const Class* self, Args... args) -> R {
        return (self->*func)(std::forward<Args>(args)...);
      };
    }
  }

 private:
  template <typename Class>
  static constexpr void CheckMethodClass() {
    static_assert(std::is_base_of_v<ObjectRef, Class> || std::is_base_of_v<Object, Class>,
                  "Class must be derived from ObjectRef or Object");
  }
};

/*!
 * \brief Registers global functions; a name that exists already raises RuntimeError.
 *
 * The extra arguments are doc strings and `Metadata`.
 */
class GlobalDef : public ReflectionDefBase {
 public:
  GlobalDef() = default;

  /*! \brief Register a typed callable. */
  template <typename Func, typename... Extra>
  GlobalDef& def(const char* name, Func&& func, Extra&&... extra) {
    using Info = ffi::detail::FunctionInfo<std::decay_t<Func>>;
    RegisterFunc(name, Function::FromTyped(std::forward<Func>(func), std::string(name)),
                 Info::TypeSchema(), std::forward<Extra>(extra)...);
    return *this;
  }

  /*! \brief Register a callable `(PackedArgs, Any*)` or `(const AnyView*, int32_t, Any*)`. */
  template <typename Func, typename... Extra>
  GlobalDef& def_packed(const char* name, Func func, Extra&&... extra) {
    RegisterFunc(name, Function::FromPacked(std::move(func)),
                 ffi::detail::TypeSchema<Function>::v(), std::forward<Extra>(extra)...);
    return *this;
  }

  /*! \brief As `def`; a member pointer becomes a function with the object as first argument. */
  template <typename Func, typename... Extra>
  GlobalDef& def_method(const char* name, Func&& func, Extra&&... extra) {
    using Info = ffi::detail::FunctionInfo<std::decay_t<Func>>;
    RegisterFunc(name, GetMethod(std::string(name), std::forward<Func>(func)), Info::TypeSchema(),
                 std::forward<Extra>(extra)...);
    return *this;
  }

 private:
  template <typename... Extra>
  static void RegisterFunc(const char* name, const Function& func, std::string type_schema,
                           Extra&&... extra) {
    MethodInfoBuilder info = detail::MakeMethodInfo(name, func, std::move(type_schema), 0);
    (ApplyMethodInfoTrait(&info, extra), ...);
    detail::SetGlobalFromInfo(&info);
  }
};

/*!
 * \brief Describes one object class: fields, methods, constructor and type attributes.
 *
 * Use as a temporary. Its end registers what follows from the description: the shallow copy, the
 * empty-object maker, the generated constructor (unless suppressed or explicit) and finality. A
 * second `ObjectDef` for the same class raises RuntimeError.
 */
template <typename Class>
class ObjectDef : public ReflectionDefBase {
 public:
  /*! \param extra_args Doc strings and `init(false)`; anything else is ignored. */
  template <typename... ExtraArgs>
  explicit ObjectDef(ExtraArgs&&... extra_args)
      : type_index_(Class::_GetOrAllocRuntimeTypeIndex()), type_key_(Class::_type_key) {
    TVMFFITypeMetadata info;
    info.doc = TVMFFIByteArray{nullptr, 0};
    info.creator = nullptr;
    info.total_size = sizeof(Class);
    info.structural_eq_hash_kind = Class::_type_s_eq_hash_kind;
    if constexpr (std::is_default_constructible_v<Class>) {
      info.creator = ObjectCreatorDefault<Class>;
    } else if constexpr (std::is_constructible_v<Class, UnsafeInit>) {
      info.creator = ObjectCreatorUnsafeInit<Class>;
    }
    (ApplyClassExtra(&info, extra_args), ...);
    TVM_FFI_CHECK_SAFE_CALL(TVMFFITypeRegisterMetadata(type_index_, &info));
  }

  ObjectDef(const ObjectDef&) = delete;
  ObjectDef(ObjectDef&&) = delete;
  ObjectDef& operator=(const ObjectDef&) = delete;
  ObjectDef& operator=(ObjectDef&&) = delete;

  // Registers nothing while an error of the chain leaves it: a second exception would terminate.
  ~ObjectDef() noexcept(false) {
    if (std::uncaught_exceptions() > uncaught_at_start_) return;
    if constexpr (std::is_copy_constructible_v<Class>) {
      def_type_attr(type_attr::kShallowCopy.name, [](const Class* self) -> ObjectRef {
        return ObjectRef(ffi::make_object<Class>(*self));
      });
    }
    detail::RegisterDerivedTypeAttrs(type_index_, type_key_, !has_explicit_init_,
                                     Class::_type_final);
  }

  /*! \brief Describe a field that frontends may read. */
  template <typename T, typename BaseClass, typename... Extra>
  ObjectDef& def_ro(const char* name, T BaseClass::*field_ptr, Extra&&... extra) {
    RegisterField(name, field_ptr, 0, std::forward<Extra>(extra)...);
    return *this;
  }

  /*! \brief Describe a field that frontends may read and write. */
  template <typename T, typename BaseClass, typename... Extra>
  ObjectDef& def_rw(const char* name, T BaseClass::*field_ptr, Extra&&... extra) {
    static_assert(Class::_type_mutable, "Only mutable classes are supported for writable fields");
    RegisterField(name, field_ptr, kTVMFFIFieldFlagBitMaskWritable, std::forward<Extra>(extra)...);
    return *this;
  }

  /*! \brief Describe a method; the callable's first parameter is the object. */
  template <typename Func, typename... Extra>
  ObjectDef& def(const char* name, Func&& func, Extra&&... extra) {
    RegisterMethod(name, 0, std::forward<Func>(func), std::forward<Extra>(extra)...);
    return *this;
  }

  /*! \brief Describe a method without object. */
  template <typename Func, typename... Extra>
  ObjectDef& def_static(const char* name, Func&& func, Extra&&... extra) {
    RegisterMethod(name, kTVMFFIFieldFlagBitMaskIsStaticMethod, std::forward<Func>(func),
                   std::forward<Extra>(extra)...);
    return *this;
  }

  /*! \brief Register the constructor Class(Args...) in place of the generated one; once only. */
  template <typename... Args, typename... Extra>
  ObjectDef& def([[maybe_unused]] init<Args...> init_func, Extra&&... extra) {
    has_explicit_init_ = true;
    def_static(kInitMethodName, &init<Args...>::template execute<Class>,
               std::forward<Extra>(extra)...);
    detail::CopyMethodToTypeAttr(type_index_, kInitMethodName);
    return *this;
  }

  /*! \brief Set a type attribute to a value, or to a typed function made from a callable. */
  template <typename Value>
  ObjectDef& def_type_attr(const char* name, Value&& value) {
    RegisterTypeAttrValueOrFunction(type_index_, type_key_, name, std::forward<Value>(value));
    return *this;
  }

  /*! \brief Let frontends convert values to TSelf, a reference to Class, by its C++ conversion. */
  template <typename TSelf>
  ObjectDef& def_convert() {
    if constexpr (detail::HasContainerType<TSelf>) {
      static_assert(std::is_same_v<typename TSelf::ContainerType, Class>,
                    "TSelf::ContainerType must match ObjectDef's object type");
    }
    return def_type_attr(type_attr::kConvert.name,
                         &detail::FFIConvertFromAnyViewToObjectRef<TSelf>);
  }

 private:
  template <typename OverloadClass>
  friend class OverloadObjectDef;

  static constexpr const char* kInitMethodName = type_attr::kInit.name;

  template <typename T>
  void ApplyClassExtra(TVMFFITypeMetadata* info, const T& value) {
    if constexpr (std::is_same_v<T, init<>>) {
      if (!value.include_) has_explicit_init_ = true;
    }
    ApplyExtraInfoTrait(info, value);
  }

  template <typename T, typename BaseClass, typename... Extra>
  void RegisterField(const char* name, T BaseClass::*field_ptr, int64_t flags, Extra&&... extra) {
    static_assert(std::is_base_of_v<BaseClass, Class>, "BaseClass must be a base class of Class");
    FieldInfoBuilder info;
    info.name = AsByteArray(name);
    info.doc = TVMFFIByteArray{nullptr, 0};
    info.metadata = TVMFFIByteArray{nullptr, 0};
    info.flags = flags;
    info.size = sizeof(T);
    info.alignment = alignof(T);
    info.offset = GetFieldByteOffsetToObject<Class, T>(field_ptr);
    info.getter = FieldGetter<T>;
    info.setter = reinterpret_cast<void*>(FieldSetter<T>);
    info.default_value_or_factory = AnyView().CopyToTVMFFIAny();
    info.field_static_type_index = TypeToFieldStaticTypeIndex<T>::value;
    info.metadata_ = detail::InitialMetadata(ffi::detail::TypeSchema<T>::v());
    (ApplyFieldInfoTrait(&info, extra), ...);
    detail::RegisterFieldFromInfo(type_index_, &info);
  }

  template <typename Func, typename... Extra>
  void RegisterMethod(const char* name, int64_t flags, Func&& func, Extra&&... extra) {
    using Info = ffi::detail::FunctionInfo<std::decay_t<Func>>;
    RegisterMethodEntry(name, flags,
                        GetMethod(detail::MemberName(type_key_, name), std::forward<Func>(func)),
                        Info::TypeSchema(), std::forward<Extra>(extra)...);
  }

  template <typename... Extra>
  void RegisterMethodEntry(const char* name, int64_t flags, const Function& method,
                           std::string type_schema, Extra&&... extra) {
    MethodInfoBuilder info = detail::MakeMethodInfo(name, method, std::move(type_schema), flags);
    (ApplyMethodInfoTrait(&info, extra), ...);
    detail::RegisterMethodFromInfo(type_index_, &info);
  }

  int32_t type_index_;
  const char* type_key_;
  /*! \brief A constructor was registered, or the generated one is not wanted. */
  bool has_explicit_init_ = false;
  int uncaught_at_start_ = std::uncaught_exceptions();
};

/*!
 * \brief Sets type attributes of a class, independently of its `ObjectDef` and in any number.
 */
template <typename Class, typename = std::enable_if_t<std::is_base_of_v<Object, Class>>>
class TypeAttrDef : public ReflectionDefBase {
 public:
  /*! \brief Allocates the type index; arguments are ignored. */
  template <typename... ExtraArgs>
  explicit TypeAttrDef(ExtraArgs&&...)
      : type_index_(Class::_GetOrAllocRuntimeTypeIndex()), type_key_(Class::_type_key) {}

  /*! \brief Set an attribute to a value, or to a typed function made from a callable. */
  template <typename Value>
  TypeAttrDef& def(const char* name, Value&& value) {
    RegisterTypeAttrValueOrFunction(type_index_, type_key_, name, std::forward<Value>(value));
    return *this;
  }

  /*! \brief As ObjectDef::def_convert. */
  template <typename TSelf>
  TypeAttrDef& def_convert() {
    if constexpr (detail::HasContainerType<TSelf>) {
      static_assert(std::is_same_v<typename TSelf::ContainerType, Class>,
                    "TSelf::ContainerType must match TypeAttrDef's object type");
    }
    return def(type_attr::kConvert.name, &detail::FFIConvertFromAnyViewToObjectRef<TSelf>);
  }

  /*! \brief Set an attribute to a value of the type that its key declares. */
  template <typename T, typename Value>
  TypeAttrDef& attr(AttrKey<T> key, Value&& value) {
    T typed(std::forward<Value>(value));
    RegisterTypeAttrValue(type_index_, key.name, typed);
    return *this;
  }

  /*! \brief Set an attribute to a value. */
  template <typename T>
  TypeAttrDef& attr(const char* name, T value) {
    RegisterTypeAttrValue(type_index_, name, value);
    return *this;
  }

  /*! \brief Set an attribute to the native hook Fn. */
  template <auto Fn, typename T>
  TypeAttrDef& native_fn_attr(AttrKey<T> key) {
    return attr(key, T::template FromNative<Fn>());
  }

 private:
  int32_t type_index_;
  const char* type_key_;
};

/*! \brief Make the column of an attribute exist, so that look-ups find it empty. */
inline void EnsureTypeAttrColumn(std::string_view name) {
  TVMFFIByteArray attr_name{name.data(), name.size()};
  TVMFFIAny none = AnyView().CopyToTVMFFIAny();
  TVM_FFI_CHECK_SAFE_CALL(TVMFFITypeRegisterAttr(kTVMFFINone, &attr_name, &none));
}
template <typename T>
void EnsureTypeAttrColumn(AttrKey<T> key) {
  EnsureTypeAttrColumn(std::string_view(key.name));
}

namespace detail {

/*!
 * \brief Picks one function of an overload set by its parameters.
 *
 * Of the two forms of each kind, partial ordering prefers the one without `Rest`: an overload whose
 * complete parameter list is Args wins over those that merely start with Args.
 */
template <typename... Args>
struct OverloadCastImpl {
  template <typename R>
  constexpr auto operator()(R (*func)(Args...)) const noexcept -> R (*)(Args...) {
    return func;
  }
  template <typename R, typename... Rest>
  constexpr auto operator()(R (*func)(Args..., Rest...)) const noexcept -> R (*)(Args..., Rest...) {
    return func;
  }
  template <typename R, typename Class>
  constexpr auto operator()(R (Class::*func)(Args...), std::false_type = {}) const noexcept
      -> R (Class::*)(Args...) {
    return func;
  }
  template <typename R, typename Class, typename... Rest>
  constexpr auto operator()(R (Class::*func)(Args..., Rest...), std::false_type = {}) const noexcept
      -> R (Class::*)(Args..., Rest...) {
    return func;
  }
  template <typename R, typename Class>
  constexpr auto operator()(R (Class::*func)(Args...) const, std::true_type) const noexcept
      -> R (Class::*)(Args...) const {
    return func;
  }
  template <typename R, typename Class, typename... Rest>
  constexpr auto operator()(R (Class::*func)(Args..., Rest...) const, std::true_type) const noexcept
      -> R (Class::*)(Args..., Rest...) const {
    return func;
  }
};

}  // namespace detail

/*!
 * \brief Address of one overload: `overload_cast<int>(&f)`, `overload_cast<int>(&C::m, const_)`.
 *
 * The types are the complete parameter list or its beginning; several matches do not compile.
 */
template <typename... Args>
inline constexpr detail::OverloadCastImpl<Args...> overload_cast{};

/*! \brief Second argument of overload_cast for const member functions. */
inline constexpr auto const_ = std::true_type{};

}  // namespace reflection
}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_REFLECTION_REGISTRY_H_
