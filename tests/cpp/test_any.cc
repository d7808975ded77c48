// SPDX-License-Identifier: Apache-2.0
// Behaviour of any.h: ownership, conversions and their messages, view-to-owned, hash, equality and
// hooks.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/function.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

#include "core_objects.h"

namespace {

using namespace core_tests;

TEST(AnyLayout, MatchesTheCStruct) {
  EXPECT_EQ(sizeof(Any), 16u);
  EXPECT_EQ(sizeof(AnyView), 16u);
  EXPECT_EQ(alignof(Any), 8u);
  EXPECT_TRUE(std::is_trivially_copyable_v<AnyView>);
  EXPECT_FALSE(std::is_trivially_copyable_v<Any>);
  EXPECT_TRUE(std::is_standard_layout_v<Any>);
  EXPECT_TRUE(std::is_nothrow_move_constructible_v<Any>);
  EXPECT_TRUE(std::is_nothrow_move_assignable_v<Any>);
  EXPECT_TRUE((std::is_same_v<tvm::Any, Any>));
  EXPECT_TRUE((std::is_same_v<tvm::AnyView, AnyView>));
}

TEST(AnyView, StartsAsNoneAndResets) {
  AnyView view;
  EXPECT_TRUE(view == nullptr);
  view = 3;
  EXPECT_TRUE(view != nullptr);
  EXPECT_EQ(view.type_index(), TypeIndex::kTVMFFIInt);
  EXPECT_EQ(view.GetTypeKey(), "int");
  AnyView other = 2.0;
  view.swap(other);
  EXPECT_EQ(view.cast<double>(), 2.0);
  EXPECT_TRUE(AnyView(1).same_as(AnyView(1)));
  EXPECT_FALSE(AnyView(1).same_as(AnyView(true)));
  view.reset();
  EXPECT_TRUE(view == nullptr);
  EXPECT_EQ(AnyView::CopyFromTVMFFIAny(other.CopyToTVMFFIAny()).cast<int>(), 3);
}

TEST(AnyOwnership, ViewsBorrowAndAnysOwn) {
  IntRef ref(1);
  AnyView view = ref;
  EXPECT_EQ(ref.use_count(), 1);
  {
    Any owned = ref;
    EXPECT_EQ(ref.use_count(), 2);
    Any copy = owned;
    EXPECT_EQ(ref.use_count(), 3);
    Any moved = std::move(copy);
    EXPECT_TRUE(copy == nullptr);  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(ref.use_count(), 3);
    AnyView of_any = moved;
    EXPECT_EQ(ref.use_count(), 3);
    Any from_view = of_any;
    EXPECT_EQ(ref.use_count(), 4);
    from_view = *&from_view;
    EXPECT_EQ(ref.use_count(), 4);
  }
  EXPECT_EQ(ref.use_count(), 1);
  EXPECT_TRUE(view.cast<IntRef>().same_as(ref));
}

TEST(AnyOwnership, RawPointersAddAReferenceOnlyWhenStored) {
  IntRef ref(1);
  Any any = ref.get();
  EXPECT_EQ(ref.use_count(), 2);
  EXPECT_EQ(any.cast<const IntObj*>(), ref.get());
  EXPECT_EQ(any.cast<IntObj*>(), ref.get());
  EXPECT_EQ(ref.use_count(), 2);
  EXPECT_TRUE(any.cast<Number>().same_as(ref));
  const IntObj* const_ptr = ref.get();
  AnyView view = const_ptr;
  EXPECT_EQ(ref.use_count(), 2);
  EXPECT_TRUE(view.cast<IntRef>().same_as(ref));
  EXPECT_FALSE(AnyView(nullptr).try_cast<const IntObj*>().has_value());
}

TEST(AnyOwnership, ObjectPtrsMoveThrough) {
  ObjectPtr<IntObj> p = make_object<IntObj>(5);
  IntObj* raw = p.get();
  Any any = std::move(p);
  EXPECT_TRUE(p == nullptr);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(raw->use_count(), 1u);
  ObjectPtr<IntObj> back = std::move(any).cast<ObjectPtr<IntObj>>();
  EXPECT_TRUE(any == nullptr);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(back.use_count(), 1);
  Any null = ObjectPtr<IntObj>(nullptr);
  EXPECT_EQ(null.type_index(), TypeIndex::kTVMFFINone);
  EXPECT_TRUE(null.cast<ObjectPtr<IntObj>>() == nullptr);
  EXPECT_FALSE(null.try_cast<Arc<IntObj>>().has_value());
  Any arc = make_arc<IntObj>(6);
  EXPECT_EQ(std::move(arc).cast<Arc<NumberObj>>().use_count(), 1);
}

TEST(AnyOwnership, MovingCastTransfersTheReference) {
  Any any = IntRef(3);
  IntRef ref = std::move(any).cast<IntRef>();
  EXPECT_EQ(ref.use_count(), 1);
  EXPECT_TRUE(any == nullptr);  // NOLINT(bugprone-use-after-move)
  Any number = 4;
  EXPECT_EQ(std::move(number).cast<int>(), 4);
  EXPECT_EQ(number.cast<int>(), 4) << "plain values stay";  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(std::move(number).cast<double>(), 4.0) << "no strict match: converts a copy";
}

TEST(AnyOwnership, MovingAsKeepsTheValueOnFailure) {
  Any any = IntRef(3);
  EXPECT_FALSE(std::move(any).as<FloatRef>().has_value());
  EXPECT_EQ(CatchError([&] { std::move(any).as_or_throw<FloatRef>(); }).kind(), "TypeError");
  ASSERT_TRUE(any != nullptr);  // NOLINT(bugprone-use-after-move)
  std::optional<IntRef> ref = std::move(any).as<IntRef>();
  ASSERT_TRUE(ref.has_value());
  EXPECT_EQ(ref->use_count(), 1);
  EXPECT_TRUE(any == nullptr);  // NOLINT(bugprone-use-after-move)
}

TEST(AnyOwnership, AnyReadsAsItself) {
  Any any = IntRef(3);
  EXPECT_TRUE(any.as<Any>()->same_as(any));
  EXPECT_TRUE(any.try_cast<Any>()->same_as(any));
  EXPECT_TRUE(any.as_or_throw<Any>().same_as(any));
  Any moved = std::move(any).as_or_throw<Any>();
  EXPECT_TRUE(any == nullptr);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(moved.as<IntObj>()->use_count(), 1u);
  moved.reset();
  EXPECT_TRUE(moved == nullptr);
}

TEST(AnyOwnership, SameAsComparesIdentity) {
  IntRef ref(1);
  Any any = ref;
  EXPECT_TRUE(any.same_as(ref));
  EXPECT_FALSE(any.same_as(IntRef(1)));
  EXPECT_TRUE(Any().same_as(ObjectRef()));
  EXPECT_FALSE(any.same_as(ObjectRef()));
}

class ResetProbeObj : public Object {
 public:
  Any* holder;
  bool* seen_none;
  ResetProbeObj(Any* h, bool* s) : holder(h), seen_none(s) {}
  ~ResetProbeObj() { *seen_none = (*holder == nullptr); }
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("core_tests.ResetProbe", ResetProbeObj, Object);
};

TEST(AnyOwnership, ValueIsNoneBeforeTheOldOneDies) {
  Any holder;
  bool seen_none = false;
  holder = make_object<ResetProbeObj>(&holder, &seen_none);
  holder.reset();
  EXPECT_TRUE(seen_none);
}

TEST(AnyMessages, CastNamesBothTypes) {
  auto cast_message = [](auto&& f) { return CatchError(f).message(); };
  EXPECT_EQ(cast_message([] { Any().cast<int>(); }), "Cannot convert from type `None` to `int`");
  EXPECT_EQ(cast_message([] { Any(1.5).cast<int>(); }),
            "Cannot convert from type `float` to `int`");
  EXPECT_EQ(cast_message([] { Any("a long enough text").cast<int>(); }),
            "Cannot convert from type `ffi.String` to `int`");
  EXPECT_EQ(cast_message([] { Any(1).cast<String>(); }), "Cannot convert from type `int` to `str`");
  EXPECT_EQ(cast_message([] { Any(1).cast<TypedFunction<int(int)>>(); }),
            "Cannot convert from type `int` to `(0: int) -> int`");
  EXPECT_EQ(cast_message([] { Any(IntRef(1)).cast<FloatRef>(); }),
            "Cannot convert from type `core_tests.Int` to `core_tests.Float`");
  EXPECT_EQ(cast_message([] { Any().cast<FloatRef>(); }),
            "Cannot convert from type `None` to `core_tests.Float`");
  EXPECT_EQ(cast_message([] { AnyView("x").cast<int>(); }),
            "Cannot convert from type `const char*` to `int`");
  EXPECT_EQ(CatchError([] { Any(1).cast<String>(); }).kind(), "TypeError");
}

TEST(AnyMessages, StrictReadNamesBothTypes) {
  EXPECT_EQ(CatchError([] { Any(1).as_or_throw<double>(); }).message(),
            "Cannot treat type `int` as type `float`");
  EXPECT_EQ(CatchError([] { AnyView(1).as_or_throw<double>(); }).message(),
            "Cannot treat type `int` as type `float`");
  const Any any = IntRef(2);
  EXPECT_EQ(any.as_or_throw<IntRef>()->value, 2);
}

TEST(AnyView, ReadsStrictlyAndAsPointers) {
  IntRef ref(1);
  const AnyView view = ref;
  EXPECT_EQ(view.as<IntObj>(), ref.get());
  EXPECT_EQ(view.as<FloatObj>(), nullptr);
  EXPECT_EQ(AnyView(3).as<IntObj>(), nullptr);
  EXPECT_TRUE(view.as<Number>()->same_as(ref));
  EXPECT_EQ(view.as_or_throw<IntRef>()->value, 1);
  EXPECT_EQ(AnyView(4).as_or_throw<int>(), 4);
  EXPECT_FALSE(AnyView("x").as<int>().has_value());
}

TEST(AnyOwnership, AssignsFromViewsAndValues) {
  IntRef ref(1);
  Any any = 3;
  any = AnyView(ref);
  EXPECT_EQ(ref.use_count(), 2);
  any = AnyView("raw");
  EXPECT_EQ(any.type_index(), TypeIndex::kTVMFFISmallStr) << "never a view-only kind";
  EXPECT_EQ(ref.use_count(), 1);
  any = 2.5;
  Any other = String("a long enough text");
  any.swap(other);
  EXPECT_EQ(other.cast<double>(), 2.5);
  EXPECT_EQ(any.GetTypeKey(), "ffi.String");
}

TEST(AnyOwnership, TypesThatCannotBeStoredAreCopiedFromARvalue) {
  Any any = String("a long enough text");
  EXPECT_EQ(std::move(any).cast<std::string>(), "a long enough text");
  EXPECT_EQ(any.cast<String>(), "a long enough text");  // NOLINT(bugprone-use-after-move)
}

TEST(AnyOwnership, NoneMovesOutAsANullReference) {
  Any any;
  EXPECT_FALSE(std::move(any).cast<IntRef>().defined());
  EXPECT_TRUE(any == nullptr);  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(std::move(any).as<ObjectPtr<IntObj>>().value() == nullptr);
}

template <typename T, typename = void>
constexpr bool kCasts = false;
template <typename T>
constexpr bool kCasts<T, std::void_t<decltype(std::declval<const Any&>().cast<T>())>> = true;

TEST(AnyOwnership, CastDoesNotOfferWhatHasNoTraits) {
  EXPECT_TRUE(kCasts<int> && kCasts<std::string>);
  EXPECT_FALSE(kCasts<Any>);
  EXPECT_FALSE(kCasts<std::string_view>);
  EXPECT_FALSE((std::is_constructible_v<Any, int*>));
  EXPECT_FALSE((std::is_constructible_v<AnyView, WeakObjectPtr<IntObj>>));
}

TEST(AnyNull, NullReferencesAreNone) {
  Any any = IntRef(ObjectPtr<IntObj>(nullptr));
  EXPECT_EQ(any.type_index(), TypeIndex::kTVMFFINone);
  EXPECT_FALSE(any.cast<IntRef>().defined());
  FloatRef moved_from(1.0);
  FloatRef taken = std::move(moved_from);
  EXPECT_TRUE(AnyView(moved_from) == nullptr)  // NOLINT(bugprone-use-after-move)
      << "a moved-from non-nullable reference shows as None";
}

TEST(ViewToOwned, StringsAndByteArraysAreCopied) {
  char text[] = "hi";
  Any small = AnyView(static_cast<const char*>(text));
  text[0] = 'X';
  EXPECT_EQ(small.type_index(), TypeIndex::kTVMFFISmallStr);
  EXPECT_EQ(small.cast<String>(), "hi");
  Any heap = AnyView("a text of more than seven bytes");
  EXPECT_EQ(heap.type_index(), TypeIndex::kTVMFFIStr);
  TVMFFIByteArray bytes{"a\0b", 3};
  Any owned_bytes = AnyView(&bytes);
  EXPECT_EQ(owned_bytes.type_index(), TypeIndex::kTVMFFISmallBytes);
  EXPECT_EQ(owned_bytes.cast<Bytes>().size(), 3u);
}

TEST(ViewToOwned, RValueSlotIsEmptiedOnce) {
  ObjectPtr<Object> slot = make_object<IntObj>(4);
  TVMFFIAny cell{};
  cell.type_index = TypeIndex::kTVMFFIObjectRValueRef;
  cell.v_ptr = &slot;
  AnyView view = AnyView::CopyFromTVMFFIAny(cell);
  EXPECT_EQ(view.GetTypeKey(), "ObjectRValueRef");
  Any owned = view;
  EXPECT_TRUE(slot == nullptr);
  EXPECT_EQ(owned.as<IntObj>()->use_count(), 1u);
  Error error = CatchError([&] { Any again = view; });
  EXPECT_EQ(error.kind(), "InternalError");
  EXPECT_EQ(error.message(),
            "Check failed: (obj_addr[0] != nullptr) is false: RValueRef already moved");
}

TEST(ViewToOwned, TensorPointersStayBorrowed) {
  TVMFFIAny cell{};
  cell.type_index = TypeIndex::kTVMFFIDLTensorPtr;
  cell.v_ptr = &cell;
  Any owned = AnyView::CopyFromTVMFFIAny(cell);
  EXPECT_EQ(owned.type_index(), TypeIndex::kTVMFFIDLTensorPtr);
}

TEST(AnyUnsafeTest, MovesBetweenRawAndOwned) {
  IntRef ref(1);
  Any any = ref;
  TVMFFIAny raw = detail::AnyUnsafe::MoveAnyToTVMFFIAny(std::move(any));
  EXPECT_TRUE(any == nullptr);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(ref.use_count(), 2);
  Any back = detail::AnyUnsafe::MoveTVMFFIAnyToAny(&raw);
  EXPECT_EQ(raw.type_index, TypeIndex::kTVMFFINone);
  EXPECT_EQ(detail::AnyUnsafe::RawObjectPtrFromAnyAfterCheck<IntObj>(back), ref.get());
  EXPECT_TRUE(detail::AnyUnsafe::CheckAnyStrict<IntRef>(back));
  EXPECT_FALSE(detail::AnyUnsafe::CheckAnyStrict<int>(back));
  EXPECT_TRUE(detail::AnyUnsafe::CheckAnyStrict<Any>(back));
  EXPECT_EQ(detail::AnyUnsafe::GetMismatchTypeInfo<int>(back), "core_tests.Int");
  back = nullptr;
  EXPECT_EQ(ref.use_count(), 1);
}

TEST(AnyUnsafeTest, ReadsWithoutChecks) {
  using detail::AnyUnsafe;
  IntRef ref(1);
  Any any = ref;
  const TVMFFIAny* cell = AnyUnsafe::TVMFFIAnyPtrFromAny(any);
  EXPECT_EQ(static_cast<const void*>(cell), &any);
  EXPECT_EQ(AnyUnsafe::RawObjectPtrFromAnyViewAfterCheck(any), ref.get());
  EXPECT_TRUE(AnyUnsafe::CheckAnyViewStrict<IntRef>(any));
  EXPECT_TRUE(AnyUnsafe::CheckAnyViewStrict<Any>(any));
  EXPECT_FALSE(AnyUnsafe::CheckAnyViewStrict<FloatRef>(any));
  EXPECT_TRUE(AnyUnsafe::CopyFromAnyViewAfterCheck<IntRef>(any).same_as(ref));
  EXPECT_TRUE(AnyUnsafe::CopyFromAnyViewAfterCheck<Any>(any).same_as(ref));
  Any moved = AnyUnsafe::MoveFromAnyAfterCheck<Any>(std::move(any));
  EXPECT_TRUE(any == nullptr);  // NOLINT(bugprone-use-after-move)
  TVMFFIAny raw = AnyUnsafe::MoveAnyToTVMFFIAny(std::move(moved));
  Any adopted = AnyUnsafe::MoveTVMFFIAnyRawToAny(raw);
  EXPECT_EQ(ref.use_count(), 2);
  EXPECT_EQ(AnyUnsafe::MoveFromAnyAfterCheck<IntRef>(std::move(adopted)).use_count(), 2);
  EXPECT_TRUE((std::is_base_of_v<detail::ObjectUnsafe, AnyUnsafe>));
}

TEST(Type2Str, NamesTypesOfSignatures) {
  EXPECT_EQ(detail::Type2Str<const Any&>::v(), "Any");
  EXPECT_EQ(detail::Type2Str<Any>::v(), "Any");
  EXPECT_EQ(detail::Type2Str<Any&&>::v(), "Any");
  EXPECT_EQ(detail::Type2Str<AnyView>::v(), "AnyView");
  EXPECT_EQ(detail::Type2Str<const AnyView&>::v(), "AnyView");
  EXPECT_EQ(detail::Type2Str<AnyView&&>::v(), "AnyView");
  EXPECT_EQ(detail::Type2Str<void>::v(), "void");
  EXPECT_EQ(detail::Type2Str<const int&>::v(), "int");
  EXPECT_EQ(detail::Type2Str<IntRef>::v(), "core_tests.Int");
}

// ---- hash and equality ----

uint64_t Hash(const Any& value) { return AnyHash()(value); }

TEST(AnyHashTest, MatchesTheContract) {
  EXPECT_EQ(Hash(Any()), 2654435769u);
  EXPECT_EQ(Hash(0), 2654435832u);
  EXPECT_EQ(Hash(1), 2654435835u);
  EXPECT_EQ(Hash(-1), 2654435833u);
  EXPECT_EQ(Hash(true), 2654435896u);
  EXPECT_EQ(Hash(1.5), 4609434221268138618u);
  EXPECT_EQ(Hash(String("")), 2654440008u);
  EXPECT_EQ(Hash(String("a1")), 2654452523u);
  EXPECT_EQ(Hash(String(std::string("a1"))), 2654452523u) << "heap form of a short string";
  EXPECT_EQ(Hash(String("1234567")), 3537447141u);
  EXPECT_EQ(Hash(String("12345678")), 3269011684u);
  EXPECT_EQ(Hash(String("hello world")), 3740341141u);
  EXPECT_EQ(Hash(Bytes(std::string("a1"))), 2654452712u);
  EXPECT_EQ(Hash(Bytes(std::string("hello world"))), 3740341334u);
}

TEST(AnyEqualTest, ComparesContentOfStringsAndBitsOfValues) {
  AnyEqual equal;
  EXPECT_FALSE(equal(1, true));
  EXPECT_FALSE(equal(1, 1.0));
  EXPECT_FALSE(equal(0.0, -0.0));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(equal(nan, nan));
  EXPECT_TRUE(equal(Any(), nullptr));
  EXPECT_TRUE(equal(String("ab"), String(std::string("ab"))));
  EXPECT_TRUE(equal(String(std::string("ab")), String("ab")));
  EXPECT_TRUE(equal(String("hello world"), String("hello world")));
  EXPECT_FALSE(equal(String("hello world"), String("hello worle")));
  EXPECT_FALSE(equal(String("ab"), String("abc")));
  EXPECT_FALSE(equal(String("ab"), Bytes(std::string("ab"))));
  EXPECT_FALSE(equal(Bytes(std::string("ab")), String("ab")));
  EXPECT_TRUE(equal(Bytes(std::string("ab")), Bytes(std::string("ab"))));
  IntRef ref(1);
  EXPECT_TRUE(equal(ref, ref));
  EXPECT_FALSE(equal(ref, IntRef(1)));
  EXPECT_FALSE(equal(ref, FloatRef(1)));
  EXPECT_FALSE(equal(ref, nullptr));
}

// ---- hooks ----

void RegisterAttr(int32_t type_index, const char* name, AnyView value) {
  TVMFFIByteArray key{name, std::strlen(name)};
  TVMFFIAny cell = value.CopyToTVMFFIAny();
  TVM_FFI_CHECK_SAFE_CALL(TVMFFITypeRegisterAttr(type_index, &key, &cell));
}

// One object class per kind of hook; the value decides what the hook answers.
template <int kId>
class HookedObj : public Object {
 public:
  int64_t value;
  explicit HookedObj(int64_t v) : value(v) {}
  static const HookedObj* From(const Any& any) {
    return detail::AnyUnsafe::RawObjectPtrFromAnyAfterCheck<HookedObj>(any);
  }
  static const char* Key() {
    static const std::string key = "core_tests.Hooked" + std::to_string(kId);
    return key.c_str();
  }
  static int32_t RuntimeTypeIndex() {
    TVMFFIByteArray key{Key(), std::strlen(Key())};
    static int32_t index = TVMFFITypeGetOrAllocIndex(&key, -1, 1, 0, 1, TypeIndex::kTVMFFIObject);
    return index;
  }
};

TVMFFIAny Owned(Any any) { return detail::AnyUnsafe::MoveAnyToTVMFFIAny(std::move(any)); }

template <typename T>
Any Make(int64_t value) {
  return Any(ObjectRef(make_object<T>(value)));
}

using NewHooked = HookedObj<1>;
TVMFFIAny NewHash(const Any& v) noexcept {
  const int64_t value = NewHooked::From(v)->value;
  if (value == 99) return Owned(Error("ValueError", "unhashable", ""));
  return Owned(value);
}
TVMFFIAny NewEqual(const Any& a, const Any& b) noexcept {
  const int64_t value = NewHooked::From(a)->value;
  if (value == 99) return Owned(Error("ValueError", "incomparable", ""));
  return Owned(value % 10 == NewHooked::From(b)->value % 10);
}

TEST(AnyHooks, NativeHooksOfThisReleaseAreCalled) {
  const int32_t index = NewHooked::RuntimeTypeIndex();
  RegisterAttr(index, "__any_hash__", reinterpret_cast<void*>(&NewHash));
  RegisterAttr(index, "__any_equal__", reinterpret_cast<void*>(&NewEqual));
  for (int64_t value : {int64_t{0}, int64_t{1}, int64_t{67}, int64_t{-5}}) {
    EXPECT_EQ(
        Hash(Make<NewHooked>(value)),
        detail::StableHashCombine(static_cast<uint64_t>(index), static_cast<uint64_t>(value)));
  }
  EXPECT_TRUE(AnyEqual()(Make<NewHooked>(3), Make<NewHooked>(13)));
  EXPECT_FALSE(AnyEqual()(Make<NewHooked>(3), Make<NewHooked>(14)));
  Error hash_error = CatchError([] { Hash(Make<NewHooked>(99)); });
  EXPECT_EQ(hash_error.kind(), "ValueError");
  EXPECT_EQ(hash_error.message(), "unhashable");
  EXPECT_EQ(CatchError([] { AnyEqual()(Make<NewHooked>(99), Make<NewHooked>(1)); }).message(),
            "incomparable");
}

#if TVM_FFI_INSPECT_NATIVE_HOOKS_
using OldHooked = HookedObj<2>;
int64_t OldHash(const Any& v) {
  const int64_t value = OldHooked::From(v)->value;
  if (value == 99) TVM_FFI_THROW(ValueError) << "old hooks may throw";
  return value;
}
bool OldEqual(const Any& a, const Any& b) {
  return OldHooked::From(a)->value % 10 == OldHooked::From(b)->value % 10;
}

TEST(AnyHooks, NativeHooksOfEarlierReleasesAreRecognised) {
  const int32_t index = OldHooked::RuntimeTypeIndex();
  RegisterAttr(index, "__any_hash__", reinterpret_cast<void*>(&OldHash));
  RegisterAttr(index, "__any_equal__", reinterpret_cast<void*>(&OldEqual));
  // 0x500000001 looks like index 1 with padding 5. Once seen as old, 1 and 67 are plain hashes too.
  for (int64_t value : {int64_t{0x500000001}, int64_t{0}, int64_t{1}, int64_t{67}, int64_t{-1}}) {
    EXPECT_EQ(
        Hash(Make<OldHooked>(value)),
        detail::StableHashCombine(static_cast<uint64_t>(index), static_cast<uint64_t>(value)));
  }
  EXPECT_EQ(CatchError([] { Hash(Make<OldHooked>(99)); }).message(), "old hooks may throw");
  EXPECT_TRUE(AnyEqual()(Make<OldHooked>(4), Make<OldHooked>(14)));
  EXPECT_FALSE(AnyEqual()(Make<OldHooked>(4), Make<OldHooked>(15)));
}

// What a compiler may leave above the low byte of a returned bool.
using DirtyHooked = HookedObj<3>;
uint64_t DirtyEqual(const Any& a, const Any& b) {
  const bool same = DirtyHooked::From(a)->value == DirtyHooked::From(b)->value;
  return 0xdeadbeefcafe0000u | static_cast<uint64_t>(same);
}

TEST(AnyHooks, OnlyTheLowByteOfAnOldAnswerCounts) {
  RegisterAttr(DirtyHooked::RuntimeTypeIndex(), "__any_equal__",
               reinterpret_cast<void*>(&DirtyEqual));
  EXPECT_TRUE(AnyEqual()(Make<DirtyHooked>(4), Make<DirtyHooked>(4)));
  EXPECT_FALSE(AnyEqual()(Make<DirtyHooked>(4), Make<DirtyHooked>(5)));
}
#endif

using FuncHooked = HookedObj<4>;

TEST(AnyHooks, FunctionHooksAreCalledAndChecked) {
  const int32_t index = FuncHooked::RuntimeTypeIndex();
  RegisterAttr(index, "__any_hash__", Function::FromTyped([](const Any& v) -> Any {
                 const int64_t value = FuncHooked::From(v)->value;
                 if (value == 99) return String("not an int");
                 return value;
               }));
  RegisterAttr(index, "__any_equal__", Function::FromTyped([](const Any& a, const Any& b) -> Any {
                 if (FuncHooked::From(a)->value == 99) return 1;
                 return FuncHooked::From(a)->value == FuncHooked::From(b)->value;
               }));
  EXPECT_EQ(Hash(Make<FuncHooked>(-7)),
            detail::StableHashCombine(static_cast<uint64_t>(index), static_cast<uint64_t>(-7)));
  EXPECT_TRUE(AnyEqual()(Make<FuncHooked>(1), Make<FuncHooked>(1)));
  EXPECT_FALSE(AnyEqual()(Make<FuncHooked>(1), Make<FuncHooked>(2)));
  Error bad_hash = CatchError([] { Hash(Make<FuncHooked>(99)); });
  EXPECT_EQ(bad_hash.kind(), "InternalError");
  EXPECT_EQ(bad_hash.message(),
            "Check failed: result_any.type_index() == TypeIndex::kTVMFFIInt (65 vs. 1) : ");
  EXPECT_EQ(CatchError([] { AnyEqual()(Make<FuncHooked>(99), Make<FuncHooked>(1)); }).message(),
            "Check failed: (result_any.type_index() == TypeIndex::kTVMFFIBool) is false: ");
}

using CFuncHooked = HookedObj<5>;
int CHash(void*, const TVMFFIAny*, int32_t, TVMFFIAny* result) {
  result->type_index = TypeIndex::kTVMFFIInt;
  result->v_int64 = 1234;
  return 0;
}
int CEqualFails(void*, const TVMFFIAny*, int32_t, TVMFFIAny*) {
  TVMFFIErrorSetRaisedFromCStr("KeyError", "from C");
  return -1;
}

TEST(AnyHooks, FunctionHooksFromCReportTheirErrors) {
  const int32_t index = CFuncHooked::RuntimeTypeIndex();
  RegisterAttr(index, "__any_hash__", Function::FromExternC(nullptr, CHash, nullptr));
  RegisterAttr(index, "__any_equal__", Function::FromExternC(nullptr, CEqualFails, nullptr));
  EXPECT_EQ(Hash(Make<CFuncHooked>(1)),
            detail::StableHashCombine(static_cast<uint64_t>(index), 1234));
  Error error = CatchError([] { AnyEqual()(Make<CFuncHooked>(1), Make<CFuncHooked>(1)); });
  EXPECT_EQ(error.kind(), "KeyError");
  EXPECT_EQ(error.message(), "from C");
}

using NullHooked = HookedObj<6>;
using WrongHooked = HookedObj<7>;

TEST(AnyHooks, UnusableEntriesAreInternalErrors) {
  RegisterAttr(NullHooked::RuntimeTypeIndex(), "__any_hash__", static_cast<void*>(nullptr));
  RegisterAttr(NullHooked::RuntimeTypeIndex(), "__any_equal__", static_cast<void*>(nullptr));
  EXPECT_EQ(CatchError([] { Hash(Make<NullHooked>(1)); }).message(), "Check not null: hash_func ");
  EXPECT_EQ(CatchError([] { AnyEqual()(Make<NullHooked>(1), Make<NullHooked>(2)); }).message(),
            "Check not null: equal_func ");
  RegisterAttr(WrongHooked::RuntimeTypeIndex(), "__any_hash__", 12);
  Error error = CatchError([] { Hash(Make<WrongHooked>(1)); });
  EXPECT_EQ(error.kind(), "InternalError");
  EXPECT_NE(error.message().find("(1 vs. 68)"), std::string::npos);
}

}  // namespace
