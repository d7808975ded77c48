// SPDX-License-Identifier: Apache-2.0
//
// Graphs of objects written by one side and read by the other, and the services that work on any
// object through reflection.
#include <tvm/ffi/big_int.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/shape.h>
#include <tvm/ffi/extra/dataclass.h>
#include <tvm/ffi/extra/json.h>
#include <tvm/ffi/extra/serialization.h>

#include "side.h"
#include "types.h"

namespace ABI_SIDE {
namespace {

Any MakeGraph(int64_t which) {
  const Base shared(7);
  switch (which) {
    case 0:
      return Array<Any>{1, true, 2.5, nullptr, String("a text that is long"), "short"};
    case 1:
      return Array<Any>{shared, shared, Make<ChildObj>(1, String("name"))};
    case 2:
      return Map<Any, Any>{{String("b"), shared}, {String("a"), ffi::List<Any>{shared, 2}}};
    case 3:
      return ffi::Dict<Any, Any>{{1, ffi::Shape({1, 2})}, {2, DLDevice{kDLCUDA, 1}}};
    case 4:
      return Make<SecondChildObj>(3, Array<Any>{DLDataType{kDLFloat, 16, 2}, shared});
    case 5:
      return (ffi::BigInt(1) << ffi::BigInt(90)) + ffi::BigInt(17);
    case 6:
      return ffi::Bytes(std::string("\0\1\2 raw bytes", 13));
    default:
      return Make<TreeObj>(Make<DagObj>(shared, 1.5), Array<Any>{shared});
  }
}
constexpr int64_t kNumGraphs = 8;

String ToText(const Any& value) {
  return ffi::json::Stringify(ffi::ToJSONGraph(value, Map<Any, Any>{{String("version"), 1}}));
}
Any FromText(const String& text) { return ffi::FromJSONGraph(ffi::json::Parse(text)); }
Any ToValue(const Any& value) { return ffi::ToJSONGraph(value); }
Any FromValue(const Any& value) { return ffi::FromJSONGraph(value); }

String ParseAndPrint(const String& text, bool indented) {
  String message;
  const Any value = ffi::json::Parse(text, &message);
  if (!message.empty()) return message;
  return indented ? ffi::json::Stringify(value, 2) : ffi::json::Stringify(value);
}

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::GlobalDef()
      .def(ABI_NAME("graph_make"), &MakeGraph)
      .def(ABI_NAME("graph_to_text"), &ToText)
      .def(ABI_NAME("graph_from_text"), &FromText)
      .def(ABI_NAME("graph_to_value"), &ToValue)
      .def(ABI_NAME("graph_from_value"), &FromValue)
      .def(ABI_NAME("json_print"), &ParseAndPrint)
      .def(ABI_NAME("graph_copy"), [](const Any& value) { return ffi::DeepCopy(value); })
      .def(ABI_NAME("graph_repr"), [](const Any& value) { return ffi::ReprPrint(value); })
      .def(ABI_NAME("graph_hash"), [](const Any& value) { return ffi::RecursiveHash(value); })
      .def(ABI_NAME("graph_equal"),
           [](const Any& a, const Any& b) { return ffi::RecursiveEq(a, b); });
}

}  // namespace

ABI_SUBJECT(json_graph) {
  for (int64_t which = 0; which < kNumGraphs; ++which) {
    const Any own = MakeGraph(which), theirs = peer["graph_make"](which);
    const String text = ToText(theirs);
    out(text);
    ABI_EXPECT(peer["graph_to_text"](own).cast<String>() == text);
    const Any read = peer["graph_from_text"](text);
    ABI_EXPECT(ToText(read) == text && read.type_index() == own.type_index());
    ABI_EXPECT(peer["graph_to_text"](FromText(text)).cast<String>() == text);
    ABI_EXPECT(ToText(FromValue(peer["graph_to_value"](own))) == text);
    ABI_EXPECT(ToText(peer["graph_from_value"](ToValue(theirs))) == text);
  }
  out(ErrorOf([&] { peer["graph_from_text"]("{\"root_index\":0}"); }));
}

ABI_SUBJECT(recursive_services) {
  for (int64_t which = 0; which < kNumGraphs; ++which) {
    const Any own = MakeGraph(which), theirs = peer["graph_make"](which);
    const Any copy = peer["graph_copy"](own);
    out(ffi::ReprPrint(theirs));
    out(ffi::RecursiveHash(theirs), ffi::RecursiveEq(own, theirs),
        peer["graph_equal"](copy, theirs).cast<bool>(), ToText(copy) == ToText(own));
    ABI_EXPECT(peer["graph_repr"](own).cast<String>() == ffi::ReprPrint(theirs));
    ABI_EXPECT(peer["graph_hash"](own).cast<int64_t>() == ffi::RecursiveHash(theirs));
  }
}

ABI_SUBJECT(json_text) {
  for (const char* text :
       {"null", "[1, -2.5, 1e300, true, \"a\\u0041\\n\"]", "{\"b\": {}, \"a\": [[]], \"b\": 1}",
        "[1,", "{\"a\" 1}", "\"\\ud83d\\ude00 \\/\"", "12345678901234567890123", "[NaN, Infinity]",
        "", "[1] x"}) {
    const String printed = peer["json_print"](text, false).cast<String>();
    out(printed, peer["json_print"](text, true).cast<String>());
    ABI_EXPECT(printed == ParseAndPrint(text, false));
  }
}

}  // namespace ABI_SIDE
