// SPDX-License-Identifier: Apache-2.0
// Walks and visits: order, selection of callbacks, skipping, interrupts, definition regions, hooks,
// errors, and the globals for other languages.
#include <gtest/gtest.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/tuple.h>
#include <tvm/ffi/extra/structural_visit.h>
#include <tvm/ffi/function.h>

#include <vector>

#include "structural_testing.h"

namespace {

using namespace structural_testing;  // NOLINT(google-build-using-namespace)

using Ints = std::vector<int64_t>;
using Kinds = std::vector<TVMFFIDefRegionKind>;
using Entries = Array<Tuple<int32_t, Function>>;

template <WalkOrder order>
Ints IntsOf(const Any& root) {
  Ints seen;
  StructuralWalk<order>(root, [&](int64_t x) {
    seen.push_back(x);
    return WalkResult::Advance();
  });
  return seen;
}

Kinds KindsOfVars(const Any& root) {
  Kinds kinds;
  auto note = [&](const Object*, TVMFFIDefRegionKind kind) { kinds.push_back(kind); };
  StructuralWalk<WalkOrder::kPreOrder>(
      root,
      [&](const VarObj* var, TVMFFIDefRegionKind kind) {
        note(var, kind);
        return WalkResult::Advance();
      },
      [&](const VarTObj* var, TVMFFIDefRegionKind kind) {
        note(var, kind);
        return WalkResult::Advance();
      });
  return kinds;
}

TEST(StructuralWalk, VisitsElementsFieldsAndMapValues) {
  Any value = Array<Any>{1,       Make<IntObj>(2), Map<Any, Any>{{100, 3}},
                         nullptr, List<Any>{4},    Dict<Any, Any>{{200, 5}}};
  EXPECT_EQ(IntsOf<WalkOrder::kPreOrder>(value), (Ints{1, 2, 3, 4, 5}));
  EXPECT_EQ(IntsOf<WalkOrder::kPostOrder>(value), (Ints{1, 2, 3, 4, 5}));
  EXPECT_EQ(IntsOf<WalkOrder::kPreOrder>(7), Ints{7});
}

TEST(StructuralWalk, IgnoredFieldsAreLeftOut) {
  EXPECT_EQ(IntsOf<WalkOrder::kPreOrder>(Make<FuncObj>(1, 2, 3)), (Ints{1, 2}));
}

TEST(StructuralWalk, PreOrderSkipPrunesAndPostOrderSeesPartsFirst) {
  Any pair = Array<Any>{Array<Any>{1}, 2};
  Ints sizes;
  StructuralWalk<WalkOrder::kPreOrder>(
      pair,
      [&](const Array<Any>& seq) {
        sizes.push_back(static_cast<int64_t>(seq.size()));
        return seq.size() == 1 ? WalkResult::Skip() : WalkResult::Advance();
      },
      [&](int64_t x) {
        sizes.push_back(x * 10);
        return WalkResult::Advance();
      });
  EXPECT_EQ(sizes, (Ints{2, 1, 20}));
  sizes.clear();
  StructuralWalk<WalkOrder::kPostOrder>(pair, [&](AnyView value) {
    sizes.push_back(value.type_index());
    return WalkResult::Skip();
  });
  EXPECT_EQ(sizes, (Ints{kTVMFFIInt, kTVMFFIArray, kTVMFFIInt, kTVMFFIArray}));
}

TEST(StructuralWalk, OnlyTheFirstMatchingCallbackRuns) {
  int ints = 0, others = 0;
  StructuralWalk<WalkOrder::kPreOrder>(
      Array<Any>{1, true, String("s")},
      [&](int64_t) {
        ++ints;
        return WalkResult::Advance();
      },
      [&](const Any&) -> Expected<WalkResult> {
        ++others;
        return WalkResult::Advance();
      });
  EXPECT_EQ(ints, 1);
  EXPECT_EQ(others, 3);
}

TEST(StructuralWalk, InterruptStopsWithItsPayload) {
  int calls = 0;
  auto result = StructuralWalk<WalkOrder::kPreOrder>(Array<Any>{1, 2, 3}, [&](int64_t x) {
    ++calls;
    return x == 2 ? WalkResult::Interrupt(VisitInterrupt(x)) : WalkResult::Advance();
  });
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ((*result)->value.cast<int64_t>(), 2);
  EXPECT_EQ(calls, 2);
}

TEST(StructuralWalk, ErrorsCarryTheTrailOfObjects) {
  ObjectRef leaf = Make<IntObj>(1);
  Array<Any> root{leaf};
  auto result = StructuralWalkExpected<WalkOrder::kPreOrder>(
      root, [](int64_t) -> Expected<WalkResult> { TVM_FFI_THROW(ValueError) << "no ints"; });
  ASSERT_TRUE(result.is_err());
  EXPECT_EQ(result.error().message(), "no ints");
  auto context = VisitErrorContext::TryGetFromError(result.error());
  ASSERT_TRUE(context.has_value());
  const List<ObjectRef>& pattern = (*context)->reverse_visit_pattern;
  ASSERT_EQ(pattern.size(), 2u);
  EXPECT_TRUE(pattern[0].same_as(leaf));
  EXPECT_TRUE(pattern[1].same_as(root));
}

TEST(StructuralWalk, RegionsFollowFieldFlags) {
  ObjectRef nested = Make<VarTObj>("v", Var("n"));
  EXPECT_EQ(
      KindsOfVars(Make<FuncObj>(Array<Any>{nested}, Var("use"))),
      (Kinds{kTVMFFIDefRegionKindPattern, kTVMFFIDefRegionKindPattern, kTVMFFIDefRegionKindNone}));
  EXPECT_EQ(
      KindsOfVars(Make<LetObj>(Array<Any>{nested}, Var("use"))),
      (Kinds{kTVMFFIDefRegionKindSimple, kTVMFFIDefRegionKindNone, kTVMFFIDefRegionKindNone}));
  // A pattern region is not narrowed by a simple field inside.
  EXPECT_EQ(KindsOfVars(Make<FuncObj>(Make<LetObj>(Var("x"), 0), 0)),
            Kinds{kTVMFFIDefRegionKindPattern});
}

TEST(StructuralWalk, TooDeepValuesAreErrors) {
  DeepList deep(300000);
  auto result = StructuralWalkExpected<WalkOrder::kPreOrder>(
      deep.root(), [](AnyView) { return WalkResult::Advance(); });
  ASSERT_TRUE(result.is_err());
  EXPECT_EQ(result.error().kind(), "RecursionError");
}

// A visitor whose parent supplies state.
class CountingParent : public StructuralVisitorObj {
 public:
  using StateTupleType = std::tuple<int*>;
  explicit CountingParent(const StructuralVisitorVTable* vtable) : StructuralVisitorObj(vtable) {}
  int count = 0;

