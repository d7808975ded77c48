// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/container/map_storage.h
 * \brief The object header of maps, their iterator, and the layout for up to four entries.
 *
 * Only map_base.h includes this; see there for the whole scheme. Bit 63 of `slots_` is set in the
 * small layout. Everything here is a binary contract.
 */
#ifndef TVM_FFI_CONTAINER_MAP_STORAGE_H_
#define TVM_FFI_CONTAINER_MAP_STORAGE_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/container_detail.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <type_traits>
#include <utility>

/*!
 * \brief Detects the use of iterators after an insertion, at the price of another object layout.
 * All binaries of a process must agree on it; released binaries have it off.
 */
#ifndef TVM_FFI_DEBUG_WITH_ABI_CHANGE
#define TVM_FFI_DEBUG_WITH_ABI_CHANGE 0
#endif

#if TVM_FFI_DEBUG_WITH_ABI_CHANGE
/*! \brief Throws when the map has changed since the iterator was made. */
#define TVM_FFI_MAP_FAIL_IF_CHANGED() \
  TVM_FFI_ICHECK(state_marker == self->state_marker) << "Concurrent modification of the Map";
#else
/*! \brief Nothing; see TVM_FFI_DEBUG_WITH_ABI_CHANGE. */
#define TVM_FFI_MAP_FAIL_IF_CHANGED()
#endif

namespace tvm {
namespace ffi {

class SmallMapBaseObj;
class DenseMapBaseObj;
namespace detail {
class MapBuilder;     // the library's own, which knows its keys beforehand
class DocumentNodes;  // and its own way to allocate
}  // namespace detail

/*! \brief Header common to both layouts, and the dispatch between them. */
class MapBaseObj : public Object {
 public:
  using key_type = Any;
  using mapped_type = Any;
  /*! \brief A pair. */
  using KVType = std::pair<Any, Any>;

  /*! \brief A pair as raw cells. */
  struct KVRawStorageType {
    /*! \brief The key. */
    TVMFFIAny first;
    /*! \brief The value. */
    TVMFFIAny second;
  };

  static_assert(__is_standard_layout(KVType), "Bindings read pairs as two adjacent cells");
  static_assert(sizeof(KVType) == sizeof(KVRawStorageType));

  class iterator;

  MapBaseObj(const MapBaseObj&) = delete;
  MapBaseObj& operator=(const MapBaseObj&) = delete;

  /*! \brief Number of entries. */
  size_t size() const { return static_cast<size_t>(size_); }
  /*! \brief 1 when `key` is present, else 0. */
  size_t count(const key_type& key) const;
  /*! \brief Value of `key`. \throw KeyError When absent. */
  const mapped_type& at(const key_type& key) const;
  mapped_type& at(const key_type& key);
  /*! \brief First entry in insertion order. */
  iterator begin() const;
  iterator end() const;
  /*! \brief Position of `key`, or `end()`. */
  iterator find(const key_type& key) const;
  /*! \brief Removes the entry at a position; `end()` is ignored. */
  void erase(const iterator& position);
  /*! \brief Removes `key` if present. */
  void erase(const key_type& key);
  /*! \brief Removes all entries and keeps the storage. */
  void clear();

 protected:
#if TVM_FFI_DEBUG_WITH_ABI_CHANGE
  uint64_t state_marker = 0;
#endif
  /*! \brief Pairs (small) or blocks (dense). */
  void* data_ = nullptr;
  /*! \brief Number of entries. */
  uint64_t size_ = 0;
  /*! \brief Number of slots; bit 63 set in the small layout. */
  uint64_t slots_ = 0;
  /*! \brief Frees `data_`; null while it is part of this object's allocation. */
  void (*data_deleter_)(void*) = nullptr;

  /*! \brief The bit of `slots_` that is set in the small layout. */
  static constexpr uint64_t kSmallTagMask = static_cast<uint64_t>(1) << 63;

  MapBaseObj() = default;
  // Not virtual: objects are destroyed as the class they were made as.
  ~MapBaseObj() = default;

  /*! \brief Whether the small layout is in use. */
  bool IsSmallMap() const { return (slots_ & kSmallTagMask) != 0; }

  // ---- used by the handles; `M` is MapObj or DictObj ----

  /*! \brief New empty object of type `M`. */
  template <typename M>
  static ObjectPtr<Object> Empty();

  /*! \brief New object of type `M` with the pairs of a range; the last of equal keys wins. */
  template <typename M, typename IterType>
  static ObjectPtr<Object> CreateFromRange(IterType first, IterType last);

  /*! \brief New object of the same type, layout and order. */
  template <typename D = void>
  static ObjectPtr<Object> CopyOf(const MapBaseObj* src);

  /*!
   * \brief Sets one entry.
   * \return Null when done in place. Otherwise the object that replaces `map`, whose content it
   * has taken; what to do with the old object is up to the caller.
   */
  template <typename D = void>
  static ObjectPtr<Object> SetEntry(KVType&& kv, MapBaseObj* map);

  /*!
   * \brief Takes over the storage of `other`, an object that nobody else holds, and so keeps this
   * object's address. This object's entries are destroyed.
   */
  void AdoptStorageOf(ObjectPtr<Object>&& other);

  /*! \brief Tells the iterators of a debug build that the map changed. */
  void BumpStateMarker() {
#if TVM_FFI_DEBUG_WITH_ABI_CHANGE
    ++state_marker;
#endif
  }

  /*! \brief Throws the KeyError of an absent key. */
  [[noreturn]] TVM_FFI_NO_INLINE TVM_FFI_COLD_CODE static void ThrowKeyError() {
    TVM_FFI_THROW(KeyError) << "key is not in Map";
    TVM_FFI_UNREACHABLE();
  }

  friend class SmallMapBaseObj;
  friend class DenseMapBaseObj;
  friend class detail::MapBuilder;
  friend class detail::DocumentNodes;
};

/*! \brief Position in a map. Dereferencing gives the stored pair itself. */
class MapBaseObj::iterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using difference_type = int64_t;
  using value_type = KVType;
  using pointer = KVType*;
  using reference = KVType&;

#if TVM_FFI_DEBUG_WITH_ABI_CHANGE
  uint64_t state_marker = 0;
#endif

  iterator() : index(0), self(nullptr) {}

  bool operator==(const iterator& other) const {
    TVM_FFI_MAP_FAIL_IF_CHANGED()
    return index == other.index && self == other.self;
  }
  bool operator!=(const iterator& other) const { return !(*this == other); }

  pointer operator->() const;
  reference operator*() const { return *(this->operator->()); }
  iterator& operator++();
  iterator& operator--();
  iterator operator++(int) {
    iterator before = *this;
    ++(*this);
    return before;
  }
  iterator operator--(int) {
    iterator before = *this;
    --(*this);
    return before;
  }

 protected:
  /*! \brief Position in the storage of the layout. */
  uint64_t index;
  /*! \brief The map. */
  const MapBaseObj* self;

  /*! \brief Position `index` of a map. */
  iterator(uint64_t index, const MapBaseObj* self) : index(index), self(self) {
#if TVM_FFI_DEBUG_WITH_ABI_CHANGE
    state_marker = self->state_marker;
#endif
  }

  friend class MapBaseObj;
  friend class SmallMapBaseObj;
  friend class DenseMapBaseObj;
};

/// \cond Doxygen_Suppress
// Maps are made through MapObj or DictObj, which set the run-time type.
template <>
inline ObjectPtr<MapBaseObj> make_object() = delete;
/// \endcond

/*! \brief Layout for up to four entries: an array of pairs, scanned linearly. */
class SmallMapBaseObj : public MapBaseObj {
 public:
  using MapBaseObj::iterator;
  /*! \brief A pair. */
  using MapBaseObj::KVType;

  /*! \brief Pairs that the first storage holds. */
  static constexpr uint64_t kInitSize = 2;
  /*! \brief Pairs beyond which the dense layout takes over. */
  static constexpr uint64_t kMaxSize = 4;

  SmallMapBaseObj() = default;
  ~SmallMapBaseObj();

  /*! \brief Number of pairs that fit. */
  uint64_t NumSlots() const { return slots_ & ~kSmallTagMask; }

