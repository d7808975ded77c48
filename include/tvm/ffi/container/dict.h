// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/container/dict.h
 * \brief Dict<K, V>: an insertion-ordered hash map with reference semantics, like a Python dict.
 *
 * All handles of one dict see every mutation; nothing is copied on write, and the object keeps its
 * address while it grows. Keys compare as in Map. Use it where several owners share one table;
 * prefer Map for values. Concurrent writers need a lock, and a dict that contains itself is never
 * freed.
 *
 * \code
 * Dict<String, int> a;
 * Dict<String, int> b = a;
 * b.Set("x", 1);   // a.at("x") == 1
 * \endcode
 */
#ifndef TVM_FFI_CONTAINER_DICT_H_
#define TVM_FFI_CONTAINER_DICT_H_

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
class Dict;

/*! \brief Map object of sharing handles. */
class DictObj : public MapBaseObj {
 public:
  /*! \brief New object with the same entries, order and layout. */
  template <typename D = void>
  static ObjectPtr<Object> ShallowCopy(const DictObj* src) {
    return CopyOf(src);
  }

  /// \cond Doxygen_Suppress
  static constexpr const int32_t _type_index = TypeIndex::kTVMFFIDict;
  static constexpr bool _type_final = true;
  TVM_FFI_DECLARE_OBJECT_INFO_STATIC(StaticTypeKey::kTVMFFIDict, DictObj, Object);
  /// \endcond

 private:
  template <typename, typename, typename>
  friend class Dict;
};

static_assert(sizeof(DictObj) == sizeof(MapBaseObj), "DictObj only names a type index");

/*!
 * \brief Shared mutable map from `K` to `V`.
 * \tparam K Key type; `Any` for arbitrary keys.
 * \tparam V Value type; `Any` for arbitrary values.
 */
template <typename K, typename V,
          typename = typename std::enable_if_t<detail::storage_enabled_v<K> &&
                                               detail::storage_enabled_v<V>>>
class Dict : public ObjectRef {
 public:
  using key_type = K;
  using mapped_type = V;
  class iterator;

  // ---- construction and assignment ----

  /*! \brief Null handle, for code that fills `data_` itself. */
  explicit Dict(UnsafeInit tag) : ObjectRef(tag) {}
  /*! \brief New empty dict. */
  Dict() { data_ = DictObj::Empty<DictObj>(); }
  /*! \brief Shares the object of a dict whose every entry is a `K` and a `V`. */
  template <typename KU, typename VU,
            typename = std::enable_if_t<type_subsumes_v<K, KU> && type_subsumes_v<V, VU>>>
  Dict(Dict<KU, VU>&& other)  // NOLINT(*)
      : ObjectRef(std::move(other.data_)) {}
  template <typename KU, typename VU,
            typename = std::enable_if_t<type_subsumes_v<K, KU> && type_subsumes_v<V, VU>>>
  Dict(const Dict<KU, VU>& other) : ObjectRef(other.data_) {}  // NOLINT(*)

  /*! \brief Adopts an object that is known to be a fitting DictObj. \throw InternalError If null.
   */
  explicit Dict(ObjectPtr<Object> n) : ObjectRef(std::move(n)) {
    TVM_FFI_ICHECK_NOTNULL(data_.get());
  }
  /*! \brief Pairs of a range; the last of equal keys wins. */
  template <typename IterType>
  Dict(IterType begin, IterType end) {
    data_ = DictObj::CreateFromRange<DictObj>(begin, end);
  }
  /*! \brief Pairs of a braced list; the last of equal keys wins. */
  Dict(std::initializer_list<std::pair<K, V>> init) {  // NOLINT(*)
    data_ = DictObj::CreateFromRange<DictObj>(init.begin(), init.end());
  }
  /*! \brief Pairs of a standard map, copied. */
  template <typename Hash, typename Equal>
  Dict(const std::unordered_map<K, V, Hash, Equal>& init) {  // NOLINT(*)
    data_ = DictObj::CreateFromRange<DictObj>(init.begin(), init.end());
  }

