// SPDX-License-Identifier: Apache-2.0
/*!
 * \file core.cc
 * \brief The module `tvm_ffi.core`: state shared by all files, and the order of initialisation.
 *
 * The native types come first, then the Python-level half (`tvm_ffi._core_types`), which subclasses
 * them and is merged into the module, then whatever needs both.
 */
#include "core.h"

#include <nanobind/nanobind.h>

namespace nb = nanobind;

namespace tvm {
namespace ffi {
namespace python {

PyObject* g_core_dict = nullptr;
Names g_names;

namespace {

bool InternNames() {
  struct {
    PyObject** slot;
    const char* text;
  } const names[] = {{&g_names.tvm_ffi_object, "__tvm_ffi_object__"},
                     {&g_names.tvm_ffi_value, "__tvm_ffi_value__"},
                     {&g_names.tvm_ffi_int, "__tvm_ffi_int__"},
                     {&g_names.tvm_ffi_float, "__tvm_ffi_float__"},
                     {&g_names.tvm_ffi_opaque_ptr, "__tvm_ffi_opaque_ptr__"},
                     {&g_names.cuda_stream, "__cuda_stream__"},
                     {&g_names.env_stream, "__tvm_ffi_env_stream__"},
                     {&g_names.exchange_api, "__dlpack_c_exchange_api__"},
                     {&g_names.dlpack, "__dlpack__"},
                     {&g_names.dlpack_device, "__dlpack_device__"},
                     {&g_names.dlpack_data_type, "__dlpack_data_type__"},
                     {&g_names.cached_object, "_tvm_ffi_cached_object"},
                     {&g_names.from_object, "__from_tvm_ffi_object__"},
                     {&g_names.asobject, "asobject"},
                     {&g_names.tvm_ffi_error, "__tvm_ffi_error__"},
                     {&g_names.obj, "obj"},
                     {&g_names.tvm_ffi_dtype, "_tvm_ffi_dtype"},
                     {&g_names.value, "value"},
                     {&g_names.type_info, "__tvm_ffi_type_info__"},
                     {&g_names.error_name_to_type, "ERROR_NAME_TO_TYPE"},
                     {&g_names.error_type_to_name, "ERROR_TYPE_TO_NAME"},
                     {&g_names.with_append_backtrace, "_WITH_APPEND_BACKTRACE"},
                     {&g_names.traceback_to_str, "_TRACEBACK_TO_BACKTRACE_STR"},
                     {&g_names.opaque_ptr_handlers, "_OPAQUE_PTR_HANDLERS"},
                     {&g_names.device_type_name, "__device_type_name__"},
                     {&g_names.handle, "handle"},
                     {&g_names.class_object, "_CLASS_OBJECT"}};
  for (const auto& name : names) {
    *name.slot = PyUnicode_InternFromString(name.text);
    if (*name.slot == nullptr) return false;
  }
  return true;
}

/*! \brief Let native code poll Python signal handlers. */
bool RegisterEnvApi() {
  return CheckCode(TVMFFIEnvRegisterCAPI("PyErr_CheckSignals",
                                         reinterpret_cast<void*>(PyErr_CheckSignals))) &&
         CheckCode(TVMFFIEnvRegisterCAPI("PyGILState_Ensure",
                                         reinterpret_cast<void*>(PyGILState_Ensure))) &&
         CheckCode(TVMFFIEnvRegisterCAPI("PyGILState_Release",
                                         reinterpret_cast<void*>(PyGILState_Release)));
}

/*! \brief Give `Device` its name tables, which are keyed by a Python enum. */
bool SetDeviceNames(PyObject* half) {
  PyRef names(PyObject_GetAttrString(half, "DEVICE_TYPE_TO_NAME"));
  PyRef types(PyObject_GetAttrString(half, "DEVICE_NAME_TO_TYPE"));
  PyObject* dict = DeviceType.tp_dict;
  if (!names || !types || PyDict_SetItemString(dict, "_DEVICE_TYPE_TO_NAME", names.get()) < 0 ||
      PyDict_SetItemString(dict, "_DEVICE_NAME_TO_TYPE", types.get()) < 0) {
    return false;
  }
  PyType_Modified(&DeviceType);
  return true;
}

/*! \brief Run the Python-level half with this module importable, and merge its public names. */
bool MergePythonHalf(PyObject* module) {
  PyObject* modules = PyImport_GetModuleDict();
  if (PyDict_SetItemString(modules, "tvm_ffi.core", module) < 0) return false;
  PyRef half(PyImport_ImportModule("tvm_ffi._core_types"));
  if (!half) return false;
  PyRef exported(PyObject_GetAttrString(half.get(), "EXPORTED"));
  return exported && PyDict_Update(g_core_dict, exported.get()) == 0 && SetDeviceNames(half.get());
}

/*! \brief Store the singletons `MISSING` and `KWARGS`. */
bool FetchSentinel(PyObject* module, const char* name, GlobalFunction getter) {
  TVMFFIAny result = NoneAny();
  if (!getter.Call(nullptr, 0, &result)) return false;
  PyObject* cls = PyObject_GetAttrString(module, "Object");
  if (cls == nullptr) return false;
  PyObject* value = NewWrapper(reinterpret_cast<PyTypeObject*>(cls), result.v_obj);
  Py_DECREF(cls);
  return value != nullptr && PyModule_AddObject(module, name, value) == 0;
}

bool Check(bool ok) {
  if (!ok) throw nb::python_error();
  return true;
}

/*! \brief The classes of the built-in type indices, base before derived. */
void RegisterBuiltinClasses(nb::module_& m) {
  struct {
    int32_t type_index;
    const char* name;
  } const classes[] = {{kTVMFFIObject, "Object"},     {kTVMFFIError, "Error"},
                       {kTVMFFIDataType, "DataType"}, {kTVMFFIDevice, "Device"},
                       {kTVMFFIStr, "String"},        {kTVMFFIBytes, "Bytes"},
                       {kTVMFFITensor, "Tensor"},     {kTVMFFIFunction, "Function"}};
  for (const auto& entry : classes) {
    m.attr("_register_object_by_index")(entry.type_index, m.attr(entry.name));
  }
}

void InitModule(nb::module_& m) {
  PyObject* module = m.ptr();
  // The module's functions live as long as the process, which nanobind would report as a leak.
  nb::set_leak_warnings(false);
  g_core_dict = PyModule_GetDict(module);
  Py_INCREF(g_core_dict);
  Check(InternNames() && RegisterEnvApi());
  Check(InitObject(module) && InitError(module) && InitFunction(module) && InitDataType(module) &&
        InitDevice(module) && InitTensor(module) && InitDLPack(module) && InitString(module) &&
        InitContainer(module) && InitContainerConstructors(module) && InitField(module) &&
        InitAny(module) && InitByteBuffer(module) && InitTestHelpers(module) &&
        InitFramework(module) && InitSchema(module));
  Check(InitTypeRegistry(module) && InitPyClass(module) && InitDataclass(module) &&
        InitRegistry(module));
  Check(MergePythonHalf(module) && InitArgs(module));
  Check(FetchSentinel(module, "MISSING", GlobalFunction("ffi.GetInvalidObject")) &&
        FetchSentinel(module, "KWARGS", GlobalFunction("ffi.GetKwargsObject")));
  m.attr("__dlpack_version__") = nb::make_tuple(DLPACK_MAJOR_VERSION, DLPACK_MINOR_VERSION);
  RegisterBuiltinClasses(m);
}

}  // namespace

bool AddType(PyObject* module, PyTypeObject* type) {
  if (PyType_Ready(type) < 0) return false;
  const char* dot = std::strrchr(type->tp_name, '.');
  Py_INCREF(type);
  if (PyModule_AddObject(module, dot + 1, reinterpret_cast<PyObject*>(type)) == 0) return true;
  Py_DECREF(type);
  return false;
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm

NB_MODULE(core, m) {
  m.doc() = "The native part of the package: calls, objects, tensors, types and their registry.";
  tvm::ffi::python::InitModule(m);
}
