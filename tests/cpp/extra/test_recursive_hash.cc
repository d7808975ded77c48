// SPDX-License-Identifier: Apache-2.0
// Tests of RecursiveHash: the published numbers, hooks, cycles and shared parts.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/device.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/extra/dataclass.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/registry.h>

#include <cstdint>
#include <limits>
#include <string>

#include "dataclass_testing.h"

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)
using dataclass_testing::ErrorOf;
using dataclass_testing::Init;
using dataclass_testing::NestedLists;

uint64_t Hash(const Any& value) { return static_cast<uint64_t>(RecursiveHash(value)); }

TEST(RecursiveHash, OfPlainValuesIsStable) {
  EXPECT_EQ(Hash(nullptr), 0x000000009e3779b9U);
  EXPECT_EQ(Hash(true), 0x000000009e377a38U);
  EXPECT_EQ(Hash(false), 0x000000009e377a3bU);
  EXPECT_EQ(Hash(0), 0x000000009e3779f8U);
  EXPECT_EQ(Hash(42), 0x000000009e377a22U);
  EXPECT_EQ(Hash(-1), 0x000000009e3779f9U);
  EXPECT_EQ(Hash(std::numeric_limits<int64_t>::max()), 0x800000009e3779f9U);
  EXPECT_EQ(Hash(1.5), 0x3ff800009e377a7aU);
  EXPECT_EQ(Hash(std::numeric_limits<double>::infinity()), 0x7ff000009e377a7aU);
  EXPECT_EQ(Hash(DLDataType{kDLFloat, 32, 1}), 0x00000a16fbe40c6bU);
  EXPECT_EQ(Hash(DLDataType{kDLFloat, 32, 4}), 0x00000a16fbe40c66U);
  EXPECT_EQ(Hash(DLDevice{kDLCPU, 0}), 0x00000028cd935cf5U);
  EXPECT_EQ(Hash(DLDevice{kDLCUDA, 3}), 0x00000028cd935c30U);
}

TEST(RecursiveHash, TreatsZerosAndNaNsAlike) {
  EXPECT_EQ(Hash(0.0), 0x000000009e377a7aU);
  EXPECT_EQ(Hash(-0.0), 0x000000009e377a7aU);
  EXPECT_EQ(Hash(std::numeric_limits<double>::quiet_NaN()), 0x7ff800009e377a7aU);
  EXPECT_EQ(Hash(-std::numeric_limits<double>::quiet_NaN()), 0x7ff800009e377a7aU);
}

TEST(RecursiveHash, OfTextDoesNotDependOnItsStorage) {
  EXPECT_EQ(Hash(String("")), 0x000000009e378a48U);
  EXPECT_EQ(Hash(String("a")), 0x000000009e378a2bU);
  EXPECT_EQ(Hash(String("1234567")), 0x00000000d2d928e5U);
  EXPECT_EQ(Hash(String("12345678")), 0x00000000c2d928e4U);
  EXPECT_EQ(Hash(String("hello world!")), 0x00000000fff11395U);
  EXPECT_EQ(Hash(Bytes("abc", 3)), 0x000000009e9aece8U);
  EXPECT_EQ(Hash(Bytes("hello world!", 12)), 0x00000000fff11456U);
}

TEST(RecursiveHash, OfBigIntsIsThatOfTheirWords) {
  BigInt two_to_63 = BigInt(int64_t{1} << 62) * BigInt(2);
  EXPECT_EQ(Hash(two_to_63), 0x0000000000000766U);
  EXPECT_EQ(Hash(BigInt(0) - two_to_63 - BigInt(1)), 0x00000000000003b2U);
}

TEST(RecursiveHash, OfTenToThe30AndOfTensorsIsStable) {
  const int64_t ten_to_15 = 1000000000000000;
  EXPECT_EQ(Hash(BigInt(ten_to_15) * BigInt(ten_to_15)), 0x000000002444d2e1U);
  // Tensors have no parts here: only their type counts.
  struct Alloc {
    void AllocData(DLTensor* tensor) { tensor->data = nullptr; }
    void FreeData(DLTensor*) {}
  };
  EXPECT_EQ(Hash(Tensor::FromNDAlloc(Alloc(), Shape({4}), DLDataType{kDLFloat, 32, 1},
                                     DLDevice{kDLCPU, 0})),
            0xa0c01a8167c48cc0U);
  EXPECT_EQ(Hash(Tensor::FromNDAlloc(Alloc(), Shape({2, 2}), DLDataType{kDLInt, 64, 1},
                                     DLDevice{kDLCPU, 0})),
            0xa0c01a8167c48cc0U);
}

TEST(RecursiveHash, OfContainersIsStable) {
  EXPECT_EQ(Hash(Array<Any>()), 0xe417f0b0ed7acef8U);
  EXPECT_EQ(Hash(Array<Any>{1, 2, 3}), 0xf25bebcb36c0931cU);
  EXPECT_EQ(Hash(Array<Any>{"a", nullptr, 1.5}), 0x2055ebcb729da433U);
  EXPECT_EQ(Hash(Array<Any>{Array<Any>{1}, Array<Any>{2}}), 0x53af5aafab597c96U);
  EXPECT_EQ(Hash(List<Any>()), 0xd71de715fb09aaeaU);
  EXPECT_EQ(Hash(List<Any>{1, 2, 3}), 0x8cd6e0581b627eebU);
  EXPECT_EQ(Hash(Shape()), 0xcbaba4b74542e99eU);
  EXPECT_EQ(Hash(Shape({2, 3})), 0x03f3ccfb7a943755U);
  EXPECT_EQ(Hash(Map<Any, Any>()), 0xa24a465a2abdfd20U);
  EXPECT_EQ(Hash(Map<Any, Any>{{"a", 1}, {"b", 2}}), 0x789971d58163746eU);
  EXPECT_EQ(Hash(Map<Any, Any>{{1, "x"}, {2, "y"}}), 0x789971d580285bc6U);
  EXPECT_EQ(Hash(Map<Any, Any>{{"k", Array<Any>{1, 2}}}), 0x40188882577a6715U);
  EXPECT_EQ(Hash(Dict<Any, Any>()), 0xd2901acdb9965806U);
  EXPECT_EQ(Hash(Dict<Any, Any>{{"a", 1}, {"b", 2}}), 0x9b0c6aa693e1c372U);
}

TEST(RecursiveHash, OfMapsDoesNotDependOnOrder) {
  EXPECT_EQ(Hash(Dict<Any, Any>{{"b", 2}, {"a", 1}}), 0x9b0c6aa693e1c372U);
}

TEST(RecursiveHash, OfObjectsCombinesTheFieldsThatCount) {
  Any pair = Init("testing.TestIntPair", 1, 2);
  EXPECT_EQ(Hash(pair), 0x5c065f95521420e8U);
  EXPECT_EQ(Hash(Array<Any>{pair, pair}), 0x2b8d00213b92e8a7U);
  EXPECT_EQ(Hash(Init("testing.TestHash", 1, "x", 5)), 0xdf9d71bcfbd669dbU);
  EXPECT_EQ(Hash(Init("testing.TestHash", 1, "x", 6)), 0xdf9d71bcfbd669dbU);
  EXPECT_EQ(Hash(Init("testing.TestCompare", 1, "x", 5)), 0xb3d0c87fe259cfd8U);
  EXPECT_EQ(Hash(Function::GetGlobalRequired("ffi.RecursiveHash")), 0xb3b21b94552cae3dU);
}

TEST(RecursiveHash, OfCyclesEnds) {
  List<Any> list;
  list.push_back(list);
  EXPECT_EQ(Hash(list), 0x0342c14f2167e374U);
  list.clear();
  Dict<Any, Any> dict;
  dict.Set("self", dict);
  EXPECT_EQ(Hash(dict), 0xdae050338e2900ccU);
  dict.clear();
}

TEST(RecursiveHash, VisitsSharedPartsOnce) {
  Any value = Array<Any>{1};
  for (int i = 0; i < 100; ++i) value = Array<Any>{value, value};
  EXPECT_EQ(Hash(value), Hash(value)) << "2^100 visits would not end";
}

TEST(RecursiveHash, FollowsDeepNesting) {
  EXPECT_EQ(Hash(NestedLists(10000)), Hash(NestedLists(10000)));
  EXPECT_NE(Hash(NestedLists(10000)), Hash(NestedLists(9999)));
}

TEST(RecursiveHash, UsesTheHookOfTheType) {
  dataclass_testing::RegisterHooked();
  EXPECT_EQ(Hash(dataclass_testing::Hooked(42)), Hash(42));
  EXPECT_EQ(Hash(List<Any>{dataclass_testing::Hooked(42)}), Hash(List<Any>{42}));
  EXPECT_EQ(ErrorOf([] { Hash(dataclass_testing::Hooked(String("throw"))); }),
            "ValueError: hook says no");
}

class OnlyEqObj : public Object {
 public:
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("recursive_hash_testing.OnlyEq", OnlyEqObj, Object);
};

TEST(RecursiveHash, RefusesTypesWithTheirOwnEqualityButNoHash) {
  reflection::ObjectDef<OnlyEqObj>(reflection::init(false))
      .def_type_attr("__ffi_eq__", [](const Object*, const Object*, Function) { return true; });
  EXPECT_EQ(ErrorOf([] { Hash(List<Any>{ObjectRef(make_object<OnlyEqObj>())}); }),
            "ValueError: RecursiveHash: type 'recursive_hash_testing.OnlyEq' defines __ffi_eq__ or"
            " __ffi_compare__ but not __ffi_hash__. Add a __ffi_hash__ hook to maintain the"
            " invariant RecursiveEq(a,b) => RecursiveHash(a)==RecursiveHash(b).");
}

}  // namespace
