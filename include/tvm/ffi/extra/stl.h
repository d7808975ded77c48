// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/stl.h
 * \brief Standard containers as parameters and results of typed functions.
 *
 * \code{.cpp}
 * std::vector<int64_t> Double(const std::vector<int64_t>& xs);
 * TVM_FFI_DLL_EXPORT_TYPED_FUNC(double_all, Double);   // takes and returns a list in any language
 * \endcode
 *
 * Every crossing converts element by element into a new container. Use `Array`, `Map`, `Tuple`,
 * `Optional` and `Variant` for values that cross often or are stored; they are shared, not copied.
 *
 * | C++ type | reads | writes |
 * |---|---|---|
 * | `std::vector<T>` | Array, List | Array |
 * | `std::array<T, N>`, `std::tuple<Ts...>` | Array of that size | Array |
 * | `std::map<K, V>`, `std::unordered_map<K, V>` | Map | Map |
 * | `std::optional<T>` | None or T | the value or None |
 * | `std::variant<Ts...>` | the first alternative that converts | the active value |
 * | `std::function<R(Args...)>` | Function | Function |
 *
 * An `AnyView` of a container cannot own the object that it shows: keep the container in an `Any`
 * instead. Calls do that by themselves for their arguments.
 */
#ifndef TVM_FFI_EXTRA_STL_H_
#define TVM_FFI_EXTRA_STL_H_

#include <tvm/ffi/base_detail.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/seq_base.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/type_traits.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace tvm {
namespace ffi {
namespace detail {

/*! \brief What the traits of all standard types share: element conversion and texts. */
struct STLTypeTrait : public TypeTraitsBase {
  static constexpr bool storage_enabled = false;
  static constexpr bool view_needs_owner = true;

 protected:
  /*! \brief Hands a freshly made object over to a cell. */
  template <typename ObjRef>
  static void MoveToAnyImpl(ObjRef value, TVMFFIAny* result) {
    TypeTraits<ObjRef>::MoveToAny(std::move(value), result);
  }

  /*! \return New reference to the object in a cell of matching type; keeps it while converting. */
  template <typename Obj>
  static ObjectPtr<Obj> CopyFromAnyImpl(const TVMFFIAny* src) {
    return ObjectUnsafe::ObjectPtrFromUnowned<Obj>(src->v_obj);
  }

  /*! \return The element as `T`, nullopt when it does not convert. */
  template <typename T>
  static std::optional<T> ConstructFromAny(const Any& value) {
    return value.template try_cast<T>();
  }

  /*! \brief Strict check, or for types that have none whether they convert. */
  template <typename T>
  static bool HoldsAny(const TVMFFIAny* src) {
    if constexpr (TypeTraits<T>::storage_enabled) {
      return TypeTraits<T>::CheckAnyStrict(src);
    } else {
      return TypeTraits<T>::TryCastFromAnyView(src).has_value();
    }
  }

  /*! \return The value of a cell for which `HoldsAny` is true. */
  template <typename T>
  static T CopyHeld(const TVMFFIAny* src) {
    if constexpr (TypeTraits<T>::storage_enabled) {
      return TypeTraits<T>::CopyFromAnyViewAfterCheck(src);
    } else {
      return *TypeTraits<T>::TryCastFromAnyView(src);
    }
  }

  template <typename T>
  static T MoveHeld(TVMFFIAny* src) {
    if constexpr (TypeTraits<T>::storage_enabled) {
      return TypeTraits<T>::MoveFromAnyAfterCheck(src);
    } else {
      // The value is a copy, so the source gives its reference up as a moved-from cell would.
      Any owner = AnyUnsafe::MoveTVMFFIAnyToAny(src);
      return *owner.template try_cast<T>();
    }
  }

  /*! \return Type names joined by `, `. */
  template <typename... Ts>
  static std::string JoinTypeStr() {
    std::string text;
    [[maybe_unused]] const char* separator = "";
    ((text.append(separator).append(Type2Str<Ts>::v()), separator = ", "), ...);
    return text;
  }

