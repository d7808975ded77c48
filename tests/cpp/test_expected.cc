// SPDX-License-Identifier: Apache-2.0
// Behaviour of expected.h: values, failures, conversion, and the macros that return failures.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/variant.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/expected.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>

#include <ios>
#include <string>
#include <type_traits>
#include <utility>

#include "core_objects.h"
#include "value_checks.h"

namespace {

using namespace core_tests;
using value_checks::ErrorOf;

static_assert(sizeof(Expected<int>) == 16 && sizeof(Expected<void>) == 16);
static_assert(sizeof(Unexpected<Error>) == sizeof(Error));
static_assert(!std::is_default_constructible_v<Expected<int>>);
static_assert(std::is_default_constructible_v<Expected<void>>);
static_assert(std::is_nothrow_move_constructible_v<Expected<String>>);
static_assert(std::is_nothrow_move_assignable_v<Expected<void>>);
static_assert(std::is_nothrow_move_constructible_v<Unexpected<Error>>);
static_assert(std::is_convertible_v<Expected<int>, Expected<double>>);
static_assert(std::is_convertible_v<Expected<int>, Expected<Any>>);
static_assert(!std::is_convertible_v<Expected<int>, Expected<String>>);
static_assert(!std::is_convertible_v<Expected<void>, Expected<int>>);
static_assert(!std::is_convertible_v<Expected<int>, Expected<void>>);
static_assert(type_subsumes_v<Expected<Any>, Expected<int>>);
static_assert(type_subsumes_v<Expected<Number>, Expected<IntRef>>);
static_assert(!type_subsumes_v<Expected<double>, Expected<int>>);
static_assert(detail::is_expected_v<Expected<int>> && !detail::is_expected_v<int>);
static_assert(detail::is_unexpected_v<Unexpected<Error>>);
static_assert(std::is_nothrow_move_constructible_v<Expected<void>>);
static_assert(std::is_nothrow_move_assignable_v<Unexpected<Error>>);
static_assert(!std::is_convertible_v<Error, Unexpected<Error>>, "explicit only");
static_assert(std::is_convertible_v<Error, Expected<int>>);
static_assert(std::is_convertible_v<Unexpected<Error>, Expected<void>>);
static_assert(!std::is_convertible_v<int, Expected<void>>);
static_assert(std::is_same_v<decltype(Unexpected(std::declval<Error>())), Unexpected<Error>>);
static_assert(!use_default_type_traits_v<Expected<int>>);
static_assert(TypeTraits<Expected<int>>::storage_enabled);
static_assert(TypeTraits<Expected<int>>::field_static_type_index == -1);

Error SomeError() { return Error("ValueError", "some message", "some backtrace\n"); }

TEST(Expected, HoldsAValue) {
  Expected<int> expected = 5;
  EXPECT_TRUE(expected.is_ok() && expected.has_value() && !expected.is_err());
  EXPECT_EQ(expected.type_index(), kTVMFFIInt);
  EXPECT_EQ(expected.value(), 5);
  EXPECT_EQ(std::move(expected).value(), 5);
  EXPECT_EQ(Expected<int>(5).value_or(7), 5);
  EXPECT_EQ(ErrorOf([] { Expected<int>(5).error(); }),
            "RuntimeError: Bad expected access: contains value, not error");
}

TEST(Expected, HoldsAnErrorAndThrowsItself) {
  const Expected<int> expected = SomeError();
  EXPECT_TRUE(expected.is_err() && !expected.has_value());
  EXPECT_EQ(expected.error().message(), "some message");
  EXPECT_EQ(expected.value_or(7), 7);
  EXPECT_EQ(ErrorOf([&] { expected.value(); }), "ValueError: some message");
  Error error = SomeError();
  Expected<int> same = error;
  try {
    std::move(same).value();
    FAIL() << "value() of a failure returned";
  } catch (const Error& thrown) {
    EXPECT_TRUE(thrown.same_as(error));
  }
  Expected<String> unexpected = Unexpected(SomeError());
  EXPECT_EQ(std::move(unexpected).error().kind(), "ValueError");
}

TEST(Unexpected, GivesItsErrorInEveryValueCategory) {
  Unexpected<Error> unexpected(SomeError());
  const Unexpected<Error>& constant = unexpected;
  EXPECT_EQ(&unexpected.error(), &constant.error());
  EXPECT_TRUE((std::is_same_v<decltype(unexpected.error()), Error&>));
  EXPECT_TRUE((std::is_same_v<decltype(constant.error()), const Error&>));
  EXPECT_TRUE((std::is_same_v<decltype(std::move(constant).error()), const Error&&>));
  EXPECT_TRUE(noexcept(unexpected.error())&& noexcept(std::move(unexpected).error()));
  Error taken = std::move(unexpected).error();
  EXPECT_EQ(taken.use_count(), 1);
  EXPECT_FALSE(unexpected.error().defined());  // NOLINT(bugprone-use-after-move)
}

TEST(Expected, MovesObjectsOut) {
  Expected<IntRef> expected = IntRef(3);
  IntRef taken = std::move(expected).value();
  EXPECT_EQ(taken.use_count(), 1);
  Expected<String> text = String("a long enough text");
  EXPECT_EQ(std::move(text).value_or("x"), "a long enough text");
  Expected<DLDataType> dtype = DLDataType{0, 8, 1};
  EXPECT_EQ(std::move(dtype).value(), (DLDataType{0, 8, 1}));
}

TEST(Expected, AcceptsWhatConvertsToTheValue) {
  EXPECT_EQ(Expected<String>("text").value(), "text");
  EXPECT_EQ(Expected<double>(3).type_index(), kTVMFFIFloat);
  Expected<Optional<int>> empty = std::nullopt;
  EXPECT_TRUE(empty.is_ok());
  EXPECT_FALSE(empty.value().has_value());
}

TEST(Expected, ConvertsFromOtherExpected) {
  Expected<double> converted = Expected<int>(3);
  EXPECT_EQ(converted.type_index(), kTVMFFIFloat);
  Expected<Any> adopted = Expected<int>(3);
  EXPECT_EQ(adopted.type_index(), kTVMFFIInt);
  Expected<Number> base = Expected<IntRef>(IntRef(4));
  EXPECT_EQ(base.value().as<IntObj>()->value, 4);
  Expected<double> failure = Expected<int>(SomeError());
  EXPECT_EQ(failure.error().message(), "some message");
}

TEST(Expected, AnErrorObjectAsValueIsAFailure) {
  ObjectRef error = SomeError();
  EXPECT_TRUE(Expected<ObjectRef>(error).is_err());
  EXPECT_TRUE(Expected<Any>(Any(SomeError())).is_err());
}

TEST(Expected, RetypesStrictly) {
  Expected<Any> number = Any(5);
  EXPECT_EQ(number.as_or_error<int>().value(), 5);
  EXPECT_EQ(number.as_or_error<Any>().value().cast<int>(), 5);
  Expected<String> mismatch = number.as_or_error<String>();
  EXPECT_EQ(mismatch.error().kind(), "TypeError");
  EXPECT_EQ(mismatch.error().message(), "Cannot treat type `int` as type `str`");
  EXPECT_EQ(mismatch.error().backtrace(), "");
  EXPECT_TRUE(number.as_or_error<bool>().is_err());
  EXPECT_EQ(Expected<Any>(SomeError()).as_or_error<int>().error().message(), "some message");
  EXPECT_TRUE(std::move(number).as_or_error<String>().is_err());
  EXPECT_EQ(number.value().cast<int>(), 5);  // NOLINT(bugprone-use-after-move)
  Expected<String> text = String("a long enough text");
  EXPECT_EQ(std::move(text).as_or_error<Optional<String>>().value(), "a long enough text");
}

TEST(ExpectedVoid, IsSuccessOrError) {
  Expected<void> ok;
  EXPECT_TRUE(ok.is_ok());
  EXPECT_EQ(ok.type_index(), kTVMFFINone);
  EXPECT_EQ(ErrorOf([&] { ok.value(); }), "");
  Expected<void> failure = SomeError();
  EXPECT_EQ(ErrorOf([&] { failure.value(); }), "ValueError: some message");
  EXPECT_EQ(ErrorOf([&] { ok.error(); }),
            "RuntimeError: Bad expected access: contains value, not error");
}

TEST(ExpectedUnsafe, ExposesTheCell) {
  using detail::ExpectedUnsafe;
  TVMFFIAny raw = ExpectedUnsafe::MoveToTVMFFIAny(Expected<String>(String("long enough text")));
  auto adopted = ExpectedUnsafe::MoveFromTVMFFIAny<Optional<String>>(raw);
  EXPECT_EQ(adopted.value(), "long enough text");
  EXPECT_EQ(ExpectedUnsafe::ValueAs<String>(adopted), "long enough text");
  EXPECT_EQ(ExpectedUnsafe::GetData(adopted).type_index(), kTVMFFIStr);
  EXPECT_EQ(ErrorOf([] { ExpectedUnsafe::ValueAs<void>(Expected<void>(SomeError())); }),
            "ValueError: some message");
  TVMFFIAny none = ExpectedUnsafe::MoveToTVMFFIAny(Expected<void>());
  EXPECT_TRUE(ExpectedUnsafe::MoveFromTVMFFIAny<void>(none).is_ok());
}

TEST(ExpectedTraits, TravelsAsTheBareValueOrError) {
  EXPECT_EQ(Any(Expected<int>(3)).type_index(), kTVMFFIInt);
  EXPECT_EQ(Any(Expected<void>()).type_index(), kTVMFFINone);
  Any failure = Expected<int>(SomeError());
  EXPECT_EQ(failure.type_index(), kTVMFFIError);
  EXPECT_EQ(failure.cast<Error>().message(), "some message");
  EXPECT_TRUE(failure.cast<Expected<String>>().is_err());
  EXPECT_TRUE(failure.as<Expected<void>>()->is_err());
  EXPECT_EQ(Any(3).cast<Expected<double>>().value(), 3.0);
  EXPECT_FALSE(Any(3).as<Expected<double>>().has_value());
  EXPECT_FALSE(Any(3).try_cast<Expected<void>>().has_value());
  EXPECT_TRUE(Any().cast<Expected<void>>().is_ok());
  EXPECT_EQ(ErrorOf([] { Any(3).cast<Expected<String>>(); }),
            "TypeError: Cannot convert from type `int` to `Expected<str>`");
  Any text = String("a long enough text");
  EXPECT_EQ(std::move(text).cast<Expected<String>>().value(), "a long enough text");
}

TEST(ExpectedTraits, VariantExposesItsAlternative) {
  Expected<Variant<String, bool>> expected = Variant<String, bool>(true);
  EXPECT_EQ(expected.type_index(), kTVMFFIBool);
  EXPECT_EQ(Any(expected).cast<bool>(), true);
}

TEST(ExpectedTraits, TypeTexts) {
  EXPECT_EQ(TypeTraits<Expected<String>>::TypeStr(), "Expected<str>");
  EXPECT_EQ(TypeTraits<Expected<void>>::TypeStr(), "Expected<void>");
  EXPECT_EQ(TypeTraits<Expected<int>>::TypeSchema(),
            R"({"type":"Expected","args":[{"type":"int"},{"type":"ffi.Error"}]})");
  EXPECT_EQ(TypeTraits<Expected<void>>::TypeSchema(),
            R"({"type":"Expected","args":[{"type":"None"},{"type":"ffi.Error"}]})");
}

TEST(ExpectedTraits, FunctionReturnsTheErrorAsAValue) {
  Function f = Function::FromTyped([](int x) -> Expected<int> {
    if (x < 0) return SomeError();
    return x;
  });
  EXPECT_EQ(f(3).cast<int>(), 3);
  EXPECT_EQ(ErrorOf([&] { f(-1).cast<int>(); }),
            "TypeError: Cannot convert from type `ffi.Error` to `int`");
  EXPECT_EQ(f.CallExpected<int>(-1).error().message(), "some message");
  EXPECT_EQ(f.CallExpected<String>(3).error().message(),
            "CallExpected: result type mismatch, expected str, but got int");
}

int evaluations = 0;
int CountedValue(int x) {
  ++evaluations;
  return x;
}

Expected<int> CheckAll(int x) {
  TVM_FFI_RET_CHECK(x != 1, ValueError) << "got " << x;
  TVM_FFI_RET_CHECK_LT(x, 10, IndexError) << "too large";
  TVM_FFI_RET_CHECK_GT(x, -10, IndexError);
  TVM_FFI_RET_CHECK_LE(CountedValue(x), 8, KeyError);
  TVM_FFI_RET_CHECK_GE(x, -8, KeyError);
  TVM_FFI_RET_CHECK_EQ(x % 2, 0, TypeError) << std::hex << 255;
  TVM_FFI_RET_CHECK_NE(x, 2, TypeError);
  return x;
}

TEST(ReturnMacros, FailWithKindTextAndOperands) {
  auto text = [](int x) {
    Expected<int> result = CheckAll(x);
    if (result.is_ok()) return std::string("ok");
    return result.error().kind() + ": " + result.error().message();
  };
  EXPECT_EQ(text(1), "ValueError: Check failed: (x != 1) is false: got 1");
  EXPECT_EQ(text(11), "IndexError: Check failed: x < 10 (11 vs. 10) : too large");
  EXPECT_EQ(text(-10), "IndexError: Check failed: x > -10 (-10 vs. -10) : ");
  evaluations = 0;
  EXPECT_EQ(text(9), "KeyError: Check failed: CountedValue(x) <= 8 (9 vs. 8) : ");
  EXPECT_EQ(evaluations, 1);
  EXPECT_EQ(text(-9), "KeyError: Check failed: x >= -8 (-9 vs. -8) : ");
  EXPECT_EQ(text(3), "TypeError: Check failed: x % 2 == 0 (1 vs. 0) : ff");
  EXPECT_EQ(text(2), "TypeError: Check failed: x != 2 (2 vs. 2) : ");
  EXPECT_EQ(text(4), "ok");
}

Expected<void> InternalCheck(int x, int* streamed) {
  TVM_FFI_RET_ICHECK(x > 0) << ++*streamed;
  TVM_FFI_RET_ICHECK_LT(x, 10);
  TVM_FFI_RET_ICHECK_GT(x, 1);
  TVM_FFI_RET_ICHECK_LE(x, 8);
  TVM_FFI_RET_ICHECK_GE(x, 3);
  TVM_FFI_RET_ICHECK_EQ(x % 2, 0);
  TVM_FFI_RET_ICHECK_NE(x, 4);
  return {};
}

TEST(ReturnMacros, InternalFormsStreamOnlyOnFailure) {
  int streamed = 0;
  EXPECT_TRUE(InternalCheck(6, &streamed).is_ok());
  EXPECT_EQ(streamed, 0);
  const Error error = InternalCheck(0, &streamed).error();
  EXPECT_EQ(error.kind(), "InternalError");
  EXPECT_EQ(error.message(), "Check failed: (x > 0) is false: 1");
  EXPECT_EQ(InternalCheck(4, &streamed).error().message(), "Check failed: x != 4 (4 vs. 4) : ");
  for (int x : {10, 1, 9, 2, 5}) EXPECT_TRUE(InternalCheck(x, &streamed).is_err()) << x;
}

Expected<String> Unbraced(bool check, int x) {
  if (check)
    TVM_FFI_RET_CHECK(x > 0, ValueError) << "checked";
  else
    return String("not checked");
  return String("passed");
}

Expected<int> Compare(int x, int y) {
  TVM_FFI_RET_CHECK_BINARY_OP(_LT, <, x, y, KeyError) << "swapped";
  return y;
}

TEST(ReturnMacros, ComparisonsShareOneForm) {
  EXPECT_EQ(Compare(1, 2).value(), 2);
  EXPECT_EQ(Compare(2, 1).error().message(), "Check failed: x < y (2 vs. 1) : swapped");
}

template <typename T, typename = void>
constexpr bool kStreams = false;
template <typename T>
constexpr bool kStreams<T, std::void_t<decltype(std::declval<T>() << 1)>> = true;

TEST(ReturnMacros, TheBuilderIsForOneExpression) {
  using detail::UnexpectedBuilder;
  EXPECT_TRUE(kStreams<UnexpectedBuilder>);
  EXPECT_FALSE(kStreams<UnexpectedBuilder&>);
  EXPECT_TRUE((std::is_convertible_v<UnexpectedBuilder, Expected<String>>));
  EXPECT_TRUE((std::is_convertible_v<UnexpectedBuilder, Unexpected<Error>>));
  EXPECT_FALSE((std::is_convertible_v<UnexpectedBuilder&, Expected<String>>));
  Unexpected<Error> made = UnexpectedBuilder("KeyError", "f.cc", 7, "f()") << "text " << 1;
  EXPECT_EQ(made.error().kind(), "KeyError");
  EXPECT_EQ(made.error().message(), "text 1");
  EXPECT_EQ(made.error().backtrace(), "  File \"f.cc\", line 7, in f()\n");
}

TEST(ReturnMacros, AreSafeBetweenIfAndElse) {
  EXPECT_EQ(Unbraced(false, -1).value(), "not checked");
  EXPECT_EQ(Unbraced(true, 1).value(), "passed");
  EXPECT_TRUE(Unbraced(true, -1).is_err());
}

Expected<Any> Fail(int* line) {
  *line = __LINE__ + 1;
  return TVM_FFI_UNEXPECTED(RuntimeError) << "failed " << 1.5 << std::endl;
}

TEST(ReturnMacros, BacktraceIsTheOneLocation) {
  int line = 0;
  const Error error = Fail(&line).error();
  EXPECT_EQ(error.message(), "failed 1.5\n");
  const std::string backtrace = error.backtrace();
  EXPECT_EQ(backtrace.find("  File \"" __FILE__ "\", line " + std::to_string(line) + ", in "), 0u);
  EXPECT_NE(backtrace.find("Fail"), std::string::npos);
  EXPECT_EQ(backtrace.find('\n'), backtrace.size() - 1);
}

}  // namespace
