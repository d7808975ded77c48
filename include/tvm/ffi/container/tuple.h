// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/container/tuple.h
 * \brief Tuple<Types...>: a fixed number of values of different types (copy-on-write).
 *
 * A tuple is stored as an `ffi.Array` of exactly that size, so it converts to and from
 * `Array<Any>`. Use it for results of several parts; for named parts define an object class.
 *
 * \code
 * Tuple<int, String> t(1, "one");
 * auto [number, name] = t;
 * t.Set<0>(2);
 * \endcode
 */
#ifndef TVM_FFI_CONTAINER_TUPLE_H_
#define TVM_FFI_CONTAINER_TUPLE_H_

#include <tvm/ffi/container/array.h>

#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tvm {
namespace ffi {

namespace detail {

/*! \brief Whether two type lists have one length and each target subsumes its source. */
template <typename Targets, typename Sources>
inline constexpr bool type_subsumes_all_v = false;
template <>
inline constexpr bool type_subsumes_all_v<std::tuple<>, std::tuple<>> = true;
template <typename T, typename... Ts, typename U, typename... Us>
inline constexpr bool type_subsumes_all_v<std::tuple<T, Ts...>, std::tuple<U, Us...>> =
    type_subsumes_v<T, U>&& type_subsumes_all_v<std::tuple<Ts...>, std::tuple<Us...>>;

}  // namespace detail

/*! \brief Typed handle on an array object of `sizeof...(Types)` elements. */
template <typename... Types>
class Tuple : public ObjectRef {
 public:
  static_assert(detail::all_storage_enabled_v<Types...>,
                "All types used in Tuple<...> must be compatible with Any");

  /*! \brief Default values of all types. */
  Tuple() : ObjectRef(MakeStorage(Types()...)) {}
  /*! \brief Null handle, for code that fills `data_` itself. */
  explicit Tuple(UnsafeInit tag) : ObjectRef(tag) {}
  Tuple(const Tuple<Types...>& other) : ObjectRef(other.data_) {}                 // NOLINT(*)
  Tuple(Tuple<Types...>&& other) noexcept : ObjectRef(std::move(other.data_)) {}  // NOLINT(*)
  /*! \brief Shares the object of a tuple whose every element fits. */
  template <typename... UTypes, typename = std::enable_if_t<detail::type_subsumes_all_v<
                                    std::tuple<Types...>, std::tuple<UTypes...>>>>
  Tuple(const Tuple<UTypes...>& other) : ObjectRef(other.data_) {}  // NOLINT(*)
  template <typename... UTypes, typename = std::enable_if_t<detail::type_subsumes_all_v<
                                    std::tuple<Types...>, std::tuple<UTypes...>>>>
  Tuple(Tuple<UTypes...>&& other)  // NOLINT(*)
      : ObjectRef(std::move(other.data_)) {}

  /*! \brief One argument per element, each converted with the element type's constructor. */
  template <
      typename... UTypes,
      typename = std::enable_if_t<
          sizeof...(Types) == sizeof...(UTypes) &&
          !(sizeof...(Types) == 1 &&
            (std::is_same_v<std::remove_cv_t<std::remove_reference_t<UTypes>>, Tuple<Types...>> &&
             ...))>>
  explicit Tuple(UTypes&&... args) : ObjectRef(MakeStorage(Types(std::forward<UTypes>(args))...)) {}

  TVM_FFI_INLINE Tuple& operator=(const Tuple<Types...>& other) {
    data_ = other.data_;
    return *this;
  }
  TVM_FFI_INLINE Tuple& operator=(Tuple<Types...>&& other) noexcept {
    data_ = std::move(other.data_);
    return *this;
  }
  template <typename... UTypes, typename = std::enable_if_t<detail::type_subsumes_all_v<
                                    std::tuple<Types...>, std::tuple<UTypes...>>>>
  TVM_FFI_INLINE Tuple& operator=(const Tuple<UTypes...>& other) {
    data_ = other.data_;
    return *this;
  }
  template <typename... UTypes, typename = std::enable_if_t<detail::type_subsumes_all_v<
                                    std::tuple<Types...>, std::tuple<UTypes...>>>>
  TVM_FFI_INLINE Tuple& operator=(Tuple<UTypes...>&& other) {
    data_ = std::move(other.data_);
    return *this;
  }

  /*! \brief Element `I`, by value. */
  template <size_t I>
  auto get() const& {
    static_assert(I < sizeof...(Types), "Tuple index out of bounds");
    using ReturnType = std::tuple_element_t<I, std::tuple<Types...>>;
    return detail::AnyUnsafe::CopyFromAnyViewAfterCheck<ReturnType>(*CellAt(I));
  }

  /*! \brief Element `I`, moved out (which leaves None) when this handle alone holds the object. */
  template <size_t I>
  auto get() && {
    static_assert(I < sizeof...(Types), "Tuple index out of bounds");
    using ReturnType = std::tuple_element_t<I, std::tuple<Types...>>;
    if (!this->unique()) {
      return detail::AnyUnsafe::CopyFromAnyViewAfterCheck<ReturnType>(*CellAt(I));
    }
    return detail::AnyUnsafe::MoveFromAnyAfterCheck<ReturnType>(std::move(*CellAt(I)));
  }

  /*! \brief Replaces element `I`, after copying a shared object. */
  template <size_t I, typename U>
  void Set(U&& item) {
    static_assert(I < sizeof...(Types), "Tuple index out of bounds");
    using T = std::tuple_element_t<I, std::tuple<Types...>>;
    Any cell(T(std::forward<U>(item)));
    if (!data_.unique()) {
      data_ = ArrayObj::CopyFrom(sizeof...(Types), static_cast<ArrayObj*>(data_.get()));
    }
    *CellAt(I) = std::move(cell);
  }

  /// \cond Doxygen_Suppress
  using ContainerType = ArrayObj;
  static constexpr bool _type_container_is_exact = false;
  static constexpr bool _type_is_nullable = false;
  /// \endcond

 private:
  static ObjectPtr<Object> MakeStorage(Types... values) {
    ObjectPtr<ArrayObj> storage = ArrayObj::Empty(sizeof...(Types));
    (storage->AppendUnchecked(std::move(values)), ...);
    return storage;
  }

  Any* CellAt(size_t i) const { return static_cast<ArrayObj*>(data_.get())->MutableBegin() + i; }

  template <typename... UTypes>
  friend class Tuple;
};

/*! \brief A tuple of the arguments' own types. */
template <typename... UTypes>
Tuple(UTypes&&...) -> Tuple<std::remove_cv_t<std::remove_reference_t<UTypes>>...>;

/*! \brief Element `I` by value, for structured bindings and argument-dependent look-up. */
template <size_t I, typename... Types>
constexpr inline std::tuple_element_t<I, std::tuple<Types...>> get(const Tuple<Types...>& t) {
  return t.template get<I>();
}
template <size_t I, typename... Types>
constexpr inline std::tuple_element_t<I, std::tuple<Types...>> get(Tuple<Types...>&& t) {
  return std::move(t).template get<I>();
}

template <typename... Types>
inline constexpr bool use_default_type_traits_v<Tuple<Types...>> = false;

template <typename... Types>
struct TypeTraits<Tuple<Types...>> : public ObjectRefTypeTraitsBase<Tuple<Types...>> {
  using ObjectRefTypeTraitsBase<Tuple<Types...>>::CopyFromAnyViewAfterCheck;

  static bool CheckAnyStrict(const TVMFFIAny* src) {
    return HasRightSize(src) && AllMatch(AsArray(src)->begin(), Indices());
  }

  /*! \brief The same object when nothing needs conversion, otherwise a new one; or no value. */
  static std::optional<Tuple<Types...>> TryCastFromAnyView(const TVMFFIAny* src) {
    if (!HasRightSize(src)) return std::nullopt;
    ArrayObj* source = AsArray(src);
    if (AllMatch(source->begin(), Indices())) return CopyFromAnyViewAfterCheck(src);
    ObjectPtr<Object> copy = ArrayObj::CopyFrom(sizeof...(Types), source);
    if (!ConvertAll(static_cast<ArrayObj*>(copy.get())->MutableBegin(), Indices())) {
      return std::nullopt;
    }
    return detail::ObjectUnsafe::ObjectRefFromObjectPtr<Tuple<Types...>>(std::move(copy));
  }

  static std::string GetMismatchTypeInfo(const TVMFFIAny* src) {
    if (src->type_index != TypeIndex::kTVMFFIArray) {
      return TypeTraitsBase::GetMismatchTypeInfo(src);
    }
    if (!HasRightSize(src)) {
      return "Array[size=" + detail::DecimalText(static_cast<int64_t>(AsArray(src)->size())) + "]";
    }
    std::string info;
    if (!DescribeFirstMismatch(AsArray(src)->begin(), &info, Indices())) {
      TVM_FFI_THROW(InternalError) << "Cannot reach here";
    }
    return info;
  }

  static std::string TypeStr() { return detail::ContainerTypeStr<Types...>("Tuple"); }
  static std::string TypeSchema() { return detail::ContainerTypeSchema<Types...>("Tuple"); }

 private:
  using Indices = std::index_sequence_for<Types...>;

  static ArrayObj* AsArray(const TVMFFIAny* src) {
    return detail::ObjectUnsafe::RawObjectPtrFromUnowned<ArrayObj>(src->v_obj);
  }

  static bool HasRightSize(const TVMFFIAny* src) {
    return src->type_index == TypeIndex::kTVMFFIArray && AsArray(src)->size() == sizeof...(Types);
  }

  template <size_t... I>
  static bool AllMatch([[maybe_unused]] const Any* cells, std::index_sequence<I...>) {
    return (detail::AnyUnsafe::CheckAnyStrict<Types>(cells[I]) && ...);
  }

  template <size_t... I>
  static bool ConvertAll([[maybe_unused]] Any* cells, std::index_sequence<I...>) {
    return (ConvertCell<Types>(cells + I) && ...);
  }

  template <typename T>
  static bool ConvertCell([[maybe_unused]] Any* cell) {
    if constexpr (!std::is_same_v<T, Any>) {
      std::optional<T> converted = cell->template try_cast<T>();
      if (!converted.has_value()) return false;
      *cell = Any(*std::move(converted));
    }
    return true;
  }

  template <size_t... I>
  static bool DescribeFirstMismatch([[maybe_unused]] const Any* cells,
                                    [[maybe_unused]] std::string* info, std::index_sequence<I...>) {
    return (DescribeIfMismatch<Types>(I, cells[I], info) || ...);
  }

  template <typename T>
  static bool DescribeIfMismatch([[maybe_unused]] size_t i, [[maybe_unused]] const Any& cell,
                                 [[maybe_unused]] std::string* info) {
    if constexpr (std::is_same_v<T, Any>) {
      return false;
    } else {
      if (detail::AnyUnsafe::CheckAnyStrict<T>(cell)) return false;
      if (detail::TryCastElement<T>(cell).has_value()) return false;
      *info = "Array[index " + detail::DecimalText(static_cast<int64_t>(i)) + ": " +
              detail::AnyUnsafe::GetMismatchTypeInfo<T>(cell) + "]";
      return true;
    }
  }
};

template <typename... T, typename... U>
inline constexpr bool
    type_subsumes_v<Tuple<T...>, Tuple<U...>, std::enable_if_t<sizeof...(T) == sizeof...(U)>> =
        detail::type_subsumes_all_v<std::tuple<T...>, std::tuple<U...>>;

}  // namespace ffi
}  // namespace tvm

template <typename... Types>
struct std::tuple_size<tvm::ffi::Tuple<Types...>>
    : public std::integral_constant<size_t, sizeof...(Types)> {};

template <size_t I, typename... Types>
struct std::tuple_element<I, tvm::ffi::Tuple<Types...>> {
  using type = std::tuple_element_t<I, std::tuple<Types...>>;
};

#endif  // TVM_FFI_CONTAINER_TUPLE_H_
