// SPDX-License-Identifier: Apache-2.0
// Behaviour of dtype.h, extra/dtype.h and src/ffi/dtype.cc: data types and their text.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/extra/dtype.h>
#include <tvm/ffi/function.h>

#include <cstdint>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "value_checks.h"

namespace {

using namespace value_checks;

std::string Describe(DLDataType dtype) {
  return std::to_string(dtype.code) + "," + std::to_string(dtype.bits) + "," +
         std::to_string(dtype.lanes);
}

// "code,bits,lanes" of a text, or "Kind: message" of its error.
std::string Parse(const std::string& text) {
  DLDataType dtype{99, 99, 99};
  std::string error = ErrorOf([&] { dtype = StringToDLDataType(text); });
  return error.empty() ? Describe(dtype) : error;
}

std::string Print(int code, int bits, int lanes) {
  std::string text;
  std::string error = ErrorOf([&] {
    text = DLDataTypeToString(DLDataType{static_cast<uint8_t>(code), static_cast<uint8_t>(bits),
                                         static_cast<uint16_t>(lanes)});
  });
  return error.empty() ? text : error;
}

std::string Abbrev(int code, int bits, int lanes) {
  return DTypeAbbrev(DLDataType{static_cast<uint8_t>(code), static_cast<uint8_t>(bits),
                                static_cast<uint16_t>(lanes)});
}

using Cases = std::vector<std::pair<std::string, std::string>>;

TEST(DTypeParse, FamiliesAndDefaults) {
  const Cases cases = {
      {"", "3,0,0"},
      {"void", "3,0,0"},
      {"int", "0,32,1"},
      {"uint", "1,32,1"},
      {"float", "2,32,1"},
      {"bool", "6,8,1"},
      {"handle", "3,64,1"},
      {"bfloat", "4,16,1"},
      {"int8", "0,8,1"},
      {"uint64", "1,64,1"},
      {"float16", "2,16,1"},
      {"bfloat32", "4,32,1"},
      {"bool1", "6,1,1"},
      {"bool8", "6,8,1"},
      {"bool16", "6,16,1"},
      {"boolx4", "6,8,4"},
      {"handle32", "3,32,1"},
      {"handlex4", "3,64,4"},
      {"int255", "0,255,1"},
      {"uint0", "1,32,1"},
      {"int00008", "0,8,1"},
      {"float8", "2,8,1"},
      {"int32x65535", "0,32,65535"},
      {"uint64x004", "1,64,4"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(Parse(text), expected) << text;
}

TEST(DTypeParse, Aliases) {
  const Cases cases = {
      {"i8", "0,8,1"},
      {"u16", "1,16,1"},
      {"f32x4", "2,32,4"},
      {"bf16", "4,16,1"},
      {"f8", "2,8,1"},
      {"f6", "2,6,1"},
      {"f4", "2,4,1"},
      {"f8_e5m2", "12,8,1"},
      {"fp8_e5m2", "12,8,1"},
      {"fp6_e2m3fn", "15,6,1"},
      {"fp4_e2m1fn_x2", "17,4,2"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(Parse(text), expected) << text;
}

TEST(DTypeParse, SmallFloats) {
  const Cases cases = {
      {"float8_e3m4", "7,8,1"},        {"float8_e4m3", "8,8,1"},
      {"float8_e4m3b11fnuz", "9,8,1"}, {"float8_e4m3fn", "10,8,1"},
      {"float8_e4m3fnuz", "11,8,1"},   {"float8_e5m2", "12,8,1"},
      {"float8_e5m2fnuz", "13,8,1"},   {"float8_e8m0fnu", "14,8,1"},
      {"float6_e2m3fn", "15,6,1"},     {"float6_e3m2fn", "16,6,1"},
      {"float4_e2m1fn", "17,4,1"},     {"float8_e4m3fnx4", "10,8,4"},
      {"float4_e2m1fnx2", "17,4,2"},   {"float4_e2m1fn_x2", "17,4,2"},
      {"float4_e2m1fn_", "17,4,1"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(Parse(text), expected) << text;
}

TEST(DTypeParse, ScalableLanesAreStoredNegated) {
  EXPECT_EQ(Parse("int32xvscalex4"), "0,32,65532");
  EXPECT_EQ(Parse("int32xvscalex65535"), "0,32,1");
  EXPECT_EQ(Parse("int32xvscale"), "0,32,1");
}

TEST(DTypeParse, UnknownTextIsQuotedAfterAliasRewriting) {
  for (const char* text : {"i", "u", "f", "bf", "fp8", "fp16", "half", "double", "complex64",
                           "e4m3", "INT32", " int32", "int32 ", "int32abc", "int32xvscale4",
                           "float32x4x2", "int32x4xvscalex2", "float4_e2m1fn_y", "handle_"}) {
    EXPECT_EQ(Parse(text), std::string("ValueError: unknown dtype `") + text + "`");
  }
  EXPECT_EQ(Parse("i32abc"), "ValueError: unknown dtype `int32abc`");
  EXPECT_EQ(Parse("float8_e4m3_x2"), "ValueError: unknown float8 type `float8_e4m3_x2`");
  EXPECT_EQ(Parse("f8_bad"), "ValueError: unknown float8 type `float8_bad`");
  EXPECT_EQ(Parse("fp6_e9"), "ValueError: unknown float6 type `float6_e9`");
  EXPECT_EQ(Parse("float4_"), "ValueError: unknown float4 type `float4_`");
}

TEST(DTypeParse, NumbersOutOfRangeAreNamed) {
  EXPECT_EQ(Parse("int256"),
            "ValueError: Bits value 256 is out of range for uint8_t in dtype 'int256'");
  EXPECT_EQ(Parse("int32x65536"),
            "ValueError: Lanes value 65536 is out of range for uint16_t in dtype 'int32x65536'");
  EXPECT_EQ(Parse("int4294967296"),
            "ValueError: Integer value in dtype string '4294967296' is out of range for uint32_t");
  EXPECT_EQ(Parse("i32x99999999999"),
            "ValueError: Integer value in dtype string '99999999999' is out of range for uint32_t");
  EXPECT_EQ(Parse("int18446744073709551624"), "0,8,1");  // wraps at 2^64
}

TEST(DTypeParse, LanesMustBePositive) {
  for (const char* text : {"int32x", "int32x0", "int32xy", "float8_e4m3xvscalex4", "boolx"}) {
    EXPECT_EQ(Parse(text), std::string("ValueError: Invalid lanes specification in dtype '") +
                               text + "'. Lanes must be a positive integer.");
  }
}

TEST(DTypeParse, ReadsOnlyTheGivenBytesAndWritesOnlyOnSuccess) {
  DLDataType dtype{1, 2, 3};
  TVMFFIByteArray prefix{"int32x4junk", 5};
  ASSERT_EQ(TVMFFIDataTypeFromString(&prefix, &dtype), 0);
  EXPECT_EQ(Describe(dtype), "0,32,1");
  TVMFFIByteArray empty{nullptr, 0};
  ASSERT_EQ(TVMFFIDataTypeFromString(&empty, &dtype), 0);
  EXPECT_EQ(Describe(dtype), "3,0,0");
  dtype = DLDataType{1, 2, 3};
  TVMFFIByteArray bad{"int32x0", 7};
  ASSERT_EQ(TVMFFIDataTypeFromString(&bad, &dtype), -1);
  EXPECT_EQ(detail::MoveFromSafeCallRaised().kind(), "ValueError");
  EXPECT_EQ(Describe(dtype), "1,2,3");
}

TEST(DTypePrint, CanonicalText) {
  EXPECT_EQ(Print(6, 8, 1), "bool");
  EXPECT_EQ(Print(6, 8, 4), "boolx4");
  EXPECT_EQ(Print(6, 1, 1), "bool1");
  EXPECT_EQ(Print(6, 1, 4), "bool1x4");
  EXPECT_EQ(Print(3, 0, 0), "");
  EXPECT_EQ(Print(3, 64, 4), "handle");
  EXPECT_EQ(Print(3, 0, 1), "handle");
  EXPECT_EQ(Print(2, 32, 1), "float32");
  EXPECT_EQ(Print(7, 16, 2), "float8_e3m4x2");
  EXPECT_EQ(Print(17, 4, 2), "float4_e2m1fnx2");
}

TEST(DTypePrint, LanesAreSigned) {
  EXPECT_EQ(Print(2, 32, 65534), "float32xvscalex2");
  EXPECT_EQ(Print(2, 32, 32768), "float32xvscalex32768");
  EXPECT_EQ(Print(2, 32, 40000), "float32xvscalex25536");
  EXPECT_EQ(Print(2, 32, 65535), "float32");
  EXPECT_EQ(Print(2, 32, 0), "float32");
  EXPECT_EQ(Print(2, 32, 32767), "float32x32767");
}

TEST(DTypePrint, UnknownCodesAreErrors) {
  EXPECT_EQ(Print(5, 64, 1), "ValueError: DLDataType contains unknown type_code=5");
  EXPECT_EQ(Print(18, 8, 1), "ValueError: DLDataType contains unknown type_code=18");
  EXPECT_EQ(Print(128, 8, 1), "ValueError: DLDataType contains unknown type_code=128");
  EXPECT_EQ(ErrorOf([] { Abbrev(5, 64, 1); }),
            "ValueError: DLDataType contains unknown type_code=5");
}

TEST(DTypePrint, GivesAHeapStringAndWritesOnlyOnSuccess) {
  EXPECT_EQ(Any(DLDataTypeToString(DLDataType{0, 8, 1})).type_index(), kTVMFFIStr);
  const DLDataType bad{5, 64, 1};
  TVMFFIAny out;
  out.type_index = 1;
  out.zero_padding = 0;
  out.v_int64 = 42;
  ASSERT_EQ(TVMFFIDataTypeToString(&bad, &out), -1);
  EXPECT_EQ(detail::MoveFromSafeCallRaised().kind(), "ValueError");
  EXPECT_EQ(out.type_index, 1);
  EXPECT_EQ(out.v_int64, 42);
}

TEST(DTypePrint, TextRoundTrips) {
  for (int code = 0; code <= 17; ++code) {
    if (code == kDLComplex || code == kDLOpaqueHandle) continue;
    for (int lanes : {1, 2, 65535 - 2, 100}) {
      // Small floats have no scalable form.
      if (lanes > 32767 && code >= 7) continue;
      const int bits = code >= 17 ? 4 : code >= 15 ? 6 : code >= 6 ? 8 : 16;
      const std::string text = Print(code, bits, lanes);
      EXPECT_EQ(Parse(text),
                std::to_string(code) + "," + std::to_string(bits) + "," + std::to_string(lanes))
          << text;
    }
  }
}

TEST(DTypeAbbrev, EveryCodeHasAPrefix) {
  const char* const prefixes[] = {"i",          "u",
                                  "f",          "",
                                  "bf",         "",
                                  "bool",       "f8_e3m4",
                                  "f8_e4m3",    "f8_e4m3b11fnuz",
                                  "f8_e4m3fn",  "f8_e4m3fnuz",
                                  "f8_e5m2",    "f8_e5m2fnuz",
                                  "f8_e8m0fnu", "f6_e2m3fn",
                                  "f6_e3m2fn",  "f4_e2m1fn"};
  for (int code = 0; code <= 17; ++code) {
    if (code == kDLOpaqueHandle || code == kDLComplex) continue;
    const std::string bits = code < 7 ? "16" : "";
    EXPECT_EQ(Abbrev(code, 16, 2), prefixes[code] + bits + "x2");
  }
}

TEST(DTypeAbbrev, ShortNames) {
  EXPECT_EQ(Abbrev(0, 32, 1), "i32");
  EXPECT_EQ(Abbrev(1, 8, 1), "u8");
  EXPECT_EQ(Abbrev(2, 16, 1), "f16");
  EXPECT_EQ(Abbrev(4, 16, 2), "bf16x2");
  EXPECT_EQ(Abbrev(6, 8, 1), "bool");
  EXPECT_EQ(Abbrev(6, 1, 4), "bool1x4");
  EXPECT_EQ(Abbrev(3, 0, 0), "void");
  EXPECT_EQ(Abbrev(3, 64, 1), "handle");
  EXPECT_EQ(Abbrev(11, 8, 1), "f8_e4m3fnuz");
  EXPECT_EQ(Abbrev(17, 4, 2), "f4_e2m1fnx2");
  EXPECT_EQ(Abbrev(0, 32, 65532), "i32xvscalex4");
}

TEST(DType, Predicates) {
  EXPECT_TRUE(DTypeIsFloat({2, 32, 1}) && DTypeIsFloat({4, 16, 1}) && DTypeIsFloat({17, 4, 1}));
  EXPECT_FALSE(DTypeIsFloat({0, 32, 1}) || DTypeIsFloat({5, 64, 1}) || DTypeIsFloat({6, 8, 1}));
  EXPECT_TRUE(DTypeIsInt({0, 8, 1}) && DTypeIsInt({1, 8, 1}));
  EXPECT_FALSE(DTypeIsInt({2, 8, 1}));
  EXPECT_TRUE(DTypeIsBool({6, 1, 1}));
  EXPECT_STREQ(detail::DLDataTypeCodeAsCStr(kDLBfloat), "bfloat");
}

TEST(DType, EveryCodeHasAName) {
  const char* const names[] = {"int",
                               "uint",
                               "float",
                               "handle",
                               "bfloat",
                               "",
                               "bool",
                               "float8_e3m4",
                               "float8_e4m3",
                               "float8_e4m3b11fnuz",
                               "float8_e4m3fn",
                               "float8_e4m3fnuz",
                               "float8_e5m2",
                               "float8_e5m2fnuz",
                               "float8_e8m0fnu",
                               "float6_e2m3fn",
                               "float6_e3m2fn",
                               "float4_e2m1fn"};
  for (int code = 0; code <= 17; ++code) {
    const DLDataType dtype{static_cast<uint8_t>(code), 8, 1};
    EXPECT_EQ(DTypeIsFloat(dtype), code == 2 || code == 4 || code >= 7) << code;
    EXPECT_EQ(DTypeIsInt(dtype), code < 2) << code;
    EXPECT_EQ(DTypeIsBool(dtype), code == 6) << code;
    if (code == kDLComplex) continue;
    EXPECT_STREQ(detail::DLDataTypeCodeAsCStr(static_cast<DLDataTypeCode>(code)), names[code]);
  }
  EXPECT_EQ(static_cast<int>(kDLExtCustomBegin), 129);
  for (int code : {129, 200, 255}) {
    EXPECT_STREQ(detail::DLDataTypeCodeAsCStr(static_cast<DLDataTypeCode>(code)), "custom");
  }
  EXPECT_FALSE(DTypeIsFloat({200, 8, 1}));
}

TEST(DType, OperatorsLiveBesideDLDataType) {
  const DLDataType a{2, 32, 1}, b{2, 32, 2};
  EXPECT_TRUE(a == a && a != b);
  std::ostringstream os;
  os << a << " " << b;
  EXPECT_EQ(os.str(), "float32 float32x2");
}

TEST(DTypeTraits, StoresFourBytesAndClearsTheRest) {
  const TVMFFIAny cell = CellOf(Any(DLDataType{2, 32, 1}));
  EXPECT_EQ(cell.type_index, kTVMFFIDataType);
  EXPECT_EQ(cell.v_uint64, 0x00012002u);
  EXPECT_EQ(AnyHash()(Any(DLDataType{2, 32, 1})), 2654509817u);
  Any value = DLDataType{2, 32, 1};
  EXPECT_EQ(std::move(value).cast<DLDataType>(), (DLDataType{2, 32, 1}));
  EXPECT_EQ(value.type_index(), kTVMFFIDataType);  // NOLINT(bugprone-use-after-move)
}

TEST(DTypeTraits, ConvertsFromTextAndBytes) {
  TVMFFIByteArray array{"int8", 4};
  EXPECT_EQ(AnyView("int8").cast<DLDataType>(), (DLDataType{0, 8, 1}));
  EXPECT_EQ(AnyView(&array).cast<DLDataType>(), (DLDataType{0, 8, 1}));
  EXPECT_EQ(Any("int8").cast<DLDataType>(), (DLDataType{0, 8, 1}));
  EXPECT_EQ(Any(std::string("float4_e2m1fn")).cast<DLDataType>(), (DLDataType{17, 4, 1}));
  EXPECT_EQ(Any(Bytes("int8", 4)).cast<DLDataType>(), (DLDataType{0, 8, 1}));
  EXPECT_FALSE(AnyView("int8").as<DLDataType>().has_value());
  EXPECT_EQ(ErrorOf([] { Any(1).cast<DLDataType>(); }),
            "TypeError: Cannot convert from type `int` to `DataType`");
}

TEST(DTypeTraits, MalformedTextThrowsEvenFromTryCast) {
  EXPECT_EQ(ErrorOf([] { AnyView("bogus").try_cast<DLDataType>(); }),
            "ValueError: unknown dtype `bogus`");
  Function f = Function::FromTyped([](DLDataType dtype) { return dtype; });
  EXPECT_EQ(ErrorOf([&] { f("bogus"); }), "ValueError: unknown dtype `bogus`");
  EXPECT_EQ(f("i4").cast<DLDataType>(), (DLDataType{0, 4, 1}));
}

TEST(DTypeCustom, NeedsTheUsersFunctions) {
  EXPECT_EQ(Parse("custom"), "ValueError: expected opening brace after 'custom' type incustom");
  EXPECT_EQ(Parse("custom[x"), "ValueError: expected closing brace after 'custom' type incustom[x");
  EXPECT_EQ(Parse("custom[x]"), "ValueError: Function dtype.get_custom_type_code not found");
  EXPECT_EQ(Print(150, 16, 1), "ValueError: Function dtype.get_custom_type_name not found");

  Function::SetGlobal("dtype.get_custom_type_code", Function::FromTyped([](String name) {
                        TVM_FFI_CHECK(name == "posit", KeyError) << name;
                        return 150;
                      }));
  Function::SetGlobal("dtype.get_custom_type_name",
                      Function::FromTyped([](int code) { return "posit" + std::to_string(code); }));
  EXPECT_EQ(Parse("custom[posit]"), "150,32,1");
  EXPECT_EQ(Parse("custom[posit]8x2"), "150,8,2");
  EXPECT_EQ(Parse("custom[other]"), "KeyError: Check failed: (name == \"posit\") is false: other");
  EXPECT_EQ(Print(150, 8, 2), "custom[posit150]x2");
  EXPECT_EQ(Abbrev(150, 8, 1), "custom[posit150]");
  EXPECT_EQ(Parse("custom[posit]x0"),
            "ValueError: Invalid lanes specification in dtype 'custom[posit]x0'. Lanes must be a "
            "positive integer.");
  EXPECT_EQ(Parse("custom[]"), "KeyError: Check failed: (name == \"posit\") is false: ");
}

template <typename T, typename = void>
constexpr bool kHasDType = false;
template <typename T>
constexpr bool kHasDType<T, std::void_t<decltype(dtype_trait<T>::value)>> = true;

TEST(DTypeTrait, MapsElementTypes) {
  EXPECT_EQ(dtype_trait<int8_t>::value, (DLDataType{0, 8, 1}));
  EXPECT_EQ(dtype_trait<uint16_t>::value, (DLDataType{1, 16, 1}));
  EXPECT_EQ(dtype_trait<long long>::value, (DLDataType{0, 64, 1}));  // NOLINT(runtime/int)
  EXPECT_EQ(dtype_trait<float>::value, (DLDataType{2, 32, 1}));
  EXPECT_EQ(dtype_trait<double>::value, (DLDataType{2, 64, 1}));
  EXPECT_EQ(dtype_trait<bool>::value, (DLDataType{6, 8, 1}));
  EXPECT_EQ(dtype_trait<__half>::value, (DLDataType{2, 16, 1}));
  EXPECT_EQ(dtype_trait<__nv_bfloat16>::value, (DLDataType{4, 16, 1}));
  EXPECT_EQ(dtype_trait<__nv_fp8_e4m3>::value, (DLDataType{10, 8, 1}));
  EXPECT_EQ(dtype_trait<__hip_fp8_e5m2_fnuz>::value, (DLDataType{13, 8, 1}));
  EXPECT_EQ(dtype_trait<__nv_fp4x2_e2m1>::value, (DLDataType{17, 4, 2}));
  EXPECT_EQ(dtype_trait<signed char>::value, (DLDataType{0, 8, 1}));
  EXPECT_EQ(dtype_trait<unsigned long>::value,      // NOLINT(runtime/int)
            (DLDataType{1, 8 * sizeof(long), 1}));  // NOLINT(runtime/int)
  EXPECT_EQ(dtype_trait<__hip_bfloat16>::value, (DLDataType{4, 16, 1}));
  EXPECT_EQ(dtype_trait<hip_bfloat16>::value, (DLDataType{4, 16, 1}));
  EXPECT_EQ(dtype_trait<__hip_fp8_e4m3>::value, (DLDataType{10, 8, 1}));
  EXPECT_EQ(dtype_trait<__hip_fp8_e4m3_fnuz>::value, (DLDataType{11, 8, 1}));
  EXPECT_EQ(dtype_trait<__nv_fp8_e5m2>::value, (DLDataType{12, 8, 1}));
  EXPECT_EQ(dtype_trait<__hip_fp8_e5m2>::value, (DLDataType{12, 8, 1}));
  EXPECT_EQ(dtype_trait<__nv_fp8_e8m0>::value, (DLDataType{14, 8, 1}));
  EXPECT_EQ(dtype_trait<__nv_fp4_e2m1>::value, (DLDataType{17, 4, 1}));
  EXPECT_EQ(dtype_trait<__hip_fp4_e2m1>::value, (DLDataType{17, 4, 1}));
  EXPECT_EQ(dtype_trait<__hip_fp4x2_e2m1>::value, (DLDataType{17, 4, 2}));
  EXPECT_EQ(detail::dtypes::integer_trait<uint32_t>::value, (DLDataType{1, 32, 1}));
  EXPECT_EQ(detail::dtypes::float_trait<double>::value, (DLDataType{2, 64, 1}));
  EXPECT_FALSE(kHasDType<char> || kHasDType<long double> || kHasDType<wchar_t>);
}

}  // namespace
