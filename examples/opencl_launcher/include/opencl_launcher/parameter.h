// SPDX-License-Identifier: Apache-2.0
//
// The parameters of a kernel as its source declares them, and what may be passed for each.
#ifndef OPENCL_LAUNCHER_PARAMETER_H_
#define OPENCL_LAUNCHER_PARAMETER_H_

#include <dlpack/dlpack.h>
#include <opencl_launcher/error.h>
#include <opencl_launcher/program.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opencl_launcher {

// What a parameter is to a caller.
enum class ParameterKind : uint8_t {
  kScalar = 0,       // a number
  kBuffer = 1,       // `global` or `constant` pointer: a tensor
  kLocal = 2,        // `local` pointer: memory of the work-group, only its size is given
  kUnsupported = 3,  // image, sampler, vector or struct by value, ...
};

// An OpenCL C scalar type, or a vector of them.
struct ElementType {
  DLDataType dtype;  // lanes: 1, or as many as the vector has
  size_t bytes;      // of the whole, which is also its alignment
};

// The built-in type of a name such as `float` or `uchar4`; nothing for others.
inline std::optional<ElementType> FindElementType(std::string_view name) {
  struct Scalar {
    std::string_view name;
    uint8_t code;
    uint8_t bits;
  };
  constexpr Scalar kScalars[] = {
      {"char", kDLInt, 8},     {"uchar", kDLUInt, 8},   {"short", kDLInt, 16},
      {"ushort", kDLUInt, 16}, {"int", kDLInt, 32},     {"uint", kDLUInt, 32},
      {"long", kDLInt, 64},    {"ulong", kDLUInt, 64},  {"half", kDLFloat, 16},
      {"float", kDLFloat, 32}, {"double", kDLFloat, 64}};
  constexpr std::string_view kLanes[] = {"", "2", "3", "4", "8", "16"};
  constexpr uint16_t kNumLanes[] = {1, 2, 3, 4, 8, 16};
  for (const Scalar& scalar : kScalars) {
    if (name.substr(0, scalar.name.size()) != scalar.name) continue;
    for (size_t i = 0; i < std::size(kLanes); ++i) {
      if (name.substr(scalar.name.size()) != kLanes[i]) continue;
      size_t stored_lanes = kNumLanes[i] == 3 ? 4 : kNumLanes[i];
      return ElementType{{scalar.code, scalar.bits, kNumLanes[i]}, scalar.bits / 8 * stored_lanes};
    }
  }
  return std::nullopt;
}

struct Parameter {
  ParameterKind kind;
  bool read_only;    // the kernel does not write through it
  std::string type;  // as OpenCL names it: no qualifiers, no blanks, `float*`
  std::string name;

  // Of a scalar, or of what the pointer points to; nothing for a type that the source defines.
  std::optional<ElementType> element() const {
    std::string_view text = type;
    if (!text.empty() && text.back() == '*') text.remove_suffix(1);
    return FindElementType(text);
  }

  // As in the source, such as `global const float* x`.
  std::string Declaration() const {
    std::string space = kind == ParameterKind::kBuffer  ? "global "
                        : kind == ParameterKind::kLocal ? "local "
                                                        : "";
    return space + (kind == ParameterKind::kBuffer && read_only ? "const " : "") + type + " " +
           name;
  }
};

// The name of a kernel and its parameters.
struct Signature {
  std::string name;
  std::vector<Parameter> parameters;

  // As in the source, such as `kernel void add_one(global const float* x, global float* y, int n)`.
  std::string Declaration() const {
    std::string text = "kernel void " + name + "(";
    for (size_t i = 0; i < parameters.size(); ++i) {
      text += (i == 0 ? "" : ", ") + parameters[i].Declaration();
    }
    return text + ")";
  }
};

namespace details {

inline Parameter ReadParameter(cl_kernel kernel, cl_uint index) {
  auto info = [=](cl_kernel_arg_info what) {
    return [=](size_t size, void* out, size_t* needed) {
      return clGetKernelArgInfo(kernel, index, what, size, out, needed);
    };
  };
  constexpr const char* kFunction = "clGetKernelArgInfo";
  Parameter out;
  out.type = GetText(kFunction, info(CL_KERNEL_ARG_TYPE_NAME));
  out.name = GetText(kFunction, info(CL_KERNEL_ARG_NAME));
  auto space =
      GetValue<cl_kernel_arg_address_qualifier>(kFunction, info(CL_KERNEL_ARG_ADDRESS_QUALIFIER));
  auto qualifiers =
      GetValue<cl_kernel_arg_type_qualifier>(kFunction, info(CL_KERNEL_ARG_TYPE_QUALIFIER));
  bool is_pointer = !out.type.empty() && out.type.back() == '*';
  out.read_only =
      space == CL_KERNEL_ARG_ADDRESS_CONSTANT || (qualifiers & CL_KERNEL_ARG_TYPE_CONST) != 0;
  if (is_pointer) {
    out.kind =
        space == CL_KERNEL_ARG_ADDRESS_LOCAL ? ParameterKind::kLocal : ParameterKind::kBuffer;
  } else {
    std::optional<ElementType> element = out.element();
    bool is_number = space == CL_KERNEL_ARG_ADDRESS_PRIVATE && element &&
                     element->dtype.lanes == 1 && out.type != "half";
    out.kind = is_number ? ParameterKind::kScalar : ParameterKind::kUnsupported;
  }
  return out;
}

}  // namespace details

// Reads the signature of a kernel of a program that was compiled from source. (What a program from
// a binary still knows differs between drivers, so keep the signatures with the binary.)
inline Signature ReadSignature(const Program& program, const std::string& name) {
  cl_int code;
  OwnedKernel kernel(clCreateKernel(program.get(), name.c_str(), &code));
  Check(code, "clCreateKernel");
  auto count = GetValue<cl_uint>("clGetKernelInfo", [&](size_t size, void* out, size_t* needed) {
    return clGetKernelInfo(kernel.get(), CL_KERNEL_NUM_ARGS, size, out, needed);
  });
  Signature out{name, {}};
  for (cl_uint i = 0; i < count; ++i) {
    out.parameters.push_back(details::ReadParameter(kernel.get(), i));
  }
  return out;
}

}  // namespace opencl_launcher

#endif  // OPENCL_LAUNCHER_PARAMETER_H_
