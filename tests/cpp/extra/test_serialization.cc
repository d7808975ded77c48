// SPDX-License-Identifier: Apache-2.0
// Tests of the JSON graph: the exact text of every kind of value, round trips, and bad graphs.
#include <gtest/gtest.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/device.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/enum.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/extra/dataclass.h>
#include <tvm/ffi/extra/serialization.h>
#include <tvm/ffi/extra/structural_key.h>
#include <tvm/ffi/extra/structural_visit.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/enum_def.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "dataclass_testing.h"

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)
using dataclass_testing::ErrorOf;
using dataclass_testing::Init;
using dataclass_testing::NestedLists;

std::string ToText(const Any& value, const Any& metadata = Any()) {
  return Function::GetGlobalRequired("ffi.ToJSONGraphString")(value, metadata).cast<String>();
}

Any FromText(const std::string& text) {
  return Function::GetGlobalRequired("ffi.FromJSONGraphString")(text);
}

/*! \brief Text of a graph whose root is the last of the given nodes. */
std::string Graph(int root, const std::string& nodes) {
  return R"({"root_index":)" + std::to_string(root) + R"(,"nodes":[)" + nodes + "]}";
}

/*! \brief Checks the text of a value, and that the text of what is read back is the same. */
void ExpectGraph(const Any& value, int root, const std::string& nodes) {
  const std::string text = Graph(root, nodes);
  EXPECT_EQ(ToText(value), text);
  const Any back = FromText(text);
  EXPECT_EQ(back.type_index(), value.type_index()) << text;
  EXPECT_EQ(ToText(back), text);
}

TEST(ToJSONGraph, WritesPlainValues) {
  ExpectGraph(nullptr, 0, R"({"type":"None"})");
  ExpectGraph(true, 0, R"({"type":"bool","data":true})");
  ExpectGraph(42, 0, R"({"type":"int","data":42})");
  ExpectGraph(2.0, 0, R"({"type":"float","data":2.0})");
  ExpectGraph(std::numeric_limits<double>::quiet_NaN(), 0, R"({"type":"float","data":NaN})");
  ExpectGraph(String("a/b\n"), 0, R"({"type":"ffi.String","data":"a\/b\n"})");
  ExpectGraph(Bytes("abcd", 4), 0, R"({"type":"ffi.Bytes","data":"YWJjZA=="})");
  ExpectGraph(Bytes("\x01\x02\x03\x04\x01\x0b", 6), 0, R"({"type":"ffi.Bytes","data":"AQIDBAEL"})");
  ExpectGraph(DLDataType{kDLFloat, 32, 4}, 0, R"({"type":"DataType","data":"float32x4"})");
  ExpectGraph(DLDevice{kDLCUDA, 1}, 0, R"({"type":"Device","data":[2,1]})");
  ExpectGraph(Shape({1, 2, 3}), 0, R"({"type":"ffi.Shape","data":[1,2,3]})");
  BigInt power = 1;
  for (int i = 0; i < 30; ++i) power *= 10;
  ExpectGraph(power, 0, R"({"type":"ffi.BigInt","data":"1000000000000000000000000000000"})");
}

TEST(ToJSONGraph, WritesContainersAfterTheirParts) {
  ExpectGraph(Array<Any>(), 0, R"({"type":"ffi.Array","data":[]})");
  ExpectGraph(Array<Any>{42, 42}, 1,
              R"({"type":"int","data":42},{"type":"ffi.Array","data":[0,0]})");
  ExpectGraph(Array<Any>{nullptr, nullptr}, 1,
              R"({"type":"None"},{"type":"ffi.Array","data":[0,0]})");
  ExpectGraph(Map<Any, Any>{{"b", 42}, {"a", 42}}, 3,
              R"({"type":"ffi.String","data":"b"},{"type":"int","data":42},)"
              R"({"type":"ffi.String","data":"a"},{"type":"ffi.Map","data":[0,1,2,1]})");
  ExpectGraph(List<Any>{1, "a"}, 2,
              R"({"type":"int","data":1},{"type":"ffi.String","data":"a"},)"
              R"({"type":"ffi.List","data":[0,1]})");
  ExpectGraph(Dict<Any, Any>{{"key", 42}}, 2,
              R"({"type":"ffi.String","data":"key"},{"type":"int","data":42},)"
              R"({"type":"ffi.Dict","data":[0,1]})");
}

TEST(ToJSONGraph, DistinguishesTypesAndObjectsButNotEqualPlainValues) {
  ExpectGraph(Array<Any>{1, 1, 1.0, true, 1}, 3,
              R"({"type":"int","data":1},{"type":"float","data":1.0},{"type":"bool","data":true},)"
              R"({"type":"ffi.Array","data":[0,0,1,2,0]})");
  ExpectGraph(Array<Any>{Array<Any>(), Array<Any>()}, 2,
              R"({"type":"ffi.Array","data":[]},{"type":"ffi.Array","data":[]},)"
              R"({"type":"ffi.Array","data":[0,1]})");
  EXPECT_EQ(ToText(Array<Any>{0.0, -0.0}),
            Graph(2, R"({"type":"float","data":0.0},{"type":"float","data":-0.0},)"
                     R"({"type":"ffi.Array","data":[0,1]})"));
}

TEST(ToJSONGraph, WritesFieldsInlineOrAsNodesByTheirStaticType) {
  Any pair = Init("testing.TestIntPair", 3, 7);
  ExpectGraph(pair, 0, R"({"type":"testing.TestIntPair","data":{"a":3,"b":7}})");
  ExpectGraph(Array<Any>{pair, pair}, 1,
              R"({"type":"testing.TestIntPair","data":{"a":3,"b":7}},)"
              R"({"type":"ffi.Array","data":[0,0]})");
}

TEST(ToJSONGraph, WritesObjectsOfTheLibrariesByTheirFields) {
  const std::string base =
      Graph(1, R"({"type":"ffi.String","data":"s"},{"type":"testing.TestObjectBase","data":)"
               R"({"v_i64":1,"v_f64":10.0,"v_str":0}})");
  EXPECT_EQ(ToText(FromText(base)), base);
  ExpectGraph(VisitInterrupt(Any(1)), 1,
              R"({"type":"int","data":1},{"type":"ffi.VisitInterrupt","data":{"value":0}})");
  ExpectGraph(StructuralKey(Array<Any>{1, 2}), 3,
              R"({"type":"int","data":1},{"type":"int","data":2},)"
              R"({"type":"ffi.Array","data":[0,1]},{"type":"ffi.StructuralKey","data":)"
              R"({"key":2,"hash_i64":2823322240268045181}})");
}

TEST(ToJSONGraph, RestoresTheHashOfAKeyAsItWasStored) {
  const std::string text =
      Graph(1, R"({"type":"int","data":1},)"
               R"({"type":"ffi.StructuralKey","data":{"key":0,"hash_i64":77}})");
  EXPECT_EQ(FromText(text).as<StructuralKeyObj>()->hash_i64, 77);
}

TEST(ToJSONGraph, WritesInheritedFieldsFirst) {
  const std::string text =
      Graph(5, R"({"type":"ffi.String","data":"hello"},{"type":"ffi.String","data":"a"},)"
               R"({"type":"int","data":1},{"type":"ffi.Map","data":[1,2]},)"
               R"({"type":"ffi.Array","data":[2]},{"type":"testing.TestObjectDerived","data":)"
               R"({"v_i64":1,"v_f64":10.0,"v_str":0,"v_map":3,"v_array":4}})");
  EXPECT_EQ(ToText(FromText(text)), text);
}

TEST(ToJSONGraph, StoresMetadataUnlessItIsNone) {
  EXPECT_EQ(ToText(42, Map<Any, Any>{{"version", "1.0"}}),
            R"({"root_index":0,"nodes":[{"type":"int","data":42}],"metadata":{"version":"1.0"}})");
  EXPECT_EQ(ToText(42, false),
            R"({"root_index":0,"nodes":[{"type":"int","data":42}],"metadata":false})");
  EXPECT_EQ(ErrorOf([] { ToText(1, Dict<Any, Any>()); }),
            "ValueError: Unsupported type: `ffi.Dict`");
}

class NumberObj : public IntEnumObj {
 public:
  using IntEnumObj::IntEnumObj;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("serialization_testing.Number", NumberObj, IntEnumObj);
};

class WordObj : public EnumObj {
 public:
  using EnumObj::EnumObj;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("serialization_testing.Word", WordObj, EnumObj);
};

TEST(ToJSONGraph, WritesEnumMembersByTheirIndex) {
  reflection::ObjectDef<NumberObj>(reflection::init(false));
  reflection::EnumDef<NumberObj>("ten", 10);
  reflection::EnumDef<NumberObj>("twenty", 20);
  reflection::ObjectDef<WordObj>(reflection::init(false));
  reflection::EnumDef<WordObj>("ready");
  Enum twenty = EnumObj::_GetByStrIndex<NumberObj>("twenty");
  Enum ready = EnumObj::_GetByStrIndex<WordObj>("ready");
  ExpectGraph(twenty, 0, R"({"type":"serialization_testing.Number","data":20})");
  ExpectGraph(ready, 0, R"({"type":"serialization_testing.Word","data":"ready"})");
  EXPECT_TRUE(FromText(ToText(ready)).same_as(ready)) << "members are singletons";
  EXPECT_EQ(
      ErrorOf([] { FromText(Graph(0, R"({"type":"serialization_testing.Number","data":9})")); }),
      "ValueError: Enum `serialization_testing.Number` has no instance with index 9");
}

