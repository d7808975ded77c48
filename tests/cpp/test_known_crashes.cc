// SPDX-License-Identifier: Apache-2.0
// Inputs at which the reference crashes, ends the process, reads freed memory or runs into
// undefined behaviour: here each is an error or works. Those of modules and of JSON are with their
// subjects.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/tuple.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/structural_mutate.h>
#include <tvm/ffi/extra/structural_visit.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/reflection/accessor.h>
#include <tvm/ffi/reflection/creator.h>
#include <tvm/ffi/reflection/native_function.h>
#include <tvm/ffi/reflection/registry.h>

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)
namespace refl = tvm::ffi::reflection;

std::string ErrorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& err) {
    return err.kind() + ": " + err.message();
  }
  return "no error";
}

template <typename... Args>
Any Call(const char* name, Args&&... args) {
  return Function::GetGlobalRequired(name)(std::forward<Args>(args)...);
}

class ParentObj : public Object {
 public:
  int64_t value = 0;
  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO("test.crash.Parent", ParentObj, Object);
};

class ChildObj : public ParentObj {
 public:
  int64_t other = 0;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("test.crash.Child", ChildObj, ParentObj);
};

void DefineTypes() {
  [[maybe_unused]] static const bool defined = [] {
    refl::ObjectDef<ParentObj>().def_rw("value", &ParentObj::value);
    // The field of the parent is registered again, which is a warning only.
    refl::ObjectDef<ChildObj>().def_rw("value", &ChildObj::value).def_rw("other", &ChildObj::other);
    return true;
  }();
}

using Fields = Map<String, Any>;

// The reference matches the field twice and then looks for an unknown field that there is not.
TEST(KnownCrashes, CreatingATypeThatRepeatsAFieldOfItsParent) {
  DefineTypes();
  refl::ObjectCreator create("test.crash.Child");
  EXPECT_EQ(create(Fields{{"value", 3}, {"other", 4}}).as<ChildObj>()->value, 3);
  EXPECT_EQ(ErrorOf([&] {
              create(Fields{{"value", 3}, {"other", 4}, {"no", 1}});
            }),
            "TypeError: Type `test.crash.Child` does not have field `no`");
}

// The reference keeps pointers into the table of fields, which later fields move.
TEST(KnownCrashes, FieldsRegisteredAfterTheGeneratedConstructor) {
  DefineTypes();
  Function init =
      refl::TypeAttrColumn("__ffi_init__")[ParentObj::RuntimeTypeIndex()].cast<Function>();
  TVMFFIFieldInfo late = *refl::GetFieldInfo("test.crash.Parent", "value");
  for (int i = 0; i < 40; ++i) {
    const std::string name = "late" + std::to_string(i);
    late.name = TVMFFIByteArray{name.data(), name.size()};
    ASSERT_EQ(TVMFFITypeRegisterField(ParentObj::RuntimeTypeIndex(), &late), 0);
  }
  EXPECT_EQ(init(5).cast<ObjectRef>().as<ParentObj>()->value, 5);
  EXPECT_EQ(ErrorOf([&] { init("x"); })
                .rfind("TypeError: test.crash.Parent.__ffi_init__() field "
                       "'value':",
                       0),
            0U);
}

// Only `noexcept` functions may stand behind native hooks, so an escaping exception ends the
// process in the reference.
int64_t ThrowNumber(int64_t x) {
  if (x < 0) throw 5;
  return x;
}

TEST(KnownCrashes, ANativeHookThatThrowsAnythingButAnException) {
  using Hook = refl::NativeFunctionView<int64_t(int64_t)>;
  Hook hook = Hook::FromNative<&ThrowNumber>();
  EXPECT_EQ(hook(1), 1);
  EXPECT_EQ(ErrorOf([&] { hook(-1); }),
            "InternalError: unknown exception in a native hook or callback");
}

TEST(KnownCrashes, AWalkCallbackThatThrowsAnythingButAnError) {
  auto walk = [](auto thrower) {
    return ErrorOf([&] {
      StructuralWalk<WalkOrder::kPreOrder>(Array<Any>{1}, [&](int64_t) -> WalkResult {
        thrower();
        return WalkResult::Advance();
      });
    });
  };
  EXPECT_EQ(walk([] { throw std::runtime_error("theirs"); }), "InternalError: theirs");
  EXPECT_EQ(walk([] { throw 5; }), "InternalError: unknown exception in a native hook or callback");
  EXPECT_EQ(ErrorOf([] {
              StructuralMap<WalkOrder::kPreOrder>(Array<Any>{1}, [](int64_t x) -> Any {
                if (x == 1) throw std::runtime_error("theirs");
                return x;
              });
            }),
            "InternalError: theirs");
}

// Asking the table for a type that nobody registered ends the process.
TEST(KnownCrashes, CallbacksForTypesThatNobodyRegistered) {
  DefineTypes();
  using Entries = Array<Tuple<int32_t, Function>>;
  Any root = Array<Any>{ObjectRef(make_object<ParentObj>()), 1};
  int calls = 0;
  Function count = Function::FromTyped([&calls](Any) -> Any {
    ++calls;
    return nullptr;
  });
  auto walk = [&](int32_t index) {
    Entries entries = {Tuple<int32_t, Function>(index, count)};
    return ErrorOf([&] { Call("ffi.StructuralWalk", root, entries, Entries(), 0); });
  };
  for (int32_t index : {79, 100, 127, 1 << 29}) {
    EXPECT_NE(walk(index).find("Cannot find type info for type_index=" + std::to_string(index)),
              std::string::npos);
  }
  for (int32_t index : {63, 20, -7}) EXPECT_EQ(walk(index), "no error") << index;
  EXPECT_EQ(calls, 0);
  Entries parents = {Tuple<int32_t, Function>(ParentObj::RuntimeTypeIndex(), count)};
  Call("ffi.StructuralWalk", Array<Any>{ObjectRef(make_object<ChildObj>())}, parents, Entries(), 0);
  EXPECT_EQ(calls, 1) << "an ancestor matches";
}

// The reference calls the deleter of the old buffer without looking whether there is one.
TEST(KnownCrashes, AListMadeByNameAloneMayGrow) {
  ObjectPtr<ListObj> obj = make_object<ListObj>();
  List<Any> list(obj);
  for (int i = 0; i < 20; ++i) list.push_back(String("element " + std::to_string(i)));
  EXPECT_EQ(list[19].cast<String>(), "element 19");
}

class OddHookObj : public Object {
 public:
  static constexpr TVMFFISEqHashKind _type_s_eq_hash_kind = kTVMFFISEqHashKindTreeNode;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("test.crash.OddHook", OddHookObj, Object);
};

TEST(KnownCrashes, AVisitHookThatIsNeitherPointerNorFunction) {
  refl::TypeAttrDef<OddHookObj>().def("__s_visit__", 3);
  EXPECT_EQ(ErrorOf([] {
              StructuralWalk<WalkOrder::kPreOrder>(Array<Any>{ObjectRef(make_object<OddHookObj>())},
                                                   [](int64_t) { return WalkResult::Advance(); });
            }),
            "TypeError: __s_visit__ must be an opaque function pointer or ffi.Function");
}

TEST(KnownCrashes, RegionsThatDoNotExist) {
  using Mutation = Tuple<int32_t, Function, bool>;
  auto with_region = [](int kind) {
    auto on_list = [kind](Any value, ObjectRef mutator) -> Any {
      auto inner = [&]() -> Any { return Call("ffi.StructuralMutatorDefRegionKind", mutator); };
      return Call("ffi.StructuralMutatorWithDefRegionKind", mutator, kind,
                  Function::FromTyped(inner));
    };
    return ErrorOf([&] {
      Call("ffi.StructuralMutate", List<Any>{1},
           Array<Mutation>{Mutation(kTVMFFIList, Function::FromTyped(on_list), false)});
    });
  };
  EXPECT_EQ(with_region(2), "no error");
  EXPECT_NO_FATAL_FAILURE(with_region(77));
  EXPECT_NO_FATAL_FAILURE(with_region(-1));
}

}  // namespace
