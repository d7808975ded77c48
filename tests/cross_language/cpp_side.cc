// SPDX-License-Identifier: Apache-2.0
//
// The C++ side of the cross-language tests: a loader of its own, and functions that load with other
// sides' loaders, raise, and catch. python_side in conftest.py and rust_side/src/lib.rs are alike.
#include <tvm/ffi/cast.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/reflection/registry.h>

#include <string>

namespace ffi = tvm::ffi;

namespace {

// A module over its payload: `describe()` gives "c++:<payload>".
class CppModuleObj : public ffi::ModuleObj {
 public:
  explicit CppModuleObj(ffi::Bytes payload) : payload_(std::move(payload)) {}
  const char* kind() const final { return "cross_cpp"; }
  ffi::Optional<ffi::Function> GetFunction(const ffi::String& name) final {
    if (name != "describe") return std::nullopt;
    ffi::Module self = ffi::GetRef<ffi::Module>(this);
    return ffi::Function::FromTyped(
        [self, this]() { return ffi::String("c++:" + std::string(payload_)); });
  }

 private:
  ffi::Bytes payload_;
};

// A payload of "fail" makes the loader raise.
ffi::Module LoadCpp(const ffi::Bytes& payload) {
  if (payload == "fail") TVM_FFI_THROW(ValueError) << "c++ loader refuses";
  return ffi::Module(ffi::make_object<CppModuleObj>(payload));
}

// Loads with whoever registered `kind` and calls `describe`.
ffi::String LoadAndDescribe(const ffi::String& kind, const ffi::Bytes& payload) {
  ffi::Module module = ffi::Module::LoadFromBytes(kind, payload);
  return module->GetFunction("describe").value()().cast<ffi::String>();
}

// Not inlined: the tests look for its name in tracebacks.
[[gnu::noinline]] void CppRaise(const ffi::String& kind, const ffi::String& message) {
  throw ffi::Error(std::string(kind), std::string(message),
                   TVMFFIBacktrace(__FILE__, __LINE__, "CppRaise", 0));
}

// Calls `f()` and gives [kind, message, traceback] of what it raised.
ffi::Array<ffi::String> Catch(const ffi::Function& f) {
  try {
    f();
  } catch (const ffi::Error& error) {
    return {error.kind(), error.message(), error.TracebackMostRecentCallLast()};
  }
  return {};
}

// Calls `f()` and lets what it raises pass.
ffi::Any Forward(const ffi::Function& f) { return f(); }

TVM_FFI_STATIC_INIT_BLOCK() {
  tvm::ffi::reflection::GlobalDef().def("ffi.Module.load_from_bytes.cross_cpp", LoadCpp);
}

}  // namespace

TVM_FFI_DLL_EXPORT_TYPED_FUNC(load_and_describe, LoadAndDescribe);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(raise_error, CppRaise);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(catch_error, Catch);
TVM_FFI_DLL_EXPORT_TYPED_FUNC(forward, Forward);
