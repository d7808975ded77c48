// SPDX-License-Identifier: Apache-2.0
//
// Sizes, alignments and offsets of everything that crosses, as this side's compiler sees them, and
// the hashes that its inline code computes.
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/container/tuple.h>
#include <tvm/ffi/container/variant.h>
#include <tvm/ffi/enum.h>
#include <tvm/ffi/expected.h>
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/extra/structural_key.h>
#include <tvm/ffi/extra/structural_mutate.h>
#include <tvm/ffi/extra/structural_visit.h>
#include <tvm/ffi/extra/visit_error_context.h>
#include <tvm/ffi/reflection/access_path.h>
#include <tvm/ffi/rvalue_ref.h>

#include <cstddef>
#include <type_traits>

#include "map_keys.h"
#include "side.h"
#include "types.h"

namespace ABI_SIDE {
namespace {

using ffi::Bytes;
using ffi::Dict;
using ffi::List;
using ffi::Shape;
using ffi::Tensor;
using ffi::Tuple;
using ffi::Variant;

// Size, alignment, whether values travel in registers, and where the fields may lie.
template <typename T>
void Describe(const char* name, Transcript& out) {
  const bool trivial_for_calls = std::is_trivially_copy_constructible_v<T> &&
                                 std::is_trivially_move_constructible_v<T> &&
                                 std::is_trivially_destructible_v<T>;
  out(name, sizeof(T), alignof(T), trivial_for_calls, std::is_standard_layout_v<T>,
      std::is_polymorphic_v<T>);
}

// Objects are only ever passed by pointer.
template <typename Obj>
void DescribeObject(const char* name, Transcript& out) {
  out(name, sizeof(Obj), alignof(Obj), std::is_polymorphic_v<Obj>);
}

#define ABI_OBJECT(Type) DescribeObject<Type>(#Type, out)
#define ABI_TYPE(...) Describe<__VA_ARGS__>(#__VA_ARGS__, out)
#define ABI_FIELD(Type, field) out(#Type, #field, offsetof(Type, field), sizeof(Type::field))

void DescribeCells(Transcript& out) {
  ABI_TYPE(TVMFFIVersion);
  ABI_TYPE(TVMFFIAny);
  ABI_FIELD(TVMFFIAny, type_index);
  ABI_FIELD(TVMFFIAny, zero_padding);
  ABI_FIELD(TVMFFIAny, small_str_len);
  ABI_FIELD(TVMFFIAny, v_int64);
  ABI_FIELD(TVMFFIAny, v_bytes);
  ABI_TYPE(TVMFFIObject);
  ABI_FIELD(TVMFFIObject, combined_ref_count);
  ABI_FIELD(TVMFFIObject, type_index);
  ABI_FIELD(TVMFFIObject, deleter);
  ABI_TYPE(TVMFFIByteArray);
  ABI_FIELD(TVMFFIByteArray, size);
  ABI_TYPE(TVMFFIShapeCell);
  ABI_FIELD(TVMFFIShapeCell, size);
  ABI_TYPE(TVMFFISeqCell);
  ABI_FIELD(TVMFFISeqCell, data);
  ABI_FIELD(TVMFFISeqCell, size);
  ABI_FIELD(TVMFFISeqCell, capacity);
  ABI_FIELD(TVMFFISeqCell, data_deleter);
  ABI_TYPE(TVMFFIErrorCell);
  ABI_FIELD(TVMFFIErrorCell, message);
  ABI_FIELD(TVMFFIErrorCell, backtrace);
  ABI_FIELD(TVMFFIErrorCell, update_backtrace);
  ABI_FIELD(TVMFFIErrorCell, cause_chain);
  ABI_FIELD(TVMFFIErrorCell, extra_context);
  ABI_TYPE(TVMFFIFunctionCell);
  ABI_FIELD(TVMFFIFunctionCell, cpp_call);
  ABI_TYPE(TVMFFIOpaqueObjectCell);
  ABI_TYPE(DLTensor);
  ABI_TYPE(DLManagedTensor);
  ABI_TYPE(DLManagedTensorVersioned);
}

void DescribeTypeInfo(Transcript& out) {
  ABI_TYPE(TVMFFIFieldInfo);
  ABI_FIELD(TVMFFIFieldInfo, doc);
  ABI_FIELD(TVMFFIFieldInfo, metadata);
  ABI_FIELD(TVMFFIFieldInfo, flags);
  ABI_FIELD(TVMFFIFieldInfo, size);
  ABI_FIELD(TVMFFIFieldInfo, alignment);
  ABI_FIELD(TVMFFIFieldInfo, offset);
  ABI_FIELD(TVMFFIFieldInfo, getter);
  ABI_FIELD(TVMFFIFieldInfo, setter);
  ABI_FIELD(TVMFFIFieldInfo, default_value_or_factory);
  ABI_FIELD(TVMFFIFieldInfo, field_static_type_index);
  ABI_TYPE(TVMFFIMethodInfo);
  ABI_FIELD(TVMFFIMethodInfo, flags);
  ABI_FIELD(TVMFFIMethodInfo, method);
  ABI_TYPE(TVMFFITypeMetadata);
  ABI_FIELD(TVMFFITypeMetadata, creator);
  ABI_FIELD(TVMFFITypeMetadata, total_size);
  ABI_FIELD(TVMFFITypeMetadata, structural_eq_hash_kind);
  ABI_TYPE(TVMFFITypeAttrColumn);
  ABI_FIELD(TVMFFITypeAttrColumn, size);
  ABI_FIELD(TVMFFITypeAttrColumn, begin_index);
  ABI_TYPE(TVMFFITypeInfo);
  ABI_FIELD(TVMFFITypeInfo, type_depth);
  ABI_FIELD(TVMFFITypeInfo, type_key);
  ABI_FIELD(TVMFFITypeInfo, type_ancestors);
  ABI_FIELD(TVMFFITypeInfo, type_key_hash);
  ABI_FIELD(TVMFFITypeInfo, num_fields);
  ABI_FIELD(TVMFFITypeInfo, num_methods);
  ABI_FIELD(TVMFFITypeInfo, fields);
  ABI_FIELD(TVMFFITypeInfo, methods);
  ABI_FIELD(TVMFFITypeInfo, metadata);
}

void DescribeObjects(Transcript& out) {
  ABI_OBJECT(ffi::Object);
  ABI_OBJECT(ffi::ArrayObj);
  ABI_OBJECT(ffi::ListObj);
  ABI_OBJECT(ffi::MapObj);
  ABI_OBJECT(ffi::DictObj);
  ABI_OBJECT(ffi::ShapeObj);
  ABI_OBJECT(ffi::TensorObj);
  ABI_OBJECT(ffi::FunctionObj);
  ABI_OBJECT(ffi::ErrorObj);
  ABI_OBJECT(ffi::ModuleObj);
  ABI_OBJECT(ffi::EnumObj);
  ABI_OBJECT(ffi::StructuralKeyObj);
  ABI_OBJECT(ffi::StructuralVisitorObj);
  ABI_TYPE(ffi::StructuralVisitorVTable);
  ABI_OBJECT(ffi::StructuralMutatorObj);
  ABI_TYPE(ffi::StructuralMutatorVTable);
  ABI_OBJECT(ffi::VisitInterruptObj);
  ABI_OBJECT(ffi::VisitErrorContextObj);
  ABI_OBJECT(refl::AccessStepObj);
  ABI_OBJECT(refl::AccessPathObj);
  ABI_OBJECT(BaseObj);
  ABI_OBJECT(ChildObj);
  ABI_OBJECT(VirtualObj);
  ABI_OBJECT(AlignedObj);
  ABI_OBJECT(RecordObj);
  ABI_OBJECT(TreeObj);
}

void DescribeValues(Transcript& out) {
  ABI_TYPE(Any);
  ABI_TYPE(AnyView);
  ABI_TYPE(ObjectRef);
  ABI_TYPE(ObjectPtr<Object>);
  ABI_TYPE(ffi::Arc<Object>);
  ABI_TYPE(ffi::WeakObjectPtr<Object>);
  ABI_TYPE(String);
  ABI_TYPE(Bytes);
  ABI_TYPE(ffi::BigInt);
  ABI_TYPE(ffi::Error);
  ABI_TYPE(Function);
  ABI_TYPE(ffi::TypedFunction<int(String)>);
  ABI_TYPE(ffi::PackedArgs);
  ABI_TYPE(ffi::Module);
  ABI_TYPE(Tensor);
  ABI_TYPE(ffi::TensorView);
  ABI_TYPE(Shape);
  ABI_TYPE(ffi::ShapeView);
  ABI_TYPE(Array<int>);
  ABI_TYPE(Array<int>::iterator);
  ABI_TYPE(Array<int>::reverse_iterator);
  ABI_TYPE(List<Any>);
  ABI_TYPE(Map<String, Any>);
  ABI_TYPE(Map<String, Any>::iterator);
  ABI_TYPE(Dict<String, Any>);
  ABI_TYPE(Tuple<int, String>);
  ABI_TYPE(Variant<int, String>);
  ABI_TYPE(ffi::RValueRef<Array<int>>);
  ABI_TYPE(ffi::Expected<int>);
  ABI_TYPE(ffi::Expected<void>);
  ABI_TYPE(ffi::UnchangedOr<Any>);
  ABI_TYPE(ffi::WalkResult);
  ABI_TYPE(Optional<bool>);
  ABI_TYPE(Optional<int64_t>);
  ABI_TYPE(Optional<double>);
  ABI_TYPE(Optional<String>);
  ABI_TYPE(Optional<DLDevice>);
  ABI_TYPE(Optional<ObjectRef>);
  ABI_TYPE(Optional<ffi::Error>);
  ABI_TYPE(Optional<ObjectPtr<Object>>);
  ABI_TYPE(Optional<Variant<int, String>>);
  ABI_TYPE(Optional<std::string>);
  ABI_TYPE(Optional<const char*>);
  ABI_TYPE(Optional<ffi::TensorView>);
  ABI_TYPE(Optional<Any>);
}

// Fields as reflection records them: relative to the header.
void DescribeMembers(Transcript& out) {
  using refl::GetFieldByteOffsetToObject;
  out("members", GetFieldByteOffsetToObject<VirtualObj, int64_t>(&VirtualObj::id),
      GetFieldByteOffsetToObject<AlignedObj, int64_t>(&AlignedObj::id),
      GetFieldByteOffsetToObject<ChildObj, String>(&ChildObj::name),
      GetFieldByteOffsetToObject<RecordObj, float>(&RecordObj::single),
      GetFieldByteOffsetToObject<RecordObj, Optional<String>>(&RecordObj::maybe_text),
      GetFieldByteOffsetToObject<RecordObj, Any>(&RecordObj::any));
}

// Hashes of the keys that hash alike in every process.
Array<int64_t> Hashes() {
  Array<int64_t> hashes;
  for (int64_t id = 0; id < 400; ++id) {
    if (id % kNumKeyKinds >= kNumPlainKeyKinds) continue;
    hashes.push_back(static_cast<int64_t>(ffi::AnyHash()(MakeKey(id, {}))));
  }
  std::string text;
  for (int length = 0; length < 70; ++length) {
    hashes.push_back(static_cast<int64_t>(ffi::AnyHash()(String(text))));
    hashes.push_back(static_cast<int64_t>(ffi::AnyHash()(Bytes(text))));
    hashes.push_back(static_cast<int64_t>(std::hash<String>()(String(text))));
    text.push_back(static_cast<char>(length * 37));
  }
  return hashes;
}

Array<String> Layout() {
  Transcript out;
  DescribeCells(out);
  DescribeTypeInfo(out);
  DescribeObjects(out);
  DescribeValues(out);
  DescribeMembers(out);
  for (int64_t hash : Hashes()) out("hash", hash);
  return out.lines();
}

TVM_FFI_STATIC_INIT_BLOCK() { refl::GlobalDef().def(ABI_NAME("layout"), &Layout); }

}  // namespace

ABI_SUBJECT(layout) {
  const Array<String> own = Layout(), theirs = peer["layout"]().cast<Array<String>>();
  ABI_EXPECT(own.size() == theirs.size());
  for (size_t i = 0; i < own.size(); ++i) {
    out(own[i]);
    ABI_EXPECT(own[i] == theirs[i]);
  }
}

}  // namespace ABI_SIDE
