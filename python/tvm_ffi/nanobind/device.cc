// SPDX-License-Identifier: Apache-2.0
/*!
 * \file device.cc
 * \brief `tvm_ffi.core.Device`: a device type and an index as a value.
 *
 * Names come from two dictionaries of the class, which module initialisation fills from
 * `DLDeviceType`; subclasses may override `__device_type_name__`, so `type`, `str` and `repr` ask
 * it.
 */
#include <climits>

#include "core.h"

namespace tvm {
namespace ffi {
namespace python {

PyTypeObject DeviceType = {PyVarObject_HEAD_INIT(nullptr, 0)};
PyTypeObject* g_device_class = nullptr;

namespace {

DLDevice& ValueOf(PyObject* self) { return reinterpret_cast<DeviceValue*>(self)->value; }

PyObject* DeviceNew(PyTypeObject* type, PyObject*, PyObject*) { return type->tp_alloc(type, 0); }

bool ToInt32(PyObject* number, int32_t* out) {
  if (!PyIndex_Check(number)) {
    PyErr_SetString(PyExc_TypeError, "an integer is required");
    return false;
  }
  int overflow;
  PyRef index(PyNumber_Index(number));
  if (!index) return false;
  long value = PyLong_AsLongAndOverflow(index.get(), &overflow);
  if (value == -1 && PyErr_Occurred()) return false;
  if (overflow != 0 || value < INT32_MIN || value > INT32_MAX) {
    PyErr_SetString(PyExc_OverflowError, "value too large to convert to int32_t");
    return false;
  }
  *out = static_cast<int32_t>(value);
  return true;
}

/*! \brief Whether `obj` counts as an integer here: int or a registered `numbers.Integral`. */
bool IsIntegral(PyObject* obj) {
  if (PyLong_Check(obj)) return true;
  PyObject* numbers = PyDict_GetItemString(PyImport_GetModuleDict(), "numbers");
  if (numbers == nullptr) return false;
  PyRef integral(PyObject_GetAttrString(numbers, "Integral"));
  int match = integral ? PyObject_IsInstance(obj, integral.get()) : -1;
  if (match < 0) PyErr_Clear();
  return match > 0;
}

/*! \brief The index argument: an integer, or an object whose `item()` gives one. */
bool ParseIndex(PyObject* index, int32_t* out) {
  if (index == Py_None) {
    *out = 0;
    return true;
  }
  if (IsIntegral(index)) return ToInt32(index, out);
  PyRef item(PyObject_GetAttrString(index, "item"));
  if (!item) PyErr_Clear();
  if (item && PyCallable_Check(item.get())) {
    PyRef value(PyObject_CallNoArgs(item.get()));
    if (!value) return false;
    if (IsIntegral(value.get())) return ToInt32(value.get(), out);
  }
  PyErr_Format(PyExc_TypeError, "Invalid device index: %S", index);
  return false;
}

/*! \brief Look a device name up in the class dictionary of accepted names. */
bool ParseName(PyObject* name, DLDevice* out) {
  PyObject* table = PyDict_GetItemString(DeviceType.tp_dict, "_DEVICE_NAME_TO_TYPE");
  PyObject* code = table != nullptr ? PyDict_GetItemWithError(table, name) : nullptr;
  if (code == nullptr) {
    if (!PyErr_Occurred()) PyErr_Format(PyExc_ValueError, "Unknown device: %U", name);
    return false;
  }
  int32_t value;
  if (!ToInt32(code, &value)) return false;
  out->device_type = static_cast<DLDeviceType>(value);
  return true;
}

/*! \brief `"name"` or `"name:index"`; what follows the first blank is ignored. */
bool ParseText(PyObject* text, PyObject* index, DLDevice* out) {
  PyRef words(PyObject_CallMethod(text, "split", "si", " ", 1));
  PyRef parts(words ? PyObject_CallMethod(PyList_GET_ITEM(words.get(), 0), "split", "s", ":")
                    : nullptr);
  if (!parts) return false;
  if (PyList_GET_SIZE(parts.get()) > 2) {
    PyErr_Format(PyExc_ValueError, "Invalid device: %U", text);
    return false;
  }
  if (!ParseName(PyList_GET_ITEM(parts.get(), 0), out)) return false;
  if (PyList_GET_SIZE(parts.get()) < 2) return ParseIndex(index, &out->device_id);
  PyObject* digits = PyList_GET_ITEM(parts.get(), 1);
  PyRef number(PyLong_FromUnicodeObject(digits, 10));
  if (!number) {
    if (!PyErr_ExceptionMatches(PyExc_ValueError)) return false;
    PyErr_Clear();
    PyErr_Format(PyExc_ValueError, "Invalid device index: %U", digits);
    return false;
  }
  return ToInt32(number.get(), &out->device_id);
}

int DeviceInit(PyObject* self, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"device_type", "index", nullptr};
  PyObject *type, *index = Py_None;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:Device", const_cast<char**>(kNames), &type,
                                   &index)) {
    return -1;
  }
  DLDevice device;
  if (PyUnicode_Check(type)) {
    if (!ParseText(type, index, &device)) return -1;
  } else {
    int32_t code;
    if (!ToInt32(type, &code) || !ParseIndex(index, &device.device_id)) return -1;
    device.device_type = static_cast<DLDeviceType>(code);
  }
  ValueOf(self) = device;
  return 0;
}

/*! \brief `__device_type_name__()`; KeyError with the code for a type without a name. */
PyObject* TypeName(PyObject* self, PyObject*) {
  PyRef code(PyLong_FromLong(ValueOf(self).device_type));
  PyObject* table = PyDict_GetItemString(DeviceType.tp_dict, "_DEVICE_TYPE_TO_NAME");
  if (!code || table == nullptr) return nullptr;
  PyObject* name = PyDict_GetItemWithError(table, code.get());
  if (name == nullptr) {
    if (!PyErr_Occurred()) PyErr_SetObject(PyExc_KeyError, code.get());
    return nullptr;
  }
  Py_INCREF(name);
  return name;
}

PyRef NameBySelf(PyObject* self) {
  return PyRef(PyObject_CallMethodNoArgs(self, g_names.device_type_name));
}

PyObject* Str(PyObject* self) {
  PyRef name = NameBySelf(self);
  return name ? PyUnicode_FromFormat("%S:%d", name.get(), static_cast<int>(ValueOf(self).device_id))
              : nullptr;
}

PyObject* Repr(PyObject* self) {
  PyRef name = NameBySelf(self);
  return name ? PyUnicode_FromFormat("device(type='%S', index=%d)", name.get(),
                                     static_cast<int>(ValueOf(self).device_id))
              : nullptr;
}

PyObject* GetTypeName(PyObject* self, void*) { return NameBySelf(self).release(); }
PyObject* GetIndex(PyObject* self, void*) { return PyLong_FromLong(ValueOf(self).device_id); }
PyObject* DLPackType(PyObject* self, PyObject*) {
  return PyLong_FromLong(ValueOf(self).device_type);
}

PyObject* RichCompare(PyObject* self, PyObject* other, int op) {
  if (op != Py_EQ && op != Py_NE) Py_RETURN_NOTIMPLEMENTED;
  bool equal = PyObject_TypeCheck(other, &DeviceType) &&
               ValueOf(self).device_type == ValueOf(other).device_type &&
               ValueOf(self).device_id == ValueOf(other).device_id;
  return PyBool_FromLong(equal == (op == Py_EQ));
}

Py_hash_t Hash(PyObject* self) {
  PyRef key(Py_BuildValue("(ii)", static_cast<int>(ValueOf(self).device_type),
                          static_cast<int>(ValueOf(self).device_id)));
  return key ? PyObject_Hash(key.get()) : -1;
}

PyObject* Reduce(PyObject* self, PyObject*) {
  PyObject* maker = PyDict_GetItemString(g_core_dict, "_create_device_from_tuple");
  if (maker == nullptr) return nullptr;
  return Py_BuildValue("O(Oii)", maker, reinterpret_cast<PyObject*>(Py_TYPE(self)),
                       static_cast<int>(ValueOf(self).device_type),
                       static_cast<int>(ValueOf(self).device_id));
}

PyMethodDef kMethods[] = {
    {"dlpack_device_type", DLPackType, METH_NOARGS, "The DLPack device type as an int."},
    {"__device_type_name__", TypeName, METH_NOARGS, "Name of the device type."},
    {"__reduce__", Reduce, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr}};

PyGetSetDef kGetSet[] = {{"type", GetTypeName, nullptr, "Name of the device type.", nullptr},
                         {"index", GetIndex, nullptr, "Index of the device.", nullptr},
                         {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyObject* CreateFromTuple(PyObject*, PyObject* args) {
  PyObject* cls;
  int type, index;
  if (!PyArg_ParseTuple(args, "Oii:_create_device_from_tuple", &cls, &type, &index)) return nullptr;
  PyRef self(PyObject_CallMethod(cls, "__new__", "O", cls));
  if (!self) return nullptr;
  if (!PyObject_TypeCheck(self.get(), &DeviceType)) {
    PyErr_SetString(PyExc_TypeError, "expected a subclass of tvm_ffi.core.Device");
    return nullptr;
  }
  ValueOf(self.get()) = {static_cast<DLDeviceType>(type), index};
  return self.release();
}

PyMethodDef kFunctions[] = {{"_create_device_from_tuple", CreateFromTuple, METH_VARARGS,
                             "Make a Device of class ``cls`` from type and index."},
                            {nullptr, nullptr, 0, nullptr}};

}  // namespace

namespace {

/*! \brief A new instance of the device class, with the value stored. */
PyObject* NewDevice(PyTypeObject* cls, DLDevice device) {
  PyObject* self = nullptr;
  if (cls->tp_new == DeviceNew) {
    self = cls->tp_alloc(cls, 0);
  } else {
    PyRef made(PyObject_CallMethod(reinterpret_cast<PyObject*>(cls), "__new__", "O",
                                   reinterpret_cast<PyObject*>(cls)));
    if (made && PyObject_TypeCheck(made.get(), &DeviceType)) self = made.release();
  }
  if (self != nullptr) {
    ValueOf(self) = device;
  } else if (!PyErr_Occurred()) {
    PyErr_SetString(PyExc_TypeError, "__new__ of the device class must return a Device");
  }
  return self;
}

bool SameDevice(DLDevice a, DLDevice b) {
  return a.device_type == b.device_type && a.device_id == b.device_id;
}

}  // namespace

PyObject* DeviceToPy(DLDevice device) {
  PyTypeObject* cls = g_device_class != nullptr ? g_device_class : &DeviceType;
#ifndef Py_GIL_DISABLED
  // Most devices that a program asks for are the one that it asked for before. Instances of the
  // plain class have no state but their value, so they can be shared.
  static PyObject* last = nullptr;
  if (cls == &DeviceType) {
    if (last == nullptr || !SameDevice(ValueOf(last), device)) {
      PyObject* made = NewDevice(cls, device);
      if (made == nullptr) return nullptr;
      Py_XSETREF(last, made);
    }
    Py_INCREF(last);
    return last;
  }
#endif
  return NewDevice(cls, device);
}

bool DeviceFromTuple(PyObject* tuple, DLDevice* out) {
  if (!PyTuple_Check(tuple)) {
    PyErr_Format(PyExc_TypeError, "Expected tuple, got %s", Py_TYPE(tuple)->tp_name);
    return false;
  }
  int32_t numbers[2];
  for (int i = 0; i < 2; ++i) {
    PyRef item(PySequence_GetItem(tuple, i));
    if (!item || !ToInt32(item.get(), &numbers[i])) return false;
  }
  *out = {static_cast<DLDeviceType>(numbers[0]), numbers[1]};
  return true;
}

bool InitDevice(PyObject* module) {
  PyTypeObject* type = &DeviceType;
  type->tp_name = "tvm_ffi.core.Device";
  type->tp_doc = "Device(device_type, index=None)\n\nA device, given by name or DLPack type.";
  type->tp_basicsize = sizeof(DeviceValue);
  type->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE;
  type->tp_new = DeviceNew;
  type->tp_init = DeviceInit;
  type->tp_str = Str;
  type->tp_repr = Repr;
  type->tp_richcompare = RichCompare;
  type->tp_hash = Hash;
  type->tp_methods = kMethods;
  type->tp_getset = kGetSet;
  return AddType(module, type) && PyModule_AddFunctions(module, kFunctions) == 0;
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm
