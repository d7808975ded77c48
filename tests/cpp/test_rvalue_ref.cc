// SPDX-License-Identifier: Apache-2.0
// Behaviour of rvalue_ref.h: references handed over to a packed call.
#include <tvm/ffi/rvalue_ref.h>
// The header above compiles alone, so it comes first.
#include <gtest/gtest.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/function.h>

#include <utility>

#include "core_objects.h"

namespace {

using namespace core_tests;

TEST(RValueRefTest, MovesOutOfTheArgumentAndBack) {
  IntRef ref(3);
  const IntObj* raw = ref.get();
  RValueRef moved(std::move(ref));
  EXPECT_FALSE(ref.defined());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(sizeof(moved), 8u);
  IntRef back = *std::move(moved);
  EXPECT_EQ(back.get(), raw);
  EXPECT_EQ(back.use_count(), 1);
  EXPECT_TRUE((std::is_nothrow_move_constructible_v<RValueRef<IntRef>>));
}

TEST(RValueRefTest, CalleeOwnsAHandedOverReference) {
  Function append = Function::FromTyped([](RValueRef<Array<int>> ref, int value, bool unique) {
    Array<int> array = *std::move(ref);
    EXPECT_EQ(array.unique(), unique);
    array.push_back(value);
    return array;
  });
  Array<int> array{1, 2};
  Array<int> shared = append(array, 3, false).cast<Array<int>>();
  EXPECT_EQ(array.size(), 2u) << "a plain argument is shared, so the callee copied it";
  EXPECT_EQ(shared.size(), 3u);
  Array<int> appended = append(RValueRef(std::move(array)), 3, true).cast<Array<int>>();
  EXPECT_FALSE(array.defined());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(appended.size(), 3u);
}

TEST(RValueRefTest, AnyParameterReceivesTheObject) {
  Function take =
      Function::FromTyped([](const Any& value) { return value.as<IntObj>()->use_count() == 1; });
  EXPECT_TRUE(take(RValueRef(IntRef(1))).cast<bool>());
}

TEST(RValueRefTest, ConvertedContentsLeaveTheSlotAlone) {
  Array<Any> source{1, 2};
  RValueRef<Array<Any>> slot(std::move(source));
  Function take = Function::FromTyped([](RValueRef<Array<double>> ref) {
    Array<double> array = *std::move(ref);
    return array[0] + array[1];
  });
  EXPECT_EQ(take(slot).cast<double>(), 3.0);
  Array<Any> kept = *std::move(slot);
  EXPECT_TRUE(kept.defined());
  EXPECT_EQ(kept.size(), 2u);
}

TEST(RValueRefTest, PlainParametersRefuseIt) {
  Function plain = Function::FromTyped([](IntRef) {});
  EXPECT_EQ(CatchError([&] { plain(RValueRef(IntRef(1))); }).message(),
            "Mismatched type on argument #0 when calling: `(0: core_tests.Int) -> void`. Expected "
            "`core_tests.Int` but got `ObjectRValueRef`");
}

TEST(RValueRefTest, MismatchNamesTheContents) {
  Function take = Function::FromTyped([](RValueRef<Array<int>>) {});
  EXPECT_EQ(CatchError([&] {
              take(RValueRef(Array<Any>{1, 1.5}));
            }).message(),
            "Mismatched type on argument #0 when calling: `(0: RValueRef<Array<int>>) -> void`. "
            "Expected `RValueRef<Array<int>>` but got `RValueRef<Array[index 1: float]>`");
  EXPECT_EQ(CatchError([&] { take(1); }).message(),
            "Mismatched type on argument #0 when calling: `(0: RValueRef<Array<int>>) -> void`. "
            "Expected `RValueRef<Array<int>>` but got `int`");
}

TEST(RValueRefTest, EmptiedSlotReadsAsNone) {
  RValueRef<FloatRef> slot(FloatRef(1.0));
  Function take = Function::FromTyped([](RValueRef<FloatRef>) {});
  take(slot);
  EXPECT_EQ(CatchError([&] { take(slot); }).message(),
            "Mismatched type on argument #0 when calling: `(0: RValueRef<core_tests.Float>) -> "
            "void`. Expected `RValueRef<core_tests.Float>` but got `RValueRef<None>`");
}

TEST(RValueRefTest, SchemaWrapsTheContents) {
  EXPECT_EQ(detail::TypeSchema<RValueRef<IntRef>>::v(),
            R"({"type":"ObjectRValueRef","args":[{"type":"core_tests.Int"}]})");
  EXPECT_FALSE(TypeTraits<RValueRef<IntRef>>::storage_enabled);
}

}  // namespace