 protected:
  StateTupleType StateTuple() const noexcept { return {const_cast<int*>(&count)}; }
};

TEST(StructuralWalk, ParentsSupplyState) {
  auto callback = [](int64_t x, int* count) {
    *count += static_cast<int>(x);
    return WalkResult::Advance();
  };
  using Engine = StructuralWalkEngine<CountingParent, WalkOrder::kPreOrder, decltype(callback)>;
  ObjectPtr<Engine> engine = make_object<Engine>(callback);
  Any root = Array<Any>{1, 2, 3};
  EXPECT_FALSE(engine->Visit(root).has_value());
  EXPECT_EQ(engine->count, 6);
}

TEST(StructuralVisit, CallbacksOwnTheDescent) {
  Ints seen;
  StructuralVisit(
      Make<FuncObj>(1, 2),
      [&](const FuncObj* func,
          StructuralVisitorObj* visitor) -> Expected<Optional<VisitInterrupt>> {
        TVM_FFI_S_VISIT_MAYBE_EARLY_RETURN(visitor->VisitExpected(func->body));
        return Optional<VisitInterrupt>(std::nullopt);
      },
      [&](int64_t x, StructuralVisitorObj*) -> Optional<VisitInterrupt> {
        seen.push_back(x);
        return std::nullopt;
      });
  EXPECT_EQ(seen, Ints{2});
}

TEST(StructuralVisit, RegionsAreRestoredAfterAnInterrupt) {
  TVMFFIDefRegionKind after = kTVMFFIDefRegionKindPattern;
  auto result = StructuralVisit(
      Make<IntObj>(5),
      [&](const IntObj* node, StructuralVisitorObj* visitor) -> Expected<Optional<VisitInterrupt>> {
        auto inner = visitor->WithDefRegionKind(
            kTVMFFIDefRegionKindSimple, [&] { return visitor->VisitExpected(node->value); });
        after = visitor->def_region_kind();
        return inner;
      },
      [&](int64_t, StructuralVisitorObj* visitor) -> Optional<VisitInterrupt> {
        return VisitInterrupt(static_cast<int64_t>(visitor->def_region_kind()));
      });
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ((*result)->value.cast<int64_t>(), kTVMFFIDefRegionKindSimple);
  EXPECT_EQ(after, kTVMFFIDefRegionKindNone);
}

TEST(StructuralVisit, GlobalsWalkWithFunctions) {
  Function walk = Function::GetGlobalRequired("ffi.StructuralWalk");
  Ints seen;
  Function on_int = Function::FromTyped([&](int64_t x) { seen.push_back(x); });
  Function on_any = Function::FromTyped([&](const Any& value, int kind) {
    seen.push_back(100 + kind);
    return value.type_index() == kTVMFFISmallStr ? 1 : 0;
  });
  Entries first{Tuple<int32_t, Function>(kTVMFFIInt, on_int)};
  Entries second{Tuple<int32_t, Function>(-1, on_any)};
  Any root = Array<Any>{1, String("s")};
  EXPECT_EQ(walk(root, first, second, 0), nullptr);
  EXPECT_EQ(seen, (Ints{100, 1, 100}));
  Function bad = Function::FromTyped([](const Any&) { return String("text"); });
  EXPECT_EQ(ErrorOf([&] { walk(1, Entries{Tuple<int32_t, Function>(-1, bad)}, Entries{}, 1); }),
            "TypeError: CallExpected: result type mismatch, expected WalkResult, but got "
            "ffi.SmallStr");
  EXPECT_EQ(ErrorOf([&] {
              walk(1, Entries{Tuple<int32_t, Function>(1 << 28, bad)}, Entries{}, 1);
            }).substr(0, 14),
            "InternalError:");
}

TEST(StructuralVisit, GlobalsVisitWithFunctions) {
  Function visit = Function::GetGlobalRequired("ffi.StructuralVisit");
  Function kind_of = Function::GetGlobalRequired("ffi.StructuralVisitorDefRegionKind");
  Function with_kind = Function::GetGlobalRequired("ffi.StructuralVisitorWithDefRegionKind");
  Function descend = Function::GetGlobalRequired("ffi.StructuralVisitorDefaultVisit");
  Ints kinds;
  Function on_int = Function::FromTyped(
      [&](const Any&, const Any& visitor) { kinds.push_back(kind_of(visitor).cast<int64_t>()); });
  Function on_array = Function::FromTyped([&](const Any& value, const Any& visitor) -> Any {
    return with_kind(visitor, 2, Function::FromTyped([&] { return descend(visitor, value); }));
  });
  Entries entries{Tuple<int32_t, Function>(kTVMFFIInt, on_int),
                  Tuple<int32_t, Function>(kTVMFFIArray, on_array)};
  EXPECT_EQ(visit(List<Any>{1, Array<Any>{2}, 3}, entries), nullptr);
  EXPECT_EQ(kinds, (Ints{0, 2, 0}));
  Function stop =
      Function::FromTyped([](const Any& value, const Any&) { return VisitInterrupt(value); });
  Any interrupt = visit(4, Entries{Tuple<int32_t, Function>(-1, stop)});
  EXPECT_EQ(interrupt.cast<VisitInterrupt>()->value.cast<int>(), 4);
}

TEST(WalkResult, ConvertsFromNoneIntegersAndInterrupts) {
  EXPECT_EQ(Any(nullptr).cast<WalkResult>().get<int32_t>(), WalkResult::kAdvanceTag);
  EXPECT_EQ(Any(true).cast<WalkResult>().get<int32_t>(), WalkResult::kSkipTag);
  EXPECT_TRUE(Any(VisitInterrupt()).cast<WalkResult>().as<VisitInterrupt>().has_value());
  EXPECT_EQ(detail::Type2Str<WalkResult>::v(), "WalkResult");
}

}  // namespace
