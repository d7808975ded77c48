// SPDX-License-Identifier: Apache-2.0
/*!
 * \file schema_convert.cc
 * \brief Conversion of Python values by a schema.
 *
 * A value is first normalised: classes may name another value that stands for theirs. Then the kind
 * of the node decides. Whatever Python code raises while a value is packed becomes part of the
 * reason of a mismatch; only errors that are no `Exception` get through.
 */
#include <string>

#include "schema.h"

namespace tvm {
namespace ffi {
namespace python {

namespace {

constexpr int kMaxNormalizeSteps = 64;

// ---- reasons ------------------------------------------------------------------------------------

/*! \brief `type(value).__qualname__`. */
PyRef QualifiedName(PyObject* value) {
  PyRef name(PyObject_GetAttrString(reinterpret_cast<PyObject*>(Py_TYPE(value)), "__qualname__"));
  if (name && PyUnicode_Check(name.get())) return name;
  PyErr_Clear();
  return PyRef(PyUnicode_FromString(Py_TYPE(value)->tp_name));
}

/*! \brief What messages call a value: the plain type of builtins, the key of objects. */
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

/*! \brief Store a reason; NULL means that making it failed. */
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

/*! \brief Take the current error's text; NULL when it is no `Exception` or has none. */
PyRef TakeErrorText() {
  if (!PyErr_ExceptionMatches(PyExc_Exception)) return PyRef();
  PyObject *type, *error, *trace;
  PyErr_Fetch(&type, &error, &trace);
  PyErr_NormalizeException(&type, &error, &trace);
  PyRef hold_type(type), hold_error(error), hold_trace(trace);
  return PyRef(PyObject_Str(error));
}

/*! \brief Clear the current error; false when it is no `Exception` and has to get through. */
bool TakeError() {
  if (!PyErr_ExceptionMatches(PyExc_Exception)) return false;
  PyErr_Clear();
  return true;
}

/*! \brief `expected X, got T: {text of the current error}`. */
Converted ExpectedAfterError(Conversion* conversion, const SchemaNode& node, PyObject* value) {
  PyRef text = TakeErrorText();
  if (!text) return Converted::kRaised;
  PyRef got = Describe(value);
  if (!got) return Converted::kRaised;
  return Mismatch(conversion, PyUnicode_FromFormat("expected %U, got %U: %U", node.expected,
                                                   got.get(), text.get()));
}

/*! \brief `{function}() failed for {type}: {text of the current error}`. */
Converted FunctionFailed(Conversion* conversion, const char* function, PyObject* value) {
  PyRef text = TakeErrorText();
  if (!text) return Converted::kRaised;
  PyRef name = QualifiedName(value);
  if (!name) return Converted::kRaised;
  return Mismatch(conversion,
                  PyUnicode_FromFormat("%s() failed for %U: %U", function, name.get(), text.get()));
}

// ---- packing ------------------------------------------------------------------------------------

/*! \brief Pack by the rules of arguments; a failure is a mismatch that quotes the error. */
Converted Pack(Conversion* conversion, const SchemaNode& node, PyObject* value, TVMFFIAny* out) {
  TVMFFIAny owned = NoneAny();
  if (!SetOwned(&conversion->frame, value, &owned)) {
    return ExpectedAfterError(conversion, node, value);
  }
  if (owned.type_index == kTVMFFIDLTensorPtr) return Expected(conversion, node, value);
  *out = owned;
  return Converted::kDone;
}

/*! \brief Pack a value whose FFI form must have a type index. */
Converted PackAs(Conversion* conversion, const SchemaNode& node, int32_t type_index,
                 PyObject* value, TVMFFIAny* out) {
  Converted packed = Pack(conversion, node, value, out);
  if (packed != Converted::kDone || out->type_index == type_index) return packed;
  ReleaseAny(out);
  return Expected(conversion, node, value);
}

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

// ---- containers ---------------------------------------------------------------------------------

/*! \brief Put `prefix` before the reason of an element. */
Converted AddPrefix(Conversion* conversion, PyRef prefix) {
  if (!prefix) return Converted::kRaised;
  return Mismatch(conversion, PyUnicode_Concat(prefix.get(), conversion->reason.get()));
}

Converted Build(OwnedValues* values, const SchemaNode& node, TVMFFIAny* out) {
  return CheckCode(values->Build(node, out)) ? Converted::kDone : Converted::kRaised;
}

/*! \brief Convert the cell of a container; its Python form is made only when it is needed. */
Converted ConvertCell(Conversion* conversion, const SchemaNode& node, const TVMFFIAny& cell,
                      TVMFFIAny* out, bool* same) {
  Fit fit = FitValue(node, cell, out);
  if (fit == Fit::kSame) return Converted::kDone;
  if (fit == Fit::kChanged) {
    *same = false;
    return Converted::kDone;
  }
  PyRef value(AnyViewToPy(&cell, nullptr));
  if (!value) return Converted::kRaised;
  Converted done = ConvertPy(conversion, node, value.get(), out);
  if (done == Converted::kDone) *same = *same && IsSameCell(cell, *out);
  return done;
}

Converted ElementFailed(Conversion* conversion, Converted how, Py_ssize_t i) {
  if (how != Converted::kMismatch) return how;
  return AddPrefix(conversion, PyRef(PyUnicode_FromFormat("element [%zd]: ", i)));
}

bool CheckLength(const SchemaNode& node, Py_ssize_t length) {
  return !node.has_length || static_cast<Py_ssize_t>(node.args.size()) == length;
}

Converted WrongLength(Conversion* conversion, const SchemaNode& node, PyObject* value,
                      Py_ssize_t length) {
  PyRef name(PyObject_GetAttrString(reinterpret_cast<PyObject*>(Py_TYPE(value)), "__name__"));
  if (!name) return Converted::kRaised;
  return Mismatch(conversion, PyUnicode_FromFormat(
                                  "expected tuple of length %zd, got %U of length %zd",
                                  static_cast<Py_ssize_t>(node.args.size()), name.get(), length));
}

/*! \brief Convert the elements of an Array or List. */
Converted ConvertCells(Conversion* conversion, const SchemaNode& node, PyObject* value,
                       TVMFFIAny* out) {
  TVMFFIObject* source = HandleOf(value);
  const TVMFFISeqCell* cell = SequenceCell(source);
  if (!CheckLength(node, cell->size)) return WrongLength(conversion, node, value, cell->size);
  OwnedValues values;
  bool same = source->type_index == node.target;
  // The cell is read anew each time, because converting an element may run code that changes it.
  for (int64_t i = 0; i < cell->size; ++i) {
    TVMFFIAny item = Share(static_cast<const TVMFFIAny*>(cell->data)[i]);
    TVMFFIAny converted;
    Converted done = ConvertCell(conversion, ElementNode(node, i), item, &converted, &same);
    ReleaseAny(&item);
    if (done != Converted::kDone) return ElementFailed(conversion, done, i);
    values.Add(converted);
    if (!CheckLength(node, cell->size)) return WrongLength(conversion, node, value, cell->size);
  }
  if (!same) return Build(&values, node, out);
  IncRef(source);
  SetObject(out, source);
  return Converted::kDone;
}

/*! \brief Convert the elements of a Python list or tuple. */
Converted ConvertItems(Conversion* conversion, const SchemaNode& node, PyObject* value,
                       TVMFFIAny* out) {
  Py_ssize_t size = PySequence_Fast_GET_SIZE(value);
  if (!CheckLength(node, size)) return WrongLength(conversion, node, value, size);
  OwnedValues values;
  values.Reserve(static_cast<size_t>(size));
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(value); ++i) {
    PyRef item = PyRef::Borrow(PySequence_Fast_GET_ITEM(value, i));
    TVMFFIAny converted;
    Converted done = ConvertPy(conversion, ElementNode(node, i), item.get(), &converted);
    if (done != Converted::kDone) return ElementFailed(conversion, done, i);
    values.Add(converted);
    size = PySequence_Fast_GET_SIZE(value);
    if (!CheckLength(node, size)) return WrongLength(conversion, node, value, size);
  }
  return Build(&values, node, out);
}

Converted ConvertSequence(Conversion* conversion, const SchemaNode& node, PyObject* value,
                          TVMFFIAny* out) {
  if (IsCObject(value) && HandleOf(value) != nullptr &&
      IsSequenceIndex(HandleOf(value)->type_index)) {
    return ConvertCells(conversion, node, value, out);
  }
  bool fits = PyList_Check(value) || PyTuple_Check(value);
  return fits ? ConvertItems(conversion, node, value, out) : Expected(conversion, node, value);
}

/*! \brief Convert one pair; `key` names it in messages. */
Converted ConvertPair(Conversion* conversion, const SchemaNode& node, PyObject* key, PyObject* item,
                      OwnedValues* values) {
  TVMFFIAny converted;
  Converted done = ConvertPy(conversion, node.args[0], key, &converted);
  if (done == Converted::kMismatch) {
    return AddPrefix(conversion, PyRef(PyUnicode_FromFormat("key %R: ", key)));
  }
  if (done != Converted::kDone) return done;
  values->Add(converted);
  done = ConvertPy(conversion, node.args[1], item, &converted);
  if (done == Converted::kMismatch) {
    return AddPrefix(conversion, PyRef(PyUnicode_FromFormat("value for key %R: ", key)));
  }
  if (done == Converted::kDone) values->Add(converted);
  return done;
}

/*! \brief Convert the pairs that `items()` of a mapping yields. */
Converted ConvertPairs(Conversion* conversion, const SchemaNode& node, PyObject* value,
                       TVMFFIAny* out) {
  PyRef view(PyObject_CallMethod(value, "items", nullptr));
  PyRef iterator(view ? PyObject_GetIter(view.get()) : nullptr);
  if (!iterator) return Converted::kRaised;
  OwnedValues values;
  for (PyRef pair; (pair = PyRef(PyIter_Next(iterator.get())));) {
    if (!PyTuple_Check(pair.get()) || PyTuple_GET_SIZE(pair.get()) != 2) {
      PyErr_Format(PyExc_TypeError, "items() of %s must yield pairs", Py_TYPE(value)->tp_name);
      return Converted::kRaised;
    }
    Converted done = ConvertPair(conversion, node, PyTuple_GET_ITEM(pair.get(), 0),
                                 PyTuple_GET_ITEM(pair.get(), 1), &values);
    if (done != Converted::kDone) return done;
  }
  if (PyErr_Occurred()) return Converted::kRaised;
  return Build(&values, node, out);
}

Converted ConvertMapping(Conversion* conversion, const SchemaNode& node, PyObject* value,
                         TVMFFIAny* out) {
  int fits = PyDict_Check(value) ? 1 : IsInstanceOfLoaded(value, "collections.abc", "Mapping");
  if (fits < 0) return Converted::kRaised;
  return fits != 0 ? ConvertPairs(conversion, node, value, out) : Expected(conversion, node, value);
}

// ---- dispatch -----------------------------------------------------------------------------------

Converted ConvertUnion(Conversion* conversion, const SchemaNode& node, PyObject* value,
                       TVMFFIAny* out);

/*! \brief A builtin or an object that may fit without further questions. */
bool FitPlain(const SchemaNode& node, PyObject* value, TVMFFIAny* out) {
  TVMFFIAny view;
  if (IsCObject(value)) {
    if (HandleOf(value) == nullptr) return false;
    SetObject(&view, HandleOf(value));
  } else if (PyLong_CheckExact(value)) {
    int overflow;
    SetInt(&view, kTVMFFIInt, PyLong_AsLongLongAndOverflow(value, &overflow));
    if (overflow != 0) return false;
  } else if (PyFloat_CheckExact(value)) {
    SetFloat(&view, PyFloat_AS_DOUBLE(value));
  } else if (PyBool_Check(value)) {
    SetInt(&view, kTVMFFIBool, value == Py_True);
  } else if (value == Py_None) {
    SetNone(&view);
  } else {
    return false;
  }
  Fit fit = FitValue(node, view, out);
  return fit == Fit::kSame || fit == Fit::kChanged;
}

/*! \brief Convert a normalised value. */
Converted Dispatch(Conversion* conversion, const SchemaNode& node, PyObject* value,
                   TVMFFIAny* out) {
  if (FitPlain(node, value, out)) return Converted::kDone;
  switch (node.kind) {
    case NodeKind::kAny:
      return Pack(conversion, node, value, out);
    case NodeKind::kNone:
      return Expected(conversion, node, value);
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
    case NodeKind::kSequence:
    case NodeKind::kTuple:
      return ConvertSequence(conversion, node, value, out);
    case NodeKind::kMapping:
      return ConvertMapping(conversion, node, value, out);
    case NodeKind::kOptional:
      return ConvertPy(conversion, node.args[0], value, out);
    case NodeKind::kUnion:
      return ConvertUnion(conversion, node, value, out);
    case NodeKind::kObject:
      return ConvertObject(conversion, node, value, out);
  }
  return Expected(conversion, node, value);
}

Converted ConvertUnion(Conversion* conversion, const SchemaNode& node, PyObject* value,
                       TVMFFIAny* out) {
  for (const SchemaNode& alternative : node.args) {
    Converted done = Dispatch(conversion, alternative, value, out);
    if (done != Converted::kMismatch) return done;
  }
  return Expected(conversion, node, value);
}

// ---- normalisation ------------------------------------------------------------------------------

/*! \brief Whether values of a class stand for themselves, as far as can be told at once. */
bool IsPlainClass(PyTypeObject* type) {
  return type == &PyLong_Type || type == &PyUnicode_Type || type == &PyFloat_Type ||
         type == &PyBool_Type || type == Py_TYPE(Py_None) || type == &PyBytes_Type ||
         type == &PyList_Type || type == &PyTuple_Type || type == &PyDict_Type;
}

Converted ValueFailed(Conversion* conversion, const SchemaNode& node, PyObject* value) {
  const SchemaNode& target = Required(node);
  if (target.kind != NodeKind::kAny) return Expected(conversion, target, value);
  PyRef got = Describe(value);
  if (!got) return Converted::kRaised;
  return Mismatch(conversion, PyUnicode_FromFormat("failed to convert Any from %U", got.get()));
}

/*! \brief `{method}() failed for {T}` after a Python error. */
Converted MethodFailed(Conversion* conversion, const char* method, PyObject* value) {
  if (!TakeError()) return Converted::kRaised;
  PyRef got = Describe(value);
  if (!got) return Converted::kRaised;
  return Mismatch(conversion, PyUnicode_FromFormat("%s() failed for %U", method, got.get()));
}

Converted ReplaceByAsObject(Conversion* conversion, PyRef* value) {
  PyRef next(PyObject_CallMethodNoArgs(value->get(), g_names.asobject));
  if (!next) return MethodFailed(conversion, "asobject", value->get());
  if (!IsCObject(next.get())) {
    PyRef got = Describe(value->get()), returned = Describe(next.get());
    if (!got || !returned) return Converted::kRaised;
    return Mismatch(conversion, PyUnicode_FromFormat("asobject() returned %U for %U",
                                                     returned.get(), got.get()));
  }
  *value = std::move(next);
  return Converted::kDone;
}

/*! \brief Replace the value by the one its class names; `*last` when it names none. */
Converted NormalizeOnce(Conversion* conversion, const SchemaNode& node, PyRef* value, bool* last) {
  PyObject* current = value->get();
  PyTypeObject* type = Py_TYPE(current);
  *last = false;
  if (ClassHas(type, g_names.tvm_ffi_object)) {
    PyRef next(PyObject_CallMethodNoArgs(current, g_names.tvm_ffi_object));
    if (!next) return MethodFailed(conversion, "__tvm_ffi_object__", current);
    *value = std::move(next);
    return Converted::kDone;
  }
  if (ClassHas(type, g_names.tvm_ffi_value)) {
    PyRef next(PyObject_CallMethodNoArgs(current, g_names.tvm_ffi_value));
    if (!next && !TakeError()) return Converted::kRaised;
    if (!next || next.get() == current) return ValueFailed(conversion, node, current);
    *value = std::move(next);
    return Converted::kDone;
  }
  int is_convertible = PyObject_IsInstance(current, g_core_classes.convertible);
  if (is_convertible < 0) return Converted::kRaised;
  if (is_convertible != 0) return ReplaceByAsObject(conversion, value);
  *last = true;
  return Converted::kDone;
}

/*! \brief Whether the value is of a class that is never replaced; -1 on error. */
int IsFinal(PyObject* value) {
  if (IsPlainClass(Py_TYPE(value)) || IsCObject(value)) return 1;
  int match = PyObject_IsInstance(value, g_core_classes.rvalue_ref);
  return match != 0 ? match : PyObject_IsInstance(value, g_core_classes.native_value);
}

Converted Normalize(Conversion* conversion, const SchemaNode& node, PyRef* value) {
  for (int step = 0; step <= kMaxNormalizeSteps; ++step) {
    int is_final = IsFinal(value->get());
    if (is_final < 0) return Converted::kRaised;
    if (is_final != 0) return Converted::kDone;
    bool last;
    Converted done = NormalizeOnce(conversion, node, value, &last);
    if (done != Converted::kDone || last) return done;
  }
  return Mismatch(conversion, PyUnicode_FromString("infinite __tvm_ffi_value__ cycle detected"));
}

}  // namespace

Converted ConvertPy(Conversion* conversion, const SchemaNode& node, PyObject* value,
                    TVMFFIAny* out) {
  if (IsPlainClass(Py_TYPE(value))) return Dispatch(conversion, node, value, out);
  PyRef normalized = PyRef::Borrow(value);
  Converted done = Normalize(conversion, node, &normalized);
  if (done != Converted::kDone) return done;
  // Temporaries of the conversion may refer to the value that stands for the given one.
  PyObject* stands_for = normalized.get();
  if (stands_for != value && !conversion->frame.Keep(normalized.release())) {
    return Converted::kRaised;
  }
  return Dispatch(conversion, node, stands_for, out);
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm
