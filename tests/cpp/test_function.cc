// SPDX-License-Identifier: Apache-2.0
// Behaviour of function.h and function_detail.h: calls, argument errors, globals, typed functions
// and the exported C symbols.
#define TVM_FFI_DLL_EXPORT_INCLUDE_METADATA 1

#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/memory.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core_objects.h"

namespace {

using namespace core_tests;

TEST(FunctionLayout, MatchesTheCell) {
  EXPECT_EQ(sizeof(FunctionObj), 40u);
  EXPECT_EQ(sizeof(Function), 8u);
  EXPECT_EQ(sizeof(TypedFunction<int(int)>), 8u);
  EXPECT_EQ(sizeof(PackedArgs), 16u);
  EXPECT_TRUE(std::is_nothrow_move_constructible_v<Function>);
  EXPECT_TRUE((std::is_nothrow_move_constructible_v<TypedFunction<int(int)>>));
  Function f = Function::FromTyped([] { return 1; });
  auto* handle = const_cast<Object*>(static_cast<const Object*>(f.get()));
  TVMFFIFunctionCell* cell = TVMFFIFunctionGetCellPtr(handle);
  EXPECT_NE(cell->safe_call, nullptr);
  EXPECT_NE(cell->cpp_call, nullptr);
  EXPECT_EQ(f.type_index(), TypeIndex::kTVMFFIFunction);
}

TEST(FunctionPacked, AcceptsBothPackedForms) {
  Function args_form = Function::FromPacked([](PackedArgs args, Any* rv) {
    EXPECT_EQ(args.size(), 3);
    EXPECT_EQ(args[0].cast<int>(), 1);
    EXPECT_EQ(args.Slice(1).size(), 2);
    EXPECT_EQ(args.Slice(1, 2)[0].cast<double>(), 2.5);
    *rv = args[2];
  });
  EXPECT_EQ(args_form(1, 2.5, "three").cast<String>(), "three");
  Function raw_form = Function::FromPacked(
      [](const AnyView* args, int32_t num_args, Any* rv) { *rv = num_args + args[0].cast<int>(); });
  EXPECT_EQ(raw_form(10, nullptr).cast<int>(), 12);
  Function via_constructor([](PackedArgs args, Any* rv) { *rv = args.size(); });
  EXPECT_EQ(via_constructor().cast<int>(), 0);
}

TEST(FunctionPacked, KeepsMutableAndMoveOnlyCallables) {
  Function counter =
      Function::FromPacked([count = 0](PackedArgs, Any* rv) mutable { *rv = ++count; });
  counter();
  EXPECT_EQ(counter().cast<int>(), 2);
  Function owner =
      Function::FromPacked([p = std::make_unique<int>(5)](PackedArgs, Any* rv) { *rv = *p; });
  EXPECT_EQ(owner().cast<int>(), 5);
  Function typed = Function::FromTyped([p = std::make_unique<int>(6)] { return *p; });
  EXPECT_EQ(typed().cast<int>(), 6);
}

struct Accumulator {
  int total;
  explicit Accumulator(int start) : total(start) {}
  void operator()(const AnyView* args, int32_t num_args, Any* rv) {
    for (int32_t i = 0; i < num_args; ++i) total += args[i].cast<int>();
    *rv = total;
  }
};

TEST(FunctionPacked, InplaceCallableStaysReachable) {
  auto [func, accumulator] = Function::FromPackedInplace<Accumulator>(100);
  EXPECT_EQ(func(1, 2).cast<int>(), 103);
  EXPECT_EQ(accumulator->total, 103);
  accumulator->total = 0;
  EXPECT_EQ(func(5).cast<int>(), 5);
}

TEST(FunctionPacked, ArgumentsAreBorrowed) {
  IntRef ref(12);
  Function f = Function::FromPacked([&](PackedArgs args, Any* rv) {
    EXPECT_EQ(ref.use_count(), 1);
    EXPECT_EQ(args[1].type_index(), TypeIndex::kTVMFFIRawStr);
    IntRef inner = args[0].cast<IntRef>();
    EXPECT_EQ(inner.use_count(), 2);
    *rv = inner;
  });
  Any result = f(ref, "text");
  EXPECT_EQ(ref.use_count(), 2);
  EXPECT_TRUE(result.same_as(ref));
}

int AddOne(const int& x) { return x + 1; }

TEST(FunctionTyped, ConvertsArgumentsAndResults) {
  Function add =
      Function::FromTyped([](int64_t a, double b) { return static_cast<double>(a) + b; });
  EXPECT_EQ(add(1, 2).cast<double>(), 3.0);
  EXPECT_EQ(add(true, 2.5).cast<double>(), 3.5);
  Function pointer = Function::FromTyped(AddOne);
  EXPECT_EQ(pointer(4).cast<int>(), 5);
  Function pass = Function::FromTyped([](const Any& a, AnyView b, Any&& c) -> Any {
    EXPECT_EQ(a.type_index(), TypeIndex::kTVMFFISmallStr) << "owned strings are copied";
    EXPECT_EQ(b.type_index(), TypeIndex::kTVMFFIRawStr);
    return std::move(c);
  });
  EXPECT_EQ(pass("a", "b", 3).cast<int>(), 3);
  Function std_function = Function::FromTyped(std::function<int(int)>([](int x) { return -x; }));
  EXPECT_EQ(std_function(2).cast<int>(), -2);
}

TEST(FunctionTyped, VoidLeavesTheResultNone) {
  int seen = 0;
  Function f = Function::FromTyped([&seen](int x) { seen = x; });
  EXPECT_TRUE(f(7) == nullptr);
  EXPECT_EQ(seen, 7);
}

TEST(FunctionTyped, NullReferencesPassAsNone) {
  Function f = Function::FromTyped(
      [](IntRef a, ObjectPtr<IntObj> b) { return !a.defined() && b == nullptr; });
  EXPECT_TRUE(f(nullptr, nullptr).cast<bool>());
  EXPECT_TRUE(f(IntRef(ObjectPtr<IntObj>(nullptr)), ObjectPtr<IntObj>()).cast<bool>());
}

TEST(FunctionTyped, NumbersConvertAsTheirTraitsSay) {
  Function to_float = Function::FromTyped([](float x) { return x; });
  EXPECT_EQ(to_float(1.5).cast<double>(), 1.5);
  EXPECT_EQ(to_float(2).cast<double>(), 2.0);
  EXPECT_EQ(to_float(true).cast<double>(), 1.0);
  Function to_int = Function::FromTyped([](const int8_t& x) { return x; });
  EXPECT_EQ(to_int(true).cast<int>(), 1);
  EXPECT_EQ(to_int(257).cast<int>(), 1);
  EXPECT_EQ(CatchError([&] { to_float("x"); }).message(),
            "Mismatched type on argument #0 when calling: `(0: float) -> float`. Expected `float` "
            "but got `const char*`");
}

TEST(FunctionErrors, ArgumentTypeIsNamed) {
  Function f = Function::FromTyped(AddOne);
  const std::string prefix =
      "Mismatched type on argument #0 when calling: `(0: int) -> int`. Expected `int` but got ";
  auto text = [&](auto&& arg) { return CatchError([&] { f(arg); }).message(); };
  EXPECT_EQ(text(1.1), prefix + "`float`");
  EXPECT_EQ(text("x"), prefix + "`const char*`");
  EXPECT_EQ(text(nullptr), prefix + "`None`");
  EXPECT_EQ(text(IntRef(1)), prefix + "`core_tests.Int`");
  EXPECT_EQ(CatchError([&] { f(1.1); }).kind(), "TypeError");
  Function strict = Function::FromTyped([](FloatRef) {});
  EXPECT_EQ(CatchError([&] { strict(nullptr); }).message(),
            "Mismatched type on argument #0 when calling: `(0: core_tests.Float) -> void`. "
            "Expected `core_tests.Float` but got `None`");
  Function array = Function::FromTyped([](Array<int>) { return 0; });
  EXPECT_EQ(CatchError([&] {
              array(Array<Any>({1, "x"}));
            }).message(),
            "Mismatched type on argument #0 when calling: `(0: Array<int>) -> int`. Expected "
            "`Array<int>` but got `Array[index 1: ffi.SmallStr]`");
}

TEST(FunctionErrors, ArgumentCountIsNamed) {
  Function f = Function::FromTyped(AddOne);
  EXPECT_EQ(CatchError([&] { f(); }).message(),
            "Mismatched number of arguments when calling: `(0: int) -> int`. Expected 1 but got 0 "
            "arguments");
  EXPECT_EQ(CatchError([&] { f(1, 2); }).kind(), "TypeError");
  Function named =
      Function::FromTyped([](const IntRef&, int, AnyView) -> Function { return Function(nullptr); },
                          "fpass_and_return");
  EXPECT_EQ(CatchError([&] { named(); }).message(),
            "Mismatched number of arguments when calling: `fpass_and_return(0: core_tests.Int, "
            "1: int, 2: AnyView) -> ffi.Function`. Expected 3 but got 0 arguments");
  EXPECT_EQ(CatchError([&] { named(IntRef(1), "x", 1); }).message(),
            "Mismatched type on argument #1 when calling: `fpass_and_return(0: core_tests.Int, "
            "1: int, 2: AnyView) -> ffi.Function`. Expected `int` but got `const char*`");
}

TEST(FunctionErrors, ExceptionsCrossCppCallsUnchanged) {
  Function f = Function::FromTyped([] { throw std::runtime_error("plain"); });
  EXPECT_THROW(f(), std::runtime_error);
  Any result;
  EXPECT_EQ(TVMFFIFunctionCall(const_cast<FunctionObj*>(f.get()), nullptr, 0,
                               reinterpret_cast<TVMFFIAny*>(&result)),
            -1);
  Error error = detail::MoveFromSafeCallRaised();
  EXPECT_EQ(error.kind(), "InternalError");
  EXPECT_EQ(error.message(), "plain");
}

TEST(FunctionErrors, SafeCallRefusesAnOccupiedResult) {
  Function f = Function::FromTyped([] { return 1; });
  IntRef ref(1);
  TVMFFIAny result = AnyView(ref).CopyToTVMFFIAny();
  FunctionObj* obj = const_cast<FunctionObj*>(f.get());
  EXPECT_EQ(obj->safe_call(obj, nullptr, 0, &result), -1);
  Error error = detail::MoveFromSafeCallRaised();
  EXPECT_EQ(error.kind(), "InternalError");
  EXPECT_EQ(error.message(),
            "Check failed: result->type_index < TypeIndex::kTVMFFIStaticObjectBegin (" +
                std::to_string(ref.type_index()) + " vs. 64) : ");
}

TEST(FunctionErrors, CallingANullFunctionIsATypeError) {
  Function null;
  const Error error = CatchError([&] { null(1); });
  EXPECT_EQ(error.kind(), "TypeError");
  EXPECT_EQ(error.message(), "Cannot call a null Function");
  EXPECT_TRUE(null.CallExpected<int>(1).is_err());
}

// ---- C functions ----

int CReturnSelf(void* self, const TVMFFIAny*, int32_t num_args, TVMFFIAny* result) {
  result->type_index = TypeIndex::kTVMFFIOpaquePtr;
  result->v_ptr = self;
  if (num_args == 99) return 1;
  return 0;
}

int CFails(void*, const TVMFFIAny*, int32_t, TVMFFIAny*) {
  TVMFFIErrorSetRaisedFromCStr("KeyError", "from C");
  return 1;
}

TEST(FunctionExternC, ReceivesItsStateOrItsHandle) {
  Function stateless = Function::FromExternC(nullptr, CReturnSelf, nullptr);
  EXPECT_EQ(stateless().cast<void*>(), static_cast<const void*>(stateless.get()));
  EXPECT_EQ(stateless.get()->cpp_call, nullptr);
  EXPECT_EQ(stateless.get()->safe_call, &CReturnSelf);
  static int deleted = 0;
  int state = 0;
  {
    Function f = Function::FromExternC(&state, CReturnSelf, [](void*) { ++deleted; });
    EXPECT_EQ(f().cast<void*>(), &state);
    EXPECT_EQ(deleted, 0);
  }
  EXPECT_EQ(deleted, 1);
  {
    Function f = Function::FromExternC(nullptr, CReturnSelf, [](void*) { ++deleted; });
    EXPECT_EQ(f().cast<void*>(), nullptr);
  }
  EXPECT_EQ(deleted, 2);
}

TEST(FunctionExternC, ErrorsOfCFunctionsAreThrown) {
  Function f = Function::FromExternC(nullptr, CFails, nullptr);
  EXPECT_EQ(CatchError([&] { f(); }).kind(), "KeyError");
  int state = 0;
  EXPECT_EQ(Function::InvokeExternC(&state, CReturnSelf, 1, "two").cast<void*>(), &state);
  EXPECT_EQ(CatchError([] { Function::InvokeExternC(nullptr, CFails); }).message(), "from C");
}

// ---- globals ----

TEST(FunctionGlobal, RegistersFindsAndRemoves) {
  Function f = Function::FromTyped(AddOne);
  Function::SetGlobal("core_tests.add_one", f);
  EXPECT_EQ(f.use_count(), 2);
  EXPECT_TRUE(Function::GetGlobal("core_tests.add_one").has_value());
  EXPECT_TRUE(Function::GetGlobal(std::string("core_tests.add_one"))->same_as(f));
  EXPECT_TRUE(Function::GetGlobal(String("core_tests.add_one")).has_value());
  EXPECT_EQ(Function::GetGlobalRequired(std::string_view("core_tests.add_one"))(1).cast<int>(), 2);
  std::vector<String> names = Function::ListGlobalNames();
  EXPECT_EQ(std::count(names.begin(), names.end(), String("core_tests.add_one")), 1);

  Error taken = CatchError([&] { Function::SetGlobal("core_tests.add_one", f); });
  EXPECT_EQ(taken.kind(), "RuntimeError");
  EXPECT_EQ(taken.message(), "Global Function `core_tests.add_one` is already registered");
  Function::SetGlobal("core_tests.add_one", Function::FromTyped([] { return 0; }), true);
  EXPECT_EQ(f.use_count(), 1);

  Function::RemoveGlobal("core_tests.add_one");
  Function::RemoveGlobal("core_tests.add_one");
  EXPECT_FALSE(Function::GetGlobal("core_tests.add_one").has_value());
  Error missing = CatchError([] { Function::GetGlobalRequired("core_tests.add_one"); });
  EXPECT_EQ(missing.kind(), "ValueError");
  EXPECT_EQ(missing.message(), "Function core_tests.add_one not found");
}

TEST(FunctionGlobal, TypeKeysResolve) {
  EXPECT_EQ(TypeKeyToIndex("core_tests.Int"), IntObj::RuntimeTypeIndex());
  EXPECT_EQ(TypeKeyToIndex("ffi.Function"), TypeIndex::kTVMFFIFunction);
  EXPECT_EQ(CatchError([] { TypeKeyToIndex("core_tests.Nobody"); }).message(),
            "Check failed: (it != type_key2index_.end()) is false: Cannot find type "
            "`core_tests.Nobody`");
}

// ---- expected results ----

TEST(FunctionExpected, ErrorsAreValues) {
  Function f = Function::FromTyped([](int x) -> Any {
    if (x == 0) TVM_FFI_THROW(ValueError) << "zero";
    if (x == 1) return Error("KeyError", "returned", "");
    if (x == 2) return String("text of some length");
    return x;
  });
  EXPECT_EQ(f.CallExpected<int>(5).value(), 5);
  EXPECT_EQ(f.CallExpected<double>(5).value(), 5.0) << "results convert";
  EXPECT_EQ(f.CallExpected<int>(0).error().kind(), "ValueError");
  EXPECT_EQ(f.CallExpected<int>(1).error().kind(), "KeyError");
  EXPECT_TRUE(f.CallExpected(1).is_err()) << "an error result counts as an error";
  EXPECT_EQ(f.CallExpected(5).value().cast<int>(), 5);
  Error mismatch = f.CallExpected<int>(2).error();
  EXPECT_EQ(mismatch.kind(), "TypeError");
  EXPECT_EQ(mismatch.message(),
            "CallExpected: result type mismatch, expected int, but got ffi.String");
  EXPECT_EQ(mismatch.backtrace(), "");
  EXPECT_EQ(f.CallExpected<String>(5).error().message(),
            "CallExpected: result type mismatch, expected str, but got int");
  EXPECT_EQ(f.CallExpected<int>("not an int").error().kind(), "TypeError");
}

TEST(FunctionExpected, VoidAcceptsNoneOnly) {
  Function none = Function::FromTyped([] {});
  EXPECT_TRUE(none.CallExpected<void>().is_ok());
  Function one = Function::FromTyped([] { return 1; });
  EXPECT_EQ(one.CallExpected<void>().error().message(),
            "CallExpected: result type mismatch, expected void, but got int");
  Function error = Function::FromTyped([]() -> Any { return Error("KeyError", "e", ""); });
  EXPECT_EQ(error.CallExpected<void>().error().kind(), "KeyError");
}

TEST(FunctionExpected, ForeignExceptionsBecomeInternalErrors) {
  Function f = Function::FromTyped([] { throw std::runtime_error("plain"); });
  EXPECT_EQ(f.CallExpected<int>().error().kind(), "InternalError");
}

TEST(FunctionExpected, ReturnedExpectedIsAnOrdinaryValue) {
  Function f =
      Function::FromTyped([]() -> Expected<int> { return Error("ValueError", "as a value", ""); });
  Any result = f();
  EXPECT_EQ(result.type_index(), TypeIndex::kTVMFFIError);
  EXPECT_EQ(CatchError([&] { result.cast<int>(); }).message(),
            "Cannot convert from type `ffi.Error` to `int`");
  EXPECT_EQ(f.CallExpected<int>().error().message(), "as a value");
}

// ---- typed functions ----

TEST(TypedFunctionTest, CallsAndConverts) {
  TypedFunction<int(int)> inc = [](int x) { return x + 1; };
  EXPECT_EQ(inc(1), 2);
  TypedFunction<void(int)> discard = inc;
  discard(1);
  TypedFunction<Any(int)> any = Function(inc);
  EXPECT_EQ(any(2).cast<int>(), 3);
  TypedFunction<String(int)> wrong = Function(inc);
  EXPECT_EQ(CatchError([&] { wrong(1); }).message(), "Cannot convert from type `int` to `str`");
  TypedFunction<int(int)> named([](int x) { return x; }, "ident");
  EXPECT_NE(CatchError([&] { named.packed()(); }).message().find("`ident(0: int) -> int`"),
            std::string::npos);
  inc = [](int x) { return x * 10; };
  EXPECT_EQ(inc(2), 20);
  inc = Function(nullptr);
  EXPECT_TRUE(inc == nullptr);
}

TEST(TypedFunctionTest, TravelsAsFunction) {
  TypedFunction<int(int)> inc = [](int x) { return x + 1; };
  Any any = inc;
  EXPECT_EQ(any.type_index(), TypeIndex::kTVMFFIFunction);
  EXPECT_EQ(any.cast<TypedFunction<int(int)>>()(1), 2);
  Any moved = std::move(inc);
  EXPECT_TRUE(inc == nullptr);  // NOLINT(bugprone-use-after-move)
  EXPECT_FALSE(Any().as<TypedFunction<int(int)>>().has_value());
  EXPECT_TRUE(Any().cast<TypedFunction<int(int)>>() == nullptr);
  EXPECT_EQ(Any(TypedFunction<int(int)>()).type_index(), TypeIndex::kTVMFFINone);
  Function apply = Function::FromTyped([](TypedFunction<int(int)> f, int x) { return f(x); });
  EXPECT_EQ(apply(moved, 4).cast<int>(), 5);
}

TEST(TypedFunctionTest, ConstructsFromWhatIsCallable) {
  using F = TypedFunction<int(int)>;
  auto lambda = [](int x) { return x; };
  auto other = [](const IntRef& x) { return x; };
  EXPECT_TRUE((std::is_convertible_v<decltype(lambda), F>));
  EXPECT_FALSE((std::is_convertible_v<decltype(other), F>));
  EXPECT_TRUE((std::is_convertible_v<Function, F>));
  EXPECT_TRUE((std::is_convertible_v<F, Function>));
  EXPECT_TRUE((std::is_convertible_v<std::nullptr_t, Function>));
  EXPECT_FALSE((std::is_convertible_v<decltype(lambda), Function>)) << "explicit only";
}

// ---- reflection of signatures ----

struct MethodsObj : public IntObj {
  int Get(int) const { return 0; }
  void Set(int) {}
};
struct MethodsRef : public ObjectRef {
  int Get() const { return 0; }
};

TEST(Signature, TextNamesEveryParameter) {
  EXPECT_EQ((detail::FunctionInfo<void()>::Sig()), "() -> void");
  EXPECT_EQ((detail::FunctionInfo<int (*)(int, int)>::Sig()), "(0: int, 1: int) -> int");
  EXPECT_EQ((detail::FunctionInfo<void(Array<int>, Map<String, int>, Optional<IntRef>, Any, AnyView,
                                       TypedFunction<void(int)>)>::Sig()),
            "(0: Array<int>, 1: Map<str, int>, 2: Optional<core_tests.Int>, 3: Any, 4: AnyView, "
            "5: (0: int) -> void) -> void");
  EXPECT_TRUE((std::is_same_v<detail::FunctionInfo<decltype(&MethodsObj::Get)>::FType,
                              int(const MethodsObj*, int)>));
  EXPECT_TRUE((std::is_same_v<detail::FunctionInfo<decltype(&MethodsObj::Set)>::FType,
                              void(MethodsObj*, int)>));
  EXPECT_TRUE((std::is_same_v<detail::FunctionInfo<decltype(&MethodsRef::Get)>::ArgType,
                              std::tuple<const MethodsRef>>));
  EXPECT_EQ((detail::FunctionInfo<int(int, int)>::num_args), 2u);
}

TEST(Signature, SchemaHasNamedArgs) {
  EXPECT_EQ((detail::FunctionInfo<int(int, String)>::TypeSchema()),
            R"({"type":"ffi.Function","named_args":{"return":[{"type":"int"}],)"
            R"("params":[{"type":"int"},{"type":"ffi.String"}]}})");
  EXPECT_EQ((TypedFunction<void()>::TypeSchema()),
            R"({"type":"ffi.Function","named_args":{"return":[{"type":"None"}],"params":[]}})");
  EXPECT_EQ(detail::TypeSchema<Function>::v(), R"({"type":"ffi.Function"})");
}

TEST(Signature, UnsupportedTypesAreKnown) {
  EXPECT_TRUE(detail::ArgSupported<const int&>);
  EXPECT_TRUE(detail::ArgSupported<String&&>);
  EXPECT_TRUE(detail::ArgSupported<const Any>);
  EXPECT_FALSE(detail::ArgSupported<int&>);
  EXPECT_FALSE(detail::ArgSupported<const String&&>);
  EXPECT_FALSE(detail::ArgSupported<std::vector<int>*>);
  EXPECT_TRUE(detail::RetSupported<void>);
  EXPECT_FALSE(detail::RetSupported<AnyView>);
  EXPECT_FALSE(detail::RetSupported<const int&>);
}

}  // namespace

// ---- exported symbols ----

namespace {

int ExportedAdd(int a, int b) { return a + b; }
// Named like a parameter of the generated function, which must not hide it.
const auto args = [](int x) { return x; };

}  // namespace

#define CORE_TESTS_RENAMED core_tests_renamed

TVM_FFI_DLL_EXPORT_TYPED_FUNC(core_tests_my_add, ExportedAdd)
TVM_FFI_DLL_EXPORT_TYPED_FUNC_DOC(core_tests_my_add, "Adds two \"numbers\".")
TVM_FFI_DLL_EXPORT_TYPED_FUNC(core_tests_args, args)
TVM_FFI_DLL_EXPORT_TYPED_FUNC(CORE_TESTS_RENAMED, ExportedAdd)

namespace {

using tvm::ffi::Any;
using tvm::ffi::Function;

TEST(ExportedFunction, UnpacksAndNamesItself) {
  EXPECT_EQ(Function::InvokeExternC(nullptr, __tvm_ffi_core_tests_my_add, 1, 2).cast<int>(), 3);
  EXPECT_EQ(Function::InvokeExternC(nullptr, __tvm_ffi_core_tests_args, 7).cast<int>(), 7);
  Error error =
      CatchError([] { Function::InvokeExternC(nullptr, __tvm_ffi_core_tests_my_add, 1, "2"); });
  EXPECT_EQ(error.message(),
            "Mismatched type on argument #1 when calling: `core_tests_my_add(0: int, 1: int) -> "
            "int`. Expected `int` but got `const char*`");
}

TEST(ExportedFunction, CarriesMetadataAndDoc) {
  String metadata =
      Function::InvokeExternC(nullptr, __tvm_ffi__metadata_core_tests_my_add).cast<String>();
  EXPECT_EQ(std::string(metadata),
            R"({"type_schema":"{\"type\":\"ffi.Function\",\"named_args\":{\"return\":)"
            R"([{\"type\":\"int\"}],\"params\":[{\"type\":\"int\"},{\"type\":\"int\"}]}}"})");
  EXPECT_EQ(Function::InvokeExternC(nullptr, __tvm_ffi__doc_core_tests_my_add).cast<String>(),
            "Adds two \"numbers\".");
}

TEST(ExportedFunction, MacroNamesExpandInTheFunctionSymbolOnly) {
  EXPECT_EQ(Function::InvokeExternC(nullptr, __tvm_ffi_core_tests_renamed, 1, 2).cast<int>(), 3);
  EXPECT_NE(Function::InvokeExternC(nullptr, __tvm_ffi__metadata_CORE_TESTS_RENAMED), nullptr);
}

}  // namespace
