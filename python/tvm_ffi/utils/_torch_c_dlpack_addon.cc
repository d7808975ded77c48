// SPDX-License-Identifier: Apache-2.0
/*!
 * \file _torch_c_dlpack_addon.cc
 * \brief The DLPack exchange table of a torch that has none of its own.
 *
 * `_build_optional_torch_c_dlpack.py` compiles this file on the user's machine, against the torch
 * that is installed there, with BUILD_WITH_CUDA or BUILD_WITH_ROCM when that torch has such a
 * device. The product exports one function, which returns the address of the table.
 *
 * Invariant: an exported tensor is freed by its deleter alone, and a function that fails takes
 * nothing over. No C++ exception leaves the table.
 */
// First: torch has an older copy of this header, with the same include guard.
#include <dlpack/dlpack.h>
// Then the one that includes Python.h.
#include <ATen/Context.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <c10/util/SmallVector.h>
#include <c10/util/safe_numerics.h>
#include <torch/csrc/autograd/python_variable.h>
#include <torch/version.h>
#if defined(BUILD_WITH_CUDA)
#include <c10/cuda/CUDAStream.h>
#elif defined(BUILD_WITH_ROCM)
#include <c10/hip/HIPStream.h>
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>

#define TORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) ||  \
   (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

namespace {

// ---- element types ------------------------------------------------------------------------------

struct ElementType {
  c10::ScalarType torch;
  DLDataType dlpack;
};

// The frequent ones first: the table is searched from its start.
constexpr ElementType kElementTypes[] = {
    {c10::ScalarType::Float, {kDLFloat, 32, 1}},
    {c10::ScalarType::Half, {kDLFloat, 16, 1}},
    {c10::ScalarType::BFloat16, {kDLBfloat, 16, 1}},
    {c10::ScalarType::Long, {kDLInt, 64, 1}},
    {c10::ScalarType::Int, {kDLInt, 32, 1}},
    {c10::ScalarType::Short, {kDLInt, 16, 1}},
    {c10::ScalarType::Char, {kDLInt, 8, 1}},
    {c10::ScalarType::Byte, {kDLUInt, 8, 1}},
    {c10::ScalarType::Bool, {kDLBool, 8, 1}},
    {c10::ScalarType::Double, {kDLFloat, 64, 1}},
    {c10::ScalarType::UInt16, {kDLUInt, 16, 1}},
    {c10::ScalarType::UInt32, {kDLUInt, 32, 1}},
    {c10::ScalarType::UInt64, {kDLUInt, 64, 1}},
    {c10::ScalarType::Float8_e4m3fn, {kDLFloat8_e4m3fn, 8, 1}},
    {c10::ScalarType::Float8_e5m2, {kDLFloat8_e5m2, 8, 1}},
    {c10::ScalarType::Float8_e4m3fnuz, {kDLFloat8_e4m3fnuz, 8, 1}},
    {c10::ScalarType::Float8_e5m2fnuz, {kDLFloat8_e5m2fnuz, 8, 1}},
#if TORCH_AT_LEAST(2, 7)
    {c10::ScalarType::Float8_e8m0fnu, {kDLFloat8_e8m0fnu, 8, 1}},
#endif
#if TORCH_AT_LEAST(2, 8)
    {c10::ScalarType::Float4_e2m1fn_x2, {kDLFloat4_e2m1fn, 4, 2}},
#endif
    {c10::ScalarType::ComplexHalf, {kDLComplex, 32, 1}},
    {c10::ScalarType::ComplexFloat, {kDLComplex, 64, 1}},
    {c10::ScalarType::ComplexDouble, {kDLComplex, 128, 1}},
};

DLDataType ElementTypeToDLPack(c10::ScalarType type) {
  for (const ElementType& row : kElementTypes) {
    if (row.torch == type) return row.dlpack;
  }
  // torch keeps one integer of less than 8 bits per byte.
  if (type >= c10::ScalarType::UInt1 && type <= c10::ScalarType::UInt7) return {kDLUInt, 8, 1};
#if TORCH_AT_LEAST(2, 6)
  if (type >= c10::ScalarType::Int1 && type <= c10::ScalarType::Int7) return {kDLInt, 8, 1};
#endif
  TORCH_CHECK(false, "DLPack has no counterpart of the torch dtype ", type);
}

c10::ScalarType ElementTypeFromDLPack(DLDataType type) {
  for (const ElementType& row : kElementTypes) {
    if (row.dlpack.code == type.code && row.dlpack.bits == type.bits &&
        row.dlpack.lanes == type.lanes) {
      return row.torch;
    }
  }
  TORCH_CHECK(false, "torch has no counterpart of the DLPack type with code ", int{type.code}, ", ",
              int{type.bits}, " bits and ", type.lanes, " lanes");
}

// ---- devices ------------------------------------------------------------------------------------

struct DeviceKind {
  c10::DeviceType torch;
  DLDeviceType dlpack;
  bool exports_id;
};

constexpr DeviceKind kDeviceKinds[] = {
    {c10::DeviceType::CPU, kDLCPU, false},
#if defined(BUILD_WITH_ROCM)
    {c10::DeviceType::CUDA, kDLROCM, true},  // torch calls its ROCm devices CUDA
#else
    {c10::DeviceType::CUDA, kDLCUDA, true},
#endif
    {c10::DeviceType::OPENCL, kDLOpenCL, false},     {c10::DeviceType::HIP, kDLROCM, false},
    {c10::DeviceType::XPU, kDLOneAPI, false},
#if TORCH_AT_LEAST(2, 5)
    {c10::DeviceType::MAIA, kDLMAIA, false},
#endif
    {c10::DeviceType::PrivateUse1, kDLExtDev, true}, {c10::DeviceType::MPS, kDLMetal, false},
};

DLDevice DeviceToDLPack(c10::Device device) {
  for (const DeviceKind& row : kDeviceKinds) {
    if (row.torch != device.type()) continue;
    if (row.dlpack == kDLOneAPI) {
      return {kDLOneAPI, at::detail::getXPUHooks().getGlobalIdxFromDevice(device)};
    }
    return {row.dlpack, row.exports_id ? device.index() : 0};
  }
  TORCH_CHECK(false, "DLPack has no counterpart of the torch device ", device);
}

// `data` may be NULL: memory that is yet to be allocated.
c10::Device DeviceFromDLPack(DLDevice device, void* data) {
  for (const DeviceKind& row : kDeviceKinds) {
    if (row.dlpack != device.device_type) continue;
    if (row.dlpack == kDLOneAPI && data != nullptr) {
      return at::detail::getXPUHooks().getDeviceFromPtr(data);
    }
    if (row.dlpack == kDLCPU) return c10::Device(row.torch);
    return c10::Device(row.torch, static_cast<c10::DeviceIndex>(device.device_id));
  }
  TORCH_CHECK(false, "torch has no counterpart of the DLPack device type ",
              static_cast<int>(device.device_type));
}

// ---- tensors ------------------------------------------------------------------------------------

const at::Tensor& TensorOf(void* py_object) {
  auto* object = static_cast<PyObject*>(py_object);
  TORCH_CHECK(THPVariable_Check(object), "expected a torch.Tensor, got ", Py_TYPE(object)->tp_name);
  return THPVariable_Unpack(object);
}

// The view is the tensor's: its shape and strides too.
DLTensor ViewOf(const at::Tensor& tensor) {
  TORCH_CHECK(tensor.layout() == c10::kStrided, "DLPack has no counterpart of the torch layout ",
              tensor.layout());
  // The memory of these holds other numbers than the tensor.
  TORCH_CHECK(!tensor.is_conj(),
              "a tensor with the conjugate bit can't be exported; resolve_conj()");
  TORCH_CHECK(!tensor.is_neg(), "a tensor with the negative bit can't be exported; resolve_neg()");
  DLTensor view;
  view.device = DeviceToDLPack(tensor.device());
  view.dtype = ElementTypeToDLPack(tensor.scalar_type());
  view.data = tensor.data_ptr();
  view.ndim = static_cast<int32_t>(tensor.dim());
  view.shape = const_cast<int64_t*>(tensor.sizes().data());
  view.strides = const_cast<int64_t*>(tensor.strides().data());
  view.byte_offset = 0;
  return view;
}

// A tensor on its way out. It has its own shape and strides, since those of a torch tensor change
// with operations in place.
struct ExportedTensor {
  at::Tensor tensor;
  c10::SmallVector<int64_t, 10> extents;  // the shape, then the strides
  DLManagedTensorVersioned managed;
};

void DeleteExported(DLManagedTensorVersioned* managed) {
  delete static_cast<ExportedTensor*>(managed->manager_ctx);
}

DLManagedTensorVersioned* Export(const at::Tensor& tensor) {
  auto exported = std::make_unique<ExportedTensor>();
  exported->tensor = tensor;
  DLManagedTensorVersioned& managed = exported->managed;
  managed.version = {DLPACK_MAJOR_VERSION, DLPACK_MINOR_VERSION};
  managed.manager_ctx = exported.get();
  managed.deleter = DeleteExported;
  managed.flags = 0;
  managed.dl_tensor = ViewOf(tensor);
  exported->extents.append(tensor.sizes().begin(), tensor.sizes().end());
  exported->extents.append(tensor.strides().begin(), tensor.strides().end());
  managed.dl_tensor.shape = exported->extents.data();
  managed.dl_tensor.strides = exported->extents.data() + tensor.dim();
  return &exported.release()->managed;
}

void DeleteImported(void* managed) {
  auto* imported = static_cast<DLManagedTensorVersioned*>(managed);
  if (imported->deleter != nullptr) imported->deleter(imported);
}

// torch ends the process when it is asked for a tensor like these.
void CheckExtents(c10::IntArrayRef shape, c10::IntArrayRef strides, size_t element_size) {
  auto negative = [](int64_t extent) { return extent < 0; };
  TORCH_CHECK(std::none_of(shape.begin(), shape.end(), negative), "a shape can't be negative");
  TORCH_CHECK(std::none_of(strides.begin(), strides.end(), negative),
              "torch has no tensors with negative strides");
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return;
  uint64_t elements = 1;  // from the first to the last one in memory
  uint64_t span = 0;
  bool overflows = strides.empty() && c10::safe_multiplies_u64(shape, &elements);
  for (size_t i = 0; i < strides.size(); ++i) {
    overflows |= c10::mul_overflows(uint64_t(shape[i] - 1), uint64_t(strides[i]), &span);
    overflows |= c10::add_overflows(elements, span, &elements);
  }
  TORCH_CHECK(!overflows && !c10::mul_overflows(elements, uint64_t{element_size}, &span),
              "the size in bytes overflows for the shape ", shape);
}

PyObject* Import(DLManagedTensorVersioned* managed) {
  TORCH_CHECK(managed->version.major == DLPACK_MAJOR_VERSION, "expected a tensor of DLPack ",
              DLPACK_MAJOR_VERSION, ", got one of version ", managed->version.major);
  const DLTensor& view = managed->dl_tensor;
  void* data = static_cast<char*>(view.data) + view.byte_offset;
  const c10::Device device = DeviceFromDLPack(view.device, data);
  const c10::ScalarType element_type = ElementTypeFromDLPack(view.dtype);
  const c10::IntArrayRef shape(view.shape, view.ndim);
  const c10::IntArrayRef strides(view.strides, view.strides == nullptr ? 0 : view.ndim);
  CheckExtents(shape, strides, c10::elementSize(element_type));
  auto maker = at::for_blob(data, shape);
  maker.options(c10::TensorOptions(element_type).device(device)).target_device(device);
  if (view.strides != nullptr) maker.strides(strides);
  at::Tensor tensor = maker.make_tensor();
  PyObject* out = THPVariable_Wrap(tensor);
  TORCH_CHECK(out != nullptr, "torch could not make a Python object of a tensor");
  // Last, when nothing can fail any more: now the tensor owns the memory.
  tensor.storage().set_data_ptr_noswap(c10::DataPtr(data, managed, DeleteImported, device));
  return out;
}

// ---- the table ----------------------------------------------------------------------------------

// Runs `body`. When that throws, passes the message to `report` and returns -1.
template <typename Body, typename Report>
int Guarded(const Body& body, const Report& report) noexcept {
  try {
    body();
    return 0;
  } catch (const c10::Error& error) {
    report(error.what_without_backtrace());
  } catch (const std::exception& error) {
    report(error.what());
  } catch (...) {
    report("unknown C++ exception");
  }
  return -1;
}

// The caller may be native code that has released the interpreter.
void SetRuntimeError(const char* message) {
  PyGILState_STATE state = PyGILState_Ensure();
  PyErr_SetString(PyExc_RuntimeError, message);
  PyGILState_Release(state);
}

int DLTensorFromPyObject(void* py_object, DLTensor* out) {
  return Guarded([&] { *out = ViewOf(TensorOf(py_object)); }, SetRuntimeError);
}

int ManagedTensorFromPyObject(void* py_object, DLManagedTensorVersioned** out) {
  return Guarded([&] { *out = Export(TensorOf(py_object)); }, SetRuntimeError);
}

int ManagedTensorToPyObject(DLManagedTensorVersioned* managed, void** out) {
  return Guarded([&] { *out = Import(managed); }, SetRuntimeError);
}

int AllocateManagedTensor(DLTensor* prototype, DLManagedTensorVersioned** out, void* error_ctx,
                          void (*SetError)(void* error_ctx, const char* kind,
                                           const char* message)) {
  auto allocate = [&] {
    const auto options = c10::TensorOptions(ElementTypeFromDLPack(prototype->dtype))
                             .device(DeviceFromDLPack(prototype->device, nullptr));
    *out = Export(at::empty(c10::IntArrayRef(prototype->shape, prototype->ndim), options));
  };
  return Guarded(allocate,
                 [&](const char* message) { SetError(error_ctx, "MemoryError", message); });
}

// Devices without streams have NULL.
int CurrentWorkStream([[maybe_unused]] DLDeviceType device_type, [[maybe_unused]] int32_t device_id,
                      void** out) {
  auto find = [&] {
    *out = nullptr;
#if defined(BUILD_WITH_CUDA)
    if (device_type == kDLCUDA) {
      *out = c10::cuda::getCurrentCUDAStream(static_cast<c10::DeviceIndex>(device_id)).stream();
    }
#elif defined(BUILD_WITH_ROCM)
    if (device_type == kDLROCM || device_type == kDLCUDA) {
      *out = c10::hip::getCurrentHIPStream(static_cast<c10::DeviceIndex>(device_id)).stream();
    }
#endif
  };
  return Guarded(find, SetRuntimeError);
}

constexpr DLPackExchangeAPI kExchangeApi = {
    {{DLPACK_MAJOR_VERSION, DLPACK_MINOR_VERSION}, nullptr},
    AllocateManagedTensor,
    ManagedTensorFromPyObject,
    ManagedTensorToPyObject,
    DLTensorFromPyObject,
    CurrentWorkStream,
};

}  // namespace

#ifdef _WIN32
#define ADDON_EXPORT extern "C" __declspec(dllexport)
#else
#define ADDON_EXPORT extern "C" __attribute__((visibility("default")))
#endif

ADDON_EXPORT int64_t TorchDLPackExchangeAPIPtr() {
  return reinterpret_cast<int64_t>(&kExchangeApi);
}
