// SPDX-License-Identifier: Apache-2.0
/*!
 * \file structural_equal.cc
 * \brief The comparison behind StructuralEqual, and the search for the first mismatch.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/cast.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/extra/structural_equal.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/registry.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "structural_common.h"

namespace tvm {
namespace ffi {
namespace {

using reflection::AccessPath;
using reflection::AccessPathPair;
using reflection::AccessStep;

/*! \brief Steps from the first mismatch back to both roots. */
struct MismatchTrace {
  std::vector<AccessStep> lhs;
  std::vector<AccessStep> rhs;

  void Add(AccessStep lhs_step, AccessStep rhs_step) {
    lhs.push_back(std::move(lhs_step));
    rhs.push_back(std::move(rhs_step));
  }
  void AddBoth(const AccessStep& step) { Add(step, step); }
};

/*! \brief One comparison of two values. */
class EqualTraversal {
 public:
  /*! \param trace Where to note the way to a mismatch; null when nobody asks. */
  EqualTraversal(bool map_free_vars, bool skip_tensor_content, MismatchTrace* trace)
      : def_region_(map_free_vars ? kTVMFFIDefRegionKindPattern : kTVMFFIDefRegionKindNone),
        skip_tensor_content_(skip_tensor_content),
        trace_(trace) {}

  bool Compare(const Any& lhs, const Any& rhs) {
    int32_t type_index = lhs.type_index();
    // Of values of different types only inline and heap strings (or bytes) can be equal.
    if (type_index != rhs.type_index()) return AnyEqual()(lhs, rhs);
    if (type_index < kTVMFFIStaticObjectBegin) return ComparePod(lhs, rhs);
    switch (type_index) {
      case kTVMFFIStr:
      case kTVMFFIBytes:
        return AnyEqual()(lhs, rhs);
      case kTVMFFIBigInt:
        return detail::int_ops::EqualFallback(BigIntWords(lhs), BigIntWords(rhs));
      case kTVMFFIShape:
        return CompareShape(ObjectOf<ShapeObj>(lhs), ObjectOf<ShapeObj>(rhs));
      case kTVMFFITensor:
        return CompareTensor(ObjectOf<TensorObj>(lhs), ObjectOf<TensorObj>(rhs));
      case kTVMFFIArray:
      case kTVMFFIList:
        structural::CheckNativeStack();
        return CompareSequence(ObjectOf<SeqBaseObj>(lhs), ObjectOf<SeqBaseObj>(rhs));
      case kTVMFFIMap:
      case kTVMFFIDict:
        structural::CheckNativeStack();
        return CompareMap(ObjectOf<MapBaseObj>(lhs), ObjectOf<MapBaseObj>(rhs));
      default:
        structural::CheckNativeStack();
        return CompareObject(ObjectOf<Object>(lhs), ObjectOf<Object>(rhs));
    }
  }

 private:
  using Link = structural::CallbackLink<EqualTraversal>;
  using HookCallback = TypedFunction<bool(AnyView, AnyView, int, AnyView)>;
  using IdentityMap = std::unordered_map<ObjectRef, ObjectRef, ObjectPtrHash, ObjectPtrEqual>;

  template <typename T>
  static const T* ObjectOf(const Any& value) {
    return static_cast<const T*>(object_graph::AsObject(value));
  }

  static BigInt::ArrayView BigIntWords(const Any& value) {
    return detail::BigIntUnsafe::GetArrayView(detail::AnyUnsafe::TVMFFIAnyPtrFromAny(value));
  }

  static bool ComparePod(const Any& lhs, const Any& rhs) {
    const TVMFFIAny* l = detail::AnyUnsafe::TVMFFIAnyPtrFromAny(lhs);
    const TVMFFIAny* r = detail::AnyUnsafe::TVMFFIAnyPtrFromAny(rhs);
    if (l->type_index == kTVMFFIFloat && std::isnan(l->v_float64)) return std::isnan(r->v_float64);
    return l->zero_padding == r->zero_padding && l->v_uint64 == r->v_uint64;
  }

