// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/container/variant.h
 * \brief Variant<V...>: a value of one of several types.
 *
 * A variant is one `Any` cell with a checked set of types; in an `Any` it cannot be told from the
 * alternative itself. `as<T>` asks for exactly that alternative, `get<T>` also converts.
 *
 * \code
 * Variant<int, String> v = String("a");
 * if (auto text = v.as<String>()) { ... }
 * \endcode
 */
#ifndef TVM_FFI_CONTAINER_VARIANT_H_
#define TVM_FFI_CONTAINER_VARIANT_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/container_detail.h>
#include <tvm/ffi/optional.h>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace tvm {
namespace ffi {

/*! \brief Value of one of the types `V`. Always holds one; there is no empty state. */
template <typename... V>
class Variant {
 public:
  static_assert(detail::all_storage_enabled_v<V...>,
                "All types used in Variant<...> must be compatible with Any");

  static constexpr bool _type_container_is_exact = false;

  /*! \brief Whether some alternative may hold a `T`. */
  template <typename T>
  static constexpr bool variant_contains_v = (type_subsumes_v<V, T> || ...);
  /*! \brief Void when some alternative may hold a `T`, else no type. */
  template <typename T>
  using enable_if_variant_contains_t = std::enable_if_t<variant_contains_v<T>>;

  TVM_FFI_INLINE Variant(const Variant<V...>& other) = default;
  TVM_FFI_INLINE Variant(Variant<V...>&& other) noexcept = default;
  TVM_FFI_INLINE Variant& operator=(const Variant<V...>& other) = default;
  TVM_FFI_INLINE Variant& operator=(Variant<V...>&& other) noexcept = default;
  TVM_FFI_INLINE ~Variant() = default;

  /*! \brief Holds `other`. */
  template <typename T, typename = enable_if_variant_contains_t<T>>
  Variant(T other) : data_(std::move(other)) {}  // NOLINT(*)
  template <typename T, typename = enable_if_variant_contains_t<T>>
  TVM_FFI_INLINE Variant& operator=(T other) {
    data_ = Any(std::move(other));
    return *this;
  }

  /*! \brief The value if it is a `T` as stored, without conversion. */
  template <typename T, typename = enable_if_variant_contains_t<T>>
  TVM_FFI_INLINE std::optional<T> as() const {
    return data_.template as<T>();
  }
  /*! \brief The object if it is a `T`, else null. Borrowed. */
  template <typename T, typename = std::enable_if_t<std::is_base_of_v<Object, T>>>
  TVM_FFI_INLINE const T* as() const {
    return data_.template as<T>();
  }

  /*! \brief The value converted to `T`. \throw TypeError When it does not convert. */
  template <typename T, typename = enable_if_variant_contains_t<T>>
  TVM_FFI_INLINE T get() const& {
    return data_.template cast<T>();
  }
  /*! \brief Same, moved out. Afterwards, also after an error, the variant must be reassigned. */
  template <typename T, typename = enable_if_variant_contains_t<T>>
  TVM_FFI_INLINE T get() && {
    Any value(std::move(data_));
    return std::move(value).template cast<T>();
  }

  /*! \brief Type key of the held value. */
  TVM_FFI_INLINE std::string GetTypeKey() const { return data_.GetTypeKey(); }

  /*! \brief Whether both hold the same object or bit-identical values. */
  TVM_FFI_INLINE bool same_as(const Variant<V...>& other) const {
    return data_.same_as(other.data_);
  }

 private:
  Any data_;

  /*! \brief Holds a value that was checked to be an alternative. */
  Variant(UnsafeInit, Any data) : data_(std::move(data)) {}

  const Object* GetObjectForHashEqual() const {
    static_assert(detail::all_object_ref_v<V...>,
                  "All types used in Variant<...> must be derived from ObjectRef to enable "
                  "ObjectPtrHash/ObjectPtrEqual");
    return data_.template as<Object>();
  }

  friend struct TypeTraits<Variant<V...>>;
  friend struct ObjectPtrHash;
  friend struct ObjectPtrEqual;
};

template <typename... V>
inline constexpr bool use_default_type_traits_v<Variant<V...>> = false;

template <typename... V>
struct TypeTraits<Variant<V...>> : public TypeTraitsBase {
  TVM_FFI_INLINE static void CopyToAnyView(const Variant<V...>& src, TVMFFIAny* result) {
    *result = AnyView(src.data_).CopyToTVMFFIAny();
  }

  TVM_FFI_INLINE static void MoveToAny(Variant<V...> src, TVMFFIAny* result) {
    *result = detail::AnyUnsafe::MoveAnyToTVMFFIAny(std::move(src.data_));
  }

  TVM_FFI_INLINE static bool CheckAnyStrict(const TVMFFIAny* src) {
    return (IsAlternative<V>(src) || ...);
  }

  TVM_FFI_INLINE static Variant<V...> CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    return Variant<V...>(UnsafeInit{}, Any(AnyView::CopyFromTVMFFIAny(*src)));
  }

  TVM_FFI_INLINE static Variant<V...> MoveFromAnyAfterCheck(TVMFFIAny* src) {
    return Variant<V...>(UnsafeInit{}, detail::AnyUnsafe::MoveTVMFFIAnyToAny(src));
  }

  /*! \brief The value itself when it is an alternative, else the first conversion that succeeds. */
  TVM_FFI_INLINE static std::optional<Variant<V...>> TryCastFromAnyView(const TVMFFIAny* src) {
    if (CheckAnyStrict(src)) return CopyFromAnyViewAfterCheck(src);
    std::optional<Variant<V...>> result;
    static_cast<void>((TryAlternative<V>(src, &result) || ...));
    return result;
  }

  TVM_FFI_INLINE static std::string TypeStr() { return detail::ContainerTypeStr<V...>("Variant"); }
  TVM_FFI_INLINE static std::string TypeSchema() {
    return detail::ContainerTypeSchema<V...>("Variant");
  }

 private:
  template <typename T>
  static bool IsAlternative([[maybe_unused]] const TVMFFIAny* src) {
    if constexpr (std::is_same_v<T, Any>) {
      return true;
    } else {
      return TypeTraits<T>::CheckAnyStrict(src);
    }
  }

  template <typename T>
  static bool TryAlternative([[maybe_unused]] const TVMFFIAny* src,
                             [[maybe_unused]] std::optional<Variant<V...>>* result) {
    if constexpr (!std::is_same_v<T, Any>) {
      if (std::optional<T> value = TypeTraits<T>::TryCastFromAnyView(src)) {
        result->emplace(Variant<V...>(UnsafeInit{}, Any(*std::move(value))));
        return true;
      }
    }
    return false;
  }
};

template <typename... V>
inline size_t ObjectPtrHash::operator()(const Variant<V...>& a) const {
  return HashAddress(a.GetObjectForHashEqual());
}

template <typename... V>
inline bool ObjectPtrEqual::operator()(const Variant<V...>& a, const Variant<V...>& b) const {
  return a.GetObjectForHashEqual() == b.GetObjectForHashEqual();
}

template <typename... V, typename T>
inline constexpr bool type_subsumes_v<Variant<V...>, T, void> = std::is_same_v<Variant<V...>, T> ||
                                                                (type_subsumes_v<V, T> || ...);

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_CONTAINER_VARIANT_H_
