// SPDX-License-Identifier: Apache-2.0
/*!
 * \file structural_hash.cc
 * \brief The computation behind StructuralHash.
 *
 * Every combination and its order is part of the value contract: hashes are stored and compared
 * across releases.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/base_detail.h>
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/cast.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/structural_hash.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "structural_common.h"

namespace tvm {
namespace ffi {
namespace {

using detail::StableHashBytes;
using detail::StableHashCombine;

/*! \brief One hash computation. */
class HashTraversal {
 public:
  HashTraversal(bool map_free_vars, bool skip_tensor_content)
      : def_region_(map_free_vars ? kTVMFFIDefRegionKindPattern : kTVMFFIDefRegionKindNone),
        skip_tensor_content_(skip_tensor_content) {}

  uint64_t Hash(const Any& value) {
    const TVMFFIAny* cell = detail::AnyUnsafe::TVMFFIAnyPtrFromAny(value);
    if (cell->type_index == kTVMFFIFloat && std::isnan(cell->v_float64)) {
      constexpr uint64_t kCanonicalNaN = 0x7ff8000000000000;
      return StableHashCombine(kTVMFFIFloat, kCanonicalNaN);
    }
    if (std::optional<uint64_t> hash = HashLeaf(cell)) return *hash;
    switch (cell->type_index) {
      case kTVMFFIShape:
        return HashShape(ObjectOf<ShapeObj>(value));
      case kTVMFFITensor:
        return HashTensor(ObjectOf<TensorObj>(value));
      case kTVMFFIArray:
      case kTVMFFIList:
        structural::CheckNativeStack();
        return HashSequence(ObjectOf<SeqBaseObj>(value));
      case kTVMFFIMap:
      case kTVMFFIDict:
        structural::CheckNativeStack();
        return HashMap(ObjectOf<MapBaseObj>(value));
      default:
        structural::CheckNativeStack();
        return HashObject(ObjectOf<Object>(value));
    }
  }

 private:
  using Link = structural::CallbackLink<HashTraversal>;
  using HookCallback = TypedFunction<int64_t(AnyView, int64_t, int)>;

  /*! \brief A map entry that waits for its turn. */
  struct Entry {
    uint64_t key_hash;
    const Any* value;
  };

  template <typename T>
  static const T* ObjectOf(const Any& value) {
    return static_cast<const T*>(object_graph::AsObject(value));
  }

  static uint64_t TypeKeyHash(const Object* obj) {
    return TVMFFIGetTypeInfo(obj->type_index())->type_key_hash;
  }

  /*! \brief Hash of a value without parts; nullopt for containers, shapes, tensors and objects. */
  static std::optional<uint64_t> HashLeaf(const TVMFFIAny* cell) {
    switch (cell->type_index) {
      case kTVMFFISmallStr:
        return StableHashCombine(kTVMFFIStr, detail::StableHashSmallStrBytes(cell));
      case kTVMFFIStr:
      case kTVMFFIBytes: {
        const TVMFFIByteArray* bytes = TVMFFIBytesGetByteArrayPtr(cell->v_obj);
        return StableHashCombine(cell->type_index, StableHashBytes(bytes->data, bytes->size));
      }
      case kTVMFFIBigInt: {
        BigInt::ArrayView words = detail::BigIntUnsafe::GetArrayView(cell);
        return StableHashCombine(kTVMFFIBigInt,
                                 StableHashBytes(&words[0], words.size() * sizeof(int64_t)));
      }
      default:
        if (cell->type_index >= kTVMFFIStaticObjectBegin) return std::nullopt;
        return StableHashCombine(cell->type_index, cell->v_uint64);
    }
  }

  static uint64_t HashShape(const ShapeObj* shape) {
    uint64_t hash = StableHashCombine(TypeKeyHash(shape), shape->size);
    for (size_t i = 0; i < shape->size; ++i) hash = StableHashCombine(hash, shape->data[i]);
    return hash;
  }

  uint64_t HashTensor(const TensorObj* obj) const {
    Tensor tensor = GetRef<Tensor>(obj);
    uint64_t hash = StableHashCombine(TypeKeyHash(obj), obj->ndim);
    for (int32_t i = 0; i < obj->ndim; ++i) hash = StableHashCombine(hash, obj->shape[i]);
    const DLDataType& dtype = obj->dtype;
    hash = StableHashCombine(
        hash, uint64_t{dtype.code} + (uint64_t{dtype.bits} << 8) + (uint64_t{dtype.lanes} << 16));
    if (skip_tensor_content_) return hash;
    TVM_FFI_ICHECK_EQ(tensor.device().device_type, kDLCPU) << "can only hash CPU tensor";
    TVM_FFI_ICHECK(tensor.IsContiguous()) << "Can only hash contiguous tensor";
    return StableHashCombine(hash, StableHashBytes(obj->data, structural::TensorBytes(*obj)));
  }

  uint64_t HashSequence(const SeqBaseObj* seq) {
    uint64_t hash = StableHashCombine(TypeKeyHash(seq), seq->size());
    // Hooks may run foreign code that changes a List, so its size is read anew each time and its
    // elements are copied. Nobody changes an Array that somebody else holds.
    const bool may_change = seq->type_index() == kTVMFFIList;
    for (int64_t i = 0; static_cast<size_t>(i) < seq->size(); ++i) {
      hash = StableHashCombine(hash, may_change ? Hash(Any(seq->at(i))) : Hash(seq->at(i)));
    }
    return hash;
  }