  static bool CompareShape(const ShapeObj* lhs, const ShapeObj* rhs) {
    return lhs->size == rhs->size && std::equal(lhs->data, lhs->data + lhs->size, rhs->data);
  }

  bool CompareTensor(const TensorObj* lhs_obj, const TensorObj* rhs_obj) const {
    if (lhs_obj == rhs_obj) return true;
    const DLTensor& l = *lhs_obj;
    const DLTensor& r = *rhs_obj;
    if (l.ndim != r.ndim || !std::equal(l.shape, l.shape + l.ndim, r.shape)) return false;
    if (l.dtype.code != r.dtype.code || l.dtype.bits != r.dtype.bits ||
        l.dtype.lanes != r.dtype.lanes) {
      return false;
    }
    if (skip_tensor_content_) return true;
    Tensor lhs = GetRef<Tensor>(lhs_obj);
    Tensor rhs = GetRef<Tensor>(rhs_obj);
    TVM_FFI_ICHECK_EQ(lhs.device().device_type, kDLCPU) << "can only compare CPU tensor";
    TVM_FFI_ICHECK_EQ(rhs.device().device_type, kDLCPU) << "can only compare CPU tensor";
    TVM_FFI_ICHECK(lhs.IsContiguous()) << "Can only compare contiguous tensor";
    TVM_FFI_ICHECK(rhs.IsContiguous()) << "Can only compare contiguous tensor";
    size_t num_bytes = structural::TensorBytes(l);
    return num_bytes == 0 || std::memcmp(l.data, r.data, num_bytes) == 0;
  }

  bool CompareSequence(const SeqBaseObj* lhs, const SeqBaseObj* rhs) {
    if (trace_ == nullptr && lhs->size() != rhs->size()) return false;
    // Hooks may run foreign code that changes a List, so its size is read anew each time and its
    // elements are copied. Nobody changes an Array that somebody else holds.
    const bool may_change = lhs->type_index() == kTVMFFIList;
    int64_t i = 0;
    for (; static_cast<size_t>(i) < std::min(lhs->size(), rhs->size()); ++i) {
      const bool is_equal =
          may_change ? Compare(Any(lhs->at(i)), Any(rhs->at(i))) : Compare(lhs->at(i), rhs->at(i));
      if (is_equal) continue;
      if (trace_ != nullptr) trace_->AddBoth(AccessStep::ArrayItem(i));
      return false;
    }
    if (lhs->size() == rhs->size()) return true;
    if (trace_ != nullptr) {
      if (lhs->size() > rhs->size()) {
        trace_->Add(AccessStep::ArrayItem(i), AccessStep::ArrayItemMissing(i));
      } else {
        trace_->Add(AccessStep::ArrayItemMissing(i), AccessStep::ArrayItem(i));
      }
    }
    return false;
  }

  /*! \brief The key to look for on the other side: the image of a bound variable or node. */
  static Any MapKey(const Any& key, const IdentityMap& images) {
    if (key.type_index() > kTVMFFIBytes && !images.empty()) {
      auto it = images.find(detail::AnyUnsafe::CopyFromAnyViewAfterCheck<ObjectRef>(key));
      if (it != images.end()) return it->second;
    }
    return key;
  }

  /*! \brief Whether two keys are the same cell or heap strings of the same content. */
  static bool IsSameKey(const Any& lhs, const Any& rhs) {
    if (lhs.same_as(rhs)) return true;
    if (lhs.type_index() != kTVMFFIStr || rhs.type_index() != kTVMFFIStr) return false;
    const TVMFFIByteArray* l =
        TVMFFIBytesGetByteArrayPtr(detail::AnyUnsafe::TVMFFIAnyPtrFromAny(lhs)->v_obj);
    const TVMFFIByteArray* r =
        TVMFFIBytesGetByteArrayPtr(detail::AnyUnsafe::TVMFFIAnyPtrFromAny(rhs)->v_obj);
    return l->size == r->size && std::memcmp(l->data, r->data, l->size) == 0;
  }

