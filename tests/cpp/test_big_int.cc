// SPDX-License-Identifier: Apache-2.0
// Behaviour of big_int.h and src/ffi/big_int.cc: representation, arithmetic, conversion, hooks.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/optional.h>
#include <tvm/ffi/reflection/accessor.h>

#include <cmath>
#include <cstdint>
#include <iomanip>
#include <limits>
#include <random>
#include <sstream>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "value_checks.h"

namespace {

using namespace value_checks;
using detail::BigIntUnsafe;
namespace int_ops = detail::int_ops;

static_assert(sizeof(BigInt) == 16 && sizeof(detail::BigIntObj) == 32);
static_assert(sizeof(BigInt::ArrayView) == 16);
static_assert(std::is_nothrow_move_constructible_v<BigInt>);
static_assert(std::is_nothrow_move_assignable_v<BigInt>);
static_assert(!std::is_convertible_v<double, BigInt> && std::is_convertible_v<bool, BigInt>);
static_assert(!std::is_convertible_v<BigInt, int64_t>);

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

std::string Text(const BigInt& value) {
  std::ostringstream os;
  os << value;
  return os.str();
}

BigInt Big(const std::string& text) {
  BigInt value;
  std::istringstream is(text);
  is >> value;
  EXPECT_FALSE(is.fail()) << text;
  return value;
}

BigInt Pow2(int64_t n) { return BigInt(1) << n; }

std::vector<int64_t> Words(const BigInt& value) {
  const BigInt::ArrayView view = BigIntUnsafe::GetArrayView(value);
  std::vector<int64_t> words;
  for (size_t i = 0; i < view.size(); ++i) words.push_back(view[i]);
  return words;
}

// The two forms never overlap and the word count is minimal.
bool IsCanonical(const BigInt& value) {
  const std::vector<int64_t> words = Words(value);
  if (BigIntUnsafe::CheckInt64(value)) return words.size() == 1;
  const size_t n = words.size();
  return n >= 2 && words[n - 1] != (words[n - 2] < 0 ? -1 : 0);
}

TEST(BigInt, StaysInlineInsideInt64) {
  EXPECT_TRUE(BigIntUnsafe::CheckInt64(BigInt()));
  EXPECT_TRUE(BigIntUnsafe::CheckInt64(BigInt(kMin)) && BigIntUnsafe::CheckInt64(BigInt(kMax)));
  EXPECT_EQ(CellOf(Any(BigInt(5))).type_index, kTVMFFIInt);
  EXPECT_EQ(static_cast<int64_t>(BigInt(true)), 1);
  EXPECT_EQ(static_cast<int64_t>(BigInt('a')), 'a');
}

TEST(BigInt, WordsAreMinimalTwosComplement) {
  EXPECT_EQ(Words(Pow2(63)), (std::vector<int64_t>{kMin, 0}));
  EXPECT_EQ(Words(Pow2(64)), (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(Words(-Pow2(64)), (std::vector<int64_t>{0, -1}));
  EXPECT_EQ(Words(-Pow2(63)), (std::vector<int64_t>{kMin}));
  EXPECT_EQ(Words(BigInt(std::numeric_limits<uint64_t>::max())), (std::vector<int64_t>{-1, 0}));
  EXPECT_EQ(CellOf(Any(Pow2(63))).type_index, kTVMFFIBigInt);
}

TEST(BigInt, ResultsThatFitComeBackInline) {
  EXPECT_TRUE(BigIntUnsafe::CheckInt64(Pow2(63) - 1));
  EXPECT_EQ(Pow2(63) - 1, kMax);
  EXPECT_TRUE(BigIntUnsafe::CheckInt64(Pow2(100) >> 90));
  EXPECT_TRUE(BigIntUnsafe::CheckInt64(Pow2(100) - Pow2(100)));
}

template <typename T, typename = void>
constexpr bool kNegates = false;
template <typename T>
constexpr bool kNegates<T, std::void_t<decltype(!std::declval<const T&>())>> = true;

TEST(BigInt, IsMadeFromNumbersOnly) {
  EXPECT_FALSE((std::is_convertible_v<float, BigInt>)) << "explicit, through double";
  EXPECT_EQ(BigInt(2.75f), 2);
  EXPECT_FALSE((std::is_constructible_v<BigInt, const char*>));
  EXPECT_FALSE((std::is_constructible_v<BigInt, std::string>));
  EXPECT_FALSE((std::is_convertible_v<BigInt, bool> || std::is_convertible_v<BigInt, double>));
  EXPECT_TRUE(kNegates<BigInt>) << "through the explicit bool";
  EXPECT_TRUE(std::is_nothrow_swappable_v<BigInt>);
  EXPECT_EQ(+Pow2(64), Pow2(64));
  BigInt a = 1, b = Pow2(64);
  a.swap(b);
  EXPECT_EQ(b, 1);
}

TEST(BigIntUnsafeTest, ReadsCellsOfBothForms) {
  const BigInt big = Pow2(64);
  const Any any = big, small = 7;
  const TVMFFIAny cell = CellOf(any), small_cell = CellOf(small);
  EXPECT_EQ(BigIntUnsafe::GetArrayView(&cell).size(), 2u);
  EXPECT_EQ(BigIntUnsafe::GetArrayView(&small_cell)[0], 7);
  const int64_t number = -3;
  EXPECT_TRUE(BigIntUnsafe::CheckInt64(number));
  EXPECT_EQ(BigIntUnsafe::GetInt64(number), -3);
  EXPECT_EQ(BigIntUnsafe::GetInt64(BigInt(9)), 9);
  EXPECT_EQ(BigIntUnsafe::GetArrayView(number)[0], -3);
}

TEST(BigIntUnsafeTest, NormalizesWhatIsWrittenByHand) {
  auto make = [](std::vector<int64_t> words) {
    auto obj = make_inplace_array_object<detail::BigIntObj, int64_t>(words.size(), words.size());
    std::copy(words.begin(), words.end(), BigIntUnsafe::GetMutableData(obj));
    EXPECT_EQ(reinterpret_cast<char*>(BigIntUnsafe::GetMutableData(obj)) -
                  reinterpret_cast<char*>(obj.get()),
              32);
    return obj;
  };
  EXPECT_EQ(BigIntUnsafe::Normalize(make({5, 0, 0})), 5);
  EXPECT_EQ(BigIntUnsafe::Normalize(make({-5, -1, -1})), -5);
  EXPECT_EQ(Words(BigIntUnsafe::Normalize(make({0, 1, 0}))), (std::vector<int64_t>{0, 1}));
  ObjectPtr<detail::BigIntObj> shrunk = make({1, 2, 3});
  BigIntUnsafe::ShrinkSize(shrunk, 2);
  EXPECT_EQ(BigIntUnsafe::GetArrayView(shrunk).size(), 2u);
  EXPECT_FALSE(std::is_copy_constructible_v<detail::BigIntObj>);
}

TEST(BigInt, CopiesShareAndMovedFromIsZero) {
  BigInt value = Pow2(100);
  BigInt copy = value;
  EXPECT_EQ(BigIntUnsafe::GetArrayView(value).size(), 2u);
  EXPECT_EQ(&BigIntUnsafe::GetArrayView(value)[0], &BigIntUnsafe::GetArrayView(copy)[0]);
  BigInt moved = std::move(value);
  EXPECT_EQ(value, 0);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(moved, copy);
  std::swap(moved, value);
  EXPECT_EQ(value, copy);
  value = *&value;
  EXPECT_EQ(value, copy);
  EXPECT_TRUE(static_cast<bool>(value) && !static_cast<bool>(moved));
}

TEST(BigInt, OverflowPromotesExactly) {
  EXPECT_EQ(Text(BigInt(kMax) + 1), "9223372036854775808");
  EXPECT_EQ(Text(BigInt(kMin) - 1), "-9223372036854775809");
  EXPECT_EQ(Text(BigInt(kMin) * kMin), "85070591730234615865843651857942052864");
  EXPECT_EQ(Text(-BigInt(kMin)), "9223372036854775808");
  EXPECT_EQ(Text(BigInt(kMin) / -1), "9223372036854775808");
  EXPECT_EQ(BigInt(kMin) % -1, 0);
  EXPECT_EQ(Text(floordiv(BigInt(kMin), -1)), "9223372036854775808");
  EXPECT_EQ(floormod(BigInt(kMin), -1), 0);
  EXPECT_EQ(Text(~Pow2(64)), "-18446744073709551617");
}

TEST(BigInt, DivisionRoundsAsNamed) {
  for (const auto& [a, b] : std::vector<std::pair<int, int>>{{7, 2}, {-7, 2}, {7, -2}, {-7, -2}}) {
    EXPECT_EQ(BigInt(a) / b, a / b);
    EXPECT_EQ(BigInt(a) % b, a % b);
    EXPECT_EQ(truncdiv(BigInt(a), b), a / b);
    EXPECT_EQ(truncmod(int64_t{a}, BigInt(b)), a % b);
    EXPECT_EQ(floordiv(BigInt(a), b), std::floor(static_cast<double>(a) / b));
    EXPECT_EQ(floormod(BigInt(a), b), a - b * std::floor(static_cast<double>(a) / b));
  }
  EXPECT_EQ(Text(floordiv(-Pow2(64), 3)), "-6148914691236517206");
  EXPECT_EQ(floormod(-Pow2(64), 3), 2);
  EXPECT_EQ(truncmod(-Pow2(64), 3), -1);
  EXPECT_EQ(BigInt(kMin) / Pow2(63), -1);
  EXPECT_EQ(BigInt(kMin) % Pow2(63), 0);
  EXPECT_EQ(BigInt(5) / Pow2(70), 0);
  EXPECT_EQ(floordiv(BigInt(-5), Pow2(70)), -1);
  EXPECT_EQ(floormod(BigInt(-5), Pow2(70)), Pow2(70) - 5);
}

TEST(BigInt, DivisionByZeroIsAnError) {
  const std::string expected = "ZeroDivisionError: Division by zero";
  for (const BigInt& a : {BigInt(1), Pow2(70)}) {
    EXPECT_EQ(ErrorOf([&] { a / 0; }), expected);
    EXPECT_EQ(ErrorOf([&] { a % 0; }), expected);
    EXPECT_EQ(ErrorOf([&] { floordiv(a, 0); }), expected);
    EXPECT_EQ(ErrorOf([&] { floormod(a, BigInt()); }), expected);
  }
}

TEST(BigInt, Shifts) {
  EXPECT_EQ(Text(BigInt(-3) << 70), "-3541774862152233910272");
  EXPECT_EQ(BigInt(-1) >> 500, -1);
  EXPECT_EQ(Pow2(100) >> 500, 0);
  EXPECT_EQ(-Pow2(100) >> 99, -2);
  EXPECT_EQ((-Pow2(100) - 1) >> 100, -2);
  EXPECT_EQ(BigInt(5) >> Pow2(80), 0);
  EXPECT_EQ(BigInt(0) << Pow2(80), 0);
  EXPECT_EQ(BigInt(1) << 62, int64_t{1} << 62);
  EXPECT_EQ(-Pow2(63), kMin);
}

TEST(BigInt, BadShiftCountsAreErrors) {
  EXPECT_EQ(ErrorOf([] { BigInt(0) << -1; }), "ValueError: Negative BigInt shift count");
  EXPECT_EQ(ErrorOf([] { BigInt(0) >> -1; }), "ValueError: Negative BigInt shift count");
  EXPECT_EQ(ErrorOf([] { Pow2(70) >> -Pow2(70); }), "ValueError: Negative BigInt shift count");
  EXPECT_EQ(ErrorOf([] { BigInt(1) << Pow2(64); }),
            "OverflowError: BigInt shift count is too large");
  EXPECT_THROW(BigInt(1) << (Pow2(64) - 1), std::bad_alloc);
}

TEST(BigInt, MixedOperandsUseInt64Conversions) {
  EXPECT_EQ(BigInt(1) + std::numeric_limits<uint64_t>::max(), 0);
  EXPECT_EQ(BigInt(1) + 2.9, 3);
  EXPECT_TRUE(BigInt(1) == 1.5);
  EXPECT_TRUE(1 < Pow2(64) && Pow2(64) > 1 && -Pow2(64) < kMin && 3 == BigInt(3));
}

TEST(BigInt, ComparisonOrdersAcrossForms) {
  const std::vector<BigInt> ascending = {
      -Pow2(128) - 1, -Pow2(128), -Pow2(64) - 1, -Pow2(64), -Pow2(63) - 1, kMin,     -1, 0, 1,
      kMax,           Pow2(63),   Pow2(64) - 1,  Pow2(64),  Pow2(127),     Pow2(128)};
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t k = 0; k < ascending.size(); ++k) {
      const BigInt &a = ascending[i], &b = ascending[k];
      EXPECT_EQ(a < b, i < k);
      EXPECT_EQ(a <= b, i <= k);
      EXPECT_EQ(a > b, i > k);
      EXPECT_EQ(a >= b, i >= k);
      EXPECT_EQ(a == b, i == k);
      EXPECT_EQ(a != b, i != k);
      EXPECT_EQ(min(a, b), ascending[std::min(i, k)]);
      EXPECT_EQ(max(a, b), ascending[std::max(i, k)]);
    }
  }
  EXPECT_EQ(min(BigInt(3), 2), 2);
  EXPECT_EQ(max(2, Pow2(64)), Pow2(64));
}

TEST(BigInt, IncrementsAndCompoundAssignment) {
  BigInt value = kMax;
  EXPECT_EQ(value++, kMax);
  EXPECT_EQ(value, Pow2(63));
  EXPECT_EQ(--value, kMax);
  EXPECT_EQ(value--, kMax);
  EXPECT_EQ(++value, kMax);
  value += 1;
  value -= Pow2(62);
  value *= value;
  EXPECT_EQ(value, Pow2(124));
  value /= Pow2(60);
  value <<= 10;
  value >>= 9;
  value |= 5;
  value &= Pow2(65) | 4;
  value ^= 1;
  value %= Pow2(64);
  EXPECT_EQ(value, 5);
}

// Every identity below fails if carries, signs or normalization go wrong anywhere.
TEST(BigInt, RandomOperandsSatisfyTheIdentities) {
  std::mt19937_64 random(12345);
  auto draw = [&] {
    const size_t words = random() % 6;
    BigInt value = 0;
    for (size_t i = 0; i < words; ++i) {
      // Many all-zero and all-one words, where carries run far.
      const uint64_t kind = random() % 4;
      const uint64_t word = kind == 0 ? 0 : kind == 1 ? ~uint64_t{0} : random();
      value = (value << 64) | BigInt(word);
    }
    value = value >> static_cast<int64_t>(random() % 64);
    return random() % 2 ? value : -value;
  };
  for (int round = 0; round < 20000; ++round) {
    const BigInt a = draw(), b = draw(), c = draw();
    ASSERT_TRUE(IsCanonical(a) && IsCanonical(b));
    ASSERT_EQ((a + b) - b, a);
    ASSERT_EQ(a - b, -(b - a));
    ASSERT_EQ((a + b) * c, a * c + b * c);
    ASSERT_EQ(a * b, b * a);
    ASSERT_EQ((a ^ b) ^ b, a);
    ASSERT_EQ((a & b) + (a | b), a + b);
    ASSERT_EQ(~a, -a - 1);
    ASSERT_EQ(a << 77 >> 77, a);
    ASSERT_EQ(a >> 13, floordiv(a, 1 << 13));
    ASSERT_EQ(Big(Text(a)), a);
    ASSERT_EQ(a < b, static_cast<bool>((a - b) >> 400));
    if (b == 0) continue;
    const BigInt quotient = a / b, remainder = a % b;
    ASSERT_TRUE(IsCanonical(quotient) && IsCanonical(remainder));
    ASSERT_EQ(quotient * b + remainder, a);
    ASSERT_LT(max(remainder, -remainder), max(b, -b));
    ASSERT_TRUE(remainder == 0 || (remainder < 0) == (a < 0));
    const BigInt floor_remainder = floormod(a, b);
    ASSERT_EQ(floordiv(a, b) * b + floor_remainder, a);
    ASSERT_TRUE(floor_remainder == 0 || (floor_remainder < 0) == (b < 0));
    ASSERT_EQ((a * b) / b, a);
  }
}

// The estimate of a quotient digit is too large by one and by two in these.
TEST(BigInt, LongDivisionCorrectsItsEstimates) {
  const BigInt top = Pow2(63);
  const BigInt cases[][2] = {
      {(top << 128) - 1, (top << 64) + 3},
      {(BigInt(3) << 128) + (top << 64), (top << 64) | (Pow2(64) - 1)},
      {Pow2(192) - 1, Pow2(128) - 1},
      {((Pow2(64) - 1) << 128) + (top << 64), (top << 64) + 1},
      {(top << 192), (top << 128) + Pow2(64) - 1},
  };
  for (const auto& [a, b] : cases) {
    EXPECT_EQ((a / b) * b + a % b, a);
    EXPECT_TRUE(a % b >= 0 && a % b < b);
  }
}

TEST(BigInt, DoublesConvertExactlyAndRoundToEven) {
  EXPECT_EQ(BigInt(-2.9), -2);
  EXPECT_EQ(BigInt(9223372036854775808.0), Pow2(63));
  EXPECT_EQ(BigInt(-9223372036854775808.0), kMin);
  EXPECT_EQ(BigInt(std::ldexp(1.0, 1000)), Pow2(1000));
  EXPECT_EQ(static_cast<double>(Pow2(1000)), std::ldexp(1.0, 1000));
  EXPECT_EQ(static_cast<double>(-Pow2(64)), -18446744073709551616.0);
  EXPECT_EQ(static_cast<double>(Pow2(64) + 2048), 18446744073709551616.0);  // tie, down to even
  EXPECT_EQ(static_cast<double>(Pow2(64) + 2049), 18446744073709555712.0);  // above the tie
  EXPECT_EQ(static_cast<double>(Pow2(64) + 6144), 18446744073709559808.0);  // tie, up to even
  EXPECT_EQ(static_cast<double>((Pow2(130) + Pow2(77)) + 1),
            std::ldexp(1.0, 130) + std::ldexp(1.0, 78));
  EXPECT_EQ(static_cast<double>(Pow2(1024) - Pow2(971)), std::numeric_limits<double>::max());
  EXPECT_EQ(ErrorOf([] { static_cast<void>(static_cast<double>(Pow2(1024) - Pow2(970))); }),
            "OverflowError: BigInt does not fit finite double");
  EXPECT_EQ(ErrorOf([] { static_cast<void>(static_cast<double>(Pow2(5000))); }),
            "OverflowError: BigInt does not fit finite double");
  EXPECT_EQ(ErrorOf([] { BigInt(std::nan("")); }), "ValueError: Cannot convert NaN to BigInt");
  EXPECT_EQ(ErrorOf([] { BigInt(-std::numeric_limits<double>::infinity()); }),
            "OverflowError: Cannot convert infinity to BigInt");
}

TEST(BigInt, NarrowingIsChecked) {
  EXPECT_EQ(ErrorOf([] { static_cast<void>(static_cast<int64_t>(Pow2(63))); }),
            "OverflowError: BigInt does not fit int64_t");
  EXPECT_EQ(BigInt(127).as<int8_t>(), 127);
  EXPECT_FALSE(BigInt(128).as<int8_t>().has_value());
  EXPECT_FALSE(BigInt(-1).as<uint32_t>().has_value());
  EXPECT_EQ(BigInt(1).as<bool>(), true);
  EXPECT_FALSE(BigInt(2).as<bool>().has_value());
  EXPECT_EQ((Pow2(64) - 1).as<uint64_t>(), std::numeric_limits<uint64_t>::max());
  EXPECT_FALSE(Pow2(64).as<uint64_t>().has_value() || BigInt(-1).as<uint64_t>().has_value());
  EXPECT_FALSE((-Pow2(64)).as<uint64_t>().has_value() || Pow2(63).as<int64_t>().has_value());
}

TEST(BigInt, StreamsDecimalText) {
  std::istringstream is("  +18446744073709551616x -7 - 5");
  BigInt value = 1;
  is >> value;
  EXPECT_EQ(value, Pow2(64));
  EXPECT_EQ(is.get(), 'x');
  is >> value;
  EXPECT_EQ(value, -7);
  is >> value;
  EXPECT_TRUE(is.fail());
  EXPECT_EQ(value, -7);
  std::istringstream at_end("00000000000000000000000000000000000042");
  at_end >> value;
  EXPECT_TRUE(at_end.eof() && !at_end.fail());
  EXPECT_EQ(value, 42);
  std::istringstream hex("ff");
  hex >> std::hex >> value;
  EXPECT_TRUE(hex.fail());
  std::ostringstream os;
  os << std::hex << std::showpos << std::setw(6) << std::setfill('*') << BigInt(-42) << BigInt(17);
  EXPECT_EQ(os.str(), "***-4217");
  EXPECT_EQ(Text(Big("-100000000000000000000000000000000000000")),
            "-100000000000000000000000000000000000000");
  EXPECT_EQ(Text(Big("340282366920938463463374607431768211456")), Text(Pow2(128)));
}

TEST(BigInt, HashIsByValue) {
  EXPECT_EQ(BigInt(5).hash(), 5u);
  EXPECT_EQ(Pow2(63).hash(), 1894u);
  EXPECT_EQ(Pow2(64).hash(), 1u);
  EXPECT_EQ((-Pow2(64)).hash(), 3u);
  std::unordered_set<BigInt> set{Pow2(64), Pow2(32) * Pow2(32), 5};
  EXPECT_EQ(set.size(), 2u);
}

TEST(BigIntWordOps, PrimitiveHelpers) {
  const int64_t zero = 0, negative[2] = {0, -1};
  EXPECT_TRUE(int_ops::IsNormalizedZero(BigInt::ArrayView(&zero, 1)));
  EXPECT_TRUE(int_ops::IsNegative(BigInt::ArrayView(negative, 2)));
  EXPECT_EQ(int_ops::FirstNonzero(BigInt::ArrayView(negative, 2)), 1u);
  EXPECT_EQ(int_ops::AbsWord(BigInt::ArrayView(negative, 2), 1, 1), 1);
  EXPECT_EQ(int_ops::BitcastToInt64(~uint64_t{0}), -1);
  int64_t words[2] = {1, 0};
  int_ops::NegateInplace(words, 2);
  EXPECT_TRUE(words[0] == -1 && words[1] == -1);
  size_t count = 0;
  const BigInt big_count = Pow2(64) - 1;
  EXPECT_TRUE(int_ops::ShiftCount(BigIntUnsafe::GetArrayView(big_count), &count));
  EXPECT_EQ(count, std::numeric_limits<size_t>::max());
  int64_t out = 0;
  EXPECT_TRUE(int_ops::MulOverflow(kMin, -1, &out));
  EXPECT_FALSE(int_ops::MulOverflow(kMin, 1, &out));
  EXPECT_EQ(out, kMin);
  const int64_t five = 5, six = 6;
  EXPECT_EQ(int_ops::MinFallback(BigInt::ArrayView(&five, 1), BigInt::ArrayView(&six, 1)), 5);
  EXPECT_EQ(int_ops::MaxFallback(BigInt::ArrayView(&five, 1), BigInt::ArrayView(&six, 1)), 6);
  EXPECT_EQ(BigIntUnsafe::Normalize(int_ops::NewWords(0)), 0);
}

TEST(BigIntWordOps, TellWhenAResultDoesNotFit) {
  int64_t out = 0;
  EXPECT_FALSE(int_ops::AddOverflow(1, 2, &out));
  EXPECT_EQ(out, 3);
  EXPECT_TRUE(int_ops::AddOverflow(kMax, 1, &out) && int_ops::SubOverflow(kMin, 1, &out));
  EXPECT_TRUE(int_ops::TruncDivOverflow(kMin, -1, &out));
  EXPECT_TRUE(int_ops::FloorDivOverflow(kMin, -1, &out));
  EXPECT_FALSE(int_ops::TruncModOverflow(kMin, -1, &out));
  EXPECT_EQ(out, 0);
  EXPECT_FALSE(int_ops::FloorModOverflow(-7, 2, &out));
  EXPECT_EQ(out, 1);
  EXPECT_FALSE(int_ops::FloorDivOverflow(-7, 2, &out));
  EXPECT_EQ(out, -4);
  EXPECT_TRUE(int_ops::LeftShiftOverflow(1, 63, &out));
  EXPECT_FALSE(int_ops::LeftShiftOverflow(-1, 63, &out));
  EXPECT_EQ(out, kMin);
  EXPECT_FALSE(int_ops::LeftShiftOverflow(0, 1000, &out));
  EXPECT_EQ(int_ops::RightShift(-8, 1), -4);
  EXPECT_EQ(int_ops::RightShift(-8, 1000), -1);
  EXPECT_EQ(ErrorOf([&] { int_ops::TruncModOverflow(1, 0, &out); }),
            "ZeroDivisionError: Division by zero");
  EXPECT_EQ(ErrorOf([&] { int_ops::RightShift(1, -1); }),
            "ValueError: Negative BigInt shift count");
}

TEST(BigIntWordOps, FallbacksTakeAnyNumberOfWords) {
  const BigInt a = Pow2(64) + 5, b = -Pow2(63) - 1;
  const BigInt::ArrayView x = BigIntUnsafe::GetArrayView(a), y = BigIntUnsafe::GetArrayView(b);
  EXPECT_EQ(int_ops::AddFallback(x, y), a + b);
  EXPECT_EQ(int_ops::SubFallback(x, y), a - b);
  EXPECT_EQ(int_ops::MulFallback(x, y), a * b);
  EXPECT_EQ(int_ops::AndFallback(x, y), a & b);
  EXPECT_EQ(int_ops::OrFallback(x, y), a | b);
  EXPECT_EQ(int_ops::XorFallback(x, y), a ^ b);
  EXPECT_EQ(int_ops::NegateFallback(x), -a);
  EXPECT_EQ(int_ops::ComplementFallback(y), ~b);
  EXPECT_EQ(int_ops::TruncDivFallback(x, y), a / b);
  EXPECT_EQ(int_ops::FloorDivFallback(x, y), floordiv(a, b));
  EXPECT_EQ(int_ops::TruncModFallback(x, y), a % b);
  EXPECT_EQ(int_ops::FloorModFallback(x, y), floormod(a, b));
  EXPECT_TRUE(int_ops::EqualFallback(x, x) && !int_ops::EqualFallback(x, y));
  EXPECT_EQ(int_ops::CompareFallback(x, y), 1);
  EXPECT_EQ(int_ops::CompareFallback(y, x), -1);
  const int64_t three = 3;
  const BigInt::ArrayView count(&three, 1);
  EXPECT_EQ(int_ops::LeftShiftFallback(x, count), a << 3);
  EXPECT_EQ(int_ops::RightShiftFallback(y, count), b >> 3);
  const auto [quotient, remainder] = int_ops::DivRemFallback(x, y);
  EXPECT_EQ(quotient * b + remainder, a);
  const auto [by_word, rest] = int_ops::DivRemFallback(x, int64_t{-7});
  EXPECT_EQ(by_word * -7 + rest, a);
  EXPECT_EQ(int_ops::FromDoubleFallback(18446744073709551616.0), Pow2(64));
  EXPECT_EQ(int_ops::ToDoubleFallback(Pow2(64)), 18446744073709551616.0);
  EXPECT_EQ(int_ops::ToStringFallback(a), "18446744073709551621");
}

TEST(BigIntTraits, InlineValuesAreOrdinaryInts) {
  EXPECT_EQ(Any(BigInt(7)).cast<int>(), 7);
  EXPECT_EQ(Any(7).cast<BigInt>(), 7);
  EXPECT_EQ(Any(7).as<BigInt>(), BigInt(7));
  EXPECT_EQ(Any(true).cast<BigInt>(), 1);
  EXPECT_FALSE(Any(true).as<BigInt>().has_value());
  EXPECT_EQ(ErrorOf([] { Any(1.5).cast<BigInt>(); }),
            "TypeError: Cannot convert from type `float` to `BigInt`");
}

TEST(BigIntTraits, HeapValuesAreObjects) {
  Any value = Pow2(64);
  EXPECT_TRUE(value.as<ObjectRef>().has_value());
  EXPECT_EQ(value.cast<BigInt>(), Pow2(64));
  EXPECT_EQ(ErrorOf([&] { value.cast<int>(); }),
            "TypeError: Cannot convert from type `ffi.BigInt` to `int`");
  EXPECT_EQ(ErrorOf([&] { value.cast<double>(); }),
            "TypeError: Cannot convert from type `ffi.BigInt` to `float`");
  EXPECT_EQ(ErrorOf([&] { value.cast<Optional<int>>(); }),
            "TypeError: Cannot convert from type `ffi.BigInt` to `Optional<int>`");
  EXPECT_EQ(std::move(value).cast<BigInt>(), Pow2(64));
  EXPECT_EQ(value.type_index(), kTVMFFINone);  // NOLINT(bugprone-use-after-move)
  BigInt source = Pow2(64);
  Any moved = std::move(source);
  EXPECT_EQ(source, 0);  // NOLINT(bugprone-use-after-move)
  Function f = Function::FromTyped([](int x) { return x; }, "f");
  EXPECT_EQ(ErrorOf([&] { f(moved); }),
            "TypeError: Mismatched type on argument #0 when calling: `f(0: int) -> int`. Expected "
            "`int` but got `ffi.BigInt`");
}

TEST(BigIntTraits, KeysOfMapsByValue) {
  EXPECT_EQ(AnyHash()(Any(BigInt(0))), 2654435832u);
  EXPECT_EQ(AnyHash()(Any(BigInt(-1))), 2654435833u);
  EXPECT_EQ(AnyHash()(Any(Pow2(63))), 2654442748u);
  EXPECT_EQ(AnyHash()(Any(Pow2(64))), 2654440707u);
  EXPECT_TRUE(AnyEqual()(Any(Pow2(64)), Any(Pow2(32) * Pow2(32))));
  EXPECT_FALSE(AnyEqual()(Any(Pow2(64)), Any(Pow2(65))));
  Map<BigInt, int> map = {{Pow2(64), 1}, {BigInt(5), 2}};
  EXPECT_EQ(map.at(Pow2(32) * Pow2(32)), 1);
  EXPECT_EQ(map.at(5), 2);
}

TEST(BigIntTraits, TypeTexts) {
  EXPECT_EQ(TypeTraits<BigInt>::TypeStr(), "BigInt");
  EXPECT_EQ(TypeTraits<BigInt>::TypeSchema(), R"({"type":"ffi.BigInt"})");
}

Function Hook(const char* name) {
  return reflection::TypeAttrColumn(name)[kTVMFFIBigInt].cast<Function>();
}

TEST(BigIntHooks, AreFunctionsWithValueSemantics) {
  const Any a = Pow2(64), b = Pow2(32) * Pow2(32), c = -Pow2(64);
  EXPECT_EQ(Hook("__any_hash__")(a).cast<int>(), 1);
  EXPECT_TRUE(Hook("__any_equal__")(a, b).cast<bool>());
  EXPECT_FALSE(Hook("__any_equal__")(a, c).cast<bool>());
  EXPECT_EQ(Hook("__ffi_hash__")(c, nullptr).cast<int>(), 3);
  EXPECT_TRUE(Hook("__ffi_eq__")(a, b, nullptr).cast<bool>());
  EXPECT_EQ(Hook("__ffi_compare__")(a, b, nullptr).cast<int>(), 0);
  EXPECT_EQ(Hook("__ffi_compare__")(a, c, nullptr).cast<int>(), 1);
  EXPECT_EQ(Hook("__ffi_compare__")(c, a, nullptr).cast<int>(), -1);
  EXPECT_TRUE(reflection::TypeAttrColumn("__ffi_type_final__")[kTVMFFIBigInt].cast<bool>());
}

TEST(BigIntHooks, RefuseOtherTypes) {
  const Any a = Pow2(64), text = String("a long enough text");
  EXPECT_EQ(ErrorOf([&] { Hook("__any_equal__")(a, text); }),
            "TypeError: Cannot treat type `ffi.String` as type `BigInt`");
  EXPECT_EQ(ErrorOf([&] { Hook("__ffi_hash__")(text, nullptr); }),
            "TypeError: Cannot treat type `ffi.String` as type `BigInt`");
  EXPECT_EQ(ErrorOf([&] { Hook("__data_to_json__")(text); }),
            "TypeError: Cannot treat type `ffi.String` as type `BigInt`");
  EXPECT_EQ(ErrorOf([&] { Hook("__data_from_json__")(5); }),
            "TypeError: Cannot treat type `int` as type `str`");
}

TEST(BigIntHooks, JsonDataIsStrictDecimalText) {
  EXPECT_EQ(Hook("__data_to_json__")(Any(-Pow2(64))).cast<String>(), "-18446744073709551616");
  Function parse = Hook("__data_from_json__");
  EXPECT_EQ(parse(String("18446744073709551616")).cast<BigInt>(), Pow2(64));
  EXPECT_EQ(parse(String("+7")).type_index(), kTVMFFIInt);
  for (const char* text : {"", "+", "-", " 1", "1 ", "1x", "0x1", "+-1", "1.0"}) {
    EXPECT_EQ(ErrorOf([&] { parse(String(text)); }),
              "ValueError: Invalid decimal string for ffi.BigInt")
        << text;
  }
}

TEST(BigIntCApi, CopiesAndShowsWords) {
  const int64_t words[] = {0, 1, 0, 0};
  TVMFFIByteArray bytes{reinterpret_cast<const char*>(words), sizeof(words)};
  TVMFFIAny out;
  ASSERT_EQ(TVMFFIBigIntFromByteArray(&bytes, &out), 0);
  Any value = detail::AnyUnsafe::MoveTVMFFIAnyRawToAny(out);
  EXPECT_EQ(value.cast<BigInt>(), Pow2(64));
  const TVMFFIAny cell = CellOf(value);
  EXPECT_EQ(TVMFFIBigIntGetContentByteArray(&cell).size, 16u);
  const TVMFFIAny small = CellOf(Any(-5));
  const TVMFFIByteArray content = TVMFFIBigIntGetContentByteArray(&small);
  EXPECT_EQ(content.size, 8u);
  EXPECT_EQ(content.data, reinterpret_cast<const char*>(&small.v_int64));

  TVMFFIByteArray empty{nullptr, 0};
  ASSERT_EQ(TVMFFIBigIntFromByteArray(&empty, &out), 0);
  EXPECT_EQ(out.type_index, kTVMFFIInt);
  EXPECT_EQ(out.v_int64, 0);

  TVMFFIByteArray ragged{reinterpret_cast<const char*>(words), 9};
  out.type_index = kTVMFFIInt;
  ASSERT_EQ(TVMFFIBigIntFromByteArray(&ragged, &out), -1);
  const Error error = detail::MoveFromSafeCallRaised();
  EXPECT_EQ(error.kind(), "ValueError");
  EXPECT_EQ(error.message(), "BigInt content must contain whole 64-bit words");
  EXPECT_EQ(out.type_index, kTVMFFINone);
}

}  // namespace
