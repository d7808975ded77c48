// SPDX-License-Identifier: Apache-2.0
// The blob of embedded modules (`__tvm_ffi__library_bin`): any body loads or is refused, reads
// nothing outside itself and leaves no module behind.
//
// The input is the body; its length in front is written here, because nothing can check a wrong
// one.
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/reflection/registry.h>

#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz_util.h"
#include "module_internal.h"

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)

/*! \brief Modules made by the loader of kind `m` and not yet destroyed. */
std::vector<ModuleObj*> live_modules;

class PayloadModuleObj final : public ModuleObj {
 public:
  explicit PayloadModuleObj(Bytes payload) : payload_(std::move(payload)) {
    live_modules.push_back(this);
  }
  ~PayloadModuleObj() {
    for (auto it = live_modules.begin(); it != live_modules.end(); ++it) {
      if (*it != this) continue;
      live_modules.erase(it);
      return;
    }
  }
  const char* kind() const final { return "m"; }
  Optional<Function> GetFunction(const String&) final { return std::nullopt; }
  Bytes SaveToBytes() const final { return payload_; }

 private:
  Bytes payload_;
};

TVM_FFI_STATIC_INIT_BLOCK() {
  reflection::GlobalDef()
      .def("ffi.Module.load_from_bytes.m",
           [](const Bytes& payload) { return Module(make_object<PayloadModuleObj>(payload)); })
      .def("ffi.Module.load_from_bytes.none", [](const Bytes&) { return Any(); })
      .def("ffi.Module.load_from_bytes.raise", [](const Bytes& payload) -> Any {
        TVM_FFI_THROW(ValueError) << "payload of " << payload.size() << " bytes";
      });
}

/*! \brief A library that exports one blob, and a new context variable for each library module. */
class BlobLibrary final : public Library {
 public:
  BlobLibrary(FuzzInput body, std::deque<void*>* contexts, bool* closed)
      : blob_(sizeof(uint64_t) + body.size()), contexts_(contexts), closed_(closed) {
    uint64_t size = body.size();
    for (size_t i = 0; i < sizeof(size); ++i, size >>= 8) blob_[i] = static_cast<char>(size);
    std::memcpy(blob_.data() + sizeof(size), body.data(), body.size());
  }
  ~BlobLibrary() final { *closed_ = true; }

  void* GetSymbol(const std::string& name) final {
    if (name == symbol::tvm_ffi_library_bin) return blob_.data();
    if (name == symbol::tvm_ffi_library_ctx) return &contexts_->emplace_back(nullptr);
    return nullptr;
  }

 private:
  std::vector<char> blob_;
  std::deque<void*>* contexts_;
  bool* closed_;
};

/*! \brief The format admits import cycles, which only a removal of the imports releases. */
void DropImports(const std::deque<void*>& contexts) {
  std::vector<Module> modules;
  auto keep = [&](ModuleObj* module) {
    modules.push_back(detail::ObjectUnsafe::ObjectRefFromObjectPtr<Module>(
        detail::ObjectUnsafe::ObjectPtrFromUnowned<ModuleObj>(module)));
  };
  for (ModuleObj* module : live_modules) keep(module);
  for (void* context : contexts) {
    if (context != nullptr) keep(static_cast<ModuleObj*>(context));
  }
  for (const Module& module : modules) module->ClearImports();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::deque<void*> contexts;
  bool closed = false;
  try {
    Module root = CreateLibraryModule(
        std::make_shared<BlobLibrary>(FuzzInput(data, size), &contexts, &closed));
    const std::string_view kind = root->kind();
    FUZZ_CHECK(kind == "library" || kind == "m");
    root->GetFunction("absent", /*query_imports=*/true);
    DropImports(contexts);
  } catch (const Error& error) {
    FUZZ_CHECK(!error.message().empty());
  }
  FUZZ_CHECK(live_modules.empty());
  FUZZ_CHECK(closed);
  return 0;
}
