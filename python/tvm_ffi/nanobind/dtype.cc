// SPDX-License-Identifier: Apache-2.0
/*!
 * \file dtype.cc
 * \brief `tvm_ffi.core.DataType`: a DLPack data type as a value, and its conversions.
 *
 * Results are instances of `_CLASS_DTYPE` (`tvm_ffi.dtype`, a str subclass that carries a
 * DataType). They are immutable, so equal ones are shared.
 */

#include <unordered_map>

#include "core.h"

namespace tvm {
namespace ffi {
namespace python {

PyTypeObject DataTypeType = {PyVarObject_HEAD_INIT(nullptr, 0)};
PyTypeObject* g_dtype_class = nullptr;

namespace {

Py_ssize_t g_value_offset = 0;  // of the slot `_tvm_ffi_dtype` in _CLASS_DTYPE, 0 when unknown

using Map = std::unordered_map<uint32_t, PyObject*>;

Map& Cache() {
  static Map* cache = new Map();  // never destroyed: values must not be dropped at exit
  return *cache;
}

uint32_t Bits(DLDataType dtype) {
  return dtype.code | (uint32_t{dtype.bits} << 8) | (uint32_t{dtype.lanes} << 16);
}

DLDataType& ValueOf(PyObject* self) { return reinterpret_cast<DataTypeValue*>(self)->value; }
int LanesOf(PyObject* self) { return static_cast<int16_t>(ValueOf(self).lanes); }

PyObject* NewDataType(PyTypeObject* cls, DLDataType dtype) {
  PyObject* self = cls->tp_alloc(cls, 0);
  if (self != nullptr) ValueOf(self) = dtype;
  return self;
}

PyObject* DataTypeNew(PyTypeObject* type, PyObject*, PyObject*) {
  return NewDataType(type, DLDataType{0, 0, 0});
}

bool ParseDataType(PyObject* text, DLDataType* out) {
  if (!PyUnicode_Check(text)) {
    PyErr_Format(PyExc_AttributeError, "'%s' object has no attribute 'encode'",
                 Py_TYPE(text)->tp_name);
    return false;
  }
  TVMFFIByteArray content;
  return ToByteArray(text, &content) && CheckCode(TVMFFIDataTypeFromString(&content, out));
}

int DataTypeInit(PyObject* self, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"dtype_str", nullptr};
  PyObject* text;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:DataType", const_cast<char**>(kNames), &text)) {
    return -1;
  }
  return ParseDataType(text, &ValueOf(self)) ? 0 : -1;
}

/*! \brief The canonical text of a data type. */
PyObject* TextOf(DLDataType dtype) {
  TVMFFIAny text = NoneAny();
  if (!CheckCode(TVMFFIDataTypeToString(&dtype, &text))) return nullptr;
  const TVMFFIByteArray content = text.type_index == kTVMFFISmallStr
                                      ? TVMFFISmallBytesGetContentByteArray(&text)
                                      : *TVMFFIBytesGetByteArrayPtr(text.v_obj);
  PyObject* str =
      PyUnicode_DecodeUTF8(content.data, static_cast<Py_ssize_t>(content.size), nullptr);
  ReleaseAny(&text);
  return str;
}

PyObject* DataTypeStr(PyObject* self) { return TextOf(ValueOf(self)); }

PyObject* RichCompare(PyObject* self, PyObject* other, int op) {
  if (op != Py_EQ && op != Py_NE) Py_RETURN_NOTIMPLEMENTED;
  bool equal =
      PyObject_TypeCheck(other, &DataTypeType) && Bits(ValueOf(self)) == Bits(ValueOf(other));
  return PyBool_FromLong(equal == (op == Py_EQ));
}

Py_hash_t Hash(PyObject* self) {
  PyRef key(Py_BuildValue("(iii)", ValueOf(self).code, ValueOf(self).bits, LanesOf(self)));
  return key ? PyObject_Hash(key.get()) : -1;
}

PyObject* GetCode(PyObject* self, void*) { return PyLong_FromLong(ValueOf(self).code); }
PyObject* GetBits(PyObject* self, void*) { return PyLong_FromLong(ValueOf(self).bits); }
PyObject* GetLanes(PyObject* self, void*) { return PyLong_FromLong(LanesOf(self)); }

PyObject* GetItemSize(PyObject* self, void*) {
  int lanes = LanesOf(self);
  if (lanes < 0) {
    PyErr_SetString(PyExc_ValueError, "Cannot determine itemsize for scalable vector types");
    return nullptr;
  }
  return PyLong_FromLong((ValueOf(self).bits * lanes + 7) / 8);
}

PyObject* Reduce(PyObject* self, PyObject*) {
  PyObject* maker = PyDict_GetItemString(g_core_dict, "_create_cdtype_from_tuple");
  if (maker == nullptr) return nullptr;
  return Py_BuildValue("O(Oiii)", maker, reinterpret_cast<PyObject*>(Py_TYPE(self)),
                       ValueOf(self).code, ValueOf(self).bits, LanesOf(self));
}

PyMethodDef kMethods[] = {{"__reduce__", Reduce, METH_NOARGS, nullptr},
                          {nullptr, nullptr, 0, nullptr}};

PyGetSetDef kGetSet[] = {
    {"type_code", GetCode, nullptr, "DLPack type code.", nullptr},
    {"bits", GetBits, nullptr, "Bits of one lane.", nullptr},
    {"lanes", GetLanes, nullptr, "Number of lanes, negative for scalable vectors.", nullptr},
    {"itemsize", GetItemSize, nullptr, "Bytes of one element.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

/*! \brief Range-check the three numbers of a data type. */
bool MakeDataType(long code, long bits, long lanes, DLDataType* out) {
  const char* target = code < 0 || code > UINT8_MAX || bits < 0 || bits > UINT8_MAX ? "uint8_t"
                       : lanes < INT16_MIN || lanes > INT16_MAX                     ? "int16_t"
                                                                                    : nullptr;
  if (target != nullptr) {
    PyErr_Format(PyExc_OverflowError, "value too large to convert to %s", target);
    return false;
  }
  *out = {static_cast<uint8_t>(code), static_cast<uint8_t>(bits), static_cast<uint16_t>(lanes)};
  return true;
}

PyObject* CreateFromTuple(PyObject*, PyObject* args) {
  PyObject* cls;
  long code, bits, lanes;
  if (!PyArg_ParseTuple(args, "Olll:_create_cdtype_from_tuple", &cls, &code, &bits, &lanes)) {
    return nullptr;
  }
  DLDataType dtype;
  if (!MakeDataType(code, bits, lanes, &dtype)) return nullptr;
  PyRef self(PyObject_CallMethod(cls, "__new__", "O", cls));
  if (!self) return nullptr;
  if (!PyObject_TypeCheck(self.get(), &DataTypeType)) {
    PyErr_SetString(PyExc_TypeError, "expected a subclass of tvm_ffi.core.DataType");
    return nullptr;
  }
  ValueOf(self.get()) = dtype;
  return self.release();
}

PyMethodDef kFunctions[] = {{"_create_cdtype_from_tuple", CreateFromTuple, METH_VARARGS,
                             "Make a DataType of class ``cls`` from code, bits and lanes."},
                            {nullptr, nullptr, 0, nullptr}};

/*! \brief A new `_CLASS_DTYPE` instance: the canonical text, carrying a DataType. */
PyObject* NewDtype(DLDataType dtype) {
  PyRef text(TextOf(dtype));
  PyRef value(text ? NewDataType(&DataTypeType, dtype) : nullptr);
  if (!value) return nullptr;
  if (g_dtype_class == nullptr) return value.release();
  PyRef args(PyTuple_Pack(1, text.get()));
  PyRef self(args ? PyUnicode_Type.tp_new(g_dtype_class, args.get(), nullptr) : nullptr);
  if (!self || PyObject_SetAttr(self.get(), g_names.tvm_ffi_dtype, value.get()) < 0) {
    return nullptr;
  }
  return self.release();
}

}  // namespace

PyObject* DataTypeToPy(DLDataType dtype) {
  auto found = Cache().find(Bits(dtype));
  if (found != Cache().end()) {
    Py_INCREF(found->second);
    return found->second;
  }
  PyObject* value = NewDtype(dtype);
  // Instances with a dictionary can be told apart, so they are made anew each time.
  if (value != nullptr && Py_TYPE(value)->tp_dictoffset == 0) {
    Py_INCREF(value);
    Cache()[Bits(dtype)] = value;
  }
  return value;
}

bool DataTypeFromPy(PyObject* obj, DLDataType* out) {
  if (PyObject_TypeCheck(obj, &DataTypeType)) {
    *out = ValueOf(obj);
    return true;
  }
  if (Py_TYPE(obj) == g_dtype_class && g_value_offset > 0) {
    PyObject* slot = *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(obj) + g_value_offset);
    if (slot != nullptr && Py_TYPE(slot) == &DataTypeType) {
      *out = ValueOf(slot);
      return true;
    }
  }
  PyRef value(PyObject_GetAttr(obj, g_names.tvm_ffi_dtype));
  if (!value) return false;
  if (!PyObject_TypeCheck(value.get(), &DataTypeType)) {
    PyErr_Format(PyExc_TypeError, "Cannot convert %s to tvm_ffi.core.DataType",
                 Py_TYPE(value.get())->tp_name);
    return false;
  }
  *out = ValueOf(value.get());
  return true;
}

bool DataTypeFromTuple(PyObject* tuple, DLDataType* out) {
  if (!PyTuple_Check(tuple)) {
    PyErr_Format(PyExc_TypeError, "Expected tuple, got %s", Py_TYPE(tuple)->tp_name);
    return false;
  }
  long numbers[3];
  for (int i = 0; i < 3; ++i) {
    PyRef item(PySequence_GetItem(tuple, i));
    if (!item) return false;
    numbers[i] = PyLong_AsLong(item.get());
    if (numbers[i] == -1 && PyErr_Occurred()) return false;
  }
  return MakeDataType(numbers[0], numbers[1], numbers[2], out);
}

void SetDtypeClass(PyTypeObject* cls) {
  g_dtype_class = cls;
  PyObject* slot = ClassAttr(cls, g_names.tvm_ffi_dtype);
  bool is_slot = slot != nullptr && Py_TYPE(slot) == &PyMemberDescr_Type;
  g_value_offset = is_slot ? reinterpret_cast<PyMemberDescrObject*>(slot)->d_member->offset : 0;
  Map old;
  old.swap(Cache());
  for (auto& entry : old) Py_DECREF(entry.second);
}

bool InitDataType(PyObject* module) {
  PyTypeObject* type = &DataTypeType;
  type->tp_name = "tvm_ffi.core.DataType";
  type->tp_doc = "DataType(dtype_str)\n\nA data type: code, bits and lanes.";
  type->tp_basicsize = sizeof(DataTypeValue);
  type->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE;
  type->tp_new = DataTypeNew;
  type->tp_init = DataTypeInit;
  type->tp_str = DataTypeStr;
  type->tp_richcompare = RichCompare;
  type->tp_hash = Hash;
  type->tp_methods = kMethods;
  type->tp_getset = kGetSet;
  return AddType(module, type) && PyModule_AddFunctions(module, kFunctions) == 0;
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm
