// SPDX-License-Identifier: Apache-2.0
//
// JSON text to values and back: grammar, error positions, number and string formats, layout.
#include <gtest/gtest.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/device.h>
#include <tvm/ffi/extra/json.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <string>

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
      {"]", "Expecting value: line 1 column 1 (char 0)"},
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
}

TEST(JsonStringify, RefusesOtherTypes) {
  EXPECT_EQ(WriteError(Dict<Any, Any>()), "Unsupported type: `ffi.Dict`");
  EXPECT_EQ(WriteError(Shape({1})), "Unsupported type: `ffi.Shape`");
  EXPECT_EQ(WriteError(Bytes("abc", 3)), "Unsupported type: `ffi.SmallBytes`");
  EXPECT_EQ(WriteError(DLDevice{kDLCPU, 0}), "Unsupported type: `Device`");
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