TEST(ToJSONGraph, RefusesWhatItCannotRebuild) {
  int pointee = 0;
  EXPECT_EQ(ErrorOf([&] { ToText(static_cast<void*>(&pointee)); }),
            "RuntimeError: Cannot serialize type `void*`");
  EXPECT_EQ(ErrorOf([] { ToText(Array<Any>{Function::GetGlobalRequired("ffi.ToJSONGraph")}); }),
            "TypeError: Type `ffi.Function` does not support ToJSONGraph"
            " (no native creator or __ffi_new__ type attr)");
}

TEST(ToJSONGraph, DetectsCyclesOfEveryKind) {
  List<Any> list = {1};
  list.push_back(Array<Any>{list});
  EXPECT_EQ(ErrorOf([&] { ToText(list); }),
            "ValueError: Cycle detected during serialization: a List contains itself");
  list.clear();
  Dict<Any, Any> dict;
  dict.Set("self", dict);
  EXPECT_EQ(ErrorOf([&] { ToText(dict); }),
            "ValueError: Cycle detected during serialization: a Dict contains itself");
  dict.clear();
  dataclass_testing::RegisterHooked();
  Any object = dataclass_testing::Hooked(1);
  auto* node = const_cast<dataclass_testing::HookedObj*>(object.as<dataclass_testing::HookedObj>());
  node->part = Array<Any>{object};
  EXPECT_EQ(ErrorOf([&] { ToText(object); }),
            "ValueError: Cycle detected during serialization:"
            " a `dataclass_testing.Hooked` contains itself");
  node->part = nullptr;
}

TEST(JSONGraph, LimitsNestingOnBothSides) {
  const Any deep = NestedLists(9999);
  const std::string text = ToText(deep);
  EXPECT_EQ(ToText(FromText(text)), text);
  EXPECT_EQ(ErrorOf([] { ToText(NestedLists(10000)); }),
            "ValueError: Nesting is deeper than 10000 levels");
  std::string nodes;
  for (int i = 0; i < 10001; ++i) {
    nodes += R"({"type":"ffi.List","data":[)" + std::to_string(i + 1) + "]},";
  }
  EXPECT_EQ(ErrorOf([&] { FromText(Graph(0, nodes + R"({"type":"None"})")); }),
            "ValueError: Nesting is deeper than 10000 levels");
}

TEST(FromJSONGraph, KeepsSharingAndIgnoresWhatTheRootDoesNotNeed) {
  Array<Any> pair = FromText(R"({"extra":1,"root_index":0,"nodes":[{"type":"ffi.Array",)"
                             R"("data":[2,2]},{"type":"no such type"},{"type":"ffi.List",)"
                             R"("data":[]}],"metadata":{"x":[1]}})")
                        .cast<Array<Any>>();
  ASSERT_EQ(pair.size(), 2U);
  EXPECT_TRUE(pair[0].same_as(pair[1]));
  EXPECT_EQ(pair[0].type_index(), TypeIndex::kTVMFFIList);
}

TEST(FromJSONGraph, ConvertsDataLeniently) {
  EXPECT_EQ(FromText(Graph(0, R"({"type":"int","data":true})")).cast<int64_t>(), 1);
  EXPECT_EQ(FromText(Graph(0, R"({"type":"float","data":3})")).as<double>(), 3.0);
  EXPECT_EQ(FromText(Graph(0, R"({"type":"bool","data":2})")).as<bool>(), true);
  EXPECT_EQ(FromText(Graph(0, R"({"type":"ffi.BigInt","data":"5"})")).as<int64_t>(), 5);
}

TEST(FromJSONGraph, AppliesDefaultsAndSkipsUnknownMembers) {
  Any object = FromText(
      Graph(0, R"({"type":"testing.TestCxxInitSubset","data":{"required_field":4,"unknown":9}})"));
  EXPECT_EQ(std::string(ReprPrint(object)),
            R"(testing.TestCxxInitSubset(required_field=4, optional_field=-1, note="default"))");
  EXPECT_EQ(ErrorOf([] { FromText(Graph(0, R"({"type":"testing.TestIntPair","data":{"a":1}})")); }),
            "TypeError: Required field `b` not set in type `testing.TestIntPair`");
}

TEST(FromJSONGraph, RefusesAMalformedFrame) {
  EXPECT_EQ(ErrorOf([] { FromJSONGraph(1); }),
            "ValueError: Invalid JSON Object Graph, expected an object");
  EXPECT_EQ(ErrorOf([] { FromJSONGraph(Dict<Any, Any>()); }),
            "ValueError: Invalid JSON Object Graph, expected an object");
  for (const char* text : {"{}", R"({"root_index":true,"nodes":[]})", R"({"root_index":"0"})"}) {
    EXPECT_EQ(ErrorOf([&] { FromText(text); }),
              "ValueError: Invalid JSON Object Graph, expected `root_index` integer field");
  }
  for (const char* text : {R"({"root_index":0})", R"({"root_index":0,"nodes":{}})"}) {
    EXPECT_EQ(ErrorOf([&] { FromText(text); }),
              "ValueError: Invalid JSON Object Graph, expected `nodes` array field");
  }
}

struct BadNode {
  const char* node;
  const char* error;
};

TEST(FromJSONGraph, ReportsBadNodes) {
  const BadNode cases[] = {
      {"3", "TypeError: Cannot convert from type `int` to `Map<Any, Any>`"},
      {R"({"data":1})", "KeyError: key is not in Map"},
      {R"({"type":"int"})", "KeyError: key is not in Map"},
      {R"({"type":5})", "TypeError: Cannot convert from type `int` to `str`"},
      {R"({"type":"int","data":"5"})",
       "TypeError: Cannot convert from type `ffi.SmallStr` to `int`"},
      {R"({"type":"DataType","data":"foo"})", "ValueError: unknown dtype `foo`"},
      {R"({"type":"Device","data":[1]})",
       "ValueError: Invalid JSON Object Graph: Device data must be an array of"
       " [device_type, device_id], got 1 element(s)"},
      {R"({"type":"Device","data":[1.5,2]})",
       "TypeError: Cannot convert from type `Array[index 0: float]` to `Array<int>`"},
      {R"({"type":"ffi.Bytes","data":"abc"})",
       "InternalError: Check failed: (bytes.size % 4 == 0) is false: invalid base64 encoding"},
      {R"({"type":"ffi.Array","data":5})",
       "TypeError: Cannot convert from type `int` to `Array<Any>`"},
      {R"({"type":"ffi.Array","data":["x"]})",
       "TypeError: Cannot convert from type `ffi.SmallStr` to `int`"},
      {R"({"type":"ffi.Array","data":[-1]})",
       "ValueError: Invalid JSON Object Graph: invalid node index -1"},
      {R"({"type":"ffi.Array","data":[1]})",
       "ValueError: Invalid JSON Object Graph: invalid node index 1"},
      {R"({"type":"ffi.Array","data":[0]})",
       "ValueError: Invalid JSON Object Graph: node 0 refers to itself"},
      {R"({"type":"ffi.Map","data":[0]})",
       "ValueError: Invalid JSON Object Graph: Map/Dict data must contain an even number of"
       " [key, value] entries, got 1"},
      {R"({"type":"ffi.BigInt","data":5})", "TypeError: Cannot treat type `int` as type `str`"},
      {R"({"type":"ffi.BigInt","data":"5x"})", "ValueError: Invalid decimal string for ffi.BigInt"},
      {R"({"type":"ffi.SmallStr","data":"a"})",
       "RuntimeError: Type `ffi.SmallStr` does not support reflection creation"
       " (no native creator or __ffi_new__ type attr)"},
      {R"({"type":"ffi.Tensor","data":1})",
       "RuntimeError: Type `ffi.Tensor` does not support reflection creation"
       " (no native creator or __ffi_new__ type attr)"},
      {R"({"type":"testing.TestIntPair","data":5})",
       "TypeError: Cannot convert from type `int` to `Map<Any, Any>`"},
      {R"({"type":"testing.TestIntPair","data":{"a":1.5,"b":2}})",
       "TypeError: Cannot convert from type `float` to `int`"},
      {R"({"type":"testing.TestObjectBase","data":{"v_i64":1,"v_f64":2,"v_str":7}})",
       "ValueError: Invalid JSON Object Graph: invalid node index 7"},
  };
  for (const BadNode& bad : cases) {
    EXPECT_EQ(ErrorOf([&] { FromText(Graph(0, bad.node)); }), bad.error) << bad.node;
  }
  EXPECT_NE(
      ErrorOf([] { FromText(Graph(0, R"({"type":"nope"})")); }).find("Cannot find type `nope`"),
      std::string::npos);
  EXPECT_EQ(ErrorOf([] { FromText(Graph(3, "")); }),
            "ValueError: Invalid JSON Object Graph: invalid node index 3");
}

}  // namespace
