// SPDX-License-Identifier: Apache-2.0
/*!
 * \file dataclass.cc
 * \brief The methods that dataclasses get: `__init__`, and comparison, hashing and deep copying by
 *        the library's recursive functions.
 *
 * The recursive functions run with the GIL held, as Python's own comparisons do, so other threads
 * can't change a container that is being read.
 */
#include "core.h"

namespace tvm {
namespace ffi {
namespace python {

namespace {

// ---- comparison, hash, copy ---------------------------------------------------------------------

GlobalFunction g_recursive_eq("ffi.RecursiveEq");
GlobalFunction g_recursive_lt("ffi.RecursiveLt");
GlobalFunction g_recursive_le("ffi.RecursiveLe");
GlobalFunction g_recursive_gt("ffi.RecursiveGt");
GlobalFunction g_recursive_ge("ffi.RecursiveGe");
GlobalFunction g_recursive_hash("ffi.RecursiveHash");
GlobalFunction g_deep_copy("ffi.DeepCopy");

/*! \brief 1 when one operand is an instance of the other's class, 0 when not, -1 on error. */
int AreComparable(PyObject* self, PyObject* other) {
  PyTypeObject *left = Py_TYPE(self), *right = Py_TYPE(other);
  if (left == right || PyType_IsSubtype(left, right) || PyType_IsSubtype(right, left)) return 1;
  // Classes may also be related through ABCMeta.register only.
  int related = PyObject_IsInstance(other, reinterpret_cast<PyObject*>(left));
  return related != 0 ? related : PyObject_IsInstance(self, reinterpret_cast<PyObject*>(right));
}

PyObject* Compare(GlobalFunction* function, PyObject* self, PyObject* other, bool negate = false) {
  int comparable = AreComparable(self, other);
  if (comparable < 0) return nullptr;
  if (comparable == 0) Py_RETURN_NOTIMPLEMENTED;
  ArgFrame frame;
  TVMFFIAny args[2], result = NoneAny();
  if (!SetArg(&frame, self, &args[0]) || !SetArg(&frame, other, &args[1]) ||
      !function->Call(args, 2, &result)) {
    return nullptr;
  }
  return PyBool_FromLong((result.v_int64 != 0) != negate);
}

PyObject* Eq(PyObject* self, PyObject* other) { return Compare(&g_recursive_eq, self, other); }
PyObject* Ne(PyObject* self, PyObject* other) {
  return Compare(&g_recursive_eq, self, other, /*negate=*/true);
}
PyObject* Lt(PyObject* self, PyObject* other) { return Compare(&g_recursive_lt, self, other); }
PyObject* Le(PyObject* self, PyObject* other) { return Compare(&g_recursive_le, self, other); }
PyObject* Gt(PyObject* self, PyObject* other) { return Compare(&g_recursive_gt, self, other); }
PyObject* Ge(PyObject* self, PyObject* other) { return Compare(&g_recursive_ge, self, other); }

PyObject* CallOnSelf(GlobalFunction* function, PyObject* self) {
  ArgFrame frame;
  TVMFFIAny arg, result = NoneAny();
  if (!SetArg(&frame, self, &arg) || !function->Call(&arg, 1, &result)) return nullptr;
  return AnyToPy(&result, nullptr);
}

PyObject* Hash(PyObject* self, PyObject*) { return CallOnSelf(&g_recursive_hash, self); }

/*! \brief `__deepcopy__(memo=None)`; sharing is kept within the object's own graph only. */
PyObject* DeepCopy(PyObject* self, PyObject* args, PyObject* kwargs) {
  static const char* kNames[] = {"memo", nullptr};
  PyObject* memo = nullptr;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:__deepcopy__", const_cast<char**>(kNames),
                                   &memo)) {
    return nullptr;
  }
  return CallOnSelf(&g_deep_copy, self);
}

PyMethodDef kMethods[] = {
    {"__eq__", Eq, METH_O, "__eq__($self, other, /)\n--\n\nWhether the fields are equal."},
    {"__ne__", Ne, METH_O, "__ne__($self, other, /)\n--\n\nWhether some field differs."},
    {"__lt__", Lt, METH_O, "__lt__($self, other, /)\n--\n\nCompare field by field."},
    {"__le__", Le, METH_O, "__le__($self, other, /)\n--\n\nCompare field by field."},
    {"__gt__", Gt, METH_O, "__gt__($self, other, /)\n--\n\nCompare field by field."},
    {"__ge__", Ge, METH_O, "__ge__($self, other, /)\n--\n\nCompare field by field."},
    {"__hash__", Hash, METH_NOARGS, "__hash__($self, /)\n--\n\nHash of the fields."},
    {"__deepcopy__", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(DeepCopy)),
     METH_VARARGS | METH_KEYWORDS,
     "__deepcopy__($self, /, memo=None)\n--\n\nCopy the object and everything it refers to."},
    {nullptr, nullptr, 0, nullptr}};

/*! \brief `_DATACLASS_METHODS`: name -> descriptor that can be put on any class of objects. */
bool AddMethods(PyObject* module) {
  PyRef methods(PyDict_New());
  if (!methods) return false;
  for (PyMethodDef* def = kMethods; def->ml_name != nullptr; ++def) {
    PyRef method(PyDescr_NewMethod(&CObjectType, def));
    if (!method || PyDict_SetItemString(methods.get(), def->ml_name, method.get()) < 0) {
      return false;
    }
  }
  return PyModule_AddObject(module, "_DATACLASS_METHODS", methods.release()) == 0;
}

// ---- __init__ -----------------------------------------------------------------------------------

/*! \brief A generated `__init__`; see `_make_generated_init` for what the members mean. */
struct GeneratedInit {
  PyObject_HEAD vectorcallfunc vectorcall;
  PyObject* dict;
  PyObject* type_cls;
  PyObject* type_info;
  PyObject* ffi_init;
  PyObject* arrange;  // or NULL
  PyObject* finish;   // or NULL
  bool may_be_called_again;
};

PyTypeObject GeneratedInitType = {PyVarObject_HEAD_INIT(nullptr, 0)};

GeneratedInit* AsInit(PyObject* self) { return reinterpret_cast<GeneratedInit*>(self); }

/*! \brief Positional arguments, then KWARGS with names and values; sized for the common case. */
class PackedArguments {
 public:
  PackedArguments() = default;
  ~PackedArguments() {
    if (items_ != stack_) PyMem_Free(items_);
  }
  PackedArguments(const PackedArguments&) = delete;
  PackedArguments& operator=(const PackedArguments&) = delete;

  bool Fill(PyObject* const* args, Py_ssize_t nargs, PyObject* kwnames) {
    Py_ssize_t num_names = kwnames == nullptr ? 0 : PyTuple_GET_SIZE(kwnames);
    if (!Reserve(nargs + 2 * num_names + 1)) return false;
    for (Py_ssize_t i = 0; i < nargs; ++i) items_[size_++] = args[i];
    if (num_names == 0) return true;
    PyObject* missing = PyDict_GetItemString(g_core_dict, "MISSING");
    items_[size_++] = PyDict_GetItemString(g_core_dict, "KWARGS");
    for (Py_ssize_t i = 0; i < num_names; ++i) {
      if (args[nargs + i] == missing) continue;
      items_[size_++] = PyTuple_GET_ITEM(kwnames, i);
      items_[size_++] = args[nargs + i];
    }
    if (size_ == nargs + 1) size_ = nargs;  // nothing came after the marker
    return true;
  }
  PyObject* const* data() const { return items_; }
  Py_ssize_t size() const { return size_; }

 private:
  static constexpr Py_ssize_t kInline = 24;

  bool Reserve(Py_ssize_t capacity) {
    if (capacity <= kInline) return true;
    items_ = static_cast<PyObject**>(PyMem_Malloc(capacity * sizeof(PyObject*)));
    if (items_ != nullptr) return true;
    items_ = stack_;
    PyErr_NoMemory();
    return false;
  }

