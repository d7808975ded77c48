// SPDX-License-Identifier: Apache-2.0
// Visitors and mutators as other libraries see them: layouts, tables of functions, raw results, and
// the hooks of types in all their forms.
#include <gtest/gtest.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/extra/structural_mutate.h>
#include <tvm/ffi/extra/structural_visit.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/registry.h>

#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "structural_testing.h"

namespace hook_tests {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)

// Classes that differ in their hooks only.
template <int kId>
class HookObj : public Object {
 public:
  Any value;
  HookObj() = default;
  explicit HookObj(Any v) : value(std::move(v)) {}
  static constexpr const char* kKeys[] = {"hook_tests.Native",      "hook_tests.Typed",
                                          "hook_tests.WrongResult", "hook_tests.Raising",
                                          "hook_tests.BadInplace",  "hook_tests.SameCopy",
                                          "hook_tests.OtherCopy",   "hook_tests.NoSetter"};
  static constexpr bool _type_mutable = true;
  static constexpr TVMFFISEqHashKind _type_s_eq_hash_kind = kTVMFFISEqHashKindTreeNode;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL(kKeys[kId], HookObj, Object);
};
using NativeObj = HookObj<0>;
using TypedObj = HookObj<1>;
using WrongResultObj = HookObj<2>;
using RaisingObj = HookObj<3>;
using BadInplaceObj = HookObj<4>;
using SameCopyObj = HookObj<5>;
using OtherCopyObj = HookObj<6>;
using NoSetterObj = HookObj<7>;

// A field that takes integers only.
class StrictObj : public Object {
 public:
  int64_t number = 0;
  StrictObj() = default;
  explicit StrictObj(int64_t n) : number(n) {}
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("hook_tests.Strict", StrictObj, Object);
};

// A visitor and a mutator that show what the base classes protect.
struct OpenVisitor : public StructuralVisitorObj {
  explicit OpenVisitor(const StructuralVisitorVTable* vtable) : StructuralVisitorObj(vtable) {}
  const void* vtable_place() const { return &vtable_; }
  const void* kind_place() const { return &def_region_mode_; }
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("hook_tests.OpenVisitor", OpenVisitor, StructuralVisitorObj);
};
struct OpenMutator : public StructuralMutatorObj {
  explicit OpenMutator(const StructuralMutatorVTable* vtable) : StructuralMutatorObj(vtable) {}
  const void* vtable_place() const { return &vtable_; }
  const void* kind_place() const { return &def_region_mode_; }
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("hook_tests.OpenMutator", OpenMutator, StructuralMutatorObj);
};

}  // namespace hook_tests

