// SPDX-License-Identifier: Apache-2.0
// Maps and mutations: what is replaced, copied, shared or changed in place; variables; hooks and
// helpers for hooks; errors; the globals for other languages.
#include <gtest/gtest.h>
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/container/tuple.h>
#include <tvm/ffi/extra/structural_equal.h>
#include <tvm/ffi/extra/structural_mutate.h>
#include <tvm/ffi/function.h>

#include <vector>

#include "structural_testing.h"

namespace {

using namespace structural_testing;  // NOLINT(google-build-using-namespace)

using Ints = std::vector<int64_t>;
using Entries = Array<Tuple<int32_t, Function>>;

constexpr WalkOrder kPre = WalkOrder::kPreOrder;
constexpr WalkOrder kPost = WalkOrder::kPostOrder;

auto AddTen() {
  return [](int64_t x) -> Any { return x + 10; };
}
bool Same(const Any& lhs, const Any& rhs) { return StructuralEqual()(lhs, rhs); }

const FuncObj* AsFunc(const Any& value) { return value.as<FuncObj>(); }

TEST(StructuralMap, ReplacesElementsFieldsAndMapValues) {
  Any value = Array<Any>{
      1,          Make<IntObj>(2), Map<Any, Any>{{100, 3}}, List<Any>{4}, Dict<Any, Any>{{200, 5}},
      String("s")};
  Any expected = Array<Any>{11,
                            Make<IntObj>(12),
                            Map<Any, Any>{{100, 13}},
                            List<Any>{14},
                            Dict<Any, Any>{{200, 15}},
                            String("s")};
  EXPECT_TRUE(Same(StructuralMap<kPre>(value, AddTen()), expected));
  EXPECT_TRUE(Same(StructuralMap<kPost>(value, AddTen()), expected));
  EXPECT_TRUE(Same(value.cast<Array<Any>>()[0], 1));
}

TEST(StructuralMap, WithoutChangeTheSameObjectComesBack) {
  for (Any value : {Any(Array<Any>{String("a long string"), Make<IntObj>(1.5)}),
                    Any(Map<Any, Any>{{1, 2.5}}), Any(BigInt(1))}) {
    Any keep = value;
    EXPECT_TRUE(StructuralMap<kPost>(value, [](const VarObj*) -> Any { return 1; }).same_as(keep));
  }
}

TEST(StructuralMap, SharedValuesAreCopiedAndUniqueOnesChangedInPlace) {
  Array<Any> shared{1, List<Any>{2}};
  Any mapped = StructuralMap<kPost>(shared, AddTen());
  EXPECT_FALSE(mapped.same_as(shared));
  EXPECT_TRUE(Same(shared, Array<Any>{1, List<Any>{2}}));

  Array<Any> unique{1, List<Any>{2}, Map<Any, Any>{{1, 3}}};
  const Object* before = unique.get();
  Any result = StructuralMap<kPost>(Any(std::move(unique)), AddTen());
  EXPECT_EQ(result.as<Object>(), before);
  EXPECT_TRUE(Same(result, Array<Any>{11, List<Any>{12}, Map<Any, Any>{{1, 13}}}));
}

TEST(StructuralMap, SharedPartsOfUniqueValuesAreNotChanged) {
  List<Any> part{1};
  Array<Any> root{part};
  Any result = StructuralMap<kPost>(Any(std::move(root)), AddTen());
  EXPECT_TRUE(Same(part, List<Any>{1}));
  EXPECT_TRUE(Same(result, Array<Any>{List<Any>{11}}));
}

TEST(StructuralMap, NoneIsOfferedAndIsAReplacement) {
  Any value = Array<Any>{nullptr, 1};
  EXPECT_TRUE(Same(StructuralMap<kPre>(value,
                                       [](AnyView v) -> Any {
                                         if (v == nullptr) return 5;
                                         if (v.as<int64_t>()) return nullptr;
                                         return Unchanged();
                                       }),
                   Array<Any>{5, nullptr}));
}

TEST(StructuralMap, PreOrderDescendsIntoReplacementsAndPostOrderDoesNot) {
  auto wrap = [](const String& s) -> Any { return Array<Any>{1, s.size()}; };
  Any value = Array<Any>{String("ab")};
  EXPECT_TRUE(Same(StructuralMap<kPre>(value, wrap, AddTen()), Array<Any>{Array<Any>{11, 12}}));
  EXPECT_TRUE(Same(StructuralMap<kPost>(value, wrap, AddTen()), Array<Any>{Array<Any>{1, 2}}));
}

TEST(StructuralMap, RebuiltVariablesReplaceTheirUses) {
  ObjectRef x = Make<VarTObj>("x", 1);
  for (const ObjectRef& root :
       {Make<FuncObj>(Array<Any>{x}, Array<Any>{x, x}), Make<LetObj>(x, Array<Any>{x, x})}) {
    Any mapped = StructuralMap<kPost>(root, AddTen());
    const auto* func = AsFunc(mapped);
    Any def = func != nullptr ? func->params.cast<Array<Any>>()[0] : mapped.as<LetObj>()->var;
    Array<Any> uses = (func != nullptr ? func->body : mapped.as<LetObj>()->body).cast<Array<Any>>();
    EXPECT_FALSE(def.same_as(x));
    EXPECT_EQ(def.as<VarTObj>()->ty.cast<int>(), 11);
    EXPECT_TRUE(uses[0].same_as(def));
    EXPECT_TRUE(uses[1].same_as(def));
  }
  EXPECT_TRUE(StructuralMap<kPost>(x, AddTen()).same_as(x));
}

TEST(StructuralMap, SharedGraphNodesStayShared) {
  ObjectRef dag = Make<DagObj>(1), tree = Make<IntObj>(1);
  auto mapped = StructuralMap<kPost>(Array<Any>{dag, dag, tree, tree}, AddTen()).cast<Array<Any>>();
  EXPECT_TRUE(mapped[0].same_as(mapped[1]));
  EXPECT_EQ(mapped[0].as<DagObj>()->value.cast<int>(), 11);
  EXPECT_FALSE(mapped[2].same_as(mapped[3]));
}

TEST(StructuralMap, CallbacksSeeTheRegion) {
  Ints kinds;
  StructuralMap<kPost>(Make<FuncObj>(Var("x"), Var("y")),
                       [&](const VarObj*, TVMFFIDefRegionKind kind) -> Any {
                         kinds.push_back(kind);
                         return Unchanged();
                       });
  EXPECT_EQ(kinds, (Ints{kTVMFFIDefRegionKindPattern, kTVMFFIDefRegionKindNone}));
}

TEST(StructuralMap, ErrorsLeaveATrailAndReachTheCaller) {
  ObjectRef leaf = Make<IntObj>(1);
  Array<Any> root{leaf};
  Expected<Any> result = StructuralMapExpected<kPre>(
      root, [](int64_t) -> Any { TVM_FFI_THROW(ValueError) << "no ints"; });
  ASSERT_TRUE(result.is_err());
  EXPECT_EQ(result.error().message(), "no ints");
  auto context = VisitErrorContext::TryGetFromError(result.error());
  ASSERT_TRUE(context.has_value());
  EXPECT_EQ((*context)->reverse_visit_pattern.size(), 2u);
  EXPECT_TRUE((*context)->reverse_visit_pattern[0].same_as(leaf));
}

TEST(StructuralMap, ValuesThatCannotBeCopiedAreTypeErrors) {
  auto run = [](const Any& value) {
    return ErrorOf([&] { StructuralMap<kPost>(Array<Any>{value}, AddTen()); });
  };
  const char* text = "TypeError: __ffi_shallow_copy__ must be an ffi.Function";
  EXPECT_EQ(run(Make<UncopyableObj>()), text);
  EXPECT_EQ(run(Shape({1})), text);
}

TEST(StructuralMap, ErrorsInsideMapValuesAndFieldsReachTheCaller) {
  ObjectRef var = Make<FuncObj>(Make<VarTObj>("n", 1), 0);
  std::string error = ErrorOf([&] {
    StructuralMap<kPost>(Make<LetObj>(0, Map<Any, Any>{{0, var}}),
                         [](const VarTObj*) -> Any { TVM_FFI_THROW(TypeError) << "rejected"; });
  });
  EXPECT_EQ(error, "TypeError: rejected");
}

TEST(StructuralMap, TooDeepValuesAreErrors) {
  DeepList deep(300000);
  Expected<Any> result = StructuralMapExpected<kPost>(deep.root(), AddTen());
  ASSERT_TRUE(result.is_err());
  EXPECT_EQ(result.error().kind(), "RecursionError");
}

TEST(StructuralMutate, CallbacksOwnTheDescentAndSeeTheMode) {
  std::vector<InplaceMode> modes;
  auto on_array = [&](const Array<Any>& seq, StructuralMutatorObj* mutator,
                      InplaceMode mode) -> Expected<Any> {
    modes.push_back(mode);
    TVM_FFI_S_MUTATE_ASSIGN_OR_RETURN(UnchangedOr<Any>, first, mutator->MutateExpected(seq[0]));
    return Array<Any>{std::move(first).ValueOrUnchanged(seq[0]), seq[1]};
  };
  auto on_int = [](int64_t x, StructuralMutatorObj*) -> Any { return x + 1; };
  Array<Any> root{1, 2};
  EXPECT_TRUE(Same(StructuralMutate(root, on_array, on_int), Array<Any>{2, 2}));
  EXPECT_TRUE(Same(StructuralMutate(Any(Array<Any>{1, 2}), on_array, on_int), Array<Any>{2, 2}));
  EXPECT_EQ(modes, (std::vector<InplaceMode>{InplaceMode::kDisallow, InplaceMode::kAllow}));
}

TEST(StructuralMutate, HelpersReturnErrorsAndCheckTypes) {
  auto declared = [](Expected<UnchangedOr<Any>> value) -> Expected<Any> {
    TVM_FFI_S_MUTATE_MAYBE_EARLY_RETURN(value);
    TVM_FFI_S_MUTATE_ASSIGN_OR_RETURN(String, text, std::move(value));
    return Any(text);
  };
  EXPECT_EQ(declared(UnchangedOr<Any>(Any(String("s")))).value().cast<String>(), "s");
  Expected<Any> mismatch = declared(UnchangedOr<Any>(Any(1)));
  ASSERT_TRUE(mismatch.is_err());
  EXPECT_EQ(mismatch.error().message(),
            "structural mutate result does not match the declared type");
  EXPECT_EQ(declared(Error("ValueError", "first", "")).error().message(), "first");
}

TEST(StructuralMutate, RemapKeysMustBeObjectsAndAreReleased) {
  ObjectRef key = Make<IntObj>(1);
  int during = 0;
  StructuralMutate(Any(1), [&](int64_t, StructuralMutatorObj* mutator) -> Any {
    EXPECT_EQ(mutator->VarRemapGetExpected(key).value(), nullptr);
    EXPECT_TRUE(mutator->VarRemapSetExpected(key, 5).is_ok());
    EXPECT_TRUE(mutator->VarRemapSetExpected(key, 6).is_ok());
    EXPECT_EQ(mutator->VarRemapGetExpected(key).value().cast<int>(), 6);
    during = key.use_count();
    EXPECT_EQ(mutator->VarRemapGetExpected(3).error().message(),
              "Variable-remap key must be an object-backed value");
    EXPECT_TRUE(mutator->VarRemapSetExpected(3, 4).is_err());
    return Unchanged();
  });
  EXPECT_EQ(during, 2);
  EXPECT_EQ(key.use_count(), 1);
}

TEST(StructuralMutate, HooksReplaceTheDefault) {
  static bool registered = [] {
    reflection::TypeAttrDef<HookedObj>().attr(
        "__s_mutate__", Function::FromTyped([](const Any&, const Any& self) -> Any {
          return self.as<HookedObj>()->value;
        }));
    reflection::TypeAttrDef<PlainObj>().attr("__s_mutate__", String("nonsense"));
    return true;
  }();
  ASSERT_TRUE(registered);
  // The callback takes what the hook made.
  EXPECT_TRUE(Same(StructuralMap<kPost>(Array<Any>{Make<HookedObj>(3)}, AddTen()), Array<Any>{13}));
  EXPECT_EQ(ErrorOf([] { StructuralMap<kPost>(Make<PlainObj>(3), AddTen()); }),
            "TypeError: __s_mutate__ must be a direct hook pointer or ffi.Function");
}

TEST(StructuralMutate, GlobalsMapAndMutateWithFunctions) {
  Function map = Function::GetGlobalRequired("ffi.StructuralMap");
  Function mutate = Function::GetGlobalRequired("ffi.StructuralMutate");
  Function recurse = Function::GetGlobalRequired("ffi.StructuralMutatorMutate");
  Function descend = Function::GetGlobalRequired("ffi.StructuralMutatorDefaultMutate");
  Function set = Function::GetGlobalRequired("ffi.StructuralMutatorVarRemapSet");
  Function get = Function::GetGlobalRequired("ffi.StructuralMutatorVarRemapGet");
  Function add = Function::FromTyped([](int64_t x) { return x + 1; });
  Function with_kind = Function::FromTyped([](const Any&, int kind) { return kind; });
  Any root = Array<Any>{1, 2.5};
  Any mapped = map(root, Entries{Tuple<int32_t, Function>(kTVMFFIInt, add)},
                   Entries{Tuple<int32_t, Function>(kTVMFFIFloat, with_kind)}, 1);
  EXPECT_TRUE(Same(mapped, Array<Any>{2, 0}));

  Function on_list = Function::FromTyped([&](const Any& value, const Any& mutator, int mode) {
    set(mutator, value, 7);
    EXPECT_EQ(get(mutator, value).cast<int>(), 7);
    EXPECT_EQ(mode, 0);
    return descend(mutator, value);
  });
  Function on_int = Function::FromTyped([&](int64_t x, const Any& mutator) -> Any {
    if (x > 5) return x;
    return recurse(mutator, x + 5);
  });
  using MutateEntries = Array<Tuple<int32_t, Function, bool>>;
  Any mutated = mutate(Array<Any>{List<Any>{1}, 9},
                       MutateEntries{Tuple<int32_t, Function, bool>(kTVMFFIList, on_list, true),
                                     Tuple<int32_t, Function, bool>(kTVMFFIInt, on_int, false)});
  EXPECT_TRUE(Same(mutated, Array<Any>{List<Any>{6}, 9}));
}

TEST(UnchangedOr, DistinguishesTheMarkerFromValues) {
  UnchangedOr<Any> marker = Unchanged(), none = Any(nullptr);
  EXPECT_TRUE(marker.IsUnchanged());
  EXPECT_FALSE(none.IsUnchanged());
  EXPECT_TRUE(marker.UnchangedOrSameAs(Any(3)));
  EXPECT_TRUE(UnchangedOr<Any>(Any(3)).UnchangedOrSameAs(Any(3)));
  EXPECT_FALSE(UnchangedOr<Any>(Any(3)).UnchangedOrSameAs(Any(4)));
  EXPECT_EQ(UnchangedOr<Any>(marker).ValueOrUnchanged(AnyView(5)).cast<int>(), 5);
  EXPECT_EQ(UnchangedOr<int64_t>(4).ValueOrUnchanged(int64_t{5}), 4);
  EXPECT_EQ(UnchangedOr<String>(String("s")).as<String>().value(), "s");
  EXPECT_EQ(Any(marker).GetTypeKey(), "ffi.Unchanged");
  UnchangedOr<Any> widened = UnchangedOr<String>(String("w"));
  EXPECT_EQ(std::move(widened).ValueUnchecked().cast<String>(), "w");
  EXPECT_EQ(detail::Type2Str<UnchangedOr<int64_t>>::v(), "UnchangedOr<int>");
  EXPECT_EQ(ErrorOf([] { UnchangedOr<Any>(Any(1)).as_or_throw<String>(); }).substr(0, 10),
            "TypeError:");
  static_assert(type_subsumes_v<UnchangedOr<Any>, UnchangedOr<String>>);
  static_assert(!std::is_default_constructible_v<UnchangedOr<Any>>);
}

}  // namespace
