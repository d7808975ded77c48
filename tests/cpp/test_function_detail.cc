// SPDX-License-Identifier: Apache-2.0
// Behaviour of function_detail.h and of the classes behind Function: which signatures exist, how
// arguments are converted, and the function objects themselves.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/base_detail.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/memory.h>

#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "core_objects.h"
#include "value_checks.h"

namespace {

using namespace core_tests;
using value_checks::kEquates;

int Twice(int x) { return 2 * x; }
int Never(int) noexcept { return 0; }

struct Plain {
  int operator()(int x) const { return x; }
};
struct Overloaded {
  int operator()(int x) const { return x; }
  int operator()(double) const { return 0; }
};
struct Method : public Object {
  int Get() { return 0; }
};
struct RefMethod : public ObjectRef {
  void Set(int) {}
};

template <typename T, typename = void>
constexpr bool kHasSignature = false;
template <typename T>
constexpr bool kHasSignature<T, std::void_t<typename detail::FunctionInfo<T>::FType>> = true;

TEST(FunctionInfo, KnowsFunctionsFunctorsAndMethods) {
  using detail::FunctionInfo;
  EXPECT_TRUE((std::is_same_v<FunctionInfo<Plain>::FType, int(int)>));
  EXPECT_TRUE((std::is_same_v<FunctionInfo<std::function<void(int)>>::FType, void(int)>));
  EXPECT_TRUE((std::is_same_v<FunctionInfo<decltype(Twice)>::FType, int(int)>));
  EXPECT_TRUE((std::is_same_v<FunctionInfo<decltype((Twice))>::FType, int(int)>));
  EXPECT_TRUE((std::is_same_v<FunctionInfo<decltype(&Twice)>::RetType, int>));
  EXPECT_TRUE((std::is_same_v<FunctionInfo<decltype(&Method::Get)>::FType, int(Method*)>));
  EXPECT_TRUE(
      (std::is_same_v<FunctionInfo<decltype(&RefMethod::Set)>::FType, void(RefMethod, int)>));
  EXPECT_TRUE(FunctionInfo<Plain>::unpacked_supported);
  EXPECT_FALSE((FunctionInfo<int(int&)>::unpacked_supported));
  EXPECT_FALSE((FunctionInfo<AnyView()>::unpacked_supported));
}

TEST(FunctionInfo, HasNoneOfNoexceptGenericOrOverloadedCallables) {
  [[maybe_unused]] auto generic = [](auto x) { return x; };
  EXPECT_FALSE(kHasSignature<decltype(&Never)>);
  EXPECT_FALSE(kHasSignature<decltype(generic)>);
  EXPECT_FALSE(kHasSignature<Overloaded>);
}

TEST(FunctionInfo, TextsMayBeWrittenPieceByPiece) {
  std::ostringstream os;
  using Args = std::tuple<int, String, const Any&>;
  detail::Arg2Str<Args>::Run(os, std::make_index_sequence<3>());
  EXPECT_EQ(os.str(), "0: int, 1: str, 2: Any");
  std::ostringstream one;
  detail::Arg2Str<Args>::Apply<1>(one);
  EXPECT_EQ(one.str(), ", 1: str");
}

TEST(UnpackCall, LeavesTheResultOfVoidFunctionsAlone) {
  const AnyView args[] = {3};
  Any result = 17;
  const std::string name = "named";
  auto nothing = [](int) {};
  detail::unpack_call<void>(std::index_sequence<0>(), &name, nothing, args, 1, &result);
  EXPECT_EQ(result.cast<int>(), 17);
  detail::unpack_call<int>(std::index_sequence<0>(), nullptr, Twice, args, 1, &result);
  EXPECT_EQ(result.cast<int>(), 6);
  EXPECT_EQ(CatchError([&] {
              detail::unpack_call<void>(std::index_sequence<0>(), &name, nothing, args, 0, &result);
            }).message(),
            "Mismatched number of arguments when calling: `named(0: int) -> void`. Expected 1 but "
            "got 0 arguments");
}

TEST(UnpackCall, ReportsTheLastOfSeveralMismatches) {
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
  const char* two = "#1 when calling";
  const char* three = "#2 when calling";
#else
  const char* two = " when calling";
  const char* three = " when calling";
#endif
  Function f2 = Function::FromTyped([](int, int) {});
  Function f3 = Function::FromTyped([](int, int, int) {});
  EXPECT_NE(CatchError([&] { f2("a", "b"); }).message().find(two), std::string::npos);
  EXPECT_NE(CatchError([&] { f3("a", "b", "c"); }).message().find(three), std::string::npos);
}

TEST(UnpackCall, NamesTensorPointersAndConvertsBools) {
  DLTensor tensor{};
  Function f = Function::FromTyped(Twice);
  EXPECT_EQ(CatchError([&] { f(&tensor); }).message(),
            "Mismatched type on argument #0 when calling: `(0: int) -> int`. Expected `int` but "
            "got `DLTensor*`");
  EXPECT_EQ(f(true).cast<int>(), 2);
}

TEST(UnpackCall, AnyParametersOwnAndViewsBorrow) {
  IntRef ref(1);
  Function f = Function::FromTyped([&](Any owned, AnyView view) {
    EXPECT_EQ(ref.use_count(), 2);
    EXPECT_TRUE(owned.same_as(ref));
    EXPECT_EQ(view.type_index(), ref.type_index());
  });
  f(ref, ref);
}

// ---- function objects ----

TEST(FunctionObjects, AreAsLargeAsConsumersExpect) {
  struct Byte {
    char value;
    void operator()(const AnyView*, int32_t, Any*) {}
  };
  struct alignas(32) Wide {
    void operator()(const AnyView*, int32_t, Any*) {}
  };
  EXPECT_EQ(sizeof(detail::ExternCFunctionObjNullHandleImpl), 40u);
  EXPECT_EQ(sizeof(detail::ExternCFunctionObjImpl), 64u);
  EXPECT_EQ(sizeof(detail::FunctionObjImpl<Byte>), 48u);
  EXPECT_EQ(alignof(detail::FunctionObjImpl<Wide>), 32u);
  EXPECT_FALSE(std::is_copy_constructible_v<detail::FunctionObjImpl<Byte>>);
  EXPECT_TRUE((std::is_same_v<std::remove_const_t<decltype(FunctionObj::_type_index)>, uint32_t>));
  EXPECT_EQ(FunctionObj::_type_index, 68u);
  EXPECT_FALSE(FunctionObj::_type_final);
}

TEST(FunctionObjects, KeepAWellAlignedCallable) {
  struct alignas(32) Wide {
    int64_t value;
    void operator()(const AnyView*, int32_t, Any* rv) const {
      *rv = static_cast<int64_t>(reinterpret_cast<uintptr_t>(this) % 32) + value;
    }
  };
  auto [func, callable] = Function::FromPackedInplace<Wide>(Wide{5});
  EXPECT_EQ(func().cast<int>(), 5);
  auto* impl = static_cast<detail::FunctionObjImpl<Wide>*>(const_cast<FunctionObj*>(func.get()));
  EXPECT_EQ(impl->GetCallable(), callable);
}

TEST(FunctionObjects, ReportIndex68WhateverTheyAre) {
  auto safe_call = [](void*, const TVMFFIAny*, int32_t, TVMFFIAny*) { return 0; };
  int state = 0;
  for (const Function& f :
       {Function::FromTyped(Twice), Function::FromExternC(nullptr, safe_call, nullptr),
        Function::FromExternC(&state, safe_call, nullptr)}) {
    EXPECT_EQ(f.type_index(), TypeIndex::kTVMFFIFunction);
    EXPECT_EQ(f.GetTypeKey(), "ffi.Function");
  }
}

TEST(FunctionObjects, AreCalledThroughEitherMember) {
  Function f = Function::FromPacked([](PackedArgs args, Any* rv) { *rv = args.size(); });
  AnyView views[3];
  PackedArgs::Fill(views, 1, "two", 3.0);
  Any result;
  f.CallPacked(views, 2, &result);
  EXPECT_EQ(result.cast<int>(), 2);
  f.CallPacked(PackedArgs(views, 3), &result);
  EXPECT_EQ(result.cast<int>(), 3);
  result = nullptr;
  f.get()->CallPacked(views, 1, &result);
  EXPECT_EQ(result.cast<int>(), 1);
}

TEST(PackedArgsTest, FillStoresViewsOfTheArguments) {
  AnyView views[3];
  IntRef ref(1);
  const std::string text = "text";
  PackedArgs::Fill(views, ref, text, nullptr);
  EXPECT_EQ(ref.use_count(), 1) << "nothing is owned";
  EXPECT_EQ(views[0].cast<IntRef>().get(), ref.get());
  EXPECT_EQ(views[1].type_index(), TypeIndex::kTVMFFIRawStr);
  EXPECT_EQ(views[1].cast<const char*>(), text.c_str());
  const PackedArgs args(views, 3);
  EXPECT_EQ(args.data(), views);
  EXPECT_EQ(args.Slice(1, 3).data(), views + 1);
  EXPECT_EQ(args.Slice(3).size(), 0);
  EXPECT_TRUE(args[2] == nullptr);
}

TEST(FunctionClass, ComparesWithNullOnly) {
  EXPECT_TRUE((kEquates<Function, std::nullptr_t>));
  EXPECT_FALSE((kEquates<Function, Function>)) << "same_as says it";
  EXPECT_TRUE(Function() == nullptr && Function(nullptr) == nullptr);
  Function f = Function::FromTyped(Twice);
  EXPECT_TRUE(f != nullptr && f.same_as(f));
  EXPECT_EQ(static_cast<Function::Registry*>(nullptr), nullptr);  // declared, nothing more
  EXPECT_TRUE((std::is_same_v<Function::ContainerType, FunctionObj>));
}

TEST(FunctionClass, GlobalsAreFoundByEveryKindOfText) {
  constexpr const char* kName = "ffi.String";
  for (const std::optional<Function>& f :
       {Function::GetGlobal(kName), Function::GetGlobal(std::string(kName)),
        Function::GetGlobal(String(kName)), Function::GetGlobal(std::string_view(kName)),
        std::optional<Function>(Function::GetGlobalRequired(kName)),
        std::optional<Function>(Function::GetGlobalRequired(std::string(kName))),
        std::optional<Function>(Function::GetGlobalRequired(String(kName))),
        std::optional<Function>(Function::GetGlobalRequired(std::string_view(kName)))}) {
    ASSERT_TRUE(f.has_value());
    EXPECT_EQ((*f)("x").cast<String>(), "x");
  }
  EXPECT_EQ(
      CatchError([] { Function::GetGlobalRequired(std::string("core_tests.absent")); }).message(),
      "Function core_tests.absent not found");
}

TEST(TypedFunctionClass, UnwrapsToTheFunctionItHolds) {
  using F = TypedFunction<int(int)>;
  EXPECT_TRUE((std::is_same_v<F::TSelf, F>));
  Function inner = Function::FromTyped(Twice);
  F f = inner;
  Function back = f;
  EXPECT_TRUE(back.same_as(inner));
  EXPECT_TRUE(f.packed().same_as(inner));
  Function taken = std::move(f).packed();
  EXPECT_TRUE(taken.same_as(inner));
  EXPECT_TRUE(F() == nullptr && F(nullptr) == nullptr && F(inner) != nullptr);
}

}  // namespace
