// SPDX-License-Identifier: Apache-2.0
// The 16-byte cell behind String and Bytes, its heap objects, and what the two classes leave out.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/endian.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "value_checks.h"

namespace {

using namespace value_checks;
using detail::BytesBaseCell;
using detail::BytesObj;
using detail::BytesObjStdImpl;
using detail::StringObj;

// A cell that holds `text` in the form its length asks for.
BytesBaseCell CellWith(const char* text) {
  const size_t size = std::strlen(text);
  BytesBaseCell cell;
  std::memcpy(cell.InitSpaceForSize<StringObj>(size, kTVMFFISmallStr, kTVMFFIStr), text, size + 1);
  return cell;
}

std::string Content(const BytesBaseCell& cell) { return std::string(cell.data(), cell.size()); }

TEST(BytesBaseCellTest, StartsAsNone) {
  for (const BytesBaseCell& cell : {BytesBaseCell(), BytesBaseCell(std::nullopt)}) {
    EXPECT_TRUE(cell == std::nullopt);
    EXPECT_FALSE(cell != std::nullopt);
    const TVMFFIAny raw = cell.CopyToTVMFFIAny();
    EXPECT_EQ(raw.type_index, kTVMFFINone);
    EXPECT_EQ(raw.zero_padding, 0u);
    EXPECT_EQ(raw.v_uint64, 0u);
  }
  BytesBaseCell cell;
  cell.InitTypeIndex(kTVMFFISmallBytes);
  EXPECT_TRUE(cell != std::nullopt);
  EXPECT_EQ(cell.size(), 0u);
}

TEST(BytesBaseCellTest, MakesRoomInTheFormThatTheLengthAsksFor) {
  const BytesBaseCell small = CellWith("1234567"), heap = CellWith("12345678");
  EXPECT_EQ(small.CopyToTVMFFIAny().type_index, kTVMFFISmallStr);
  EXPECT_EQ(Content(small), "1234567");
  EXPECT_EQ(heap.CopyToTVMFFIAny().type_index, kTVMFFIStr);
  EXPECT_EQ(Content(heap), "12345678");
}

TEST(BytesBaseCellTest, CopiesShareAndMovesResetTheIndexOnly) {
  BytesBaseCell heap = CellWith("a long enough text");
  BytesBaseCell copy = heap;
  EXPECT_EQ(copy.data(), heap.data());
  BytesBaseCell assigned;
  assigned = heap;
  EXPECT_EQ(assigned.data(), heap.data());
  BytesBaseCell moved = std::move(heap);
  EXPECT_TRUE(heap == std::nullopt);  // NOLINT(bugprone-use-after-move)
  EXPECT_NE(heap.CopyToTVMFFIAny().v_uint64, 0u);
  BytesBaseCell small = CellWith("abc");
  moved = std::move(small);
  EXPECT_EQ(Content(small), "abc");  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(Content(moved), "abc");
  small.swap(assigned);
  EXPECT_EQ(Content(small), "a long enough text");
}

TEST(BytesBaseCellTest, CrossesToRawCellsAndBack) {
  BytesBaseCell heap = CellWith("a long enough text");
  TVMFFIAny raw;
  heap.MoveToAny(&raw);
  EXPECT_EQ(heap.CopyToTVMFFIAny().v_uint64, 0u) << "a full reset";
  EXPECT_EQ(raw.v_obj->combined_ref_count, 0x100000001u);
  {
    BytesBaseCell shared = BytesBaseCell::CopyFromAnyView(&raw);
    EXPECT_EQ(raw.v_obj->combined_ref_count, 0x100000002u);
  }
  BytesBaseCell stolen = BytesBaseCell::MoveFromAny(&raw);
  EXPECT_EQ(raw.type_index, kTVMFFINone);
  EXPECT_EQ(raw.v_uint64, 0u);
  EXPECT_EQ(Content(stolen), "a long enough text");
}

TEST(BytesBaseCellTest, AdoptsAStdStringOfAnyLength) {
  BytesBaseCell cell;
  std::string source = "ab";
  cell.InitFromStd<BytesObj>(std::move(source), kTVMFFIBytes);
  EXPECT_EQ(cell.CopyToTVMFFIAny().type_index, kTVMFFIBytes);
  EXPECT_EQ(Content(cell), "ab");
  EXPECT_TRUE(source.empty());  // NOLINT(bugprone-use-after-move)
}

TEST(StringObjects, HaveNoTypeOfTheirOwnInBetween) {
  EXPECT_EQ(sizeof(detail::BytesObjBase), 40u);
  EXPECT_STREQ(detail::BytesObjBase::_type_key, "ffi.Object") << "inherited";
  EXPECT_STREQ(StringObj::_type_key, "ffi.String");
  EXPECT_STREQ(BytesObj::_type_key, "ffi.Bytes");
  EXPECT_TRUE(StringObj::_type_final && BytesObj::_type_final);
  EXPECT_EQ(StringObj::_type_depth, 1);
  EXPECT_EQ(TVMFFIGetTypeInfo(kTVMFFIBytes)->type_ancestors[0]->type_index, kTVMFFIObject);
}

TEST(StringObjects, PointAtTheBufferOfTheStringTheyAdopt) {
  ObjectPtr<StringObj> obj = make_object<BytesObjStdImpl<StringObj>>(std::string("abc"));
  EXPECT_EQ(obj->type_index(), static_cast<int32_t>(kTVMFFIStr));
  EXPECT_EQ(std::string(obj->data, obj->size), "abc");
  EXPECT_EQ(obj->data[3], '\0');
#if defined(__GLIBCXX__)
  EXPECT_EQ(obj->data - reinterpret_cast<const char*>(obj.get()), 56) << "inside the std::string";
#endif
  const std::string text(100, 'x');
  const char* buffer = nullptr;
  {
    std::string moved = text;
    buffer = moved.data();
    obj = make_object<BytesObjStdImpl<StringObj>>(std::move(moved));
  }
  EXPECT_EQ(obj->data, buffer) << "nothing is copied";
}

TEST(StringObjects, DataOfASmallValueLiesInsideIt) {
  String small = "abc";
  const char* inside = reinterpret_cast<const char*>(&small);
  EXPECT_EQ(small.data(), inside + 8);
  EXPECT_EQ(small.data()[3], '\0');
}

// ---- comparison of bytes ----

TEST(BytesCompare, MemncmpOrdersByPlainCharThenByLength) {
  auto order = [](const std::string& a, const std::string& b) {
    return Bytes::memncmp(a.data(), b.data(), a.size(), b.size());
  };
  EXPECT_EQ(order("abc", "abc"), 0);
  EXPECT_EQ(order("abc", "abd"), -1);
  EXPECT_EQ(order("b", "abc"), 1);
  EXPECT_EQ(order("ab", "abc"), -1);
  EXPECT_EQ(order("abc", "ab"), 1);
  EXPECT_EQ(order("", "a"), -1);
  EXPECT_EQ(order(std::string("a\0b", 3), std::string("a\0c", 3)), -1);
  EXPECT_EQ(order("0123456789abcdef", "0123456789abcdeg"), -1);
  EXPECT_EQ(order("\xff", "a"), std::is_signed_v<char> ? -1 : 1);
  const char* same = "text";
  EXPECT_EQ(Bytes::memncmp(same, same, 4, 4), 0);
  EXPECT_EQ(Bytes::memncmp(same, same, 2, 4), -1) << "the same place, another length";
  EXPECT_EQ(Bytes::memncmp(nullptr, nullptr, 0, 0), 0);
}

TEST(BytesCompare, MemequalNeedsTheSameLength) {
  EXPECT_TRUE(Bytes::memequal("abc", "abc", 3, 3));
  EXPECT_FALSE(Bytes::memequal("abc", "abd", 3, 3));
  EXPECT_FALSE(Bytes::memequal("abc", "abc", 2, 3));
  EXPECT_TRUE(Bytes::memequal("abX", "abY", 2, 2));
  EXPECT_TRUE(Bytes::memequal(nullptr, "x", 0, 0));
}

// ---- what there is not ----

template <typename T, typename = void>
constexpr bool kHasIndex = false;
template <typename T>
constexpr bool kHasIndex<T, std::void_t<decltype(std::declval<T&>()[0])>> = true;
template <typename T, typename = void>
constexpr bool kHasBegin = false;
template <typename T>
constexpr bool kHasBegin<T, std::void_t<decltype(std::declval<T&>().begin())>> = true;
template <typename T, typename = void>
constexpr bool kHasAppend = false;
template <typename T>
constexpr bool kHasAppend<T, std::void_t<decltype(std::declval<T&>() += std::declval<T&>())>> =
    true;
template <typename T, typename = void>
constexpr bool kHasPlus = false;
template <typename T>
constexpr bool kHasPlus<T, std::void_t<decltype(std::declval<T&>() + std::declval<T&>())>> = true;
template <typename T, typename U, typename = void>
constexpr bool kLess = false;
template <typename T, typename U>
constexpr bool
    kLess<T, U, std::void_t<decltype(std::declval<const T&>() < std::declval<const U&>())>> = true;

TEST(StringSurface, HasNoMutatorsIteratorsOrViews) {
  EXPECT_FALSE(kHasIndex<String> || kHasBegin<String> || kHasAppend<String>);
  EXPECT_FALSE((std::is_constructible_v<String, char>));
  EXPECT_FALSE((std::is_constructible_v<String, std::string_view>));
  EXPECT_FALSE((std::is_convertible_v<String, std::string_view>));
  EXPECT_FALSE((kLess<String, std::string_view> || kLess<String, std::nullptr_t>));
  EXPECT_TRUE((kPrints<String> && kHasPlus<String>));
  EXPECT_TRUE((std::is_convertible_v<String, std::string>));
}

TEST(StringSurface, BytesHaveNoOperators) {
  EXPECT_FALSE(kHasIndex<Bytes> || kHasBegin<Bytes> || kHasPlus<Bytes> || kPrints<Bytes>);
  EXPECT_FALSE((kLess<Bytes, Bytes>));
  EXPECT_TRUE((std::is_convertible_v<Bytes, std::string>));
  EXPECT_EQ(Any(Bytes("abc")).type_index(), kTVMFFIBytes) << "through a std::string";
  EXPECT_EQ(Any(String(Bytes("abc", 3))).type_index(), kTVMFFIStr);
  EXPECT_EQ(Any(Bytes(String("abc"))).type_index(), kTVMFFIBytes);
  EXPECT_EQ(String(TVMFFIByteArray{"abc", 3}), "abc");
  Bytes a("x", 1), b("y", 1);
  a.swap(b);
  EXPECT_EQ(std::string(a), "y");
}

TEST(StringSurface, ExceptionSpecifications) {
  EXPECT_TRUE(std::is_nothrow_move_assignable_v<BytesBaseCell>);
  EXPECT_TRUE(noexcept(std::declval<String&>().swap(std::declval<String&>())));
  EXPECT_TRUE(noexcept(std::declval<const String&>().data())&& noexcept(
      std::declval<const String&>().c_str())&& noexcept(std::declval<const String&>().size()));
}

TEST(StringSurface, LengthIsSize) {
  const String text = "hello";
  EXPECT_EQ(text.length(), text.size());
  EXPECT_EQ(text.c_str(), text.data());
  EXPECT_EQ(String::npos, static_cast<size_t>(-1));
  EXPECT_EQ(ToStringView(TVMFFIByteArray{"view", 4}), "view");
  char buffer[8];
  EXPECT_EQ(TVM_FFI_SNPRINTF(buffer, sizeof(buffer), "%d", 42), 2);
}

TEST(StringSurface, TheOldEscapeIsTheJsonOne) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  EXPECT_EQ(EscapeString("a/\"b"), EscapeStringJSON("a/\"b"));
#pragma GCC diagnostic pop
}

#ifdef TVM_FFI_ESCAPE_CHAR
#error "TVM_FFI_ESCAPE_CHAR is for string.h alone"
#endif

// ---- crossing ----

TEST(StringCrossing, AStdStringEndsAtItsNulAsAnArgumentButNotAsAResult) {
  const std::string text("a\0b", 3);
  Function size = Function::FromTyped([](const String& s) { return s.size(); });
  EXPECT_EQ(size(text).cast<int>(), 1);
  Function give = Function::FromTyped([&] { return text; });
  EXPECT_EQ(give().cast<String>().size(), 3u);
  EXPECT_EQ(size(String(text)).cast<int>(), 3);
}

TEST(StringCrossing, CharArraysAndBytePointers) {
  EXPECT_TRUE((TypeTraits<char[4]>::convert_enabled && !TypeTraits<char[4]>::storage_enabled));
  EXPECT_EQ(TypeTraits<char[4]>::field_static_type_index, -1);
  EXPECT_EQ(TypeTraits<TVMFFIByteArray*>::field_static_type_index, kTVMFFIByteArrayPtr);
  EXPECT_EQ(TypeTraits<TVMFFIByteArray*>::TypeSchema(), R"({"type":"TVMFFIByteArray*"})");
  EXPECT_EQ(TypeTraits<const char*>::TypeSchema(), R"({"type":"const char*"})");
  EXPECT_FALSE(use_default_type_traits_v<String> || use_default_type_traits_v<Bytes> ||
               use_default_type_traits_v<std::string>);
  EXPECT_EQ(TypeTraits<std::string>::ConvertFallbackValue("c"), "c");
  EXPECT_EQ(TypeTraits<std::string>::ConvertFallbackValue(String("s")), "s");
  EXPECT_EQ(TypeTraits<std::string>::ConvertFallbackValue(Bytes("b", 1)), "b");
  TVMFFIByteArray bytes{"a", 1};
  EXPECT_EQ(TypeTraits<std::string>::ConvertFallbackValue(&bytes), "a");
  TVMFFIByteArray longer{"longer than seven", 17};
  EXPECT_EQ(Any(&longer).type_index(), kTVMFFIBytes);
}

TEST(Endian, ConfigurationOfThisPlatform) {
  EXPECT_EQ(TVM_FFI_IO_USE_LITTLE_ENDIAN, 1);
  const uint16_t one = 1;
  char first;
  std::memcpy(&first, &one, 1);
  EXPECT_EQ(TVM_FFI_LITTLE_ENDIAN, first);
  EXPECT_EQ(TVM_FFI_IO_NO_ENDIAN_SWAP, TVM_FFI_LITTLE_ENDIAN == TVM_FFI_IO_USE_LITTLE_ENDIAN);
}

}  // namespace
