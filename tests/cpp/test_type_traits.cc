// SPDX-License-Identifier: Apache-2.0
// Behaviour of type_traits.h and base_detail.h: hashes, plain values, fallback types, subsumption.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/base_detail.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/type_traits.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "core_objects.h"

namespace core_tests {

// A value class that is read from strict booleans, integers and strings, in that order.
struct Setting {
  std::string origin;
};

// A class whose members name it before it is complete.
class TreeObj;

// A reference that is also made from plain values.
class ExprObj : public Object {
 public:
  std::string text;
  explicit ExprObj(std::string t) : text(std::move(t)) {}
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("core_tests.Expr", ExprObj, Object);
};
class Expr : public ObjectRef {
 public:
  explicit Expr(std::string text) : ObjectRef(UnsafeInit{}) {
    data_ = make_object<ExprObj>(std::move(text));
  }
  TVM_FFI_DEFINE_OBJECT_REF_METHODS_NOTNULLABLE(Expr, ObjectRef, ExprObj);
};

}  // namespace core_tests

namespace tvm {
namespace ffi {

template <>
inline constexpr bool is_object_subclass_v<core_tests::TreeObj> = true;

template <>
inline constexpr bool use_default_type_traits_v<core_tests::Expr> = false;

template <>
struct TypeTraits<core_tests::Setting>
    : public FallbackOnlyTraitsBase<core_tests::Setting, StrictBool, int64_t, String> {
  static void CopyToAnyView(const core_tests::Setting& src, TVMFFIAny* result) {
    TypeTraits<const char*>::CopyToAnyView(src.origin.c_str(), result);
  }
  static void MoveToAny(core_tests::Setting src, TVMFFIAny* result) {
    TypeTraits<String>::MoveToAny(String(src.origin), result);
  }
  static core_tests::Setting ConvertFallbackValue(StrictBool) { return {"bool"}; }
  static core_tests::Setting ConvertFallbackValue(int64_t) { return {"int"}; }
  static core_tests::Setting ConvertFallbackValue(const String&) { return {"str"}; }
  static std::string TypeStr() { return "Setting"; }
  static std::string TypeSchema() { return R"({"type":"Setting"})"; }
};

template <>
struct TypeTraits<core_tests::Expr>
    : public ObjectRefWithFallbackTraitsBase<core_tests::Expr, StrictBool, int64_t, double,
                                             String> {
  static core_tests::Expr ConvertFallbackValue(StrictBool v) {
    return core_tests::Expr(v ? "bool:true" : "bool:false");
  }
  static core_tests::Expr ConvertFallbackValue(int64_t v) {
    return core_tests::Expr("int:" + std::to_string(v));
  }
  static core_tests::Expr ConvertFallbackValue(double) { return core_tests::Expr("float"); }
  static core_tests::Expr ConvertFallbackValue(const String& v) {
    return core_tests::Expr("str:" + std::string(v.data(), v.size()));
  }
};

}  // namespace ffi
}  // namespace tvm

namespace core_tests {

class TreeObj : public Object {
 public:
  List<Arc<TreeObj>> children;
  ObjectPtr<TreeObj> parent;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("core_tests.Tree", TreeObj, Object);
};

}  // namespace core_tests

namespace {

using namespace core_tests;

template <typename T>
constexpr bool kConv = TypeTraits<T>::convert_enabled;
template <typename T>
constexpr bool kStore = TypeTraits<T>::storage_enabled;

TVMFFIAny ViewCell(AnyView view) { return view.CopyToTVMFFIAny(); }

TEST(StableHash, MatchesTheContract) {
  auto hash = [](std::string_view s) { return detail::StableHashBytes(s.data(), s.size()); };
  EXPECT_EQ(hash(""), 0u);
  EXPECT_EQ(hash("a"), 97u);
  EXPECT_EQ(hash("abc"), 6513249u);
  EXPECT_EQ(hash("abcdefg"), 1697787691u);
  EXPECT_EQ(hash("abcdefgh"), 892481325u);
  EXPECT_EQ(hash("abcdefghi"), 1218741397u);
  EXPECT_EQ(hash("hello world"), 1085901259u);
  EXPECT_EQ(hash("The quick brown fox jumps"), 1297683557u);
  EXPECT_EQ(detail::StableHashCombine(1, 2), 2654435834u);
  EXPECT_EQ(detail::StableHashCombine(1, -1), 1u ^ (~uint64_t{0} + 0x9e3779b9u + 64));
}

TEST(StableHash, IgnoresAlignment) {
  constexpr char kText[] = "The quick brown fox jumps";
  constexpr size_t kSize = sizeof(kText) - 1;
  for (size_t shift = 0; shift < 8; ++shift) {
    char buffer[kSize + 8] = {};
    std::memcpy(buffer + shift, kText, kSize);
    EXPECT_EQ(detail::StableHashBytes(buffer + shift, kSize), 1297683557u);
  }
}

TEST(StableHash, SmallStringsHashLikeTheirContent) {
  TVMFFIAny cell{};
  cell.small_str_len = 7;
  std::memcpy(cell.v_bytes, "abcdefg", 7);
  EXPECT_EQ(detail::StableHashSmallStrBytes(&cell), 1697787691u);
}

TEST(BaseDetail, ForEachVisitsLeftToRight) {
  std::string seen;
  detail::for_each([&](size_t i, int value) { seen += std::to_string(i * 10 + value) + " "; }, 1, 2,
                   3);
  EXPECT_EQ(seen, "1 12 23 ");
  detail::for_each([](size_t, int) { FAIL(); });
}

TEST(BaseDetail, ForEachForwardsItsArguments) {
  int moved = 0;
  auto count = [&](size_t, auto&& value) {
    if (std::is_rvalue_reference_v<decltype(value)>) ++moved;
  };
  int lvalue = 1;
  detail::for_each(count, lvalue, 2, std::string("three"));
  EXPECT_EQ(moved, 2);
  detail::for_each_dispatcher::run(std::index_sequence<0, 1>(), count, 1, lvalue);
  EXPECT_EQ(moved, 3);
}

struct WithDefaults {
  WithDefaults() = default;
  TVM_FFI_DEFINE_DEFAULT_COPY_MOVE_AND_ASSIGN(WithDefaults);
};

TEST(BaseDetail, MacrosExpandAsNamed) {
  [[maybe_unused]] int joined_1 = 0;
#define CORE_TESTS_ONE 1
  TVM_FFI_STR_CONCAT(joined_, CORE_TESTS_ONE) = 7;
  EXPECT_EQ(joined_1, 7) << "operands are expanded first";
#undef CORE_TESTS_ONE
  EXPECT_TRUE(TVM_FFI_PREDICT_TRUE(joined_1) && !TVM_FFI_PREDICT_FALSE(joined_1 == 0));
  TVM_FFI_UNSAFE_ASSUME(joined_1 == 7);
  EXPECT_NE(std::string(TVM_FFI_FUNC_SIG).find("TestBody"), std::string::npos);
  EXPECT_TRUE(std::is_copy_constructible_v<WithDefaults> &&
              std::is_copy_assignable_v<WithDefaults>);
  EXPECT_TRUE(std::is_nothrow_move_constructible_v<WithDefaults> &&
              std::is_nothrow_move_assignable_v<WithDefaults>);
  TVMFFIAny cell{};
  cell.v_uint64 = ~uint64_t{0};
  TVM_FFI_CLEAR_PTR_PADDING_IN_FFI_ANY(&cell);
  EXPECT_EQ(cell.v_uint64 == 0, sizeof(void*) != 8);
}

TEST(StaticTypeKeys, AreTheKeysOfTheTable) {
#define CORE_TESTS_KEY(Name) \
  { kTVMFFI##Name, StaticTypeKey::kTVMFFI##Name }
  const std::pair<int32_t, const char*> keys[] = {
      CORE_TESTS_KEY(None),
      CORE_TESTS_KEY(Int),
      CORE_TESTS_KEY(Bool),
      CORE_TESTS_KEY(Float),
      CORE_TESTS_KEY(OpaquePtr),
      CORE_TESTS_KEY(DataType),
      CORE_TESTS_KEY(Device),
      CORE_TESTS_KEY(DLTensorPtr),
      CORE_TESTS_KEY(RawStr),
      CORE_TESTS_KEY(ByteArrayPtr),
      CORE_TESTS_KEY(ObjectRValueRef),
      CORE_TESTS_KEY(SmallStr),
      CORE_TESTS_KEY(SmallBytes),
      CORE_TESTS_KEY(Unchanged),
      CORE_TESTS_KEY(Object),
      CORE_TESTS_KEY(Str),
      CORE_TESTS_KEY(Bytes),
      CORE_TESTS_KEY(Error),
      CORE_TESTS_KEY(Function),
      CORE_TESTS_KEY(Shape),
      CORE_TESTS_KEY(Tensor),
      CORE_TESTS_KEY(Array),
      CORE_TESTS_KEY(Map),
      CORE_TESTS_KEY(Module),
      CORE_TESTS_KEY(OpaquePyObject),
      CORE_TESTS_KEY(List),
      CORE_TESTS_KEY(Dict),
      CORE_TESTS_KEY(VisitInterrupt),
      CORE_TESTS_KEY(BigInt),
  };
#undef CORE_TESTS_KEY
  for (const auto& [index, key] : keys) EXPECT_EQ(TypeIndexToTypeKey(index), key);
  EXPECT_STREQ(StaticTypeKey::kTVMFFIAny, "Any");
  EXPECT_TRUE((std::is_same_v<TypeIndex, TVMFFITypeIndex>));
  EXPECT_TRUE((std::is_same_v<tvm::ffi::TypeInfo, TVMFFITypeInfo>));
}

TEST(BaseDetail, EarlierNamespaceNameIsAnAlias) {
  EXPECT_TRUE((std::is_same_v<tvm::ffi::details::ObjectUnsafe, tvm::ffi::detail::ObjectUnsafe>));
}

[[maybe_unused]] int ThrowInLoggedCall() {
  TVM_FFI_LOG_EXCEPTION_CALL_BEGIN();
  throw std::runtime_error("the reason");
  TVM_FFI_LOG_EXCEPTION_CALL_END(MyEntryPoint);
}

TEST(BaseDetailDeathTest, LoggedCallEndsTheProcessWithTheReason) {
  EXPECT_EXIT(ThrowInLoggedCall(), testing::ExitedWithCode(255),
              "Exception caught during MyEntryPoint:\nthe reason\n");
}

TEST(TypeTraitsPrimary, UnsupportedTypesAreDisabled) {
  EXPECT_FALSE(kConv<const void*>);
  EXPECT_FALSE(kConv<int*>);
  EXPECT_FALSE(kConv<char*>);
  EXPECT_FALSE(kConv<std::string_view>);
  EXPECT_FALSE(kConv<TVMFFIByteArray>);
  EXPECT_FALSE(kConv<Any>);
  EXPECT_FALSE(kConv<AnyView>);
  EXPECT_FALSE(kConv<ObjectPtr<const IntObj>>);
  EXPECT_FALSE(kConv<ObjectPtr<volatile IntObj>>);
  EXPECT_FALSE(kConv<ObjectPtr<int>>);
  EXPECT_FALSE(kConv<Arc<int>>);
  EXPECT_FALSE(kConv<WeakObjectPtr<IntObj>>);
}

TEST(TypeTraitsPrimary, SupportedTypesSayWhatTheyAllow) {
  EXPECT_TRUE(kConv<int8_t> && kStore<int8_t>);
  EXPECT_TRUE(kConv<char> && kStore<char>);
  EXPECT_TRUE(kConv<long double> && kStore<long double>);
  EXPECT_TRUE(kConv<void*> && kStore<void*>);
  EXPECT_TRUE(kConv<IntRef> && kStore<IntRef>);
  EXPECT_TRUE(kConv<ObjectPtr<IntObj>> && kStore<Arc<IntObj>>);
  EXPECT_TRUE(kConv<const IntObj*> && kStore<IntObj*>);
  EXPECT_TRUE(kConv<const char*> && !kStore<const char*>);
  EXPECT_TRUE(kConv<std::string> && !kStore<std::string>);
  EXPECT_TRUE(kConv<Setting> && !kStore<Setting>);
}

TEST(TypeTraitsFields, StaticIndexIsKnownWhereEveryValueHasIt) {
  EXPECT_EQ(TypeToFieldStaticTypeIndex<int>::value, TypeIndex::kTVMFFIInt);
  EXPECT_EQ(TypeToFieldStaticTypeIndex<double>::value, TypeIndex::kTVMFFIFloat);
  EXPECT_EQ(TypeToFieldStaticTypeIndex<bool>::value, TypeIndex::kTVMFFIBool);
  EXPECT_EQ(TypeToFieldStaticTypeIndex<String>::value, -1);
  EXPECT_EQ(TypeToFieldStaticTypeIndex<IntRef>::value, TypeIndex::kTVMFFIObject);
  EXPECT_EQ(TypeToFieldStaticTypeIndex<const IntObj*>::value, -1);
  EXPECT_EQ(TypeToFieldStaticTypeIndex<Any>::value, -1);
  EXPECT_EQ((TypeToFieldStaticTypeIndex<TypedFunction<int(int)>>::value),
            TypeIndex::kTVMFFIFunction);

  EXPECT_EQ(TypeToRuntimeTypeIndex<String>::v(), -1);
  EXPECT_EQ(TypeToRuntimeTypeIndex<Function>::v(), TypeIndex::kTVMFFIFunction);
  EXPECT_EQ(TypeToRuntimeTypeIndex<int>::v(), TypeIndex::kTVMFFIInt);
  EXPECT_EQ(TypeToRuntimeTypeIndex<Any>::v(), -1);
  EXPECT_EQ(TypeToRuntimeTypeIndex<IntRef>::v(), IntObj::RuntimeTypeIndex());
  EXPECT_EQ(TypeToRuntimeTypeIndex<Arc<IntObj>>::v(), IntObj::RuntimeTypeIndex());
}

TEST(TypeTraitsFields, SchemasAreCompactJson) {
  EXPECT_EQ(detail::TypeSchema<int>::v(), R"({"type":"int"})");
  EXPECT_EQ(detail::TypeSchema<const bool&>::v(), R"({"type":"bool"})");
  EXPECT_EQ(detail::TypeSchema<void*>::v(), R"({"type":"void*"})");
  EXPECT_EQ(detail::TypeSchema<void>::v(), R"({"type":"None"})");
  EXPECT_EQ(detail::TypeSchema<AnyView>::v(), R"({"type":"Any"})");
  EXPECT_EQ(detail::TypeSchema<IntRef>::v(), R"({"type":"core_tests.Int"})");
  EXPECT_EQ(detail::TypeSchema<Arc<IntObj>>::v(), R"({"type":"core_tests.Int"})");
  EXPECT_EQ(detail::TypeSchema<ObjectPtr<IntObj>>::v(),
            R"({"type":"Optional","args":[{"type":"core_tests.Int"}]})");
}

enum class Color : uint8_t { kRed = 1, kBlue = 7 };

TEST(TypeTraitsProtocol, BaseDescribesSourcesByTheirKey) {
  TVMFFIAny cell{};
  cell.type_index = kTVMFFIDevice;
  EXPECT_EQ(TypeTraitsBase::GetMismatchTypeInfo(&cell), "Device");
  EXPECT_TRUE(TypeTraitsBase::convert_enabled && TypeTraitsBase::storage_enabled);
  EXPECT_EQ(TypeTraitsBase::field_static_type_index, -1);
  EXPECT_TRUE((std::is_same_v<TypeTraitsNoCR<const int&>, TypeTraits<int>>));
  EXPECT_TRUE(use_default_type_traits_v<IntRef>);
  TypeTraitsIntBase<int8_t>::CopyInt64ToAnyView(300, &cell);
  EXPECT_EQ(cell.type_index, kTVMFFIInt);
  EXPECT_EQ(cell.v_int64, 300);
}

TEST(TypeTraitsProtocol, PlainTypesHaveOneNameEach) {
  EXPECT_EQ(TypeTraits<std::nullptr_t>::TypeStr(), "None");
  EXPECT_EQ(TypeTraits<bool>::TypeStr(), "bool");
  EXPECT_EQ(TypeTraits<StrictBool>::TypeStr(), "bool");
  EXPECT_EQ(TypeTraits<uint8_t>::TypeStr(), "int");
  EXPECT_EQ(TypeTraits<uint64_t>::TypeStr(), "int");
  EXPECT_EQ(TypeTraits<float>::TypeStr(), "float");
  EXPECT_EQ(TypeTraits<long double>::TypeStr(), "float");
  EXPECT_EQ(TypeTraits<void*>::TypeStr(), "void*");
  EXPECT_EQ(TypeTraits<std::nullptr_t>::field_static_type_index, kTVMFFINone);
  EXPECT_EQ(TypeTraits<StrictBool>::field_static_type_index, kTVMFFIBool);
  EXPECT_EQ(TypeTraits<uint64_t>::field_static_type_index, kTVMFFIInt);
  EXPECT_EQ(TypeTraits<void*>::field_static_type_index, kTVMFFIOpaquePtr);
  EXPECT_EQ(TypeTraits<uint64_t>::TypeSchema(), R"({"type":"int"})");
  EXPECT_EQ(TypeTraits<double>::TypeSchema(), R"({"type":"float"})");
  EXPECT_EQ(TypeTraits<std::nullptr_t>::TypeSchema(), R"({"type":"None"})");
}

TEST(ObjectTraits, PointersDifferInWhatTheyMakeOfNone) {
  const AnyView none = nullptr;
  EXPECT_TRUE(none.as<ObjectPtr<IntObj>>().has_value());
  EXPECT_FALSE(none.as<Arc<IntObj>>().has_value());
  EXPECT_FALSE(none.as<const IntObj*>().has_value());
  EXPECT_FALSE(AnyView(3).as<ObjectPtr<IntObj>>().has_value());
  EXPECT_EQ(TypeTraits<ObjectPtr<IntObj>>::TypeStr(), "core_tests.Int");
  EXPECT_EQ(TypeTraits<Arc<IntObj>>::TypeStr(), "core_tests.Int");
  EXPECT_EQ(TypeTraits<const IntObj*>::TypeStr(), "core_tests.Int");
  EXPECT_EQ(TypeTraits<const IntObj*>::TypeSchema(), R"({"type":"core_tests.Int"})");
  EXPECT_EQ(TypeTraits<Arc<IntObj>>::field_static_type_index, kTVMFFIObject);
  EXPECT_EQ(CatchError([] { AnyView(nullptr).cast<Arc<IntObj>>(); }).message(),
            "Cannot convert from type `None` to `core_tests.Int`");
}

TEST(ObjectTraits, AnUncheckedReadTransfersOrShares) {
  IntRef ref(1);
  TVMFFIAny cell;
  TypeTraits<IntRef>::MoveToAny(ref, &cell);
  EXPECT_EQ(ref.use_count(), 2);
  EXPECT_EQ(TypeTraits<IntRef>::CopyFromAnyViewAfterCheck(&cell).use_count(), 3);
  EXPECT_EQ(TypeTraits<IntRef>::MoveFromAnyAfterCheck(&cell).use_count(), 2);
  EXPECT_EQ(cell.type_index, kTVMFFINone) << "moving out leaves None";
  EXPECT_EQ(cell.v_uint64, 0u);
  EXPECT_EQ(ref.use_count(), 1);
}

TEST(PlainValues, EncodeAllSixteenBytes) {
  TVMFFIAny cell = ViewCell(AnyView(int8_t{-2}));
  EXPECT_EQ(cell.type_index, TypeIndex::kTVMFFIInt);
  EXPECT_EQ(cell.zero_padding, 0u);
  EXPECT_EQ(cell.v_int64, -2);
  cell = ViewCell(AnyView(true));
  EXPECT_EQ(cell.type_index, TypeIndex::kTVMFFIBool);
  EXPECT_EQ(cell.v_int64, 1);
  cell = ViewCell(AnyView(1.5f));
  EXPECT_EQ(cell.type_index, TypeIndex::kTVMFFIFloat);
  EXPECT_EQ(cell.v_float64, 1.5);
  cell = ViewCell(AnyView(nullptr));
  EXPECT_EQ(cell.type_index, TypeIndex::kTVMFFINone);
  EXPECT_EQ(cell.v_int64, 0);
  int target = 0;
  cell = ViewCell(AnyView(static_cast<void*>(&target)));
  EXPECT_EQ(cell.type_index, TypeIndex::kTVMFFIOpaquePtr);
  EXPECT_EQ(cell.v_ptr, &target);
}

TEST(PlainValues, ConvertAsDocumented) {
  EXPECT_EQ(AnyView(true).cast<int>(), 1);
  EXPECT_EQ(AnyView(2).cast<double>(), 2.0);
  EXPECT_EQ(AnyView(true).cast<float>(), 1.0f);
  EXPECT_TRUE(AnyView(5).cast<bool>());
  EXPECT_EQ(AnyView(nullptr).cast<void*>(), nullptr);
  EXPECT_FALSE(AnyView(1.0).try_cast<int>().has_value());
  EXPECT_FALSE(AnyView(1.0).try_cast<bool>().has_value());
  EXPECT_FALSE(AnyView(0).try_cast<std::nullptr_t>().has_value());
  EXPECT_FALSE(AnyView(1).try_cast<StrictBool>().has_value());
  EXPECT_TRUE(AnyView(true).cast<StrictBool>());
  EXPECT_EQ(AnyView(300).cast<int8_t>(), 44) << "reading narrows";
  EXPECT_EQ(AnyView(-1).cast<uint64_t>(), ~uint64_t{0});
}

TEST(PlainValues, StrictReadsDoNotConvert) {
  EXPECT_FALSE(AnyView(true).as<int>().has_value());
  EXPECT_FALSE(AnyView(1).as<bool>().has_value());
  EXPECT_FALSE(AnyView(1).as<double>().has_value());
  EXPECT_EQ(AnyView(1).as<int64_t>().value(), 1);
  EXPECT_FALSE(AnyView(nullptr).as<void*>().has_value());
}

TEST(PlainValues, EveryIntegerTypeIsAnInt) {
  EXPECT_EQ(Any('a').cast<int>(), 'a');
  EXPECT_EQ(Any(L'b').cast<int>(), 'b');
  EXPECT_EQ(Any(short{-3}).cast<int64_t>(), -3);  // NOLINT(runtime/int)
  EXPECT_TRUE(kConv<volatile int> && kConv<const int>);
  EXPECT_EQ(Any(static_cast<long double>(1.5)).cast<double>(), 1.5);
  EXPECT_EQ(AnyView(300).cast<Color>(), static_cast<Color>(44));
  EXPECT_EQ(AnyView(true).cast<Color>(), Color::kRed);
}

TEST(PlainValues, LongLongWrapsWhereUint64Refuses) {
  if (std::is_same_v<uint64_t, unsigned long long>) GTEST_SKIP();  // NOLINT(runtime/int)
  EXPECT_EQ(Any(~0ull).cast<int64_t>(), -1);
}

TEST(PlainValues, EnumsTravelAsIntegers) {
  EXPECT_TRUE(is_integeral_enum_v<Color>);
  EXPECT_FALSE(is_integeral_enum_v<int>);
  Any any = Color::kBlue;
  EXPECT_EQ(any.cast<int>(), 7);
  EXPECT_EQ(any.cast<Color>(), Color::kBlue);
  EXPECT_EQ(any.type_index(), TypeIndex::kTVMFFIInt);
}

TEST(PlainValues, LargeUnsignedIsRefused) {
  const uint64_t limit = static_cast<uint64_t>(INT64_MAX);
  EXPECT_EQ(Any(limit).cast<int64_t>(), INT64_MAX);
  Error error = CatchError([&] { Any any(limit + 1); });
  EXPECT_EQ(error.kind(), "OverflowError");
  EXPECT_EQ(error.message(),
            "Integer value 9223372036854775808 is too large to fit in int64_t. Consider "
            "explicitly casting to int64_t first if this is intentional.");
}

TEST(Fallback, FirstMatchingTypeConverts) {
  EXPECT_EQ(AnyView(true).cast<Setting>().origin, "bool");
  EXPECT_EQ(AnyView(1).cast<Setting>().origin, "int");
  EXPECT_EQ(AnyView("x").cast<Setting>().origin, "str");
  EXPECT_EQ(CatchError([] { AnyView(1.5).cast<Setting>(); }).message(),
            "Cannot convert from type `float` to `Setting`");
}

TEST(Fallback, ReferencesConvertFromPlainValues) {
  EXPECT_EQ(AnyView(true).cast<Expr>()->text, "bool:true");
  EXPECT_EQ(AnyView(42).cast<Expr>()->text, "int:42");
  EXPECT_EQ(AnyView(2.718).cast<Expr>()->text, "float");
  EXPECT_EQ(AnyView("test_string").cast<Expr>()->text, "str:test_string");
  EXPECT_FALSE(AnyView(42).as<Expr>().has_value()) << "strict checks use no fallback";
  Expr expr("own");
  EXPECT_TRUE(AnyView(expr).cast<Expr>().same_as(expr));
  EXPECT_EQ(CatchError([] { AnyView(IntRef(1)).cast<Expr>(); }).message(),
            "Cannot convert from type `core_tests.Int` to `core_tests.Expr`");
}

TEST(Subsumption, FollowsInheritanceAndNullability) {
  EXPECT_TRUE((type_subsumes_v<Any, int>));
  EXPECT_TRUE((type_subsumes_v<Number, IntRef>));
  EXPECT_FALSE((type_subsumes_v<IntRef, Number>));
  EXPECT_TRUE((type_subsumes_v<ObjectPtr<NumberObj>, ObjectPtr<IntObj>>));
  EXPECT_TRUE((type_subsumes_v<ObjectPtr<NumberObj>, Arc<IntObj>>));
  EXPECT_TRUE((type_subsumes_v<Arc<NumberObj>, Arc<IntObj>>));
  EXPECT_FALSE((type_subsumes_v<Arc<NumberObj>, ObjectPtr<IntObj>>));
  EXPECT_FALSE((type_subsumes_v<int, double>));
}

TEST(IncompleteClass, MayHoldContainersOfItself) {
  EXPECT_TRUE(detail::storage_enabled_v<Arc<TreeObj>>);
  ObjectPtr<TreeObj> root = make_object<TreeObj>();
  Arc<TreeObj> child = make_arc<TreeObj>();
  child->parent = root;
  root->children.push_back(child);
  EXPECT_EQ(root->children.size(), 1u);
  child->parent.reset();
}

}  // namespace
