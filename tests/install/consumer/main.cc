// SPDX-License-Identifier: Apache-2.0
// Uses what counter.cc registers, by name, and prints what comes out.
#include <iostream>

#include "counter.h"
#include "every_header.h"

namespace {

namespace ffi = tvm::ffi;

void CallFunctions() {
  const ffi::Function divide = ffi::Function::GetGlobalRequired("consumer.divide");
  std::cout << "divide: " << divide(7, 2).cast<int64_t>() << "\n";
  try {
    divide(7, 0);
  } catch (const ffi::Error& error) {
    std::cout << error.kind() << ": " << error.message() << "\n";
  }
}

void ReflectObject() {
  consumer::Counter counter("sheep");
  const ffi::Function add = ffi::reflection::GetMethod("consumer.Counter", "add");
  add(counter, 2);
  std::cout << "count: " << add(counter, 3).cast<int64_t>() << "\n";

  const ffi::String text = ffi::json::Stringify(ffi::ToJSONGraph(counter));
  std::cout << "graph: " << text << "\n";
  const auto back = ffi::FromJSONGraph(ffi::json::Parse(text)).cast<consumer::Counter>();
  std::cout << "back: " << back->name << " " << back->count << "\n";
}

void LoadModules() {
  const ffi::Module module = ffi::Module::LoadFromBytes("counter", ffi::Bytes("abc", 3));
  std::cout << "module: " << module->kind() << " "
            << module->GetFunction("add").value()(4).cast<int64_t>() << "\n";
}

/*! \brief What the library registers on its own is there, whichever way it is linked. */
void UseRegisteredServices() {
  ffi::BigInt big = 1;
  for (int i = 0; i < 70; ++i) big *= 2;
  const ffi::Map<ffi::Any, int64_t> by_number{{big, 70}};
  std::cout << "2^70 = " << big << ", " << by_number.at(big + 0) << "\n";
  const ffi::Function repr = ffi::Function::GetGlobalRequired("ffi.ReprPrint");
  std::cout << "repr: " << repr(ffi::Array<int>{1, 2}).cast<ffi::String>() << "\n";
  for (const char* name : {"ffi.json.Parse", "ffi.FromJSONGraph", "ffi.SystemLib", "ffi.Array"}) {
    ffi::Function::GetGlobalRequired(name);
  }
}

}  // namespace

int main() {
  CallFunctions();
  ReflectObject();
  LoadModules();
  UseRegisteredServices();
  return 0;
}
