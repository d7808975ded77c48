// SPDX-License-Identifier: Apache-2.0
//
// Rows of the extra services on one document: JSON text, structural equality and hash, the JSON
// graph, copies and texts.
#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/extra/json.h>
#include <tvm/ffi/extra/serialization.h>
#include <tvm/ffi/extra/structural_equal.h>
#include <tvm/ffi/extra/structural_hash.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/string.h>

#include <cstdint>
#include <cstdio>
#include <random>
#include <string>

#include "rows.h"

namespace rows {

namespace {

using namespace tvm::ffi;  // NOLINT(google-build-using-namespace)

// One record: numbers of all kinds, short and long texts, an escape now and then, nested
// containers.
std::string Record(std::mt19937* random, int id) {
  auto below = [&](unsigned n) { return static_cast<int>((*random)() % n); };
  auto number = [&](double scale) {
    char text[40];
    std::snprintf(text, sizeof(text), "%.6f", (below(2000001) - 1000000) * scale);
    return std::string(text);
  };
  const char* words[] = {"conv2d",  "relu",   "a longer operator name",
                         "add",     "matmul", "path/to/a weight file",
                         "softmax", "x"};
  std::string out = "{\"id\": " + std::to_string(id) + ", \"name\": \"" + words[below(8)] + "\"";
  out += ", \"description\": \"node " + std::to_string(id) + " of the graph" +
         (below(4) == 0 ? ",\\nwith \\\"quotes\\\"" : "") + "\"";
  out += ", \"score\": " + number(0.013) + ", \"ratio\": 0." + std::to_string(below(1000000));
  out += ", \"enabled\": " + std::string(below(2) ? "true" : "false") + ", \"parent\": null";
  out += ", \"shape\": [";
  for (int i = 0, n = 1 + below(5); i < n; ++i) {
    out += (i ? ", " : "") + std::to_string(1 << below(12));
  }
  out += "], \"position\": {\"x\": " + number(0.5) + ", \"y\": " + number(0.25) + "}";
  out += ", \"attributes\": {\"data_layout\": \"NCHW\", \"kernel\": [3, 3], \"stride\": " +
         std::to_string(below(4)) + ", \"tags\": [\"" + words[below(8)] + "\", \"" +
         words[below(8)] + "\"]}";
  return out + "}";
}

std::string Document(size_t size) {
  std::mt19937 random(2024);
  std::string out = "{\"version\": 1, \"nodes\": [";
  for (int id = 0; out.size() < size; ++id) out += (id ? ",\n" : "") + Record(&random, id);
  return out + "]}";
}

}  // namespace

void AddExtraRows(Table* table) {
  constexpr size_t kBytes = 250000;
  String text(Document(kBytes));
  Any value = json::Parse(text), same = json::Parse(text);

  table->Add("json::Parse, per byte", static_cast<double>(text.size()), [&] {
    Any parsed = json::Parse(text);
    Keep(parsed);
  });
  const double written_size = static_cast<double>(json::Stringify(value).size());
  table->Add("json::Stringify, per byte", written_size, [&] {
    String written = json::Stringify(value);
    Keep(written);
  });
  const double indented_size = static_cast<double>(json::Stringify(value, 2).size());
  table->Add("json::Stringify(2), per byte", indented_size, [&] {
    String written = json::Stringify(value, 2);
    Keep(written);
  });
  table->Add("StructuralEqual document", 1, [&] {
    bool equal = StructuralEqual::Equal(value, same);
    Keep(equal);
  });
  table->Add("StructuralHash document", 1, [&] {
    uint64_t hash = StructuralHash::Hash(value);
    Keep(hash);
  });
  Any graph = ToJSONGraph(value);
  table->Add("ToJSONGraph document", 1, [&] {
    Any made = ToJSONGraph(value);
    Keep(made);
  });
  table->Add("FromJSONGraph document", 1, [&] {
    Any made = FromJSONGraph(graph);
    Keep(made);
  });
  for (const char* name : {"ffi.DeepCopy", "ffi.ReprPrint", "ffi.RecursiveHash"}) {
    Function func = Function::GetGlobalRequired(name);
    table->Add(std::string(name) + " document", 1, [&] {
      Any result = func(value);
      Keep(result);
    });
  }
  Function recursive_equal = Function::GetGlobalRequired("ffi.RecursiveEq");
  table->Add("ffi.RecursiveEq document", 1, [&] {
    Any result = recursive_equal(value, same);
    Keep(result);
  });
}

}  // namespace rows
