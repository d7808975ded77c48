// SPDX-License-Identifier: Apache-2.0
// JSON graphs: what loads can be written, and what is written loads to the same value.
//
// An input that starts with `{` is the text of a graph. Any other describes one byte by byte, which
// gets past the syntax at once.
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/dict.h>
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/extra/serialization.h>
#include <tvm/ffi/reflection/registry.h>

#include <cstdint>
#include <optional>
#include <string>

#include "fuzz_util.h"

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)

/*! \brief An object with fields of every kind that the graph treats differently. */
class RecordObj : public Object {
 public:
  int64_t number = 0;
  double ratio = 0;
  bool flag = false;
  DLDataType dtype{kDLFloat, 32, 1};
  String name;
  Optional<String> note;
  Array<Any> parts;
  Map<String, Any> table;
  Any anything;
  ObjectRef next;

  static constexpr bool _type_mutable = true;
  TVM_FFI_DECLARE_OBJECT_INFO_FINAL("fuzz.Record", RecordObj, Object);
};

TVM_FFI_STATIC_INIT_BLOCK() {
  namespace refl = tvm::ffi::reflection;
  refl::ObjectDef<RecordObj>()
      .def_ro("number", &RecordObj::number)
      .def_rw("ratio", &RecordObj::ratio, refl::default_value(0.5))
      .def_rw("flag", &RecordObj::flag, refl::default_value(false))
      .def_rw("dtype", &RecordObj::dtype, refl::default_value(DLDataType{kDLInt, 8, 1}))
      .def_rw("name", &RecordObj::name, refl::default_value(String("record")))
      .def_rw("note", &RecordObj::note, refl::default_value(Optional<String>()))
      .def_rw("parts", &RecordObj::parts, refl::default_value(Array<Any>()))
      .def_rw("table", &RecordObj::table, refl::default_value(Map<String, Any>()))
      .def_rw("anything", &RecordObj::anything, refl::default_value(Any()))
      .def_rw("next", &RecordObj::next, refl::default_value(ObjectRef()));
}

constexpr const char* kTypes[] = {
    "None",      "bool",        "int",       "float",      "DataType",  "Device",   "ffi.String",
    "ffi.Bytes", "ffi.Shape",   "ffi.Array", "ffi.List",   "ffi.Map",   "ffi.Dict", "ffi.BigInt",
    "ffi.Error", "fuzz.Record", "ffi.Enum",  "ffi.Tensor", "ffi.Object"};
constexpr size_t kNumTypes = sizeof(kTypes) / sizeof(kTypes[0]);

constexpr const char* kTexts[] = {"", "abc", "float32x4", "AQID", "-12345678901234567890"};
constexpr size_t kNumTexts = sizeof(kTexts) / sizeof(kTexts[0]);

constexpr const char* kFields[] = {"number", "ratio", "flag",  "dtype",    "name",
                                   "note",   "parts", "table", "anything", "next"};

/*! \brief A list of small integers, mostly indices of nodes. */
json::Array MakeRefs(FuzzInput* input) {
  json::Array refs;
  for (int count = input->Byte() % 8; count > 0; --count) {
    refs.push_back(static_cast<int64_t>(input->Byte() % 32) - 1);
  }
  return refs;
}

Any MakeData(FuzzInput* input) {
  switch (input->Byte() % 8) {
    case 0:
      return static_cast<int64_t>(static_cast<int8_t>(input->Byte()));
    case 1:
      return input->Byte() / 7.0;
    case 2:
      return input->Byte() % 2 == 0;
    case 3:
      return String(kTexts[input->Byte() % kNumTexts]);
    case 4: {
      const FuzzInput text = input->Take(input->Byte());
      return String(text.data(), text.size());
    }
    case 5: {
      json::Object fields;
      for (const char* field : kFields) {
        if (input->Byte() % 2 == 0) continue;
        fields.Set(field, input->Byte() % 4 == 0 ? Any(String(kTexts[input->Byte() % kNumTexts]))
                                                 : Any(static_cast<int64_t>(input->Byte() % 32)));
      }
      return fields;
    }
    default:
      return MakeRefs(input);
  }
}

json::Value MakeGraph(FuzzInput input) {
  const int64_t root = input.Byte() % 32;
  json::Array nodes;
  while (!input.empty()) {
    json::Object node;
    node.Set("type", String(kTypes[input.Byte() % kNumTypes]));
    node.Set("data", MakeData(&input));
    nodes.push_back(node);
  }
  return json::Object{{"root_index", root}, {"nodes", nodes}};
}

/*! \brief The graph that an input stands for; nothing when its text is not JSON. */
std::optional<json::Value> ReadGraph(FuzzInput input) {
  if (input.empty() || input.data()[0] != '{') return MakeGraph(input);
  String message;
  json::Value graph = json::Parse(String(input.data(), input.size()), &message);
  if (!message.empty()) return std::nullopt;
  return graph;
}

std::optional<Any> Load(const json::Value& graph) {
  try {
    return FromJSONGraph(graph);
  } catch (const Error& error) {
    FUZZ_CHECK(!error.kind().empty() && !error.message().empty());
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::optional<json::Value> graph = ReadGraph(FuzzInput(data, size));
  if (!graph.has_value()) return 0;
  const std::optional<Any> value = Load(*graph);
  if (!value.has_value()) return 0;
  const json::Value written = ToJSONGraph(*value);
  const std::optional<Any> back = Load(written);
  FUZZ_CHECK(back.has_value());
  FUZZ_CHECK(back->type_index() == value->type_index());
  FUZZ_CHECK(json::Stringify(ToJSONGraph(*back)) == json::Stringify(written));
  return 0;
}
