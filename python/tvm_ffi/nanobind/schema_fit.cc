// SPDX-License-Identifier: Apache-2.0
/*!
 * \file schema_fit.cc
 * \brief Conversion by a schema of FFI values that need no Python.
 *
 * This is the usual way of a field assignment: values arrive in FFI form and mostly fit. A value
 * whose Python form could have a protocol is never decided here.
 */
#include "schema.h"

namespace tvm {
namespace ffi {
namespace python {

namespace {

Fit Same(const TVMFFIAny& value, TVMFFIAny* out) {
  *out = Share(value);
  return IsForgotten(value.type_index) ? Fit::kChanged : Fit::kSame;
}

/*! \brief Whether the Python form of a value is a plain builtin, which has no protocol. */
bool IsPlain(int32_t type_index) {
  switch (type_index) {
    case kTVMFFINone:
    case kTVMFFIInt:
    case kTVMFFIBool:
    case kTVMFFIFloat:
    case kTVMFFISmallStr:
    case kTVMFFISmallBytes:
    case kTVMFFIStr:
    case kTVMFFIBytes:
      return true;
    default:
      return false;
  }
}

Fit Refuse(int32_t type_index) { return IsPlain(type_index) ? Fit::kNo : Fit::kUnknown; }

Fit FitAny(const TVMFFIAny& value, TVMFFIAny* out) {
  switch (value.type_index) {
    case kTVMFFIDLTensorPtr:
    case kTVMFFIRawStr:
    case kTVMFFIByteArrayPtr:
    case kTVMFFIObjectRValueRef:
      return Fit::kUnknown;  // they lend memory; the Python form owns it
    default:
      return Same(value, out);
  }
}

Fit FitInt(const TVMFFIAny& value, TVMFFIAny* out) {
  if (value.type_index == kTVMFFIInt) return Same(value, out);
  if (value.type_index != kTVMFFIBool) return Refuse(value.type_index);
  SetInt(out, kTVMFFIInt, value.v_int64 != 0);
  return Fit::kChanged;
}

Fit FitFloat(const TVMFFIAny& value, TVMFFIAny* out) {
  if (value.type_index == kTVMFFIFloat) return Same(value, out);
  if (value.type_index != kTVMFFIInt && value.type_index != kTVMFFIBool) {
    return Refuse(value.type_index);
  }
  SetFloat(out, static_cast<double>(value.v_int64));
  return Fit::kChanged;
}

Fit FitBool(const TVMFFIAny& value, TVMFFIAny* out) {
  if (value.type_index == kTVMFFIBool) return Same(value, out);
  if (value.type_index != kTVMFFIInt) return Refuse(value.type_index);
  SetInt(out, kTVMFFIBool, value.v_int64 != 0);
  return Fit::kChanged;
}

/*! \brief Text or bytes. */
Fit FitText(int32_t small, int32_t heap, const TVMFFIAny& value, TVMFFIAny* out) {
  bool fits = value.type_index == small || value.type_index == heap;
  return fits ? Same(value, out) : Refuse(value.type_index);
}

/*! \brief A type that only its own values fit as they are. */
Fit FitExact(int32_t type_index, const TVMFFIAny& value, TVMFFIAny* out) {
  return value.type_index == type_index ? Same(value, out) : Fit::kUnknown;
}

Fit FitPointer(const TVMFFIAny& value, TVMFFIAny* out) {
  if (value.type_index != kTVMFFINone) return FitExact(kTVMFFIOpaquePtr, value, out);
  SetPtr(out, kTVMFFIOpaquePtr, nullptr);
  return Fit::kChanged;
}

Fit FitObject(int32_t target, const TVMFFIAny& value, TVMFFIAny* out) {
  if (!IsObject(value) || !IsInstanceOf(value.type_index, target)) return Fit::kUnknown;
  // Text, bytes and big integers read as Python values, which are packed anew.
  bool is_value = value.type_index == kTVMFFIStr || value.type_index == kTVMFFIBytes ||
                  value.type_index == kTVMFFIBigInt;
  Fit fit = Same(value, out);
  return is_value ? Fit::kChanged : fit;
}

// ---- containers ---------------------------------------------------------------------------------

/*! \brief Converts the elements of one container; `same` stays true while none changes. */
class Elements {
 public:
  Elements(const SchemaNode& node, size_t size) : node_(node) { values_.Reserve(size); }

  bool Add(const SchemaNode& node, const TVMFFIAny& value) {
    TVMFFIAny converted;
    Fit fit = FitValue(node, value, &converted);
    if (fit != Fit::kSame && fit != Fit::kChanged) return false;
    values_.Add(converted);
    // Elements of any type stay what they are, except in a tuple of a known shape.
    bool untouched = node.kind == NodeKind::kAny && !node_.has_length;
    same_ = same_ && (fit == Fit::kSame || untouched);
    return true;
  }

  /*! \brief The container itself if nothing changed, else a new one. */
  Fit Finish(const TVMFFIAny& container, TVMFFIAny* out) {
    if (same_ && container.type_index == node_.target) return Same(container, out);
    if (values_.Build(node_, out) == 0) return Fit::kChanged;
    TVMFFIObjectHandle error = nullptr;
    TVMFFIErrorMoveFromRaised(&error);
    if (error != nullptr) DecRef(static_cast<TVMFFIObject*>(error));
    return Fit::kUnknown;  // the slow way reports it
  }

 private:
  const SchemaNode& node_;
  OwnedValues values_;
  bool same_ = true;
};

bool AcceptsAll(const SchemaNode& node) {
  for (const SchemaNode& arg : node.args) {
    if (arg.kind != NodeKind::kAny) return false;
  }
  return !node.has_length;
}

Fit FitSequence(const SchemaNode& node, const TVMFFIAny& value, TVMFFIAny* out) {
  if (!IsSequenceIndex(value.type_index)) {
    return Refuse(value.type_index);
  }
  if (AcceptsAll(node) && value.type_index == node.target) return Same(value, out);
  const TVMFFISeqCell* cell = SequenceCell(value.v_obj);
  if (node.has_length && static_cast<int64_t>(node.args.size()) != cell->size) return Fit::kUnknown;
  auto* items = static_cast<const TVMFFIAny*>(cell->data);
  Elements elements(node, static_cast<size_t>(cell->size));
  for (int64_t i = 0; i < cell->size; ++i) {
    if (!elements.Add(ElementNode(node, i), items[i])) return Fit::kUnknown;
  }
  return elements.Finish(value, out);
}

Fit FitMapping(const SchemaNode& node, const TVMFFIAny& value, TVMFFIAny* out) {
  if (!IsMappingIndex(value.type_index)) return Refuse(value.type_index);
  if (AcceptsAll(node) && value.type_index == node.target) return Same(value, out);
  struct Context {
    const SchemaNode& node;
    Elements elements;
  } context{node, {node, 0}};
  auto visit = [](void* self, const TVMFFIAny& key, const TVMFFIAny& item) {
    auto* pairs = static_cast<Context*>(self);
    return pairs->elements.Add(pairs->node.args[0], key) &&
           pairs->elements.Add(pairs->node.args[1], item);
  };
  if (!ForEachPair(value.v_obj, visit, &context)) return Fit::kUnknown;
  return context.elements.Finish(value, out);
}

Fit FitUnion(const SchemaNode& node, const TVMFFIAny& value, TVMFFIAny* out) {
  for (const SchemaNode& alternative : node.args) {
    Fit fit = FitValue(alternative, value, out);
    if (fit != Fit::kNo) return fit;
  }
  return Fit::kNo;
}

}  // namespace

const SchemaNode& ElementNode(const SchemaNode& node, int64_t i) {
  static const SchemaNode* any = new SchemaNode();
  if (node.args.empty()) return *any;
  return node.args[node.has_length ? static_cast<size_t>(i) : 0];
}

int OwnedValues::Build(const SchemaNode& node, TVMFFIAny* out) {
  SetNone(out);
  return TVMFFIFunctionCall(node.make, data(), size(), out);
}

Fit FitValue(const SchemaNode& node, const TVMFFIAny& value, TVMFFIAny* out) {
  switch (node.kind) {
    case NodeKind::kAny:
      return FitAny(value, out);
    case NodeKind::kNone:
      return value.type_index == kTVMFFINone ? Same(value, out) : Refuse(value.type_index);
    case NodeKind::kInt:
      return FitInt(value, out);
    case NodeKind::kFloat:
      return FitFloat(value, out);
    case NodeKind::kBool:
      return FitBool(value, out);
    case NodeKind::kStr:
      return FitText(kTVMFFISmallStr, kTVMFFIStr, value, out);
    case NodeKind::kBytes:
      return FitText(kTVMFFISmallBytes, kTVMFFIBytes, value, out);
    case NodeKind::kDevice:
      return FitExact(kTVMFFIDevice, value, out);
    case NodeKind::kDataType:
      return FitExact(kTVMFFIDataType, value, out);
    case NodeKind::kPointer:
      return FitPointer(value, out);
    case NodeKind::kTensor:
      return FitExact(kTVMFFITensor, value, out);
    case NodeKind::kCallable:
      return FitExact(kTVMFFIFunction, value, out);
    case NodeKind::kSequence:
    case NodeKind::kTuple:
      return FitSequence(node, value, out);
    case NodeKind::kMapping:
      return FitMapping(node, value, out);
    case NodeKind::kOptional:
      return value.type_index == kTVMFFINone ? Same(value, out)
                                             : FitValue(node.args[0], value, out);
    case NodeKind::kUnion:
      return FitUnion(node, value, out);
    case NodeKind::kObject:
      return FitObject(node.target, value, out);
  }
  return Fit::kUnknown;
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm
