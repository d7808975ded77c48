// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/container/map_dense.h
 * \brief The hash table layout of maps.
 *
 * Only map_base.h includes this; see there for the whole scheme. The slot of a key is its home: the
 * top bits of a multiplied hash. Keys with one home form a chain of jumps that starts at home; a
 * member of a foreign chain that sits in a home is moved away when the home is needed. Probe order,
 * growth and the order of entries are a binary contract.
 */
#ifndef TVM_FFI_CONTAINER_MAP_DENSE_H_
#define TVM_FFI_CONTAINER_MAP_DENSE_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/container_detail.h>
#include <tvm/ffi/container/map_storage.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

namespace tvm {
namespace ffi {

/*! \brief Hash table layout. See the comment of map_base.h for the scheme. */
class DenseMapBaseObj : public MapBaseObj {
 public:
  using MapBaseObj::iterator;
  /*! \brief A pair. */
  using MapBaseObj::KVType;

  /*! \brief Slots per block. */
  static constexpr int kBlockCap = 16;
  /*! \brief Share of slots beyond which an insertion that needs another slot grows the table. */
  static constexpr double kMaxLoadFactor = 0.99;
  /*! \brief Metadata of a free slot. */
  static constexpr uint8_t kEmptySlot = 0xFF;
  /*! \brief Metadata of a slot that must not be taken; only during an insertion. */
  static constexpr uint8_t kProtectedSlot = 0xFE;
  /*! \brief Length of the table of distances between the slots of a chain. */
  static constexpr int kNumJumpDists = 126;
  /*! \brief "No slot". */
  static constexpr uint64_t kInvalidIndex = std::numeric_limits<uint64_t>::max();

  DenseMapBaseObj() = default;
  ~DenseMapBaseObj() { ReleaseStorage(); }

  /*! \brief Number of slots. */
  uint64_t NumSlots() const { return slots_; }

  /*! \brief 1 when `key` is present, else 0. */
  size_t count(const key_type& key) const { return FindSlot(key) != kInvalidIndex ? 1 : 0; }
  /*! \brief Value of `key`. \throw KeyError When absent. */
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
  /*! \brief Position of `key`, or `end()`. */
  iterator find(const key_type& key) const { return iterator(FindSlot(key), this); }
  /*! \brief Removes the entry at a position; `end()` is ignored. */
  void erase(const iterator& position) {
    if (position.self != nullptr && position.index < slots_) EraseSlot(position.index);
  }

  /*! \brief Removes all entries and keeps the storage. */
  void clear() {
    for (uint64_t slot = iter_list_head_; slot != kInvalidIndex && size_ != 0;) {
      ItemType* item = ItemAt(slot);
      uint64_t next = item->next;
      detail::DestroyElement(&item->data.second);
      item->data.first.Any::~Any();
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
  static_assert(detail::MapCells::kItemSize == sizeof(ItemType) &&
                detail::MapCells::kSlotsPerBlock == kBlockCap);

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
    // In front of it are so many items and the metadata of its block and those before. Iteration
    // waits for this sum at every step, and it is shorter than one that asks for the block first.
    static_assert(sizeof(Block) == kBlockCap + kBlockCap * sizeof(ItemType));
    return reinterpret_cast<ItemType*>(static_cast<char*>(data_) + slot * sizeof(ItemType) +
                                       (slot / kBlockCap + 1) * kBlockCap);
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
  template <typename D = void>
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
  template <typename D = void>
  static ObjectPtr<DenseMapBaseObj> MakeForCapacity(uint64_t capacity, int32_t type_index) {
    uint32_t fib_shift = 64;
    uint64_t slots = 1;
    while (slots < 2 * capacity) {
      slots <<= 1;
      --fib_shift;
    }
    return Make(fib_shift, slots, type_index);
  }

  template <typename D = void>
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
  template <typename D = void>
  static void SetIn(ObjectPtr<Object>* table, KVType&& kv) {
    ObjectPtr<Object> grown = SetEntry(std::move(kv), static_cast<DenseMapBaseObj*>(table->get()));
    if (grown != nullptr) *table = std::move(grown);
  }

  /*! \brief See MapBaseObj::SetEntry. */
  template <typename D = void>
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

  /*! \brief Distances that a metadata byte can express. Local to the binary: as a merged symbol the
   * table would keep every library that uses maps from being unloaded. */
  TVM_FFI_BINARY_LOCAL static uint64_t JumpDistance(uint8_t jump) {
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
  friend class detail::MapBuilder;
  friend class detail::DocumentNodes;
};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_CONTAINER_MAP_DENSE_H_
