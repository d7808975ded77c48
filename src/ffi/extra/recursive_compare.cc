// SPDX-License-Identifier: Apache-2.0
/*!
 * \file recursive_compare.cc
 * \brief `ffi.RecursiveEq`, `Lt`, `Le`, `Gt`, `Ge`: one three-way comparison of two values.
 *
 * A result is negative, 0 or positive. When only equality is asked for, values without an order
 * give 1 instead of an error. The first part that differs decides, so the walk ends there.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/big_int.h>
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
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "./object_graph.h"

namespace tvm {
namespace ffi {
namespace {

using object_graph::AsObject;
using object_graph::TypeKeyOf;

constexpr const char* kWalkName = "RecursiveCompare";

/*! \brief Whether an order is wanted, with errors where there is none. */
enum class Mode { kEquality, kOrder };

template <typename T>
int Sign(const T& lhs, const T& rhs) {
  return lhs < rhs ? -1 : (rhs < lhs ? 1 : 0);
}

/*! \brief Compares element by element, then by length. */
template <typename T>
int CompareRanges(const T* lhs, size_t lhs_size, const T* rhs, size_t rhs_size) {
  for (size_t i = 0; i < std::min(lhs_size, rhs_size); ++i) {
    if (int result = Sign(lhs[i], rhs[i])) return result;
  }
  return Sign(lhs_size, rhs_size);
}

/*! \brief Compares strings or bytes. By plain `char`, whose sign depends on the platform. */
int CompareText(const Any& lhs, const Any& rhs) {
  const TVMFFIByteArray left = detail::StrCellContent(detail::AnyUnsafe::TVMFFIAnyPtrFromAny(lhs));
  const TVMFFIByteArray right = detail::StrCellContent(detail::AnyUnsafe::TVMFFIAnyPtrFromAny(rhs));
  return CompareRanges<char>(left.data, left.size, right.data, right.size);
}

int CompareFloats(double lhs, double rhs, Mode mode) {
  if (!std::isnan(lhs) && !std::isnan(rhs)) return Sign(lhs, rhs);
  if (mode == Mode::kOrder) TVM_FFI_THROW(TypeError) << "Cannot order NaN values";
  return std::isnan(lhs) && std::isnan(rhs) ? 0 : 1;
}

int CompareDTypes(DLDataType lhs, DLDataType rhs) {
  if (int result = Sign(lhs.code, rhs.code)) return result;
  if (int result = Sign(lhs.bits, rhs.bits)) return result;
  return Sign(lhs.lanes, rhs.lanes);
}

int CompareDevices(DLDevice lhs, DLDevice rhs) {
  if (int result = Sign(lhs.device_type, rhs.device_type)) return result;
  return Sign(lhs.device_id, rhs.device_id);
}

int CompareBigInts(const Any& lhs, const Any& rhs) {
  const BigInt left = lhs.cast<BigInt>(), right = rhs.cast<BigInt>();
  return detail::int_ops::CompareFallback(detail::BigIntUnsafe::GetArrayView(left),
                                          detail::BigIntUnsafe::GetArrayView(right));
}

/*! \brief Compares two values of one type that are not objects. */
int ComparePlain(const Any& lhs, const Any& rhs, Mode mode) {
  switch (lhs.type_index()) {
    case kTVMFFIBool:
      return Sign(lhs.cast<bool>(), rhs.cast<bool>());
    case kTVMFFIInt:
      return Sign(lhs.cast<int64_t>(), rhs.cast<int64_t>());
    case kTVMFFIFloat:
      return CompareFloats(lhs.cast<double>(), rhs.cast<double>(), mode);
    case kTVMFFIDataType:
      return CompareDTypes(lhs.cast<DLDataType>(), rhs.cast<DLDataType>());
    case kTVMFFIDevice:
      return CompareDevices(lhs.cast<DLDevice>(), rhs.cast<DLDevice>());
    default:
      break;
  }
  if (lhs.same_as(rhs)) return 0;
  if (mode == Mode::kOrder) {
    TVM_FFI_THROW(TypeError) << "Cannot order values of type " << TypeKeyOf(lhs.type_index());
  }
  return 1;
}

bool IsText(int32_t type_index) {
  return type_index == kTVMFFIStr || type_index == kTVMFFISmallStr;
}

bool IsBytes(int32_t type_index) {
  return type_index == kTVMFFIBytes || type_index == kTVMFFISmallBytes;
}

bool IsInteger(int32_t type_index) {
  return type_index == kTVMFFIInt || type_index == kTVMFFIBigInt;
}

/*! \brief Result for values of which at least one is no object, or nothing for two objects. */
std::optional<int> CompareUnlessObjects(const Any& lhs, const Any& rhs, Mode mode) {
  const int32_t left = lhs.type_index(), right = rhs.type_index();
  if (left == kTVMFFINone || right == kTVMFFINone) {
    return Sign(left != kTVMFFINone, right != kTVMFFINone);
  }
  if ((IsText(left) && IsText(right)) || (IsBytes(left) && IsBytes(right))) {
    return CompareText(lhs, rhs);
  }
  if (left != right) {
    if (mode == Mode::kEquality) return 1;
    if (IsInteger(left) && IsInteger(right)) return CompareBigInts(lhs, rhs);
    TVM_FFI_THROW(TypeError) << "Cannot compare values of different types: " << TypeKeyOf(left)
                             << " vs " << TypeKeyOf(right);
  }
  if (left < kTVMFFIStaticObjectBegin) return ComparePlain(lhs, rhs, mode);
  return std::nullopt;
}

/*! \brief Whether both of two objects of one type are sequences without elements. */
bool AreEmptySequences(const Any& lhs, const Any& rhs) {
  return object_graph::IsSequence(lhs.type_index()) &&
         object_graph::AsSequence(AsObject(lhs))->empty() &&
         object_graph::AsSequence(AsObject(rhs))->empty();
}

// ---- pairs of objects ---------------------------------------------------------------------------

using ObjectPair = std::pair<const Object*, const Object*>;

struct ObjectPairHash {
  size_t operator()(const ObjectPair& pair) const {
    return detail::StableHashCombine(reinterpret_cast<uintptr_t>(pair.first),
                                     reinterpret_cast<uintptr_t>(pair.second));
  }
};

/*! \brief Pairs on the way from the roots to where the walk is. */
using ActivePairs = object_graph::ActiveKeys<ObjectPair, ObjectPairHash>;

/*! \brief Two objects of one type whose parts are being compared. */
struct Frame {
  Any lhs;
  Any rhs;
  /*! \brief Where the parts begin that are still to be compared: left, right, left, right... */
  size_t next = 0;
  /*! \brief Where they begin in all. */
  size_t begin = 0;
  /*! \brief The result when all parts are equal. */
  int if_equal = 0;

  ObjectPair pair() const { return {AsObject(lhs), AsObject(rhs)}; }

  /*! \brief Whether the pair can be the first to be met again: arrays and maps cannot change, so
   * every cycle leads through something else. */
  bool MayCloseCycle() const {
    return lhs.type_index() != kTVMFFIArray && lhs.type_index() != kTVMFFIMap;
  }
};

/*!
 * \brief Frames from the roots down; their pairs are active.
 *
 * The parts of all frames lie in one row, those of the innermost frame last.
 */
class PairStack {
 public:
  explicit PairStack(ActivePairs* active) : active_(active) {
    frames_.reserve(8);
    parts_.reserve(16);
  }
  ~PairStack() {
    while (!frames_.empty()) Pop();
  }
  PairStack(const PairStack&) = delete;
  PairStack& operator=(const PairStack&) = delete;

  bool empty() const { return frames_.empty(); }
  size_t size() const { return frames_.size(); }
  Frame& back() { return frames_.back(); }

  /*! \brief Begins the parts of a frame that may be pushed afterwards. */
  Frame Begin(Any lhs, Any rhs) const {
    return {std::move(lhs), std::move(rhs), parts_.size(), parts_.size()};
  }
  template <typename Part>
  void AddParts(Part&& lhs, Part&& rhs) {
    parts_.push_back(std::forward<Part>(lhs));
    parts_.push_back(std::forward<Part>(rhs));
  }
  bool HasParts(const Frame& frame) const { return frame.next < parts_.size(); }
  Any TakePart(Frame* frame) { return std::move(parts_[frame->next++]); }

  void Push(Frame frame) {
    object_graph::CheckStackDepth(frames_.size(), kWalkName);
    frames_.push_back(std::move(frame));
    if (frames_.back().MayCloseCycle()) active_->Insert(frames_.back().pair());
  }
  void Pop() {
    if (frames_.back().MayCloseCycle()) active_->Erase(frames_.back().pair());
    // Popped before its values are released: their destructors may run foreign code.
    Frame finished = std::move(frames_.back());
    frames_.pop_back();
    parts_.resize(finished.begin);
  }
  bool HasMapping() const {
    return std::any_of(frames_.begin(), frames_.end(), [](const Frame& frame) {
      return object_graph::IsMapping(frame.lhs.type_index());
    });
  }

 private:
  ActivePairs* active_;
  std::vector<Frame> frames_;
  std::vector<Any> parts_;
};

/*! \brief State of one call, shared with the callbacks given to hooks. */
class RecursiveComparer : public std::enable_shared_from_this<RecursiveComparer> {
 public:
  explicit RecursiveComparer(Mode mode) : mode_(mode) {}

  int Compare(const Any& lhs_root, const Any& rhs_root) {
    PairStack stack(&active_);
    // Result of the pair that was just finished; empty exactly when a new frame is on top.
    std::optional<int> done = Enter(lhs_root, rhs_root, &stack);
    while (!stack.empty()) {
      if (done.value_or(0) != 0) {
        if (mode_ == Mode::kOrder && stack.HasMapping()) ThrowUnorderedMapping();
        return *done;
      }
      Frame& frame = stack.back();
      if (stack.HasParts(frame)) {
        Any lhs = stack.TakePart(&frame), rhs = stack.TakePart(&frame);
        done = Enter(std::move(lhs), std::move(rhs), &stack);
      } else {
        done = frame.if_equal;
        stack.Pop();
      }
    }
    return *done;
  }

 private:
  [[noreturn]] static void ThrowUnorderedMapping() {
    TVM_FFI_THROW(TypeError) << "Cannot order Map/Dict values";
    TVM_FFI_UNREACHABLE();
  }

  /*! \brief Result for a pair that needs no frame; otherwise pushes one and returns nothing. */
  std::optional<int> Enter(Any lhs, Any rhs, PairStack* stack) {
    if (std::optional<int> result = CompareUnlessObjects(lhs, rhs, mode_)) return result;
    const int32_t type_index = lhs.type_index();
    if (type_index == kTVMFFIBigInt) return CompareBigInts(lhs, rhs);
    if (lhs.same_as(rhs)) return 0;
    if (type_index == kTVMFFIShape) {
      const Shape left = lhs.cast<Shape>(), right = rhs.cast<Shape>();
      return CompareRanges(left.data(), left.size(), right.data(), right.size());
    }
    if (active_.Contains({AsObject(lhs), AsObject(rhs)})) {
      if (mode_ == Mode::kEquality) return 0;
      TVM_FFI_THROW(ValueError) << "RecursiveCompare: cyclic reference detected in ordering";
    }
    if (type_index >= kTVMFFIStaticObjectEnd) {
      if (std::optional<int> result = TryHooks(lhs, rhs)) return result;
    }
    Frame frame = stack->Begin(std::move(lhs), std::move(rhs));
    if (object_graph::IsMapping(type_index)) {
      if (!PairUpValues(&frame, stack)) {
        if (mode_ == Mode::kOrder) ThrowUnorderedMapping();
        return 1;
      }
    } else if (object_graph::IsSequence(type_index)) {
      PairUpElements(&frame, stack);
    } else {
      PairUpFields(&frame, stack);
    }
    if (!stack->HasParts(frame)) {
      object_graph::CheckStackDepth(stack->size(), kWalkName);
      return frame.if_equal;
    }
    stack->Push(std::move(frame));
    return std::nullopt;
  }

  /*!
   * \brief Takes the next two parts; equal ones that need no walk count at once.
   * \return False when no later part matters, because `if_equal` is not 0 after equal ones.
   */
  template <typename Part>
  bool AddParts(Part&& lhs, Part&& rhs, Frame* frame, PairStack* stack) const {
    if (mode_ == Mode::kEquality) {  // an order may throw, so it waits for its turn
      const std::optional<int> result = CompareUnlessObjects(lhs, rhs, mode_);
      if (result == 0) return true;
      if (result.has_value()) {
        frame->if_equal = *result;
        return false;
      }
      if (lhs.same_as(rhs) || AreEmptySequences(lhs, rhs)) return true;
    }
    stack->AddParts(std::forward<Part>(lhs), std::forward<Part>(rhs));
    return true;
  }

  void PairUpElements(Frame* frame, PairStack* stack) const {
    const SeqBaseObj* lhs = object_graph::AsSequence(AsObject(frame->lhs));
    const SeqBaseObj* rhs = object_graph::AsSequence(AsObject(frame->rhs));
    const size_t common = std::min(lhs->size(), rhs->size());
    for (size_t i = 0; i < common; ++i) {
      if (!AddParts(lhs->begin()[i], rhs->begin()[i], frame, stack)) return;
    }
    frame->if_equal = Sign(lhs->size(), rhs->size());
  }

