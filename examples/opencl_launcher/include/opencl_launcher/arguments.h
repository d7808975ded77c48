// SPDX-License-Identifier: Apache-2.0
//
// The arguments of one launch: checked against the kernel's signature, converted, and set.
#ifndef OPENCL_LAUNCHER_ARGUMENTS_H_
#define OPENCL_LAUNCHER_ARGUMENTS_H_

#include <opencl_launcher/error.h>
#include <opencl_launcher/memory.h>
#include <opencl_launcher/parameter.h>
#include <tvm/ffi/any.h>
#include <tvm/ffi/container/tensor.h>
#include <tvm/ffi/dtype.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

namespace opencl_launcher {

namespace ffi = tvm::ffi;

class Arguments {
 public:
  Arguments(const Device& device, const Signature& signature)
      : signature_(signature), memory_(device) {}

  // Takes the next argument, for `parameter`, which is a scalar or a buffer.
  // Throws TypeError or ValueError that names it.
  void Add(const Parameter& parameter, const ffi::AnyView& value) {
    parameter_ = &parameter;
    switch (parameter.kind) {
      case ParameterKind::kScalar:
        AddScalar(value);
        break;
      case ParameterKind::kBuffer:
        AddBuffer(value);
        break;
      default:
        TVM_FFI_THROW(TypeError) << Where() << ": a parameter of type `" << parameter.type
                                 << "` cannot be passed; numbers and global or constant pointers "
                                    "can";
    }
    ++num_added_;
  }

  // Takes the size of a local pointer's memory; such a parameter has no argument of its own.
  void AddLocal(size_t bytes) {
    Setting setting;
    setting.size = bytes;
    settings_.push_back(setting);
  }

  // Makes the buffers; call it when all arguments are added.
  void CreateBuffers() { memory_.Create(); }

  // Gives everything to the kernel. No other thread may use it until the launch is enqueued.
  void Set(cl_kernel kernel) const {
    for (size_t i = 0; i < settings_.size(); ++i) {
      const Setting& setting = settings_[i];
      cl_mem buffer = setting.buffer ? memory_.buffer(*setting.buffer) : nullptr;
      const void* value = setting.is_buffer  ? static_cast<const void*>(&buffer)
                          : setting.is_value ? setting.bytes
                                             : nullptr;
      Check(clSetKernelArg(kernel, static_cast<cl_uint>(i), setting.size, value), "clSetKernelArg");
    }
  }

  // See LaunchMemory.
  void CopyBack() { memory_.CopyBack(); }

 private:
  // One call of clSetKernelArg.
  struct Setting {
    size_t size = 0;
    bool is_buffer = false;
    bool is_value = false;         // neither: size of local memory
    std::optional<size_t> buffer;  // number in memory_; none is a null pointer
    unsigned char bytes[8] = {};   // of a value
  };

  // For messages: "argument 2 of kernel `scale` (float factor)". Arguments are counted as the
  // caller does, so without the local pointers.
  std::string Where() const {
    return "argument " + std::to_string(num_added_) + " of kernel `" + signature_.name + "` (" +
           parameter_->Declaration() + ")";
  }

  template <typename T>
  void AddValue(T value) {
    Setting setting;
    setting.is_value = true;
    setting.size = sizeof(value);
    std::memcpy(setting.bytes, &value, sizeof(value));
    settings_.push_back(setting);
  }

  void AddScalar(const ffi::AnyView& value) {
    int32_t given = value.type_index();
    bool is_int = given == ffi::TypeIndex::kTVMFFIInt || given == ffi::TypeIndex::kTVMFFIBool;
    DLDataType dtype = parameter_->element()->dtype;
    if (dtype.code == kDLFloat) {
      if (!is_int && given != ffi::TypeIndex::kTVMFFIFloat) ThrowType("a float or an int", value);
      AddFloat(value.cast<double>(), dtype.bits);
    } else {
      if (!is_int) ThrowType("an int", value);
      AddInt(value.cast<int64_t>(), dtype);
    }
  }

  void AddInt(int64_t value, DLDataType dtype) {
    bool is_signed = dtype.code == kDLInt;
    bool fits = is_signed || value >= 0;
    if (dtype.bits < 64) {
      int64_t limit = int64_t{1} << (dtype.bits - (is_signed ? 1 : 0));
      fits = fits && value < limit && value >= -limit;
    }
    if (!fits) {
      TVM_FFI_THROW(ValueError) << Where() << ": " << value << " does not fit the type";
    }
    switch (dtype.bits) {
      case 8:
        return AddValue(static_cast<int8_t>(value));
      case 16:
        return AddValue(static_cast<int16_t>(value));
      case 32:
        return AddValue(static_cast<int32_t>(value));
      default:
        return AddValue(value);
    }
  }

  void AddFloat(double value, int bits) {
    if (bits == 64) return AddValue(value);
    auto narrow = static_cast<float>(value);
    if (std::isinf(narrow) && !std::isinf(value)) {
      TVM_FFI_THROW(ValueError) << Where() << ": " << value << " does not fit the type";
    }
    AddValue(narrow);
  }

  void AddBuffer(const ffi::AnyView& value) {
    Setting setting;
    setting.is_buffer = true;
    setting.size = sizeof(cl_mem);
    switch (value.type_index()) {
      case ffi::TypeIndex::kTVMFFINone:
        break;
      case ffi::TypeIndex::kTVMFFITensor:
      case ffi::TypeIndex::kTVMFFIDLTensorPtr:
        setting.buffer = AddTensor(*value.cast<DLTensor*>());
        break;
      default:
        ThrowType("a tensor or None", value);
    }
    settings_.push_back(setting);
  }

  // Returns the number of the tensor's buffer; none for an empty one.
  std::optional<size_t> AddTensor(const DLTensor& tensor) {
    if (tensor.device.device_type != kDLCPU) {
      TVM_FFI_THROW(ValueError) << Where() << ": expected a tensor in CPU memory, got one on "
                                << "device type " << static_cast<int>(tensor.device.device_type);
    }
    std::optional<ElementType> element = parameter_->element();
    if (element && !Accepts(*element, tensor.dtype)) {
      TVM_FFI_THROW(TypeError) << Where() << ": expected a tensor of "
                               << ffi::DLDataTypeToString(ScalarOf(element->dtype)) << ", got "
                               << ffi::DLDataTypeToString(tensor.dtype);
    }
    if (!ffi::IsContiguous(tensor)) {
      TVM_FFI_THROW(ValueError) << Where() << ": the tensor is not contiguous; pass a contiguous "
                                << "copy of it";
    }
    size_t bytes = ffi::GetDataSize(tensor);
    if (bytes == 0) return std::nullopt;
    size_t alignment = element ? element->bytes : kLargestAlignment;
    std::optional<size_t> buffer = memory_.Add(static_cast<char*>(tensor.data) + tensor.byte_offset,
                                               bytes, alignment, parameter_->read_only);
    if (!buffer) {
      TVM_FFI_THROW(ValueError) << Where() << ": the tensor shares a part of its memory with an "
                                << "earlier argument; pass a copy of it";
    }
    return buffer;
  }

  // Of a type that the source defines; as large as that of the largest built-in vector.
  static constexpr size_t kLargestAlignment = 128;

  static DLDataType ScalarOf(DLDataType dtype) {
    dtype.lanes = 1;
    return dtype;
  }

  // Whether a kernel may see elements of `given` as `element`, or as lanes of it. OpenCL C has no
  // type for bool and bfloat16 in memory; programs use integers of their sizes.
  static bool Accepts(const ElementType& element, DLDataType given) {
    DLDataType wanted = element.dtype;
    if (given.lanes != 1 && given.lanes != wanted.lanes) return false;
    if (given.bits != wanted.bits) return false;
    if (given.code == kDLBool) return wanted.code == kDLInt || wanted.code == kDLUInt;
    if (given.code == kDLBfloat) return wanted.code == kDLUInt;
    return given.code == wanted.code;
  }

  [[noreturn]] void ThrowType(const char* expected, const ffi::AnyView& value) const {
    TVM_FFI_THROW(TypeError) << Where() << ": expected " << expected << ", got "
                             << value.GetTypeKey();
    TVM_FFI_UNREACHABLE();
  }

  const Signature& signature_;
  LaunchMemory memory_;
  std::vector<Setting> settings_;
  const Parameter* parameter_ = nullptr;
  size_t num_added_ = 0;
};

}  // namespace opencl_launcher

#endif  // OPENCL_LAUNCHER_ARGUMENTS_H_
