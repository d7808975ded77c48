// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/container/map_base.h
 * \brief The insertion-ordered hash table behind Map and Dict.
 *
 * Up to four entries live in a plain array of pairs ("small" layout). Beyond that, a "dense" table
 * is used: slots in blocks of 16, collisions chained through one metadata byte per slot that holds
 * an index into a table of jump distances, and a doubly linked list through the slots that keeps
 * the insertion order. Bit 63 of `slots_` tells the layouts apart.
 *
 * Every binary that includes this header probes tables which other binaries filled. Layouts, hash,
 * probe order, growth and the order of entries are therefore one fixed contract; a change of any of
 * them makes existing binaries read garbage.
 *
 * MapBaseObj is invisible to the type system: test for MapObj or DictObj by type index before using
 * it.
 */
#ifndef TVM_FFI_CONTAINER_MAP_BASE_H_
#define TVM_FFI_CONTAINER_MAP_BASE_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/container_detail.h>
#include <tvm/ffi/container/map_dense.h>
#include <tvm/ffi/container/map_storage.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/optional.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace tvm {
namespace ffi {

#if !TVM_FFI_DEBUG_WITH_ABI_CHANGE
static_assert(sizeof(void*) != 8 || (sizeof(MapBaseObj) == 56 && sizeof(SmallMapBaseObj) == 56 &&
                                     sizeof(DenseMapBaseObj) == 80),
              "Map storage is walked directly by other languages");
static_assert(sizeof(void*) != 8 || sizeof(MapBaseObj::iterator) == 16);
static_assert(sizeof(DenseMapBaseObj) == sizeof(TVMFFIObject) + sizeof(detail::MapCells));
#endif
// A small object can turn into a dense one in place, within its first allocation.
static_assert(sizeof(SmallMapBaseObj) + SmallMapBaseObj::kInitSize * sizeof(MapBaseObj::KVType) >=
              sizeof(DenseMapBaseObj));

// ---- definitions that need both layouts ----

inline SmallMapBaseObj::~SmallMapBaseObj() {
  if (!IsSmallMap()) {
    static_cast<DenseMapBaseObj*>(static_cast<MapBaseObj*>(this))->ReleaseStorage();
    return;
  }
  clear();
  if (data_deleter_ != nullptr) {
    data_deleter_(data_);
    slots_ = 0;
    data_ = nullptr;
    data_deleter_ = nullptr;
  }
}

template <typename D>
ObjectPtr<Object> SmallMapBaseObj::SetEntry(KVType&& kv, SmallMapBaseObj* map) {
  map->BumpStateMarker();
  uint64_t slots = map->NumSlots();
  int32_t type_index = map->header_.type_index;
  if (slots < kMaxSize || map->size_ < slots) {
    if (map->TrySet(&kv)) return nullptr;
    ObjectPtr<SmallMapBaseObj> grown =
        Make(std::min(std::max(slots * 2, kInitSize), kMaxSize), type_index);
    for (uint64_t i = 0; i < map->size_; ++i) {
      grown->Append(std::move(*map->PairAt(i)));
    }
    map->clear();
    grown->Append(std::move(kv));
    return grown;
  }
  // Copies, not moves: hashing a key may throw, and then this map must still be whole.
  ObjectPtr<Object> dense = DenseMapBaseObj::MakeForCapacity(kMaxSize, type_index);
  for (uint64_t i = 0; i < map->size_; ++i) {
    DenseMapBaseObj::SetIn(&dense, KVType(*map->PairAt(i)));
  }
  DenseMapBaseObj::SetIn(&dense, std::move(kv));
  return dense;
}

// Runs the same member on whichever layout `this` has.
#define TVM_FFI_MAP_DISPATCH_(CV, call)                              \
  (this->IsSmallMap() ? static_cast<CV SmallMapBaseObj*>(this)->call \
                      : static_cast<CV DenseMapBaseObj*>(this)->call)

inline size_t MapBaseObj::count(const key_type& key) const {
  return TVM_FFI_MAP_DISPATCH_(const, count(key));
}
inline const MapBaseObj::mapped_type& MapBaseObj::at(const key_type& key) const {
  return TVM_FFI_MAP_DISPATCH_(const, at(key));
}
inline MapBaseObj::mapped_type& MapBaseObj::at(const key_type& key) {
  return const_cast<mapped_type&>(static_cast<const MapBaseObj*>(this)->at(key));
}
inline MapBaseObj::iterator MapBaseObj::begin() const {
  return TVM_FFI_MAP_DISPATCH_(const, begin());
}
inline MapBaseObj::iterator MapBaseObj::end() const { return TVM_FFI_MAP_DISPATCH_(const, end()); }
inline MapBaseObj::iterator MapBaseObj::find(const key_type& key) const {
  return TVM_FFI_MAP_DISPATCH_(const, find(key));
}
inline void MapBaseObj::erase(const iterator& position) {
  TVM_FFI_MAP_DISPATCH_(, erase(position));
}
inline void MapBaseObj::erase(const key_type& key) { erase(find(key)); }
inline void MapBaseObj::clear() { TVM_FFI_MAP_DISPATCH_(, clear()); }

#undef TVM_FFI_MAP_DISPATCH_

inline MapBaseObj::iterator::pointer MapBaseObj::iterator::operator->() const {
  TVM_FFI_MAP_FAIL_IF_CHANGED()
  if (self->IsSmallMap()) return static_cast<KVType*>(self->data_) + index;
  return &static_cast<const DenseMapBaseObj*>(self)->ItemAt(index)->data;
}

inline MapBaseObj::iterator& MapBaseObj::iterator::operator++() {
  TVM_FFI_MAP_FAIL_IF_CHANGED()
  if (self->IsSmallMap()) {
    index = index < self->size_ ? index + 1 : self->size_;
  } else if (index != DenseMapBaseObj::kInvalidIndex) {
    index = static_cast<const DenseMapBaseObj*>(self)->ItemAt(index)->next;
  }
  return *this;
}

inline MapBaseObj::iterator& MapBaseObj::iterator::operator--() {
  TVM_FFI_MAP_FAIL_IF_CHANGED()
  if (self->IsSmallMap()) {
    index = index != 0 ? index - 1 : self->size_;
  } else {
    const DenseMapBaseObj* dense = static_cast<const DenseMapBaseObj*>(self);
    index = index != DenseMapBaseObj::kInvalidIndex ? dense->ItemAt(index)->prev
                                                    : dense->iter_list_tail_;
  }
  return *this;
}

template <typename D>
ObjectPtr<Object> MapBaseObj::CopyOf(const MapBaseObj* src) {
  return src->IsSmallMap() ? SmallMapBaseObj::CopyOf(static_cast<const SmallMapBaseObj*>(src))
                           : DenseMapBaseObj::CopyOf(static_cast<const DenseMapBaseObj*>(src));
}

template <typename D>
ObjectPtr<Object> MapBaseObj::SetEntry(KVType&& kv, MapBaseObj* map) {
  return map->IsSmallMap()
             ? SmallMapBaseObj::SetEntry(std::move(kv), static_cast<SmallMapBaseObj*>(map))
             : DenseMapBaseObj::SetEntry(std::move(kv), static_cast<DenseMapBaseObj*>(map));
}

inline void MapBaseObj::AdoptStorageOf(ObjectPtr<Object>&& other) {
  MapBaseObj* source = static_cast<MapBaseObj*>(other.get());
  BumpStateMarker();
  if (!IsSmallMap()) {
    TVM_FFI_ICHECK(!source->IsSmallMap());
    DenseMapBaseObj* self = static_cast<DenseMapBaseObj*>(this);
    self->ReleaseStorage();
    self->TakeStorage(static_cast<DenseMapBaseObj*>(source));
    return;
  }
  static_cast<SmallMapBaseObj*>(this)->clear();
  if (data_deleter_ != nullptr) {
    data_deleter_(data_);
    data_deleter_ = nullptr;
  }
  if (!source->IsSmallMap()) {
    // The allocation behind this small object is large enough for the fields of a dense one.
    static_cast<DenseMapBaseObj*>(this)->TakeStorage(static_cast<DenseMapBaseObj*>(source));
    return;
  }
  data_ = source->data_;
  size_ = source->size_;
  slots_ = source->slots_;
  data_deleter_ = source->data_deleter_;
  source->data_ = nullptr;
  source->size_ = 0;
  source->slots_ = 0;
  source->data_deleter_ = nullptr;
  if (data_deleter_ == nullptr) {
    // The pairs are part of the source's allocation, so its reference moves into the deleter.
    data_deleter_ = SmallMapBaseObj::ReleasePairOwner;
    detail::ObjectUnsafe::MoveObjectPtrToTVMFFIObjectPtr(std::move(other));
  }
}

template <typename M>
inline ObjectPtr<Object> MapBaseObj::Empty() {
  return SmallMapBaseObj::Make(SmallMapBaseObj::kInitSize, M::RuntimeTypeIndex());
}

template <typename M, typename IterType>
inline ObjectPtr<Object> MapBaseObj::CreateFromRange(IterType first, IterType last) {
  int64_t count = static_cast<int64_t>(std::distance(first, last));
  if (count < 0) return Empty<M>();
  uint64_t n = static_cast<uint64_t>(count);
  ObjectPtr<Object> result;
  if (n < SmallMapBaseObj::kMaxSize) {
    result = SmallMapBaseObj::Make(n, M::RuntimeTypeIndex());
  } else {
    result = DenseMapBaseObj::MakeForCapacity(n, M::RuntimeTypeIndex());
  }
  for (; first != last; ++first) {
    ObjectPtr<Object> grown = SetEntry(KVType(*first), static_cast<MapBaseObj*>(result.get()));
    if (grown != nullptr) result = std::move(grown);
  }
  return result;
}

/*!
 * \brief Traits shared by `Map<K, V>` and `Dict<K, V>`.
 *
 * `Derived` supplies `kPrimaryTypeIndex` (its own objects), `kOtherTypeIndex` (the map type it
 * converts from), `kTypeName` and `kStaticTypeKey`.
 */
template <typename Derived, typename MapRef, typename K, typename V>
struct MapTypeTraitsBase : public ObjectRefTypeTraitsBase<MapRef> {
  using ObjectRefTypeTraitsBase<MapRef>::CopyFromAnyViewAfterCheck;

  static bool CheckAnyStrict(const TVMFFIAny* src) {
    return src->type_index == Derived::kPrimaryTypeIndex && AllEntriesMatch(AsMap(src));
  }

  /*! \brief The same object when nothing needs conversion, otherwise a new one; or no value. */
  static std::optional<MapRef> TryCastFromAnyView(const TVMFFIAny* src) {
    if (!IsMap(src)) return std::nullopt;
    const MapBaseObj* map = AsMap(src);
    if (src->type_index == Derived::kPrimaryTypeIndex && AllEntriesMatch(map)) {
      return CopyFromAnyViewAfterCheck(src);
    }
    MapRef result;
    for (const MapBaseObj::KVType& kv : *map) {
      std::optional<K> key = detail::TryCastElement<K>(kv.first);
      if (!key.has_value()) return std::nullopt;
      std::optional<V> value = detail::TryCastElement<V>(kv.second);
      if (!value.has_value()) return std::nullopt;
      result.Set(*key, *value);
    }
    return result;
  }

  static std::string GetMismatchTypeInfo(const TVMFFIAny* src) {
    if (!IsMap(src)) return TypeTraitsBase::GetMismatchTypeInfo(src);
    for (const MapBaseObj::KVType& kv : *AsMap(src)) {
      std::string prefix(Derived::kTypeName);
      if (!Converts<K>(kv.first)) {
        return prefix + "[some key is " + Mismatch<K>(kv.first) + ", V]";
      }
      if (!Converts<V>(kv.second)) {
        return prefix + "[K, some value is " + Mismatch<V>(kv.second) + "]";
      }
    }
    TVM_FFI_THROW(InternalError) << "Cannot reach here";
    TVM_FFI_UNREACHABLE();
  }

  static std::string TypeStr() { return detail::ContainerTypeStr<K, V>(Derived::kTypeName); }
  static std::string TypeSchema() {
    return detail::ContainerTypeSchema<K, V>(Derived::kStaticTypeKey);
  }

 private:
  static const MapBaseObj* AsMap(const TVMFFIAny* src) {
    return detail::ObjectUnsafe::RawObjectPtrFromUnowned<MapBaseObj>(src->v_obj);
  }

  static bool IsMap(const TVMFFIAny* src) {
    return src->type_index == Derived::kPrimaryTypeIndex ||
           src->type_index == Derived::kOtherTypeIndex;
  }

  static bool AllEntriesMatch([[maybe_unused]] const MapBaseObj* map) {
    if constexpr (!std::is_same_v<K, Any> || !std::is_same_v<V, Any>) {
      for (const MapBaseObj::KVType& kv : *map) {
        if (!detail::AnyUnsafe::CheckAnyStrict<K>(kv.first)) return false;
        if (!detail::AnyUnsafe::CheckAnyStrict<V>(kv.second)) return false;
      }
    }
    return true;
  }

  template <typename T>
  static bool Converts(const Any& value) {
    return detail::AnyUnsafe::CheckAnyStrict<T>(value) ||
           detail::TryCastElement<T>(value).has_value();
  }

  template <typename T>
  static std::string Mismatch([[maybe_unused]] const Any& value) {
    if constexpr (std::is_same_v<T, Any>) {
      return "";  // every value is an Any; never asked for
    } else {
      return detail::AnyUnsafe::GetMismatchTypeInfo<T>(value);
    }
  }
};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_CONTAINER_MAP_BASE_H_
