// SPDX-License-Identifier: Apache-2.0
// Structural equality and hash: the fixed hash values, the kinds of classes, variables, maps,
// tensors, mismatch paths and hooks.
#include <gtest/gtest.h>
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/extra/structural_equal.h>
#include <tvm/ffi/extra/structural_hash.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "structural_testing.h"

namespace {

using namespace structural_testing;  // NOLINT(google-build-using-namespace)

struct HostMemory {
  void AllocData(DLTensor* tensor) { tensor->data = std::malloc(GetDataSize(*tensor)); }
  void FreeData(DLTensor* tensor) { std::free(tensor->data); }
};

template <typename T>
Tensor MakeTensor(Shape shape, DLDataType dtype, const std::vector<T>& data,
                  DLDeviceType device = kDLCPU) {
  Tensor tensor = Tensor::FromNDAlloc(HostMemory(), shape, dtype, DLDevice{device, 0});
  std::copy(data.begin(), data.end(), static_cast<T*>(tensor.data_ptr()));
  return tensor;
}

constexpr DLDataType kFloat32{kDLFloat, 32, 1};
constexpr DLDataType kInt64{kDLInt, 64, 1};

uint64_t Hash(const Any& value, bool map_free_vars = false, bool skip = false) {
  return StructuralHash::Hash(value, map_free_vars, skip);
}
bool Equal(const Any& lhs, const Any& rhs, bool map_free_vars = false) {
  return StructuralEqual::Equal(lhs, rhs, map_free_vars);
}

std::string PathText(const reflection::AccessPath& path) {
  std::string text = "<root>";
  for (const reflection::AccessStep& step : path->ToSteps()) {
    text += "/" + std::to_string(static_cast<int>(step->kind)) + ":";
    if (auto name = step->key.as<String>()) text += std::string(*name);
    if (auto index = step->key.as<int64_t>()) text += std::to_string(*index);
  }
  return text;
}

// Both paths of the first mismatch, with steps as `kind:key`.
std::string Mismatch(const Any& lhs, const Any& rhs, bool map_free_vars = false) {
  auto pair = StructuralEqual::GetFirstMismatch(lhs, rhs, map_free_vars);
  if (!pair.has_value()) return "equal";
  return PathText((*pair).get<0>()) + " " + PathText((*pair).get<1>());
}

TEST(StructuralHash, PlainValuesHaveFixedHashes) {
  EXPECT_EQ(Hash(nullptr), 0x000000009e3779b9u);
  EXPECT_EQ(Hash(true), 0x000000009e377a38u);
  EXPECT_EQ(Hash(false), 0x000000009e377a3bu);
  EXPECT_EQ(Hash(0), 0x000000009e3779f8u);
  EXPECT_EQ(Hash(42), 0x000000009e377a22u);
  EXPECT_EQ(Hash(-1), 0x000000009e3779f9u);
  EXPECT_EQ(Hash(std::numeric_limits<int64_t>::max()), 0x800000009e3779f9u);
  EXPECT_EQ(Hash(0.0), 0x000000009e377a7au);
  EXPECT_EQ(Hash(-0.0), 0x800000009e377a7au);
  EXPECT_EQ(Hash(1.5), 0x3ff800009e377a7au);
  EXPECT_EQ(Hash(std::numeric_limits<double>::quiet_NaN()), 0x7ff800009e377a7au);
  EXPECT_EQ(Hash(-std::numeric_limits<double>::quiet_NaN()), 0x7ff800009e377a7au);
  EXPECT_EQ(Hash(DLDataType{kDLFloat, 32, 1}), 0x000000009e389af9u);
  EXPECT_EQ(Hash(DLDataType{kDLFloat, 32, 4}), 0x000000009e3b9af9u);
  EXPECT_EQ(Hash(DLDevice{kDLCPU, 0}), 0x000000009e377b3du);
  EXPECT_EQ(Hash(DLDevice{kDLCUDA, 3}), 0x000000039e377b3au);
}

TEST(StructuralHash, TextAndBigIntegersHaveFixedHashes) {
  EXPECT_EQ(Hash(String("")), 0x000000009e378a48u);
  EXPECT_EQ(Hash(String("a")), 0x000000009e378a2bu);
  EXPECT_EQ(Hash(String("1234567")), 0x00000000d2d928e5u);
  EXPECT_EQ(Hash(String("12345678")), 0x00000000c2d928e4u);
  EXPECT_EQ(Hash(String("hello world!")), 0x00000000fff11395u);
  EXPECT_EQ(Hash(Bytes("abc", 3)), 0x000000009e9adf11u);
  EXPECT_EQ(Hash(Bytes("hello world!", 12)), 0x00000000fff11456u);
  BigInt two_63 = BigInt(std::numeric_limits<int64_t>::max()) + BigInt(1);
  EXPECT_EQ(Hash(two_63), 0x000000009e3794fcu);
  BigInt ten_30 = BigInt(int64_t{1000000000000000}) * BigInt(int64_t{1000000000000000});
  EXPECT_EQ(Hash(ten_30), 0x00000000c27c6063u);
  EXPECT_EQ(Hash(BigInt(std::numeric_limits<int64_t>::min()) - BigInt(1)), 0x000000009e3790b0u);
}

TEST(StructuralHash, ContainersHaveFixedHashes) {
  EXPECT_EQ(Hash(Array<Any>{}), 0xe417f0b0ed7acef8u);
  EXPECT_EQ(Hash(Array<Any>{1, 2, 3}), 0xf246b05b325c12f0u);
  EXPECT_EQ(Hash(Array<Any>{String("a"), nullptr, 1.5}), 0x324eb05b314b12cbu);
  EXPECT_EQ(Hash(Array<Any>{Array<Any>{1}, Array<Any>{2}}), 0x6099a08bc966ddabu);
  EXPECT_EQ(Hash(List<Any>{}), 0xd71de715fb09aaeau);
  EXPECT_EQ(Hash(List<Any>{1, 2, 3}), 0x8cd96c1be611331du);
  EXPECT_EQ(Hash(Shape(std::vector<int64_t>{})), 0xcbaba4b74542e99eu);
  EXPECT_EQ(Hash(Shape({2, 3})), 0x03f3ccfb7a943755u);
  EXPECT_EQ(Hash(Map<Any, Any>{}), 0xa24a465a2abdfd20u);
  EXPECT_EQ(Hash(Map<Any, Any>{{1, String("x")}, {2, String("y")}}), 0x7465eb63ce41bab2u);
  EXPECT_EQ(Hash(Map<Any, Any>{{String("k"), Array<Any>{1, 2}}}), 0x904bc02c72d01edcu);
  EXPECT_EQ(Hash(Dict<Any, Any>{}), 0xd2901acdb9965806u);
  EXPECT_EQ(Hash(Dict<Any, Any>{{String("a"), 1}, {String("b"), 2}}), 0xa6446394fa4a9f11u);
}

TEST(StructuralHash, OrderOfMapEntriesDoesNotMatter) {
  Map<Any, Any> forward{{String("a"), 1}, {String("b"), 2}};
  Map<Any, Any> backward{{String("b"), 2}, {String("a"), 1}};
  EXPECT_EQ(Hash(forward), 0x7465eb6f00690069u);
  EXPECT_EQ(Hash(backward), 0x7465eb6f00690069u);
}

TEST(StructuralHash, TensorsHashByShapeTypeAndContent) {
  Tensor floats = MakeTensor<float>({4}, kFloat32, {0, 1, 2, 3});
  EXPECT_EQ(Hash(floats), 0x530936ca7b896bb3u);
  EXPECT_EQ(Hash(floats, false, true), 0x647948b13922ae7bu);
  EXPECT_EQ(Hash(MakeTensor<int64_t>({2, 2}, kInt64, {1, 2, 3, 4})), 0x841936fcc56efc58u);
}

TEST(StructuralHash, ObjectsHashByKind) {
  EXPECT_EQ(Hash(Make<IntObj>(1)), 0xe1ac1329c39968d1u);
  EXPECT_EQ(Hash(Make<ConstObj>(7)), 0xdb0ecfcf9dd70ba0u);
  EXPECT_EQ(Hash(Make<SingleObj>(1)), 0x53a4b0fe804422a7u);
  ObjectRef shared = Make<DagObj>(7);
  EXPECT_EQ(Hash(Array<Any>{shared, shared}), 0x8d22a17dc754238cu);
  EXPECT_EQ(Hash(Array<Any>{Make<DagObj>(7), Make<DagObj>(7)}), 0x8d22a17dc754238bu);
}

TEST(StructuralHash, VariablesHashByOrderOfDefinition) {
  ObjectRef x = Var("x"), y = Var("y");
  EXPECT_EQ(Hash(x, true), 0x7933327a60042d30u);
  EXPECT_EQ(Hash(Array<Any>{x, x}, true), 0xc4c4dbfe9d8a03fdu);
  EXPECT_EQ(Hash(Array<Any>{x, y}, true), 0xc4c4dbfe9d8a03fau);
  EXPECT_EQ(Hash(x), reinterpret_cast<uintptr_t>(x.get()));
  EXPECT_EQ(Hash(Make<FuncObj>(List<Any>{x}, List<Any>{Make<IntObj>(1), x})), 0x94d69046cb29537du);
  EXPECT_EQ(Hash(Make<FuncObj>(List<Any>{x, y}, List<Any>{y, x})), 0xd8b6864506f44fe9u);
  EXPECT_EQ(Hash(Make<FuncObj>(Array<Any>{x}, Map<Any, Any>{{x, 5}})), 0xc4f3881bdeb1c758u);
  EXPECT_EQ(Hash(Make<FuncObj>(Make<VarTObj>("v", x), nullptr)), 0xacd9f4872630e269u);
  EXPECT_EQ(Hash(Make<LetObj>(Make<VarTObj>("v", nullptr), nullptr)), 0xb54856bcb8a7f53fu);
  ObjectRef v = Make<VarTObj>("v", nullptr);
  EXPECT_EQ(Hash(Make<LetObj>(v, v)), 0xc5507a4b985e0141u);
  EXPECT_EQ(Hash(Map<Any, Any>{{x, 1}}), 0xa24a465a2abdfd21u);
}

TEST(StructuralEqual, ValuesOfDifferentTypesDiffer) {
  EXPECT_FALSE(Equal(1, 1.0));
  EXPECT_FALSE(Equal(1, true));
  EXPECT_FALSE(Equal(Array<Any>{1}, List<Any>{1}));
  EXPECT_FALSE(Equal(Map<Any, Any>{}, Dict<Any, Any>{}));
  EXPECT_FALSE(Equal(String("abc"), Bytes("abc", 3)));
  EXPECT_FALSE(Equal(nullptr, 0));
}

TEST(StructuralEqual, FloatsCompareByBitsExceptNaN) {
  double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(Equal(nan, -nan));
  EXPECT_FALSE(Equal(nan, 1.0));
  EXPECT_FALSE(Equal(0.0, -0.0));
  EXPECT_TRUE(Equal(1.5, 1.5));
}

TEST(StructuralEqual, ContainersCompareByContent) {
  EXPECT_TRUE(
      Equal(Array<Any>{1, String("a long string")}, Array<Any>{1, String("a long string")}));
  EXPECT_FALSE(Equal(Array<Any>{1, 2}, Array<Any>{1}));
  EXPECT_TRUE(Equal(Shape({1, 2}), Shape({1, 2})));
  EXPECT_FALSE(Equal(Shape({1, 2}), Shape({1})));
  EXPECT_TRUE(Equal(Dict<Any, Any>{{1, 2}, {3, 4}}, Dict<Any, Any>{{3, 4}, {1, 2}}));
  EXPECT_FALSE(Equal(Map<Any, Any>{{1, 2}}, Map<Any, Any>{{2, 2}}));
  EXPECT_FALSE(Equal(Map<Any, Any>{{Array<Any>{1}, 2}}, Map<Any, Any>{{Array<Any>{1}, 2}}));
  BigInt big = BigInt(std::numeric_limits<int64_t>::max()) * BigInt(10);
  EXPECT_TRUE(Equal(big, BigInt(std::numeric_limits<int64_t>::max()) * BigInt(10)));
  EXPECT_FALSE(Equal(big, big + BigInt(1)));
}

TEST(StructuralEqual, MapsCompareInAnyOrderOfTheirKeys) {
  std::mt19937 random(3);
  std::vector<std::pair<Any, Any>> entries;
  for (int i = 0; i < 40; ++i) {
    entries.emplace_back(i % 2 == 0 ? Any(String("a long key " + std::to_string(i))) : Any(i),
                         Array<Any>{i, String("value " + std::to_string(i))});
  }
  Map<Any, Any> lhs(entries.begin(), entries.end());
  for (int round = 0; round < 20; ++round) {
    std::shuffle(entries.begin(), entries.end(), random);
    Map<Any, Any> rhs(entries.begin(), entries.end());
    EXPECT_TRUE(StructuralEqual::Equal(lhs, rhs));
    EXPECT_EQ(Hash(lhs), Hash(rhs));
    Map<Any, Any> other = rhs;
    other.Set(entries[static_cast<size_t>(round)].first, 0);
    EXPECT_FALSE(StructuralEqual::Equal(lhs, other));
    rhs.erase(entries[0].first);
    rhs.Set("some other key", 1);
    EXPECT_FALSE(StructuralEqual::Equal(lhs, rhs));
  }
}

TEST(StructuralEqual, FunctionsCompareUpToRenaming) {
  ObjectRef x = Var("x"), y = Var("y"), a = Var("a"), b = Var("b");
  auto func = [](std::vector<Any> params, std::vector<Any> body, Any comment = nullptr) {
    return Make<FuncObj>(Array<Any>(params), Array<Any>(body), comment);
  };
  EXPECT_TRUE(Equal(func({x, y}, {x, y}, String("one")), func({a, b}, {a, b}, String("two"))));
  EXPECT_EQ(Hash(func({x, y}, {x, y})), Hash(func({a, b}, {a, b})));
  EXPECT_FALSE(Equal(func({x, y}, {x, x}), func({a, b}, {a, b})));
  EXPECT_FALSE(Equal(func({x, y}, {x, y}), func({a, b}, {b, a})));
  EXPECT_EQ(Mismatch(func({x, y}, {x, y}), func({a, b}, {a, a})),
            "<root>/0:body/1:1 <root>/0:body/1:1");
}

TEST(StructuralEqual, UnboundVariablesAreEqualOnlyWhenMapped) {
  ObjectRef x = Var("x"), y = Var("y");
  EXPECT_TRUE(Equal(x, x));
  EXPECT_FALSE(Equal(x, y));
  EXPECT_TRUE(Equal(x, y, true));
  EXPECT_FALSE(Equal(Array<Any>{x, x}, Array<Any>{x, y}, true));
}

TEST(StructuralEqual, PatternRegionsReachNestedVariablesAndSimpleOnesDoNot) {
  auto typed = [] { return Make<VarTObj>("v", Var("n")); };
  EXPECT_TRUE(Equal(Make<FuncObj>(typed(), nullptr), Make<FuncObj>(typed(), nullptr)));
  EXPECT_FALSE(Equal(Make<LetObj>(typed(), nullptr), Make<LetObj>(typed(), nullptr)));
  ObjectRef n = Var("n");
  EXPECT_TRUE(Equal(Make<LetObj>(Make<VarTObj>("v", n), nullptr),
                    Make<LetObj>(Make<VarTObj>("w", n), nullptr)));
}

TEST(StructuralEqual, MapsKeyedByBoundVariablesAreEqual) {
  ObjectRef x = Var("x"), a = Var("a");
  EXPECT_TRUE(Equal(Make<FuncObj>(Array<Any>{x}, Map<Any, Any>{{x, 1}}),
                    Make<FuncObj>(Array<Any>{a}, Map<Any, Any>{{a, 1}})));
  EXPECT_FALSE(Equal(Map<Any, Any>{{x, 1}}, Map<Any, Any>{{a, 1}}));
}

TEST(StructuralEqual, SharingMattersForGraphNodesOnly) {
  ObjectRef dag = Make<DagObj>(1), tree = Make<IntObj>(1);
  EXPECT_FALSE(Equal(Array<Any>{dag, dag}, Array<Any>{Make<DagObj>(1), Make<DagObj>(1)}));
  EXPECT_FALSE(Equal(Array<Any>{Make<DagObj>(1), Make<DagObj>(1)}, Array<Any>{dag, dag}));
  ObjectRef other = Make<DagObj>(1);
  EXPECT_TRUE(Equal(Array<Any>{dag, dag}, Array<Any>{other, other}));
  EXPECT_TRUE(Equal(Array<Any>{tree, tree}, Array<Any>{Make<IntObj>(1), Make<IntObj>(1)}));
  EXPECT_FALSE(Equal(Make<SingleObj>(1), Make<SingleObj>(1)));
  EXPECT_TRUE(Equal(Make<ConstObj>(1), Make<ConstObj>(1)));
}

TEST(StructuralEqual, UnsupportedClassesAreTypeErrors) {
  ObjectRef plain = Make<PlainObj>(1);
  const char* text =
      "TypeError: _type_s_eq_hash_kind is not set for type `spec.Plain`, so StructuralHash is not "
      "supported for this type";
  EXPECT_EQ(ErrorOf([&] { Equal(plain, plain); }), text);
  EXPECT_EQ(ErrorOf([&] { Hash(plain); }), text);
  Function f = Function::FromTyped([](int64_t x) { return x; });
  EXPECT_EQ(ErrorOf([&] { Hash(f); }),
            "TypeError: Type metadata is not set for type `ffi.Function`, so StructuralHash is not "
            "supported for this type");
}

TEST(StructuralEqual, TensorsCompareByContentUnlessSkipped) {
  Tensor a = MakeTensor<float>({2}, kFloat32, {1, 2});
  Tensor b = MakeTensor<float>({2}, kFloat32, {1, 3});
  EXPECT_TRUE(Equal(a, MakeTensor<float>({2}, kFloat32, {1, 2})));
  EXPECT_FALSE(Equal(a, b));
  EXPECT_TRUE(StructuralEqual::Equal(a, b, false, true));
  EXPECT_FALSE(StructuralEqual::Equal(a, MakeTensor<float>({2, 1}, kFloat32, {1, 2}), false, true));
  Tensor gpu = MakeTensor<float>({2}, kFloat32, {1, 2}, kDLCUDA);
  EXPECT_EQ(ErrorOf([&] { Equal(a, gpu); }),
            "InternalError: Check failed: rhs.device().device_type == kDLCPU (2 vs. 1) : can only "
            "compare CPU tensor");
  EXPECT_EQ(ErrorOf([&] { Hash(gpu); }),
            "InternalError: Check failed: tensor.device().device_type == kDLCPU (2 vs. 1) : can "
            "only hash CPU tensor");
}

TEST(StructuralEqual, MismatchPathsPointAtTheFirstDifference) {
  EXPECT_EQ(Mismatch(Array<Any>{1, 2, 3}, Array<Any>{1, 3}), "<root>/1:1 <root>/1:1");
  EXPECT_EQ(Mismatch(Array<Any>{1, 2, 3}, Array<Any>{1, 2}), "<root>/1:2 <root>/4:2");
  EXPECT_EQ(Mismatch(Array<Any>{1}, Array<Any>{1, 2}), "<root>/4:1 <root>/1:1");
  Map<Any, Any> one{{String("a"), 1}}, two{{String("a"), 1}, {String("b"), 2}};
  EXPECT_EQ(Mismatch(two, one), "<root>/2:b <root>/5:b");
  EXPECT_EQ(Mismatch(one, two), "<root>/5:b <root>/2:b");
  EXPECT_EQ(Mismatch(one, Map<Any, Any>{{String("a"), 5}}), "<root>/2:a <root>/2:a");
  EXPECT_EQ(Mismatch(1, 2), "<root> <root>");
  EXPECT_EQ(Mismatch(two, two), "equal");
}

// Compares, and hashes, the value under a pattern region; keeps the callback of the comparison.
Any& KeptCallback() {
  static Any kept;
  return kept;
}

TEST(StructuralEqual, HooksReplaceTheFields) {
  using EqualCallback = TypedFunction<bool(AnyView, AnyView, int, AnyView)>;
  using HashCallback = TypedFunction<int64_t(AnyView, int64_t, int)>;
  static bool registered = [] {
    reflection::TypeAttrDef<HookedObj>()
        .attr(type_attr::kSEqual,
              TypedFunction<bool(const Object*, const Object*, const EqualCallback&)>(
                  [](const Object* lhs, const Object* rhs, const EqualCallback& cb) {
                    KeptCallback() = cb;
                    return cb(static_cast<const HookedObj*>(lhs)->value,
                              static_cast<const HookedObj*>(rhs)->value,
                              kTVMFFIDefRegionKindPattern, String("renamed"));
                  }))
        .attr(type_attr::kSHash,
              TypedFunction<int64_t(const Object*, int64_t, const HashCallback&)>(
                  [](const Object* self, int64_t init, const HashCallback& cb) {
                    return cb(static_cast<const HookedObj*>(self)->value, init,
                              kTVMFFIDefRegionKindPattern);
                  }));
    return true;
  }();
  ASSERT_TRUE(registered);
  ObjectRef lhs = Make<HookedObj>(Var("x")), rhs = Make<HookedObj>(Var("y"));
  EXPECT_TRUE(Equal(lhs, rhs));
  EXPECT_EQ(Hash(lhs), Hash(rhs));
  EXPECT_EQ(Mismatch(Make<HookedObj>(1), Make<HookedObj>(2)), "<root>/0:renamed <root>/0:renamed");

  EqualCallback kept = std::exchange(KeptCallback(), Any()).cast<EqualCallback>();
  EXPECT_EQ(ErrorOf([&] { kept(1, 1, 0, nullptr); }).substr(0, 13), "RuntimeError:");
}

TEST(StructuralEqual, TooDeepValuesAreErrorsAndNoCrash) {
  DeepList deep(300000), other(300000);
  EXPECT_EQ(ErrorOf([&] { Equal(deep.root(), other.root()); }).substr(0, 15), "RecursionError:");
  EXPECT_EQ(ErrorOf([&] { Hash(deep.root()); }).substr(0, 15), "RecursionError:");
  DeepList shallow(5000), same(5000);
  EXPECT_TRUE(Equal(shallow.root(), same.root()));
  EXPECT_EQ(Hash(shallow.root()), Hash(same.root()));
}

}  // namespace
