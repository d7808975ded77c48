// SPDX-License-Identifier: Apache-2.0
// Tests of DeepCopy: what is copied, what is shared, cycles, and types that refuse.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/extra/dataclass.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/registry.h>

#include <string>

#include "dataclass_testing.h"

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)
using dataclass_testing::ErrorOf;
using dataclass_testing::Hooked;
using dataclass_testing::HookedObj;
using dataclass_testing::Init;
using dataclass_testing::NestedLists;

Any& PartOf(const Any& hooked) { return const_cast<HookedObj*>(hooked.as<HookedObj>())->part; }

TEST(DeepCopy, SharesWhatCannotChange) {
  for (const Any& value :
       {Any(1), Any(), Any(String("inline")), Any(String("on the heap, longer")),
        Any(Bytes("0123456789", 10)), Any(Shape({1, 2})), Any(BigInt(int64_t{1} << 62) * 4)}) {
    EXPECT_TRUE(DeepCopy(value).same_as(value)) << value;
  }
}

TEST(DeepCopy, CopiesContainersAndTheirParts) {
  List<Any> inner = {1, 2};
  for (const Any& value : {Any(Array<Any>{inner}), Any(List<Any>{inner}),
                           Any(Map<Any, Any>{{"k", inner}}), Any(Dict<Any, Any>{{"k", inner}}),
                           Any(Array<Any>()), Any(Init("testing.TestIntPair", 1, 2))}) {
    Any copy = DeepCopy(value);
    EXPECT_EQ(copy.type_index(), value.type_index());
    EXPECT_FALSE(copy.same_as(value)) << value;
    EXPECT_TRUE(RecursiveEq(copy, value)) << value;
  }
  List<Any> copy = DeepCopy(List<Any>{inner}).cast<List<Any>>();
  inner.push_back(3);
  EXPECT_EQ(std::string(ReprPrint(copy)), "[[1, 2]]");
}

TEST(DeepCopy, KeepsSharedPartsShared) {
  List<Any> inner = {1};
  Array<Any> copy = DeepCopy(Array<Any>{inner, inner}).cast<Array<Any>>();
  EXPECT_TRUE(copy[0].same_as(copy[1]));
  EXPECT_FALSE(copy[0].same_as(inner));
}

TEST(DeepCopy, KeepsCyclesThroughListsDictsAndObjects) {
  dataclass_testing::RegisterHooked();
  List<Any> list;
  Dict<Any, Any> dict;
  Any object = Hooked(list);
  list.push_back(dict);
  dict.Set("object", object);
  Any copy = DeepCopy(object);
  List<Any> list_copy = PartOf(copy).cast<List<Any>>();
  Dict<Any, Any> dict_copy = list_copy[0].cast<Dict<Any, Any>>();
  EXPECT_TRUE(dict_copy.at("object").same_as(copy));
  EXPECT_FALSE(copy.same_as(object));
  list.clear();
  list_copy.clear();
}

TEST(DeepCopy, KeepsCyclesThroughTheRootArray) {
  dataclass_testing::RegisterHooked();
  Any object = Hooked(nullptr);
  List<Any> list;
  Dict<Any, Any> dict;
  Array<Any> root = {object, list, dict};
  PartOf(object) = root;
  list.push_back(root);
  dict.Set(root, root);
  Array<Any> copy = DeepCopy(root).cast<Array<Any>>();
  EXPECT_TRUE(PartOf(copy[0]).same_as(copy));
  List<Any> list_copy = copy[1].cast<List<Any>>();
  EXPECT_TRUE(list_copy[0].same_as(copy));
  Dict<Any, Any> dict_copy = copy[2].cast<Dict<Any, Any>>();
  ASSERT_EQ(dict_copy.size(), 1U);
  EXPECT_TRUE(dict_copy.at(copy).same_as(copy));
  for (const Array<Any>& each : {root, copy}) {
    PartOf(each[0]) = nullptr;
    each[1].cast<List<Any>>().clear();
    each[2].cast<Dict<Any, Any>>().clear();
  }
}

TEST(DeepCopy, FollowsDeepNesting) {
  Any value = NestedLists(10000);
  EXPECT_TRUE(RecursiveEq(DeepCopy(value), value));
}

TEST(DeepCopy, RefusesWhatHasNoCopyConstructor) {
  const std::string error =
      "InternalError: Check failed: (copy_fn.has_value()) is false: Cannot deep copy object of type"
      " \"ffi.Function\" because it is not copy-constructible";
  Any function = Function::GetGlobalRequired("ffi.DeepCopy");
  EXPECT_EQ(ErrorOf([&] { DeepCopy(function); }), error);
  EXPECT_EQ(ErrorOf([&] { DeepCopy(List<Any>{1, function}); }), error);
}

class WrongCopyObj : public Object {
 public:
  Any part;

  WrongCopyObj() = default;
  WrongCopyObj(const WrongCopyObj&) = delete;
  WrongCopyObj& operator=(const WrongCopyObj&) = delete;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("deep_copy_testing.WrongCopy", WrongCopyObj, Object);
};

TEST(DeepCopy, RefusesACopyOfAnotherType) {
  reflection::ObjectDef<WrongCopyObj>(reflection::init(false))
      .def_ro("part", &WrongCopyObj::part)
      .def_type_attr("__ffi_shallow_copy__",
                     [](const Object*) -> ObjectRef { return List<Any>(); });
  EXPECT_EQ(ErrorOf([] { DeepCopy(ObjectRef(make_object<WrongCopyObj>())); }),
            "TypeError: __ffi_shallow_copy__ of type `deep_copy_testing.WrongCopy` returned a value"
            " of type `ffi.List`");
}

}  // namespace
