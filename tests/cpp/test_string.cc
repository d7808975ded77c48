// SPDX-License-Identifier: Apache-2.0
// Behaviour of string.h and endian.h: storage forms, comparison, hashing, escaping, conversion.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/endian.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <cstring>
#include <iomanip>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "value_checks.h"

namespace {

using namespace value_checks;

static_assert(sizeof(String) == 16 && sizeof(Bytes) == 16);
static_assert(sizeof(detail::StringObj) == 40 && sizeof(detail::BytesObj) == 40);
static_assert(sizeof(detail::BytesObjStdImpl<detail::StringObj>) == 72);
static_assert(!std::is_constructible_v<String, std::nullptr_t>);
static_assert(!std::is_convertible_v<TVMFFIByteArray, String>);
static_assert(std::is_convertible_v<TVMFFIByteArray, Bytes>);
static_assert(!std::is_convertible_v<const char*, Bytes>);
static_assert(!std::is_convertible_v<Bytes, String> && !std::is_convertible_v<String, Bytes>);
static_assert(std::is_constructible_v<Bytes, String> && std::is_constructible_v<String, Bytes>);
static_assert(!kEquates<String, std::nullptr_t> && !kEquates<Bytes, Bytes>);
static_assert(std::is_nothrow_move_assignable_v<String> &&
              std::is_nothrow_move_assignable_v<Bytes>);

TEST(String, SevenBytesAreInlineAndPaddedWithZeros) {
  TVMFFIAny cell = CellOf(Any(String("abc")));
  EXPECT_EQ(cell.type_index, kTVMFFISmallStr);
  EXPECT_EQ(cell.small_str_len, 3u);
  EXPECT_EQ(cell.v_uint64, 0x636261u);
  EXPECT_EQ(CellOf(Any(String("1234567"))).type_index, kTVMFFISmallStr);
  EXPECT_EQ(CellOf(Any(Bytes("1234567", 7))).type_index, kTVMFFISmallBytes);
}

TEST(String, EightBytesAreAHeapObjectWithTrailingNul) {
  Any value = String("12345678");
  TVMFFIAny cell = CellOf(value);
  EXPECT_EQ(cell.type_index, kTVMFFIStr);
  EXPECT_EQ(cell.zero_padding, 0u);
  const TVMFFIByteArray* content = TVMFFIBytesGetByteArrayPtr(cell.v_obj);
  EXPECT_EQ(content->data, reinterpret_cast<const char*>(cell.v_obj) + 40);
  EXPECT_EQ(content->size, 8u);
  EXPECT_EQ(content->data[8], '\0');
  EXPECT_EQ(CellOf(Any(Bytes("12345678", 8))).type_index, kTVMFFIBytes);
}

TEST(String, AdoptingAStdStringMakesAHeapObjectAtAnyLength) {
  std::string source = "a";
  Any value = String(std::move(source));
  EXPECT_EQ(value.type_index(), kTVMFFIStr);
  EXPECT_TRUE(source.empty());
  EXPECT_EQ(value.cast<String>(), "a");
  EXPECT_EQ(Any(Bytes(std::string("a"))).type_index(), kTVMFFIBytes);
  String assigned;
  assigned = std::string("abc");
  EXPECT_EQ(Any(assigned).type_index(), kTVMFFIStr);
}

TEST(String, HeapObjectsSayWhichOfTheTwoKindsTheyAre) {
  for (const Any& text : {Any(String("12345678")), Any(String(std::string("a")))}) {
    EXPECT_EQ(CellOf(text).v_obj->type_index, kTVMFFIStr);
  }
  for (const Any& bytes : {Any(Bytes("12345678", 8)), Any(Bytes(std::string("a")))}) {
    EXPECT_EQ(CellOf(bytes).v_obj->type_index, kTVMFFIBytes);
  }
}

TEST(String, CopyingAStdStringLeavesItAndMayStayInline) {
  const std::string source = "a";
  EXPECT_EQ(Any(String(source)).type_index(), kTVMFFISmallStr);
  EXPECT_EQ(source, "a");
}

TEST(String, EmptyInputMayBeNull) {
  EXPECT_EQ(String(nullptr, 0).size(), 0u);
  EXPECT_STREQ(String(nullptr, 0).c_str(), "");
  EXPECT_EQ(Bytes(nullptr, 0).size(), 0u);
  EXPECT_EQ(Bytes(TVMFFIByteArray{nullptr, 0}).size(), 0u);
  EXPECT_TRUE(String().empty());
}

TEST(String, SizesThatDoNotFitMemoryAreRefused) {
  for (size_t size : {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - sizeof(detail::StringObj)}) {
    TVMFFIByteArray bytes{"x", size};  // through the C struct: compilers know the other bound
    EXPECT_THROW(String{bytes}, std::bad_alloc);
    EXPECT_THROW(Bytes{bytes}, std::bad_alloc);
  }
}

TEST(String, CopiesShareTheHeapObject) {
  String text = "a long enough text";
  String copy = text;
  EXPECT_EQ(copy.data(), text.data());
  Any stored = text;
  EXPECT_EQ(stored.cast<String>().data(), text.data());
  EXPECT_EQ(stored.cast<ObjectRef>().use_count(), 4);
}

TEST(String, SelfAssignmentKeepsTheContent) {
  String text = "a long enough text";
  String& alias = text;
  text = alias;
  EXPECT_EQ(text, "a long enough text");
  text = std::move(alias);
  EXPECT_EQ(text, "a long enough text");
}

TEST(String, MovedFromValueBecomesNoneInAny) {
  String small = "abc";
  String moved = std::move(small);
  EXPECT_EQ(Any(small).type_index(), kTVMFFINone);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(small.size(), 3u);
  String heap = "a long enough text";
  String taken = std::move(heap);
  EXPECT_EQ(Any(heap).type_index(), kTVMFFINone);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(heap.size(), 0u);
  EXPECT_EQ(taken, "a long enough text");
}

TEST(String, AssignmentFromEveryKindOfText) {
  String text = "a long enough text";
  text = "short";
  EXPECT_EQ(text, "short");
  text = std::string("from std");
  EXPECT_EQ(text, "from std");
  const std::string constant = "constant";
  text = constant;
  EXPECT_EQ(text, constant);
  Bytes bytes;
  bytes = std::string("xyz");
  EXPECT_EQ(std::string(bytes), "xyz");
  bytes = TVMFFIByteArray{"longer than seven", 17};
  EXPECT_EQ(std::string(bytes), "longer than seven");
  Bytes other = bytes;
  bytes = other;
  EXPECT_EQ(bytes.data(), other.data());
}

TEST(String, ComparisonIsThreeValuedAndCountsEmbeddedNuls) {
  const std::string with_nul("a\0b", 3);
  EXPECT_EQ(String(with_nul).size(), 3u);
  EXPECT_EQ(String(with_nul).compare(with_nul), 0);
  EXPECT_EQ(String(with_nul).compare(std::string("a\0c", 3)), -1);
  EXPECT_EQ(String("b").compare(String("a")), 1);
  EXPECT_EQ(String("ab").compare(String("abc")), -1);
  EXPECT_EQ(String("abc").compare(std::string("ab")), 1);
  EXPECT_EQ(String("abc").compare(TVMFFIByteArray{"abd", 3}), -1);
  EXPECT_EQ(String("0123456789abcdef!").compare(String("0123456789abcdef?")), -1);
}

TEST(String, ComparisonWithCStringReadsItsContentNotItsAddress) {
  String text = "hello world";
  char* inside = const_cast<char*>(text.data());
  EXPECT_EQ(text.compare(text.data()), 0);
  inside[5] = '\0';
  EXPECT_GT(text.compare(text.data()), 0);
  EXPECT_EQ(String("abc").compare("abcd"), -1);
  EXPECT_EQ(String("abd").compare("abc"), 1);
}

TEST(String, HighBytesCompareAsPlainChar) {
  const bool is_signed = std::is_signed_v<char>;
  EXPECT_EQ(String("\x80") < String("a"), is_signed);
  EXPECT_EQ(String("long text with \x80 inside") < String("long text with a inside"), is_signed);
}

TEST(String, OperatorsAcceptStdStringsAndLiterals) {
  const String a = "a", b = "b";
  const std::string std_b = "b";
  EXPECT_TRUE(a < b && a <= b && b > a && b >= a && a != b && a == a);
  EXPECT_TRUE(a < std_b && a <= std_b && !(a > std_b) && !(a >= std_b) && a != std_b && b == std_b);
  EXPECT_TRUE(std_b > a && std_b >= a && !(std_b < a) && !(std_b <= a) && std_b != a && std_b == b);
  EXPECT_TRUE(a < "b" && a <= "b" && !(a > "b") && !(a >= "b") && a != "b" && b == "b");
  EXPECT_TRUE("b" > a && "b" >= a && !("b" < a) && !("b" <= a) && "b" != a && "b" == b);
}

TEST(String, ConcatenationOfEveryPair) {
  const String text = "bc";
  EXPECT_EQ(text + text, "bcbc");
  EXPECT_EQ(text + std::string("d"), "bcd");
  EXPECT_EQ(std::string("a") + text, "abc");
  EXPECT_EQ("a" + text + "d", "abcd");
  EXPECT_EQ("left" + String() + "right", "leftright");
  EXPECT_EQ(Any("1234" + String("567")).type_index(), kTVMFFISmallStr);
  EXPECT_EQ(Any("1234" + String("5678")).type_index(), kTVMFFIStr);
}

TEST(String, AtAndSubstrRejectPositionsPastTheEnd) {
  const String text = "hello";
  EXPECT_EQ(text.at(4), 'o');
  try {
    text.at(5);
    FAIL() << "at() accepted the end";
  } catch (const std::out_of_range& error) {
    EXPECT_STREQ(error.what(), "tvm::String index out of bounds");
  }
  EXPECT_EQ(text.substr(1, 3), "ell");
  EXPECT_EQ(text.substr(3), "lo");
  EXPECT_EQ(text.substr(5), "");
  EXPECT_EQ(text.substr(0, 99), "hello");
  try {
    text.substr(6);
    FAIL() << "substr() accepted a position past the end";
  } catch (const std::out_of_range& error) {
    EXPECT_STREQ(error.what(), "tvm::String substr index out of bounds");
  }
}

TEST(String, FindAgreesWithStringView) {
  const String text = "hello hello";
  EXPECT_EQ(text.find("lo"), 3u);
  EXPECT_EQ(text.find(String("lo"), 4), 9u);
  EXPECT_EQ(text.find("loXX", 0, 2), 3u);
  EXPECT_EQ(text.find("xyz"), String::npos);
  EXPECT_EQ(text.find("", 11), 11u);
  EXPECT_EQ(text.find("", 12), String::npos);
}

TEST(String, PrefixAndSuffix) {
  const String text = "prefix.suffix";
  EXPECT_TRUE(text.starts_with("prefix") && text.starts_with(String("")));
  EXPECT_TRUE(text.starts_with(std::string_view("pre")) && text.starts_with("preXX", 3));
  EXPECT_FALSE(text.starts_with("suffix") || text.starts_with("prefix.suffix and more"));
  EXPECT_TRUE(text.ends_with("suffix") && text.ends_with(String("prefix.suffix")));
  EXPECT_TRUE(text.ends_with(std::string_view("fix")) && text.ends_with("fixXX", 3));
  EXPECT_FALSE(text.ends_with("prefix") || text.ends_with("more than prefix.suffix"));
}

TEST(String, SplitKeepsEmptyPieces) {
  using Pieces = std::vector<std::string_view>;
  const String text = ",a,,bc,";
  EXPECT_EQ(text.Split(','), (Pieces{"", "a", "", "bc", ""}));
  EXPECT_EQ(text.Split(';'), (Pieces{",a,,bc,"}));
  const String empty;
  EXPECT_EQ(empty.Split(','), (Pieces{""}));
}

TEST(String, StreamInsertionIgnoresWidth) {
  std::ostringstream os;
  os << std::setw(10) << String(std::string("a\0b", 3));
  EXPECT_EQ(os.str(), std::string("a\0b", 3));
}

TEST(String, StdHashIsTheSameForBothForms) {
  EXPECT_EQ(std::hash<String>()(String("abc")), std::hash<String>()(String(std::string("abc"))));
  EXPECT_EQ(std::hash<String>()(String("abc")), std::hash<std::string_view>()("abc"));
  EXPECT_EQ(std::hash<Bytes>()(Bytes("abc", 3)), std::hash<Bytes>()(Bytes(std::string("abc"))));
  std::unordered_map<String, int> ages{{"alice", 30}};
  EXPECT_EQ(ages[String(std::string("alice"))], 30);
}

TEST(StableHash, MatchesTheValuesOfPublishedBinaries) {
  struct Vector {
    std::string content;
    uint64_t bytes_hash, as_string, as_bytes;
  };
  const Vector vectors[] = {
      {"", 0, 2654440008, 2654439947},
      {"a", 97, 2654439979, 2654440168},
      {"abcdefg", 1697787691, 4352227701, 4352227638},
      {"abcdefgh", 892481325, 3546921335, 3546921268},
      {"hello world", 1085901259, 3740341141, 3740341334},
      {"0123456789abcdef", 216373612, 2870813492, 2870813687},
      {"\xff\xfe\xfd", 16645887, 2671085897, 2671085834},
      {std::string(23, 'x'), 900917613, 3555357495, 3555357684},
  };
  for (const Vector& v : vectors) {
    EXPECT_EQ(detail::StableHashBytes(v.content.data(), v.content.size()), v.bytes_hash);
    EXPECT_EQ(AnyHash()(Any(String(v.content))), v.as_string) << v.content;
    EXPECT_EQ(AnyHash()(Any(String(std::string(v.content)))), v.as_string) << v.content;
    EXPECT_EQ(AnyHash()(Any(Bytes(v.content))), v.as_bytes) << v.content;
  }
  EXPECT_EQ(detail::StableHashCombine(5, 7), 2654436100u);
  EXPECT_EQ(detail::StableHashCombine(uint64_t{1} << 40, -1), 71745788148152u);
}

TEST(StableHash, DoesNotDependOnAlignment) {
  const std::string text = "some text that spans several words";
  std::vector<char> buffer(text.size() + 8);
  for (size_t offset = 0; offset < 8; ++offset) {
    std::memcpy(buffer.data() + offset, text.data(), text.size());
    EXPECT_EQ(detail::StableHashBytes(buffer.data() + offset, text.size()),
              detail::StableHashBytes(text.data(), text.size()));
  }
}

TEST(String, BothFormsAreEqualKeysAndNeverEqualBytes) {
  const Any small = String("abc"), heap = String(std::string("abc"));
  EXPECT_TRUE(AnyEqual()(small, heap) && AnyEqual()(heap, small));
  EXPECT_FALSE(AnyEqual()(small, Any(Bytes("abc", 3))));
  EXPECT_TRUE(AnyEqual()(Any(Bytes("abc", 3)), Any(Bytes(std::string("abc")))));
  EXPECT_FALSE(AnyEqual()(heap, Any(String(std::string("abd")))));
}

TEST(EscapeStringJSON, EscapesQuotesSlashesAndControlBytes) {
  EXPECT_EQ(EscapeStringJSON("a/b\x7f\x01\xc3\xa9"), "\"a\\/b\\u007f\\u0001\xc3\xa9\"");
  EXPECT_EQ(EscapeStringJSON("\"\\\b\f\n\r\t"), R"("\"\\\b\f\n\r\t")");
  EXPECT_EQ(EscapeStringJSON(String(std::string(1, '\0'))), R"("\u0000")");
  EXPECT_EQ(Any(EscapeStringJSON("")).type_index(), kTVMFFIStr);
}

TEST(EscapedStringPy, EscapesTextAsAscii) {
  EXPECT_EQ(EscapedStringPy("a'b\"c\\\n\t\r\x01\x7f"), R"("a'b\"c\\\n\t\r\x01\x7f")");
  EXPECT_EQ(EscapedStringPy("\xc3\xa9"), R"("\u00e9")");
  EXPECT_EQ(EscapedStringPy("\xe4\xb8\xad"), R"("\u4e2d")");
  EXPECT_EQ(EscapedStringPy("\xf0\x9f\x98\x80"), R"("\U0001f600")");
  EXPECT_EQ(EscapedStringPy("\xc0\x80"), R"("\u0000")");
}

TEST(EscapedStringPy, KeepsMalformedUtf8AsBytes) {
  EXPECT_EQ(EscapedStringPy("\xc3 "), R"("\xc3 ")");
  EXPECT_EQ(EscapedStringPy("\xe4\xb8 "), R"("\xe4\xb8 ")");
  EXPECT_EQ(EscapedStringPy("\xf0\x9f\x98"), R"("\xf0\x9f\x98")");
  EXPECT_EQ(EscapedStringPy("\x80\xff"), R"("\x80\xff")");
}

TEST(EscapedStringPy, KeepsColourSequencesReadable) {
  EXPECT_EQ(EscapedStringPy("\x1b[31mred\x1b[0m"), R"("\x1b[31mred\x1b[0m")");
  EXPECT_EQ(EscapedStringPy("\x1b[1;2K"), R"("\x1b[1;2K")");
  EXPECT_EQ(EscapedStringPy("\x1b[2J"), R"("\x1b[2J")");
  EXPECT_EQ(EscapedStringPy("\x1b[31"), R"("\x1b[31")");
}

TEST(StringTraits, ViewsBorrowAndAnyOwns) {
  EXPECT_EQ(AnyView("hello").type_index(), kTVMFFIRawStr);
  EXPECT_EQ(AnyView(std::string("hello")).type_index(), kTVMFFIRawStr);
  EXPECT_EQ(Any(AnyView("hello")).type_index(), kTVMFFISmallStr);
  EXPECT_EQ(Any("a long enough text").type_index(), kTVMFFIStr);
  EXPECT_EQ(Any(std::string("ab")).type_index(), kTVMFFIStr);
  char buffer[8] = "buffer";
  EXPECT_EQ(Any(buffer).cast<String>(), "buffer");
  TVMFFIByteArray bytes{"a\0cd", 4};
  EXPECT_EQ(AnyView(&bytes).type_index(), kTVMFFIByteArrayPtr);
  Any owned = AnyView(&bytes);
  EXPECT_EQ(owned.type_index(), kTVMFFISmallBytes);
  EXPECT_EQ(owned.cast<std::string>(), std::string("a\0cd", 4));
  EXPECT_EQ(owned.cast<Bytes>().size(), 4u);
}

TEST(StringTraits, NullPointersAreRefused) {
  const char* text = nullptr;
  TVMFFIByteArray* bytes = nullptr;
  EXPECT_EQ(ErrorOf([&] { AnyView view(text); }), "InternalError: Check not null: src ");
  EXPECT_EQ(ErrorOf([&] { AnyView view(bytes); }), "InternalError: Check not null: src ");
  EXPECT_EQ(ErrorOf([&] { Any value(text); }), "InternalError: Check not null: src ");
  EXPECT_EQ(ErrorOf([&] { Any value(bytes); }), "InternalError: Check not null: src ");
}

TEST(StringTraits, ConversionMatrix) {
  TVMFFIByteArray array{"abc", 3};
  const Any small_str = "abc", str = std::string("abc");
  const Any small_bytes = Bytes("abc", 3), bytes = Bytes(std::string("abc"));
  const AnyView sources[] = {"abc", &array, small_str, str, small_bytes, bytes};
  const bool to_string[] = {true, false, true, true, false, false};
  for (int i = 0; i < 6; ++i) {
    SCOPED_TRACE(i);
    EXPECT_EQ(sources[i].try_cast<String>().has_value(), to_string[i]);
    EXPECT_EQ(sources[i].try_cast<Bytes>().has_value(), !to_string[i]);
    EXPECT_EQ(sources[i].try_cast<std::string>(), "abc");
    EXPECT_EQ(sources[i].try_cast<const char*>().has_value(), i == 0);
    EXPECT_EQ(sources[i].try_cast<TVMFFIByteArray*>().has_value(), i == 1);
    EXPECT_EQ(sources[i].as<String>().has_value(), i == 2 || i == 3);
    EXPECT_EQ(sources[i].as<Bytes>().has_value(), i == 4 || i == 5);
  }
  EXPECT_FALSE(AnyView(1).try_cast<std::string>().has_value());
}

TEST(StringTraits, MismatchNamesTheSourceKind) {
  EXPECT_EQ(ErrorOf([] { Any(1).cast<String>(); }),
            "TypeError: Cannot convert from type `int` to `str`");
  EXPECT_EQ(ErrorOf([] { AnyView("a").cast<Bytes>(); }),
            "TypeError: Cannot convert from type `const char*` to `bytes`");
  EXPECT_EQ(ErrorOf([] { Any("a").cast<Bytes>(); }),
            "TypeError: Cannot convert from type `ffi.SmallStr` to `bytes`");
  EXPECT_EQ(ErrorOf([] { Any(Bytes("a", 1)).cast<String>(); }),
            "TypeError: Cannot convert from type `ffi.SmallBytes` to `str`");
  EXPECT_EQ(ErrorOf([] { AnyView("a").as_or_throw<String>(); }),
            "TypeError: Cannot treat type `const char*` as type `str`");
}

TEST(StringTraits, MovingOutLeavesNone) {
  Any value = String("abc");
  EXPECT_EQ(std::move(value).cast<String>(), "abc");
  const TVMFFIAny cell = CellOf(value);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(cell.type_index, kTVMFFINone);
  EXPECT_EQ(cell.zero_padding, 0u);
  EXPECT_EQ(cell.v_uint64, 0u);
}

TEST(StringTraits, TypeTexts) {
  EXPECT_EQ(TypeTraits<String>::TypeStr(), "str");
  EXPECT_EQ(TypeTraits<Bytes>::TypeStr(), "bytes");
  EXPECT_EQ(TypeTraits<std::string>::TypeStr(), "std::string");
  EXPECT_EQ(TypeTraits<const char*>::TypeStr(), "const char*");
  EXPECT_EQ(TypeTraits<TVMFFIByteArray*>::TypeStr(), "TVMFFIByteArray*");
  EXPECT_EQ(TypeTraits<String>::TypeSchema(), R"({"type":"ffi.String"})");
  EXPECT_EQ(TypeTraits<Bytes>::TypeSchema(), R"({"type":"ffi.Bytes"})");
  EXPECT_EQ(TypeTraits<std::string>::TypeSchema(), R"({"type":"std::string"})");
}

TEST(StringTraits, FunctionsTakeEveryKindOfText) {
  Function echo = Function::FromTyped([](const String& text) { return text; });
  EXPECT_EQ(echo("literal").cast<String>(), "literal");
  EXPECT_EQ(echo(std::string("a std::string")).cast<String>(), "a std::string");
  EXPECT_EQ(echo(String("a long enough String")).cast<String>(), "a long enough String");
  Function join = Function::FromTyped([](std::string a, const char* b) { return a + b; });
  EXPECT_EQ(join("x", "y").cast<std::string>(), "xy");
}

TEST(StringCApi, MakesTheFormThatTheLengthAsksFor) {
  TVMFFIByteArray seven{"1234567", 7}, eight{"12345678", 8}, empty{nullptr, 0};
  TVMFFIAny out;
  ASSERT_EQ(TVMFFIStringFromByteArray(&seven, &out), 0);
  EXPECT_EQ(out.type_index, kTVMFFISmallStr);
  ASSERT_EQ(TVMFFIBytesFromByteArray(&empty, &out), 0);
  EXPECT_EQ(out.type_index, kTVMFFISmallBytes);
  EXPECT_EQ(out.small_str_len, 0u);
  ASSERT_EQ(TVMFFIStringFromByteArray(&eight, &out), 0);
  EXPECT_EQ(out.type_index, kTVMFFIStr);
  EXPECT_EQ(detail::AnyUnsafe::MoveTVMFFIAnyToAny(&out).cast<String>(), "12345678");
}

TEST(ByteSwap, ReversesEachElement) {
  uint32_t words[2] = {0x01020304, 0x0a0b0c0d};
  ByteSwap(words, 4, 2);
  EXPECT_EQ(words[0], 0x04030201u);
  EXPECT_EQ(words[1], 0x0d0c0b0au);
  char odd[3] = {'a', 'b', 'c'};
  ByteSwap(odd, 3, 1);
  EXPECT_EQ(std::string(odd, 3), "cba");
  ByteSwap(odd, 1, 3);
  EXPECT_EQ(std::string(odd, 3), "cba");
}

}  // namespace
