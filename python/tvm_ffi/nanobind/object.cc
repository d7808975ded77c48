// SPDX-License-Identifier: Apache-2.0
/*!
 * \file object.cc
 * \brief `CObject`, the base of every wrapper, with `CContainerBase` and `OpaquePyObject`.
 *
 * A wrapper owns exactly one strong reference or has a NULL handle, and is complete after `tp_new`
 * alone: results, unpickling and mixins never run `__init__`.
 */
#include "core.h"
#include "tvm_ffi_python_helpers.h"

namespace tvm {
namespace ffi {
namespace python {

PyTypeObject CObjectType = {PyVarObject_HEAD_INIT(nullptr, 0)};
PyTypeObject ContainerBaseType = {PyVarObject_HEAD_INIT(nullptr, 0)};
PyTypeObject OpaquePyObjectType = {PyVarObject_HEAD_INIT(nullptr, 0)};

namespace {

GlobalFunction g_to_json("ffi.ToJSONGraphString");
GlobalFunction g_from_json("ffi.FromJSONGraphString");

PyObject* CObjectNew(PyTypeObject* type, PyObject*, PyObject*) {
  if ((type->tp_flags & Py_TPFLAGS_IS_ABSTRACT) == 0) return type->tp_alloc(type, 0);
  static PyObject* no_args = PyTuple_New(0);
  return PyBaseObject_Type.tp_new(type, no_args, nullptr);  // raises, naming the methods
}

void CObjectDealloc(PyObject* self) {
  TVMFFIObject* handle = HandleOf(self);
  if (handle != nullptr) DecRef(handle);
  Py_TYPE(self)->tp_free(self);
}

bool SameAs(PyObject* self, PyObject* other) {
  return IsCObject(other) && HandleOf(self) == HandleOf(other);
}

PyObject* RichCompare(PyObject* self, PyObject* other, int op) {
  if (op == Py_EQ) return PyBool_FromLong(SameAs(self, other));
  if (op != Py_NE) Py_RETURN_NOTIMPLEMENTED;
  if (Py_TYPE(self)->tp_richcompare == RichCompare) {
    return PyBool_FromLong(!SameAs(self, other));
  }
  // A subclass that defines only __eq__ expects != to be its negation.
  PyRef equal(PyObject_RichCompare(self, other, Py_EQ));
  if (!equal) return nullptr;
  int truth = PyObject_IsTrue(equal.get());
  return truth < 0 ? nullptr : PyBool_FromLong(!truth);
}

Py_hash_t Hash(PyObject* self) {
  return static_cast<Py_hash_t>(reinterpret_cast<intptr_t>(HandleOf(self)));
}

PyObject* Address(PyObject* self, void* = nullptr) { return PyLong_FromVoidPtr(HandleOf(self)); }

PyObject* CHandle(PyObject* self, PyObject*) { return Address(self); }

PyObject* CtypesHandle(PyObject* self, PyObject*) {
  TVMFFIAny pointer;
  SetPtr(&pointer, kTVMFFIOpaquePtr, HandleOf(self));
  return AnyToPy(&pointer, nullptr);
}

PyObject* SameAsMethod(PyObject* self, PyObject* other) {
  return PyBool_FromLong(SameAs(self, other));
}

PyObject* InitHandle(PyObject* self, PyObject* const* args, Py_ssize_t nargs) {
  if (nargs < 1) {
    PyErr_SetString(PyExc_TypeError,
                    "__init_handle_by_constructor__() takes at least 1 positional argument");
    return nullptr;
  }
  if (!InitHandleByConstructor(self, args[0], args + 1, nargs - 1)) return nullptr;
  Py_RETURN_NONE;
}

PyObject* MoveHandleFrom(PyObject* self, PyObject* other) {
  if (!MoveHandle(self, other)) return nullptr;
  Py_RETURN_NONE;
}

// ---- handles ------------------------------------------------------------------------------------

/*! \brief The type whose layout the members of a class read; kTVMFFIObject when they read none. */
int32_t TypeReadBy(PyTypeObject* cls) {
  if (PyType_IsSubtype(cls, &FunctionType)) return kTVMFFIFunction;
  if (PyType_IsSubtype(cls, &TensorType)) return kTVMFFITensor;
  if (PyType_IsSubtype(cls, &ErrorType)) return kTVMFFIError;
  if (PyType_IsSubtype(cls, &OpaquePyObjectType)) return kTVMFFIOpaquePyObject;
  return kTVMFFIObject;
}

/*! \brief Keep `view` of a tensor wrapper in step with its handle. */
void SetView(PyObject* self, TVMFFIObject* handle) {
  if (!PyObject_TypeCheck(self, &TensorType)) return;
  reinterpret_cast<TensorWrapper*>(self)->view =
      handle != nullptr ? TVMFFITensorGetDLTensorPtr(handle) : nullptr;
}

// ---- pickling -----------------------------------------------------------------------------------

PyObject* GetState(PyObject* self, PyObject*) {
  if (HandleOf(self) == nullptr) return Py_BuildValue("{s:O}", "handle", Py_None);
  TVMFFIAny args[2], result = NoneAny();
  SetObject(&args[0], HandleOf(self));
  SetNone(&args[1]);
  if (!g_to_json.Call(args, 2, &result)) return nullptr;
  PyRef text(AnyToPy(&result, nullptr));
  PyRef plain(text ? PyObject_Str(text.get()) : nullptr);
  return plain ? Py_BuildValue("{s:O}", "handle", plain.get()) : nullptr;
}

PyObject* SetState(PyObject* self, PyObject* state) {
  PyRef text(PyObject_GetItem(state, g_names.handle));
  if (!text) return nullptr;
  StoreHandle(self, nullptr);
  if (text.get() == Py_None) Py_RETURN_NONE;
  ArgFrame frame;
  TVMFFIAny arg, result = NoneAny();
  if (!SetArg(&frame, text.get(), &arg) || !g_from_json.Call(&arg, 1, &result)) return nullptr;
  if (result.type_index < kTVMFFIStaticObjectBegin) {
    PyErr_SetString(PyExc_TypeError, "the pickled state does not describe an object");
    return nullptr;
  }
  if (!StoreHandle(self, result.v_obj)) return nullptr;
  Py_RETURN_NONE;
}

PyObject* Reduce(PyObject* self, PyObject*) {
  PyObject* maker = PyDict_GetItemString(g_core_dict, "_new_object");
  if (maker == nullptr) return nullptr;
  PyRef state(PyObject_CallMethod(self, "__getstate__", nullptr));
  return state ? Py_BuildValue("O(O)O", maker, reinterpret_cast<PyObject*>(Py_TYPE(self)),
                               state.get())
               : nullptr;
}

PyMethodDef kCObjectMethods[] = {
    {"__chandle__", CHandle, METH_NOARGS, "Address of the object, 0 for a wrapper without one."},
    {"__ctypes_handle__", CtypesHandle, METH_NOARGS, "The handle as ``ctypes.c_void_p``."},
    {"same_as", SameAsMethod, METH_O, "Whether both wrappers hold the same object."},
    {"is_", SameAsMethod, METH_O, "Whether both wrappers hold the same object."},
    {"__init_handle_by_constructor__",
     reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(InitHandle)), METH_FASTCALL,
     "Call an FFI constructor with the remaining arguments and own the object it returns."},
    {"__move_handle_from__", MoveHandleFrom, METH_O,
     "Take over the handle of another wrapper, which is left without one."},
    {"__reduce__", Reduce, METH_NOARGS, nullptr},
    {"__getstate__", GetState, METH_NOARGS, nullptr},
    {"__setstate__", SetState, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr}};

PyGetSetDef kCObjectGetSet[] = {{"id_", Address, nullptr, "Address of the object.", nullptr},
                                {nullptr, nullptr, nullptr, nullptr, nullptr}};

// ---- OpaquePyObject -----------------------------------------------------------------------------

PyObject* PyObjectOf(PyObject* self, PyObject*) {
  TVMFFIObject* handle = RequireHandle(self);
  if (handle == nullptr) return nullptr;
  auto* value = static_cast<PyObject*>(TVMFFIOpaqueObjectGetCellPtr(handle)->handle);
  Py_INCREF(value);
  return value;
}

PyMethodDef kOpaqueMethods[] = {
    {"pyobject", PyObjectOf, METH_NOARGS, "The Python object that is carried."},
    {nullptr, nullptr, 0, nullptr}};

// ---- module functions ---------------------------------------------------------------------------

PyObject* NewObject(PyObject*, PyObject* cls) {
  return PyObject_CallMethod(cls, "__new__", "O", cls);
}

PyObject* ObjectReprFunction(PyObject* obj, PyObject*) { return ObjectRepr(obj); }

PyObject* ConvertToOpaque(PyObject*, PyObject* value) {
  TVMFFIObjectHandle handle = nullptr;
  if (!CheckCode(TVMFFIPyObjectToOpaque(value, &handle))) return nullptr;
  return NewWrapper(&OpaquePyObjectType, static_cast<TVMFFIObject*>(handle));
}

// Plain C functions, because pickle refers to `_new_object` by name.
PyMethodDef kFunctions[] = {
    {"_new_object", NewObject, METH_O, "Make an instance of a class without running __init__."},
    {"_convert_to_opaque_object", ConvertToOpaque, METH_O,
     "Wrap any Python object so that it travels unchanged."},
    {nullptr, nullptr, 0, nullptr}};

/*! \brief Add `object_repr`, which takes any object and is a method where a class has it. */
bool AddReprFunction(PyObject* module) {
  static PyMethodDef def = {"object_repr", ObjectReprFunction, METH_NOARGS,
                            "object_repr($self, /)\n--\n\nText of an object, as its ``repr``."};
  PyObject* function = PyDescr_NewMethod(&PyBaseObject_Type, &def);
  return function != nullptr && PyModule_AddObject(module, "object_repr", function) == 0;
}

/*! \brief The plain `str` of a string value, which is released; NULL for any other value. */
PyObject* TakeText(TVMFFIAny* value) {
  PyObject* text = nullptr;
  if (value->type_index == kTVMFFISmallStr) {
    TVMFFIByteArray content = TVMFFISmallBytesGetContentByteArray(value);
    text = PyUnicode_DecodeUTF8(content.data, content.size, nullptr);
  } else if (value->type_index == kTVMFFIStr) {
    const TVMFFIByteArray* content = TVMFFIBytesGetByteArrayPtr(value->v_obj);
    text = PyUnicode_DecodeUTF8(content->data, content->size, nullptr);
  }
  ReleaseAny(value);
  return text;
}

/*! \brief `str(tvm_ffi._ffi_api.ReprPrint(obj))`, looked up at each call; NULL on any error. */
PyObject* ReprByLibrary(PyObject* obj) {
  static PyObject* module_name = PyUnicode_InternFromString("tvm_ffi._ffi_api");
  static PyObject* printer_name = PyUnicode_InternFromString("ReprPrint");
  PyRef api(PyImport_GetModule(module_name));
  if (!api && !PyErr_Occurred()) api = PyRef(PyImport_Import(module_name));
  PyRef printer(api ? PyObject_GetAttr(api.get(), printer_name) : nullptr);
  if (!printer) return nullptr;
  if (Py_TYPE(printer.get()) == &FunctionType && HandleOf(printer.get()) != nullptr) {
    TVMFFIAny arg, result = NoneAny();
    SetObject(&arg, HandleOf(obj));
    return CallObject(HandleOf(printer.get()), &arg, 1, &result) ? TakeText(&result) : nullptr;
  }
  PyRef text(PyObject_CallOneArg(printer.get(), obj));
  return text ? PyObject_Str(text.get()) : nullptr;
}

}  // namespace

PyObject* NewWrapper(PyTypeObject* cls, TVMFFIObject* owned) {
  // Classes with the plain constructor are allocated directly; the others set up more state.
  PyObject* self;
  if (cls->tp_new == CObjectNew) {
    self = cls->tp_alloc(cls, 0);
  } else {
    static PyObject* no_args = PyTuple_New(0);
    self = cls->tp_new(cls, no_args, nullptr);
    if (self != nullptr && !IsCObject(self)) {
      PyErr_Format(PyExc_TypeError, "%s.__new__() must return a tvm_ffi.core.CObject",
                   cls->tp_name);
      Py_DECREF(self);
      self = nullptr;
    }
  }
  if (self == nullptr) {
    if (owned != nullptr) DecRef(owned);
    return nullptr;
  }
  HandleOf(self) = owned;
  return self;
}

TVMFFIObject* RequireHandle(PyObject* wrapper) {
  TVMFFIObject* handle = HandleOf(wrapper);
  if (handle == nullptr) {
    PyErr_Format(PyExc_ValueError,
                 "%s has no object behind it (chandle=None): it was never initialized or its "
                 "handle was moved away",
                 Py_TYPE(wrapper)->tp_name);
  }
  return handle;
}

bool CheckHolds(PyTypeObject* cls, int32_t type_index) {
  int32_t expected = TypeReadBy(cls);
  if (expected == kTVMFFIObject || IsInstanceOf(type_index, expected)) return true;
  const TVMFFITypeInfo* actual = TVMFFIGetTypeInfo(type_index);
  PyErr_Format(PyExc_TypeError, "%s cannot hold an object of type `%s`", cls->tp_name,
               actual->type_key.data);
  return false;
}

bool StoreHandle(PyObject* self, TVMFFIObject* owned) {
  if (owned != nullptr && !CheckHolds(Py_TYPE(self), owned->type_index)) {
    DecRef(owned);
    return false;
  }
  TVMFFIObject* old = HandleOf(self);
  HandleOf(self) = owned;
  SetView(self, owned);
  if (old != nullptr) DecRef(old);
  return true;
}

bool InitHandleByConstructor(PyObject* self, PyObject* fconstructor, PyObject* const* args,
                             Py_ssize_t nargs) {
  if (!IsCObject(fconstructor) || HandleOf(fconstructor) == nullptr ||
      HandleOf(fconstructor)->type_index != kTVMFFIFunction) {
    PyErr_Format(PyExc_TypeError, "the constructor must be a tvm_ffi.Function, got %s",
                 Py_TYPE(fconstructor)->tp_name);
    return false;
  }
  StoreHandle(self, nullptr);

  constexpr Py_ssize_t kStackArgs = 16;
  TVMFFIAny stack[kStackArgs];
  TVMFFIAny* packed = stack;
  if (nargs > kStackArgs) {
    packed = static_cast<TVMFFIAny*>(PyMem_Malloc(nargs * sizeof(TVMFFIAny)));
    if (packed == nullptr) return PyErr_NoMemory(), false;
  }
  TVMFFIAny result = NoneAny();
  bool ok = true;
  {
    ArgFrame frame;
    for (Py_ssize_t i = 0; ok && i < nargs; ++i) ok = SetArg(&frame, args[i], &packed[i]);
    ok = ok && CallObject(HandleOf(fconstructor), packed, static_cast<int32_t>(nargs), &result);
  }
  if (packed != stack) PyMem_Free(packed);
  if (!ok) return false;
  if (result.type_index < kTVMFFIStaticObjectBegin) {
    PyErr_SetString(PyExc_TypeError, "the constructor returned a value that is not an object");
    return false;
  }
  return StoreHandle(self, result.v_obj);
}

bool MoveHandle(PyObject* self, PyObject* other) {
  if (!IsCObject(other)) {
    PyErr_Format(PyExc_TypeError,
                 "Argument 'other' has incorrect type (expected tvm_ffi.core.CObject, got %s)",
                 Py_TYPE(other)->tp_name);
    return false;
  }
  if (self == other) return true;
  TVMFFIObject* moved = HandleOf(other);
  if (moved != nullptr && !CheckHolds(Py_TYPE(self), moved->type_index)) return false;
  HandleOf(other) = nullptr;
  SetView(other, nullptr);
  return StoreHandle(self, moved);
}

PyObject* ObjectRepr(PyObject* obj) {
  if (!IsCObject(obj)) {
    return PyErr_Format(PyExc_TypeError,
                        "Argument 'obj' has incorrect type (expected tvm_ffi.core.CObject, got %s)",
                        Py_TYPE(obj)->tp_name);
  }
  PyRef name(PyObject_GetAttrString(reinterpret_cast<PyObject*>(Py_TYPE(obj)), "__name__"));
  if (!name) return nullptr;
  if (HandleOf(obj) == nullptr) return PyUnicode_FromFormat("%U(chandle=None)", name.get());
  PyObject* text = ReprByLibrary(obj);
  if (text != nullptr) return text;
  PyErr_Clear();
  PyRef address(Address(obj));
  return address ? PyUnicode_FromFormat("%U(%S)", name.get(), address.get()) : nullptr;
}

bool InitObject(PyObject* module) {
  PyTypeObject* base = &CObjectType;
  base->tp_name = "tvm_ffi.core.CObject";
  base->tp_doc = "Owner of one reference to an FFI object.";
  base->tp_basicsize = sizeof(ObjectWrapper);
  base->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE;
  base->tp_new = CObjectNew;
  base->tp_dealloc = CObjectDealloc;
  base->tp_richcompare = RichCompare;
  base->tp_hash = Hash;
  base->tp_repr = ObjectRepr;
  base->tp_methods = kCObjectMethods;
  base->tp_getset = kCObjectGetSet;

  PyTypeObject* container = &ContainerBaseType;
  container->tp_name = "tvm_ffi.core.CContainerBase";
  container->tp_doc = "Base of Array, List, Map and Dict; reads elements straight from memory.";
  container->tp_base = base;
  container->tp_basicsize = sizeof(ContainerWrapper);
  container->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE;
  container->tp_new = CObjectNew;
  container->tp_dealloc = CObjectDealloc;
  container->tp_as_sequence = &kContainerAsSequence;
  container->tp_as_mapping = &kContainerAsMapping;
  container->tp_iter = ContainerIter;

  PyTypeObject* opaque = &OpaquePyObjectType;
  opaque->tp_name = "tvm_ffi.core.OpaquePyObject";
  opaque->tp_doc = "Wrapper of an FFI object that carries a Python object.";
  opaque->tp_base = base;
  opaque->tp_basicsize = sizeof(ObjectWrapper);
  opaque->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE;
  opaque->tp_new = CObjectNew;
  opaque->tp_dealloc = CObjectDealloc;
  opaque->tp_methods = kOpaqueMethods;

  return AddType(module, base) && AddType(module, container) && AddType(module, opaque) &&
         PyModule_AddFunctions(module, kFunctions) == 0 && AddReprFunction(module);
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm
