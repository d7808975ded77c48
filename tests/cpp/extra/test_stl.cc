// SPDX-License-Identifier: Apache-2.0
// Behaviour of extra/stl.h: standard types as values, parameters and results.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/extra/stl.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/memory.h>

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "core_objects.h"
#include "value_checks.h"

namespace {

using namespace core_tests;
using value_checks::ErrorOf;

template <typename T>
T RoundTrip(T value) {
  return Any(std::move(value)).template cast<T>();
}

TEST(STLVector, CrossesAsAnArrayOfConvertedElements) {
  Any value = std::vector<std::string>{"a", "b"};
  EXPECT_EQ(value.type_index(), kTVMFFIArray);
  EXPECT_EQ(value.cast<Array<String>>()[1], "b");
  EXPECT_EQ(value.cast<std::vector<std::string>>(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(Any(Array<int>{1, 2}).cast<std::vector<double>>(), (std::vector<double>{1, 2}));
  EXPECT_EQ(Any(List<int>{1, 2}).cast<std::vector<int>>(), (std::vector<int>{1, 2}));
  using Nested = std::vector<std::vector<int>>;
  EXPECT_EQ(RoundTrip(Nested{{1}, {}, {2, 3}}), (Nested{{1}, {}, {2, 3}}));
  EXPECT_EQ(RoundTrip(std::vector<bool>{true, false}), (std::vector<bool>{true, false}));
  EXPECT_EQ(Any(Array<Any>{1, "x"}).cast<std::vector<Any>>().size(), 2u);
}

TEST(STLVector, OneBadElementFailsTheConversion) {
  Any mixed = Array<Any>{1, "x"};
  EXPECT_FALSE(mixed.try_cast<std::vector<int>>().has_value());
  EXPECT_EQ(ErrorOf([&] { mixed.cast<std::vector<int>>(); }),
            "TypeError: Cannot convert from type `ffi.Array` to `std::vector<int>`");
  EXPECT_FALSE(Any(3).try_cast<std::vector<int>>().has_value());
  EXPECT_EQ(ErrorOf([] { Any(Array<Any>{"bogus"}).cast<std::vector<DLDataType>>(); }),
            "ValueError: unknown dtype `bogus`");
}

TEST(STLArrayAndTuple, NeedTheExactSizeOfAnArray) {
  using Three = std::array<int, 3>;
  EXPECT_EQ(RoundTrip(Three{1, 2, 3}), (Three{1, 2, 3}));
  EXPECT_FALSE(Any(Array<int>{1, 2}).try_cast<Three>().has_value());
  using Pair = std::array<int, 2>;
  EXPECT_EQ(ErrorOf([] {
              Any(List<int>{1, 2}).cast<Pair>();
            }),
            "TypeError: Cannot convert from type `ffi.List` to `std::array<int, 2>`");
  using Tuple = std::tuple<int, String>;
  EXPECT_EQ(RoundTrip(Tuple{1, "a"}), (Tuple{1, "a"}));
  EXPECT_FALSE(Any(Array<Any>{1}).try_cast<Tuple>().has_value());
  EXPECT_FALSE(Any(Array<Any>{"a", 1}).try_cast<Tuple>().has_value());
}

TEST(STLTuple, AsParameterAndResult) {
  Function swap = Function::FromTyped(
      [](std::tuple<int, float> t) { return std::make_tuple(std::get<1>(t), std::get<0>(t)); });
  Array<Any> swapped = swap(Array<Any>{1, 2.5}).cast<Array<Any>>();
  EXPECT_EQ(swapped[0].cast<double>(), 2.5);
  EXPECT_EQ(swapped[1].cast<int>(), 1);
  EXPECT_EQ(ErrorOf([&] {
              swap(Array<Any>{1.5, 2.5});
            }),
            "TypeError: Mismatched type on argument #0 when calling: `(0: std::tuple<int, float>) "
            "-> std::tuple<float, int>`. Expected `std::tuple<int, float>` but got `ffi.Array`");
}

TEST(STLMap, BothKindsCrossAsAMap) {
  using Ordered = std::map<std::string, int>;
  using Hashed = std::unordered_map<std::string, int>;
  EXPECT_EQ(RoundTrip(Ordered{{"a", 1}, {"b", 2}}), (Ordered{{"a", 1}, {"b", 2}}));
  EXPECT_EQ(RoundTrip(Hashed{{"a", 1}, {"b", 2}}), (Hashed{{"a", 1}, {"b", 2}}));
  Any map = Map<String, int>{{"a", 1}};
  EXPECT_EQ(map.type_index(), kTVMFFIMap);
  EXPECT_EQ(map.cast<Ordered>().at("a"), 1);
  EXPECT_FALSE(Any(Dict<String, int>{{"a", 1}}).try_cast<Ordered>().has_value());
  EXPECT_FALSE(Any(Dict<String, int>{{"a", 1}}).try_cast<Hashed>().has_value());
  using WrongValue = std::map<std::string, String>;
  EXPECT_FALSE(map.try_cast<WrongValue>().has_value());
}

TEST(STLMap, TheFirstOfKeysThatBecomeEqualStays) {
  Any map = Map<Any, Any>{{1, "int"}, {true, "bool"}};
  using Merged = std::map<int, String>;
  const Merged merged = map.cast<Merged>();
  EXPECT_EQ(merged.size(), 1u);
  EXPECT_EQ(merged.at(1), "int");
}

TEST(STLOptional, IsTheBareValueOrNone) {
  using OptInt = std::optional<int>;
  EXPECT_EQ(Any(OptInt()).type_index(), kTVMFFINone);
  EXPECT_EQ(Any(OptInt(3)).type_index(), kTVMFFIInt);
  EXPECT_EQ(Any(true).cast<OptInt>(), 1);
  EXPECT_FALSE(Any(true).as<OptInt>().has_value());
  EXPECT_EQ(Any().cast<OptInt>(), std::nullopt);
  Array<OptInt> array = {1, std::nullopt};
  EXPECT_EQ(array[0], 1);
  EXPECT_EQ(array[1], std::nullopt);
  EXPECT_EQ(ErrorOf([] { Any("a").cast<OptInt>(); }),
            "TypeError: Cannot convert from type `ffi.SmallStr` to `std::optional<int>`");
}

TEST(STLOptional, OfAContainerAlsoMovesOut) {
  using OptVector = std::optional<std::vector<int>>;
  Any value = Array<int>{1, 2};
  EXPECT_EQ(std::move(value).cast<OptVector>()->size(), 2u);
  EXPECT_EQ(Any(Array<int>{1}).as<OptVector>()->value().size(), 1u);
  EXPECT_FALSE(Any(Array<Any>{"x"}).as<OptVector>().has_value());
}

TEST(STLVariant, TakesTheFirstAlternativeThatConverts) {
  using Number = std::variant<int, float>;
  EXPECT_EQ(Any(1).cast<Number>().index(), 0u);
  EXPECT_EQ(Any(true).cast<Number>().index(), 0u);
  EXPECT_EQ(Any(1.5).cast<Number>().index(), 1u);
  EXPECT_FALSE(Any("x").try_cast<Number>().has_value());
  using Mixed = std::variant<std::string, std::vector<Number>>;
  EXPECT_EQ(std::get<0>(RoundTrip(Mixed("text"))), "text");
  EXPECT_EQ(std::get<1>(RoundTrip(Mixed(std::vector<Number>{1, 2.5f})))[1].index(), 1u);
  Array<Number> array = {1, 2.5f};
  EXPECT_EQ(std::get<float>(array[1]), 2.5f);
  EXPECT_FALSE(Any(true).as<Number>().has_value());
}

TEST(STLFunction, ConvertsAtEveryCall) {
  using Callback = std::function<int(int, float)>;
  Any value = Callback([](int a, float b) { return a + static_cast<int>(b); });
  EXPECT_EQ(value.type_index(), kTVMFFIFunction);
  EXPECT_EQ(value.cast<Function>()(1, 2).cast<int>(), 3);
  EXPECT_EQ(value.cast<Callback>()(1, 2.0f), 3);
  Function add_one = Function::FromTyped(
      [](std::function<int()> f) { return std::function<int()>([f] { return f() + 1; }); });
  Function five = Function::FromTyped([] { return 5; });
  EXPECT_EQ(add_one(five).cast<Function>()().cast<int>(), 6);
  Function wrong = Function::FromTyped([](String) { return 1; });
  EXPECT_EQ(ErrorOf([&] { Any(wrong).cast<std::function<int(int)>>()(1); }).find("TypeError"), 0u);
  EXPECT_EQ(ErrorOf([&] { add_one(five).cast<Function>()(1); }),
            "TypeError: Mismatched number of arguments when calling: `() -> int`. Expected 0 but "
            "got 1 arguments");
  EXPECT_THROW(Any(std::function<void()>()).cast<Function>()(), std::bad_function_call);
}

TEST(STLCalls, ArgumentsAreReleasedAfterTheCall) {
  IntRef object(1);
  Function size = Function::FromTyped([](const Array<ObjectRef>& a) { return a.size(); });
  const std::vector<IntRef> lvalue = {object, object};
  EXPECT_EQ(size(lvalue).cast<int>(), 2);
  EXPECT_EQ(size(std::vector<IntRef>{object}).cast<int>(), 1);
  EXPECT_EQ(size.CallExpected<int>(std::make_tuple(object, object, object)).value(), 3);
  using OptVector = std::optional<std::vector<IntRef>>;
  EXPECT_EQ(size(OptVector(lvalue)).cast<int>(), 2);
  EXPECT_EQ(object.use_count(), 3);
}

TEST(STLCalls, CalleeMayKeepItsArgument) {
  static Any kept;
  Function keep = Function::FromTyped([](Any value) { kept = std::move(value); });
  keep(std::vector<int>{1, 2, 3});
  EXPECT_EQ(kept.cast<Array<int>>().size(), 3u);
  kept.reset();
}

TEST(STLTraits, TypeTexts) {
  EXPECT_EQ(TypeTraits<std::vector<int>>::TypeStr(), "std::vector<int>");
  EXPECT_EQ((TypeTraits<std::array<int, 3>>::TypeStr()), "std::array<int, 3>");
  EXPECT_EQ((TypeTraits<std::tuple<int, String>>::TypeStr()), "std::tuple<int, str>");
  EXPECT_EQ((TypeTraits<std::map<std::string, int>>::TypeStr()), "std::map<std::string, int>");
  EXPECT_EQ((TypeTraits<std::unordered_map<int, Any>>::TypeStr()), "std::unordered_map<int, Any>");
  EXPECT_EQ(TypeTraits<std::optional<int>>::TypeStr(), "std::optional<int>");
  EXPECT_EQ((TypeTraits<std::variant<int, std::string>>::TypeStr()),
            "std::variant<int, std::string>");
  EXPECT_EQ(TypeTraits<std::function<int(int, float)>>::TypeStr(),
            "std::function<int(int, float)>");
  EXPECT_EQ(TypeTraits<std::function<void()>>::TypeStr(), "std::function<void()>");
}

TEST(STLTraits, TypeSchemas) {
  EXPECT_EQ(TypeTraits<std::vector<int>>::TypeSchema(),
            R"({"type":"std::vector","args":[{"type":"int"}]})");
  EXPECT_EQ((TypeTraits<std::array<int, 3>>::TypeSchema()),
            R"({"type":"std::array","args":[{"type":"int"},3]})");
  EXPECT_EQ((TypeTraits<std::tuple<int, String>>::TypeSchema()),
            R"({"type":"std::tuple","args":[{"type":"int"}, {"type":"ffi.String"}]})");
  EXPECT_EQ((TypeTraits<std::map<std::string, int>>::TypeSchema()),
            R"({"type":"std::map","args":[{"type":"std::string"},{"type":"int"}]})");
  EXPECT_EQ((TypeTraits<std::unordered_map<int, int>>::TypeSchema()),
            R"({"type":"std::unordered_map","args":[{"type":"int"},{"type":"int"}]})");
  EXPECT_EQ(TypeTraits<std::optional<int>>::TypeSchema(),
            R"({"type":"std::optional","args":[{"type":"int"}]})");
  EXPECT_EQ((TypeTraits<std::variant<int, std::string>>::TypeSchema()),
            R"({"type":"std::variant","args":[{"type":"int"}, {"type":"std::string"}]})");
  EXPECT_EQ(
      TypeTraits<std::function<int(int, float)>>::TypeSchema(),
      R"({"type":"std::function","named_args":{"return":[{"type":"int"}],"params":[{"type":"int"}, {"type":"float"}]}})");
  EXPECT_EQ(TypeTraits<std::function<void()>>::TypeSchema(),
            R"({"type":"std::function","named_args":{"return":[{"type":"None"}],"params":[]}})");
}

}  // namespace