  bool CompareMap(const MapBaseObj* lhs, const MapBaseObj* rhs) {
    if (trace_ == nullptr && lhs->size() != rhs->size()) return false;
    if (!(lhs->type_index() == kTVMFFIMap ? CompareEntries(lhs, rhs)
                                          : CompareChangingEntries(lhs, rhs))) {
      return false;
    }
    if (lhs->size() == rhs->size()) return true;
    if (trace_ != nullptr) TraceKeyMissingInLhs(lhs, rhs);
    return false;
  }

  /*! \brief Whether every entry of a Map has its like in the other one. */
  bool CompareEntries(const MapBaseObj* lhs, const MapBaseObj* rhs) {
    // Equal maps mostly list their keys in the same order; then nothing need be looked up.
    MapBaseObj::iterator candidate = rhs->begin();
    for (const MapBaseObj::KVType& entry : *lhs) {
      Any image;
      const Any* key = &entry.first;
      if (!lhs_to_rhs_.empty()) {
        image = MapKey(entry.first, lhs_to_rhs_);
        key = &image;
      }
      MapBaseObj::iterator found = candidate;
      if (candidate == rhs->end() || !IsSameKey(*key, candidate->first)) found = rhs->find(*key);
      if (candidate != rhs->end()) ++candidate;
      if (found == rhs->end()) return NoteMissing(entry.first, *key);
      if (!Compare(entry.second, found->second)) return NoteDifferent(entry.first, *key);
    }
    return true;
  }

  /*! \brief The same for Dicts, which hooks may change meanwhile: works on copies. */
  bool CompareChangingEntries(const MapBaseObj* lhs, const MapBaseObj* rhs) {
    const std::vector<MapBaseObj::KVType> entries(lhs->begin(), lhs->end());
    for (const MapBaseObj::KVType& entry : entries) {
      const Any key = MapKey(entry.first, lhs_to_rhs_);
      auto found = rhs->find(key);
      if (found == rhs->end()) return NoteMissing(entry.first, key);
      if (!Compare(entry.second, Any(found->second))) return NoteDifferent(entry.first, key);
    }
    return true;
  }

  bool NoteMissing(const Any& lhs_key, const Any& rhs_key) {
    if (trace_ != nullptr) {
      trace_->Add(AccessStep::MapItem(lhs_key), AccessStep::MapItemMissing(rhs_key));
    }
    return false;
  }

  bool NoteDifferent(const Any& lhs_key, const Any& rhs_key) {
    if (trace_ != nullptr) {
      trace_->Add(AccessStep::MapItem(lhs_key), AccessStep::MapItem(rhs_key));
    }
    return false;
  }

  void TraceKeyMissingInLhs(const MapBaseObj* lhs, const MapBaseObj* rhs) {
    for (const MapBaseObj::KVType& entry : *rhs) {
      Any key = MapKey(entry.first, rhs_to_lhs_);
      if (lhs->count(key) != 0) continue;
      trace_->Add(AccessStep::MapItemMissing(key), AccessStep::MapItem(entry.first));
      return;
    }
  }

  bool CompareObject(const Object* lhs, const Object* rhs) {
    const TVMFFITypeInfo* info = TVMFFIGetTypeInfo(lhs->type_index());
    TVMFFISEqHashKind kind = structural::RequireKind(info);
    if (kind == kTVMFFISEqHashKindUniqueInstance) return lhs == rhs;
    if (kind == kTVMFFISEqHashKindConstTreeNode && lhs == rhs) return true;
    if (kind != kTVMFFISEqHashKindDAGNode && kind != kTVMFFISEqHashKindFreeVar) {
      return CompareParts(info, lhs, rhs);
    }

    ObjectRef lhs_ref = GetRef<ObjectRef>(lhs);
    ObjectRef rhs_ref = GetRef<ObjectRef>(rhs);
    if (auto it = lhs_to_rhs_.find(lhs_ref); it != lhs_to_rhs_.end()) {
      return it->second.same_as(rhs_ref);
    }
    if (rhs_to_lhs_.count(rhs_ref) != 0) return false;
    {
      detail::DefRegionScope clamp(&def_region_, detail::DefRegionScope::Clamp(def_region_, kind));
      if (!CompareParts(info, lhs, rhs)) return false;
    }
    bool may_pair =
        kind == kTVMFFISEqHashKindDAGNode || lhs == rhs || def_region_ != kTVMFFIDefRegionKindNone;
    if (may_pair) {
      lhs_to_rhs_[lhs_ref] = rhs_ref;
      rhs_to_lhs_[rhs_ref] = lhs_ref;
    }
    return may_pair;
  }

