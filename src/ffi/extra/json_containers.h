// SPDX-License-Identifier: Apache-2.0
//
// How the JSON parser makes containers out of the values that it has read.
//
// Values wait on a CellStack; a container takes over the cells at the top of the stack bit by bit.
// Objects of one document tend to have the same members. MapBuilder remembers where the hash table
// put them and fills the next table of the same members without hashing anything.
#ifndef TVM_FFI_SRC_FFI_EXTRA_JSON_CONTAINERS_H_
#define TVM_FFI_SRC_FFI_EXTRA_JSON_CONTAINERS_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/string.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "document_nodes.h"
#include "json_text.h"

namespace tvm {
namespace ffi {
namespace json {

// Owned values, as raw cells.
class CellStack {
 public:
  CellStack() = default;
  CellStack(const CellStack&) = delete;
  CellStack& operator=(const CellStack&) = delete;
  ~CellStack() {
    // Last first, as containers are released.
    while (size_ != 0) Pop();
    std::free(cells_);
  }

  size_t size() const { return size_; }
  TVMFFIAny* At(size_t index) { return cells_ + index; }

  // Room for one more cell, which the caller fills; then it counts.
  TVM_FFI_INLINE TVMFFIAny* Push() {
    if (TVM_FFI_PREDICT_FALSE(size_ == capacity_)) Grow();
    return cells_ + size_++;
  }
  void Push(Any&& value) {
    TVMFFIAny* cell = Push();
    *cell = detail::AnyUnsafe::MoveAnyToTVMFFIAny(std::move(value));
  }
  Any Pop() { return detail::AnyUnsafe::MoveTVMFFIAnyRawToAny(cells_[--size_]); }
  // Forgets the cells from `size` on, which now belong to somebody else.
  void Forget(size_t size) { size_ = size; }

 private:
  TVM_FFI_NO_INLINE void Grow() {
    size_t capacity = std::max<size_t>(2 * capacity_, 64);
    void* cells = std::realloc(cells_, capacity * sizeof(TVMFFIAny));
    if (cells == nullptr) throw std::bad_alloc();
    cells_ = static_cast<TVMFFIAny*>(cells);
    capacity_ = capacity;
  }

  TVMFFIAny* cells_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

// Keys that were seen, so that equal ones share one String.
class KeyCache {
 public:
  explicit KeyCache(detail::DocumentNodes nodes) : nodes_(nodes) {}

  // Stores a key with a reference of its own.
  void Get(const char* data, size_t size, TVMFFIAny* out) {
    if (size < 8 || size > 64) {  // short ones need no memory anyway
      return nodes_.MakeString(data, size, out);
    }
    Any& slot = slots_[SlotOf(data, size)];
    const TVMFFIAny* cell = detail::AnyUnsafe::TVMFFIAnyPtrFromAny(slot);
    if (cell->type_index != TypeIndex::kTVMFFIStr || !HasContent(cell, data, size)) {
      TVMFFIAny key;
      nodes_.MakeString(data, size, &key);
      slot = detail::AnyUnsafe::MoveTVMFFIAnyRawToAny(key);
    }
    *out = *cell;
    // Until the parser returns nobody else knows this string, so its count needs no atomics.
    static_cast<TVMFFIObject*>(static_cast<void*>(out->v_obj))->combined_ref_count +=
        detail::kCombinedRefCountStrongOne;
  }

 private:
  static constexpr size_t kSlots = 64;

  static bool HasContent(const TVMFFIAny* cell, const char* data, size_t size) {
    const TVMFFIByteArray* content = TVMFFIBytesGetByteArrayPtr(cell->v_obj);
    if (content->size != size) return false;
    // Whole words, the last one perhaps a second time: keys are too short for a call of memcmp.
    uint64_t difference = lanes::Load(data + size - 8) ^ lanes::Load(content->data + size - 8);
    for (size_t i = 0; i + 8 < size; i += 8) {
      difference |= lanes::Load(data + i) ^ lanes::Load(content->data + i);
    }
    return difference == 0;
  }

  // Mixes the size, the first and the last eight bytes.
  static size_t SlotOf(const char* data, size_t size) {
    const uint64_t first = lanes::Load(data), last = lanes::Load(data + size - 8);
    uint64_t mixed = (first ^ (last << 1) ^ size) * 0x9E3779B97F4A7C15;
    return static_cast<size_t>(mixed >> 58);
  }

  detail::DocumentNodes nodes_;
  Any slots_[kSlots];
};

}  // namespace json

namespace detail {

// Makes maps from pairs of cells: key, value, key, value...
class MapBuilder {
 public:
  // Where a key stands that comes again; it has the last value in any case.
  enum class Repeated { kKeepsPlace, kMovesLast };

  MapBuilder(Repeated repeated, DocumentNodes nodes) : repeated_(repeated), nodes_(nodes) {}

  // A map that takes over the cells of `count` pairs.
  ObjectPtr<Object> Make(TVMFFIAny* cells, size_t count) {
    if (count <= SmallMapBaseObj::kMaxSize && AllDifferent(cells, count)) {
      return nodes_.MakeSmallMap(cells, count);
    }
    if (count > kMaxLayoutSize) return MakeDense(cells, count);
    Layout* layout = LayoutFor(cells, count);
    if (layout->Fits(cells, count)) return MakeLike(*layout, cells);
    Any keys[kMaxLayoutSize];
    for (size_t i = 0; i < count; ++i) keys[i] = AsPair(cells, i)->first;
    ObjectPtr<Object> map = MakeDense(cells, count);
    DenseMapBaseObj* dense = static_cast<DenseMapBaseObj*>(static_cast<MapBaseObj*>(map.get()));
    if (dense->size_ == count && dense->slots_ <= kMaxLayoutSlots) layout->Learn(*dense, keys);
    return map;
  }

 private:
  using Pair = MapBaseObj::KVType;

  static constexpr size_t kMaxLayoutSize = 24;
  static constexpr size_t kMaxLayoutSlots = 64;
  static constexpr size_t kNumLayouts = 16;

  // The table of a map that was made: which keys it had and where they went.
  struct Layout {
    size_t count = 0;
    uint32_t fib_shift;
    uint32_t num_slots;
    Any keys[kMaxLayoutSize];
    uint8_t slots[kMaxLayoutSize];
    uint8_t metadata[kMaxLayoutSlots];

    // Whether the pairs have the same keys, bit by bit and in the same order.
    bool Fits(const TVMFFIAny* cells, size_t num_pairs) const {
      if (num_pairs != count) return false;
      for (size_t i = 0; i < count; ++i) {
        if (!AsPair(cells, i)->first.same_as(keys[i])) return false;
      }
      return true;
    }

    void Learn(const DenseMapBaseObj& map, const Any* new_keys) {
      count = map.size_;
      fib_shift = map.fib_shift_;
      num_slots = static_cast<uint32_t>(map.slots_);
      uint64_t slot = map.iter_list_head_;
      for (size_t i = 0; i < count; ++i, slot = map.ItemAt(slot)->next) {
        keys[i] = new_keys[i];
        slots[i] = static_cast<uint8_t>(slot);
      }
      for (uint64_t i = 0; i < num_slots; ++i) metadata[i] = map.MetaAt(i);
    }
  };

  static const Pair* AsPair(const TVMFFIAny* cells, size_t index) {
    return reinterpret_cast<const Pair*>(cells + 2 * index);
  }
  static Pair* AsPair(TVMFFIAny* cells, size_t index) {
    return reinterpret_cast<Pair*>(cells + 2 * index);
  }

  // Tells most pairs of names apart before their content is looked at.
  static bool AreOfDifferentLength(const TVMFFIAny& lhs, const TVMFFIAny& rhs) {
    auto length = [](const TVMFFIAny& cell) -> size_t {
      if (cell.type_index == TypeIndex::kTVMFFISmallStr) return cell.small_str_len;
      return TVMFFIBytesGetByteArrayPtr(cell.v_obj)->size;
    };
    auto is_text = [](const TVMFFIAny& cell) {
      return cell.type_index == TypeIndex::kTVMFFISmallStr ||
             cell.type_index == TypeIndex::kTVMFFIStr;
    };
    return is_text(lhs) && is_text(rhs) && length(lhs) != length(rhs);
  }