namespace {

using namespace structural_testing;  // NOLINT(google-build-using-namespace)
using namespace hook_tests;          // NOLINT(google-build-using-namespace)
using Ints = std::vector<int64_t>;

// ---- hooks ----

Expected<Optional<VisitInterrupt>> VisitTwice(StructuralVisitorObj* visitor,
                                              AnyView self) noexcept {
  const Any& value = self.as<NativeObj>()->value;
  TVM_FFI_S_VISIT_MAYBE_EARLY_RETURN(visitor->VisitExpected(value));
  return visitor->VisitExpected(value);
}

Expected<UnchangedOr<Any>> MutateToValue(StructuralMutatorObj* mutator, AnyView self) noexcept {
  const Any& value = self.as<NativeObj>()->value;
  TVM_FFI_S_MUTATE_ASSIGN_OR_RETURN(UnchangedOr<Any>, mutated, mutator->MutateExpected(value));
  return UnchangedOr<Any>(std::move(mutated).ValueOrUnchanged(AnyView(value)));
}

int shallow_copies = 0;

const bool kHooksRegistered = [] {
  namespace refl = tvm::ffi::reflection;
  RegisterValueClass<NativeObj>();
  RegisterValueClass<TypedObj>();
  RegisterValueClass<WrongResultObj>();
  RegisterValueClass<RaisingObj>();
  RegisterValueClass<BadInplaceObj>();
  refl::ObjectDef<StrictObj>().def_ro("number", &StrictObj::number);
  refl::TypeAttrDef<NativeObj>()
      .native_fn_attr<&VisitTwice>(type_attr::kStructuralVisit)
      .native_fn_attr<&MutateToValue>(type_attr::kStructuralMutate);
  TypedFunction<Optional<VisitInterrupt>(StructuralVisitorObj*, AnyView)> visit_none =
      [](StructuralVisitorObj*, AnyView) { return Optional<VisitInterrupt>(std::nullopt); };
  refl::TypeAttrDef<TypedObj>().attr(type_attr::kStructuralVisit, FStructuralVisit(visit_none));
  refl::TypeAttrDef<WrongResultObj>().attr(
      "__s_visit__", Function::FromTyped([](const Any&, const Any&) { return 7; }));
  refl::TypeAttrDef<RaisingObj>()
      .attr("__s_visit__", Function::FromTyped([](const Any&, const Any&) {
              TVM_FFI_THROW(KeyError) << "no visit";
            }))
      .attr("__s_mutate__", Function::FromTyped([](const Any&, const Any&) {
              TVM_FFI_THROW(KeyError) << "no mutation";
            }));
  refl::TypeAttrDef<BadInplaceObj>().attr("__s_maybe_inplace_mutate__", 3);

  // Without ObjectDef, which would register a copy of its own.
  auto copy_hook = [](int32_t index, Function copy) {
    const std::string name = "__ffi_shallow_copy__";
    TVMFFIByteArray bytes{name.data(), name.size()};
    TVMFFIAny value = AnyView(copy).CopyToTVMFFIAny();
    TVM_FFI_CHECK_SAFE_CALL(TVMFFITypeRegisterAttr(index, &bytes, &value));
  };
  copy_hook(SameCopyObj::_GetOrAllocRuntimeTypeIndex(), Function::FromTyped([](const Any& self) {
              ++shallow_copies;
              return self;
            }));
  copy_hook(OtherCopyObj::_GetOrAllocRuntimeTypeIndex(),
            Function::FromTyped([](const Any&) { return Make<IntObj>(1); }));
  copy_hook(
      NoSetterObj::_GetOrAllocRuntimeTypeIndex(),
      Function::FromTyped([](const NoSetterObj* self) { return Make<NoSetterObj>(self->value); }));
  TVMFFIFieldInfo field = *refl::GetFieldInfo("spec.Int", "value");
  field.setter = nullptr;
  TVM_FFI_CHECK_SAFE_CALL(
      TVMFFITypeRegisterField(NoSetterObj::_GetOrAllocRuntimeTypeIndex(), &field));
  return true;
}();

auto AddTen() {
  return [](int64_t x) -> Any { return x + 10; };
}

std::string MapError(const Any& value) {
  return ErrorOf([&] { StructuralMap<WalkOrder::kPostOrder>(value, AddTen()); });
}

std::string WalkError(const Any& value) {
  return ErrorOf([&] {
    StructuralWalk<WalkOrder::kPostOrder>(value, [](int64_t) { return WalkResult::Advance(); });
  });
}

TEST(StructuralLayout, ObjectsAndTablesAreShared) {
  static const StructuralVisitorVTable visitor_table{};
  static const StructuralMutatorVTable mutator_table{};
  ObjectPtr<OpenVisitor> visitor = make_object<OpenVisitor>(&visitor_table);
  ObjectPtr<OpenMutator> mutator = make_object<OpenMutator>(&mutator_table);
  auto offset = [](const void* member, const Object* object) {
    return static_cast<const char*>(member) - reinterpret_cast<const char*>(object);
  };
  EXPECT_EQ(offset(visitor->vtable_place(), visitor.get()), 24);
  EXPECT_EQ(offset(visitor->kind_place(), visitor.get()), 32);
  EXPECT_EQ(offset(mutator->vtable_place(), mutator.get()), 24);
  EXPECT_EQ(offset(mutator->kind_place(), mutator.get()), 32);
  EXPECT_EQ(sizeof(StructuralVisitorObj), 40u);
  EXPECT_EQ(sizeof(StructuralMutatorObj), 40u);
  EXPECT_EQ(sizeof(StructuralVisitorVTable), 8u);
  EXPECT_EQ(offsetof(StructuralMutatorVTable, mutate), 0u);
  EXPECT_EQ(offsetof(StructuralMutatorVTable, maybe_inplace_mutate), 8u);
  EXPECT_EQ(offsetof(StructuralMutatorVTable, var_remap_get), 16u);
  EXPECT_EQ(offsetof(StructuralMutatorVTable, var_remap_set), 24u);
  EXPECT_EQ(sizeof(WalkResult), 16u);
  EXPECT_EQ(sizeof(UnchangedOr<String>), 16u);
#if defined(__GLIBCXX__)
  EXPECT_EQ(sizeof(StructuralMapEngineBase), 96u);
#endif
  EXPECT_EQ(static_cast<int>(WalkOrder::kPreOrder), 0);
  EXPECT_EQ(static_cast<int>(WalkOrder::kPostOrder), 1);
  EXPECT_EQ(static_cast<int>(InplaceMode::kDisallow), 0);
  EXPECT_EQ(static_cast<int>(InplaceMode::kAllow), 1);
}

TEST(StructuralLayout, ReferencesRefuseNull) {
  const std::string error = "InternalError: Check not null: data_.get() ";
  EXPECT_EQ(ErrorOf([] { StructuralVisitor{ObjectPtr<StructuralVisitorObj>()}; }), error);
  EXPECT_EQ(ErrorOf([] { StructuralMutator{ObjectPtr<StructuralMutatorObj>()}; }), error);
  EXPECT_EQ(ErrorOf([] { VisitErrorContext{ObjectPtr<VisitErrorContextObj>()}; }), error);
  EXPECT_TRUE(VisitInterrupt()->value == nullptr) << "the payload is None";
}

TVMFFIAny InterruptAtOnce(StructuralVisitorObj*, AnyView value) noexcept {
  return detail::AnyUnsafe::MoveAnyToTVMFFIAny(VisitInterrupt(Any(value)));
}

TEST(StructuralLayout, AVisitIsOneCallThroughTheTable) {
  static const StructuralVisitorVTable table{&InterruptAtOnce};
  ObjectPtr<OpenVisitor> visitor = make_object<OpenVisitor>(&table);
  EXPECT_EQ(visitor->Visit(AnyView(5)).value()->value.cast<int>(), 5);
  Expected<Optional<VisitInterrupt>> raw = visitor->VisitExpected(AnyView(6));
  EXPECT_EQ(raw.type_index(), kTVMFFIVisitInterrupt);
  EXPECT_TRUE(detail::StructuralVisitNeedEarlyReturn(raw));
  EXPECT_TRUE(detail::StructuralVisitNeedEarlyReturn(raw.value()));
  EXPECT_FALSE(detail::StructuralVisitNeedEarlyReturn(Optional<VisitInterrupt>()));
  EXPECT_FALSE(detail::StructuralVisitRawNeedEarlyReturn(TVMFFIAny{}));
}

TEST(StructuralLayout, RegionsEndWithTheirCallbackEvenWhenItThrows) {
  static const StructuralVisitorVTable table{&InterruptAtOnce};
  ObjectPtr<OpenVisitor> visitor = make_object<OpenVisitor>(&table);
  auto kind = [&] { return visitor->def_region_kind(); };
  EXPECT_EQ(visitor->WithDefRegionKind(kTVMFFIDefRegionKindSimple, kind),
            kTVMFFIDefRegionKindSimple);
  EXPECT_EQ(ErrorOf([&] {
              visitor->WithDefRegionKind(kTVMFFIDefRegionKindPattern, [&] {
                EXPECT_EQ(visitor->WithDefRegionKind(kTVMFFIDefRegionKindNone, kind),
                          kTVMFFIDefRegionKindPattern)
                    << "a pattern holds for everything below";
                TVM_FFI_THROW(ValueError) << "left";
              });
            }),
            "ValueError: left");
  EXPECT_EQ(kind(), kTVMFFIDefRegionKindNone);
}

TEST(VisitHooks, NativeAndTypedOnesReplaceTheFields) {
  Ints seen;
  StructuralWalk<WalkOrder::kPreOrder>(Array<Any>{Make<NativeObj>(1), Make<TypedObj>(2)},
                                       [&](int64_t x) {
                                         seen.push_back(x);
                                         return WalkResult::Advance();
                                       });
  EXPECT_EQ(seen, (Ints{1, 1}));
}

TEST(VisitHooks, FailuresOfFunctionsAreResults) {
  EXPECT_EQ(WalkError(Make<WrongResultObj>(1)),
            "TypeError: CallExpected: result type mismatch, expected "
            "Optional<ffi.VisitInterrupt>, but got int");
  EXPECT_EQ(WalkError(Make<RaisingObj>(1)), "KeyError: no visit");
}

TEST(WalkResultConversion, OtherNumbersAdvanceAndTextsFail) {
  Ints seen;
  Function walk = Function::GetGlobalRequired("ffi.StructuralWalk");
  auto walk_with = [&](Any answer) {
    seen.clear();
    Function on_array = Function::FromTyped([answer](const Any&) { return answer; });
    Function on_int = Function::FromTyped([&](int64_t x) { seen.push_back(x); });
    using Entry = Tuple<int32_t, Function>;
    walk(Array<Any>{1}, Array<Entry>{Entry(kTVMFFIArray, on_array), Entry(kTVMFFIInt, on_int)},
         Array<Entry>(), 0);
    return seen;
  };
  EXPECT_EQ(walk_with(0), Ints{1});
  EXPECT_EQ(walk_with(1), Ints{});
  EXPECT_EQ(walk_with(true), Ints{});
  EXPECT_EQ(walk_with(42), Ints{1});
  EXPECT_EQ(walk_with(nullptr), Ints{1});
  EXPECT_EQ(ErrorOf([&] { walk_with(String("skip")); }),
            "TypeError: CallExpected: result type mismatch, expected WalkResult, but got "
            "ffi.SmallStr");
  EXPECT_EQ(TypeTraits<WalkResult>::TypeSchema(),
            R"({"type":"Variant","args":[{"type":"ffi.VisitInterrupt"},{"type":"int"}]})");
  EXPECT_TRUE(Any(nullptr).as<WalkResult>().has_value());
  EXPECT_FALSE((std::is_convertible_v<VisitInterrupt, Expected<WalkResult>>));
  EXPECT_EQ(WalkResult::kAdvanceTag, 0);
  EXPECT_EQ(WalkResult::kSkipTag, 1);
}

TEST(MutateHooks, NativeOnesReplaceTheObject) {
  Any mapped =
      StructuralMap<WalkOrder::kPostOrder>(Array<Any>{Make<NativeObj>(1)}, [](int64_t x) -> Any {
        if (x > 5) return Unchanged();
        return x + 10;
      });
  EXPECT_EQ(mapped.cast<Array<Any>>()[0].cast<int>(), 11);
}

TEST(MutateHooks, ErrorsOfFunctionsCarryTheObject) {
  ObjectRef object = Make<RaisingObj>(1);
  Expected<Any> result =
      StructuralMapExpected<WalkOrder::kPostOrder>(Any(Array<Any>{object}), AddTen());
  ASSERT_TRUE(result.is_err());
  EXPECT_EQ(result.error().message(), "no mutation");
  auto context = VisitErrorContext::TryGetFromError(result.error());
  ASSERT_TRUE(context.has_value());
  EXPECT_TRUE((*context)->reverse_visit_pattern[0].same_as(object));
}

TEST(MutateHooks, AMalformedInPlaceHookIsAsIfThereWereNone) {
  ObjectRef object = Make<BadInplaceObj>(1);
  const Object* before = object.get();
  Any mapped = StructuralMap<WalkOrder::kPostOrder>(Any(std::move(object)), AddTen());
  EXPECT_NE(mapped.as<Object>(), before) << "copied, though nobody else holds it";
  EXPECT_EQ(mapped.as<BadInplaceObj>()->value.cast<int>(), 11);
}

TEST(MutateCopies, MustBeOtherObjectsOfTheSameType) {
  const std::string error =
      "TypeError: Shallow copy callback must return a distinct object with the same type as its "
      "input";
  shallow_copies = 0;
  EXPECT_EQ(MapError(Make<SameCopyObj>(1)), error);
  EXPECT_EQ(shallow_copies, 1) << "before any field is looked at";
  EXPECT_EQ(MapError(Make<OtherCopyObj>(1)), error);
}

TEST(MutateCopies, NeedSettersForFieldsThatChangeOnly) {
  EXPECT_EQ(MapError(Make<NoSetterObj>(1)),
            "TypeError: Cannot structurally mutate field `value` of type `hook_tests.NoSetter` "
            "because it does not define a setter");
  EXPECT_EQ(MapError(Make<NoSetterObj>(1.5)), "");
}

TEST(MutateCopies, WriteReadOnlyFieldsAndReportWhatDoesNotConvert) {
  Any mapped = StructuralMap<WalkOrder::kPostOrder>(Make<StrictObj>(1), AddTen());
  EXPECT_EQ(mapped.as<StrictObj>()->number, 11);
  EXPECT_EQ(ErrorOf([] {
              StructuralMap<WalkOrder::kPostOrder>(Make<StrictObj>(1),
                                                   [](int64_t) -> Any { return String("a text"); });
            }),
            "TypeError: Cannot convert from type `ffi.SmallStr` to `int`");
}

TEST(MutateContainers, KeysStayAndKeepTheirOrder) {
  Map<Any, Any> map{{3, 1}, {1, 2}, {2, 3}};
  auto mapped = StructuralMap<WalkOrder::kPreOrder>(map, AddTen()).cast<Map<Any, Any>>();
  Ints keys, values;
  for (const auto& [key, value] : mapped) {
    keys.push_back(key.cast<int64_t>());
    values.push_back(value.cast<int64_t>());
  }
  EXPECT_EQ(keys, (Ints{3, 1, 2}));
  EXPECT_EQ(values, (Ints{11, 12, 13}));
  EXPECT_EQ(map.at(3).cast<int>(), 1) << "the shared map is left alone";
}

TEST(MutateTrail, AnErrorOfTheSameValueIsRecordedTwiceByMutateAndOnceByMap) {
  Array<Any> root{1};
  auto frames = [](const Expected<Any>& result) {
    return (*VisitErrorContext::TryGetFromError(result.error()))->reverse_visit_pattern.size();
  };
  auto fail = [](int64_t, StructuralMutatorObj*) -> Expected<Any> {
    return Error("ValueError", "no", "");
  };
  auto descend = [](const Array<Any>& seq, StructuralMutatorObj* mutator) -> Expected<Any> {
    TVM_FFI_S_MUTATE_MAYBE_EARLY_RETURN(mutator->DefaultMutateExpected(seq));
    return Any(seq);
  };
  EXPECT_EQ(frames(StructuralMutateExpected(root, fail, descend)), 2u);
  EXPECT_EQ(frames(StructuralMapExpected<WalkOrder::kPreOrder>(
                root, [](int64_t) -> Expected<Any> { return Error("ValueError", "no", ""); })),
            1u);
}

TEST(UnchangedMarker, IsOneRawCell) {
  const TVMFFIAny cell = Unchanged().CopyToTVMFFIAny();
  EXPECT_EQ(cell.type_index, kTVMFFIUnchanged);
  EXPECT_EQ(cell.zero_padding, 0u);
  EXPECT_EQ(cell.v_uint64, 0u);
  EXPECT_EQ(Any(Unchanged()).type_index(), kTVMFFIUnchanged);
}

TEST(UnchangedMarker, ConvertsAsItsValueDoes) {
  static_assert(detail::is_unchanged_or_v<UnchangedOr<int>> && !detail::is_unchanged_or_v<int>);
  static_assert(std::is_convertible_v<int, UnchangedOr<double>>);
  static_assert(std::is_convertible_v<UnchangedOr<int>, UnchangedOr<double>>);
  static_assert(!std::is_convertible_v<Error, UnchangedOr<Any>>);
  static_assert(!std::is_convertible_v<Expected<int>, UnchangedOr<int>>);
  static_assert(std::is_copy_assignable_v<UnchangedOr<Any>>);
  static_assert(!type_subsumes_v<UnchangedOr<double>, UnchangedOr<int>>);
  UnchangedOr<double> widened = UnchangedOr<int>(3);
  EXPECT_EQ(std::move(widened).ValueUnchecked(), 3.0);
  UnchangedOr<double> marker = UnchangedOr<int>(Unchanged());
  EXPECT_TRUE(marker.IsUnchanged());
  EXPECT_EQ(std::move(marker).ValueOrUnchanged(2.5), 2.5);
  EXPECT_TRUE(Any(Unchanged()).as<UnchangedOr<int>>()->IsUnchanged());
  EXPECT_EQ(Any(4).as_or_throw<UnchangedOr<int>>().IsUnchanged(), false);
  EXPECT_FALSE(Any(true).as<UnchangedOr<int>>().has_value()) << "strict";
  EXPECT_FALSE(Any(Error("A", "b", "")).as<UnchangedOr<Any>>().has_value());
  EXPECT_EQ(TypeTraits<UnchangedOr<int>>::TypeSchema(),
            R"({"type":"UnchangedOr","args":[{"type":"int"}]})");
  Function f = Function::FromTyped([](bool change) -> UnchangedOr<int> {
    if (change) return 5;
    return Unchanged();
  });
  EXPECT_EQ(f(true).cast<int>(), 5);
  EXPECT_EQ(f(false).type_index(), kTVMFFIUnchanged);
  TVMFFIAny raw = detail::UnchangedOrUnsafe::MoveToTVMFFIAny(UnchangedOr<int>(7));
  EXPECT_EQ(raw.v_int64, 7);
  EXPECT_FALSE(detail::UnchangedOrUnsafe::MoveFromTVMFFIAny<int>(raw).IsUnchanged());
}

}  // namespace