  /*! \brief 1 when `key` is present, else 0. */
  size_t count(const key_type& key) const { return FindIndex(key) < size_ ? 1 : 0; }
  /*! \brief Value of `key`. \throw KeyError When absent. */
  const mapped_type& at(const key_type& key) const {
    uint64_t index = FindIndex(key);
    if (index >= size_) ThrowKeyError();
    return PairAt(index)->second;
  }
  mapped_type& at(const key_type& key) {
    return const_cast<mapped_type&>(static_cast<const SmallMapBaseObj*>(this)->at(key));
  }
  iterator begin() const { return iterator(0, this); }
  iterator end() const { return iterator(size_, this); }
  /*! \brief Position of `key`, or `end()`. */
  iterator find(const key_type& key) const { return iterator(FindIndex(key), this); }
  /*! \brief Removes the entry at a position; `end()` is ignored. */
  void erase(const iterator& position) { EraseIndex(position.index); }

  /*! \brief Removes all entries and keeps the storage. */
  void clear() {
    KVType* pairs = PairAt(0);
    for (uint64_t i = 0; i < size_; ++i) {
      detail::DestroyElement(&pairs[i].second);
      pairs[i].first.Any::~Any();
    }
    size_ = 0;
  }

 private:
  KVType* PairAt(uint64_t index) const { return static_cast<KVType*>(data_) + index; }

  uint64_t FindIndex(const key_type& key) const {
    KVType* pairs = PairAt(0);
    for (uint64_t i = 0; i < size_; ++i) {
      if (AnyEqual()(pairs[i].first, key)) return i;
    }
    return size_;
  }

  void EraseIndex(uint64_t index) {
    if (index >= size_) return;
    // Leaves the table before it dies: its destructor may run foreign code that looks at this map.
    KVType removed = std::move(*PairAt(index));
    PairAt(index)->KVType::~KVType();
    // Cells are trivially relocatable.
    std::memmove(static_cast<void*>(PairAt(index)), static_cast<void*>(PairAt(index + 1)),
                 (size_ - index - 1) * sizeof(KVType));
    size_ -= 1;
  }

  /*! \brief Appends an entry whose key is known to be absent, into existing room. */
  void Append(KVType&& kv) {
    new (PairAt(size_)) KVType(std::move(kv));
    ++size_;
  }

  /*! \brief Assigns to a present key or appends. \return False when there is no room. */
  bool TrySet(KVType* kv) {
    uint64_t index = FindIndex(kv->first);
    if (index < size_) {
      PairAt(index)->second = std::move(kv->second);
      return true;
    }
    if (size_ >= NumSlots()) return false;
    Append(std::move(*kv));
    return true;
  }

  /*! \brief New empty object with inline room for at least two pairs. */
  template <typename D = void>
  static ObjectPtr<SmallMapBaseObj> Make(uint64_t n, int32_t type_index) {
    n = std::max(n, kInitSize);
    ObjectPtr<SmallMapBaseObj> result =
        make_inplace_array_object<SmallMapBaseObj, KVType>(static_cast<size_t>(n));
    result->header_.type_index = type_index;
    result->data_ = reinterpret_cast<char*>(result.get()) + sizeof(SmallMapBaseObj);
    result->slots_ = n | kSmallTagMask;
    return result;
  }

  template <typename D = void>
  static ObjectPtr<Object> CopyOf(const SmallMapBaseObj* src) {
    ObjectPtr<SmallMapBaseObj> result = Make(src->size_, src->header_.type_index);
    for (uint64_t i = 0; i < src->size_; ++i) {
      result->Append(KVType(*src->PairAt(i)));
    }
    return result;
  }

  /*! \brief See MapBaseObj::SetEntry. */
  template <typename D = void>
  static ObjectPtr<Object> SetEntry(KVType&& kv, SmallMapBaseObj* map);

  /*! \brief Releases the object whose inline pairs a `data_` pointer names. */
  static void ReleasePairOwner(void* pairs) {
    detail::ObjectUnsafe::DecRefObjectHandle(static_cast<char*>(pairs) - sizeof(SmallMapBaseObj));
  }

  friend class MapBaseObj;
  friend class DenseMapBaseObj;
  friend class detail::MapBuilder;
  friend class detail::DocumentNodes;
};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_CONTAINER_MAP_STORAGE_H_