  /*! \brief Values of equal keys. \return Whether both have the same keys as far as it matters. */
  bool PairUpValues(Frame* frame, PairStack* stack) const {
    const MapBaseObj* lhs = object_graph::AsMapping(AsObject(frame->lhs));
    const MapBaseObj* rhs = object_graph::AsMapping(AsObject(frame->rhs));
    if (lhs->size() != rhs->size()) return false;
    MapBaseObj::iterator expected = rhs->begin();
    for (const MapBaseObj::KVType& entry : *lhs) {
      // As a rule both have their keys in one order; only what differs from it is searched.
      const bool in_order = expected != rhs->end() && AnyEqual()(entry.first, expected->first);
      const MapBaseObj::iterator found = in_order ? expected : rhs->find(entry.first);
      if (found == rhs->end()) return false;
      const Any& counterpart = found->second;
      if (!AddParts(entry.second, counterpart, frame, stack)) return true;
      expected = found;
      ++expected;
    }
    return true;
  }

  void PairUpFields(Frame* frame, PairStack* stack) const {
    const Object *left = AsObject(frame->lhs), *right = AsObject(frame->rhs);
    reflection::ForEachFieldInfoWithEarlyStop(
        TVMFFIGetTypeInfo(left->type_index()), [&](const TVMFFIFieldInfo* field) {
          if ((field->flags & kTVMFFIFieldFlagBitMaskCompareOff) != 0) return false;
          const reflection::FieldGetter getter(field);
          return !AddParts(getter(left), getter(right), frame, stack);
        });
  }

  /*! \brief Result of the type's own comparison; nothing when it has none for the mode. */
  std::optional<int> TryHooks(const Any& lhs, const Any& rhs) {
    static const reflection::TypeAttrColumn equality(type_attr::kEq);
    static const reflection::TypeAttrColumn order(type_attr::kCompare);
    const Object* left = AsObject(lhs);
    const Object* right = AsObject(rhs);
    if (mode_ == Mode::kEquality) {
      if (auto hook = type_attr::kEq.ValueFrom(equality[lhs.type_index()])) {
        object_graph::HookScope depth(&hook_depth_, kWalkName);
        object_graph::ActiveScope active(&active_, ObjectPair(left, right));
        TypedFunction<bool(AnyView, AnyView)> fn_eq = [self = shared_from_this()](AnyView a,
                                                                                  AnyView b) {
          return self->Compare(Any(a), Any(b)) == 0;
        };
        return (*hook)(left, right, fn_eq) ? 0 : 1;
      }
    }
    if (auto hook = type_attr::kCompare.ValueFrom(order[lhs.type_index()])) {
      object_graph::HookScope depth(&hook_depth_, kWalkName);
      object_graph::ActiveScope active(&active_, ObjectPair(left, right));
      TypedFunction<int32_t(AnyView, AnyView)> fn_cmp = [self = shared_from_this()](
                                                            AnyView a, AnyView b) -> int32_t {
        return self->Compare(Any(a), Any(b));
      };
      return (*hook)(left, right, fn_cmp);
    }
    return std::nullopt;
  }

  const Mode mode_;
  int hook_depth_ = 0;
  ActivePairs active_;
};

int CompareValues(const Any& lhs, const Any& rhs, Mode mode) {
  return std::make_shared<RecursiveComparer>(mode)->Compare(lhs, rhs);
}

TVM_FFI_STATIC_INIT_BLOCK() {
  reflection::EnsureTypeAttrColumn(type_attr::kEq);
  reflection::EnsureTypeAttrColumn(type_attr::kCompare);
  reflection::GlobalDef()
      .def("ffi.RecursiveEq", RecursiveEq)
      .def("ffi.RecursiveLt", RecursiveLt)
      .def("ffi.RecursiveLe", RecursiveLe)
      .def("ffi.RecursiveGt", RecursiveGt)
      .def("ffi.RecursiveGe", RecursiveGe);
}

}  // namespace

bool RecursiveEq(const Any& lhs, const Any& rhs) {
  return CompareValues(lhs, rhs, Mode::kEquality) == 0;
}
bool RecursiveLt(const Any& lhs, const Any& rhs) {
  return CompareValues(lhs, rhs, Mode::kOrder) < 0;
}
bool RecursiveLe(const Any& lhs, const Any& rhs) {
  return CompareValues(lhs, rhs, Mode::kOrder) <= 0;
}
bool RecursiveGt(const Any& lhs, const Any& rhs) {
  return CompareValues(lhs, rhs, Mode::kOrder) > 0;
}
bool RecursiveGe(const Any& lhs, const Any& rhs) {
  return CompareValues(lhs, rhs, Mode::kOrder) >= 0;
}

}  // namespace ffi
}  // namespace tvm