  bool CompareParts(const TVMFFITypeInfo* info, const Object* lhs, const Object* rhs) {
    static const reflection::TypeAttrColumn column(type_attr::kSEqual);
    if (auto hook = type_attr::kSEqual.ValueFrom(column[lhs->type_index()])) {
      return (*hook)(lhs, rhs, Callback());
    }
    return !reflection::ForEachFieldInfoWithEarlyStop(info, [&](const TVMFFIFieldInfo* field) {
      if ((field->flags & kTVMFFIFieldFlagBitMaskSEqHashIgnore) != 0) return false;
      reflection::FieldGetter getter(field);
      if (CompareIn(detail::FieldDefRegionKind(field), getter(lhs), getter(rhs))) return false;
      if (trace_ != nullptr) {
        trace_->AddBoth(AccessStep::Attr(String(field->name.data, field->name.size)));
      }
      return true;
    });
  }

  bool CompareIn(TVMFFIDefRegionKind kind, const Any& lhs, const Any& rhs) {
    detail::DefRegionScope scope(&def_region_, detail::DefRegionScope::Enter(def_region_, kind));
    return Compare(lhs, rhs);
  }

  /*! \brief What hooks compare their parts with; made when the first hook needs it. */
  const HookCallback& Callback() {
    if (!callback_.has_value()) {
      link_.emplace(this);
      callback_ = HookCallback(
          [target = link_->target()](AnyView lhs, AnyView rhs, int kind, AnyView name) {
            return Link::Resolve(target)->CompareFromHook(lhs, rhs, kind, name);
          });
    }
    return *callback_;
  }

  bool CompareFromHook(AnyView lhs, AnyView rhs, int kind, AnyView name) {
    if (CompareIn(structural::RegionFromHook(kind), Any(lhs), Any(rhs))) return true;
    if (trace_ != nullptr) trace_->AddBoth(AccessStep::Attr(name.cast<String>()));
    return false;
  }

  TVMFFIDefRegionKind def_region_;
  const bool skip_tensor_content_;
  MismatchTrace* const trace_;
  IdentityMap lhs_to_rhs_;
  IdentityMap rhs_to_lhs_;
  std::optional<Link> link_;
  std::optional<HookCallback> callback_;
};

}  // namespace

bool StructuralEqual::Equal(const Any& lhs, const Any& rhs, bool map_free_vars,
                            bool skip_tensor_content) {
  // The roots are held, so that no hook can release what is being compared.
  return EqualTraversal(map_free_vars, skip_tensor_content, nullptr).Compare(Any(lhs), Any(rhs));
}

Optional<AccessPathPair> StructuralEqual::GetFirstMismatch(const Any& lhs, const Any& rhs,
                                                           bool map_free_vars,
                                                           bool skip_tensor_content) {
  MismatchTrace trace;
  if (EqualTraversal(map_free_vars, skip_tensor_content, &trace).Compare(Any(lhs), Any(rhs))) {
    return std::nullopt;
  }
  return AccessPathPair(AccessPath::FromSteps(trace.lhs.rbegin(), trace.lhs.rend()),
                        AccessPath::FromSteps(trace.rhs.rbegin(), trace.rhs.rend()));
}

TVM_FFI_STATIC_INIT_BLOCK() {
  reflection::GlobalDef()
      .def("ffi.StructuralEqual", StructuralEqual::Equal)
      .def("ffi.GetFirstStructuralMismatch", StructuralEqual::GetFirstMismatch);
}

}  // namespace ffi
}  // namespace tvm