  /*! \brief Hash of a map key that does not depend on the order of entries, if there is one. */
  std::optional<uint64_t> HashMapKey(const Any& key) const {
    const TVMFFIAny* cell = detail::AnyUnsafe::TVMFFIAnyPtrFromAny(key);
    if (std::optional<uint64_t> hash = HashLeaf(cell)) return hash;
    auto it = memo_.find(detail::AnyUnsafe::CopyFromAnyViewAfterCheck<ObjectRef>(key));
    if (it == memo_.end()) return std::nullopt;
    return it->second;
  }

  uint64_t HashMap(const MapBaseObj* map) {
    // Hooks may change a Dict meanwhile, so its values are kept until they are hashed.
    std::vector<Any> kept;
    if (map->type_index() == kTVMFFIDict) kept.reserve(map->size());
    const size_t first = entries_.size();
    for (const MapBaseObj::KVType& entry : *map) {
      std::optional<uint64_t> key_hash = HashMapKey(entry.first);
      if (!key_hash.has_value()) continue;
      const Any* value = &entry.second;
      if (map->type_index() == kTVMFFIDict) value = &kept.emplace_back(entry.second);
      entries_.push_back({*key_hash, value});
    }
    const size_t last = entries_.size();
    std::sort(entries_.begin() + static_cast<std::ptrdiff_t>(first), entries_.end(),
              [](const Entry& lhs, const Entry& rhs) { return lhs.key_hash < rhs.key_hash; });

    uint64_t hash = StableHashCombine(TypeKeyHash(map), map->size());
    for (size_t begin = first, end = first; begin < last; begin = end) {
      const Entry entry = entries_[begin];
      while (end < last && entries_[end].key_hash == entry.key_hash) ++end;
      hash = StableHashCombine(hash, entry.key_hash);
      // Values of colliding keys have no order to combine them in.
      if (end - begin == 1) hash = StableHashCombine(hash, Hash(*entry.value));
    }
    entries_.resize(first);
    return hash;
  }

  uint64_t HashObject(const Object* obj) {
    const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(obj->type_index());
    TVMFFISEqHashKind kind = structural::RequireKind(info);
    ObjectRef ref = GetRef<ObjectRef>(obj);
    if (auto it = memo_.find(ref); it != memo_.end()) return it->second;

    uint64_t hash = 0;
    {
      detail::DefRegionScope clamp(&def_region_, detail::DefRegionScope::Clamp(def_region_, kind));
      hash = HashParts(info, obj);
    }
    if (kind == kTVMFFISEqHashKindFreeVar) {
      // The fields of an unbound variable are hashed too: definitions inside them count.
      hash = def_region_ != kTVMFFIDefRegionKindNone ? StableHashCombine(hash, num_free_vars_++)
                                                     : reinterpret_cast<uintptr_t>(obj);
    } else if (kind == kTVMFFISEqHashKindDAGNode) {
      hash = StableHashCombine(hash, num_graph_nodes_++);
    }
    memo_.emplace(std::move(ref), hash);
    return hash;
  }

  uint64_t HashParts(const TVMFFITypeInfo* info, const Object* obj) {
    static const reflection::TypeAttrColumn column(type_attr::kSHash);
    uint64_t hash = info->type_key_hash;
    if (auto hook = type_attr::kSHash.ValueFrom(column[obj->type_index()])) {
      return static_cast<uint64_t>((*hook)(obj, static_cast<int64_t>(hash), Callback()));
    }
    reflection::ForEachFieldInfo(info, [&](const TVMFFIFieldInfo* field) {
      if ((field->flags & kTVMFFIFieldFlagBitMaskSEqHashIgnore) != 0) return;
      Any value = reflection::FieldGetter(field)(obj);
      hash = StableHashCombine(hash, HashIn(detail::FieldDefRegionKind(field), value));
    });
    return hash;
  }

  uint64_t HashIn(TVMFFIDefRegionKind kind, const Any& value) {
    detail::DefRegionScope scope(&def_region_, detail::DefRegionScope::Enter(def_region_, kind));
    return Hash(value);
  }

  /*! \brief What hooks hash their parts with; made when the first hook needs it. */
  const HookCallback& Callback() {
    if (!callback_.has_value()) {
      link_.emplace(this);
      callback_ = HookCallback([target = link_->target()](AnyView value, int64_t init, int kind) {
        uint64_t hash = Link::Resolve(target)->HashIn(structural::RegionFromHook(kind), Any(value));
        return static_cast<int64_t>(StableHashCombine(static_cast<uint64_t>(init), hash));
      });
    }
    return *callback_;
  }

  TVMFFIDefRegionKind def_region_;
  const bool skip_tensor_content_;
  uint32_t num_free_vars_ = 0;
  uint32_t num_graph_nodes_ = 0;
  /*! \brief Keeps the objects alive, so that no address is used for two of them. */
  std::unordered_map<ObjectRef, uint64_t, ObjectPtrHash, ObjectPtrEqual> memo_;
  /*! \brief Entries of the maps that are being hashed, outermost first. */
  std::vector<Entry> entries_;
  std::optional<Link> link_;
  std::optional<HookCallback> callback_;
};

}  // namespace

uint64_t StructuralHash::Hash(const Any& value, bool map_free_vars, bool skip_tensor_content) {
  // The root is held, so that no hook can release what is being hashed.
  return HashTraversal(map_free_vars, skip_tensor_content).Hash(Any(value));
}

TVM_FFI_STATIC_INIT_BLOCK() {
  reflection::GlobalDef().def("ffi.StructuralHash", [](const Any& value, bool map_free_vars,
                                                       bool skip_tensor_content) {
    return static_cast<int64_t>(StructuralHash::Hash(value, map_free_vars, skip_tensor_content));
  });
}

}  // namespace ffi
}  // namespace tvm
