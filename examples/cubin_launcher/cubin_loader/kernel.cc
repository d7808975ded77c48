// SPDX-License-Identifier: Apache-2.0
//
// From packed FFI arguments to a kernel launch: argument checks and narrowing, device and stream.
#include "kernel.h"

#include <tvm/ffi/container/tensor.h>

#include <cmath>
#include <map>
#include <mutex>
#include <utility>

#include "launch_shape.h"

namespace cubin_loader {

namespace ffi = tvm::ffi;

namespace {

// The bytes of one argument, as wide as the widest parameter that is passed by value here.
union ParamValue {
  uint64_t bits;
  double f64;
  float f32;
  const void* pointer;
};

// The primary context of a device, retained once per process and never released: releasing the last
// reference would destroy what other users of the device have in it. The CUDA runtime does the
// same.
CUcontext PrimaryContextOf(int device_id) {
  static std::mutex mutex;
  static std::map<int, CUcontext> contexts;
  std::lock_guard<std::mutex> lock(mutex);
  auto it = contexts.find(device_id);
  if (it == contexts.end()) {
    CUdevice device;
    CUcontext context;
    TVM_FFI_CHECK_CUBIN_LAUNCHER_CUDA_ERROR(cuDeviceGet(&device, device_id));
    TVM_FFI_CHECK_CUBIN_LAUNCHER_CUDA_ERROR(cuDevicePrimaryCtxRetain(&context, device));
    it = contexts.emplace(device_id, context).first;
  }
  return it->second;
}

// Makes the primary context of a device current for a scope.
class ContextGuard {
 public:
  explicit ContextGuard(int device_id) {
    TVM_FFI_CHECK_CUBIN_LAUNCHER_CUDA_ERROR(cuCtxPushCurrent(PrimaryContextOf(device_id)));
  }
  ContextGuard(const ContextGuard&) = delete;
  ContextGuard& operator=(const ContextGuard&) = delete;
  ~ContextGuard() {
    CUcontext popped;
    cuCtxPopCurrent(&popped);
  }
};

// Checks and packs the arguments of one launch.
class ArgPacker {
 public:
  ArgPacker(const std::string& kernel, const std::vector<size_t>& param_sizes)
      : kernel_(kernel), param_sizes_(param_sizes), values_(param_sizes.size()) {}

  void PackAll(ffi::PackedArgs args) {
    for (size_t i = 0; i < param_sizes_.size(); ++i) {
      index_ = i;
      values_[i] = Pack(args[static_cast<int>(i) + kNumLaunchArgs]);
    }
  }

  // One pointer per parameter, as a launch wants them; valid while this object lives.
  std::vector<void*> Pointers() {
    std::vector<void*> pointers(values_.size());
    for (size_t i = 0; i < values_.size(); ++i) pointers[i] = &values_[i];
    return pointers;
  }

  // Index of the CUDA device of the tensors; 0 when there is none.
  int device_id() const { return device_id_ < 0 ? 0 : device_id_; }

 private:
  size_t param_size() const { return param_sizes_[index_]; }

  // Where the value goes, for messages: "argument 2 of kernel `scale`".
  std::string Where() const {
    return "argument " + std::to_string(index_) + " of kernel `" + kernel_ + "`";
  }

  ParamValue Pack(const ffi::AnyView& value) {
    ParamValue out;
    out.bits = 0;
    switch (value.type_index()) {
      case ffi::TypeIndex::kTVMFFIInt:
      case ffi::TypeIndex::kTVMFFIBool:
        out.bits = NarrowInt(value.cast<int64_t>());
        return out;
      case ffi::TypeIndex::kTVMFFIFloat:
        return NarrowFloat(value.cast<double>());
      case ffi::TypeIndex::kTVMFFINone:
      case ffi::TypeIndex::kTVMFFIOpaquePtr:
        CheckPointerSize();
        out.pointer = value.cast<void*>();
        return out;
      case ffi::TypeIndex::kTVMFFITensor:
      case ffi::TypeIndex::kTVMFFIDLTensorPtr:
        CheckPointerSize();
        out.pointer = TensorData(*value.cast<DLTensor*>());
        return out;
      default:
        TVM_FFI_THROW(TypeError) << Where() << ": expected a tensor, int, float, bool, pointer or "
                                 << "None, got " << value.GetTypeKey();
    }
    TVM_FFI_UNREACHABLE();
  }

  // Accepts what either the signed or the unsigned type of the parameter's size can hold.
  uint64_t NarrowInt(int64_t value) const {
    size_t size = param_size();
    if (size == sizeof(int64_t)) return static_cast<uint64_t>(value);
    if (size != 1 && size != 2 && size != 4) ThrowSize("an int");
    int64_t limit = int64_t{1} << (8 * size);
    if (value < -limit / 2 || value >= limit) {
      TVM_FFI_THROW(ValueError) << Where() << ": " << value << " does not fit its " << size
                                << "-byte parameter";
    }
    return static_cast<uint64_t>(value);
  }

  ParamValue NarrowFloat(double value) const {
    ParamValue out;
    out.bits = 0;
    if (param_size() == sizeof(double)) {
      out.f64 = value;
    } else if (param_size() == sizeof(float)) {
      out.f32 = static_cast<float>(value);
      if (std::isinf(out.f32) && !std::isinf(value)) {
        TVM_FFI_THROW(ValueError) << Where() << ": " << value << " does not fit a 4-byte float";
      }
    } else {
      ThrowSize("a float");
    }
    return out;
  }

  void CheckPointerSize() const {
    if (param_size() != sizeof(void*)) ThrowSize("a pointer");
  }

  [[noreturn]] void ThrowSize(const char* what) const {
    TVM_FFI_THROW(TypeError) << Where() << ": its parameter takes " << param_size()
                             << " bytes, so it cannot be " << what;
    TVM_FFI_UNREACHABLE();
  }

  const void* TensorData(const DLTensor& tensor) {
    if (tensor.device.device_type != kDLCUDA) {
      TVM_FFI_THROW(ValueError) << Where() << ": expected a tensor on a CUDA device, got one on "
                                << "device type " << static_cast<int>(tensor.device.device_type)
                                << (tensor.device.device_type == kDLCPU ? " (cpu)" : "");
    }
    if (device_id_ >= 0 && device_id_ != tensor.device.device_id) {
      TVM_FFI_THROW(ValueError) << Where() << ": the tensor is on cuda:" << tensor.device.device_id
                                << ", but an earlier one is on cuda:" << device_id_;
    }
    device_id_ = tensor.device.device_id;
    return static_cast<const char*>(tensor.data) + tensor.byte_offset;
  }

  const std::string& kernel_;
  const std::vector<size_t>& param_sizes_;
  std::vector<ParamValue> values_;
  size_t index_ = 0;
  int device_id_ = -1;
};

}  // namespace

Kernel::Kernel(ffi::CubinKernel kernel, std::string name)
    : kernel_(std::move(kernel)), name_(std::move(name)) {
  size_t offset, size;
  while (cuKernelGetParamInfo(kernel_.GetHandle(), param_sizes_.size(), &offset, &size) ==
         CUDA_SUCCESS) {
    param_sizes_.push_back(size);
  }
}

void Kernel::AllowSharedMemory(uint32_t bytes, int device_id) {
  if (bytes == 0) return;
  std::lock_guard<std::mutex> lock(mutex_);
  uint32_t& allowed = allowed_shared_bytes_[device_id];
  if (bytes <= allowed) return;
  const CUdevice device = ffi::cuda_api::GetDeviceHandle(device_id);
  int limit, static_bytes;
  TVM_FFI_CHECK_CUBIN_LAUNCHER_CUDA_ERROR(ffi::cuda_api::GetDeviceAttribute(
      &limit, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, device));
  TVM_FFI_CHECK_CUBIN_LAUNCHER_CUDA_ERROR(
      ffi::cuda_api::GetKernelSharedMem(kernel_.GetHandle(), static_bytes, device));
  if (bytes > static_cast<uint32_t>(limit - static_bytes)) {
    TVM_FFI_THROW(ValueError) << "kernel `" << name_ << "` cannot have " << bytes
                              << " bytes of dynamic shared memory: cuda:" << device_id
                              << " gives a block at most " << limit
                              << " bytes, and the kernel itself declares " << static_bytes;
  }
  TVM_FFI_CHECK_CUBIN_LAUNCHER_CUDA_ERROR(ffi::cuda_api::SetKernelMaxDynamicSharedMem(
      kernel_.GetHandle(), static_cast<int>(bytes), device));
  allowed = bytes;
}

CUresult Kernel::Enqueue(const LaunchShape& shape, void** args, CUstream stream) {
  if (shape.cluster == 1) {
    return kernel_.Launch(args, shape.grid, shape.block, stream, shape.dynamic_shared_bytes);
  }
  ffi::cuda_api::LaunchConfig config;
  ffi::cuda_api::LaunchAttrType cluster;
  ffi::cuda_api::ConstructLaunchConfig(kernel_.GetHandle(), stream, shape.dynamic_shared_bytes,
                                       shape.grid, shape.block, shape.cluster, config, cluster);
  return kernel_.LaunchEx(args, config);
}

void Kernel::Launch(ffi::PackedArgs args) {
  const int expected = kNumLaunchArgs + static_cast<int>(param_sizes_.size());
  if (args.size() != expected) {
    TVM_FFI_THROW(TypeError) << "kernel `" << name_ << "` takes (grid, block, "
                             << "dynamic_shared_memory_bytes) and " << param_sizes_.size()
                             << " arguments of its own, " << expected << " in all; got "
                             << args.size();
  }
  const LaunchShape shape = LaunchShape::Parse(args);
  ArgPacker packer(name_, param_sizes_);
  packer.PackAll(args);
  std::vector<void*> pointers = packer.Pointers();

  const int device_id = packer.device_id();
  ContextGuard context(device_id);
  AllowSharedMemory(shape.dynamic_shared_bytes, device_id);
  auto stream = static_cast<CUstream>(TVMFFIEnvGetStream(kDLCUDA, device_id));
  TVM_FFI_CHECK_CUBIN_LAUNCHER_CUDA_ERROR(Enqueue(shape, pointers.data(), stream));
}

}  // namespace cubin_loader