  /*! \return Type schemas joined by `separator`. */
  template <typename... Ts>
  static std::string JoinTypeSchema([[maybe_unused]] const char* separator) {
    std::string text;
    [[maybe_unused]] const char* current = "";
    ((text.append(current).append(detail::TypeSchema<Ts>::v()), current = separator), ...);
    return text;
  }
};

/*! \brief Tags whose traits are the bases of the sequence and of the map traits. */
struct ListTemplate {};
struct MapTemplate {};

}  // namespace detail

/*! \brief Sequences travel as a new Array. */
template <>
struct TypeTraits<detail::ListTemplate> : public detail::STLTypeTrait {
  static constexpr int32_t field_static_type_index = TypeIndex::kTVMFFIArray;

 protected:
  /*! \return An Array of the elements of `src`, moved out of it when it is an rvalue. */
  template <typename T, typename Sequence>
  static Array<Any> MakeArray(Sequence&& src) {
    Array<Any> result;
    result.reserve(static_cast<int64_t>(src.size()));
    for (auto&& element : src) {
      if constexpr (std::is_lvalue_reference_v<Sequence>) {
        result.push_back(Any(T(element)));
      } else {
        result.push_back(Any(T(std::move(element))));
      }
    }
    return result;
  }

  /*! \return The array in a cell, null unless it is one of exactly `size` elements. */
  static ObjectPtr<ArrayObj> ArrayOfSize(const TVMFFIAny* src, size_t size) {
    if (src->type_index != TypeIndex::kTVMFFIArray) return nullptr;
    ObjectPtr<ArrayObj> array = CopyFromAnyImpl<ArrayObj>(src);
    return array->size() == size ? array : nullptr;
  }
};

/*! \brief std::vector */
template <typename T>
struct TypeTraits<std::vector<T>> : public TypeTraits<detail::ListTemplate> {
  static void CopyToAnyView(const std::vector<T>& src, TVMFFIAny* result) {
    MoveToAnyImpl(MakeArray<T>(src), result);
  }
  static void MoveToAny(std::vector<T>&& src, TVMFFIAny* result) {
    MoveToAnyImpl(MakeArray<T>(std::move(src)), result);
  }
  static std::optional<std::vector<T>> TryCastFromAnyView(const TVMFFIAny* src) {
    if (src->type_index != TypeIndex::kTVMFFIArray && src->type_index != TypeIndex::kTVMFFIList) {
      return std::nullopt;
    }
    const ObjectPtr<SeqBaseObj> seq = CopyFromAnyImpl<SeqBaseObj>(src);
    std::vector<T> result;
    result.reserve(seq->size());
    // By index: converting an element may run user code that changes a List.
    for (size_t i = 0; i < seq->size(); ++i) {
      std::optional<T> element = ConstructFromAny<T>((*seq)[static_cast<int64_t>(i)]);
      if (!element.has_value()) return std::nullopt;
      result.push_back(*std::move(element));
    }
    return result;
  }
  static std::string TypeStr() { return "std::vector<" + JoinTypeStr<T>() + ">"; }
  static std::string TypeSchema() {
    return R"({"type":"std::vector","args":[)" + JoinTypeSchema<T>("") + "]}";
  }
};

/*! \brief std::array */
template <typename T, std::size_t N>
struct TypeTraits<std::array<T, N>> : public TypeTraits<detail::ListTemplate> {
  static_assert(N > 0, "Zero-length std::array is not supported.");

  static void CopyToAnyView(const std::array<T, N>& src, TVMFFIAny* result) {
    MoveToAnyImpl(MakeArray<T>(src), result);
  }
  static void MoveToAny(std::array<T, N>&& src, TVMFFIAny* result) {
    MoveToAnyImpl(MakeArray<T>(std::move(src)), result);
  }
  static std::optional<std::array<T, N>> TryCastFromAnyView(const TVMFFIAny* src) {
    const ObjectPtr<ArrayObj> array = ArrayOfSize(src, N);
    if (array == nullptr) return std::nullopt;
    std::array<T, N> result;
    for (size_t i = 0; i < N; ++i) {
      std::optional<T> element = ConstructFromAny<T>((*array)[static_cast<int64_t>(i)]);
      if (!element.has_value()) return std::nullopt;
      result[i] = *std::move(element);
    }
    return result;
  }
  static std::string TypeStr() {
    return "std::array<" + JoinTypeStr<T>() + ", " + detail::DecimalText(static_cast<int64_t>(N)) +
           ">";
  }
  static std::string TypeSchema() {
    return R"({"type":"std::array","args":[)" + JoinTypeSchema<T>("") + "," +
           detail::DecimalText(static_cast<int64_t>(N)) + "]}";
  }
};

/*! \brief std::tuple */
template <typename... Ts>
struct TypeTraits<std::tuple<Ts...>> : public TypeTraits<detail::ListTemplate> {
  static_assert(sizeof...(Ts) > 0, "Zero-length std::tuple is not supported.");