  PyObject* stack_[kInline];
  PyObject** items_ = stack_;
  Py_ssize_t size_ = 0;
};

/*! \brief Let `arrange(args, kwargs)` make the flat argument list, then construct. */
bool ConstructArranged(GeneratedInit* init, PyObject* self, PyObject* const* args, Py_ssize_t nargs,
                       PyObject* kwnames) {
  PyRef positional(PyTuple_New(nargs)), keywords(PyDict_New());
  if (!positional || !keywords) return false;
  for (Py_ssize_t i = 0; i < nargs; ++i) {
    Py_INCREF(args[i]);
    PyTuple_SET_ITEM(positional.get(), i, args[i]);
  }
  Py_ssize_t num_names = kwnames == nullptr ? 0 : PyTuple_GET_SIZE(kwnames);
  for (Py_ssize_t i = 0; i < num_names; ++i) {
    if (PyDict_SetItem(keywords.get(), PyTuple_GET_ITEM(kwnames, i), args[nargs + i]) < 0) {
      return false;
    }
  }
  PyRef flat(
      PyObject_CallFunctionObjArgs(init->arrange, positional.get(), keywords.get(), nullptr));
  PyRef items(flat ? PySequence_Fast(flat.get(), "expected a sequence of arguments") : nullptr);
  return items && InitHandleByConstructor(self, init->ffi_init, PySequence_Fast_ITEMS(items.get()),
                                          PySequence_Fast_GET_SIZE(items.get()));
}

/*! \brief Refuse a subclass that stands for another type: the constructor makes the parent's. */
bool CheckSameType(const GeneratedInit* init, PyObject* self) {
  PyTypeObject* own = Py_TYPE(self);
  if (ClassAttr(own, g_names.type_info) == init->type_info) return true;
  PyRef parent(PyObject_GetAttrString(init->type_cls, "__name__"));
  PyRef child(PyObject_GetAttrString(reinterpret_cast<PyObject*>(own), "__name__"));
  if (!parent || !child) return false;
  PyErr_Format(PyExc_TypeError,
               "Calling `super().__init__()` is not supported for @c_class `%U`. Use @py_class for "
               "inheritance with manual __init__, or define `%U` with init=True.",
               parent.get(), child.get());
  return false;
}

PyObject* CallInit(PyObject* callable, PyObject* const* args, size_t nargsf, PyObject* kwnames) {
  GeneratedInit* init = AsInit(callable);
  Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
  if (nargs == 0 || !IsCObject(args[0])) {
    PyErr_SetString(PyExc_TypeError, "__init__() needs an instance of tvm_ffi.Object");
    return nullptr;
  }
  PyObject* self = args[0];
  if (init->may_be_called_again) {
    if (HandleOf(self) != nullptr) Py_RETURN_NONE;
  } else if (!CheckSameType(init, self)) {
    return nullptr;
  }
  if (init->arrange != nullptr) {
    if (!ConstructArranged(init, self, args + 1, nargs - 1, kwnames)) return nullptr;
  } else {
    PackedArguments packed;
    if (!packed.Fill(args + 1, nargs - 1, kwnames) ||
        !InitHandleByConstructor(self, init->ffi_init, packed.data(), packed.size())) {
      return nullptr;
    }
  }
  if (init->finish == nullptr) Py_RETURN_NONE;
  PyRef finished(PyObject_CallOneArg(init->finish, self));
  if (!finished) return nullptr;
  Py_RETURN_NONE;
}

PyObject* BindInit(PyObject* self, PyObject* instance, PyObject*) {
  if (instance != nullptr && instance != Py_None) return PyMethod_New(self, instance);
  Py_INCREF(self);
  return self;
}

PyObject* InitRepr(PyObject* self) {
  return PyUnicode_FromFormat("<generated __init__ of %R>", AsInit(self)->type_cls);
}

/*! \brief `__signature__`, made when asked for, because that needs the module inspect. */
PyObject* InitSignature(PyObject* self, void*) {
  PyRef dunder(PyImport_ImportModule("tvm_ffi._dunder"));
  return dunder ? PyObject_CallMethod(dunder.get(), "_make_init_signature", "O",
                                      AsInit(self)->type_info)
                : nullptr;
}

int InitTraverse(PyObject* self, visitproc visit, void* arg) {
  GeneratedInit* init = AsInit(self);
  Py_VISIT(init->dict);
  Py_VISIT(init->type_cls);
  Py_VISIT(init->type_info);
  Py_VISIT(init->ffi_init);
  Py_VISIT(init->arrange);
  Py_VISIT(init->finish);
  return 0;
}

int InitClear(PyObject* self) {
  // The other members are what a call needs; the cycle through a class is broken by the class.
  Py_CLEAR(AsInit(self)->dict);
  return 0;
}

void InitDealloc(PyObject* self) {
  PyObject_GC_UnTrack(self);
  GeneratedInit* init = AsInit(self);
  Py_XDECREF(init->dict);
  Py_XDECREF(init->type_cls);
  Py_XDECREF(init->type_info);
  Py_XDECREF(init->ffi_init);
  Py_XDECREF(init->arrange);
  Py_XDECREF(init->finish);
  Py_TYPE(self)->tp_free(self);
}

/*! \brief A new reference, or NULL for None. */
PyObject* NewReferenceOrNull(PyObject* obj) {
  if (obj == Py_None) return nullptr;
  Py_INCREF(obj);
  return obj;
}

PyObject* MakeGeneratedInit(PyObject*, PyObject* args) {
  PyObject *type_cls, *type_info, *ffi_init, *arrange, *finish;
  int may_be_called_again;
  if (!PyArg_ParseTuple(args, "O!OOOOp:_make_generated_init", &PyType_Type, &type_cls, &type_info,
                        &ffi_init, &arrange, &finish, &may_be_called_again)) {
    return nullptr;
  }
  PyObject* self = GeneratedInitType.tp_alloc(&GeneratedInitType, 0);
  if (self == nullptr) return nullptr;
  GeneratedInit* init = AsInit(self);
  init->vectorcall = CallInit;
  Py_INCREF(type_cls);
  init->type_cls = type_cls;
  Py_INCREF(type_info);
  init->type_info = type_info;
  Py_INCREF(ffi_init);
  init->ffi_init = ffi_init;
  init->arrange = NewReferenceOrNull(arrange);
  init->finish = NewReferenceOrNull(finish);
  init->may_be_called_again = may_be_called_again != 0;
  return self;
}

PyGetSetDef kInitGetSet[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
    {"__signature__", InitSignature, nullptr, "The parameters, as inspect shows them.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyMethodDef kFunctions[] = {
    {"_make_generated_init", MakeGeneratedInit, METH_VARARGS,
     "_make_generated_init(type_cls, type_info, ffi_init, arrange, finish, may_be_called_again)\n"
     "--\n\n"
     "Return an ``__init__`` that calls ``ffi_init`` and then ``finish(self)``.\n\n"
     "``arrange(args, kwargs)`` returns the arguments of ``ffi_init``; without it they are the\n"
     "positional ones and the keywords that are not MISSING. An instance that has its object\n"
     "already is left alone when ``may_be_called_again``; else its class must stand for\n"
     "``type_info``."},
    {nullptr, nullptr, 0, nullptr}};

bool InitGeneratedInit() {
  PyTypeObject* type = &GeneratedInitType;
  type->tp_name = "tvm_ffi.core._GeneratedInit";
  type->tp_doc = "An ``__init__`` made from reflected fields.";
  type->tp_basicsize = sizeof(GeneratedInit);
  type->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
                   Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_DISALLOW_INSTANTIATION;
  type->tp_dictoffset = offsetof(GeneratedInit, dict);
  type->tp_vectorcall_offset = offsetof(GeneratedInit, vectorcall);
  type->tp_call = PyVectorcall_Call;
  type->tp_repr = InitRepr;
  type->tp_descr_get = BindInit;
  type->tp_traverse = InitTraverse;
  type->tp_clear = InitClear;
  type->tp_dealloc = InitDealloc;
  type->tp_free = PyObject_GC_Del;
  type->tp_getset = kInitGetSet;
  return PyType_Ready(type) == 0;
}

}  // namespace

bool InitDataclass(PyObject* module) {
  return InitGeneratedInit() && AddMethods(module) &&
         PyModule_AddFunctions(module, kFunctions) == 0;
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm
