// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/reflection/enum_def.h
 * \brief `EnumDef`: register the members of an enum class.
 *
 * \code
 *   refl::EnumDef<ColorObj>("Red").set_attr("rgb", 0xff0000);
 *   refl::EnumDef<ColorObj>("Green").set_attr("rgb", 0x00ff00);
 * \endcode
 *
 * All members of a class live in one `ffi.EnumState` object in its `__ffi_enum__` attribute, which
 * enum classes of other languages append to as well. Meant for static initialisation: nothing here
 * relies on `_type_index` variables, which are not set yet at that time. Unsynchronised.
 */
#ifndef TVM_FFI_REFLECTION_ENUM_DEF_H_
#define TVM_FFI_REFLECTION_ENUM_DEF_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/enum.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace tvm {
namespace ffi {
namespace reflection {
namespace detail {

/*!
 * \brief The enum state of a type, borrowed from the attribute table, which keeps it forever.
 * \return nullptr when the type has none.
 * \throws TypeError when the attribute holds something else.
 */
inline EnumStateObj* FindEnumState(int32_t type_index) {
  AnyView value = FindTypeAttr(type_attr::kEnumState.name, type_index);
  if (value == nullptr) return nullptr;
  if (value.type_index() != EnumStateObj::_GetOrAllocRuntimeTypeIndex()) {
    TVM_FFI_THROW(TypeError) << "Expected `" << EnumStateObj::_type_key
                             << "` in enum state column, but got `" << value.GetTypeKey() << "`";
  }
  return ffi::detail::ObjectUnsafe::RawObjectPtrFromUnowned<EnumStateObj>(
      value.CopyToTVMFFIAny().v_obj);
}

/*! \brief As FindEnumState, but registers an empty state when there is none. */
template <typename D = void>
EnumStateObj* GetOrCreateEnumState(int32_t type_index) {
  if (EnumStateObj* state = FindEnumState(type_index)) return state;
  ObjectPtr<EnumStateObj> state = make_object<EnumStateObj>();
  TVMFFIObject* header = ffi::detail::ObjectUnsafe::TVMFFIObjectPtrFromObjectPtr(state);
  header->type_index = EnumStateObj::_GetOrAllocRuntimeTypeIndex();
  TVMFFIAny value;
  value.type_index = header->type_index;
  value.zero_padding = 0;
  value.v_int64 = 0;
  value.v_obj = header;
  RegisterTypeAttr(type_index, type_attr::kEnumState.name, AnyView::CopyFromTVMFFIAny(value));
  return state.get();
}

/*!
 * \brief Add an instance to a state under both of its indices.
 * \throws ValueError when either index is taken; the state is then unchanged.
 */
template <typename State>
void AddEnumInstance(State* state, const char* type_key, const ObjectRef& instance,
                     const Any& int_index, const Any& str_index) {
  if (state->indexes.count(int_index) != 0 || state->indexes.count(str_index) != 0) {
    TVM_FFI_THROW(ValueError) << "Duplicate enum index for type `" << type_key << "`";
  }
  state->entries.push_back(instance);
  state->indexes.Set(int_index, instance);
  state->indexes.Set(str_index, instance);
}

/*! \brief Store one attribute of an instance, creating the attribute's column on first use. */
template <typename State>
void SetEnumAttr(State* state, const String& attr_name, const ObjectRef& instance,
                 const Any& value) {
  auto column = state->attrs.Get(attr_name);
  if (!column.has_value()) {
    column = Dict<ObjectRef, Any>();
    state->attrs.Set(attr_name, *column);
  }
  column->Set(instance, value);
}

}  // namespace detail

/*! \brief Registers one member of the enum class EnumClsObj. */
template <typename EnumClsObj, typename = std::enable_if_t<std::is_base_of_v<EnumObj, EnumClsObj>>>
class EnumDef : public ReflectionDefBase {
 public:
  /*! \brief Register a member whose integer index is the number of members so far. */
  explicit EnumDef(const char* str_index) : EnumDef() {
    static_assert(!kIsIntEnum, "IntEnum registration requires an explicit integer index");
    Register(str_index, static_cast<int64_t>(state_->entries.size()));
  }

  /*! \brief Register a member of an IntEnum. */
  EnumDef(const char* str_index, int64_t int_index) : EnumDef() {
    static_assert(kIsIntEnum, "Explicit integer indices are reserved for IntEnum");
    Register(str_index, int_index);
  }

  /*! \brief Attach a value to the member; a later call with the same name overwrites it. */
  template <typename T>
  EnumDef& set_attr(const char* attr_name, T value) {
    detail::SetEnumAttr(state_, String(attr_name), instance_, Any(std::move(value)));
    return *this;
  }

  /*! \brief Attach a value of the type that the key declares. */
  template <typename T, typename Value>
  EnumDef& set_attr(AttrKey<T> key, Value&& value) {
    T typed(std::forward<Value>(value));
    return set_attr(key.name, std::move(typed));
  }

  /*! \brief Attach the native function Fn. */
  template <auto Fn, typename T>
  EnumDef& set_native_fn_attr(AttrKey<T> key) {
    return set_attr(key, T::template FromNative<Fn>());
  }

  /*! \brief Whether a member of that name exists; creates nothing. */
  static bool IsDefined(const String& name) {
    EnumStateObj* state = detail::FindEnumState(EnumClsObj::_GetOrAllocRuntimeTypeIndex());
    return state != nullptr && state->indexes.count(Any(name)) != 0;
  }

 private:
  static constexpr bool kIsIntEnum = std::is_base_of_v<IntEnumObj, EnumClsObj>;

  EnumDef()
      : type_index_(EnumClsObj::_GetOrAllocRuntimeTypeIndex()),
        state_(detail::GetOrCreateEnumState(type_index_)),
        instance_(UnsafeInit{}) {}

  void Register(const char* str_index, int64_t int_index) {
    String name(str_index);
    ObjectPtr<EnumClsObj> instance = Make(int_index, name);
    ffi::detail::ObjectUnsafe::TVMFFIObjectPtrFromObjectPtr(instance)->type_index = type_index_;
    instance_ = ObjectRef(std::move(instance));
    detail::AddEnumInstance(state_, EnumClsObj::_type_key, instance_, Any(int_index), Any(name));
  }

  static ObjectPtr<EnumClsObj> Make(int64_t int_index, const String& str_index) {
    if constexpr (std::is_default_constructible_v<EnumClsObj>) {
      ObjectPtr<EnumClsObj> instance = make_object<EnumClsObj>();
      instance->_int_index = int_index;
      instance->_str_index = str_index;
      return instance;
    } else {
      return make_object<EnumClsObj>(int_index, str_index);
    }
  }

  int32_t type_index_;
  EnumStateObj* state_;
  ObjectRef instance_;
};

}  // namespace reflection
}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_REFLECTION_ENUM_DEF_H_
