// SPDX-License-Identifier: Apache-2.0
/*!
 * \file schema_reason.cc
 * \brief Why a value does not fit a schema, and packing with such a reason.
 */
#include "schema_convert.h"

namespace tvm {
namespace ffi {
namespace python {

namespace {

/*! \brief `type(value).__qualname__`. */
PyRef QualifiedName(PyObject* value) {
  PyRef name(PyObject_GetAttrString(reinterpret_cast<PyObject*>(Py_TYPE(value)), "__qualname__"));
  if (name && PyUnicode_Check(name.get())) return name;
  PyErr_Clear();
  return PyRef(PyUnicode_FromString(Py_TYPE(value)->tp_name));
}

}  // namespace

PyRef Describe(PyObject* value) {
  const char* name = nullptr;
  if (value == Py_None) {
    name = "None";
  } else if (PyBool_Check(value)) {
    name = "bool";
  } else if (PyLong_Check(value)) {
    name = "int";
  } else if (PyFloat_Check(value)) {
    name = "float";
  } else if (PyUnicode_Check(value)) {
    name = "str";
  } else if (PyBytes_Check(value) || PyByteArray_Check(value)) {
    name = "bytes";
  } else if (IsCObject(value) && HandleOf(value) != nullptr) {
    name = TVMFFIGetTypeInfo(HandleOf(value)->type_index)->type_key.data;
  }
  return name != nullptr ? PyRef(PyUnicode_FromString(name)) : QualifiedName(value);
}

Converted Mismatch(Conversion* conversion, PyObject* reason) {
  conversion->reason = PyRef(reason);
  return reason != nullptr ? Converted::kMismatch : Converted::kRaised;
}

Converted Expected(Conversion* conversion, const SchemaNode& node, PyObject* value) {
  PyRef got = Describe(value);
  if (!got) return Converted::kRaised;
  return Mismatch(conversion,
                  PyUnicode_FromFormat("expected %U, got %U", node.expected, got.get()));
}

PyRef TakeErrorText() {
  if (!PyErr_ExceptionMatches(PyExc_Exception)) return PyRef();
  PyObject *type, *error, *trace;
  PyErr_Fetch(&type, &error, &trace);
  PyErr_NormalizeException(&type, &error, &trace);
  PyRef hold_type(type), hold_error(error), hold_trace(trace);
  return PyRef(PyObject_Str(error));
}

bool TakeError() {
  if (!PyErr_ExceptionMatches(PyExc_Exception)) return false;
  PyErr_Clear();
  return true;
}

Converted ExpectedAfterError(Conversion* conversion, const SchemaNode& node, PyObject* value) {
  PyRef text = TakeErrorText();
  if (!text) return Converted::kRaised;
  PyRef got = Describe(value);
  if (!got) return Converted::kRaised;
  return Mismatch(conversion, PyUnicode_FromFormat("expected %U, got %U: %U", node.expected,
                                                   got.get(), text.get()));
}

Converted FunctionFailed(Conversion* conversion, const char* function, PyObject* value) {
  PyRef text = TakeErrorText();
  if (!text) return Converted::kRaised;
  PyRef name = QualifiedName(value);
  if (!name) return Converted::kRaised;
  return Mismatch(conversion,
                  PyUnicode_FromFormat("%s() failed for %U: %U", function, name.get(), text.get()));
}

// ---- packing ------------------------------------------------------------------------------------

Converted Pack(Conversion* conversion, const SchemaNode& node, PyObject* value, TVMFFIAny* out) {
  TVMFFIAny owned = NoneAny();
  if (!SetOwned(&conversion->frame, value, &owned)) {
    return ExpectedAfterError(conversion, node, value);
  }
  if (owned.type_index == kTVMFFIDLTensorPtr) return Expected(conversion, node, value);
  *out = owned;
  return Converted::kDone;
}

Converted PackAs(Conversion* conversion, const SchemaNode& node, int32_t type_index,
                 PyObject* value, TVMFFIAny* out) {
  Converted packed = Pack(conversion, node, value, out);
  if (packed != Converted::kDone || out->type_index == type_index) return packed;
  ReleaseAny(out);
  return Expected(conversion, node, value);
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm
