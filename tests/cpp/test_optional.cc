// SPDX-License-Identifier: Apache-2.0
// Behaviour of optional.h in its four storage forms.
#include <gtest/gtest.h>
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/container/variant.h>
#include <tvm/ffi/device.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "core_objects.h"
#include "value_checks.h"

namespace {

using namespace core_tests;
using value_checks::ErrorOf;
using value_checks::kEquates;

static_assert(sizeof(Optional<const char*>) == 16 && sizeof(Optional<TVMFFIByteArray*>) == 16);
static_assert(sizeof(Optional<DLTensor*>) == 16);
static_assert(sizeof(Optional<std::string>) == sizeof(std::optional<std::string>));
static_assert(sizeof(Optional<Any>) == 24 && sizeof(Optional<AnyView>) == 24);
static_assert(sizeof(Optional<TensorView>) == sizeof(std::optional<TensorView>));
static_assert(sizeof(Optional<bool>) == 16 && sizeof(Optional<void*>) == 16);
static_assert(sizeof(Optional<Bytes>) == 16 && sizeof(Optional<BigInt>) == 16);
static_assert(sizeof(Optional<DLDataType>) == 16 && sizeof(Optional<StrictBool>) == 16);
static_assert(sizeof(Optional<Variant<int, String>>) == 16 &&
              sizeof(Optional<Expected<int>>) == 16);
static_assert(sizeof(Optional<TypedFunction<void()>>) == 16);
static_assert(sizeof(Optional<const IntObj*>) == 16);
static_assert(sizeof(Optional<Optional<int>>) == 16 && sizeof(Optional<Optional<IntRef>>) == 16);
static_assert(sizeof(Optional<Function>) == 8 && sizeof(Optional<Array<int>>) == 8);
static_assert(sizeof(Optional<Error>) == 8 && sizeof(Optional<Tensor>) == 8);
static_assert(sizeof(Optional<ObjectPtr<IntObj>>) == 8 && sizeof(Optional<Arc<IntObj>>) == 8);
static_assert(std::is_base_of_v<ObjectPtr<IntObj>, Optional<Arc<IntObj>>>);
static_assert(!std::is_base_of_v<ObjectRef, Optional<IntRef>>);

static_assert(std::is_nothrow_move_constructible_v<Optional<int>>);
static_assert(std::is_nothrow_move_assignable_v<Optional<IntRef>>);
static_assert(std::is_nothrow_move_constructible_v<Optional<Arc<IntObj>>>);
static_assert(std::is_nothrow_default_constructible_v<Optional<IntRef>>);
static_assert(!std::is_convertible_v<Optional<int>, Optional<double>>);
static_assert(!std::is_convertible_v<Optional<int>, std::optional<int>>);
static_assert(!std::is_convertible_v<Optional<IntRef>, Optional<Number>>);
static_assert(std::is_convertible_v<IntRef, Optional<Number>>);
static_assert(!std::is_convertible_v<const char*, Optional<String>>);
static_assert(!std::is_constructible_v<Optional<String>, const char*>, "ambiguous");
static_assert(std::is_assignable_v<Optional<String>&, const char*>);
static_assert(std::is_nothrow_default_constructible_v<Optional<Arc<IntObj>>>);
static_assert(std::is_nothrow_default_constructible_v<Optional<const char*>>);
static_assert(std::is_nothrow_move_assignable_v<Optional<std::string>>);
static_assert(std::is_nothrow_copy_constructible_v<Optional<const char*>>);
static_assert(is_optional_type_v<Optional<int>> && !is_optional_type_v<std::optional<int>>);
static_assert(use_object_ref_optional_v<Function> &&
              !use_object_ref_optional_v<Optional<Function>>);
static_assert(is_object_ptr_type_v<ObjectPtr<IntObj>> && is_arc_type_v<Arc<IntObj>>);
static_assert(use_object_ptr_optional_v<IntRef> && use_object_ptr_optional_v<Arc<IntObj>> &&
              !use_object_ptr_optional_v<int>);

// What each of the four forms can be made from.
static_assert(!std::is_constructible_v<Optional<const char*>, UnsafeInit>);
static_assert(!std::is_constructible_v<Optional<int>, UnsafeInit>);
static_assert(!std::is_constructible_v<Optional<Arc<IntObj>>, UnsafeInit>);
static_assert(std::is_constructible_v<Optional<IntRef>, UnsafeInit> &&
              !std::is_convertible_v<UnsafeInit, Optional<IntRef>>);
static_assert(std::is_convertible_v<std::nullptr_t, Optional<IntRef>>);
static_assert(std::is_convertible_v<std::nullptr_t, Optional<Arc<IntObj>>>);
static_assert(!std::is_convertible_v<std::nullptr_t, Optional<int>>);
static_assert(!std::is_convertible_v<std::nullptr_t, Optional<std::string>>);
static_assert(std::is_convertible_v<std::optional<std::string>, Optional<std::string>>);
static_assert(std::is_convertible_v<std::optional<IntRef>, Optional<IntRef>>);
static_assert(std::is_convertible_v<std::optional<Arc<IntObj>>, Optional<Arc<IntObj>>>);
static_assert(!std::is_convertible_v<Optional<IntRef>, ObjectRef>);
static_assert(std::is_same_v<Optional<IntRef>::value_type, IntRef> &&
              std::is_same_v<Optional<IntRef>::ContainerType, IntObj> &&
              std::is_same_v<Optional<Arc<IntObj>>::ContainerType, IntObj>);
static_assert(
    std::is_same_v<detail::OptionalObjectPtrTraits<Arc<IntObj>>::StorageType, ObjectPtr<IntObj>>);

template <typename T, typename = void>
constexpr bool kReinterprets = false;
template <typename T>
constexpr bool
    kReinterprets<T, std::void_t<decltype(std::declval<const T&>().template as<IntObj>())>> = true;

static_assert(kEquates<Optional<int>, std::nullptr_t> &&
              kEquates<Optional<IntRef>, std::nullptr_t>);
static_assert(kEquates<Optional<int>, std::optional<int>> &&
              kEquates<Optional<IntRef>, std::optional<IntRef>> &&
              kEquates<Optional<std::string>, std::optional<std::string>>);
static_assert(!kReinterprets<Optional<std::string>> && kReinterprets<Optional<Number>>);

TEST(OptionalOverValue, HoldsOneAnyCell) {
  Optional<int> empty, filled = 3;
  EXPECT_FALSE(empty.has_value());
  EXPECT_TRUE(filled && filled.value() == 3 && *filled == 3);
  EXPECT_EQ(empty.value_or(7), 7);
  EXPECT_EQ(filled.value_or(7), 3);
  filled = std::nullopt;
  EXPECT_TRUE(filled == std::nullopt && filled == nullptr);
  filled = 4;
  EXPECT_TRUE(filled != std::nullopt && filled != nullptr);
  filled = nullptr;
  EXPECT_FALSE(filled);
  EXPECT_EQ(Optional<int>(std::optional<int>(5)).value(), 5);
  EXPECT_FALSE(Optional<int>(std::optional<int>()).has_value());
}

TEST(OptionalOverValue, TheSameCellIsTheSame) {
  Optional<String> text = String("a long enough text");
  Optional<String> shared = text;
  EXPECT_TRUE(text.same_as(shared));
  EXPECT_FALSE(text.same_as(Optional<String>(String("a long enough text"))));
  EXPECT_TRUE(Optional<int>(3).same_as(Optional<int>(3)));
  IntRef object(5);
  EXPECT_TRUE((Optional<Variant<IntRef, int>>(Variant<IntRef, int>(object)).same_as(object)));
}

TEST(OptionalOverValue, NullVoidPointerIsEngaged) {
  EXPECT_TRUE(Optional<void*>(nullptr).has_value());
  EXPECT_EQ(Optional<void*>(nullptr).value(), nullptr);
}

TEST(OptionalOverValue, AccessToEmptyThrows) {
  EXPECT_EQ(ErrorOf([] { Optional<int>().value(); }), "RuntimeError: Back optional access");
  EXPECT_EQ(ErrorOf([] { Optional<const char*>().value(); }), "RuntimeError: Back optional access");
  EXPECT_EQ(ErrorOf([] { Optional<IntRef>().value(); }), "RuntimeError: Back optional access");
  const Optional<IntRef> empty;
  EXPECT_EQ(ErrorOf([&] { empty.value(); }), "RuntimeError: Back optional access");
  EXPECT_EQ(ErrorOf([] { Optional<Arc<IntObj>>().value(); }), "RuntimeError: Bad optional access");
}

TEST(OptionalOverValue, MovingOutEmptiesStringsAndKeepsPods) {
  Optional<String> text = String("a long enough text");
  EXPECT_EQ(std::move(text).value(), "a long enough text");
  EXPECT_FALSE(text.has_value());  // NOLINT(bugprone-use-after-move)
  Optional<int> number = 3;
  EXPECT_EQ(*std::move(number), 3);
  EXPECT_TRUE(number.has_value());  // NOLINT(bugprone-use-after-move)
}

TEST(OptionalOverValue, ComparesWithValuesOfOtherTypes) {
  Optional<String> text;
  EXPECT_TRUE(text != "hello" && !(text == "hello"));
  text = "hello";
  EXPECT_TRUE(text == "hello" && text == String("hello") && text == std::string("hello"));
  EXPECT_TRUE(text != String("other"));
  EXPECT_EQ(text.value_or("default"), "hello");
  EXPECT_EQ(Optional<String>().value_or("default"), "default");
  Optional<double> number = 1;
  EXPECT_TRUE(number == 1 && number != 2 && number == std::optional<double>(1.0));
  EXPECT_TRUE(number != std::optional<double>());
  EXPECT_TRUE(Optional<int>(1) == Optional<int>(1) && Optional<int>(1) != Optional<int>(2));
  EXPECT_TRUE(Optional<int>() == Optional<int>() && Optional<int>() != Optional<int>(0));
}

TEST(OptionalOverValue, EqualBitsAreEqualEvenForNaN) {
  const Optional<double> nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(nan == nan);
  EXPECT_FALSE(nan != nan);
  EXPECT_TRUE(Optional<String>(String("abc")) == Optional<String>(String(std::string("abc"))));
}

TEST(OptionalOverValue, ReinterpretsStrictly) {
  const Optional<int> number = 3;
  EXPECT_EQ(number.as<int64_t>(), 3);
  EXPECT_FALSE(number.as<double>().has_value());
  EXPECT_EQ(number.as<Any>()->cast<int>(), 3);
  EXPECT_EQ(number.as_or_throw<int>(), 3);
  EXPECT_EQ(ErrorOf([] { Optional<int>().as_or_throw<int>(); }),
            "TypeError: Cannot treat type `None` as type `int`");
  Optional<String> text = String("a long enough text");
  EXPECT_EQ(ErrorOf([&] { std::move(text).as_or_throw<int>(); }),
            "TypeError: Cannot treat type `ffi.String` as type `int`");
  EXPECT_EQ(text, "a long enough text");  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(std::move(text).as_or_throw<String>(), "a long enough text");
  EXPECT_FALSE(text.has_value());  // NOLINT(bugprone-use-after-move)
}

TEST(OptionalOverValue, RawObjectPointerHoldsAReference) {
  IntRef object(5);
  {
    Optional<const IntObj*> pointer = object.get();
    EXPECT_EQ(object.use_count(), 2);
    EXPECT_EQ(pointer.value()->value, 5);
    EXPECT_EQ((*pointer)->value, 5);
  }
  EXPECT_EQ(object.use_count(), 1);
}

TEST(OptionalOverRef, KeepsThePointerOnly) {
  IntRef object(5);
  Optional<IntRef> filled = object;
  EXPECT_EQ(object.use_count(), 2);
  EXPECT_EQ(filled.use_count(), 2);
  EXPECT_EQ(filled.get(), object.get());
  EXPECT_EQ(filled->value, 5);
  EXPECT_TRUE(filled.same_as(object) && filled.same_as(filled));
  EXPECT_TRUE(filled == object && filled == filled && filled != IntRef(5));
  EXPECT_TRUE(filled == std::optional<IntRef>(object) && filled != std::optional<IntRef>());
  EXPECT_TRUE(filled != nullptr && filled != std::nullopt);
  IntRef taken = *std::move(filled);
  EXPECT_FALSE(filled.has_value());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(filled.get(), nullptr);
  EXPECT_EQ(object.use_count(), 2);
}

TEST(OptionalOverRef, NullIsEmpty) {
  EXPECT_FALSE(Optional<IntRef>(nullptr).has_value());
  EXPECT_FALSE(Optional<IntRef>(UnsafeInit{}).has_value());
  EXPECT_FALSE(Optional<IntRef>(IntRef(ObjectPtr<IntObj>(nullptr))).has_value());
  Optional<Number> number = IntRef(1);
  EXPECT_TRUE(number.unique());
  number = nullptr;
  EXPECT_EQ(number.use_count(), 0);
  number = IntRef(2);
  number = std::nullopt;
  EXPECT_FALSE(number);
  EXPECT_EQ(number.value_or(IntRef(3)).as<IntObj>()->value, 3);
}

TEST(OptionalOverRef, ReinterpretsStrictly) {
  Optional<Number> number = IntRef(4);
  EXPECT_EQ(number.as<IntObj>()->value, 4);
  EXPECT_EQ(number.as<IntRef>().value()->value, 4);
  EXPECT_EQ(number.as<FloatObj>(), nullptr);
  EXPECT_FALSE(number.as<FloatRef>().has_value());
  EXPECT_EQ(Optional<Number>().as<IntObj>(), nullptr);
  EXPECT_EQ(ErrorOf([&] { std::move(number).as_or_throw<FloatRef>(); }),
            "TypeError: Cannot treat type `core_tests.Int` as type `core_tests.Float`");
  EXPECT_TRUE(number.has_value());  // NOLINT(bugprone-use-after-move)
  IntRef taken = std::move(number).as_or_throw<IntRef>();
  EXPECT_EQ(taken.use_count(), 1);
  EXPECT_FALSE(number.has_value());  // NOLINT(bugprone-use-after-move)
}

TEST(OptionalOverRef, IsMadeFromStdOptionalAndChosenAmong) {
  IntRef object(5);
  EXPECT_TRUE(Optional<IntRef>(std::optional<IntRef>(object)).same_as(object));
  EXPECT_FALSE(Optional<IntRef>(std::optional<IntRef>()).has_value());
  EXPECT_TRUE(Optional<IntRef>().value_or(object).same_as(object));
  Optional<Arc<IntObj>> pointer = std::optional<Arc<IntObj>>(make_arc<IntObj>(6));
  EXPECT_EQ(pointer.value()->value, 6);
  EXPECT_FALSE(Optional<Arc<IntObj>>(std::optional<Arc<IntObj>>()).has_value());
  EXPECT_TRUE(pointer.unique());
  EXPECT_EQ(ErrorOf([] { Optional<std::string>(std::nullopt).value(); }),
            "RuntimeError: Back optional access");
}

TEST(OptionalOverPointer, IsThePointer) {
  Arc<IntObj> arc = make_arc<IntObj>(6);
  Optional<Arc<IntObj>> filled = arc;
  EXPECT_EQ(filled.use_count(), 2);
  EXPECT_EQ(filled->value, 6);
  EXPECT_TRUE(filled == arc && filled.same_as(arc) && filled != nullptr);
  EXPECT_EQ(filled.value()->value, 6);
  EXPECT_EQ(filled.as<IntObj>()->value, 6);
  EXPECT_EQ(filled.as_or_throw<IntRef>()->value, 6);
  Arc<IntObj> taken = *std::move(filled);
  EXPECT_TRUE(filled == std::nullopt);  // NOLINT(bugprone-use-after-move)
  filled = taken;
  filled = nullptr;
  EXPECT_FALSE(filled.has_value());
  Optional<ObjectPtr<IntObj>> pointer = make_object<IntObj>(7);
  EXPECT_EQ((*pointer)->value, 7);
  EXPECT_EQ(pointer.value_or(nullptr)->value, 7);
  EXPECT_FALSE(Optional<ObjectPtr<IntObj>>(ObjectPtr<IntObj>(nullptr)).has_value());
  EXPECT_EQ(std::move(pointer).as_or_throw<IntRef>().use_count(), 1);
  EXPECT_FALSE(pointer.has_value());  // NOLINT(bugprone-use-after-move)
}

TEST(OptionalOverView, WrapsStdOptional) {
  Optional<const char*> text = "abc";
  EXPECT_STREQ(*text, "abc");
  EXPECT_STREQ(text.value_or("x"), "abc");
  EXPECT_TRUE(text == text && text != std::nullopt);
  text = std::nullopt;
  EXPECT_STREQ(text.value_or("x"), "x");
  Optional<std::string> string = std::string("s");
  string = std::string("t");
  EXPECT_TRUE(string == std::string("t"));
  EXPECT_EQ(std::move(string).value(), "t");
}

TEST(OptionalTraits, TravelsAsTheBareValueOrNone) {
  EXPECT_EQ(Any(Optional<int>(3)).type_index(), kTVMFFIInt);
  EXPECT_EQ(Any(Optional<int>()).type_index(), kTVMFFINone);
  EXPECT_EQ(AnyView(Optional<IntRef>()).type_index(), kTVMFFINone);
  EXPECT_EQ(AnyView(Optional<const char*>("x")).type_index(), kTVMFFIRawStr);
  EXPECT_EQ(Any(Optional<Arc<IntObj>>()).type_index(), kTVMFFINone);
  Optional<IntRef> object = IntRef(1);
  EXPECT_EQ(Any(object).cast<Optional<IntRef>>(), object);
  Any moved = std::move(object);
  EXPECT_FALSE(object.has_value());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(std::move(moved).cast<Optional<IntRef>>().use_count(), 1);
  EXPECT_FALSE(Any().cast<Optional<IntRef>>().has_value());
  EXPECT_TRUE(Any().as<Optional<int>>().has_value());
}

TEST(OptionalTraits, ConversionIsThatOfTheValue) {
  Optional<float> converted = Any(3).cast<Optional<float>>();
  EXPECT_EQ(Any(converted).type_index(), kTVMFFIFloat);
  EXPECT_FALSE(Any(3).as<Optional<float>>().has_value());
  EXPECT_EQ(ErrorOf([] { AnyView("a").cast<Optional<int>>(); }),
            "TypeError: Cannot convert from type `const char*` to `Optional<int>`");
  EXPECT_EQ(ErrorOf([] {
              Any(Array<Any>{1, "x"}).cast<Optional<Array<int>>>();
            }),
            "TypeError: Cannot convert from type `Array[index 1: ffi.SmallStr]` to "
            "`Optional<Array<int>>`");
}

TEST(OptionalTraits, NestedEmptyCollapses) {
  using Nested = Optional<Optional<int>>;
  EXPECT_FALSE(Nested(Optional<int>()).has_value());
  Nested nested = Optional<int>(3);
  EXPECT_EQ(nested.value().value(), 3);
  EXPECT_EQ(Any(nested).cast<Nested>().value().value(), 3);
  EXPECT_TRUE(nested == Optional<int>(3));
}

TEST(OptionalTraits, WorksInsideContainersAndVariants) {
  Array<Optional<IntRef>> array = {IntRef(1), std::nullopt};
  EXPECT_TRUE(array[0].has_value() && !array[1].has_value());
  Any erased = array;
  EXPECT_EQ(erased.cast<Array<Optional<IntRef>>>()[0].value()->value, 1);
  Variant<Optional<Number>, int64_t> variant = int64_t{3};
  EXPECT_EQ(Any(variant).cast<int>(), 3);
  Optional<Variant<Number, int64_t>> optional = Variant<Number, int64_t>(IntRef(2));
  EXPECT_EQ(Any(optional).cast<IntRef>()->value, 2);
}

TEST(OptionalTraits, TypeTexts) {
  EXPECT_EQ(TypeTraits<Optional<int>>::TypeStr(), "Optional<int>");
  EXPECT_EQ(TypeTraits<Optional<int>>::TypeSchema(),
            R"({"type":"Optional","args":[{"type":"int"}]})");
  EXPECT_EQ(
      TypeTraits<Optional<ObjectPtr<IntObj>>>::TypeSchema(),
      R"({"type":"Optional","args":[{"type":"Optional","args":[{"type":"core_tests.Int"}]}]})");
  EXPECT_EQ(TypeTraits<Optional<Arc<IntObj>>>::TypeSchema(),
            R"({"type":"Optional","args":[{"type":"core_tests.Int"}]})");
  EXPECT_EQ(TypeTraits<Optional<Arc<IntObj>>>::TypeStr(), "Optional<core_tests.Int>");
  EXPECT_FALSE(TypeTraits<Optional<const char*>>::storage_enabled);
}

}  // namespace
