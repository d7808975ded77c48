// SPDX-License-Identifier: Apache-2.0
//
// Subclasses of ModuleObj whose virtual functions the other side and the runtime call.
#include <tvm/ffi/cast.h>
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/memory.h>

#include "side.h"
#include "types.h"

namespace ABI_SIDE {
namespace {

using ffi::Bytes;
using ffi::Module;

class TestModuleObj : public ffi::ModuleObj {
 public:
  explicit TestModuleObj(Bytes payload) : payload_(std::move(payload)) {}

  const char* kind() const final { return "abi_test"; }
  int GetPropertyMask() const final { return Module::kBinarySerializable | Module::kRunnable; }
  Optional<Function> GetFunction(const String& name) final {
    if (name == "payload") {
      return Function::FromTyped([self = ffi::GetRef<Module>(this), this] { return payload_; });
    }
    if (name.starts_with("echo_")) {
      return Function::FromTyped([name](const Any& value) { return Array<Any>{name, value}; });
    }
    return std::nullopt;
  }
  Optional<String> GetFunctionDoc(const String& name) final {
    if (name == "payload") return String("What the module was made of.");
    return std::nullopt;
  }
  Optional<String> GetFunctionMetadata(const String& name) final {
    if (name == "payload") return String("{\"type_schema\":\"{}\"}");
    return std::nullopt;
  }
  Array<String> GetWriteFormats() const final { return {"bin", "a longer format"}; }
  Bytes SaveToBytes() const final { return payload_; }
  String InspectSource(const String& format) const final { return "source as " + format; }

 private:
  Bytes payload_;
  Counted counted_;
};

// Overrides nothing that has a default.
class PlainModuleObj : public ffi::ModuleObj {
 public:
  const char* kind() const final { return "plain"; }
  Optional<Function> GetFunction(const String&) final { return std::nullopt; }
};

Module MakeModule(const Bytes& payload) { return Module(ffi::make_object<TestModuleObj>(payload)); }
Module MakePlain() { return Module(ffi::make_object<PlainModuleObj>()); }

// Everything that can be asked, by direct calls through the vtable.
Array<String> Ask(const Module& mod) {
  Transcript out;
  out(mod->kind(), mod->GetPropertyMask(), mod->ImplementsFunction("payload"),
      mod->ImplementsFunction("none"), mod->GetFunction("none").has_value());
  if (auto payload = mod->GetFunction("payload")) out((*payload)().cast<Bytes>().size());
  if (auto echo = mod->GetFunction("echo_x")) out((*echo)(7).cast<Array<Any>>()[1].cast<int>());
  out(mod->GetFunctionDoc("payload").value_or("no doc"),
      mod->GetFunctionMetadata("payload").value_or("no metadata"), mod->InspectSource("text"));
  for (const String& format : mod->GetWriteFormats()) out("format", format);
  out(ErrorOf([&] { mod->WriteToFile("/nonexistent/file", "bin"); }));
  out(ErrorOf([&] { mod->SaveToBytes(); }));
  out(mod->imports().size(), mod->GetFunction("echo_deep", true).has_value(),
      mod->ImplementsFunction("payload", true), mod->GetFunctionDoc("payload", true).has_value(),
      mod->GetFunctionMetadata("payload", true).has_value());
  return out.lines();
}

void Import(const Module& mod, const Module& other) { mod->ImportModule(other); }
void Clear(const Module& mod) { mod->ClearImports(); }

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::GlobalDef()
      .def(ABI_NAME("module_make"), &MakeModule)
      .def(ABI_NAME("module_plain"), &MakePlain)
      .def(ABI_NAME("module_ask"), &Ask)
      .def(ABI_NAME("module_import"), &Import)
      .def(ABI_NAME("module_clear"), &Clear)
      .def(ABI_NAME("module_live"), [] { return live_objects; });
  const char* loader = "ffi.Module.load_from_bytes.abi_test";
  if (!Function::GetGlobal(loader).has_value()) refl::GlobalDef().def(loader, &MakeModule);
}

}  // namespace

ABI_SUBJECT(modules) {
  const Bytes payload("the payload of the module");
  for (bool plain : {false, true}) {
    const Module own = plain ? MakePlain() : MakeModule(payload);
    const Module theirs =
        plain ? peer["module_plain"]().cast<Module>() : peer["module_make"](payload).cast<Module>();
    const Array<String> answers = Ask(theirs);
    const auto theirs_of_own = peer["module_ask"](own).cast<Array<String>>();
    for (size_t i = 0; i < answers.size(); ++i) {
      out(answers[i]);
      ABI_EXPECT(answers[i] == theirs_of_own[i]);
    }
  }
}

ABI_SUBJECT(module_imports) {
  const Module own = MakePlain(), theirs = peer["module_plain"]().cast<Module>();
  const Module leaf = peer["module_make"](ffi::Bytes("leaf")).cast<Module>();
  peer["module_import"](own, theirs);
  Import(theirs, leaf);
  out(own->imports().size(), own->imports()[0].same_as(theirs));
  for (const String& answer : peer["module_ask"](own).cast<Array<String>>()) out(answer);
  out((*own->GetFunction("payload", true))().cast<ffi::Bytes>().size());
  out(ErrorOf([&] { peer["module_import"](leaf, own); }));
  Clear(theirs);
  peer["module_clear"](own);
  out(own->imports().size(), theirs->imports().size(), leaf.use_count());
}

ABI_SUBJECT(module_loaders) {
  const Module own = MakeModule(ffi::Bytes("to be saved"));
  const std::string loader = std::string("ffi.Module.load_from_bytes.") + own->kind();
  const Module loaded = Function::GetGlobalRequired(loader)(own->SaveToBytes()).cast<Module>();
  for (const String& answer : peer["module_ask"](loaded).cast<Array<String>>()) out(answer);
  out(ErrorOf([&] { Module::LoadFromFile("/nonexistent/library.abi"); }));
}

ABI_SUBJECT(module_lifetime) {
  const int64_t before = peer["module_live"]().cast<int64_t>();
  Optional<Function> payload;
  {
    const Module theirs = peer["module_make"](ffi::Bytes("kept by its function")).cast<Module>();
    payload = theirs->GetFunction("payload");
  }
  out(peer["module_live"]().cast<int64_t>() - before, payload.value()().cast<ffi::Bytes>().size());
  payload = std::nullopt;
  out(peer["module_live"]().cast<int64_t>() - before);
}

}  // namespace ABI_SIDE
