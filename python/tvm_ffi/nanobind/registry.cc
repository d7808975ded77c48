// SPDX-License-Identifier: Apache-2.0
/*!
 * \file registry.cc
 * \brief Cold functions of the module: the global function table, callbacks, streams, live
 * settings.
 */
#include <nanobind/nanobind.h>

#include "core.h"

namespace nb = nanobind;

namespace tvm {
namespace ffi {
namespace python {

namespace {

void ThrowIfError(bool ok) {
  if (!ok) throw nb::python_error();
}

nb::object StealOrThrow(PyObject* obj) {
  if (obj == nullptr) throw nb::python_error();
  return nb::steal(obj);
}

/*! \brief View the name of a global function; a non-str is reported as having no `encode`. */
TVMFFIByteArray NameArgument(nb::handle name) {
  if (!PyUnicode_Check(name.ptr())) {
    PyErr_Format(PyExc_AttributeError, "'%s' object has no attribute 'encode'",
                 Py_TYPE(name.ptr())->tp_name);
    throw nb::python_error();
  }
  TVMFFIByteArray text;
  ThrowIfError(ToByteArray(name.ptr(), &text));
  return text;
}

/*! \brief The exchange API of the framework whose tensors a callback wants to receive. */
const DLPackExchangeAPI* ApiOfTensorClass(nb::handle tensor_cls) {
  if (tensor_cls.is_none()) return nullptr;
  ThrowIfError(PrepareTorch());
  PyRef attribute(PyObject_GetAttr(tensor_cls.ptr(), g_names.exchange_api));
  if (!attribute) {
    PyErr_Clear();
    PyErr_Format(PyExc_TypeError, "tensor_cls %R must expose __dlpack_c_exchange_api__",
                 tensor_cls.ptr());
    throw nb::python_error();
  }
  const DLPackExchangeAPI* api = ReadExchangeApi(attribute.get());
  ThrowIfError(api != nullptr);
  return api;
}

nb::object ConvertToFunction(nb::object pyfunc, nb::object tensor_cls) {
  TVMFFIObject* func = NewCallback(pyfunc.ptr(), ApiOfTensorClass(tensor_cls));
  ThrowIfError(func != nullptr);
  return StealOrThrow(NewFunction(func));
}

nb::object RegisterGlobal(nb::object name, nb::object pyfunc, bool override) {
  TVMFFIByteArray text = NameArgument(name);
  nb::object func = PyObject_TypeCheck(pyfunc.ptr(), &FunctionType)
                        ? pyfunc
                        : ConvertToFunction(pyfunc, nb::none());
  TVMFFIObject* handle = RequireHandle(func.ptr());
  ThrowIfError(handle != nullptr && CheckCode(TVMFFIFunctionSetGlobal(&text, handle, override)));
  return func;
}

nb::object GetGlobal(nb::object name, bool allow_missing) {
  TVMFFIByteArray text = NameArgument(name);
  TVMFFIObjectHandle func = nullptr;
  ThrowIfError(CheckCode(TVMFFIFunctionGetGlobal(&text, &func)));
  if (func != nullptr) return StealOrThrow(NewFunction(static_cast<TVMFFIObject*>(func)));
  if (allow_missing) return nb::none();
  PyErr_Format(PyExc_ValueError, "Cannot find global function %U", name.ptr());
  throw nb::python_error();
}

// ---- streams ------------------------------------------------------------------------------------

/*! \brief Refuse device numbers that the stream table cannot index. */
void CheckDevice(int device_type, int device_id) {
  if (device_type >= 0 && device_id >= 0) return;
  PyErr_SetString(PyExc_ValueError, "device type and id must not be negative");
  throw nb::python_error();
}

uint64_t SetCurrentStream(int device_type, int device_id, nb::object stream) {
  if (!PyLong_Check(stream.ptr())) {
    PyErr_SetString(PyExc_TypeError, "an integer is required");
    throw nb::python_error();
  }
  uint64_t address = PyLong_AsUnsignedLongLong(stream.ptr());
  ThrowIfError(!PyErr_Occurred());
  CheckDevice(device_type, device_id);
  TVMFFIStreamHandle previous = nullptr;
  ThrowIfError(CheckCode(
      TVMFFIEnvSetStream(device_type, device_id,
                         reinterpret_cast<void*>(static_cast<uintptr_t>(address)), &previous)));
  return reinterpret_cast<uintptr_t>(previous);
}

uint64_t GetCurrentStream(int device_type, int device_id) {
  return reinterpret_cast<uintptr_t>(TVMFFIEnvGetStream(device_type, device_id));
}

// ---- live settings ------------------------------------------------------------------------------

/*! \brief Store a class under its `_CLASS_*` name, which is what Python code reads. */
void StoreClassSetting(const char* name, nb::handle cls, PyTypeObject* base) {
  if (!PyType_Check(cls.ptr()) ||
      (base != nullptr && !PyType_IsSubtype(reinterpret_cast<PyTypeObject*>(cls.ptr()), base))) {
    PyErr_Format(PyExc_TypeError, "%s must be a subclass of %s", name,
                 base != nullptr ? base->tp_name : "object");
    throw nb::python_error();
  }
  cls.inc_ref();  // the native copy of the pointer is never given up
  ThrowIfError(PyDict_SetItemString(g_core_dict, name, cls.ptr()) == 0);
}

PyTypeObject* AsType(nb::handle cls) { return reinterpret_cast<PyTypeObject*>(cls.ptr()); }

void SetClassObject(nb::object cls) { StoreClassSetting("_CLASS_OBJECT", cls, &CObjectType); }
void SetClassTensor(nb::object cls) {
  StoreClassSetting("_CLASS_TENSOR", cls, &TensorType);
  g_tensor_class = AsType(cls);
}
void SetClassDevice(nb::object cls) {
  StoreClassSetting("_CLASS_DEVICE", cls, &DeviceType);
  g_device_class = AsType(cls);
}
void SetClassDtype(nb::object cls) {
  StoreClassSetting("_CLASS_DTYPE", cls, &PyUnicode_Type);
  SetDtypeClass(AsType(cls));
}

void PrintDebugInfo() {
  nb::print(nb::str("TVMFFIPyGetArgDispatchMapSize: {}").format(ArgDispatchSize()));
}

}  // namespace

bool InitRegistry(PyObject* module) {
  using namespace nb::literals;
  nb::module_ m = nb::borrow<nb::module_>(module);
  m.def("_convert_to_ffi_func", &ConvertToFunction, "pyfunc"_a, "tensor_cls"_a.none() = nb::none(),
        "Wrap a callable as a Function; ``tensor_cls`` chooses what tensor arguments become.");
  m.def("_register_global_func", &RegisterGlobal, "name"_a, "pyfunc"_a, "override"_a,
        "Register a callable as a global function; returns the Function.");
  m.def("_get_global_func", &GetGlobal, "name"_a, "allow_missing"_a, "Look a global function up.");
  m.def("_env_set_current_stream", &SetCurrentStream, "device_type"_a, "device_id"_a, "stream"_a,
        "Set the thread's stream of a device; returns the previous address.");
  m.def("_env_get_current_stream", &GetCurrentStream, "device_type"_a, "device_id"_a,
        "The thread's stream of a device, 0 when none was set.");
  m.def("_set_class_object", &SetClassObject, "cls"_a, "Set the class of plain objects.");
  m.def("_set_class_tensor", &SetClassTensor, "cls"_a, "Set the class of tensor results.");
  m.def("_set_class_device", &SetClassDevice, "cls"_a, "Set the class of device results.");
  m.def("_set_class_dtype", &SetClassDtype, "cls"_a, "Set the class of data type results.");
  m.def("_print_debug_info", &PrintDebugInfo, "Print the size of the argument dispatch table.");
  return true;
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm
