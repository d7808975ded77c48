// SPDX-License-Identifier: Apache-2.0
// Tests of reflection/native_function.h: hooks as native pointers and as packed functions.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/expected.h>
#include <tvm/ffi/reflection/native_function.h>
#include <tvm/ffi/reflection/registry.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)
namespace refl = tvm::ffi::reflection;

using IntHook = refl::NativeFunctionView<int64_t(int64_t)>;
using OwnedIntHook = refl::NativeFunction<int64_t(int64_t)>;
using VoidHook = refl::NativeFunctionView<void(const Any&)>;
using AnyHook = refl::NativeFunctionView<Any(AnyView)>;

Expected<int64_t> PlusOne(int64_t x) noexcept {
  if (x < 0) return Error("ValueError", "negative", "");
  return x + 1;
}
int64_t ThrowingPlusOne(int64_t x) {
  if (x == 0) throw std::runtime_error("zero");
  if (x < 0) throw Error("KeyError", "negative", "");
  return x + 1;
}
void Nothing(const Any& value) {
  if (value == nullptr) throw Error("ValueError", "none", "");
}
Any Same(AnyView value) { return Any(value); }

template <typename F>
std::string MessageOf(F action) {
  try {
    action();
  } catch (const Error& err) {
    return err.kind() + ": " + err.message();
  }
  return "no error";
}

TEST(NativeFunction, NativeHookIsOnePointerCell) {
  TVMFFIAny cell = AnyView(IntHook::FromNative<&PlusOne>()).CopyToTVMFFIAny();
  ASSERT_EQ(cell.type_index, kTVMFFIOpaquePtr);
  auto adapter = reinterpret_cast<IntHook::ABIType>(cell.v_ptr);
  TVMFFIAny result = adapter(4);
  EXPECT_EQ(result.type_index, kTVMFFIInt);
  EXPECT_EQ(result.v_int64, 5);
}

TEST(NativeFunction, NativeHooksReturnAndFail) {
  IntHook expected = IntHook::FromNative<&PlusOne>();
  EXPECT_EQ(expected(1), 2);
  EXPECT_EQ(expected.CallExpected(-1).error().message(), "negative");
  EXPECT_EQ(MessageOf([&] { expected(-1); }), "ValueError: negative");
  IntHook throwing = IntHook::FromNative<&ThrowingPlusOne>();
  EXPECT_EQ(throwing(1), 2);
  EXPECT_EQ(throwing.CallExpected(-1).error().kind(), "KeyError");
  EXPECT_EQ(throwing.CallExpected(0).error().kind(), "InternalError");
  EXPECT_EQ(throwing.CallExpected(0).error().message(), "zero");
}

TEST(NativeFunction, VoidAndAnyResults) {
  VoidHook hook = VoidHook::FromNative<&Nothing>();
  EXPECT_TRUE(hook.CallExpected(Any(1)).is_ok());
  EXPECT_EQ(MessageOf([&] { hook(Any()); }), "ValueError: none");
  AnyHook same = AnyHook::FromNative<&Same>();
  EXPECT_EQ(same(String("a text that needs the heap")).cast<String>(),
            "a text that needs the heap");
}

TEST(NativeFunction, PackedHooksAreCalledThroughTheFunction) {
  TypedFunction<int64_t(int64_t)> twice([](int64_t x) -> int64_t {
    if (x < 0) throw Error("IndexError", "below", "");
    return 2 * x;
  });
  IntHook hook(twice);
  EXPECT_EQ(hook(4), 8);
  EXPECT_EQ(MessageOf([&] { hook(-1); }), "IndexError: below");
  EXPECT_EQ(twice.packed().use_count(), 1) << "a view owns nothing";
  TypedFunction<Expected<int64_t>(int64_t)> fails(
      [](int64_t) -> Expected<int64_t> { return Error("ValueError", "returned", ""); });
  EXPECT_EQ(IntHook(fails).CallExpected(1).error().message(), "returned");
}

TEST(NativeFunction, PackedResultsAreConvertedOrRejected) {
  TypedFunction<int64_t(int64_t)> as_bool(Function::FromTyped([](int64_t x) { return x != 0; }));
  EXPECT_EQ(IntHook(as_bool)(3), 1);
  TypedFunction<int64_t(int64_t)> as_text(
      Function::FromTyped([](int64_t) { return String("text"); }));
  EXPECT_EQ(MessageOf([&] {
              IntHook hook(as_text);
              hook(3);
            }),
            "TypeError: Packed hook result type mismatch");
  TypedFunction<void(const Any&)> not_void(Function::FromTyped([](Any) { return 1; }));
  EXPECT_EQ(VoidHook(not_void).CallExpected(Any()).error().message(),
            "Packed hook result type mismatch");
}

TEST(NativeFunction, NullFunctionsAreRejected) {
  TypedFunction<int64_t(int64_t)> null;
  EXPECT_EQ(MessageOf([&] { IntHook hook(null); }),
            "ValueError: Check failed: (packed != nullptr) is false: NativeFunctionView requires a "
            "non-null typed function");
  static_assert(!std::is_default_constructible_v<IntHook>);
  static_assert(!std::is_constructible_v<IntHook, std::nullptr_t>);
  static_assert(!std::is_constructible_v<IntHook, TypedFunction<int64_t(int64_t)>&&>);
}

TEST(NativeFunction, OwnedHookKeepsTheFunction) {
  TypedFunction<int64_t(int64_t)> twice([](int64_t x) { return 2 * x; });
  OwnedIntHook owned(twice);
  EXPECT_EQ(twice.packed().use_count(), 2);
  twice = TypedFunction<int64_t(int64_t)>();
  EXPECT_EQ(owned(3), 6);
  EXPECT_EQ(OwnedIntHook::FromNative<&PlusOne>()(3), 4);
  EXPECT_EQ(OwnedIntHook::From(IntHook::FromNative<&PlusOne>()).CallExpected(3).value(), 4);
}

TEST(NativeFunction, AnyHoldsPointerOrFunction) {
  Any native = IntHook::FromNative<&PlusOne>();
  EXPECT_EQ(native.GetTypeKey(), "void*");
  EXPECT_EQ(native.cast<IntHook>()(1), 2);
  TypedFunction<int64_t(int64_t)> twice([](int64_t x) { return 2 * x; });
  Any packed = OwnedIntHook(twice);
  EXPECT_EQ(packed.GetTypeKey(), "ffi.Function");
  EXPECT_EQ(packed.cast<OwnedIntHook>()(4), 8);
  OwnedIntHook moved = std::move(packed).cast<OwnedIntHook>();
  EXPECT_TRUE(packed == nullptr);
  EXPECT_EQ(twice.packed().use_count(), 2);
  EXPECT_EQ(moved(5), 10);
}

TEST(NativeFunction, OtherValuesDoNotConvert) {
  EXPECT_EQ(MessageOf([] { Any(3).cast<IntHook>(); }),
            "TypeError: Cannot convert from type `int` to `Variant<void*, (0: int) -> int>`");
  EXPECT_FALSE(Any(static_cast<void*>(nullptr)).try_cast<IntHook>().has_value());
  EXPECT_FALSE(Any().try_cast<OwnedIntHook>().has_value());
  EXPECT_EQ(TypeTraits<IntHook>::TypeSchema(),
            R"({"type":"Variant","args":[{"type":"void*"},{"type":"ffi.Function","named_args":)"
            R"({"return":[{"type":"int"}],"params":[{"type":"int"}]}}]})");
  EXPECT_EQ(TypeTraits<OwnedIntHook>::field_static_type_index, -1);
}

class HookedObj : public Object {
 public:
  int64_t id = 0;
  explicit HookedObj(int64_t id) : id(id) {}
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("test.native.Hooked", HookedObj, Object);
};

Expected<int64_t> HashById(const Any& value) noexcept { return value.as<HookedObj>()->id; }
bool EqualById(const Any& lhs, const Any& rhs) {
  return lhs.as<HookedObj>()->id == rhs.as<HookedObj>()->id;
}

TEST(NativeFunction, ServesAsAnyHashAndEqualHook) {
  refl::TypeAttrDef<HookedObj>()
      .native_fn_attr<&HashById>(type_attr::kAnyHash)
      .native_fn_attr<&EqualById>(type_attr::kAnyEqual);
  Any a = ObjectRef(make_object<HookedObj>(7));
  Any b = ObjectRef(make_object<HookedObj>(7));
  Any c = ObjectRef(make_object<HookedObj>(8));
  EXPECT_EQ(AnyHash()(a), AnyHash()(b));
  EXPECT_TRUE(AnyEqual()(a, b));
  EXPECT_FALSE(AnyEqual()(a, c));
}

}  // namespace
