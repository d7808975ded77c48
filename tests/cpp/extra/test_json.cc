// SPDX-License-Identifier: Apache-2.0
//
// JSON text to values and back: grammar, error positions, number and string formats, layout.
#include <gtest/gtest.h>
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/device.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/extra/json.h>
#include <tvm/ffi/function.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <utility>

namespace {

using namespace tvm::ffi;

std::string Text(const Any& value) { return json::Stringify(value); }

// Parses and writes again, on one line.
std::string RoundTrip(const std::string& text) { return Text(json::Parse(text)); }

std::string ParseError(const std::string& text) {
  String message;
  Any value = json::Parse(text, &message);
  EXPECT_EQ(value.type_index(), TypeIndex::kTVMFFINone);
  return message;
}

std::string WriteError(const Any& value) {
  try {
    json::Stringify(value);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), "ValueError");
    return error.message();
  }
  return "no error";
}

TEST(JsonParse, MapsJsonTypesToValues) {
  EXPECT_EQ(json::Parse("null").type_index(), TypeIndex::kTVMFFINone);
  EXPECT_EQ(json::Parse(" true ").cast<bool>(), true);
  EXPECT_EQ(json::Parse("-7").cast<int64_t>(), -7);
  EXPECT_EQ(json::Parse("0.5").type_index(), TypeIndex::kTVMFFIFloat);
  EXPECT_EQ(json::Parse("\"abc\"").type_index(), TypeIndex::kTVMFFISmallStr);
  EXPECT_EQ(json::Parse("\"abcdefgh\"").type_index(), TypeIndex::kTVMFFIStr);
  EXPECT_EQ(json::Parse("[1, [2], []]").cast<json::Array>().size(), 3u);
  EXPECT_EQ(json::Parse("{\"a\": 1}").cast<json::Object>()[String("a")].cast<int>(), 1);
}

TEST(JsonParse, IntegersThatDoNotFitBecomeFloats) {
  EXPECT_EQ(json::Parse("9223372036854775807").cast<int64_t>(), INT64_MAX);
  EXPECT_EQ(json::Parse("-9223372036854775808").cast<int64_t>(), INT64_MIN);
  EXPECT_EQ(json::Parse("9223372036854775808").cast<double>(), 9223372036854775808.0);
  EXPECT_EQ(json::Parse("123456789012345678901234567890").cast<double>(),
            123456789012345678901234567890.0);
}

TEST(JsonParse, AcceptsTheNumberSpellingsOfTheReference) {
  EXPECT_EQ(json::Parse("01").cast<int64_t>(), 1);
  EXPECT_EQ(json::Parse("+5").cast<int64_t>(), 5);
  EXPECT_EQ(json::Parse("-0").type_index(), TypeIndex::kTVMFFIInt);
  EXPECT_EQ(json::Parse(".5").cast<double>(), 0.5);
  EXPECT_EQ(json::Parse("5.").cast<double>(), 5.0);
  EXPECT_TRUE(std::signbit(json::Parse("-0.0").cast<double>()));
  EXPECT_TRUE(std::isnan(json::Parse("NaN").cast<double>()));
  EXPECT_EQ(json::Parse("-Infinity").cast<double>(), -std::numeric_limits<double>::infinity());
}

TEST(JsonParse, FloatsRoundAsStrtodDoes) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20000; ++i) {
    std::string text = std::to_string(random() % 1000000007) + "." +
                       std::to_string(random() % 100000000) + "e" +
                       std::to_string(static_cast<int>(random() % 60) - 30);
    ASSERT_EQ(json::Parse(text).cast<double>(), std::strtod(text.c_str(), nullptr)) << text;
  }
}

