// SPDX-License-Identifier: Apache-2.0
/*!
 * \file dlpack.cc
 * \brief Tensors of other packages: DLPack capsules and the DLPack C exchange API.
 *
 * A managed tensor has one owner at each moment. It passes to the FFI tensor only when the import
 * succeeded; until then the capsule, or the code here, calls its deleter.
 */
#include "core.h"

namespace tvm {
namespace ffi {
namespace python {

namespace {

constexpr const char* kPlain = "dltensor";
constexpr const char* kUsedPlain = "used_dltensor";
constexpr const char* kVersioned = "dltensor_versioned";
constexpr const char* kUsedVersioned = "used_dltensor_versioned";

/*! \brief Import what a capsule holds, then mark the capsule as used. */
template <typename Managed>
TVMFFIObject* Consume(PyObject* capsule, const char* name, const char* used_name,
                      int (*import)(Managed*, int32_t, int32_t, TVMFFIObjectHandle*), int alignment,
                      bool contiguous) {
  auto* managed = static_cast<Managed*>(PyCapsule_GetPointer(capsule, name));
  if (managed == nullptr) return nullptr;
  TVMFFIObjectHandle out = nullptr;
  if (!CheckCode(import(managed, alignment, contiguous, &out))) return nullptr;
  if (PyCapsule_SetName(capsule, used_name) < 0 || PyCapsule_SetDestructor(capsule, nullptr) < 0) {
    DecRef(static_cast<TVMFFIObject*>(out));
    return nullptr;
  }
  return static_cast<TVMFFIObject*>(out);
}

/*! \brief Import through the class's exchange API. */
TVMFFIObject* FromInstanceApi(PyObject* tensor, int alignment, bool contiguous) {
  PyRef attribute(PyObject_GetAttr(tensor, g_names.exchange_api));
  if (!attribute) return nullptr;
  const DLPackExchangeAPI* api = ReadExchangeApi(attribute.get());
  return api != nullptr ? TensorFromExchangeApi(tensor, api, alignment, contiguous, nullptr)
                        : nullptr;
}

/*! \brief The order of attempts of `from_dlpack`. NULL without an error: nothing applies. */
TVMFFIObject* FromAnything(PyObject* tensor, int alignment, bool contiguous) {
  if (!PyCapsule_CheckExact(tensor) && PyObject_HasAttr(tensor, g_names.exchange_api)) {
    TVMFFIObject* owned = FromInstanceApi(tensor, alignment, contiguous);
    if (owned != nullptr || !PyErr_ExceptionMatches(PyExc_BufferError)) return owned;
    PyErr_Clear();
  }
  if (PyObject_HasAttr(tensor, g_names.dlpack)) {
    PyRef capsule(PyObject_CallMethodNoArgs(tensor, g_names.dlpack));
    return capsule ? TensorFromCapsule(capsule.get(), alignment, contiguous) : nullptr;
  }
  if (PyCapsule_IsValid(tensor, kVersioned) || PyCapsule_IsValid(tensor, kPlain)) {
    return TensorFromCapsule(tensor, alignment, contiguous);
  }
  PyErr_SetString(PyExc_TypeError,
                  "Expect from_dlpack to take either a compatible tensor or PyCapsule");
  return nullptr;
}

PyObject* FromDLPack(PyObject*, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"ext_tensor", "require_alignment", "require_contiguous", nullptr};
  PyObject* tensor;
  int alignment = 0, contiguous = 0;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|$ip:from_dlpack", const_cast<char**>(kNames),
                                   &tensor, &alignment, &contiguous)) {
    return nullptr;
  }
  TVMFFIObject* owned = FromAnything(tensor, alignment, contiguous != 0);
  return owned != nullptr ? NewTensor(owned) : nullptr;
}

PyMethodDef kFunctions[] = {
    {"from_dlpack", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(FromDLPack)),
     METH_VARARGS | METH_KEYWORDS,
     "from_dlpack(ext_tensor, *, require_alignment=0, require_contiguous=False)\n\n"
     "View a tensor of another package, or a DLPack capsule, as a Tensor on the same memory.\n\n"
     "``require_alignment`` is in bytes (0: any). Raises TypeError for other objects and\n"
     "RuntimeError when a requirement does not hold."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

const DLPackExchangeAPI* ReadExchangeApi(PyObject* attribute) {
  void* api = nullptr;
  if (PyLong_Check(attribute)) {
    api = PyLong_AsVoidPtr(attribute);
  } else if (PyCapsule_IsValid(attribute, "dlpack_exchange_api")) {
    api = PyCapsule_GetPointer(attribute, "dlpack_exchange_api");
  }
  if (api == nullptr && !PyErr_Occurred()) {
    PyErr_SetString(PyExc_ValueError, "Expect a dlpack_exchange_api field");
  }
  return static_cast<const DLPackExchangeAPI*>(api);
}

void RecordWorkStream(const DLPackExchangeAPI* api, const DLDevice& device, CallContext* ctx) {
  if (device.device_type == kDLCPU || ctx->device_type != -1 ||
      api->current_work_stream == nullptr) {
    return;
  }
  void* stream = nullptr;
  if (api->current_work_stream(device.device_type, device.device_id, &stream) != 0) {
    PyErr_Clear();  // the call then runs on whatever stream is current
    return;
  }
  ctx->device_type = device.device_type;
  ctx->device_id = device.device_id;
  ctx->stream = stream;
}

TVMFFIObject* TensorFromExchangeApi(PyObject* obj, const DLPackExchangeAPI* api, int alignment,
                                    bool contiguous, CallContext* ctx) {
  DLManagedTensorVersioned* managed = nullptr;
  if (api->managed_tensor_from_py_object_no_sync(obj, &managed) != 0 || managed == nullptr) {
    if (!PyErr_Occurred()) {
      PyErr_SetString(PyExc_BufferError, "the DLPack exchange API failed without an error");
    }
    return nullptr;
  }
  if (ctx != nullptr) RecordWorkStream(api, managed->dl_tensor.device, ctx);
  TVMFFIObjectHandle out = nullptr;
  if (TVMFFITensorFromDLPackVersioned(managed, alignment, contiguous, &out) == 0) {
    return static_cast<TVMFFIObject*>(out);
  }
  TVMFFIErrorSetRaised(nullptr);
  if (managed->deleter != nullptr) managed->deleter(managed);
  PyErr_SetString(PyExc_BufferError, "Failed to convert DLManagedTensorVersioned to ffi.Tensor");
  return nullptr;
}

TVMFFIObject* TensorFromCapsule(PyObject* capsule, int alignment, bool contiguous) {
  const char* name = PyCapsule_CheckExact(capsule) ? PyCapsule_GetName(capsule) : nullptr;
  if (name != nullptr && std::strcmp(name, kPlain) == 0) {
    return Consume<DLManagedTensor>(capsule, name, kUsedPlain, TVMFFITensorFromDLPack, alignment,
                                    contiguous);
  }
  if (name != nullptr && std::strcmp(name, kVersioned) == 0) {
    return Consume<DLManagedTensorVersioned>(
        capsule, name, kUsedVersioned, TVMFFITensorFromDLPackVersioned, alignment, contiguous);
  }
  PyErr_SetString(PyExc_ValueError, "Expect a dltensor field, PyCapsule can only be consumed once");
  return nullptr;
}

PyObject* TensorToFramework(TVMFFIObject* owned, const DLPackExchangeAPI* api, bool fall_back) {
  if (api == &kTorchWithoutApi) {
    PyRef tensor(NewTensor(owned));
    PyObject* out = tensor ? TensorToTorch(tensor.get()) : nullptr;
    if (out != nullptr || !tensor || !fall_back) return out;
    PyErr_Clear();
    return tensor.release();
  }
  if (api->managed_tensor_to_py_object_no_sync == nullptr) return NewTensor(owned);
  DLManagedTensorVersioned* managed = nullptr;
  if (!CheckCode(TVMFFITensorToDLPackVersioned(owned, &managed))) {
    DecRef(owned);
    return nullptr;
  }
  void* out = nullptr;
  if (api->managed_tensor_to_py_object_no_sync(managed, &out) == 0) {
    DecRef(owned);
    return static_cast<PyObject*>(out);
  }
  // The framework did not take the tensor over.
  managed->deleter(managed);
  if (fall_back) {
    PyErr_Clear();
    return NewTensor(owned);
  }
  DecRef(owned);
  if (!PyErr_Occurred()) {
    PyErr_SetString(PyExc_BufferError, "the DLPack exchange API failed without an error");
  }
  return nullptr;
}

bool InitDLPack(PyObject* module) { return PyModule_AddFunctions(module, kFunctions) == 0; }

}  // namespace python
}  // namespace ffi
}  // namespace tvm
