// SPDX-License-Identifier: Apache-2.0
// Terms of a small language with variables, for the tests of structural operations. The type keys
// are those of the hash vectors.
#ifndef TESTS_CPP_EXTRA_STRUCTURAL_TESTING_H_
#define TESTS_CPP_EXTRA_STRUCTURAL_TESTING_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/reflection/registry.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace structural_testing {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)

// A class with the single field `value`.
#define STRUCTURAL_TESTING_VALUE_CLASS(Name, Key, Kind)             \
  class Name : public Object {                                      \
   public:                                                          \
    Any value;                                                      \
    Name() = default;                                               \
    explicit Name(Any v) : value(std::move(v)) {}                   \
    static constexpr bool _type_mutable = true;                     \
    static constexpr TVMFFISEqHashKind _type_s_eq_hash_kind = Kind; \
    TVM_FFI_DECLARE_OBJECT_INFO_FINAL(Key, Name, Object);           \
  }

STRUCTURAL_TESTING_VALUE_CLASS(IntObj, "spec.Int", kTVMFFISEqHashKindTreeNode);
STRUCTURAL_TESTING_VALUE_CLASS(ConstObj, "spec.Const", kTVMFFISEqHashKindConstTreeNode);
STRUCTURAL_TESTING_VALUE_CLASS(SingleObj, "spec.Single", kTVMFFISEqHashKindUniqueInstance);
STRUCTURAL_TESTING_VALUE_CLASS(DagObj, "spec.Dag", kTVMFFISEqHashKindDAGNode);
STRUCTURAL_TESTING_VALUE_CLASS(PlainObj, "spec.Plain", kTVMFFISEqHashKindUnsupported);
// Compared, hashed, visited and mutated by hooks.
STRUCTURAL_TESTING_VALUE_CLASS(HookedObj, "spec.Hooked", kTVMFFISEqHashKindTreeNode);

#undef STRUCTURAL_TESTING_VALUE_CLASS

class VarObj : public Object {
 public:
  String name;
  VarObj() = default;
  explicit VarObj(String n) : name(std::move(n)) {}
  static constexpr TVMFFISEqHashKind _type_s_eq_hash_kind = kTVMFFISEqHashKindFreeVar;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("spec.Var", VarObj, Object);
};

// A variable with a type that may contain variables.
class VarTObj : public Object {
 public:
  String name;
  Any ty;
  VarTObj() = default;
  VarTObj(String n, Any t) : name(std::move(n)), ty(std::move(t)) {}
  static constexpr TVMFFISEqHashKind _type_s_eq_hash_kind = kTVMFFISEqHashKindFreeVar;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("spec.VarT", VarTObj, Object);
};

class FuncObj : public Object {
 public:
  Any params;
  Any body;
  Any comment;
  FuncObj() = default;
  FuncObj(Any p, Any b, Any c = nullptr)
      : params(std::move(p)), body(std::move(b)), comment(std::move(c)) {}
  static constexpr TVMFFISEqHashKind _type_s_eq_hash_kind = kTVMFFISEqHashKindTreeNode;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("spec.Func", FuncObj, Object);
};

class LetObj : public Object {
 public:
  Any var;
  Any body;
  LetObj() = default;
  LetObj(Any v, Any b) : var(std::move(v)), body(std::move(b)) {}
  static constexpr TVMFFISEqHashKind _type_s_eq_hash_kind = kTVMFFISEqHashKindTreeNode;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("spec.Let", LetObj, Object);
};

// Without a copy constructor, so that default mutation cannot copy it.
class UncopyableObj : public Object {
 public:
  int64_t value = 0;
  UncopyableObj() = default;
  UncopyableObj(const UncopyableObj&) = delete;
  UncopyableObj& operator=(const UncopyableObj&) = delete;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("spec.Uncopyable", UncopyableObj, Object);
};

template <typename Obj>
void RegisterValueClass() {
  reflection::ObjectDef<Obj>().def_rw("value", &Obj::value);
}

inline bool RegisterAll() {
  namespace refl = tvm::ffi::reflection;
  using Flag = refl::AttachFieldFlag;
  RegisterValueClass<IntObj>();
  RegisterValueClass<ConstObj>();
  RegisterValueClass<SingleObj>();
  RegisterValueClass<DagObj>();
  RegisterValueClass<PlainObj>();
  RegisterValueClass<HookedObj>();
  refl::ObjectDef<VarObj>().def_ro("name", &VarObj::name, Flag::SEqHashIgnore());
  refl::ObjectDef<VarTObj>()
      .def_ro("name", &VarTObj::name, Flag::SEqHashIgnore())
      .def_ro("ty", &VarTObj::ty);
  refl::ObjectDef<FuncObj>()
      .def_ro("params", &FuncObj::params, Flag::SEqHashDefPattern())
      .def_ro("body", &FuncObj::body)
      .def_ro("comment", &FuncObj::comment, Flag::SEqHashIgnore());
  refl::ObjectDef<LetObj>()
      .def_ro("var", &LetObj::var, Flag::SEqHashDefSimple())
      .def_ro("body", &LetObj::body);
  refl::ObjectDef<UncopyableObj>().def_ro("value", &UncopyableObj::value);
  return true;
}

inline const bool kRegistered = RegisterAll();

template <typename Obj, typename... Args>
ObjectRef Make(Args&&... args) {
  return ObjectRef(make_object<Obj>(std::forward<Args>(args)...));
}

inline ObjectRef Var(const char* name) { return Make<VarObj>(String(name)); }

// Sequences inside each other, deeper than any stack; unlinked again so that its end is no deep
// recursion either.
class DeepList {
 public:
  explicit DeepList(int depth) {
    for (int i = 0; i < depth; ++i) levels_.push_back(List<Any>{});
    for (int i = 0; i + 1 < depth; ++i) {
      List<Any> outer = levels_[i];
      outer.push_back(levels_[i + 1]);
    }
  }
  ~DeepList() {
    for (List<Any>& level : levels_) level.clear();
  }
  Any root() const { return levels_.front(); }

 private:
  std::vector<List<Any>> levels_;
};

// Kind and message of the error that the expression throws; empty when it throws none.
template <typename F>
std::string ErrorOf(const F& f) {
  try {
    f();
  } catch (const Error& err) {
    return err.kind() + ": " + err.message();
  }
  return "";
}

}  // namespace structural_testing
#endif  // TESTS_CPP_EXTRA_STRUCTURAL_TESTING_H_
