// SPDX-License-Identifier: Apache-2.0
/*!
 * \file field.cc
 * \brief `FieldGetter` and `FieldSetter`: callables that read and write one reflected field, and
 * the property that calls them.
 *
 * The native accessor works on an address (object header plus offset), so the receiver must be an
 * object of the owning type; that is checked here on every access.
 */
#include "core.h"

namespace tvm {
namespace ffi {
namespace python {

namespace {

struct FieldAccessor {
  PyObject_HEAD vectorcallfunc vectorcall;
  PyObject* dict;
  int32_t owner;  // type index of the class that has the field
  int64_t offset;
  int64_t flags;
  TVMFFIFieldGetter getter;
  void* setter;  // plain function, or a function object when the flag says so (never freed)
};

PyTypeObject FieldGetterType = {PyVarObject_HEAD_INIT(nullptr, 0)};
PyTypeObject FieldSetterType = {PyVarObject_HEAD_INIT(nullptr, 0)};

/*! \brief The address of the field in `receiver`, or NULL with the Python error set. */
void* FieldAddress(const FieldAccessor* field, PyObject* receiver) {
  if (!IsCObject(receiver)) {
    PyErr_Format(PyExc_TypeError,
                 "Argument 'obj' has incorrect type (expected tvm_ffi.core.CObject, got %s)",
                 Py_TYPE(receiver)->tp_name);
    return nullptr;
  }
  TVMFFIObject* handle = RequireHandle(receiver);
  if (handle == nullptr) return nullptr;
  if (!IsInstanceOf(handle->type_index, field->owner)) {
    const TVMFFIByteArray& key = TVMFFIGetTypeInfo(field->owner)->type_key;
    PyErr_Format(PyExc_TypeError, "the field belongs to `%s`, but the object is a %s", key.data,
                 Py_TYPE(receiver)->tp_name);
    return nullptr;
  }
  return reinterpret_cast<char*>(handle) + field->offset;
}

bool CheckCall(const char* name, size_t nargsf, PyObject* kwnames, Py_ssize_t expected) {
  Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
  if (nargs == expected && (kwnames == nullptr || PyTuple_GET_SIZE(kwnames) == 0)) return true;
  PyErr_Format(PyExc_TypeError, "%s takes exactly %zd positional arguments (%zd given)", name,
               expected, nargs);
  return false;
}

PyObject* CallGetter(PyObject* self, PyObject* const* args, size_t nargsf, PyObject* kwnames) {
  auto* field = reinterpret_cast<FieldAccessor*>(self);
  if (!CheckCall("FieldGetter", nargsf, kwnames, 1)) return nullptr;
  void* address = FieldAddress(field, args[0]);
  if (address == nullptr) return nullptr;
  TVMFFIAny result = NoneAny();
  if (!CheckCode(field->getter(address, &result))) return nullptr;
  return AnyToPy(&result, nullptr);
}

bool SetField(const FieldAccessor* field, void* address, TVMFFIAny* value) {
  if ((field->flags & kTVMFFIFieldFlagBitSetterIsFunctionObj) == 0) {
    return CheckCode(reinterpret_cast<TVMFFIFieldSetter>(field->setter)(address, value));
  }
  TVMFFIAny args[2], result = NoneAny();
  SetPtr(&args[0], kTVMFFIOpaquePtr, address);
  args[1] = *value;
  if (!CallObject(static_cast<TVMFFIObject*>(field->setter), args, 2, &result)) return false;
  ReleaseAny(&result);
  return true;
}

bool Assign(const FieldAccessor* field, void* address, PyObject* value) {
  ArgFrame frame;
  TVMFFIAny any;
  return SetArg(&frame, value, &any) && SetField(field, address, &any);
}

/*!
 * \brief Assign what a raw value stands for, after the field has refused the value itself.
 *
 * Native setters do not know the payloads of Python's enums. Asking only after a failure keeps the
 * question out of the usual assignment.
 */
bool AssignNormalized(const FieldAccessor* field, PyObject* receiver, PyObject* value) {
  PyObject* normalize =
      field->dict != nullptr ? PyDict_GetItemString(field->dict, "_normalize") : nullptr;
  if (normalize == nullptr || !PyErr_ExceptionMatches(PyExc_TypeError)) return false;
  PyObject *type, *error, *trace;
  PyErr_Fetch(&type, &error, &trace);
  PyRef normalized(PyObject_CallOneArg(normalize, value));
  if (normalized && normalized.get() == value) {
    PyErr_Restore(type, error, trace);
    return false;
  }
  PyRef drop_type(type), drop_error(error), drop_trace(trace);
  // Python code has run meanwhile, which may have given the receiver another object.
  void* address = normalized ? FieldAddress(field, receiver) : nullptr;
  return address != nullptr && Assign(field, address, normalized.get());
}

PyObject* CallSetter(PyObject* self, PyObject* const* args, size_t nargsf, PyObject* kwnames) {
  auto* field = reinterpret_cast<FieldAccessor*>(self);
  if (!CheckCall("FieldSetter", nargsf, kwnames, 2)) return nullptr;
  void* address = FieldAddress(field, args[0]);
  if (address == nullptr) return nullptr;
  if (!Assign(field, address, args[1]) && !AssignNormalized(field, args[0], args[1])) {
    return nullptr;
  }
  Py_RETURN_NONE;
}

PyObject* NewAccessor(PyTypeObject* type, vectorcallfunc call, int32_t owner,
                      const TVMFFIFieldInfo* info) {
  auto* self = reinterpret_cast<FieldAccessor*>(type->tp_alloc(type, 0));
  if (self == nullptr) return nullptr;
  self->vectorcall = call;
  self->owner = owner;
  self->offset = info->offset;
  self->flags = info->flags;
  self->getter = info->getter;
  self->setter = info->setter;
  return reinterpret_cast<PyObject*>(self);
}

int Traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(reinterpret_cast<FieldAccessor*>(self)->dict);
  return 0;
}

int Clear(PyObject* self) {
  Py_CLEAR(reinterpret_cast<FieldAccessor*>(self)->dict);
  return 0;
}

void Dealloc(PyObject* self) {
  PyObject_GC_UnTrack(self);
  Clear(self);
  Py_TYPE(self)->tp_free(self);
}

PyGetSetDef kGetSet[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

void Describe(PyTypeObject* type, const char* name, const char* doc) {
  type->tp_name = name;
  type->tp_doc = doc;
  type->tp_basicsize = sizeof(FieldAccessor);
  type->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
                   Py_TPFLAGS_DISALLOW_INSTANTIATION;
  type->tp_dictoffset = offsetof(FieldAccessor, dict);
  type->tp_vectorcall_offset = offsetof(FieldAccessor, vectorcall);
  type->tp_call = PyVectorcall_Call;
  type->tp_traverse = Traverse;
  type->tp_clear = Clear;
  type->tp_dealloc = Dealloc;
  type->tp_free = PyObject_GC_Del;
  type->tp_getset = kGetSet;
}

// ---- the property -------------------------------------------------------------------------------

/*! \brief Base of `FFIProperty`: a property that calls field accessors without the detour of a
 * call.
 */
PyTypeObject FieldPropertyType = {PyVarObject_HEAD_INIT(nullptr, 0)};

/*! \brief Where CPython keeps the accessors of a property; its layout is private. */
Py_ssize_t g_fget_offset, g_fset_offset;

Py_ssize_t PropertyMemberOffset(const char* name) {
  for (PyMemberDef* member = PyProperty_Type.tp_members; member->name != nullptr; ++member) {
    if (std::strcmp(member->name, name) == 0) return member->offset;
  }
  PyErr_Format(PyExc_SystemError, "property has no member %s", name);
  return -1;
}

PyObject* AccessorAt(PyObject* self, Py_ssize_t offset) {
  return *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(self) + offset);
}

PyObject* PropertyGet(PyObject* self, PyObject* obj, PyObject* type) {
  PyObject* getter = AccessorAt(self, g_fget_offset);
  if (obj == nullptr || obj == Py_None || getter == nullptr ||
      Py_TYPE(getter) != &FieldGetterType) {
    return PyProperty_Type.tp_descr_get(self, obj, type);
  }
  return CallGetter(getter, &obj, 1, nullptr);
}

int PropertySet(PyObject* self, PyObject* obj, PyObject* value) {
  PyObject* setter = AccessorAt(self, g_fset_offset);
  if (value == nullptr || setter == nullptr || Py_TYPE(setter) != &FieldSetterType) {
    return PyProperty_Type.tp_descr_set(self, obj, value);
  }
  PyObject* args[] = {obj, value};
  PyRef result(CallSetter(setter, args, 2, nullptr));
  return result ? 0 : -1;
}

bool InitFieldProperty(PyObject* module) {
  g_fget_offset = PropertyMemberOffset("fget");
  g_fset_offset = PropertyMemberOffset("fset");
  if (g_fget_offset < 0 || g_fset_offset < 0) return false;
  PyTypeObject* type = &FieldPropertyType;
  type->tp_name = "tvm_ffi.core._FieldProperty";
  type->tp_doc = "A property whose accessors are called directly when they belong to a field.";
  type->tp_base = &PyProperty_Type;
  type->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE;
  type->tp_descr_get = PropertyGet;
  type->tp_descr_set = PropertySet;
  return AddType(module, type);
}

}  // namespace

PyObject* NewFieldGetter(int32_t owner, const TVMFFIFieldInfo* info) {
  return NewAccessor(&FieldGetterType, CallGetter, owner, info);
}

PyObject* NewFieldSetter(int32_t owner, const TVMFFIFieldInfo* info) {
  return NewAccessor(&FieldSetterType, CallSetter, owner, info);
}

bool InitField(PyObject* module) {
  Describe(&FieldGetterType, "tvm_ffi.core.FieldGetter", "FieldGetter(obj): the field's value.");
  Describe(&FieldSetterType, "tvm_ffi.core.FieldSetter",
           "FieldSetter(obj, value): convert the value and assign the field.");
  return AddType(module, &FieldGetterType) && AddType(module, &FieldSetterType) &&
         InitFieldProperty(module);
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm
