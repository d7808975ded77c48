// SPDX-License-Identifier: Apache-2.0
//
// Strings, arrays and maps whose memory comes from a NodeArena.
//
// Their layouts are those of all other objects of their types: only the deleters differ, which give
// the memory back to its block and release a whole tree of such nodes in one go. Whatever other
// binaries do with the objects (append, insert, erase, grow, hand the storage on) stays possible.
#ifndef TVM_FFI_SRC_FFI_EXTRA_DOCUMENT_NODES_H_
#define TVM_FFI_SRC_FFI_EXTRA_DOCUMENT_NODES_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/string.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "node_arena.h"

namespace tvm {
namespace ffi {
namespace detail {

class DocumentNodes {
 public:
  // All memory comes from malloc.
  DocumentNodes() : arena_(nullptr) {}
  // So does what the arena has no room for.
  explicit DocumentNodes(NodeArena* arena) : arena_(arena) {}

  // Stores an owned string.
  TVM_FFI_INLINE void MakeString(const char* data, size_t size, TVMFFIAny* out) {
    constexpr size_t kMaxSmallSize = 7;
    void* memory = size > kMaxSmallSize ? Allocate(sizeof(StringObj) + size + 1) : nullptr;
    if (memory == nullptr) {
      *out = AnyUnsafe::MoveAnyToTVMFFIAny(Any(String(data, size)));
      return;
    }
    StringObj* string = Adopt(new (memory) StringObj(), DeleteNode<StringObj>);
    char* content = static_cast<char*>(memory) + sizeof(StringObj);
    std::memcpy(content, data, size);
    content[size] = '\0';
    string->data = content;
    string->size = size;
    out->type_index = TypeIndex::kTVMFFIStr;
    out->zero_padding = 0;
    out->v_uint64 = 0;
    out->v_obj = ObjectUnsafe::GetHeader(string);
  }

  // An array that takes over `count` cells.
  ObjectPtr<Object> MakeArray(const TVMFFIAny* cells, size_t count) {
    ObjectPtr<ArrayObj> array = New<ArrayObj, Any>(count);
    char* header = reinterpret_cast<char*>(array.get());
    // The sequence cell follows the object header in every binary.
    TVMFFISeqCell* sequence = reinterpret_cast<TVMFFISeqCell*>(header + sizeof(TVMFFIObject));
    sequence->data = header + sizeof(ArrayObj);
    sequence->size = sequence->capacity = static_cast<int64_t>(count);
    if (count != 0) std::memcpy(sequence->data, cells, count * sizeof(TVMFFIAny));
    return array;
  }

  // A map that takes over the cells of `count` pairs, at most four, whose keys differ.
  ObjectPtr<Object> MakeSmallMap(const TVMFFIAny* cells, size_t count) {
    using Pair = MapBaseObj::KVType;
    const size_t room = std::max<size_t>(count, SmallMapBaseObj::kInitSize);
    ObjectPtr<SmallMapBaseObj> map = New<SmallMapBaseObj, Pair>(room);
    map->header_.type_index = TypeIndex::kTVMFFIMap;
    map->data_ = reinterpret_cast<char*>(map.get()) + sizeof(SmallMapBaseObj);
    map->slots_ = room | MapBaseObj::kSmallTagMask;
    if (count != 0) std::memcpy(map->data_, cells, count * sizeof(Pair));
    map->size_ = count;
    return map;
  }

  // A table of `slots` = 2^(64 - fib_shift) slots whose metadata is still to be written.
  ObjectPtr<DenseMapBaseObj> MakeDenseMap(uint32_t fib_shift, uint64_t slots) {
    const size_t num_blocks = DenseMapBaseObj::NumBlocks(slots);
    ObjectPtr<DenseMapBaseObj> map = New<DenseMapBaseObj, char>(0);
    map->header_.type_index = TypeIndex::kTVMFFIMap;
    map->data_ = Allocate(num_blocks * sizeof(DenseMapBaseObj::Block));
    if (map->data_ != nullptr) {
      map->data_deleter_ = DeleteTable;
    } else {
      map->data_ = new DenseMapBaseObj::Block[num_blocks];
      map->data_deleter_ = DenseMapBaseObj::BlockDeleter;
    }
    map->slots_ = slots;
    map->fib_shift_ = fib_shift;
    return map;
  }

 private:
  void* Allocate(size_t size) { return arena_ != nullptr ? arena_->TryAllocate(size) : nullptr; }

  template <typename T>
  static T* Adopt(T* node, FObjectDeleter deleter) {
    TVMFFIObject* header = ObjectUnsafe::GetHeader(node);
    header->combined_ref_count = kCombinedRefCountBothOne;
    header->type_index = T::RuntimeTypeIndex();
    header->__padding = 0;
    header->deleter = deleter;
    return node;
  }

  template <typename T, typename Elem>
  ObjectPtr<T> New(size_t num_elems) {
    if (arena_ == nullptr || !arena_->enabled())
      return make_inplace_array_object<T, Elem>(num_elems);
    if (num_elems <= NodeArena::kMaxNodeSize) {
      if (void* memory = arena_->TryAllocate(sizeof(T) + num_elems * sizeof(Elem))) {
        return Own(Adopt(new (memory) T(), DeleteNode<T>));
      }
    }
    // Alone in its memory, but most of what it holds is not.
    ObjectPtr<T> node = make_inplace_array_object<T, Elem>(num_elems);
    ObjectUnsafe::GetHeader(node.get())->deleter = DeleteLargeNode<T>;
    return node;
  }

  template <typename T>
  static ObjectPtr<T> Own(T* node) {
    return ObjectUnsafe::ObjectPtrFromOwned<T>(ObjectUnsafe::GetHeader(node));
  }

  // ---- the end of a node ----

  // The deleter of nodes of type T.
  template <typename T>
  static void DeleteNode(void* node, int flags);
  // The deleter of those whose memory is from make_inplace_array_object.
  template <typename T>
  static void DeleteLargeNode(void* node, int flags);
  // The `data_deleter_` of tables.
  static void DeleteTable(void* table) { NodeRelease().Add(table); }

  // Destroys the content of a node.
  static void Destroy(StringObj*, NodeRelease*) {}
  static void Destroy(ArrayObj* array, NodeRelease* release);
  static void Destroy(SmallMapBaseObj* map, NodeRelease* release);
  static void Destroy(DenseMapBaseObj* map, NodeRelease* release);

  // Drops the reference of a cell.
  static void ReleaseCell(const Any& cell, NodeRelease* release);
  static void ReleasePair(const MapBaseObj::KVType& pair, NodeRelease* release);
  // Ends a node of type T that nobody else refers to. False when the object is none.
  template <typename T>
  static bool TryEnd(TVMFFIObject* object, NodeRelease* release);

  NodeArena* arena_;
};

}  // namespace detail
}  // namespace ffi
}  // namespace tvm

#endif  // TVM_FFI_SRC_FFI_EXTRA_DOCUMENT_NODES_H_
