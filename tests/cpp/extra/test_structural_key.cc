// SPDX-License-Identifier: Apache-2.0
// StructuralKey: equality, hash, look-up in maps and standard containers, and its globals.
#include <gtest/gtest.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/extra/structural_key.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/accessor.h>

#include <unordered_map>

#include "structural_testing.h"

namespace {

using namespace structural_testing;  // NOLINT(google-build-using-namespace)

TEST(StructuralKey, EqualContentMakesEqualKeys) {
  StructuralKey a(Array<Any>{1, 2}), b(Array<Any>{1, 2}), c(Array<Any>{1, 3});
  EXPECT_TRUE(a == a);
  EXPECT_TRUE(a == b);
  EXPECT_TRUE(a != c);
  EXPECT_EQ(a->hash_i64, static_cast<int64_t>(StructuralHash()(Array<Any>{1, 2})));
  EXPECT_EQ(std::hash<StructuralKey>()(a), static_cast<size_t>(a->hash_i64));
  EXPECT_EQ(StructuralKeyObj().hash_i64, 0);
}

TEST(StructuralKey, MapsFindKeysByStructure) {
  Map<Any, Any> map;
  map.Set(StructuralKey(Array<Any>{1, 2}), 7);
  EXPECT_EQ(map.at(StructuralKey(Array<Any>{1, 2})).cast<int>(), 7);
  EXPECT_EQ(map.count(StructuralKey(Array<Any>{2, 1})), 0u);
  Dict<Any, Any> dict;
  dict.Set(StructuralKey(String("key")), 8);
  EXPECT_EQ(dict.at(StructuralKey(String("key"))).cast<int>(), 8);
  std::unordered_map<StructuralKey, int> table;
  table[StructuralKey(5)] = 9;
  EXPECT_EQ(table.at(StructuralKey(5)), 9);
}

TEST(StructuralKey, MapHashCombinesTypeAndStructure) {
  EXPECT_EQ(AnyHash()(StructuralKey(5)),
            detail::StableHashCombine(StructuralKeyObj::RuntimeTypeIndex(), 0x9e3779ffu));
}

TEST(StructuralKey, HooksAreFunctions) {
  int32_t index = StructuralKeyObj::RuntimeTypeIndex();
  EXPECT_EQ(reflection::TypeAttrColumn("__any_hash__")[index].type_index(), kTVMFFIFunction);
  EXPECT_EQ(reflection::TypeAttrColumn("__any_equal__")[index].type_index(), kTVMFFIFunction);
}

TEST(StructuralKey, GlobalsConstructAndCompare) {
  Function make = Function::GetGlobalRequired("ffi.StructuralKey");
  Function equal = Function::GetGlobalRequired("ffi.StructuralKeyEqual");
  EXPECT_TRUE(equal(make(1), make(1)).cast<bool>());
  EXPECT_FALSE(equal(make(1), make(2)).cast<bool>());
  EXPECT_TRUE(equal(3, 3).cast<bool>());
  EXPECT_EQ(ErrorOf([&] { equal(make(1), 1); }).substr(0, 14), "InternalError:");
}

TEST(StructuralKey, UnsupportedValuesFailAtConstruction) {
  EXPECT_EQ(ErrorOf([] { StructuralKey key(Make<PlainObj>(1)); }).substr(0, 10), "TypeError:");
}

}  // namespace
