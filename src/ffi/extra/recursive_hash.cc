// SPDX-License-Identifier: Apache-2.0
/*!
 * \file recursive_hash.cc
 * \brief `ffi.RecursiveHash`: hash of a value by content, consistent with `RecursiveEq`.
 *
 * The numbers are part of the interface: they are equal in all processes and releases.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/device.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/dataclass.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/registry.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "./object_graph.h"

namespace tvm {
namespace ffi {
namespace {

using detail::StableHashBytes;
using detail::StableHashCombine;
using object_graph::AsObject;

/*! \brief Equal floats have one hash: both zeros, and all NaNs. */
uint64_t FloatBits(double value) {
  if (value == 0.0) value = 0.0;
  if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

/*! \brief Hash of strings and bytes in both forms, and of everything that is not an object. */
uint64_t PlainHash(const Any& value) {
  const int32_t type_index = value.type_index();
  switch (type_index) {
    case kTVMFFIFloat:
      return StableHashCombine(type_index, FloatBits(value.cast<double>()));
    case kTVMFFIDataType: {
      const DLDataType dtype = value.cast<DLDataType>();
      uint64_t hash = StableHashCombine(type_index, dtype.code);
      return StableHashCombine(StableHashCombine(hash, dtype.bits), dtype.lanes);
    }
    case kTVMFFIDevice: {
      const DLDevice device = value.cast<DLDevice>();
      return StableHashCombine(StableHashCombine(type_index, device.device_type), device.device_id);
    }
    case kTVMFFISmallStr:
    case kTVMFFIStr:
    case kTVMFFISmallBytes:
    case kTVMFFIBytes: {
      const bool is_text = type_index == kTVMFFIStr || type_index == kTVMFFISmallStr;
      const TVMFFIByteArray content =
          detail::StrCellContent(detail::AnyUnsafe::TVMFFIAnyPtrFromAny(value));
      return StableHashCombine(is_text ? kTVMFFIStr : kTVMFFIBytes,
                               StableHashBytes(content.data, content.size));
    }
    default:
      return StableHashCombine(type_index, detail::AnyUnsafe::TVMFFIAnyPtrFromAny(value)->v_uint64);
  }
}

bool HasPlainHash(int32_t type_index) {
  return type_index < kTVMFFIStaticObjectBegin || type_index == kTVMFFIStr ||
         type_index == kTVMFFIBytes;
}

/*! \brief Flags of fields that are not hashed. */
constexpr int64_t kLeftOut = kTVMFFIFieldFlagBitMaskHashOff | kTVMFFIFieldFlagBitMaskCompareOff;

/*! \brief An object that is being hashed. */
struct Frame {
  Any value;
  std::vector<Any> parts;
  size_t next = 0;
  uint64_t hash;
  /*! \brief Hash of the key whose value is next. */
  uint64_t key_hash = 0;
  /*! \brief How the hashes of parts are combined. */
  enum class Kind : uint8_t { kSequence, kMapping, kFields } kind = Kind::kFields;
  /*! \brief Hashes of a map's entries; their order must not matter. */
  std::vector<uint64_t> entries;

  explicit Frame(const Any& value) : value(value), hash(AsObject(value)->GetTypeKeyHash()) {
    const int32_t type_index = value.type_index();
    if (object_graph::IsSequence(type_index)) {
      kind = Kind::kSequence;
      parts = object_graph::ContainerParts(AsObject(value));
      hash = StableHashCombine(hash, parts.size());
      return;
    }
    if (object_graph::IsMapping(type_index)) {
      kind = Kind::kMapping;
      parts = object_graph::ContainerParts(AsObject(value));
      hash = StableHashCombine(hash, parts.size() / 2);
      entries.reserve(parts.size() / 2);
      return;
    }
    reflection::ForEachFieldInfo(TVMFFIGetTypeInfo(type_index),
                                 [this](const TVMFFIFieldInfo* field) { AddField(field); });
  }

  /*! \brief Hash a field at once while that keeps the order, which spares most objects the list. */
  void AddField(const TVMFFIFieldInfo* field) {
    if ((field->flags & kLeftOut) != 0) return;
    Any part = reflection::FieldGetter(field)(AsObject(value));
    if (parts.empty() && HasPlainHash(part.type_index())) {
      hash = StableHashCombine(hash, PlainHash(part));
    } else {
      parts.push_back(std::move(part));
    }
  }

  /*! \brief Takes the parts that need no walk. \return Whether no others are left. */
  bool AcceptPlainParts() {
    for (; next < parts.size() && HasPlainHash(parts[next].type_index());) {
      const uint64_t part = PlainHash(parts[next++]);
      Accept(part);
    }
    return next == parts.size();
  }

  /*! \brief Mixes in the hash of the part that was taken last. */
  void Accept(uint64_t part) {
    const uint64_t position = next - 1;
    if (kind == Kind::kSequence) {
      hash = StableHashCombine(hash, StableHashCombine(part, position));
    } else if (kind == Kind::kFields) {
      hash = StableHashCombine(hash, part);
    } else if (position % 2 == 0) {
      key_hash = part;
    } else {
      entries.push_back(StableHashCombine(key_hash, part));
    }
  }

  uint64_t Finish() {
    std::sort(entries.begin(), entries.end());
    for (uint64_t entry : entries) hash = StableHashCombine(hash, entry);
    return hash;
  }
};

using FrameStack = object_graph::FrameStack<Frame>;

/*! \brief State of one call, shared with the callbacks given to hooks. */
class RecursiveHasher : public std::enable_shared_from_this<RecursiveHasher> {
 public:
  uint64_t Hash(const Any& root) {
    FrameStack stack(&active_, object_graph::kGraphWalk);
    // Hash of the value that was just finished; empty exactly when a new frame is on top.
    std::optional<uint64_t> done = Enter(root, &stack);
    while (!stack.empty()) {
      Frame& frame = stack.back();
      if (done.has_value()) frame.Accept(*done);
      if (!frame.AcceptPlainParts()) {
        const Any part = std::move(frame.parts[frame.next++]);
        done = Enter(part, &stack);
      } else {
        Frame finished = stack.Pop();
        done = finished.Finish();
        // Nobody asks for the hash of the outermost object again.
        if (!stack.empty() || hook_depth_ != 0) Remember(finished.value, *done);
      }
    }
    return *done;
  }

 private:
  struct Hashed {
    /*! \brief Keeps the address from being used for another object. */
    Any value;
    uint64_t hash;
  };

  /*! \brief Hash of a value that needs no frame; otherwise pushes one and returns nothing. */
  std::optional<uint64_t> Enter(const Any& value, FrameStack* stack) {
    const int32_t type_index = value.type_index();
    if (HasPlainHash(type_index)) return PlainHash(value);
    const Object* obj = AsObject(value);
    if (auto it = hashed_.find(obj); it != hashed_.end()) return it->second.hash;
    if (active_.Contains(obj)) return obj->GetTypeKeyHash();
    if (type_index == kTVMFFIShape) {
      const Shape shape = value.cast<Shape>();
      uint64_t hash = StableHashCombine(obj->GetTypeKeyHash(), shape.size());
      for (int64_t extent : shape) hash = StableHashCombine(hash, extent);
      return hash;
    }
    static const reflection::TypeAttrColumn hooks(type_attr::kHash);
    if (auto hook = type_attr::kHash.ValueFrom(hooks[type_index])) return RunHook(*hook, value);
    if (type_index >= kTVMFFIStaticObjectEnd) CheckNoOwnEquality(type_index);
    stack->Push(Frame(value));
    return std::nullopt;
  }

  /*! \brief Refuses a type for which the fields need not tell what is equal. */
  static void CheckNoOwnEquality(int32_t type_index) {
    static const reflection::TypeAttrColumn equality(type_attr::kEq);
    static const reflection::TypeAttrColumn order(type_attr::kCompare);
    if (equality[type_index] == nullptr && order[type_index] == nullptr) return;
    TVM_FFI_THROW(ValueError) << "RecursiveHash: type '" << object_graph::TypeKeyOf(type_index)
                              << "' defines __ffi_eq__ or __ffi_compare__ but not __ffi_hash__. "
                              << "Add a __ffi_hash__ hook to maintain the invariant "
                              << "RecursiveEq(a,b) => RecursiveHash(a)==RecursiveHash(b).";
  }

  uint64_t RunHook(const decltype(type_attr::kHash)::ValueType& hook, const Any& value) {
    object_graph::HookScope depth(&hook_depth_, object_graph::kGraphWalk);
    object_graph::ActiveScope active(&active_, AsObject(value));
    TypedFunction<int64_t(AnyView)> fn_hash = [self = shared_from_this()](AnyView part) -> int64_t {
      return static_cast<int64_t>(self->Hash(Any(part)));
    };
    return Remember(value, static_cast<uint64_t>(hook(AsObject(value), fn_hash)));
  }

  uint64_t Remember(const Any& value, uint64_t hash) {
    hashed_.insert_or_assign(AsObject(value), Hashed{value, hash});
    return hash;
  }

  int hook_depth_ = 0;
  object_graph::ActiveSet active_;
  std::unordered_map<const Object*, Hashed> hashed_;
};

TVM_FFI_STATIC_INIT_BLOCK() {
  reflection::EnsureTypeAttrColumn(type_attr::kHash);
  reflection::GlobalDef().def("ffi.RecursiveHash", RecursiveHash);
}

}  // namespace

int64_t RecursiveHash(const Any& value) {
  return static_cast<int64_t>(std::make_shared<RecursiveHasher>()->Hash(value));
}

}  // namespace ffi
}  // namespace tvm
