// SPDX-License-Identifier: Apache-2.0
//
// Object classes that both sides compile, each in its own namespace, under the same type keys: what
// one side makes the other reads, copies and destroys by its own inline code. types.cc describes
// them.
#ifndef TESTS_ABI_SIDE_TYPES_H_
#define TESTS_ABI_SIDE_TYPES_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/device.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/optional.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <utility>

#include "side.h"

namespace ABI_SIDE {

using ffi::Map;
using ffi::Object;
using ffi::ObjectPtr;
using ffi::ObjectRef;
using ffi::Optional;

// How many objects that this side made are alive.
inline int64_t live_objects = 0;

struct Counted {
  Counted() { ++live_objects; }
  Counted(const Counted&) { ++live_objects; }
  Counted& operator=(const Counted&) = default;
  ~Counted() { --live_objects; }
};

// Reserves one index for a child; the second child overflows.
class BaseObj : public Object {
 public:
  int64_t id = 0;
  Counted counted;
  BaseObj() = default;
  explicit BaseObj(int64_t id) : id(id) {}
  static constexpr bool _type_mutable = true;
  static constexpr uint32_t _type_child_slots = 1;
  TVM_FFI_DECLARE_OBJECT_INFO("abi_test.Base", BaseObj, Object);
};

class Base : public ObjectRef {
 public:
  explicit Base(int64_t id) : ObjectRef(ffi::make_object<BaseObj>(id)) {}
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NULLABLE(Base, ObjectRef, BaseObj);
};

class ChildObj : public BaseObj {
 public:
  String name;
  ChildObj() = default;
  ChildObj(int64_t id, String name) : BaseObj(id), name(std::move(name)) {}
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("abi_test.Child", ChildObj, BaseObj);
};

class SecondChildObj : public BaseObj {
 public:
  Any payload;
  SecondChildObj() = default;
  SecondChildObj(int64_t id, Any payload) : BaseObj(id), payload(std::move(payload)) {}
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("abi_test.SecondChild", SecondChildObj, BaseObj);
};

// The vtable pointer comes first, so that the header is not where the memory starts.
class VirtualObj : public Object {
 public:
  int64_t id;
  Counted counted;
  explicit VirtualObj(int64_t id = 0) : id(id) {}
  virtual ~VirtualObj() = default;
  virtual int64_t Scaled(int64_t factor) const { return id * factor; }
  TVM_FFI_DECLARE_OBJECT_INFO("abi_test.Virtual", VirtualObj, Object);
};

// More aligned than malloc gives.
class alignas(64) AlignedObj : public Object {
 public:
  int64_t id;
  Counted counted;
  explicit AlignedObj(int64_t id = 0) : id(id) {}
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("abi_test.Aligned", AlignedObj, Object);
};

// Equal by content as keys of maps: by native hooks, and by hooks that are functions.
class NativeKeyObj : public Object {
 public:
  int64_t id;
  explicit NativeKeyObj(int64_t id = 0) : id(id) {}
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("abi_test.NativeKey", NativeKeyObj, Object);
};

class PackedKeyObj : public Object {
 public:
  int64_t id;
  explicit PackedKeyObj(int64_t id = 0) : id(id) {}
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("abi_test.PackedKey", PackedKeyObj, Object);
};

// A reflected field of every kind.
class RecordObj : public Object {
 public:
  bool flag = false;
  int8_t tiny = 0;
  int32_t number = 0;
  int64_t wide = 0;
  float single = 0;
  double real = 0;
  String text;
  ffi::Bytes bytes;
  DLDataType dtype{kDLInt, 8, 1};
  DLDevice device{kDLCPU, 0};
  Optional<int64_t> maybe_number;
  Optional<String> maybe_text;
  Optional<Array<Any>> maybe_array;
  Array<int64_t> numbers;
  Map<String, Any> table;
  Base base{nullptr};
  Function function;
  void* pointer = nullptr;
  Any any;

  int64_t Sum(int64_t more) const { return number + wide + more; }
  void Add(int64_t more) { wide += more; }
  static String Describe(int64_t count) { return String("record " + std::to_string(count)); }

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("abi_test.Record", RecordObj, Object);
};

// Terms with variables, for structural operations.
#define ABI_TERM_CLASS(Name, Key, Kind)                             \
  class Name : public Object {                                      \
   public:                                                          \
    Any value;                                                      \
    Any other;                                                      \
    Name() = default;                                               \
    explicit Name(Any value, Any other = nullptr)                   \
        : value(std::move(value)), other(std::move(other)) {}       \
    static constexpr bool _type_mutable = true;                     \
    static constexpr TVMFFISEqHashKind _type_s_eq_hash_kind = Kind; \
    TVM_FFI_DECLARE_OBJECT_INFO_FINAL(Key, Name, Object);           \
  }

ABI_TERM_CLASS(TreeObj, "abi_test.Tree", kTVMFFISEqHashKindTreeNode);
ABI_TERM_CLASS(DagObj, "abi_test.Dag", kTVMFFISEqHashKindDAGNode);
ABI_TERM_CLASS(ConstObj, "abi_test.Const", kTVMFFISEqHashKindConstTreeNode);
ABI_TERM_CLASS(SingleObj, "abi_test.Single", kTVMFFISEqHashKindUniqueInstance);
ABI_TERM_CLASS(VarObj, "abi_test.Var", kTVMFFISEqHashKindFreeVar);
// `value` is a pattern that defines variables, `other` the body that uses them.
ABI_TERM_CLASS(LambdaObj, "abi_test.Lambda", kTVMFFISEqHashKindTreeNode);
// `value` is one variable, `other` the body.
ABI_TERM_CLASS(LetObj, "abi_test.Let", kTVMFFISEqHashKindTreeNode);
// Visits and mutates only `value`, by native hooks.
ABI_TERM_CLASS(NativeHookObj, "abi_test.NativeHook", kTVMFFISEqHashKindTreeNode);
// Compares and hashes only `value`, by hooks that are functions.
ABI_TERM_CLASS(PackedHookObj, "abi_test.PackedHook", kTVMFFISEqHashKindTreeNode);

#undef ABI_TERM_CLASS

template <typename Obj, typename... Args>
ObjectRef Make(Args&&... args) {
  return ObjectRef(ffi::make_object<Obj>(std::forward<Args>(args)...));
}

}  // namespace ABI_SIDE
#endif  // TESTS_ABI_SIDE_TYPES_H_