  // ---- reading ----

  /*! \brief Value of `key`. \throw KeyError When absent. */
  V at(const K& key) const {
    return detail::AnyUnsafe::CopyFromAnyViewAfterCheck<V>(GetDictObj()->at(Any(key)));
  }
  /*! \brief The same as at(), unlike the operator of a standard map. */
  V operator[](const K& key) const { return this->at(key); }
  /*! \brief Number of entries; 0 for a null handle. */
  size_t size() const {
    const DictObj* obj = GetDictObj();
    return obj == nullptr ? 0 : obj->size();
  }
  /*! \brief 1 when `key` is present, else 0. */
  size_t count(const K& key) const {
    const DictObj* obj = GetDictObj();
    return obj == nullptr ? 0 : obj->count(Any(key));
  }
  bool empty() const { return size() == 0; }
  iterator begin() const { return iterator(GetDictObj()->begin()); }
  iterator end() const { return iterator(GetDictObj()->end()); }
  /*! \brief Position of `key`, or `end()`. */
  iterator find(const K& key) const { return iterator(GetDictObj()->find(Any(key))); }
  /*! \brief Value of `key`, or nullopt. */
  std::optional<V> Get(const K& key) const {
    const DictObj* obj = GetDictObj();
    DictObj::iterator position = obj->find(Any(key));
    if (position == obj->end()) return std::nullopt;
    return detail::AnyUnsafe::CopyFromAnyViewAfterCheck<V>(position->second);
  }

  // ---- mutation: seen through every handle; the object's address never changes ----

  /*! \brief Sets or replaces an entry. Invalidates iterators. */
  void Set(const K& key, const V& value) {
    if (data_ == nullptr) data_ = DictObj::Empty<DictObj>();
    DictObj* obj = GetDictObj();
    DictObj::KVType kv{Any(key), Any(value)};
    ObjectPtr<Object> replacement = DictObj::SetEntry(std::move(kv), obj);
    if (replacement != nullptr) obj->AdoptStorageOf(std::move(replacement));
  }

  /*! \brief Removes an entry if present. */
  void erase(const K& key) {
    if (data_ != nullptr) GetDictObj()->erase(Any(key));
  }

  /*! \brief Removes all entries; a hash table keeps its slots. */
  void clear() {
    if (data_ != nullptr) GetDictObj()->clear();
  }

  /// \cond Doxygen_Suppress
  using ContainerType = DictObj;
  static constexpr bool _type_container_is_exact = false;
  static constexpr bool _type_is_nullable = false;
  /// \endcond

  /*! \brief Position in the dict. Dereferencing makes a pair of values; nothing can be written. */
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
      const DictObj::KVType& kv = *itr_;
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
    explicit iterator(const DictObj::iterator& itr) : itr_(itr) {}
    DictObj::iterator itr_;
    template <typename, typename, typename>
    friend class Dict;
  };

 private:
  DictObj* GetDictObj() const { return static_cast<DictObj*>(data_.get()); }

  template <typename, typename, typename>
  friend class Dict;
};

template <typename K, typename V>
inline constexpr bool use_default_type_traits_v<Dict<K, V>> = false;

template <typename K, typename V>
struct TypeTraits<Dict<K, V>> : public MapTypeTraitsBase<TypeTraits<Dict<K, V>>, Dict<K, V>, K, V> {
  static constexpr int32_t kPrimaryTypeIndex = TypeIndex::kTVMFFIDict;
  static constexpr int32_t kOtherTypeIndex = TypeIndex::kTVMFFIMap;
  static constexpr const char* kTypeName = "Dict";
  static constexpr const char* kStaticTypeKey = StaticTypeKey::kTVMFFIDict;
};

template <typename K, typename V, typename KU, typename VU>
inline constexpr bool type_subsumes_v<Dict<K, V>, Dict<KU, VU>, void> =
    type_subsumes_v<K, KU>&& type_subsumes_v<V, VU>;

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_CONTAINER_DICT_H_
