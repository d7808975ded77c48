// SPDX-License-Identifier: Apache-2.0
// The services of extra/ through their global functions, which is how other languages reach them,
// and from many threads at once: their look-up tables are made at the first use.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/tuple.h>
#include <tvm/ffi/extra/dataclass.h>
#include <tvm/ffi/extra/structural_mutate.h>
#include <tvm/ffi/extra/structural_visit.h>
#include <tvm/ffi/function.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "structural_testing.h"

namespace {

using namespace structural_testing;  // NOLINT(google-build-using-namespace)

template <typename... Args>
Any Call(const char* name, Args&&... args) {
  return Function::GetGlobalRequired(name)(std::forward<Args>(args)...);
}

std::string Repr(const Any& value) { return ReprPrint(value); }

TEST(ExtraGlobals, JsonTakesTextAndValues) {
  EXPECT_EQ(Repr(Call("ffi.json.Parse", "[1, {\"a\": null}]")), "(1, {\"a\": None})");
  EXPECT_EQ(Call("ffi.json.Stringify", Array<Any>{1, nullptr}, nullptr).cast<String>(), "[1,null]");
  EXPECT_EQ(Call("ffi.json.Stringify", Array<Any>{1}, 2).cast<String>(), "[\n  1\n]");
  EXPECT_EQ(ErrorOf([] { Call("ffi.json.Stringify", 1); }),
            "TypeError: Mismatched number of arguments when calling: `ffi.json.Stringify(0: Any, "
            "1: Optional<int>) -> str`. Expected 2 but got 1 arguments");
}

TEST(ExtraGlobals, GraphsRoundTrip) {
  Any value = Map<Any, Any>{{String("k"), Array<Any>{1, 2.5}}};
  Any graph = Call("ffi.ToJSONGraph", value, nullptr);
  EXPECT_EQ(Repr(Call("ffi.FromJSONGraph", graph)), Repr(value));
  Any text = Call("ffi.ToJSONGraphString", value, nullptr);
  EXPECT_EQ(Repr(Call("ffi.FromJSONGraphString", text)), Repr(value));
}

TEST(ExtraGlobals, StructuralComparisonsTakeBothFlags) {
  Any x = Var("x"), y = Var("y");
  EXPECT_TRUE(Call("ffi.StructuralEqual", x, y, true, false).cast<bool>());
  EXPECT_FALSE(Call("ffi.StructuralEqual", x, y, false, false).cast<bool>());
  EXPECT_EQ(Call("ffi.StructuralHash", x, true, false).cast<int64_t>(), 0x7933327a60042d30);
  EXPECT_TRUE(Call("ffi.GetFirstStructuralMismatch", x, y, true, false) == nullptr);
  EXPECT_EQ(Repr(Call("ffi.GetFirstStructuralMismatch", Array<Any>{1, 2}, Array<Any>{1, 3}, false,
                      false)),
            "(<root>[1], <root>[1])");
}

TEST(ExtraGlobals, RecursiveOrderHasFourForms) {
  auto compare = [](const char* name, const Any& lhs, const Any& rhs) {
    return Call(name, lhs, rhs).cast<bool>();
  };
  Any one = Array<Any>{1}, two = Array<Any>{2};
  EXPECT_TRUE(compare("ffi.RecursiveLt", one, two) && !compare("ffi.RecursiveLt", one, one));
  EXPECT_TRUE(compare("ffi.RecursiveLe", one, one) && !compare("ffi.RecursiveLe", two, one));
  EXPECT_TRUE(compare("ffi.RecursiveGt", two, one) && !compare("ffi.RecursiveGt", one, one));
  EXPECT_TRUE(compare("ffi.RecursiveGe", one, one) && !compare("ffi.RecursiveGe", one, two));
  EXPECT_TRUE(compare("ffi.RecursiveEq", one, Array<Any>{1}));
}

TEST(ExtraGlobals, InterruptsCarryAPayload) {
  EXPECT_EQ(Call("ffi.VisitInterrupt", 5).cast<VisitInterrupt>()->value.cast<int>(), 5);
}

using Entry = Tuple<int32_t, Function>;
using Entries = Array<Entry>;
using Mutation = Tuple<int32_t, Function, bool>;
using Mutations = Array<Mutation>;

TEST(ExtraGlobals, VisitorsTellAndChangeTheirRegion) {
  Array<Any> seen;
  auto on_list = [&](Any value, ObjectRef visitor) -> Any {
    seen.push_back(Call("ffi.StructuralVisitorDefRegionKind", visitor));
    auto inner = [&]() -> Any {
      seen.push_back(Call("ffi.StructuralVisitorDefRegionKind", visitor));
      return Call("ffi.StructuralVisitorDefaultVisit", visitor, value);
    };
    Any result =
        Call("ffi.StructuralVisitorWithDefRegionKind", visitor, 2, Function::FromTyped(inner));
    seen.push_back(Call("ffi.StructuralVisitorDefRegionKind", visitor));
    return result;
  };
  auto on_int = [&](int64_t value, ObjectRef) -> Any {
    seen.push_back(value * 100);
    return nullptr;
  };
  Entries entries = {Entry(kTVMFFIList, Function::FromTyped(on_list)),
                     Entry(kTVMFFIInt, Function::FromTyped(on_int))};
  EXPECT_TRUE(Call("ffi.StructuralVisit", List<Any>{7}, entries) == nullptr);
  EXPECT_EQ(Repr(seen), "(0, 2, 700, 0)");
}

TEST(ExtraGlobals, MutatorsTellAndChangeTheirRegion) {
  Array<Any> seen;
  auto on_list = [&](Any value, ObjectRef mutator) -> Any {
    seen.push_back(Call("ffi.StructuralMutatorDefRegionKind", mutator));
    auto inner = [&]() -> Any {
      seen.push_back(Call("ffi.StructuralMutatorDefRegionKind", mutator));
      return Call("ffi.StructuralMutatorDefaultMutate", mutator, value);
    };
    return Call("ffi.StructuralMutatorWithDefRegionKind", mutator, 1, Function::FromTyped(inner));
  };
  auto on_int = [&](int64_t value, ObjectRef) -> Any { return value + 1; };
  Mutations entries = {Mutation(kTVMFFIList, Function::FromTyped(on_list), false),
                       Mutation(kTVMFFIInt, Function::FromTyped(on_int), false)};
  EXPECT_EQ(Repr(Call("ffi.StructuralMutate", List<Any>{7}, entries)), "[8]");
  EXPECT_EQ(Repr(seen), "(0, 1)");
}

// In the reference this recurses until the stack ends.
TEST(ExtraGlobals, AHookThatAsksForItsOwnDefaultIsAnError) {
  auto descend = [](const char* global) {
    return [global](Any value, ObjectRef walker) -> Any { return Call(global, walker, value); };
  };
  Entries entries = {
      Entry(kTVMFFIList, Function::FromTyped(descend("ffi.StructuralVisitorVisit")))};
  EXPECT_NE(ErrorOf([&] { Call("ffi.StructuralVisit", List<Any>{1}, entries); }), "no error");
  Mutations mutations = {
      Mutation(kTVMFFIList, Function::FromTyped(descend("ffi.StructuralMutatorMutate")), false)};
  EXPECT_NE(ErrorOf([&] { Call("ffi.StructuralMutate", List<Any>{1}, mutations); }), "no error");
}

TEST(ExtraServices, ConcurrentCallsAgree) {
  auto make = [] {
    return Array<Any>{1, String("text"), Map<Any, Any>{{String("k"), List<Any>{1, 2.5}}}};
  };
  auto run = [](const Any& value) {
    std::string all = Repr(value);
    all += Repr(DeepCopy(value));
    all += std::to_string(RecursiveHash(value));
    all += std::to_string(Call("ffi.StructuralHash", value, false, false).cast<int64_t>());
    all += Repr(Call("ffi.RecursiveEq", value, value));
    all += Repr(Call("ffi.StructuralEqual", value, DeepCopy(value), false, false));
    all += Call("ffi.json.Stringify", Array<Any>{1.5, String("s")}, 1).cast<String>();
    all += Repr(Call("ffi.json.Parse", "{\"a\": [1, 2]}"));
    all += Call("ffi.ToJSONGraphString", Array<Any>{1, String("s")}, nullptr).cast<String>();
    return all;
  };
  const Any shared = make();
  std::vector<std::string> results(4);
  std::atomic<size_t> waiting{0};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < results.size(); ++i) {
    threads.emplace_back([&, i] {
      ++waiting;
      while (waiting < results.size()) std::this_thread::yield();
      for (int round = 0; round < 5; ++round) results[i] = run(shared);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& result : results) EXPECT_EQ(result, run(make()));
}

TEST(ExtraServices, ConcurrentWalksShareNothing) {
  // Containers only: mapping copies an object, and the copy constructor that the interface fixes
  // reads the header, reference count included, while other threads count.
  const Any root = Array<Any>{1, List<Any>{2, Array<Any>{3}}};
  std::atomic<int64_t> sum{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        StructuralWalk<WalkOrder::kPreOrder>(root, [&](int64_t x) {
          sum += x;
          return WalkResult::Advance();
        });
        Any mapped = StructuralMap<WalkOrder::kPreOrder>(root, [](int64_t x) -> Any { return -x; });
        sum += mapped == nullptr;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum, 4 * 20 * 6);
}

}  // namespace
