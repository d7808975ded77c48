// SPDX-License-Identifier: Apache-2.0
//
// The end of nodes. A tree of them is released by one call of a deleter, which visits its children
// in the order in which the destructors of their classes do.
#include "document_nodes.h"

namespace tvm {
namespace ffi {
namespace detail {

namespace {

// Whether the caller holds the only reference, strong or weak. Acquires what those who gave theirs
// up did.
bool IsSoleReference(const TVMFFIObject* object) {
#if defined(_MSC_VER)
  return CountLoadRelaxed(&object->combined_ref_count) == kCombinedRefCountBothOne;
#else
  return __atomic_load_n(&object->combined_ref_count, __ATOMIC_ACQUIRE) == kCombinedRefCountBothOne;
#endif
}

}  // namespace

template <typename T>
void DocumentNodes::DeleteNode(void* node, int flags) {
  NodeRelease release;
  if (flags & kTVMFFIObjectDeleterFlagBitMaskStrong) {
    Destroy(static_cast<T*>(static_cast<Object*>(node)), &release);
  }
  if (flags & kTVMFFIObjectDeleterFlagBitMaskWeak) release.Add(node);
}

template <typename T>
void DocumentNodes::DeleteLargeNode(void* node, int flags) {
  if (flags & kTVMFFIObjectDeleterFlagBitMaskStrong) {
    NodeRelease release;
    Destroy(static_cast<T*>(static_cast<Object*>(node)), &release);
  }
  if (flags & kTVMFFIObjectDeleterFlagBitMaskWeak) AlignedFree(node);
}

template void DocumentNodes::DeleteLargeNode<ArrayObj>(void*, int);
template void DocumentNodes::DeleteLargeNode<SmallMapBaseObj>(void*, int);
template void DocumentNodes::DeleteLargeNode<DenseMapBaseObj>(void*, int);
template void DocumentNodes::DeleteNode<StringObj>(void*, int);
template void DocumentNodes::DeleteNode<ArrayObj>(void*, int);
template void DocumentNodes::DeleteNode<SmallMapBaseObj>(void*, int);
template void DocumentNodes::DeleteNode<DenseMapBaseObj>(void*, int);

template <typename T>
bool DocumentNodes::TryEnd(TVMFFIObject* object, NodeRelease* release) {
  if (object->deleter != DeleteNode<T>) return false;
  Destroy(static_cast<T*>(static_cast<Object*>(static_cast<void*>(object))), release);
  release->Add(object);
  return true;
}

void DocumentNodes::ReleaseCell(const Any& cell, NodeRelease* release) {
  const int32_t type_index = cell.type_index();
  if (type_index < TypeIndex::kTVMFFIStaticObjectBegin) return;
  TVMFFIObject* object =
      static_cast<TVMFFIObject*>(static_cast<void*>(AnyUnsafe::TVMFFIAnyPtrFromAny(cell)->v_obj));
  if (IsSoleReference(object)) {
    switch (type_index) {
      case TypeIndex::kTVMFFIStr:
        if (TryEnd<StringObj>(object, release)) return;
        break;
      case TypeIndex::kTVMFFIArray:
        if (TryEnd<ArrayObj>(object, release)) return;
        break;
      case TypeIndex::kTVMFFIMap:
        if (TryEnd<DenseMapBaseObj>(object, release)) return;
        if (TryEnd<SmallMapBaseObj>(object, release)) return;
        break;
      default:
        break;
    }
  }
  ObjectUnsafe::DecRefObjectHandle(object);
}

void DocumentNodes::ReleasePair(const MapBaseObj::KVType& pair, NodeRelease* release) {
  ReleaseCell(pair.second, release);
  ReleaseCell(pair.first, release);
}

void DocumentNodes::Destroy(ArrayObj* array, NodeRelease* release) {
  const TVMFFISeqCell* sequence =
      reinterpret_cast<const TVMFFISeqCell*>(ObjectUnsafe::GetHeader(array) + 1);
  if (sequence->data_deleter != nullptr) {  // another binary has given it another buffer
    array->ArrayObj::~ArrayObj();
    return;
  }
  for (const Any& cell : *array) ReleaseCell(cell, release);
}

void DocumentNodes::Destroy(SmallMapBaseObj* map, NodeRelease* release) {
  // Other binaries may have given the object another storage, or the other layout.
  if (!map->IsSmallMap() || map->data_deleter_ != nullptr) {
    map->SmallMapBaseObj::~SmallMapBaseObj();
    return;
  }
  for (uint64_t i = 0; i < map->size_; ++i) ReleasePair(*map->PairAt(i), release);
}

void DocumentNodes::Destroy(DenseMapBaseObj* map, NodeRelease* release) {
  if (map->data_deleter_ != DeleteTable) {  // the storage was handed on or replaced
    map->DenseMapBaseObj::~DenseMapBaseObj();
    return;
  }
  uint64_t slot = map->iter_list_head_;
  for (uint64_t i = 0; i < map->size_; ++i) {
    const DenseMapBaseObj::ItemType* item = map->ItemAt(slot);
    ReleasePair(item->data, release);
    slot = item->next;
  }
  release->Add(map->data_);
}

}  // namespace detail
}  // namespace ffi
}  // namespace tvm
