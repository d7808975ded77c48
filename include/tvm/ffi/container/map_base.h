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
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/optional.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
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
#define TVM_FFI_MAP_FAIL_IF_CHANGED() \
  TVM_FFI_ICHECK(state_marker == self->state_marker) << "Concurrent modification of the Map";
#else
#define TVM_FFI_MAP_FAIL_IF_CHANGED()
#endif

namespace tvm {
namespace ffi {

class SmallMapBaseObj;
class DenseMapBaseObj;

/*! \brief Header common to both layouts, and the dispatch between them. */
class MapBaseObj : public Object {
 public:
  using key_type = Any;
  using mapped_type = Any;
  using KVType = std::pair<Any, Any>;

  /*! \brief A pair as raw cells. */
  struct KVRawStorageType {
    TVMFFIAny first;
    TVMFFIAny second;
  };

  static_assert(std::is_standard_layout_v<KVType>, "Bindings read pairs as two adjacent cells");
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
  uint64_t size_ = 0;
  /*! \brief Number of slots; bit 63 set in the small layout. */
  uint64_t slots_ = 0;
  /*! \brief Frees `data_`; null while it is part of this object's allocation. */
  void (*data_deleter_)(void*) = nullptr;

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
  static ObjectPtr<Object> CopyOf(const MapBaseObj* src);

  /*!
   * \brief Sets one entry.
   * \return Null when done in place. Otherwise the object that replaces `map`, whose content it
   * has taken; what to do with the old object is up to the caller.
   */
  static ObjectPtr<Object> SetEntry(KVType&& kv, MapBaseObj* map);

  /*!
   * \brief Takes over the storage of `other`, an object that nobody else holds, and so keeps this
   * object's address. This object's entries are destroyed.
   */
  void AdoptStorageOf(ObjectPtr<Object>&& other);

  void BumpStateMarker() {
#if TVM_FFI_DEBUG_WITH_ABI_CHANGE
    ++state_marker;
#endif
  }

  [[noreturn]] TVM_FFI_NO_INLINE TVM_FFI_COLD_CODE static void ThrowKeyError() {
    TVM_FFI_THROW(KeyError) << "key is not in Map";
    TVM_FFI_UNREACHABLE();
  }

  friend class SmallMapBaseObj;
  friend class DenseMapBaseObj;
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
  uint64_t index;
  const MapBaseObj* self;

  iterator(uint64_t index, const MapBaseObj* self) : index(index), self(self) {
#if TVM_FFI_DEBUG_WITH_ABI_CHANGE
    state_marker = self->state_marker;
#endif
  }

  friend class MapBaseObj;
  friend class SmallMapBaseObj;
  friend class DenseMapBaseObj;
};

/*! \brief Maps are made through MapObj or DictObj, which set the run-time type. */
template <>
inline ObjectPtr<MapBaseObj> make_object() = delete;

/*! \brief Layout for up to four entries: an array of pairs, scanned linearly. */
class SmallMapBaseObj : public MapBaseObj {
 public:
  using MapBaseObj::iterator;
  using MapBaseObj::KVType;

  static constexpr uint64_t kInitSize = 2;
  static constexpr uint64_t kMaxSize = 4;

  SmallMapBaseObj() = default;
  ~SmallMapBaseObj();

  /*! \brief Number of pairs that fit. */
  uint64_t NumSlots() const { return slots_ & ~kSmallTagMask; }

  size_t count(const key_type& key) const { return FindIndex(key) < size_ ? 1 : 0; }
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
  iterator find(const key_type& key) const { return iterator(FindIndex(key), this); }
  void erase(const iterator& position) { EraseIndex(position.index); }

  void clear() {
    KVType* pairs = PairAt(0);
    for (uint64_t i = 0; i < size_; ++i) {
      pairs[i].KVType::~KVType();
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
  static ObjectPtr<SmallMapBaseObj> Make(uint64_t n, int32_t type_index) {
    n = std::max(n, kInitSize);
    ObjectPtr<SmallMapBaseObj> result =
        make_inplace_array_object<SmallMapBaseObj, KVType>(static_cast<size_t>(n));
    result->header_.type_index = type_index;
    result->data_ = reinterpret_cast<char*>(result.get()) + sizeof(SmallMapBaseObj);
    result->slots_ = n | kSmallTagMask;
    return result;
  }

  static ObjectPtr<Object> CopyOf(const SmallMapBaseObj* src) {
    ObjectPtr<SmallMapBaseObj> result = Make(src->size_, src->header_.type_index);
    for (uint64_t i = 0; i < src->size_; ++i) {
      result->Append(KVType(*src->PairAt(i)));
    }
    return result;
  }

  /*! \brief See MapBaseObj::SetEntry. */
  static ObjectPtr<Object> SetEntry(KVType&& kv, SmallMapBaseObj* map);

  /*! \brief Releases the object whose inline pairs a `data_` pointer names. */
  static void ReleasePairOwner(void* pairs) {
    detail::ObjectUnsafe::DecRefObjectHandle(static_cast<char*>(pairs) - sizeof(SmallMapBaseObj));
  }

  friend class MapBaseObj;
  friend class DenseMapBaseObj;
};

/*! \brief Hash table layout. See the file comment for the scheme. */
class DenseMapBaseObj : public MapBaseObj {
 public:
  using MapBaseObj::iterator;
  using MapBaseObj::KVType;

  /*! \brief Slots per block. */
  static constexpr int kBlockCap = 16;
  /*! \brief Share of slots beyond which an insertion that needs another slot grows the table. */
  static constexpr double kMaxLoadFactor = 0.99;
  /*! \brief Metadata of a free slot. */
  static constexpr uint8_t kEmptySlot = 0xFF;
  /*! \brief Metadata of a slot that must not be taken; only during an insertion. */
  static constexpr uint8_t kProtectedSlot = 0xFE;
  static constexpr int kNumJumpDists = 126;
  /*! \brief "No slot". */
  static constexpr uint64_t kInvalidIndex = std::numeric_limits<uint64_t>::max();

  DenseMapBaseObj() = default;
  ~DenseMapBaseObj() { ReleaseStorage(); }

  /*! \brief Number of slots. */
  uint64_t NumSlots() const { return slots_; }

  size_t count(const key_type& key) const { return FindSlot(key) != kInvalidIndex ? 1 : 0; }
  const mapped_type& at(const key_type& key) const {
    uint64_t slot = FindSlot(key);
    if (slot == kInvalidIndex) ThrowKeyError();
    return ItemAt(slot)->data.second;
  }
  mapped_type& at(const key_type& key) {
    return const_cast<mapped_type&>(static_cast<const DenseMapBaseObj*>(this)->at(key));
  }
  iterator begin() const { return iterator(size_ != 0 ? iter_list_head_ : kInvalidIndex, this); }
  iterator end() const { return iterator(kInvalidIndex, this); }
  iterator find(const key_type& key) const { return iterator(FindSlot(key), this); }
  void erase(const iterator& position) {
    if (position.self != nullptr && position.index < slots_) EraseSlot(position.index);
  }

  void clear() {
    for (uint64_t slot = iter_list_head_; slot != kInvalidIndex && size_ != 0;) {
      ItemType* item = ItemAt(slot);
      uint64_t next = item->next;
      item->ItemType::~ItemType();
      slot = next;
    }
    MarkAllEmpty();
  }

 private:
  /*! \brief One entry and its neighbours in insertion order. */
  struct ItemType {
    KVType data;
    uint64_t prev = kInvalidIndex;
    uint64_t next = kInvalidIndex;

    explicit ItemType(KVType&& data) : data(std::move(data)) {}
  };

  /*! \brief 16 metadata bytes, then 16 items. Raw memory: only occupied slots hold an item. */
  struct Block {
    uint8_t bytes[kBlockCap + kBlockCap * sizeof(ItemType)];
  };

  static_assert(sizeof(ItemType) == 48 && sizeof(Block) == 784 && alignof(Block) == 1);

  // Metadata of an occupied slot: bit 7 set for a chain member that is not the chain's head, the
  // rest an index into JumpDistance() that leads to the next member; 0 ends the chain.
  static constexpr uint8_t kHeadOfChain = 0x00;
  static constexpr uint8_t kMemberOfChain = 0x80;
  static constexpr uint8_t kJumpMask = 0x7F;

  /*! \brief log2 distance from 64: the home slot of a hash is its top bits. */
  uint32_t fib_shift_ = 63;
  uint64_t iter_list_head_ = kInvalidIndex;
  uint64_t iter_list_tail_ = kInvalidIndex;

  // ---- slots ----

  uint8_t* BlockAt(uint64_t slot) const {
    return static_cast<Block*>(data_)[slot / kBlockCap].bytes;
  }
  uint8_t& MetaAt(uint64_t slot) const { return BlockAt(slot)[slot % kBlockCap]; }
  ItemType* ItemAt(uint64_t slot) const {
    return reinterpret_cast<ItemType*>(BlockAt(slot) + kBlockCap) + slot % kBlockCap;
  }
  /*! \brief Whether the slot holds the first member of a chain. */
  bool IsHead(uint64_t slot) const { return (MetaAt(slot) & kMemberOfChain) == 0; }
  void SetJump(uint64_t slot, uint8_t jump) {
    uint8_t& meta = MetaAt(slot);
    meta = static_cast<uint8_t>((meta & kMemberOfChain) | jump);
  }
  /*! \brief Slot at jump `jump` from `slot`. `slots_` is a power of two. */
  uint64_t Jump(uint64_t slot, uint8_t jump) const {
    return (slot + JumpDistance(jump)) & (slots_ - 1);
  }
  /*! \brief Next member of the slot's chain, or kInvalidIndex. */
  uint64_t NextInChain(uint64_t slot) const {
    uint8_t jump = MetaAt(slot) & kJumpMask;
    return jump == 0 ? kInvalidIndex : Jump(slot, jump);
  }
  TVM_FFI_NO_INLINE uint64_t HomeSlot(const key_type& key) const {
    constexpr uint64_t kFibonacci = 11400714819323198485ull;
    return (kFibonacci * AnyHash()(key)) >> fib_shift_;
  }
  bool IsFull() const {
    return static_cast<double>(size_ + 1) > static_cast<double>(slots_) * kMaxLoadFactor;
  }
  /*! \brief First free slot along the jumps from `slot`, and the jump that leads there. */
  uint64_t FindFreeSlot(uint64_t slot, uint8_t* jump) const {
    for (uint8_t i = 1; i < kNumJumpDists; ++i) {
      uint64_t candidate = Jump(slot, i);
      if (MetaAt(candidate) == kEmptySlot) {
        *jump = i;
        return candidate;
      }
    }
    return kInvalidIndex;
  }
  /*! \brief Member of the slot's chain just before it; the slot must not be a head. */
  uint64_t PrevInChain(uint64_t slot) const {
    uint64_t prev = HomeSlot(ItemAt(slot)->data.first);
    for (;;) {
      uint64_t next = NextInChain(prev);
      if (next == slot) return prev;
      prev = next;
    }
  }

  // ---- insertion order ----

  void ListAppend(uint64_t slot) {
    ItemType* item = ItemAt(slot);
    item->prev = iter_list_tail_;
    item->next = kInvalidIndex;
    LinkNeighbours(slot);
  }
  /*! \brief Makes the neighbours named by the slot's own links point at it. */
  void LinkNeighbours(uint64_t slot) {
    ItemType* item = ItemAt(slot);
    (item->prev == kInvalidIndex ? iter_list_head_ : ItemAt(item->prev)->next) = slot;
    (item->next == kInvalidIndex ? iter_list_tail_ : ItemAt(item->next)->prev) = slot;
  }
  void ListUnlink(uint64_t slot) {
    ItemType* item = ItemAt(slot);
    (item->prev == kInvalidIndex ? iter_list_head_ : ItemAt(item->prev)->next) = item->next;
    (item->next == kInvalidIndex ? iter_list_tail_ : ItemAt(item->next)->prev) = item->prev;
  }
  /*! \brief Gives slot `to` the place of slot `from` in the order. */
  void ListReplace(uint64_t from, uint64_t to) {
    ItemAt(to)->prev = ItemAt(from)->prev;
    ItemAt(to)->next = ItemAt(from)->next;
    LinkNeighbours(to);
  }

  // ---- operations ----

  uint64_t FindSlot(const key_type& key) const {
    if (size_ == 0) return kInvalidIndex;
    uint64_t slot = HomeSlot(key);
    if (!IsHead(slot)) return kInvalidIndex;
    for (; slot != kInvalidIndex; slot = NextInChain(slot)) {
      if (AnyEqual()(key, ItemAt(slot)->data.first)) break;
    }
    return slot;
  }

  /*! \brief Constructs an entry in a free slot. */
  void Occupy(uint64_t slot, uint8_t meta, KVType&& kv) {
    MetaAt(slot) = meta;
    new (ItemAt(slot)) ItemType(std::move(kv));
    size_ += 1;
  }

  /*!
   * \brief Sets one entry and makes it the last of the order.
   * \return False when the table has to grow; `kv` is then untouched.
   */
  bool TrySet(KVType* kv) {
    if (slots_ == 0) return false;
    uint64_t slot = HomeSlot(kv->first);
    if (MetaAt(slot) == kEmptySlot) {
      // No check of the load: a table may fill up completely through entries that lie at home.
      Occupy(slot, kHeadOfChain, std::move(*kv));
    } else if (!IsHead(slot)) {
      if (IsFull() || !EvictChainTail(slot)) return false;
      Occupy(slot, kHeadOfChain, std::move(*kv));
    } else {
      uint64_t last = slot;
      for (; slot != kInvalidIndex; slot = NextInChain(slot)) {
        ItemType* item = ItemAt(slot);
        if (AnyEqual()(kv->first, item->data.first)) {
          ListUnlink(slot);
          ListAppend(slot);
          item->data.second = std::move(kv->second);
          return true;
        }
        last = slot;
      }
      if (IsFull()) return false;
      uint8_t jump;
      slot = FindFreeSlot(last, &jump);
      if (slot == kInvalidIndex) return false;
      Occupy(slot, kMemberOfChain, std::move(*kv));
      SetJump(last, jump);
    }
    ListAppend(slot);
    return true;
  }

  /*!
   * \brief Moves the part of a foreign chain that starts at `target` to other slots, so that
   * `target` can become the home of a new chain.
   * \return False when no free slot was reachable. The table then has to be rebuilt from its
   * insertion order, which stays intact.
   */
  bool EvictChainTail(uint64_t target) {
    uint64_t prev = PrevInChain(target);
    uint64_t from = target;
    do {
      uint8_t jump;
      uint64_t to = FindFreeSlot(prev, &jump);
      if (to == kInvalidIndex) return false;
      uint64_t next = NextInChain(from);
      MetaAt(to) = kMemberOfChain;
      new (ItemAt(to)) ItemType(std::move(ItemAt(from)->data));
      ListReplace(from, to);
      ItemAt(from)->ItemType::~ItemType();
      // The rest of the chain must not move into the slot that is being cleared for the newcomer.
      MetaAt(from) = from == target ? kProtectedSlot : kEmptySlot;
      SetJump(prev, jump);
      prev = to;
      from = next;
    } while (from != kInvalidIndex);
    return true;
  }

  void EraseSlot(uint64_t slot) {
    uint64_t last = slot;
    uint64_t before_last = kInvalidIndex;
    for (uint64_t next = NextInChain(slot); next != kInvalidIndex; next = NextInChain(next)) {
      before_last = last;
      last = next;
    }
    if (last == slot && !IsHead(slot)) {
      before_last = PrevInChain(slot);
    }
    // From here on nothing throws. The entry leaves the table before it dies: its destructor may
    // run foreign code that looks at this map.
    KVType removed = std::move(ItemAt(slot)->data);
    ListUnlink(slot);
    size_ -= 1;
    if (last != slot) {
      ItemAt(slot)->data = std::move(ItemAt(last)->data);
      ListReplace(last, slot);
    }
    ItemAt(last)->ItemType::~ItemType();
    MetaAt(last) = kEmptySlot;
    if (before_last != kInvalidIndex) SetJump(before_last, 0);
  }

  // ---- storage ----

  static void BlockDeleter(void* data) { delete[] static_cast<Block*>(data); }

  static uint64_t NumBlocks(uint64_t slots) { return (slots + kBlockCap - 1) / kBlockCap; }

  void MarkAllEmpty() {
    uint64_t blocks = NumBlocks(slots_);
    for (uint64_t i = 0; i < blocks; ++i) {
      std::memset(static_cast<Block*>(data_)[i].bytes, kEmptySlot, kBlockCap);
    }
    size_ = 0;
    iter_list_head_ = iter_list_tail_ = kInvalidIndex;
  }

  /*! \brief New empty table of `slots` = 2^(64 - fib_shift) slots. */
  static ObjectPtr<DenseMapBaseObj> Make(uint32_t fib_shift, uint64_t slots, int32_t type_index) {
    ObjectPtr<DenseMapBaseObj> result = make_object<DenseMapBaseObj>();
    result->header_.type_index = type_index;
    result->data_ = new Block[NumBlocks(slots)];
    result->data_deleter_ = BlockDeleter;
    result->slots_ = slots;
    result->fib_shift_ = fib_shift;
    result->MarkAllEmpty();
    return result;
  }

  /*! \brief New empty table for `capacity` entries: the least power of two >= 2 * capacity. */
  static ObjectPtr<DenseMapBaseObj> MakeForCapacity(uint64_t capacity, int32_t type_index) {
    uint32_t fib_shift = 64;
    uint64_t slots = 1;
    while (slots < 2 * capacity) {
      slots <<= 1;
      --fib_shift;
    }
    return Make(fib_shift, slots, type_index);
  }

  static ObjectPtr<Object> CopyOf(const DenseMapBaseObj* src) {
    ObjectPtr<DenseMapBaseObj> result = Make(src->fib_shift_, src->slots_, src->header_.type_index);
    uint64_t slot = src->size_ != 0 ? src->iter_list_head_ : kInvalidIndex;
    for (; slot != kInvalidIndex; slot = src->ItemAt(slot)->next) {
      const ItemType* item = src->ItemAt(slot);
      TVM_FFI_ICHECK(src->MetaAt(slot) != kProtectedSlot);
      result->Occupy(slot, src->MetaAt(slot), KVType(item->data));
      result->ListAppend(slot);
    }
    return result;
  }

  /*! \brief Sets one entry in `*table`, which is replaced when it has to grow. */
  static void SetIn(ObjectPtr<Object>* table, KVType&& kv) {
    ObjectPtr<Object> grown = SetEntry(std::move(kv), static_cast<DenseMapBaseObj*>(table->get()));
    if (grown != nullptr) *table = std::move(grown);
  }

  /*! \brief See MapBaseObj::SetEntry. */
  static ObjectPtr<Object> SetEntry(KVType&& kv, DenseMapBaseObj* map) {
    map->BumpStateMarker();
    if (map->TrySet(&kv)) return nullptr;
    uint64_t slots = std::max<uint64_t>(map->slots_ * 2, 2 * SmallMapBaseObj::kMaxSize);
    uint32_t fib_shift = map->slots_ != 0 ? map->fib_shift_ - 1 : 61;
    ObjectPtr<Object> grown = Make(fib_shift, slots, map->header_.type_index);
    uint64_t slot = map->size_ != 0 ? map->iter_list_head_ : kInvalidIndex;
    uint64_t moved = 0;
    try {
      for (; slot != kInvalidIndex; slot = map->ItemAt(slot)->next, ++moved) {
        SetIn(&grown, std::move(map->ItemAt(slot)->data));
      }
      SetIn(&grown, std::move(kv));
    } catch (...) {
      // Only a user-defined hash or comparison throws. Both tables list their entries in the same
      // order, so what was moved can be moved back.
      map->TakeBack(static_cast<DenseMapBaseObj*>(grown.get()), moved);
      throw;
    }
    map->ReleaseStorage();
    return grown;
  }

  /*! \brief Moves the first `count` entries of `grown` back into the same places of the order. */
  TVM_FFI_NO_INLINE TVM_FFI_COLD_CODE void TakeBack(DenseMapBaseObj* grown, uint64_t count) {
    uint64_t from = grown->iter_list_head_;
    uint64_t to = iter_list_head_;
    for (; count != 0; --count) {
      ItemAt(to)->data = std::move(grown->ItemAt(from)->data);
      from = grown->ItemAt(from)->next;
      to = ItemAt(to)->next;
    }
  }

  /*! \brief Destroys the entries, frees the table and leaves an object with zero slots. */
  void ReleaseStorage() {
    if (data_ != nullptr) {
      clear();
      TVM_FFI_ICHECK(data_deleter_ != nullptr);
      data_deleter_(data_);
    }
    ForgetStorage();
    fib_shift_ = 63;
    iter_list_head_ = iter_list_tail_ = kInvalidIndex;
  }

  /*! \brief Zeroes the common fields after the storage went elsewhere. */
  void ForgetStorage() {
    data_ = nullptr;
    data_deleter_ = nullptr;
    slots_ = 0;
    size_ = 0;
  }

  void TakeStorage(DenseMapBaseObj* other) {
    data_ = other->data_;
    size_ = other->size_;
    slots_ = other->slots_;
    data_deleter_ = other->data_deleter_;
    fib_shift_ = other->fib_shift_;
    iter_list_head_ = other->iter_list_head_;
    iter_list_tail_ = other->iter_list_tail_;
    other->ForgetStorage();
  }

  /*! \brief Distances that a metadata byte can express. */
  static uint64_t JumpDistance(uint8_t jump) {
    // clang-format off
    static constexpr uint64_t kDistances[kNumJumpDists] = {
        // neighbours
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        // triangular numbers, which visit every slot of a table whose size is a power of two
        21, 28, 36, 45, 55, 66, 78, 91, 105, 120,
        136, 153, 171, 190, 210, 231, 253, 276, 300, 325,
        351, 378, 406, 435, 465, 496, 528, 561, 595, 630,
        666, 703, 741, 780, 820, 861, 903, 946, 990, 1035,
        1081, 1128, 1176, 1225, 1275, 1326, 1378, 1431, 1485, 1540,
        1596, 1653, 1711, 1770, 1830, 1891, 1953, 2016, 2080, 2145,
        2211, 2278, 2346, 2415, 2485, 2556, 2628,
        // far jumps for very large tables
        8515, 19110, 42778, 96141, 216153,
        486591, 1092981, 2458653, 5532801, 12442566,
        27993903, 62983476, 141717030, 318844378, 717352503,
        1614057336, 3631522476, 8170957530, 18384510628, 41364789378,
        93070452520, 209408356380, 471168559170, 1060128894105, 2385289465695,
        5366898840628, 12075518705635, 27169915244790, 61132312065111, 137547689707000,
        309482283181501, 696335127828753, 1566753995631385, 3525196511162271, 7931691992677701,
        17846306936293605, 40154190677507445, 90346928918121501, 203280589587557251,
        457381325854679626, 1029107982097042876, 2315492959180353330, 5209859154120846435};
    // clang-format on
    return kDistances[jump];
  }

  friend class MapBaseObj;
  friend class MapBaseObj::iterator;
  friend class SmallMapBaseObj;
};

#if !TVM_FFI_DEBUG_WITH_ABI_CHANGE
static_assert(sizeof(void*) != 8 || (sizeof(MapBaseObj) == 56 && sizeof(SmallMapBaseObj) == 56 &&
                                     sizeof(DenseMapBaseObj) == 80),
              "Map storage is walked directly by other languages");
static_assert(sizeof(void*) != 8 || sizeof(MapBaseObj::iterator) == 16);
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

inline ObjectPtr<Object> SmallMapBaseObj::SetEntry(KVType&& kv, SmallMapBaseObj* map) {
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

inline ObjectPtr<Object> MapBaseObj::CopyOf(const MapBaseObj* src) {
  return src->IsSmallMap() ? SmallMapBaseObj::CopyOf(static_cast<const SmallMapBaseObj*>(src))
                           : DenseMapBaseObj::CopyOf(static_cast<const DenseMapBaseObj*>(src));
}

inline ObjectPtr<Object> MapBaseObj::SetEntry(KVType&& kv, MapBaseObj* map) {
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