// Decimals of up to 19 digits have an exact way of their own; longer ones do not.
TEST(JsonParse, LongDecimalsRoundAsStrtodDoes) {
  std::mt19937_64 random(8);
  for (int i = 0; i < 20000; ++i) {
    std::string digits = std::to_string(random() >> random() % 40);
    digits.insert(random() % digits.size(), random() % 3 == 0 ? "" : ".");
    std::string text = (random() % 2 ? "-1" : "2") + digits;
    if (random() % 2 != 0) text += "e" + std::to_string(static_cast<int>(random() % 80) - 40);
    Any value = json::Parse(text);
    double number = value.type_index() == TypeIndex::kTVMFFIInt
                        ? static_cast<double>(value.cast<int64_t>())
                        : value.cast<double>();
    ASSERT_EQ(number, std::strtod(text.c_str(), nullptr)) << text;
  }
}

TEST(JsonParse, HalfwayDecimalsRoundToEven) {
  EXPECT_EQ(json::Parse("9007199254740993.0").cast<double>(), 9007199254740992.0);
  EXPECT_EQ(json::Parse("9007199254740995.0").cast<double>(), 9007199254740996.0);
  EXPECT_EQ(json::Parse("9007199254740993.001").cast<double>(), 9007199254740994.0);
  EXPECT_EQ(json::Parse("9007199254740992999e-3").cast<double>(), 9007199254740992.0);
  EXPECT_EQ(json::Parse("18014398509481986e0").cast<double>(), 18014398509481984.0);
}

TEST(JsonParse, IntegersAtEveryLengthKeepTheirValue) {
  std::string digits;
  for (char c : std::string("1234567891234567891")) {
    digits += c;
    EXPECT_EQ(json::Parse(digits).cast<int64_t>(), std::stoll(digits));
    EXPECT_EQ(json::Parse("[-" + digits + "]").cast<Array<Any>>()[0].cast<int64_t>(),
              -std::stoll(digits));
  }
}

TEST(JsonParse, RefusesNumbersOutOfRangeOrShape) {
  for (const char* text : {"1e400", "-1e400", "1e-400", "5e-324", "1e-310", "1e", "1-2", "--1", "-",
                           "+", "123.456.789", "123e+", "+Infinity", "-NaN", "nan", "1e5.0"}) {
    EXPECT_EQ(ParseError(text), "Expecting value: line 1 column 1 (char 0)") << text;
  }
  EXPECT_EQ(ParseError("0x10"), "Extra data: line 1 column 2 (char 1)");
}

TEST(JsonParse, ErrorsNameWhatAndWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "Expecting value: line 1 column 1 (char 0)"},
      {"nul", "Expecting value: line 1 column 1 (char 0)"},
      {"fals", "Expecting value: line 1 column 1 (char 0)"},
      {"fx", "Expecting value: line 1 column 1 (char 0)"},
      {"n1", "Expecting value: line 1 column 1 (char 0)"},
      {"]", "Expecting value: line 1 column 1 (char 0)"},
      {"123e", "Expecting value: line 1 column 1 (char 0)"},
      {"-I", "Expecting value: line 1 column 1 (char 0)"},
      {"\v1", "Expecting value: line 1 column 1 (char 0)"},
      {"\f1", "Expecting value: line 1 column 1 (char 0)"},
      {"// a comment\n1", "Expecting value: line 1 column 1 (char 0)"},
      {"1 /* a comment */", "Extra data: line 1 column 3 (char 2)"},
      {"true false", "Extra data: line 1 column 6 (char 5)"},
      {"[1;2]", "Expecting ',' delimiter: line 1 column 3 (char 2)"},
      {"{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)"},
      {"{a:1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
      {"[\"\xc3\xa9\" x]", "Expecting ',' delimiter: line 1 column 7 (char 6)"},
      {"\n\nfx", "Expecting value: line 3 column 1 (char 2)"},
      {"   \t\n    ", "Expecting value: line 2 column 5 (char 9)"},
      {"\"hello", "Unterminated string starting at: line 1 column 1 (char 0)"},
      {"\"hello\x01\"", "Invalid control character at: line 1 column 7 (char 6)"},
      {"\"hello\\uxx\"", "Invalid \\uXXXX escape: line 1 column 8 (char 7)"},
      {"\"hello\\uDC00\\uDE04\"",
       "Invalid surrogate pair of \\uXXXX escapes: line 1 column 8 (char 7)"},
      {"\"hello\\uD800\"", "Invalid surrogate pair of \\uXXXX escapes: line 1 column 8 (char 7)"},
      {"\"hello\\uD800\\uxx\"", "Invalid \\uXXXX escape: line 1 column 15 (char 14)"},
      {"\"\\ud800\\u0041\"",
       "Invalid surrogate pair of \\uXXXX escapes: line 1 column 10 (char 9)"},
      {"\"hello\\a\"", "Invalid \\escape: line 1 column 8 (char 7)"},
      {"\"\\", "Invalid \\escape: line 1 column 3 (char 2)"},
      {"[1,]", "Expecting value: line 1 column 4 (char 3)"},
      {"[", "Expecting value: line 1 column 2 (char 1)"},
      {"[1a", "Expecting ',' delimiter: line 1 column 3 (char 2)"},
      {"[1,2,3", "Expecting ',' delimiter: line 1 column 7 (char 6)"},
      {"[1,", "Syntax error near: line 1 column 4 (char 3)"},
      {"{\"a\":1,", "Syntax error near: line 1 column 8 (char 7)"},
      {"{\"a\":1,}", "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)"},
      {"{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
      {"{\"incomplete\"", "Expecting ':' delimiter: line 1 column 14 (char 13)"},
      {"{\"a\":", "Expecting value: line 1 column 6 (char 5)"},
      {"{\"a\":\n\n[1]", "Expecting ',' delimiter: line 3 column 4 (char 10)"},
      {"{\"a\":\n\n[abc]}", "Expecting value: line 3 column 2 (char 8)"},
      {"[1]  a", "Extra data: line 1 column 6 (char 5)"},
      {"truee", "Extra data: line 1 column 5 (char 4)"},
      {"NaNx", "Extra data: line 1 column 4 (char 3)"},
      {"\"hello\" \"world\"", "Extra data: line 1 column 9 (char 8)"},
      {"\xEF\xBB\xBF[]", "Expecting value: line 1 column 1 (char 0)"},
  };
  for (auto [text, message] : cases) EXPECT_EQ(ParseError(text), message) << text;
}

TEST(JsonParse, ThrowsValueErrorUnlessAMessageIsAskedFor) {
  try {
    json::Parse("[1,");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), "ValueError");
    EXPECT_EQ(error.message(), "Syntax error near: line 1 column 4 (char 3)");
  }
  String message = "left over";
  json::Parse("1", &message);
  EXPECT_EQ(message, "");
}

TEST(JsonParse, DecodesEscapes) {
  EXPECT_EQ(json::Parse(R"("\"\\\/\b\f\n\r\t")").cast<String>(), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(json::Parse(R"("\u0041\u00e9\u20ac\ud83d\ude04")").cast<String>(),
            "A\u00e9\u20ac\U0001F604");
  EXPECT_EQ(json::Parse("\"a\\u0000b\"").cast<String>(), String("a\0b", 3));
  EXPECT_EQ(json::Parse("\"\x7f\xff\"").cast<String>(), "\x7f\xff");
}

// The text is scanned eight bytes at a time: every length and every place of what ends a run.
TEST(JsonParse, StringsOfEveryLengthEndWhereTheyShould) {
  for (size_t size = 0; size < 40; ++size) {
    std::string content;
    for (size_t i = 0; i < size; ++i) content += static_cast<char>('a' + i % 26);
    EXPECT_EQ(json::Parse("\"" + content + "\"").cast<String>(), content);
    EXPECT_EQ(json::Parse("[\"" + content + "\",1]").cast<Array<Any>>()[0].cast<String>(), content);
    EXPECT_EQ(RoundTrip("{\"" + content + "\":\"" + content + "\"}"),
              "{\"" + content + "\":\"" + content + "\"}");
    EXPECT_EQ(json::Parse("\"" + content + "\\n" + content + "\"").cast<String>(),
              content + "\n" + content);
    std::string column = std::to_string(size + 2), offset = std::to_string(size + 1);
    EXPECT_EQ(ParseError("\"" + content + "\x1f\""),
              "Invalid control character at: line 1 column " + column + " (char " + offset + ")");
    EXPECT_EQ(ParseError("\"" + content),
              "Unterminated string starting at: line 1 column 1 (char 0)");
    EXPECT_EQ(json::Parse("\"" + content + "\x7f\x80\xff\"").cast<String>(),
              content + "\x7f\x80\xff");
  }
}

TEST(JsonParse, ShortStringsAreInlineWhereverTheyStand) {
  Any values = json::Parse(R"(["seven b","", "eight by", "\u00e9"])");
  EXPECT_EQ(values.cast<Array<Any>>()[0].type_index(), TypeIndex::kTVMFFISmallStr);
  EXPECT_TRUE(AnyEqual()(values.cast<Array<Any>>()[0], Any(String("seven b"))));
  EXPECT_TRUE(values.cast<Array<Any>>()[1].same_as(Any(String(""))));
  EXPECT_EQ(values.cast<Array<Any>>()[2].type_index(), TypeIndex::kTVMFFIStr);
  EXPECT_TRUE(values.cast<Array<Any>>()[3].same_as(Any(String("\u00e9"))));
}

// Objects with the members of an earlier one are filled after its pattern.
TEST(JsonParse, ObjectsWithTheSameMembersAreIndependentAndComplete) {
  for (int count : {1, 2, 3, 4, 5, 8, 15, 16, 23, 24, 25, 40, 200}) {
    std::string members, text = "[";
    for (int object = 0; object < 3; ++object) {
      text += object ? ",{" : "{";
      for (int i = 0; i < count; ++i) {
        text += (i ? ",\"" : "\"") + std::string(i % 3 == 0 ? "k" : "a longer key ") +
                std::to_string(i) + "\":" + std::to_string(object * 1000 + i);
      }
      text += "}";
    }
    text += "]";
    EXPECT_EQ(RoundTrip(text), text);
    auto objects = json::Parse(text).cast<Array<Map<String, int64_t>>>();
    for (int64_t i = 0; i < count; ++i) {
      String key = (i % 3 == 0 ? "k" : "a longer key ") + std::to_string(i);
      EXPECT_EQ(objects[2].at(key), 2000 + i);
    }
    EXPECT_EQ(objects[1].count("absent"), 0u);
    Map<String, int64_t> grown = objects[1];
    for (int i = 0; i < 50; ++i) grown.Set("new " + std::to_string(i), i);
    EXPECT_EQ(grown.size(), static_cast<size_t>(count) + 50);
    EXPECT_EQ(objects[1].size(), static_cast<size_t>(count));
    grown.erase("k0");
    EXPECT_EQ(grown.count("k0"), 0u);
    EXPECT_EQ(objects[1].at("k0"), 1000);
  }
}

TEST(JsonParse, ObjectsWithAlmostTheSameMembersDiffer) {
  EXPECT_EQ(RoundTrip(R"([{"a":1,"b":2,"c":3,"d":4,"e":5},{"a":1,"x":2,"c":3,"d":4,"e":5},)"
                      R"({"a":1,"b":2,"c":3,"b":9,"e":5},{"a":1,"b":2,"c":3,"d":4,"e":6}])"),
            R"([{"a":1,"b":2,"c":3,"d":4,"e":5},{"a":1,"x":2,"c":3,"d":4,"e":5},)"
            R"({"a":1,"b":9,"c":3,"e":5},{"a":1,"b":2,"c":3,"d":4,"e":6}])");
}

TEST(JsonParse, DuplicatesAmongManyAndLongMembersKeepTheFirstPlace) {
  std::string text = "{", expected = "{";
  for (int i = 0; i < 60; ++i) {
    text +=
        (i ? ",\"a member " : "\"a member ") + std::to_string(i % 30) + "\":" + std::to_string(i);
    if (i < 30) {
      expected +=
          (i ? ",\"a member " : "\"a member ") + std::to_string(i) + "\":" + std::to_string(i + 30);
    }
  }
  EXPECT_EQ(RoundTrip(text + "}"), expected + "}");
  EXPECT_EQ(RoundTrip(R"({"a long key":[1],"a long key":[2]})"), R"({"a long key":[2]})");
}

TEST(JsonParse, FailuresInsideContainersReleaseWhatWasRead) {
  EXPECT_EQ(ParseError(R"({"a long key":["a long value",{"b":[1,"another long value)"),
            "Unterminated string starting at: line 1 column 39 (char 38)");
  EXPECT_EQ(ParseError(R"([{"a long key":"a long value"},{"a long key" 1}])"),
            "Expecting ':' delimiter: line 1 column 46 (char 45)");
}

TEST(JsonParse, DuplicateMembersKeepTheFirstPlaceAndTheLastValue) {
  EXPECT_EQ(RoundTrip(R"({"a":1,"b":2,"a":3})"), R"({"a":3,"b":2})");
  EXPECT_EQ(RoundTrip(R"({"a":1,"b":2,"c":3,"d":4,"a":5,"e":6,"c":7})"),
            R"({"a":5,"b":2,"c":7,"d":4,"e":6})");
}

TEST(JsonParse, KeepsTheOrderOfMembers) {
  std::string text = "{";
  for (int i = 0; i < 300; ++i) {
    text += (i ? ",\"member number " : "\"member number ") + std::to_string(i * 7 % 300) +
            "\":" + std::to_string(i);
  }
  text += "}";
  EXPECT_EQ(RoundTrip(text), text);
}

TEST(JsonParse, NestingIsLimitedWithAClearError) {
  const size_t limit = 10000;
  std::string deepest = std::string(limit, '[') + std::string(limit, ']');
  EXPECT_EQ(RoundTrip(deepest), deepest);
  EXPECT_EQ(ParseError(std::string(1000000, '[')),
            "Nesting is deeper than 10000 levels: line 1 column 10001 (char 10000)");
}

TEST(JsonParse, SpacesAndLiteralsMayStandAnywhereBetween) {
  EXPECT_EQ(RoundTrip(" \t\n\r[ \r\n1 ,\t{ \"a\" : NaN } ]\r\n"), R"([1,{"a":NaN}])");
  EXPECT_EQ(RoundTrip("[Infinity,-Infinity,null,true,false]"),
            "[Infinity,-Infinity,null,true,false]");
}

TEST(JsonParse, BytesOfStringsAreTakenAsTheyAre) {
  EXPECT_EQ(json::Parse("\"\x7f\xff\xc3 \x80\"").cast<String>(), "\x7f\xff\xc3 \x80");
  EXPECT_EQ(json::Parse("\"\\u0000\"").cast<String>(), String("\0", 1));
  EXPECT_EQ(json::Parse("\"\\ud83d\\ude00\"").cast<String>(), "\xf0\x9f\x98\x80");
  EXPECT_EQ(json::Parse("\"\\u00E9\\u4e2d\"").cast<String>(), "\xc3\xa9\xe4\xb8\xad");
}

// What is written need not be read as the same kind, or at all.
TEST(JsonRoundTrip, LargeIntegralFloatsComeBackAsIntegersAndSubnormalsNotAtAll) {
  EXPECT_EQ(json::Parse(Text(9007199254740992.0)).type_index(), TypeIndex::kTVMFFIInt);
  EXPECT_EQ(json::Parse(Text(1e16)).type_index(), TypeIndex::kTVMFFIInt);
  EXPECT_EQ(json::Parse(Text(1e17)).type_index(), TypeIndex::kTVMFFIFloat);
  EXPECT_EQ(json::Parse(Text(5.0)).type_index(), TypeIndex::kTVMFFIFloat);
  EXPECT_EQ(ParseError(Text(5e-324)), "Expecting value: line 1 column 1 (char 0)");
}

TEST(JsonStringify, FormatsNumbers) {
  EXPECT_EQ(Text(INT64_MIN), "-9223372036854775808");
  EXPECT_EQ(Text(0), "0");
  EXPECT_EQ(Text(5.0), "5.0");
  EXPECT_EQ(Text(-0.0), "-0.0");
  EXPECT_EQ(Text(-12.0), "-12.0");
  EXPECT_EQ(Text(1e15), "1000000000000000.0");
  EXPECT_EQ(Text(9007199254740992.0), "9007199254740992");
  EXPECT_EQ(Text(1e17), "1e+17");
  EXPECT_EQ(Text(0.1), "0.10000000000000001");
  EXPECT_EQ(Text(2e-8), "2e-08");
  EXPECT_EQ(Text(std::nan("")), "NaN");
  EXPECT_EQ(Text(-std::numeric_limits<double>::infinity()), "-Infinity");
}

std::string Printed17(double value) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.17g", value);
  return text;
}

TEST(JsonStringify, FloatsHaveTheDigitsOfPrintf) {
  std::mt19937_64 random(9);
  auto check = [](double value) {
    if (!std::isfinite(value)) return;
    if (std::fabs(value) < 9007199254740992.0 && value == std::floor(value)) return;  // "%.1f"
    ASSERT_EQ(Text(value), Printed17(value));
  };
  for (int i = 0; i < 20000; ++i) {
    uint64_t bits = random();
    double any;
    std::memcpy(&any, &bits, sizeof(any));
    check(any);
    double power = std::pow(10.0, static_cast<int>(random() % 40) - 20);
    for (double value : {power, std::nextafter(power, 0), std::nextafter(power, 1e300)}) {
      check(value);
    }
    check(static_cast<double>(random() % 100000000) / 1000);
    check(std::ldexp(static_cast<double>(1 + random() % 64), -static_cast<int>(random() % 60)));
    check(-static_cast<double>(bits) / 3);
  }
}

TEST(JsonStringify, FloatsAtTheEdgesOfTheFormat) {
  EXPECT_EQ(Text(99999999999999984.0), "99999999999999984");
  EXPECT_EQ(Text(0.00015), "0.00014999999999999999");
  EXPECT_EQ(Text(9.9999999999999995e-5), "9.9999999999999991e-05");
  EXPECT_EQ(Text(0.0001), "0.0001");
  EXPECT_EQ(Text(5e-324), "4.9406564584124654e-324");
  EXPECT_EQ(Text(-1.7976931348623157e308), "-1.7976931348623157e+308");
  EXPECT_EQ(Text(0.5), "0.5");
}

// The text is copied eight bytes at a time: every place of what must be escaped.
TEST(JsonStringify, EscapesAtEveryPlace) {
  for (size_t size = 0; size < 20; ++size) {
    for (size_t place = 0; place < size; ++place) {
      for (auto [byte, escape] : {std::pair<char, const char*>{'"', "\\\""},
                                  {'\\', "\\\\"},
                                  {'/', "\\/"},
                                  {'\x1f', "\\u001f"},
                                  {'\x7f', "\\u007f"},
                                  {'\n', "\\n"}}) {
        std::string plain(size, 'x'), expected(size, 'x');
        plain[place] = byte;
        expected.replace(place, 1, escape);
        EXPECT_EQ(Text(String(plain)), "\"" + expected + "\"");
      }
    }
    EXPECT_EQ(Text(String(std::string(size, '\x01'))).size(), 6 * size + 2);
    EXPECT_EQ(Text(String(std::string(size, '\xff'))).size(), size + 2);
  }
}

TEST(JsonStringify, EscapesStrings) {
  EXPECT_EQ(Text(String("a/b\"\\\b\f\n\r\t\x01\x7f\u00e9")),
            "\"a\\/b\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u007f\u00e9\"");
  EXPECT_EQ(Text(String("\0", 1)), "\"\\u0000\"");
}

TEST(JsonStringify, WritesOneLineWithoutIndentOrWithZero) {
  Any value = json::Parse(R"({"a": [1, 2], "b": {}})");
  EXPECT_EQ(json::Stringify(value), R"({"a":[1,2],"b":{}})");
  EXPECT_EQ(json::Stringify(value, 0), R"({"a":[1,2],"b":{}})");
}

TEST(JsonStringify, IndentsEachLevel) {
  Any value = json::Parse(R"({"a": [1, 2], "b": []})");
  EXPECT_EQ(json::Stringify(value, 2), "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": [\n  ]\n}");
  EXPECT_EQ(json::Stringify(json::Parse("[1]"), -1), "[\n1\n]");
  EXPECT_EQ(json::Stringify(json::Parse(R"({"a":{}})"), 1), "{\n \"a\": {\n }\n}");
}

TEST(JsonStringify, RefusesOtherTypes) {
  EXPECT_EQ(WriteError(Dict<Any, Any>()), "Unsupported type: `ffi.Dict`");
  EXPECT_EQ(WriteError(Shape({1})), "Unsupported type: `ffi.Shape`");
  EXPECT_EQ(WriteError(Bytes("abc", 3)), "Unsupported type: `ffi.SmallBytes`");
  EXPECT_EQ(WriteError(DLDevice{kDLCPU, 0}), "Unsupported type: `Device`");
  EXPECT_EQ(WriteError(DLDataType{kDLInt, 8, 1}), "Unsupported type: `DataType`");
  EXPECT_EQ(WriteError(Bytes(std::string(20, 'x'))), "Unsupported type: `ffi.Bytes`");
  EXPECT_EQ(WriteError(BigInt(int64_t{1} << 62) * 4), "Unsupported type: `ffi.BigInt`");
  EXPECT_EQ(WriteError(Function::GetGlobalRequired("ffi.String")),
            "Unsupported type: `ffi.Function`");
  EXPECT_EQ(WriteError(Array<Any>{1, Map<Any, Any>{{"key", Shape({1})}}}),
            "Unsupported type: `ffi.Shape`");
  EXPECT_EQ(WriteError(Map<Any, Any>{{1, 2}}), "Expect key to be string, got `int`");
}

TEST(JsonStringify, FindsListsThatContainThemselves) {
  List<Any> list;
  list.push_back(Array<Any>{list});
  EXPECT_EQ(WriteError(list), "Cycle detected: List contains itself");
  list.clear();

  List<Any> twice{1};
  EXPECT_EQ(Text(Array<Any>{twice, twice}), "[[1],[1]]");
}

TEST(JsonRoundTrip, RandomDocuments) {
  std::mt19937 random(11);
  std::function<std::string(int)> make = [&](int depth) -> std::string {
    switch (random() % (depth == 0 ? 4 : 6)) {
      case 0:
        return std::to_string(static_cast<int64_t>(random()) * 1000003 - 999);
      case 1:
        return random() % 2 ? "true" : "null";
      case 2:
        return "\"" + std::string(random() % 20, static_cast<char>('a' + random() % 26)) + "\"";
      case 3:
        return std::to_string(random() % 1000) + ".5";
      case 4: {
        std::string out = "[";
        for (int i = 0, n = random() % 6; i < n; ++i) out += (i ? "," : "") + make(depth - 1);
        return out + "]";
      }
      default: {
        std::string out = "{";
        for (int i = 0, n = random() % 8; i < n; ++i) {
          out += (i ? ",\"key " : "\"key ") + std::to_string(i) + "\":" + make(depth - 1);
        }
        return out + "}";
      }
    }
  };
  for (int i = 0; i < 500; ++i) {
    std::string text = make(5);
    ASSERT_EQ(RoundTrip(text), text);
  }
}

}  // namespace
