// SPDX-License-Identifier: Apache-2.0
//
// The cheapest loader there can be: kind `null` gives the same module for every payload, so that a
// benchmark of it measures the dispatch alone.
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/reflection/registry.h>

namespace ffi = tvm::ffi;

namespace {

class NullModuleObj : public ffi::ModuleObj {
 public:
  const char* kind() const final { return "null"; }
  ffi::Optional<ffi::Function> GetFunction(const ffi::String&) final { return std::nullopt; }
};

ffi::Module SharedModule(const ffi::Bytes&) {
  static ffi::Module module(ffi::make_object<NullModuleObj>());
  return module;
}

ffi::Module FreshModule(const ffi::Bytes&) {
  return ffi::Module(ffi::make_object<NullModuleObj>());
}

}  // namespace

TVM_FFI_STATIC_INIT_BLOCK() {
  tvm::ffi::reflection::GlobalDef()
      .def("ffi.Module.load_from_bytes.null", SharedModule)
      .def("ffi.Module.load_from_bytes.fresh_null", FreshModule);
}
