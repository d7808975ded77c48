// SPDX-License-Identifier: Apache-2.0
//
// Registers the loaders of CUDA images: `ffi.Module.load_from_bytes.cubin`, `.fatbin` and `.ptx`.
// A module gives each kernel of the image as a function
//     (grid, block, dynamic_shared_memory_bytes, *args)
// and the names of all of them as the result of `__kernels__`; it serialises to the image it was
// made of.
#include <tvm/ffi/cast.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/extra/cuda/cubin_launcher.h>
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/reflection/registry.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "driver.h"
#include "image.h"
#include "kernel.h"

namespace cubin_loader {

namespace ffi = tvm::ffi;

class CubinModuleObj : public ffi::ModuleObj {
 public:
  CubinModuleObj(const char* kind, ffi::Bytes image)
      : kind_(kind), image_(std::move(image)), cubin_(image_) {}

  const char* kind() const final { return kind_; }

  int GetPropertyMask() const final {
    return ffi::Module::kBinarySerializable | ffi::Module::kRunnable;
  }

  // Nothing when the image has no such kernel; RuntimeError when it does not fit this machine.
  ffi::Optional<ffi::Function> GetFunction(const ffi::String& name) final {
    // The function keeps the module, and so the CUDA library, loaded.
    ffi::Module self = ffi::GetRef<ffi::Module>(this);
    if (name == "__kernels__") {
      return ffi::Function::FromTyped([self, this]() { return KernelNames(); });
    }
    CUkernel handle;
    CUresult code = cuLibraryGetKernel(&handle, cubin_.GetHandle(), name.c_str());
    if (code == CUDA_ERROR_NOT_FOUND) return std::nullopt;
    CheckFits(code);
    auto kernel = std::make_shared<Kernel>(cubin_.GetKernel(name.c_str()), std::string(name));
    return ffi::Function::FromPacked(
        [self, kernel](ffi::PackedArgs args, ffi::Any*) { kernel->Launch(args); });
  }

  ffi::Bytes SaveToBytes() const final { return image_; }

  ffi::String InspectSource(const ffi::String& /*format*/) const final {
    return kind_ == std::string("ptx") ? ffi::String(image_.data(), image_.size()) : ffi::String();
  }

 private:
  // Throws unless `code` is success, in plain words when the image is for other GPUs.
  void CheckFits(CUresult code) const {
    if (code == CUDA_ERROR_NO_BINARY_FOR_GPU) {
      TVM_FFI_THROW(RuntimeError) << "The " << kind_ << " image holds no code for this machine's "
                                  << "GPU; compile it for that architecture";
    }
    TVM_FFI_CHECK_CUBIN_LAUNCHER_CUDA_ERROR(code);
  }

  // The names of all kernels, as the image has them (C++ ones mangled), sorted.
  ffi::Array<ffi::String> KernelNames() const {
    unsigned int count = 0;
    CheckFits(cuLibraryGetKernelCount(&count, cubin_.GetHandle()));
    std::vector<CUkernel> kernels(count);
    CheckFits(cuLibraryEnumerateKernels(kernels.data(), count, cubin_.GetHandle()));
    std::vector<ffi::String> names;
    for (CUkernel kernel : kernels) {
      const char* name;
      CheckFits(cuKernelGetName(&name, kernel));
      names.emplace_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  const char* kind_;
  ffi::Bytes image_;
  ffi::CubinModule cubin_;
};

namespace {

// Checks `image` as `kind` and loads it; `kind` is a string literal.
ffi::Module Load(const char* kind, void (*check)(const ffi::Bytes&), const ffi::Bytes& image) {
  check(image);
  EnsureDriver();
  return ffi::Module(ffi::make_object<CubinModuleObj>(kind, image));
}

}  // namespace

TVM_FFI_STATIC_INIT_BLOCK() {
  tvm::ffi::reflection::GlobalDef()
      .def("ffi.Module.load_from_bytes.cubin",
           [](const ffi::Bytes& image) { return Load("cubin", CheckCubin, image); })
      .def("ffi.Module.load_from_bytes.fatbin",
           [](const ffi::Bytes& image) { return Load("fatbin", CheckFatbin, image); })
      .def("ffi.Module.load_from_bytes.ptx",
           [](const ffi::Bytes& image) { return Load("ptx", CheckPtx, image); });
}

}  // namespace cubin_loader