  static bool AllDifferent(const TVMFFIAny* cells, size_t count) {
    for (size_t i = 1; i < count; ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (!AreOfDifferentLength(cells[2 * i], cells[2 * j]) &&
            AnyEqual()(AsPair(cells, i)->first, AsPair(cells, j)->first)) {
          return false;
        }
      }
    }
    return true;
  }

  // An empty table in which `count` entries find room.
  ObjectPtr<DenseMapBaseObj> MakeTable(size_t count) {
    uint64_t slots = DenseMapBaseObj::kBlockCap;
    uint32_t fib_shift = 60;
    // One block is filled up to its last slot; larger tables keep a quarter free.
    while (slots == DenseMapBaseObj::kBlockCap ? count >= slots : 4 * count > 3 * slots) {
      slots *= 2;
      --fib_shift;
    }
    ObjectPtr<DenseMapBaseObj> map = nodes_.MakeDenseMap(fib_shift, slots);
    map->MarkAllEmpty();
    return map;
  }

  ObjectPtr<Object> MakeDense(TVMFFIAny* cells, size_t count) {
    ObjectPtr<Object> map = MakeTable(count);
    for (size_t i = 0; i < count; ++i) {
      Pair* pair = AsPair(cells, i);
      DenseMapBaseObj* dense = static_cast<DenseMapBaseObj*>(static_cast<MapBaseObj*>(map.get()));
      uint64_t slot = DenseMapBaseObj::kInvalidIndex;
      if (repeated_ == Repeated::kKeepsPlace) slot = dense->FindSlot(pair->first);
      if (slot != DenseMapBaseObj::kInvalidIndex) {
        dense->ItemAt(slot)->data.second = std::move(pair->second);
      } else {
        DenseMapBaseObj::SetIn(&map, std::move(*pair));
      }
      pair->first.reset();  // the map had the key already, or has taken it
    }
    return map;
  }

  ObjectPtr<Object> MakeLike(const Layout& layout, const TVMFFIAny* cells) {
    ObjectPtr<DenseMapBaseObj> map = nodes_.MakeDenseMap(layout.fib_shift, layout.num_slots);
    uint64_t previous = DenseMapBaseObj::kInvalidIndex;
    for (size_t i = 0; i < layout.count; ++i) {
      uint64_t slot = layout.slots[i];
      DenseMapBaseObj::ItemType* item = map->ItemAt(slot);
      std::memcpy(static_cast<void*>(&item->data), AsPair(cells, i), sizeof(Pair));
      item->prev = previous;
      item->next = i + 1 == layout.count ? DenseMapBaseObj::kInvalidIndex : layout.slots[i + 1];
      previous = slot;
    }
    for (uint64_t slot = 0; slot < layout.num_slots; slot += DenseMapBaseObj::kBlockCap) {
      std::memcpy(map->BlockAt(slot), layout.metadata + slot, DenseMapBaseObj::kBlockCap);
    }
    map->iter_list_head_ = layout.slots[0];
    map->iter_list_tail_ = previous;
    map->size_ = layout.count;
    return map;
  }

  Layout* LayoutFor(const TVMFFIAny* cells, size_t count) {
    if (layouts_ == nullptr) layouts_ = std::make_unique<Layout[]>(kNumLayouts);
    uint64_t mixed =
        (cells[0].v_uint64 ^ (cells[2 * count - 2].v_uint64 << 1) ^ count) * 0x9E3779B97F4A7C15;
    return &layouts_[mixed >> 60];
  }

  const Repeated repeated_;
  DocumentNodes nodes_;
  std::unique_ptr<Layout[]> layouts_;
};

}  // namespace detail
}  // namespace ffi
}  // namespace tvm

#endif  // TVM_FFI_SRC_FFI_EXTRA_JSON_CONTAINERS_H_
