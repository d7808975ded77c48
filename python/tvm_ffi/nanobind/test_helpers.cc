// SPDX-License-Identifier: Apache-2.0
/*!
 * \file test_helpers.cc
 * \brief What tests use to play the part of a framework: `DLTensorTestWrapper`, a foreign tensor
 *        that publishes the DLPack exchange API, and a hook that drops an object without a thread
 *        state.
 *
 * The wrapper shows a `Tensor` to the package the way torch shows its own: through the C table of
 * its class, with the FFI environment's stream as the current stream of a device.
 */
#include "core.h"

namespace tvm {
namespace ffi {
namespace python {

namespace {

PyTypeObject TestWrapperType = {PyVarObject_HEAD_INIT(nullptr, 0)};

struct TestWrapper {
  PyObject_HEAD PyObject* tensor;  // owned; NULL until __init__ ran
  PyObject* dict;
};

/*! \brief The wrapped tensor, borrowed; ValueError when there is none. */
PyObject* TensorOf(PyObject* self) {
  PyObject* tensor = reinterpret_cast<TestWrapper*>(self)->tensor;
  if (tensor == nullptr) {
    PyErr_SetString(PyExc_ValueError, "DLTensorTestWrapper has no tensor: it was not initialized");
  }
  return tensor;
}

// ---- the exchange API ---------------------------------------------------------------------------

int TensorFromWrapper(void* py_object, DLManagedTensorVersioned** out) {
  auto* self = static_cast<PyObject*>(py_object);
  if (!PyObject_TypeCheck(self, &TestWrapperType)) {
    PyErr_Format(PyExc_TypeError, "expected a DLTensorTestWrapper, got %s", Py_TYPE(self)->tp_name);
    return -1;
  }
  PyObject* tensor = TensorOf(self);
  if (tensor == nullptr) return -1;
  TVMFFIObject* handle = RequireHandle(tensor);
  return handle != nullptr && CheckCode(TVMFFITensorToDLPackVersioned(handle, out)) ? 0 : -1;
}

int TensorToPyObject(DLManagedTensorVersioned* tensor, void** out) {
  // The wrapper comes first: on failure the tensor must still be the caller's.
  PyRef self(NewWrapper(g_tensor_class, nullptr));
  TVMFFIObjectHandle handle = nullptr;
  if (!self || !CheckCode(TVMFFITensorFromDLPackVersioned(tensor, 0, 0, &handle))) return -1;
  HandleOf(self.get()) = static_cast<TVMFFIObject*>(handle);
  *out = self.release();
  return 0;
}

int CurrentWorkStream(DLDeviceType device_type, int32_t device_id, void** out) {
  *out = device_type == kDLCPU ? nullptr : TVMFFIEnvGetStream(device_type, device_id);
  return 0;
}

PyObject* NewApiCapsule() {
  static DLPackExchangeAPI api = [] {
    DLPackExchangeAPI table;
    std::memset(&table, 0, sizeof(table));
    table.header.version = {DLPACK_MAJOR_VERSION, DLPACK_MINOR_VERSION};
    table.managed_tensor_from_py_object_no_sync = TensorFromWrapper;
    table.managed_tensor_to_py_object_no_sync = TensorToPyObject;
    table.current_work_stream = CurrentWorkStream;
    return table;
  }();
  return PyCapsule_New(&api, "dlpack_exchange_api", nullptr);
}

// ---- the class ----------------------------------------------------------------------------------

int WrapperInit(PyObject* self, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"tensor", nullptr};
  PyObject* tensor;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:DLTensorTestWrapper",
                                   const_cast<char**>(kNames), &tensor)) {
    return -1;
  }
  if (!PyObject_TypeCheck(tensor, &TensorType)) {
    PyErr_Format(PyExc_TypeError, "Cannot convert %s to tvm_ffi.core.Tensor",
                 Py_TYPE(tensor)->tp_name);
    return -1;
  }
  Py_INCREF(tensor);
  Py_XSETREF(reinterpret_cast<TestWrapper*>(self)->tensor, tensor);
  return 0;
}

int WrapperTraverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(reinterpret_cast<TestWrapper*>(self)->tensor);
  Py_VISIT(reinterpret_cast<TestWrapper*>(self)->dict);
  return 0;
}

int WrapperClear(PyObject* self) {
  Py_CLEAR(reinterpret_cast<TestWrapper*>(self)->tensor);
  Py_CLEAR(reinterpret_cast<TestWrapper*>(self)->dict);
  return 0;
}

void WrapperDealloc(PyObject* self) {
  PyObject_GC_UnTrack(self);
  WrapperClear(self);
  Py_TYPE(self)->tp_free(self);
}

PyObject* EnvStream(PyObject* self, PyObject*) {
  PyObject* tensor = TensorOf(self);
  if (tensor == nullptr) return nullptr;
  PyRef device(PyObject_CallMethodNoArgs(tensor, g_names.dlpack_device));
  DLDevice value;
  if (!device || !DeviceFromTuple(device.get(), &value)) return nullptr;
  return PyLong_FromVoidPtr(TVMFFIEnvGetStream(value.device_type, value.device_id));
}

PyObject* WrapperDevice(PyObject* self, PyObject*) {
  PyObject* tensor = TensorOf(self);
  return tensor != nullptr ? PyObject_CallMethodNoArgs(tensor, g_names.dlpack_device) : nullptr;
}

PyObject* WrapperDLPack(PyObject* self, PyObject* args, PyObject* kwargs) {
  PyObject* tensor = TensorOf(self);
  if (tensor == nullptr) return nullptr;
  PyRef method(PyObject_GetAttr(tensor, g_names.dlpack));
  return method ? PyObject_Call(method.get(), args, kwargs) : nullptr;
}

PyMethodDef kMethods[] = {
    {"__tvm_ffi_env_stream__", EnvStream, METH_NOARGS,
     "Address of the FFI environment's stream for the tensor's device."},
    {"__dlpack_device__", WrapperDevice, METH_NOARGS, "Device as ``(type, id)``."},
    {"__dlpack__", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(WrapperDLPack)),
     METH_VARARGS | METH_KEYWORDS, "Export as ``Tensor.__dlpack__`` does."},
    {nullptr, nullptr, 0, nullptr}};

PyGetSetDef kGetSet[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

/*! \brief Drop the last reference of an object the way native code does on a thread of its own. */
PyObject* DropWithoutThreadState(PyObject*, PyObject*) {
  PyObject* dict = PyDict_New();
  if (dict == nullptr) return nullptr;
  Py_BEGIN_ALLOW_THREADS;
  DropPyObject(dict);
  Py_END_ALLOW_THREADS;
  Py_RETURN_NONE;
}

PyMethodDef kFunctions[] = {
    {"_testing_drop_last_ref_without_thread_state", DropWithoutThreadState, METH_NOARGS,
     "Drop the last reference of a dict while no thread state is attached."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

bool InitTestHelpers(PyObject* module) {
  PyTypeObject* type = &TestWrapperType;
  type->tp_name = "tvm_ffi.core.DLTensorTestWrapper";
  type->tp_doc =
      "DLTensorTestWrapper(tensor)\n\n"
      "Shows a Tensor through the DLPack exchange API, as another package would. For tests.";
  type->tp_basicsize = sizeof(TestWrapper);
  type->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC;
  type->tp_dictoffset = offsetof(TestWrapper, dict);
  type->tp_new = PyType_GenericNew;
  type->tp_init = WrapperInit;
  type->tp_dealloc = WrapperDealloc;
  type->tp_traverse = WrapperTraverse;
  type->tp_clear = WrapperClear;
  type->tp_methods = kMethods;
  type->tp_getset = kGetSet;
  if (!AddType(module, type)) return false;
  PyRef capsule(NewApiCapsule());
  if (!capsule || PyDict_SetItem(type->tp_dict, g_names.exchange_api, capsule.get()) < 0) {
    return false;
  }
  PyType_Modified(type);
  return PyModule_AddFunctions(module, kFunctions) == 0;
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm
