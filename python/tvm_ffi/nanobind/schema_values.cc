// SPDX-License-Identifier: Apache-2.0
/*!
 * \file schema_values.cc
 * \brief Conversion by a schema of Python values that are no containers.
 */
#include "schema_convert.h"

namespace tvm {
namespace ffi {
namespace python {

namespace {

/*! \brief Whether the value is an instance of a class of the module `numbers`; -1 on error. */
int IsNumber(PyObject* value, const char* name) {
  return IsInstanceOfLoaded(value, "numbers", name);
}

// ---- scalars ------------------------------------------------------------------------------------

Converted StoreInt(Conversion* conversion, PyObject* number, TVMFFIAny* out) {
  int overflow;
  int64_t value = PyLong_AsLongLongAndOverflow(number, &overflow);
  if (overflow != 0) {
    return Mismatch(conversion, PyUnicode_FromFormat("integer %S out of int64 range "
                                                     "[-9223372036854775808, 9223372036854775807]",
                                                     number));
  }
  if (value == -1 && PyErr_Occurred()) return Converted::kRaised;
  SetInt(out, kTVMFFIInt, value);
  return Converted::kDone;
}

Converted ConvertInt(Conversion* conversion, const SchemaNode& node, PyObject* value,
                     TVMFFIAny* out) {
  if (PyLong_Check(value)) return StoreInt(conversion, value, out);
  int is_integral = IsNumber(value, "Integral");
  if (is_integral < 0) return Converted::kRaised;
  if (is_integral != 0) {
    PyRef number(PyNumber_Long(value));
    return number ? StoreInt(conversion, number.get(), out)
                  : FunctionFailed(conversion, "int", value);
  }
  if (!ClassHas(Py_TYPE(value), g_names.tvm_ffi_int)) return Expected(conversion, node, value);
  PyRef result(PyObject_CallMethodNoArgs(value, g_names.tvm_ffi_int));
  PyRef number(result ? PyNumber_Long(result.get()) : nullptr);
  return number ? StoreInt(conversion, number.get(), out)
                : ExpectedAfterError(conversion, node, value);
}

Converted ConvertFloat(Conversion* conversion, const SchemaNode& node, PyObject* value,
                       TVMFFIAny* out) {
  int is_real = PyFloat_Check(value) || PyLong_Check(value) ? 1 : IsNumber(value, "Real");
  if (is_real < 0) return Converted::kRaised;
  PyRef source;
  if (is_real != 0) {
    source = PyRef::Borrow(value);
  } else if (ClassHas(Py_TYPE(value), g_names.tvm_ffi_float)) {
    source = PyRef(PyObject_CallMethodNoArgs(value, g_names.tvm_ffi_float));
  } else {
    return Expected(conversion, node, value);
  }
  double number = source ? PyFloat_AsDouble(source.get()) : -1.0;
  if (number == -1.0 && PyErr_Occurred()) {
    return is_real != 0 ? FunctionFailed(conversion, "float", value)
                        : ExpectedAfterError(conversion, node, value);
  }
  SetFloat(out, number);
  return Converted::kDone;
}

Converted ConvertBool(Conversion* conversion, const SchemaNode& node, PyObject* value,
                      TVMFFIAny* out) {
  int is_integral = PyLong_Check(value) ? 1 : IsNumber(value, "Integral");
  if (is_integral < 0) return Converted::kRaised;
  if (is_integral == 0) return Expected(conversion, node, value);
  int truth = PyObject_IsTrue(value);
  if (truth < 0) return FunctionFailed(conversion, "bool", value);
  SetInt(out, kTVMFFIBool, truth);
  return Converted::kDone;
}

/*! \brief Text and bytes; what cannot be encoded is an error of its own, not a mismatch. */
Converted ConvertText(Conversion* conversion, const SchemaNode& node, bool fits, PyObject* value,
                      TVMFFIAny* out) {
  if (!fits) return Expected(conversion, node, value);
  return SetOwned(&conversion->frame, value, out) ? Converted::kDone : Converted::kRaised;
}

/*! \brief Make a value from its text with `cls(text)`. */
Converted ParseText(Conversion* conversion, const SchemaNode& node, PyTypeObject* cls,
                    PyObject* text, TVMFFIAny* out) {
  PyRef parsed(PyObject_CallOneArg(reinterpret_cast<PyObject*>(cls), text));
  if (parsed) return Pack(conversion, node, parsed.get(), out);
  if (!TakeError()) return Converted::kRaised;
  const char* what = node.kind == NodeKind::kDevice ? "device" : "dtype";
  return Mismatch(conversion, PyUnicode_FromFormat("expected %U, got invalid %s string %R",
                                                   node.expected, what, text));
}

Converted ConvertDevice(Conversion* conversion, const SchemaNode& node, PyObject* value,
                        TVMFFIAny* out) {
  PyTypeObject* cls = g_device_class != nullptr ? g_device_class : &DeviceType;
  if (PyUnicode_Check(value)) return ParseText(conversion, node, cls, value, out);
  PyTypeObject* type = Py_TYPE(value);
  bool fits = PyObject_TypeCheck(value, &DeviceType) ||
              (ClassHas(type, g_names.dlpack_device) && !ClassHas(type, g_names.dlpack));
  return fits ? PackAs(conversion, node, kTVMFFIDevice, value, out)
              : Expected(conversion, node, value);
}

/*! \brief Whether a value is the dtype object of numpy or torch; -1 on error. */
int IsForeignDataType(PyObject* value) {
  int match = IsInstanceOfFramework(value, "torch", "dtype");
  return match != 0 ? match : IsInstanceOfFramework(value, "numpy", "dtype");
}

Converted ConvertDataType(Conversion* conversion, const SchemaNode& node, PyObject* value,
                          TVMFFIAny* out) {
  bool is_dtype = PyObject_TypeCheck(value, &DataTypeType) ||
                  (g_dtype_class != nullptr && PyObject_TypeCheck(value, g_dtype_class));
  if (!is_dtype && PyUnicode_Check(value)) {
    return ParseText(conversion, node, &DataTypeType, value, out);
  }
  int is_foreign = is_dtype ? 1 : IsForeignDataType(value);
  if (is_foreign < 0) return Converted::kRaised;
  bool fits = is_foreign != 0 || ClassHas(Py_TYPE(value), g_names.dlpack_data_type);
  return fits ? PackAs(conversion, node, kTVMFFIDataType, value, out)
              : Expected(conversion, node, value);
}

/*! \brief Whether the class of a value is known to stand for an address; -1 on error. */
int IsPointerLike(PyObject* value) {
  PyTypeObject* type = Py_TYPE(value);
  if (ClassHas(type, g_names.tvm_ffi_opaque_ptr) || ClassHas(type, g_names.cuda_stream)) return 1;
  PyObject* handlers = PyDict_GetItemWithError(g_core_dict, g_names.opaque_ptr_handlers);
  if (handlers != nullptr && PyDict_Check(handlers)) {
    int has_handler = PyDict_Contains(handlers, reinterpret_cast<PyObject*>(type));
    if (has_handler != 0) return has_handler;
  }
  if (PyErr_Occurred()) return -1;
  return IsInstanceOfLoaded(value, "ctypes", "c_void_p");
}

Converted ConvertPointer(Conversion* conversion, const SchemaNode& node, PyObject* value,
                         TVMFFIAny* out) {
  if (value == Py_None) {
    SetPtr(out, kTVMFFIOpaquePtr, nullptr);
    return Converted::kDone;
  }
  int fits = IsPointerLike(value);
  if (fits < 0) return Converted::kRaised;
  return fits != 0 ? PackAs(conversion, node, kTVMFFIOpaquePtr, value, out)
                   : Expected(conversion, node, value);
}

// ---- objects ------------------------------------------------------------------------------------

Converted ConvertTensor(Conversion* conversion, const SchemaNode& node, PyObject* value,
                        TVMFFIAny* out) {
  PyTypeObject* type = Py_TYPE(value);
  bool fits = ClassHas(type, g_names.dlpack) ||
              (ClassHas(type, g_names.exchange_api) && !SkipExchangeApi());
  return fits ? PackAs(conversion, node, kTVMFFITensor, value, out)
              : Expected(conversion, node, value);
}

Converted ConvertCallable(Conversion* conversion, const SchemaNode& node, PyObject* value,
                          TVMFFIAny* out) {
  if (IsCObject(value) || !PyCallable_Check(value)) return Expected(conversion, node, value);
  TVMFFIObject* callback = NewCallback(value, nullptr);
  if (callback == nullptr) return Converted::kRaised;
  SetObject(out, callback);
  return Converted::kDone;
}

/*! \brief `text` with four spaces before each line. */
PyRef Indent(PyObject* text) {
  PyRef separator(PyUnicode_FromString("\n")), joint(PyUnicode_FromString("\n    "));
  if (!separator || !joint) return PyRef();
  return PyRef(PyUnicode_Replace(text, separator.get(), joint.get(), -1));
}

/*! \brief Let the target's `__ffi_convert__` make an object of a packed value, which is consumed.
 */
Converted ConvertByHook(Conversion* conversion, const SchemaNode& node, PyObject* value,
                        TVMFFIAny packed, TVMFFIAny* out) {
  TVMFFIObject* hook = ConvertHook(node.target);
  if (hook == nullptr) {
    ReleaseAny(&packed);
    return Expected(conversion, node, value);
  }
  TVMFFIAny result = NoneAny();
  bool ok = CallObject(hook, &packed, 1, &result);
  ReleaseAny(&packed);
  if (ok && IsObject(result) && IsInstanceOf(result.type_index, node.target)) {
    *out = result;
    return Converted::kDone;
  }
  if (ok) {
    ReleaseAny(&result);
    return Expected(conversion, node, value);
  }
  PyRef text = TakeErrorText();
  PyRef indented = text ? Indent(text.get()) : PyRef();
  PyRef got = indented ? Describe(value) : PyRef();
  if (!got) return Converted::kRaised;
  return Mismatch(conversion,
                  PyUnicode_FromFormat("expected %U, got %U\n  __ffi_convert__ failed:\n    %U",
                                       node.expected, got.get(), indented.get()));
}

/*! \brief The variant of a payload enum; `*found` tells whether `*out` was set. */
Converted ConvertPayload(Conversion* conversion, const SchemaNode& node, PyObject* value,
                         TVMFFIAny* out, bool* found) {
  *found = false;
  PyObject* lookup = PyDict_GetItemString(g_core_dict, "_payload_enum_variant");
  if (lookup == nullptr) return Converted::kRaised;
  PyRef target(PyLong_FromLong(node.target));
  PyRef variant(target ? PyObject_CallFunctionObjArgs(lookup, target.get(), value, nullptr)
                       : nullptr);
  if (!variant) return Converted::kRaised;
  if (variant.get() == Py_None) return Converted::kDone;
  *found = true;
  if (PyUnicode_Check(variant.get())) return Mismatch(conversion, variant.release());
  return Pack(conversion, node, variant.get(), out);
}

Converted ConvertObject(Conversion* conversion, const SchemaNode& node, PyObject* value,
                        TVMFFIAny* out) {
  if (!IsCObject(value)) {
    bool found;
    Converted payload = ConvertPayload(conversion, node, value, out, &found);
    if (found || payload != Converted::kDone) return payload;
  }
  TVMFFIAny packed;
  Converted done = Pack(conversion, node, value, &packed);
  if (done != Converted::kDone) return done;
  if (IsObject(packed) && IsInstanceOf(packed.type_index, node.target)) {
    *out = packed;
    return Converted::kDone;
  }
  return ConvertByHook(conversion, node, value, packed, out);
}

}  // namespace

Converted ConvertValue(Conversion* conversion, const SchemaNode& node, PyObject* value,
                       TVMFFIAny* out) {
  switch (node.kind) {
    case NodeKind::kAny:
      return Pack(conversion, node, value, out);
    case NodeKind::kInt:
      return ConvertInt(conversion, node, value, out);
    case NodeKind::kFloat:
      return ConvertFloat(conversion, node, value, out);
    case NodeKind::kBool:
      return ConvertBool(conversion, node, value, out);
    case NodeKind::kStr:
      return ConvertText(conversion, node, PyUnicode_Check(value), value, out);
    case NodeKind::kBytes:
      return ConvertText(conversion, node, PyBytes_Check(value) || PyByteArray_Check(value), value,
                         out);
    case NodeKind::kDevice:
      return ConvertDevice(conversion, node, value, out);
    case NodeKind::kDataType:
      return ConvertDataType(conversion, node, value, out);
    case NodeKind::kPointer:
      return ConvertPointer(conversion, node, value, out);
    case NodeKind::kTensor:
      return ConvertTensor(conversion, node, value, out);
    case NodeKind::kCallable:
      return ConvertCallable(conversion, node, value, out);
    case NodeKind::kObject:
      return ConvertObject(conversion, node, value, out);
    default:  // None, which only None itself fits
      return Expected(conversion, node, value);
  }
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm
