// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/enum.h
 * \brief Base classes of enums whose members are objects, shared between languages.
 *
 * An enum is an object class derived from `EnumObj`; its members are singletons that carry an
 * integer and a string index. C++ registers them with `reflection::EnumDef`, Python with a class:
 *
 * \code{.cpp}
 * class ColorObj : public EnumObj {
 *  public:
 *   TVM_FFI_DECLARE_OBJECT_INFO_FINAL("my.Color", ColorObj, EnumObj);
 * };
 * TVM_FFI_STATIC_INIT_BLOCK() {
 *   refl::ObjectDef<ColorObj>(refl::init(false));
 *   refl::EnumDef<ColorObj>("Red");
 * }
 * Enum red = EnumObj::_GetByStrIndex<ColorObj>("Red");
 * \endcode
 *
 * Use a C++ `enum` (an Int in `Any`) for options that never leave C++ or need no name elsewhere.
 *
 * Members compare by identity. Registration is unsynchronised and belongs to load time.
 */
#ifndef TVM_FFI_ENUM_H_
#define TVM_FFI_ENUM_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

namespace tvm {
namespace ffi {

class Enum;

/*! \brief All members of one enum class; the value of its `__ffi_enum__` type attribute. */
class EnumStateObj : public Object {
 public:
  /*! \brief Members in registration order. */
  List<ObjectRef> entries;
  /*! \brief Member by integer index and by string index: two keys for each. */
  Dict<Any, ObjectRef> indexes;
  /*! \brief Attribute name to the values of the members that have it. */
  Dict<String, Dict<ObjectRef, Any>> attrs;

  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("ffi.EnumState", EnumStateObj, Object);
};

/*! \brief Reference to the members of one enum class. */
class EnumState : public ObjectRef {
 public:
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(EnumState, ObjectRef, EnumStateObj);
};

/*! \brief Base of every enum member. */
class EnumObj : public Object {
 public:
  /*! \brief Canonical integer index. */
  int64_t _int_index = 0;
  /*! \brief Canonical string index. */
  String _str_index;

  EnumObj() = default;
  /*! \brief Member with both indices. */
  EnumObj(int64_t int_index, String str_index)
      : _int_index(int_index), _str_index(std::move(str_index)) {}

  /*!
   * \brief Member of an enum class by integer index.
   * \throws ValueError when there is none.
   */
  template <typename EnumClsObj>
  static Enum _GetByIntIndex(int64_t index);
  /*!
   * \brief Member of an enum class by string index.
   * \throws ValueError when there is none.
   */
  template <typename EnumClsObj>
  static Enum _GetByStrIndex(const String& index);
  /*! \brief The same for the class with the given type index. */
  template <typename D = void>
  static Enum _GetByIntIndex(int32_t type_index, int64_t index);
  template <typename D = void>
  static Enum _GetByStrIndex(int32_t type_index, const String& index);

  static constexpr TVMFFISEqHashKind _type_s_eq_hash_kind = kTVMFFISEqHashKindUniqueInstance;
  TVM_FFI_DECLARE_OBJECT_INFO("ffi.Enum", EnumObj, Object);
};

/*! \brief Base of members whose value is their integer index. */
class IntEnumObj : public EnumObj {
 public:
  /*! \brief See EnumObj. */
  using EnumObj::EnumObj;
  TVM_FFI_DECLARE_OBJECT_INFO("ffi.IntEnum", IntEnumObj, EnumObj);
};

/*! \brief Base of members whose value is their string index. */
class StrEnumObj : public EnumObj {
 public:
  /*! \brief See EnumObj. */
  using EnumObj::EnumObj;
  TVM_FFI_DECLARE_OBJECT_INFO("ffi.StrEnum", StrEnumObj, EnumObj);
};

static_assert(sizeof(EnumStateObj) == sizeof(TVMFFIObject) + 3 * sizeof(void*) ||
                  sizeof(void*) != 8,
              "reflection reports these offsets to every language");
static_assert(sizeof(EnumObj) == sizeof(TVMFFIObject) + 8 + sizeof(String),
              "reflection reports these offsets to every language");
static_assert(sizeof(IntEnumObj) == sizeof(EnumObj) && sizeof(StrEnumObj) == sizeof(EnumObj),
              "value enums add no fields");

/*! \brief Reference to an enum member. */
class Enum : public ObjectRef {
 public:
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(Enum, ObjectRef, EnumObj);
};

/*! \brief Reference to a member of an integer enum. */
class IntEnum : public Enum {
 public:
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(IntEnum, Enum, IntEnumObj);
};

/*! \brief Reference to a member of a string enum. */
class StrEnum : public Enum {
 public:
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(StrEnum, Enum, StrEnumObj);
};

namespace type_attr {

/*! \brief Type attribute that holds the members of an enum class. */
inline constexpr reflection::AttrKey<EnumState> kEnumState{"__ffi_enum__"};

}  // namespace type_attr

namespace detail {

/*! \brief Member of a type by either kind of index. \throws ValueError when there is none. */
template <typename Index>
Enum GetEnumMember(int32_t type_index, const Index& index) {
  const reflection::TypeAttrColumn column(type_attr::kEnumState);
  using State = Late<EnumState, Index>;
  const reflection::AttrKey<State> key{type_attr::kEnumState.name};
  if (auto state = key.ValueFrom(column[type_index])) {
    if (auto member = (*state)->indexes.Get(Any(index))) {
      return (*std::move(member)).template as_or_throw<Enum>();
    }
  }
  TVM_FFI_THROW(ValueError) << "Enum `" << TypeIndexToTypeKey(type_index)
                            << "` has no instance with index " << index;
}

}  // namespace detail

template <typename D>
Enum EnumObj::_GetByIntIndex(int32_t type_index, int64_t index) {
  return detail::GetEnumMember(type_index, index);
}

template <typename D>
Enum EnumObj::_GetByStrIndex(int32_t type_index, const String& index) {
  return detail::GetEnumMember(type_index, index);
}

template <typename EnumClsObj>
Enum EnumObj::_GetByIntIndex(int64_t index) {
  static_assert(std::is_base_of_v<EnumObj, EnumClsObj>, "EnumClsObj must derive from EnumObj");
  return _GetByIntIndex(EnumClsObj::_GetOrAllocRuntimeTypeIndex(), index);
}

template <typename EnumClsObj>
Enum EnumObj::_GetByStrIndex(const String& index) {
  static_assert(std::is_base_of_v<EnumObj, EnumClsObj>, "EnumClsObj must derive from EnumObj");
  return _GetByStrIndex(EnumClsObj::_GetOrAllocRuntimeTypeIndex(), index);
}

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_ENUM_H_
