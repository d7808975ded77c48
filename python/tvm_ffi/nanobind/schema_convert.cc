// SPDX-License-Identifier: Apache-2.0
/*!
 * \file schema_convert.cc
 * \brief Conversion of Python values by a schema.
 *
 * A value is first normalised: classes may name another value that stands for theirs. Then the kind
 * of the node decides. Whatever Python code raises while a value is packed becomes part of the
 * reason of a mismatch; only errors that are no `Exception` get through.
 */
#include "schema_convert.h"

namespace tvm {
namespace ffi {
namespace python {

namespace {

constexpr int kMaxNormalizeSteps = 64;

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
    case NodeKind::kSequence:
    case NodeKind::kTuple:
      return ConvertSequence(conversion, node, value, out);
    case NodeKind::kMapping:
      return ConvertMapping(conversion, node, value, out);
    case NodeKind::kOptional:
      return ConvertPy(conversion, node.args[0], value, out);
    case NodeKind::kUnion:
      return ConvertUnion(conversion, node, value, out);
    default:
      return ConvertValue(conversion, node, value, out);
  }
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