  static void CopyToAnyView(const std::tuple<Ts...>& src, TVMFFIAny* result) {
    MoveToAny(std::tuple<Ts...>(src), result);
  }
  static void MoveToAny(std::tuple<Ts...>&& src, TVMFFIAny* result) {
    MoveToAnyImpl(
        std::apply([](Ts&... parts) { return Array<Any>{Any(Ts(std::move(parts)))...}; }, src),
        result);
  }
  static std::optional<std::tuple<Ts...>> TryCastFromAnyView(const TVMFFIAny* src) {
    const ObjectPtr<ArrayObj> array = ArrayOfSize(src, sizeof...(Ts));
    if (array == nullptr) return std::nullopt;
    return TryCastElements(*array, std::index_sequence_for<Ts...>{});
  }
  static std::string TypeStr() { return "std::tuple<" + JoinTypeStr<Ts...>() + ">"; }
  static std::string TypeSchema() {
    return R"({"type":"std::tuple","args":[)" + JoinTypeSchema<Ts...>(", ") + "]}";
  }

 private:
  template <std::size_t... Is>
  static std::optional<std::tuple<Ts...>> TryCastElements(const ArrayObj& array,
                                                          std::index_sequence<Is...>) {
    std::tuple<std::optional<Ts>...> parts{
        ConstructFromAny<Ts>(array[static_cast<int64_t>(Is)])...};
    if (!(std::get<Is>(parts).has_value() && ...)) return std::nullopt;
    return std::tuple<Ts...>(*std::move(std::get<Is>(parts))...);
  }
};

/*! \brief Maps travel as a new Map. */
template <>
struct TypeTraits<detail::MapTemplate> : public detail::STLTypeTrait {
  static constexpr int32_t field_static_type_index = TypeIndex::kTVMFFIMap;

 protected:
  /*! \return A Map of the entries of `src`, whose values are moved out when it is an rvalue. */
  template <typename StdMap>
  static Map<Any, Any> MakeMap(StdMap&& src) {
    Map<Any, Any> result;
    for (auto& entry : src) {
      if constexpr (std::is_lvalue_reference_v<StdMap>) {
        result.Set(Any(entry.first), Any(entry.second));
      } else {
        result.Set(Any(entry.first), Any(std::move(entry.second)));
      }
    }
    return result;
  }

  /*! \brief Converts all entries; of source keys that become equal the first one stays. */
  template <typename StdMap>
  static std::optional<StdMap> TryCastEntries(const TVMFFIAny* src) {
    using K = typename StdMap::key_type;
    using V = typename StdMap::mapped_type;
    if (src->type_index != TypeIndex::kTVMFFIMap) return std::nullopt;
    const ObjectPtr<MapObj> map = CopyFromAnyImpl<MapObj>(src);
    StdMap result;
    ReserveFor(&result, map->size());
    for (const auto& entry : *map) {
      std::optional<K> key = ConstructFromAny<K>(entry.first);
      if (!key.has_value()) return std::nullopt;
      std::optional<V> value = ConstructFromAny<V>(entry.second);
      if (!value.has_value()) return std::nullopt;
      result.try_emplace(*std::move(key), *std::move(value));
    }
    return result;
  }

 private:
  template <typename K, typename V>
  static void ReserveFor(std::unordered_map<K, V>* map, size_t size) {
    map->reserve(size);
  }
  template <typename K, typename V>
  static void ReserveFor(std::map<K, V>*, size_t) {}
};

/*! \brief std::map */
template <typename K, typename V>
struct TypeTraits<std::map<K, V>> : public TypeTraits<detail::MapTemplate> {
  static void CopyToAnyView(const std::map<K, V>& src, TVMFFIAny* result) {
    MoveToAnyImpl(MakeMap(src), result);
  }
  static void MoveToAny(std::map<K, V>&& src, TVMFFIAny* result) {
    MoveToAnyImpl(MakeMap(std::move(src)), result);
  }
  static std::optional<std::map<K, V>> TryCastFromAnyView(const TVMFFIAny* src) {
    return TryCastEntries<std::map<K, V>>(src);
  }
  static std::string TypeStr() { return "std::map<" + JoinTypeStr<K, V>() + ">"; }
  static std::string TypeSchema() {
    return R"({"type":"std::map","args":[)" + JoinTypeSchema<K, V>(",") + "]}";
  }
};

/*! \brief std::unordered_map */
template <typename K, typename V>
struct TypeTraits<std::unordered_map<K, V>> : public TypeTraits<detail::MapTemplate> {
  static void CopyToAnyView(const std::unordered_map<K, V>& src, TVMFFIAny* result) {
    MoveToAnyImpl(MakeMap(src), result);
  }
  static void MoveToAny(std::unordered_map<K, V>&& src, TVMFFIAny* result) {
    MoveToAnyImpl(MakeMap(std::move(src)), result);
  }
  static std::optional<std::unordered_map<K, V>> TryCastFromAnyView(const TVMFFIAny* src) {
    return TryCastEntries<std::unordered_map<K, V>>(src);
  }
  static std::string TypeStr() { return "std::unordered_map<" + JoinTypeStr<K, V>() + ">"; }
  static std::string TypeSchema() {
    return R"({"type":"std::unordered_map","args":[)" + JoinTypeSchema<K, V>(",") + "]}";
  }
};

/*! \brief std::optional: the bare value or None. */
template <typename T>
struct TypeTraits<std::optional<T>> : public detail::STLTypeTrait {
  static constexpr bool storage_enabled = true;
  static constexpr bool view_needs_owner = detail::view_needs_owner_v<T>;

  static void CopyToAnyView(const std::optional<T>& src, TVMFFIAny* result) {
    if (src.has_value()) {
      TypeTraits<T>::CopyToAnyView(*src, result);
    } else {
      TypeTraits<std::nullptr_t>::CopyToAnyView(nullptr, result);
    }
  }
  static void MoveToAny(std::optional<T> src, TVMFFIAny* result) {
    if (src.has_value()) {
      TypeTraits<T>::MoveToAny(*std::move(src), result);
    } else {
      TypeTraits<std::nullptr_t>::MoveToAny(nullptr, result);
    }
  }
  static bool CheckAnyStrict(const TVMFFIAny* src) {
    return src->type_index == TypeIndex::kTVMFFINone || HoldsAny<T>(src);
  }
  static std::optional<T> CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    if (src->type_index == TypeIndex::kTVMFFINone) return std::nullopt;
    return CopyHeld<T>(src);
  }
  static std::optional<T> MoveFromAnyAfterCheck(TVMFFIAny* src) {
    if (src->type_index == TypeIndex::kTVMFFINone) return std::nullopt;
    return MoveHeld<T>(src);
  }
  static std::optional<std::optional<T>> TryCastFromAnyView(const TVMFFIAny* src) {
    if (src->type_index == TypeIndex::kTVMFFINone) return std::optional<T>();
    std::optional<T> value = TypeTraits<T>::TryCastFromAnyView(src);
    if (!value.has_value()) return std::nullopt;
    return std::optional<std::optional<T>>(std::in_place, std::move(value));
  }
  static std::string GetMismatchTypeInfo(const TVMFFIAny* src) {
    return TypeTraits<T>::GetMismatchTypeInfo(src);
  }
  static std::string TypeStr() { return "std::optional<" + JoinTypeStr<T>() + ">"; }
  static std::string TypeSchema() {
    return R"({"type":"std::optional","args":[)" + JoinTypeSchema<T>("") + "]}";
  }
};

/*! \brief std::variant: the value of the active alternative. */
template <typename... Ts>
struct TypeTraits<std::variant<Ts...>> : public detail::STLTypeTrait {
  static constexpr bool storage_enabled = true;
  static constexpr bool view_needs_owner = (detail::view_needs_owner_v<Ts> || ...);

  static void CopyToAnyView(const std::variant<Ts...>& src, TVMFFIAny* result) {
    std::visit(
        [result](const auto& value) {
          TypeTraits<std::decay_t<decltype(value)>>::CopyToAnyView(value, result);
        },
        src);
  }
  static void MoveToAny(std::variant<Ts...> src, TVMFFIAny* result) {
    std::visit(
        [result](auto&& value) {
          using Alternative = std::decay_t<decltype(value)>;
          TypeTraits<Alternative>::MoveToAny(std::forward<decltype(value)>(value), result);
        },
        std::move(src));
  }
  static bool CheckAnyStrict(const TVMFFIAny* src) { return (HoldsAny<Ts>(src) || ...); }
  static std::variant<Ts...> CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    std::optional<std::variant<Ts...>> result =
        FirstAlternative([&](auto tag) -> std::optional<typename decltype(tag)::type> {
          using T = typename decltype(tag)::type;
          if (!HoldsAny<T>(src)) return std::nullopt;
          return CopyHeld<T>(src);
        });
    TVM_FFI_ICHECK(result.has_value()) << "Unreachable: variant TryCast failed.";
    return *std::move(result);
  }
  static std::variant<Ts...> MoveFromAnyAfterCheck(TVMFFIAny* src) {
    std::optional<std::variant<Ts...>> result =
        FirstAlternative([&](auto tag) -> std::optional<typename decltype(tag)::type> {
          using T = typename decltype(tag)::type;
          if (!HoldsAny<T>(src)) return std::nullopt;
          return MoveHeld<T>(src);
        });
    TVM_FFI_ICHECK(result.has_value()) << "Unreachable: variant TryCast failed.";
    return *std::move(result);
  }
  static std::optional<std::variant<Ts...>> TryCastFromAnyView(const TVMFFIAny* src) {
    return FirstAlternative([&](auto tag) {
      return TypeTraits<typename decltype(tag)::type>::TryCastFromAnyView(src);
    });
  }
  static std::string TypeStr() { return "std::variant<" + JoinTypeStr<Ts...>() + ">"; }
  static std::string TypeSchema() {
    return R"({"type":"std::variant","args":[)" + JoinTypeSchema<Ts...>(", ") + "]}";
  }

 private:
  template <typename T>
  struct Tag {
    using type = T;
  };

  /*! \return The first alternative, in order, for which `get(Tag)` has a value. */
  template <typename Get>
  static std::optional<std::variant<Ts...>> FirstAlternative(const Get& get) {
    return FirstAlternative(get, std::index_sequence_for<Ts...>{});
  }
  template <typename Get, std::size_t... Is>
  static std::optional<std::variant<Ts...>> FirstAlternative(const Get& get,
                                                             std::index_sequence<Is...>) {
    std::optional<std::variant<Ts...>> result;
    (TakeAlternative<Is>(get(Tag<Ts>{}), &result) || ...);
    return result;
  }
  template <std::size_t I, typename T>
  static bool TakeAlternative(std::optional<T> value, std::optional<std::variant<Ts...>>* result) {
    if (!value.has_value()) return false;
    result->emplace(std::in_place_index<I>, *std::move(value));
    return true;
  }
};

/*! \brief std::function: a Function whose arguments and result convert at every call. */
template <typename R, typename... Args>
struct TypeTraits<std::function<R(Args...)>> : public detail::STLTypeTrait {
  static constexpr int32_t field_static_type_index = TypeIndex::kTVMFFIFunction;

  static void CopyToAnyView(const std::function<R(Args...)>& src, TVMFFIAny* result) {
    MoveToAnyImpl(Function::FromTyped(src), result);
  }
  static void MoveToAny(std::function<R(Args...)>&& src, TVMFFIAny* result) {
    MoveToAnyImpl(Function::FromTyped(std::move(src)), result);
  }
  static std::optional<std::function<R(Args...)>> TryCastFromAnyView(const TVMFFIAny* src) {
    using Typed = TypedFunction<R(Args...)>;
    std::optional<Typed> function = TypeTraits<Typed>::TryCastFromAnyView(src);
    if (!function.has_value()) return std::nullopt;
    return std::function<R(Args...)>([function = *std::move(function)](Args... args) -> R {
      return function(std::forward<Args>(args)...);
    });
  }
  static std::string TypeStr() {
    return "std::function<" + JoinTypeStr<R>() + "(" + JoinTypeStr<Args...>() + ")>";
  }
  static std::string TypeSchema() {
    return R"({"type":"std::function","named_args":{"return":[)" + JoinTypeSchema<R>("") +
           R"(],"params":[)" + JoinTypeSchema<Args...>(", ") + "]}}";
  }
};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_EXTRA_STL_H_
