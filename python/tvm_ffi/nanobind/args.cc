// SPDX-License-Identifier: Apache-2.0
/*!
 * \file args.cc
 * \brief Python values to FFI values: the choice of a setter per Python type, and the setters.
 *
 * The commonest builtins are decided inline (`SetArg` in core.h). Every other type is classified
 * once, by the ordered tests of `Classify`, and the chosen setter is kept in a table keyed by the
 * exact type, which the table keeps alive so that a recycled address cannot hit a stale entry.
 * Classification may look at the first instance but reads attributes of its class only.
 */
#include <cstdlib>
#include <new>

#include "core.h"
#include "tvm_ffi_python_helpers.h"

namespace tvm {
namespace ffi {
namespace python {

CoreClasses g_core_classes;

namespace {

using Setter = bool (*)(ArgFrame* frame, PyObject* arg, const void* data, TVMFFIAny* out);

struct Choice {
  Setter set = nullptr;
  const void* data = nullptr;  // what classification learnt about the type, e.g. its exchange API
};

GlobalFunction g_find_device("ffi.ContainerFindFirstNonCPUDevice");

// ---- scalars ------------------------------------------------------------------------------------

bool SetLong(ArgFrame* frame, PyObject* arg, const void*, TVMFFIAny* out) {
  int overflow;
  int64_t value = PyLong_AsLongLongAndOverflow(arg, &overflow);
  if (overflow != 0) return SetBigInt(frame, arg, out);
  if (value == -1 && PyErr_Occurred()) return false;
  SetInt(out, kTVMFFIInt, value);
  return true;
}

/*! \brief `int(value)` unless it is an int already. */
PyRef ToPyLong(PyObject* value) {
  return PyLong_Check(value) ? PyRef::Borrow(value) : PyRef(PyNumber_Long(value));
}

bool SetIntegral(ArgFrame* frame, PyObject* arg, const void* data, TVMFFIAny* out) {
  PyRef number = ToPyLong(arg);
  return number && SetLong(frame, number.get(), data, out);
}

bool SetBool(ArgFrame*, PyObject* arg, const void*, TVMFFIAny* out) {
  SetInt(out, kTVMFFIBool, arg == Py_True);
  return true;
}

bool SetReal(ArgFrame*, PyObject* arg, const void*, TVMFFIAny* out) {
  double value = PyFloat_AsDouble(arg);
  if (value == -1.0 && PyErr_Occurred()) return false;
  SetFloat(out, value);
  return true;
}

bool SetNoneArg(ArgFrame*, PyObject*, const void*, TVMFFIAny* out) {
  SetNone(out);
  return true;
}

bool SetDataType(ArgFrame*, PyObject* arg, const void*, TVMFFIAny* out) {
  SetInt(out, kTVMFFIDataType, 0);
  return DataTypeFromPy(arg, &out->v_dtype);
}

bool SetDevice(ArgFrame*, PyObject* arg, const void*, TVMFFIAny* out) {
  SetInt(out, kTVMFFIDevice, 0);
  out->v_device = reinterpret_cast<DeviceValue*>(arg)->value;
  return true;
}

/*! \brief Store an address given as a Python integer in the signed 64-bit range. */
bool SetAddress(PyObject* address, TVMFFIAny* out) {
  if (!PyIndex_Check(address)) {
    PyErr_SetString(PyExc_TypeError, "an integer is required");
    return false;
  }
  int64_t value = PyLong_AsLongLong(address);
  if (value == -1 && PyErr_Occurred()) return false;
  SetPtr(out, kTVMFFIOpaquePtr, reinterpret_cast<void*>(static_cast<intptr_t>(value)));
  return true;
}

/*! \brief Store a stream handle: any unsigned or signed 64-bit integer. */
bool SetStreamAddress(PyObject* address, TVMFFIAny* out) {
  PyNumberMethods* methods = Py_TYPE(address)->tp_as_number;
  if (methods == nullptr || (methods->nb_int == nullptr && methods->nb_index == nullptr)) {
    PyErr_SetString(PyExc_TypeError, "an integer is required");  // `int()` would parse text
    return false;
  }
  PyRef number = ToPyLong(address);
  if (!number) return false;
  void* pointer = PyLong_AsVoidPtr(number.get());
  if (pointer == nullptr && PyErr_Occurred()) return false;
  SetPtr(out, kTVMFFIOpaquePtr, pointer);
  return true;
}

// ---- objects ------------------------------------------------------------------------------------

bool SetCObject(ArgFrame*, PyObject* arg, const void*, TVMFFIAny* out) {
  TVMFFIObject* handle = HandleOf(arg);
  if (handle == nullptr) return RequireHandle(arg) != nullptr;  // raises
  SetObject(out, handle);
  return true;
}

bool SetTensor(ArgFrame* frame, PyObject* arg, const void* data, TVMFFIAny* out) {
  auto* tensor = reinterpret_cast<TensorWrapper*>(arg);
  if (tensor->base.handle == nullptr && tensor->view != nullptr) {
    SetPtr(out, kTVMFFIDLTensorPtr, tensor->view);
    return true;
  }
  return SetCObject(frame, arg, data, out);
}

bool SetContainer(ArgFrame* frame, PyObject* arg, const void* data, TVMFFIAny* out) {
  const DLPackExchangeAPI* api = reinterpret_cast<ContainerWrapper*>(arg)->api;
  if (!SetCObject(frame, arg, data, out)) return false;
  if (api == nullptr) return true;
  if (frame->ctx.api == nullptr) frame->ctx.api = api;
  if (frame->ctx.device_type != -1 || api->current_work_stream == nullptr) return true;
  // The device of the first tensor inside that is not on the CPU; the CPU when there is none.
  TVMFFIAny result = NoneAny();
  if (!g_find_device.Call(out, 1, &result)) return false;
  if (result.type_index == kTVMFFIDevice) RecordWorkStream(api, result.v_device, &frame->ctx);
  return true;
}

bool RequireCObject(PyObject* obj) {
  if (IsCObject(obj)) return true;
  PyErr_Format(PyExc_TypeError, "Cannot convert %s to tvm_ffi.core.CObject", Py_TYPE(obj)->tp_name);
  return false;
}

bool SetRValueRef(ArgFrame* frame, PyObject* arg, const void*, TVMFFIAny* out) {
  PyObject* source = PyObject_GetAttr(arg, g_names.obj);
  if (source == nullptr || !frame->Keep(source) || !RequireCObject(source)) return false;
  if (HandleOf(source) == nullptr) {
    PyErr_SetString(PyExc_ValueError, "RValueRef already moved");
    return false;
  }
  SetPtr(out, kTVMFFIObjectRValueRef, &HandleOf(source));
  return true;
}

/*! \brief Pass the CObject that `method` of the argument returns. */
bool SetFromMethod(ArgFrame* frame, PyObject* arg, PyObject* method, TVMFFIAny* out) {
  PyObject* obj = PyObject_CallMethodNoArgs(arg, method);
  if (obj == nullptr || !frame->Keep(obj) || !RequireCObject(obj)) return false;
  return SetCObject(frame, obj, nullptr, out);
}

bool SetFFIObject(ArgFrame* frame, PyObject* arg, const void*, TVMFFIAny* out) {
  return SetFromMethod(frame, arg, g_names.tvm_ffi_object, out);
}

bool SetConvertible(ArgFrame* frame, PyObject* arg, const void*, TVMFFIAny* out) {
  return SetFromMethod(frame, arg, g_names.asobject, out);
}

/*! \brief The cached object of a value class; `*out` is None when there is none. */
bool SetCachedObject(ArgFrame* frame, PyObject* arg, TVMFFIAny* out) {
  PyObject* cached = PyObject_GetAttr(arg, g_names.cached_object);
  if (cached == nullptr) {
    if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return false;
    PyErr_Clear();
    SetNone(out);
    return true;
  }
  if (cached == Py_None) {
    Py_DECREF(cached);
    SetNone(out);
    return true;
  }
  return frame->Keep(cached) && RequireCObject(cached) && SetCObject(frame, cached, nullptr, out);
}

bool SetNativeStr(ArgFrame* frame, PyObject* arg, const void*, TVMFFIAny* out) {
  if (!SetCachedObject(frame, arg, out)) return false;
  return out->type_index != kTVMFFINone || SetStr(frame, arg, out);
}

bool SetNativeBytes(ArgFrame* frame, PyObject* arg, const void*, TVMFFIAny* out) {
  if (!SetCachedObject(frame, arg, out)) return false;
  return out->type_index != kTVMFFINone ||
         SetBytes(frame, PyBytes_AS_STRING(arg), PyBytes_GET_SIZE(arg), out);
}

bool SetNativeValue(ArgFrame* frame, PyObject* arg, const void*, TVMFFIAny* out) {
  if (!SetCachedObject(frame, arg, out)) return false;
  if (out->type_index != kTVMFFINone) return true;
  PyErr_Format(PyExc_ValueError, "_tvm_ffi_cached_object is None for %R",
               reinterpret_cast<PyObject*>(Py_TYPE(arg)));
  return false;
}

bool KeepObject(ArgFrame* frame, TVMFFIObject* owned, TVMFFIAny* out) {
  if (owned == nullptr) return false;
  SetObject(out, owned);
  return frame->Keep(owned) || (PyErr_NoMemory(), false);
}

bool SetCallable(ArgFrame* frame, PyObject* arg, const void*, TVMFFIAny* out) {
  return KeepObject(frame, NewCallback(arg, nullptr), out);
}

bool SetException(ArgFrame* frame, PyObject* arg, const void*, TVMFFIAny* out) {
  PyObject* error = ErrorFromException(arg, /*with_native_backtrace=*/false);
  return error != nullptr && frame->Keep(error) && SetCObject(frame, error, nullptr, out);
}

bool SetOpaque(ArgFrame* frame, PyObject* arg, const void*, TVMFFIAny* out) {
  TVMFFIObjectHandle handle = nullptr;
  if (!CheckCode(TVMFFIPyObjectToOpaque(arg, &handle))) return false;
  return KeepObject(frame, static_cast<TVMFFIObject*>(handle), out);
}

// ---- text and bytes -----------------------------------------------------------------------------

bool SetStrSubclass(ArgFrame* frame, PyObject* arg, const void*, TVMFFIAny* out) {
  return SetStr(frame, arg, out);
}

bool SetPyBytes(ArgFrame* frame, PyObject* arg, const void*, TVMFFIAny* out) {
  return SetBytes(frame, PyBytes_AS_STRING(arg), PyBytes_GET_SIZE(arg), out);
}

bool SetByteArray(ArgFrame* frame, PyObject* arg, const void*, TVMFFIAny* out) {
  return SetBytes(frame, PyByteArray_AS_STRING(arg), PyByteArray_GET_SIZE(arg), out);
}

// ---- containers ---------------------------------------------------------------------------------

bool SetSequence(ArgFrame* frame, PyObject* arg, const void*, TVMFFIAny* out) {
  return KeepObject(frame, SequenceFromPy(frame, arg, kTVMFFIArray), out);
}

bool SetDict(ArgFrame* frame, PyObject* arg, const void*, TVMFFIAny* out) {
  return KeepObject(frame, MapFromPy(frame, arg, kTVMFFIMap), out);
}

// ---- protocols ----------------------------------------------------------------------------------

bool SetCudaStream(ArgFrame*, PyObject* arg, const void*, TVMFFIAny* out) {
  PyRef pair(PyObject_CallMethodNoArgs(arg, g_names.cuda_stream));
  if (!pair) return false;
  if (!PyTuple_Check(pair.get())) {
    PyErr_Format(PyExc_TypeError, "Expected tuple, got %s", Py_TYPE(pair.get())->tp_name);
    return false;
  }
  PyRef item(PySequence_GetItem(pair.get(), 1));
  return item && SetStreamAddress(item.get(), out);
}

bool SetIntConvertible(ArgFrame*, PyObject* arg, const void*, TVMFFIAny* out) {
  return SetStreamAddress(arg, out);
}

bool SetCVoidP(ArgFrame*, PyObject* arg, const void*, TVMFFIAny* out) {
  PyRef value(PyObject_GetAttr(arg, g_names.value));
  if (!value) return false;
  if (value.get() != Py_None) return SetStreamAddress(value.get(), out);
  SetPtr(out, kTVMFFIOpaquePtr, nullptr);
  return true;
}

bool SetOpaquePtr(ArgFrame*, PyObject* arg, const void*, TVMFFIAny* out) {
  PyRef value(PyObject_CallMethodNoArgs(arg, g_names.tvm_ffi_opaque_ptr));
  return value && SetAddress(value.get(), out);
}

bool SetByHandler(ArgFrame*, PyObject* arg, const void* handler, TVMFFIAny* out) {
  PyRef value(PyObject_CallOneArg(static_cast<PyObject*>(const_cast<void*>(handler)), arg));
  return value && SetAddress(value.get(), out);
}

bool SetFFIInt(ArgFrame* frame, PyObject* arg, const void* data, TVMFFIAny* out) {
  PyRef value(PyObject_CallMethodNoArgs(arg, g_names.tvm_ffi_int));
  return value && SetIntegral(frame, value.get(), data, out);
}

bool SetFFIFloat(ArgFrame* frame, PyObject* arg, const void* data, TVMFFIAny* out) {
  PyRef value(PyObject_CallMethodNoArgs(arg, g_names.tvm_ffi_float));
  return value && SetReal(frame, value.get(), data, out);
}

bool SetFFIValue(ArgFrame* frame, PyObject* arg, const void*, TVMFFIAny* out) {
  PyObject* value = PyObject_CallMethodNoArgs(arg, g_names.tvm_ffi_value);
  if (value == nullptr || !frame->Keep(value)) return false;
  if (++frame->value_depth > kMaxValueDepth) {
    PyErr_SetString(PyExc_RecursionError, "infinite __tvm_ffi_value__ cycle detected");
    return false;
  }
  bool ok = SetArg(frame, value, out);
  --frame->value_depth;
  return ok;
}

bool SetDLPackDataType(ArgFrame*, PyObject* arg, const void*, TVMFFIAny* out) {
  PyRef triple(PyObject_CallMethodNoArgs(arg, g_names.dlpack_data_type));
  SetInt(out, kTVMFFIDataType, 0);
  return triple && DataTypeFromTuple(triple.get(), &out->v_dtype);
}

bool SetDLPackDevice(ArgFrame*, PyObject* arg, const void*, TVMFFIAny* out) {
  PyRef pair(PyObject_CallMethodNoArgs(arg, g_names.dlpack_device));
  SetInt(out, kTVMFFIDevice, 0);
  return pair && DeviceFromTuple(pair.get(), &out->v_device);
}

/*! \brief dtype objects of numpy, ml_dtypes and torch, translated by `tvm_ffi._foreign`. */
bool SetForeignDataType(ArgFrame*, PyObject* arg, const void* converter, TVMFFIAny* out) {
  PyRef dtype(PyObject_CallOneArg(static_cast<PyObject*>(const_cast<void*>(converter)), arg));
  SetInt(out, kTVMFFIDataType, 0);
  return dtype && DataTypeFromPy(dtype.get(), &out->v_dtype);
}

// ---- tensors of other packages ------------------------------------------------------------------

bool SetExchangeTensor(ArgFrame* frame, PyObject* arg, const void* api, TVMFFIAny* out) {
  auto* table = static_cast<const DLPackExchangeAPI*>(api);
  frame->ctx.api = table;
  return KeepObject(frame, TensorFromExchangeApi(arg, table, 0, false, &frame->ctx), out);
}

/*! \brief Let a tensor's class name the stream of its device. */
bool RecordEnvStream(PyObject* arg, const DLDevice& device, CallContext* ctx) {
  PyRef method(PyObject_GetAttr(arg, g_names.env_stream));
  if (!method) {
    if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return false;
    PyErr_Clear();
    return true;
  }
  PyRef stream(PyObject_CallNoArgs(method.get()));
  if (!stream) return false;
  void* address = PyLong_AsVoidPtr(stream.get());
  if (address == nullptr && PyErr_Occurred()) return false;
  ctx->device_type = device.device_type;
  ctx->device_id = device.device_id;
  ctx->stream = address;
  return true;
}

bool SetDLPackTensor(ArgFrame* frame, PyObject* arg, const void*, TVMFFIAny* out) {
  PyRef capsule(PyObject_CallMethodNoArgs(arg, g_names.dlpack));
  if (!capsule) return false;
  if (!KeepObject(frame, TensorFromCapsule(capsule.get(), 0, false), out)) return false;
  const DLDevice& device = TVMFFITensorGetDLTensorPtr(out->v_obj)->device;
  return device.device_type == kDLCPU || RecordEnvStream(arg, device, &frame->ctx);
}

bool SetTorchTensor(ArgFrame* frame, PyObject* arg, const void*, TVMFFIAny* out) {
  PyRef dlpack(PyImport_ImportModule("torch.utils.dlpack"));
  if (!dlpack) return false;
  PyRef detached(PyObject_CallMethod(arg, "detach", nullptr));
  if (!detached) return false;
  PyRef capsule(PyObject_CallMethod(dlpack.get(), "to_dlpack", "O", detached.get()));
  if (!capsule) return false;
  if (!KeepObject(frame, TensorFromCapsule(capsule.get(), 0, false), out)) return false;
  frame->ctx.api = &kTorchWithoutApi;
  const DLDevice& device = TVMFFITensorGetDLTensorPtr(out->v_obj)->device;
  if (device.device_type != kDLCUDA || frame->ctx.device_type != -1) return true;
  PyRef torch_c(PyImport_ImportModule("torch._C"));
  if (!torch_c) return false;
  PyRef stream(
      PyObject_CallMethod(torch_c.get(), "_cuda_getCurrentRawStream", "i", device.device_id));
  if (!stream) return false;
  frame->ctx.stream = PyLong_AsVoidPtr(stream.get());
  if (frame->ctx.stream == nullptr && PyErr_Occurred()) return false;
  frame->ctx.device_type = device.device_type;
  frame->ctx.device_id = device.device_id;
  return true;
}

// ---- classification -----------------------------------------------------------------------------

bool ClassifyObject(PyObject* arg, PyTypeObject* type, Choice* out) {
  if (arg == Py_None) return out->set = SetNoneArg, true;
  if (PyType_IsSubtype(type, &TensorType)) return out->set = SetTensor, true;
  if (PyType_IsSubtype(type, &ContainerBaseType)) return out->set = SetContainer, true;
  if (PyType_IsSubtype(type, &CObjectType)) return out->set = SetCObject, true;
  int is_rvalue = PyObject_IsInstance(arg, g_core_classes.rvalue_ref);
  if (is_rvalue != 0) return out->set = SetRValueRef, is_rvalue > 0;
  if (ClassHas(type, g_names.tvm_ffi_object)) out->set = SetFFIObject;
  return true;
}

bool ClassifyTensor(PyObject* arg, PyTypeObject* type, Choice* out) {
  if (!PrepareTorch()) return false;
  if (!SkipExchangeApi() && ClassHas(type, g_names.exchange_api)) {
    PyRef attribute(PyObject_GetAttr(reinterpret_cast<PyObject*>(type), g_names.exchange_api));
    if (!attribute) return false;
    const DLPackExchangeAPI* api = ReadExchangeApi(attribute.get());
    *out = {SetExchangeTensor, api};
    return api != nullptr;
  }
  if (ClassHas(type, g_names.cuda_stream)) return out->set = SetCudaStream, true;
  int match = IsInstanceOfFramework(arg, "cuda.bindings.driver", "CUstream");
  if (match != 0) return out->set = SetIntConvertible, match > 0;
  match = IsInstanceOfFramework(arg, "torch", "Tensor");
  if (match != 0) return out->set = SetTorchTensor, match > 0;
  if (ClassHas(type, g_names.dlpack)) out->set = SetDLPackTensor;
  return true;
}

bool ClassifyScalar(PyObject* arg, PyTypeObject* type, Choice* out) {
  if (type == &PyBool_Type) return out->set = SetBool, true;
  if (PyLong_Check(arg)) return out->set = SetLong, true;
  int match = IsInstanceOfLoaded(arg, "numbers", "Integral");
  if (match != 0) return out->set = SetIntegral, match > 0;
  if (PyFloat_Check(arg)) return out->set = SetReal, true;
  match = IsInstanceOfLoaded(arg, "numbers", "Real");
  if (match != 0) return out->set = SetReal, match > 0;
  if (PyType_IsSubtype(type, &DataTypeType) ||
      (g_dtype_class != nullptr && PyType_IsSubtype(type, g_dtype_class))) {
    out->set = SetDataType;
  } else if (PyType_IsSubtype(type, &DeviceType)) {
    out->set = SetDevice;
  }
  return true;
}

bool ClassifyBuiltin(PyObject* arg, PyTypeObject*, Choice* out) {
  int is_native = PyObject_IsInstance(arg, g_core_classes.native_value);
  if (is_native < 0) return false;
  if (is_native != 0) {
    out->set = PyUnicode_Check(arg) ? SetNativeStr
               : PyBytes_Check(arg) ? SetNativeBytes
                                    : SetNativeValue;
  } else if (PyUnicode_Check(arg)) {
    out->set = SetStrSubclass;
  } else if (PyBytes_Check(arg)) {
    out->set = SetPyBytes;
  } else if (PyByteArray_Check(arg)) {
    out->set = SetByteArray;
  } else if (PyTuple_Check(arg) || PyList_Check(arg)) {
    out->set = SetSequence;
  } else if (PyDict_Check(arg)) {
    out->set = SetDict;
  } else {
    int is_pointer = IsInstanceOfLoaded(arg, "ctypes", "c_void_p");
    if (is_pointer < 0) return false;
    if (is_pointer != 0) out->set = SetCVoidP;
  }
  return true;
}

/*! \brief A converter of `tvm_ffi._foreign`; kept for the process. */
const void* ForeignConverter(const char* name) {
  PyRef module(PyImport_ImportModule("tvm_ffi._foreign"));
  return module ? PyObject_GetAttrString(module.get(), name) : nullptr;
}

bool ClassifyPointerOrCallable(PyObject* arg, PyTypeObject* type, Choice* out) {
  if (ClassHas(type, g_names.tvm_ffi_opaque_ptr)) return out->set = SetOpaquePtr, true;
  PyObject* handlers = PyDict_GetItemWithError(g_core_dict, g_names.opaque_ptr_handlers);
  if (handlers != nullptr && PyDict_Check(handlers)) {
    PyObject* handler = PyDict_GetItemWithError(handlers, reinterpret_cast<PyObject*>(type));
    if (handler != nullptr) {
      Py_INCREF(handler);  // the table never forgets
      *out = {SetByHandler, handler};
      return true;
    }
  }
  if (PyErr_Occurred()) return false;
  if (PyCallable_Check(arg)) return out->set = SetCallable, true;
  int match = IsInstanceOfFramework(arg, "torch", "dtype");
  if (match == 0) {
    match = IsInstanceOfFramework(arg, "numpy", "dtype");
    if (match > 0) *out = {SetForeignDataType, ForeignConverter("dtype_from_numpy")};
  } else if (match > 0) {
    *out = {SetForeignDataType, ForeignConverter("dtype_from_torch")};
  }
  return match == 0 || (match > 0 && out->data != nullptr);
}

bool ClassifyProtocol(PyObject* arg, PyTypeObject* type, Choice* out) {
  if (ClassHas(type, g_names.dlpack_data_type)) {
    out->set = SetDLPackDataType;
  } else if (ClassHas(type, g_names.dlpack_device)) {
    out->set = SetDLPackDevice;
  } else if (ClassHas(type, g_names.tvm_ffi_int)) {
    out->set = SetFFIInt;
  } else if (ClassHas(type, g_names.tvm_ffi_float)) {
    out->set = SetFFIFloat;
  } else if (ClassHas(type, g_names.tvm_ffi_value)) {
    out->set = SetFFIValue;
  } else if (PyObject_TypeCheck(arg, reinterpret_cast<PyTypeObject*>(PyExc_Exception))) {
    out->set = SetException;
  } else {
    int match = PyObject_IsInstance(arg, g_core_classes.convertible);
    if (match < 0) return false;
    out->set = match != 0 ? SetConvertible : SetOpaque;
  }
  return true;
}

/*! \brief Choose the setter of a type from its first instance; the order of the tests is fixed. */
bool Classify(PyObject* arg, PyTypeObject* type, Choice* out) {
  using Test = bool (*)(PyObject*, PyTypeObject*, Choice*);
  constexpr Test kTests[] = {
      ClassifyObject,  ClassifyTensor, ClassifyScalar, ClassifyBuiltin, ClassifyPointerOrCallable,
      ClassifyProtocol};
  for (Test test : kTests) {
    if (!test(arg, type, out)) return false;
    if (out->set != nullptr) return true;
  }
  return false;
}

// ---- the table ----------------------------------------------------------------------------------

/*! \brief Open-addressing hash table from a type to its setter. Grows by doubling, never shrinks.
 */
class DispatchTable {
 public:
  const Choice* Find(PyTypeObject* type) const {
    if (slots_ == nullptr) return nullptr;
    for (size_t i = Hash(type) & mask_;; i = (i + 1) & mask_) {
      if (slots_[i].type == type) return &slots_[i].choice;
      if (slots_[i].type == nullptr) return nullptr;
    }
  }

  bool Insert(PyTypeObject* type, const Choice& choice) {
    if (2 * (size_ + 1) > capacity() && !Grow()) return false;
    Py_INCREF(type);
    Place(type, choice);
    ++size_;
    return true;
  }

  size_t size() const { return size_; }

 private:
  struct Slot {
    PyTypeObject* type;
    Choice choice;
  };

  static size_t Hash(PyTypeObject* type) {
    auto bits = reinterpret_cast<uintptr_t>(type);
    return (bits >> 4) ^ (bits >> 12);
  }
  size_t capacity() const { return slots_ == nullptr ? 0 : mask_ + 1; }

  void Place(PyTypeObject* type, const Choice& choice) {
    size_t i = Hash(type) & mask_;
    while (slots_[i].type != nullptr) i = (i + 1) & mask_;
    slots_[i] = {type, choice};
  }

  bool Grow() {
    size_t old_capacity = capacity();
    size_t new_capacity = old_capacity == 0 ? 128 : 2 * old_capacity;
    Slot* old = slots_;
    Slot* grown = new (std::nothrow) Slot[new_capacity]();
    if (grown == nullptr) return PyErr_NoMemory(), false;
    slots_ = grown;
    mask_ = new_capacity - 1;
    for (size_t i = 0; i < old_capacity; ++i) {
      if (old[i].type != nullptr) Place(old[i].type, old[i].choice);
    }
    delete[] old;
    return true;
  }

  Slot* slots_ = nullptr;
  size_t mask_ = 0;
  size_t size_ = 0;
};

// The GIL guards the table; without a GIL every thread has its own.
#ifdef Py_GIL_DISABLED
thread_local DispatchTable g_table;
#else
DispatchTable g_table;
#endif

}  // namespace

void ArgFrame::ReleaseAll() {
  // A daemon thread that CPython unwinds at exit comes here without the GIL; see WithGil.
  if (!PythonIsUsable()) return;
  while (size_ > 0) {
    uintptr_t item = items_[--size_];
    if (item & kPyTag) {
      Py_DECREF(reinterpret_cast<PyObject*>(item & ~kPyTag));
    } else {
      auto* obj = reinterpret_cast<TVMFFIObject*>(item);
      if (!RecycleString(obj) && !RecycleCallback(obj)) DecRef(obj);
    }
  }
  if (items_ != inline_) {
    PyMem_Free(items_);
    items_ = inline_;
    capacity_ = kInline;
  }
}

bool ArgFrame::Grow() {
  size_t bytes = 2 * static_cast<size_t>(capacity_) * sizeof(uintptr_t);
  void* grown = items_ == inline_ ? PyMem_Malloc(bytes) : PyMem_Realloc(items_, bytes);
  if (grown == nullptr) {
    PyErr_NoMemory();
    return false;
  }
  if (items_ == inline_) std::memcpy(grown, inline_, sizeof(inline_));
  items_ = static_cast<uintptr_t*>(grown);
  capacity_ *= 2;
  return true;
}

namespace {

/*!
 * \brief Whether `arg` is an instance of class `name` of `module`, which is NULL if not imported.
 * \return 1, 0, or -1 with the Python error set.
 */
int IsInstanceOfMember(PyObject* arg, PyObject* module, const char* name) {
  if (module == nullptr || module == Py_None) return 0;
  PyRef cls(PyObject_GetAttrString(module, name));
  if (!cls) {
    PyErr_Clear();  // the module is still being imported, so it made no instances yet
    return 0;
  }
  if (!PyType_Check(cls.get())) return 0;
  return PyObject_IsInstance(arg, cls.get());
}

}  // namespace

int IsInstanceOfLoaded(PyObject* arg, const char* module_name, const char* name) {
  return IsInstanceOfMember(arg, PyDict_GetItemString(PyImport_GetModuleDict(), module_name), name);
}

int IsInstanceOfFramework(PyObject* arg, const char* module_name, const char* name) {
  return IsInstanceOfMember(arg, LoadedFramework(module_name), name);
}

bool SkipExchangeApi() {
  const char* flag = std::getenv("TVM_FFI_SKIP_DLPACK_C_EXCHANGE_API");
  return flag != nullptr && std::strcmp(flag, "1") == 0;
}

bool SetArgByType(ArgFrame* frame, PyObject* arg, TVMFFIAny* out) {
  PyTypeObject* type = Py_TYPE(arg);
  if (type == &PyBytes_Type) {
    return SetBytes(frame, PyBytes_AS_STRING(arg), PyBytes_GET_SIZE(arg), out);
  }
  const Choice* known = g_table.Find(type);
  if (known != nullptr) return known->set(frame, arg, known->data, out);
  Choice choice;
  if (!Classify(arg, type, &choice)) return false;
  // Classification can run Python code that classified the same type meanwhile.
  if (g_table.Find(type) == nullptr && !g_table.Insert(type, choice)) return false;
  return choice.set(frame, arg, choice.data, out);
}

bool SetBigInt(ArgFrame* frame, PyObject* arg, TVMFFIAny* out) {
  size_t bits = _PyLong_NumBits(arg);
  if (bits == static_cast<size_t>(-1) && PyErr_Occurred()) return false;
  size_t size = (bits / 8 + 1 + 7) / 8 * 8;
  auto* bytes = static_cast<unsigned char*>(PyMem_Malloc(size));
  if (bytes == nullptr) return PyErr_NoMemory(), false;
#if PY_VERSION_HEX >= 0x030D0000
  int failed = _PyLong_AsByteArray(reinterpret_cast<PyLongObject*>(arg), bytes, size,
                                   /*little_endian=*/1, /*is_signed=*/1, /*with_exceptions=*/1);
#else
  int failed = _PyLong_AsByteArray(reinterpret_cast<PyLongObject*>(arg), bytes, size,
                                   /*little_endian=*/1, /*is_signed=*/1);
#endif
  // Words are in native byte order; on a big-endian host each one is reversed.
  if (!failed && PY_BIG_ENDIAN) {
    for (size_t word = 0; word < size; word += 8) {
      for (size_t i = 0; i < 4; ++i) {
        unsigned char swapped = bytes[word + i];
        bytes[word + i] = bytes[word + 7 - i];
        bytes[word + 7 - i] = swapped;
      }
    }
  }
  TVMFFIByteArray content = {reinterpret_cast<const char*>(bytes), size};
  bool ok = !failed && CheckCode(TVMFFIBigIntFromByteArray(&content, out));
  PyMem_Free(bytes);
  if (!ok || out->type_index < kTVMFFIStaticObjectBegin) return ok;
  return frame->Keep(out->v_obj);
}

bool SetOwned(ArgFrame* frame, PyObject* arg, TVMFFIAny* out) {
  if (Py_TYPE(arg) == &PyUnicode_Type) {
    // Exact size instead of a recyclable box: the value stays.
    TVMFFIByteArray content;
    return ToByteArray(arg, &content) && CheckCode(TVMFFIStringFromByteArray(&content, out));
  }
  int mark = frame->size();
  TVMFFIAny view;
  if (!SetArg(frame, arg, &view)) return false;
  // A true return has set the view.
  // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult)
  if (view.type_index >= kTVMFFIStaticObjectBegin) {
    if (!frame->TakeBack(mark, view.v_obj)) IncRef(view.v_obj);
    *out = view;
    return true;
  }
  if (view.type_index == kTVMFFIObjectRValueRef) {
    return CheckCode(TVMFFIAnyViewToOwnedAny(&view, out));
  }
  *out = view;
  return true;
}

size_t ArgDispatchSize() { return g_table.size(); }

bool InitArgs(PyObject* core) {
  struct {
    const char* name;
    PyObject** slot;
  } const classes[] = {{"ObjectRValueRef", &g_core_classes.rvalue_ref},
                       {"ObjectConvertible", &g_core_classes.convertible},
                       {"PyNativeObject", &g_core_classes.native_value},
                       {"String", &g_core_classes.string},
                       {"Bytes", &g_core_classes.bytes}};
  for (const auto& entry : classes) {
    *entry.slot = PyObject_GetAttrString(core, entry.name);
    if (*entry.slot == nullptr) return false;
  }
  return SetStringClasses(g_core_classes.string, g_core_classes.bytes);
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm
