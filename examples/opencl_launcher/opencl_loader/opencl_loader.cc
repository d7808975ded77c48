// SPDX-License-Identifier: Apache-2.0
//
// Registers the loaders of OpenCL programs: `ffi.Module.load_from_bytes.opencl` (source text) and
// `.opencl_bin` (compiled for one device; binary.h). A module gives
//  - each kernel as a function (grid, block, dynamic_shared_memory_bytes, *args), see
//    opencl_launcher/kernel.h;
//  - `__kernels__() -> Array<String>`: the kernels' names;
//  - `__binary__() -> Bytes`: a payload of kind `opencl_bin` for this device;
// and serialises to the payload it was made of.
#include <opencl_launcher.h>
#include <tvm/ffi/cast.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/extra/module.h>
#include <tvm/ffi/reflection/registry.h>

#include <memory>
#include <string_view>
#include <utility>

#include "binary.h"
#include "driver.h"

namespace opencl_loader {

namespace ffi = tvm::ffi;
using opencl_launcher::Device;
using opencl_launcher::Kernel;
using opencl_launcher::Parameter;
using opencl_launcher::ParameterKind;
using opencl_launcher::Program;
using opencl_launcher::Signature;

namespace {

constexpr const char* kListKernels = "__kernels__";
constexpr const char* kMakeBinary = "__binary__";

// The type of the argument for a parameter, as type schemas name it.
const char* ArgumentType(const Parameter& parameter) {
  if (parameter.kind == ParameterKind::kBuffer) {
    return R"({"type":"Optional","args":[{"type":"ffi.Tensor"}]})";
  }
  if (parameter.kind != ParameterKind::kScalar) return R"({"type":"Any"})";
  return parameter.element()->dtype.code == kDLFloat ? R"({"type":"float"})" : R"({"type":"int"})";
}

// The type schema of a launch; grid, block and memory sizes take several types.
std::string TypeSchema(const Signature& signature) {
  std::string params = R"({"type":"Any"},{"type":"Any"},{"type":"Any"})";
  for (const Parameter& parameter : signature.parameters) {
    if (parameter.kind != ParameterKind::kLocal)
      params += std::string(",") + ArgumentType(parameter);
  }
  return R"({"type":"ffi.Function","named_args":{"return":[{"type":"None"}],"params":[)" + params +
         "]}}";
}

}  // namespace

class OpenCLModuleObj : public ffi::ModuleObj {
 public:
  OpenCLModuleObj(const char* kind, ffi::Bytes payload, Program program,
                  std::vector<Signature> signatures)
      : kind_(kind),
        payload_(std::move(payload)),
        program_(std::move(program)),
        signatures_(std::move(signatures)) {}

  const char* kind() const final { return kind_; }

  int GetPropertyMask() const final {
    return ffi::Module::kBinarySerializable | ffi::Module::kRunnable;
  }

  ffi::Optional<ffi::Function> GetFunction(const ffi::String& name) final {
    // Functions keep the module loaded.
    ffi::Module self = ffi::GetRef<ffi::Module>(this);
    if (name == kListKernels) {
      return ffi::Function::FromTyped([self, this]() { return KernelNames(); });
    }
    if (name == kMakeBinary) {
      return ffi::Function::FromTyped([self, this]() { return MakeBinary(); });
    }
    const Signature* signature = FindSignature(name);
    if (signature == nullptr) return std::nullopt;
    auto kernel = std::make_shared<Kernel>(Device::Default(), program_, *signature);
    return ffi::Function::FromPacked(
        [self, kernel](ffi::PackedArgs args, ffi::Any*) { kernel->Launch(args); });
  }

  bool ImplementsFunction(const ffi::String& name) final {
    return name == kListKernels || name == kMakeBinary || FindSignature(name) != nullptr;
  }

  // The kernel's declaration.
  ffi::Optional<ffi::String> GetFunctionDoc(const ffi::String& name) final {
    const Signature* signature = FindSignature(name);
    if (signature == nullptr) return std::nullopt;
    return ffi::String(signature->Declaration());
  }

  ffi::Optional<ffi::String> GetFunctionMetadata(const ffi::String& name) final {
    const Signature* signature = FindSignature(name);
    if (signature == nullptr) return std::nullopt;
    std::string schema(ffi::EscapeStringJSON(TypeSchema(*signature)));
    return ffi::String(R"({"type_schema":)" + schema + "}");
  }

  ffi::Bytes SaveToBytes() const final { return payload_; }

  ffi::String InspectSource(const ffi::String& /*format*/) const final {
    return IsBinary() ? ffi::String() : ffi::String(payload_.data(), payload_.size());
  }

 private:
  bool IsBinary() const { return std::string_view(kind_) == "opencl_bin"; }

  const Signature* FindSignature(const ffi::String& name) const {
    for (const Signature& signature : signatures_) {
      if (name == signature.name) return &signature;
    }
    return nullptr;
  }

  ffi::Array<ffi::String> KernelNames() const {
    ffi::Array<ffi::String> names;
    for (const Signature& signature : signatures_) names.push_back(signature.name);
    return names;
  }

  ffi::Bytes MakeBinary() const {
    if (IsBinary()) return payload_;
    return WriteBinary({Device::Default().identity(), signatures_, program_.Binary()});
  }

  const char* kind_;
  ffi::Bytes payload_;
  Program program_;
  std::vector<Signature> signatures_;
};

namespace {

ffi::Module LoadSource(const ffi::Bytes& payload) {
  std::string_view text(payload.data(), payload.size());
  if (size_t position = text.find('\0'); position != std::string_view::npos) {
    TVM_FFI_THROW(ValueError) << "Payload of kind `opencl` is not text: it has a NUL byte at "
                              << position;
  }
  EnsureDriver();
  Program program = Program::FromSource(Device::Default(), text);
  std::vector<Signature> signatures;
  for (const std::string& name : program.KernelNames()) {
    signatures.push_back(ReadSignature(program, name));
  }
  if (signatures.empty()) {
    TVM_FFI_THROW(ValueError) << "Payload of kind `opencl` has no kernel";
  }
  return ffi::Module(ffi::make_object<OpenCLModuleObj>("opencl", payload, std::move(program),
                                                       std::move(signatures)));
}

ffi::Module LoadBinary(const ffi::Bytes& payload) {
  Binary binary = ReadBinary(payload);
  EnsureDriver();
  const Device& device = Device::Default();
  if (binary.device != device.identity()) {
    TVM_FFI_THROW(RuntimeError) << "Payload of kind `opencl_bin` is for another device:\n  "
                                << binary.device << "\nThis process uses:\n  " << device.identity()
                                << "\nMake one for it from the source (kind `opencl`, function "
                                   "`__binary__`)";
  }
  return ffi::Module(ffi::make_object<OpenCLModuleObj>("opencl_bin", payload,
                                                       Program::FromBinary(device, binary.program),
                                                       std::move(binary.signatures)));
}

}  // namespace

TVM_FFI_STATIC_INIT_BLOCK() {
  tvm::ffi::reflection::GlobalDef()
      .def("ffi.Module.load_from_bytes.opencl", LoadSource)
      .def("ffi.Module.load_from_bytes.opencl_bin", LoadBinary);
}

}  // namespace opencl_loader
