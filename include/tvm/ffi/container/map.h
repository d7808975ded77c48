// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/container/map.h
 * \brief Map<K, V>: an insertion-ordered hash map with value semantics (copy-on-write).
 *
 * Copying a handle shares the object; a mutation through one handle first copies the object when
 * others hold it too. Keys are compared by value for plain values, strings and bytes, and by
 * identity for other objects unless their type registers `__any_hash__` and `__any_equal__`; `1`,
 * `true` and `1.0` are three different keys. For a map whose mutations everybody shall see, use
 * Dict.
 *
 * \code
 * Map<String, int> m = {{"a", 1}, {"b", 2}};
 * m.Set("c", 3);
 * for (const auto& [key, value] : m) { ... }   // a, b, c
 * \endcode
 */
#ifndef TVM_FFI_CONTAINER_MAP_H_
#define TVM_FFI_CONTAINER_MAP_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/container_detail.h>
#include <tvm/ffi/container/map_base.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/optional.h>

#include <initializer_list>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace tvm {
namespace ffi {

template <typename K, typename V, typename>
class Map;

/*! \brief Map object of copy-on-write handles. */
class MapObj : public MapBaseObj {
 public:
  /*! \brief New object with the same entries, order and layout. */
  template <typename D = void>
  static ObjectPtr<Object> ShallowCopy(const MapObj* src) {
    return CopyOf(src);
  }

  /// \cond Doxygen_Suppress
  static constexpr const int32_t _type_index = TypeIndex::kTVMFFIMap;
  static constexpr bool _type_final = true;
  TVM_FFI_DECLARE_OBJECT_INFO_STATIC(StaticTypeKey::kTVMFFIMap, MapObj, Object);
  /// \endcond

 private:
  template <typename, typename, typename>
  friend class Map;
};

static_assert(sizeof(MapObj) == sizeof(MapBaseObj), "MapObj only names a type index");

/*!
 * \brief Copy-on-write map from `K` to `V`.
 * \tparam K Key type; `Any` for arbitrary keys.
 * \tparam V Value type; `Any` for arbitrary values.
 */
template <typename K, typename V,
          typename = typename std::enable_if_t<detail::storage_enabled_v<K> &&
                                               detail::storage_enabled_v<V>>>
class Map : public ObjectRef {
 public:
  using key_type = K;
  using mapped_type = V;
  class iterator;

  // ---- construction and assignment ----

  /*! \brief Null handle, for code that fills `data_` itself. */
  explicit Map(UnsafeInit tag) : ObjectRef(tag) {}
  /*! \brief New empty map. */
  Map() { data_ = MapObj::Empty<MapObj>(); }
  /*! \brief Shares the object of a map whose every entry is a `K` and a `V`. */
  template <typename KU, typename VU,
            typename = std::enable_if_t<type_subsumes_v<K, KU> && type_subsumes_v<V, VU>>>
  Map(Map<KU, VU>&& other)  // NOLINT(*)
      : ObjectRef(std::move(other.data_)) {}
  template <typename KU, typename VU,
            typename = std::enable_if_t<type_subsumes_v<K, KU> && type_subsumes_v<V, VU>>>
  Map(const Map<KU, VU>& other) : ObjectRef(other.data_) {}  // NOLINT(*)

  /*! \brief Adopts an object that is known to be a fitting MapObj. \throw InternalError If null. */
  explicit Map(ObjectPtr<Object> n) : ObjectRef(std::move(n)) {
    TVM_FFI_ICHECK_NOTNULL(data_.get());
  }
  /*! \brief Pairs of a range; the last of equal keys wins. */
  template <typename IterType>
  Map(IterType begin, IterType end) {
    data_ = MapObj::CreateFromRange<MapObj>(begin, end);
  }
  /*! \brief Pairs of a braced list; the last of equal keys wins. */
  Map(std::initializer_list<std::pair<K, V>> init) {  // NOLINT(*)
    data_ = MapObj::CreateFromRange<MapObj>(init.begin(), init.end());
  }
  /*! \brief Pairs of a standard map, copied. */
  template <typename Hash, typename Equal>
  Map(const std::unordered_map<K, V, Hash, Equal>& init) {  // NOLINT(*)
    data_ = MapObj::CreateFromRange<MapObj>(init.begin(), init.end());
  }

  // ---- reading ----

  /*! \brief Value of `key`. \throw KeyError When absent. */
  const V at(const K& key) const {
    return detail::AnyUnsafe::CopyFromAnyViewAfterCheck<V>(GetMapObj()->at(Any(key)));
  }
  /*! \brief The same as at(), unlike the operator of a standard map. */
  const V operator[](const K& key) const { return this->at(key); }
  /*! \brief Number of entries; 0 for a null handle. */
  size_t size() const {
    const MapObj* obj = GetMapObj();
    return obj == nullptr ? 0 : obj->size();
  }
  /*! \brief 1 when `key` is present, else 0. */
  size_t count(const K& key) const {
    const MapObj* obj = GetMapObj();
    return obj == nullptr ? 0 : obj->count(Any(key));
  }
  bool empty() const { return size() == 0; }
  iterator begin() const { return iterator(GetMapObj()->begin()); }
  iterator end() const { return iterator(GetMapObj()->end()); }
  /*! \brief Position of `key`, or `end()`. */
  iterator find(const K& key) const { return iterator(GetMapObj()->find(Any(key))); }
  /*! \brief Value of `key`, or nullopt. */
  std::optional<V> Get(const K& key) const {
    const MapObj* obj = GetMapObj();
    MapObj::iterator position = obj->find(Any(key));
    if (position == obj->end()) return std::nullopt;
    return detail::AnyUnsafe::CopyFromAnyViewAfterCheck<V>(position->second);
  }

  // ---- mutation: every member first makes the object this handle's own ----

  /*! \brief Sets or replaces an entry. */
  void Set(const K& key, const V& value) {
    MapObj::KVType kv{Any(key), Any(value)};
    ObjectPtr<Object> replacement = MapObj::SetEntry(std::move(kv), CopyOnWrite());
    if (replacement != nullptr) data_ = std::move(replacement);
  }

  /*! \brief Removes an entry if present. */
  void erase(const K& key) {
    Any cell(key);  // `key` may live in this map
    CopyOnWrite()->erase(cell);
  }

  /*! \brief Lets go of the object and starts a new empty one. */
  void clear() {
    if (data_ != nullptr) data_ = MapObj::Empty<MapObj>();
  }

  /*!
   * \brief Makes the object this handle's own: a new one for a null handle, a copy of a shared one.
   * \return The object.
   */
  MapObj* CopyOnWrite() {
    if (data_ == nullptr) {
      data_ = MapObj::Empty<MapObj>();
    } else if (!data_.unique()) {
      data_ = MapObj::CopyOf(GetMapObj());
    }
    return GetMapObj();
  }

  /// \cond Doxygen_Suppress
  using ContainerType = MapObj;
  static constexpr bool _type_container_is_exact = false;
  static constexpr bool _type_is_nullable = false;
  /// \endcond

  /*! \brief Position in the map. Dereferencing makes a pair of values; nothing can be written. */
  class iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using difference_type = int64_t;
    using value_type = const std::pair<K, V>;
    using pointer = value_type*;
    using reference = value_type;

    iterator() = default;

    bool operator==(const iterator& other) const { return itr_ == other.itr_; }
    bool operator!=(const iterator& other) const { return itr_ != other.itr_; }
    pointer operator->() const = delete;
    reference operator*() const {
      const MapObj::KVType& kv = *itr_;
      return std::make_pair(detail::AnyUnsafe::CopyFromAnyViewAfterCheck<K>(kv.first),
                            detail::AnyUnsafe::CopyFromAnyViewAfterCheck<V>(kv.second));
    }
    iterator& operator++() {
      ++itr_;
      return *this;
    }
    iterator operator++(int) {
      iterator before = *this;
      ++itr_;
      return before;
    }
    iterator& operator--() {
      --itr_;
      return *this;
    }
    iterator operator--(int) {
      iterator before = *this;
      --itr_;
      return before;
    }

   private:
    explicit iterator(const MapObj::iterator& itr) : itr_(itr) {}
    MapObj::iterator itr_;
    template <typename, typename, typename>
    friend class Map;
  };

 private:
  MapObj* GetMapObj() const { return static_cast<MapObj*>(data_.get()); }

  template <typename, typename, typename>
  friend class Map;
};

/*! \brief `lhs` with every entry of `rhs` set into it. */
template <typename K, typename V>
inline Map<K, V> Merge(Map<K, V> lhs, const Map<K, V>& rhs) {
  for (const auto& kv : rhs) {
    lhs.Set(kv.first, kv.second);
  }
  return lhs;
}

template <typename K, typename V>
inline constexpr bool use_default_type_traits_v<Map<K, V>> = false;

template <typename K, typename V>
struct TypeTraits<Map<K, V>> : public MapTypeTraitsBase<TypeTraits<Map<K, V>>, Map<K, V>, K, V> {
  static constexpr int32_t kPrimaryTypeIndex = TypeIndex::kTVMFFIMap;
  static constexpr int32_t kOtherTypeIndex = TypeIndex::kTVMFFIDict;
  static constexpr const char* kTypeName = "Map";
  static constexpr const char* kStaticTypeKey = StaticTypeKey::kTVMFFIMap;
};

template <typename K, typename V, typename KU, typename VU>
inline constexpr bool type_subsumes_v<Map<K, V>, Map<KU, VU>, void> =
    type_subsumes_v<K, KU>&& type_subsumes_v<V, VU>;

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_CONTAINER_MAP_H_
