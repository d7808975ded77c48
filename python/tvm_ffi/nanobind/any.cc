// SPDX-License-Identifier: Apache-2.0
/*!
 * \file any.cc
 * \brief `tvm_ffi.core.CAny`: an owned FFI value as a Python object, without conversion.
 */
#include "core.h"

namespace tvm {
namespace ffi {
namespace python {

namespace {

struct AnyHolder {
  PyObject_HEAD TVMFFIAny value;  // owned
};

PyTypeObject AnyHolderType = {PyVarObject_HEAD_INIT(nullptr, 0)};

TVMFFIAny& ValueOf(PyObject* self) { return reinterpret_cast<AnyHolder*>(self)->value; }

PyObject* AnyNew(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"value", nullptr};
  PyObject* value = Py_None;
  if (PyTuple_GET_SIZE(args) > 1) {
    return PyErr_Format(PyExc_TypeError,
                        "__init__() takes at most 1 positional argument (%zd given)",
                        PyTuple_GET_SIZE(args));
  }
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:CAny", const_cast<char**>(kNames), &value)) {
    return nullptr;
  }
  PyObject* self = type->tp_alloc(type, 0);
  if (self == nullptr) return nullptr;
  ArgFrame frame;
  TVMFFIAny owned = NoneAny();
  bool ok = SetOwned(&frame, value, &owned);
  if (ok && owned.type_index == kTVMFFIDLTensorPtr) {
    PyErr_SetString(PyExc_ValueError, "a borrowed view of a tensor cannot be kept");
    ok = false;
  }
  if (!ok) {
    Py_DECREF(self);
    return nullptr;
  }
  ValueOf(self) = owned;
  return self;
}

void AnyDealloc(PyObject* self) {
  ReleaseAny(&ValueOf(self));
  Py_TYPE(self)->tp_free(self);
}

PyObject* AnyRepr(PyObject* self) {
  const TVMFFIAny& value = ValueOf(self);
  switch (value.type_index) {
    case kTVMFFINone:
      return PyUnicode_FromString("CAny(None)");
    case kTVMFFIBool:
      return PyUnicode_FromString(value.v_int64 != 0 ? "CAny(bool=True)" : "CAny(bool=False)");
    case kTVMFFIInt:
      return PyUnicode_FromFormat("CAny(int=%lld)", static_cast<long long>(value.v_int64));
    case kTVMFFIFloat: {
      PyRef number(PyFloat_FromDouble(value.v_float64));
      return number ? PyUnicode_FromFormat("CAny(float=%R)", number.get()) : nullptr;
    }
    default:
      return PyUnicode_FromFormat(value.type_index >= kTVMFFIStaticObjectBegin
                                      ? "CAny(object, type_index=%d)"
                                      : "CAny(type_index=%d)",
                                  static_cast<int>(value.type_index));
  }
}

PyObject* GetTypeIndex(PyObject* self, void*) { return PyLong_FromLong(ValueOf(self).type_index); }

PyGetSetDef kGetSet[] = {{"type_index", GetTypeIndex, nullptr, "Type index of the value.", nullptr},
                         {nullptr, nullptr, nullptr, nullptr, nullptr}};

/*! \brief Short text and bytes become `String` and `Bytes`, as longer ones do. */
PyObject* SmallToClass(const TVMFFIAny& value) {
  const char* name = value.type_index == kTVMFFISmallStr ? "String" : "Bytes";
  PyObject* cls = PyDict_GetItemString(g_core_dict, name);
  PyRef plain(AnyViewToPy(&value, nullptr));
  return cls != nullptr && plain ? PyObject_CallOneArg(cls, plain.get()) : nullptr;
}

PyObject* ToPyClassValue(PyObject*, PyObject* holder) {
  if (!PyObject_TypeCheck(holder, &AnyHolderType)) {
    return PyErr_Format(PyExc_TypeError,
                        "Argument 'self' has incorrect type (expected tvm_ffi.core.CAny, got %s)",
                        Py_TYPE(holder)->tp_name);
  }
  const TVMFFIAny& value = ValueOf(holder);
  bool is_small = value.type_index == kTVMFFISmallStr || value.type_index == kTVMFFISmallBytes;
  return is_small ? SmallToClass(value) : AnyViewToPy(&value, nullptr);
}

PyMethodDef kFunctions[] = {
    {"_to_py_class_value", ToPyClassValue, METH_O, "The Python value of a CAny."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

const TVMFFIAny* HeldAny(PyObject* obj) {
  return PyObject_TypeCheck(obj, &AnyHolderType) ? &ValueOf(obj) : nullptr;
}

PyObject* NewAnyHolder(TVMFFIAny owned) {
  PyObject* self = AnyHolderType.tp_alloc(&AnyHolderType, 0);
  if (self == nullptr) {
    ReleaseAny(&owned);
    return nullptr;
  }
  ValueOf(self) = owned;
  return self;
}

bool InitAny(PyObject* module) {
  PyTypeObject* type = &AnyHolderType;
  type->tp_name = "tvm_ffi.core.CAny";
  type->tp_doc = "CAny(value=None)\n\nAn owned FFI value.";
  type->tp_basicsize = sizeof(AnyHolder);
  type->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE;
  type->tp_new = AnyNew;
  type->tp_dealloc = AnyDealloc;
  type->tp_repr = AnyRepr;
  type->tp_getset = kGetSet;
  return AddType(module, type) && PyModule_AddFunctions(module, kFunctions) == 0;
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm
