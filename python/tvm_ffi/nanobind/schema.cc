// SPDX-License-Identifier: Apache-2.0
/*!
 * \file schema.cc
 * \brief `_TypeConverter`: a `TypeSchema` made native, and the functions that use one.
 */
#include "schema.h"

#include <new>

namespace tvm {
namespace ffi {
namespace python {

namespace {

GlobalFunction g_make_array("ffi.Array"), g_make_list("ffi.List");
GlobalFunction g_make_map("ffi.Map"), g_make_dict("ffi.Dict");

struct TypeConverter {
  PyObject_HEAD SchemaNode node;
};

PyTypeObject TypeConverterType = {PyVarObject_HEAD_INIT(nullptr, 0)};

const SchemaNode& NodeOf(PyObject* converter) {
  return reinterpret_cast<TypeConverter*>(converter)->node;
}

// ---- building -----------------------------------------------------------------------------------

struct Origin {
  const char* name;
  NodeKind kind;
  int32_t target;
  GlobalFunction* make;
  const char* expected;  // NULL: the name
};

const Origin kOrigins[] = {
    {"Any", NodeKind::kAny, kTVMFFIAny, nullptr, nullptr},
    {"None", NodeKind::kNone, kTVMFFINone, nullptr, nullptr},
    {"int", NodeKind::kInt, kTVMFFIInt, nullptr, nullptr},
    {"float", NodeKind::kFloat, kTVMFFIFloat, nullptr, nullptr},
    {"bool", NodeKind::kBool, kTVMFFIBool, nullptr, nullptr},
    {"str", NodeKind::kStr, kTVMFFIStr, nullptr, nullptr},
    {"bytes", NodeKind::kBytes, kTVMFFIBytes, nullptr, nullptr},
    {"Device", NodeKind::kDevice, kTVMFFIDevice, nullptr, nullptr},
    {"dtype", NodeKind::kDataType, kTVMFFIDataType, nullptr, nullptr},
    {"ctypes.c_void_p", NodeKind::kPointer, kTVMFFIOpaquePtr, nullptr, nullptr},
    {"Tensor", NodeKind::kTensor, kTVMFFITensor, nullptr, nullptr},
    {"Callable", NodeKind::kCallable, kTVMFFIFunction, nullptr, nullptr},
    {"Array", NodeKind::kSequence, kTVMFFIArray, &g_make_array, nullptr},
    {"List", NodeKind::kSequence, kTVMFFIList, &g_make_list, nullptr},
    {"list", NodeKind::kSequence, kTVMFFIList, &g_make_list, "List"},
    {"tuple", NodeKind::kTuple, kTVMFFIArray, &g_make_array, nullptr},
    {"Map", NodeKind::kMapping, kTVMFFIMap, &g_make_map, nullptr},
    {"Dict", NodeKind::kMapping, kTVMFFIDict, &g_make_dict, nullptr},
    {"dict", NodeKind::kMapping, kTVMFFIDict, &g_make_dict, "Dict"},
    {"Optional", NodeKind::kOptional, kTVMFFIAny, nullptr, nullptr},
    {"Union", NodeKind::kUnion, kTVMFFIAny, nullptr, nullptr},
    {"Object", NodeKind::kObject, kTVMFFIObject, nullptr, nullptr},
};

const Origin* FindOrigin(PyObject* name) {
  for (const Origin& origin : kOrigins) {
    if (PyUnicode_CompareWithASCIIString(name, origin.name) == 0) return &origin;
  }
  return nullptr;
}

void Destroy(SchemaNode* node) {
  Py_CLEAR(node->expected);
  for (SchemaNode& arg : node->args) Destroy(&arg);
  node->args.clear();
}

bool BuildNode(PyObject* schema, SchemaNode* node);

bool BuildArgs(PyObject* args, SchemaNode* node) {
  if (args == Py_None) return true;
  if (!PyTuple_Check(args)) {
    PyErr_SetString(PyExc_TypeError, "the arguments of a TypeSchema must be a tuple");
    return false;
  }
  node->args.resize(static_cast<size_t>(PyTuple_GET_SIZE(args)));
  for (size_t i = 0; i < node->args.size(); ++i) {
    if (!BuildNode(PyTuple_GET_ITEM(args, static_cast<Py_ssize_t>(i)), &node->args[i])) {
      return false;
    }
  }
  return true;
}

/*! \brief The number of arguments that conversion relies on; attributes can be assigned later. */
bool CheckArity(const SchemaNode& node) {
  size_t size = node.args.size();
  bool ok = node.kind == NodeKind::kSequence   ? size == 1
            : node.kind == NodeKind::kMapping  ? size == 2
            : node.kind == NodeKind::kOptional ? size == 1
            : node.kind == NodeKind::kUnion    ? size >= 2
                                               : true;
  if (!ok) PyErr_SetString(PyExc_TypeError, "the TypeSchema has a wrong number of arguments");
  return ok;
}

bool BuildBuiltin(PyObject* schema, const Origin& origin, PyObject* args, SchemaNode* node) {
  node->kind = origin.kind;
  node->target = origin.target;
  node->has_length = origin.kind == NodeKind::kTuple && args != Py_None;
  if (origin.make != nullptr) {
    node->make = origin.make->Get();
    if (node->make == nullptr) {
      PyErr_Format(PyExc_RuntimeError, "the constructor of %s is not registered", origin.name);
      return false;
    }
  }
  node->expected = origin.kind == NodeKind::kUnion
                       ? PyObject_Repr(schema)
                       : PyUnicode_FromString(origin.expected ? origin.expected : origin.name);
  if (node->expected == nullptr) return false;
  bool has_args = origin.make != nullptr || origin.kind == NodeKind::kOptional ||
                  origin.kind == NodeKind::kUnion;
  return !has_args || (BuildArgs(args, node) && CheckArity(*node));
}

/*! \brief A type key; it may have been registered after the schema was made. */
bool BuildObject(PyObject* schema, PyObject* origin, SchemaNode* node) {
  PyRef index(PyObject_GetAttrString(schema, "origin_type_index"));
  if (!index) return false;
  long target = PyLong_AsLong(index.get());
  if (target == -1 && PyErr_Occurred()) return false;
  if (target < 0) {
    PyObject* lookup = PyDict_GetItemString(g_core_dict, "_object_type_key_to_index");
    PyRef found(lookup != nullptr ? PyObject_CallOneArg(lookup, origin) : nullptr);
    if (!found) return false;
    if (found.get() != Py_None) target = PyLong_AsLong(found.get());
  }
  if (target < kTVMFFIStaticObjectBegin || target > INT32_MAX) {
    PyErr_Format(PyExc_TypeError, "unknown TypeSchema origin: %R", origin);
    return false;
  }
  node->kind = NodeKind::kObject;
  node->target = static_cast<int32_t>(target);
  Py_INCREF(origin);
  node->expected = origin;
  return true;
}

bool BuildNode(PyObject* schema, SchemaNode* node) {
  PyRef origin(PyObject_GetAttrString(schema, "origin"));
  PyRef args(origin ? PyObject_GetAttrString(schema, "args") : nullptr);
  if (!args) return false;
  if (!PyUnicode_Check(origin.get())) {
    PyErr_Format(PyExc_TypeError, "unknown TypeSchema origin: %R", origin.get());
    return false;
  }
  if (Py_EnterRecursiveCall(" while reading a TypeSchema")) return false;
  const Origin* builtin = FindOrigin(origin.get());
  bool ok = builtin != nullptr ? BuildBuiltin(schema, *builtin, args.get(), node)
                               : BuildObject(schema, origin.get(), node);
  Py_LeaveRecursiveCall();
  return ok;
}

PyObject* BuildConverter(PyObject*, PyObject* schema) {
  PyObject* self = TypeConverterType.tp_alloc(&TypeConverterType, 0);
  if (self == nullptr) return nullptr;
  SchemaNode* node = new (&reinterpret_cast<TypeConverter*>(self)->node) SchemaNode();
  if (BuildNode(schema, node)) return self;
  Py_DECREF(self);
  return nullptr;
}

void Dealloc(PyObject* self) {
  SchemaNode& node = reinterpret_cast<TypeConverter*>(self)->node;
  Destroy(&node);
  node.~SchemaNode();
  Py_TYPE(self)->tp_free(self);
}

PyObject* GetConvertHook(PyObject* self, void*) {
  const SchemaNode& node = NodeOf(self);
  TVMFFIObject* hook = node.kind == NodeKind::kObject ? ConvertHook(node.target) : nullptr;
  if (hook == nullptr) Py_RETURN_NONE;
  IncRef(hook);
  return ObjectToPy(hook, nullptr);
}

PyGetSetDef kGetSet[] = {{"fn_convert", GetConvertHook, nullptr,
                          "The function that converts other values to the type, or None.", nullptr},
                         {nullptr, nullptr, nullptr, nullptr, nullptr}};

// ---- using --------------------------------------------------------------------------------------

/*! \brief Raise `_ConvertError(reason)`. */
void RaiseMismatch(PyObject* reason) {
  PyObject* cls = PyDict_GetItemString(g_core_dict, "_ConvertError");
  if (cls != nullptr) PyErr_SetObject(cls, reason);
}

/*! \brief `_convert_by(converter, value)`: the converted value as a CAny. */
PyObject* ConvertBy(PyObject*, PyObject* const* args, Py_ssize_t nargs) {
  if (nargs != 2 || !IsConverter(args[0])) {
    PyErr_SetString(PyExc_TypeError, "_convert_by() takes a _TypeConverter and a value");
    return nullptr;
  }
  Conversion conversion;
  TVMFFIAny result = NoneAny();
  switch (ConvertPy(&conversion, NodeOf(args[0]), args[1], &result)) {
    case Converted::kDone:
      return NewAnyHolder(result);
    case Converted::kMismatch:
      RaiseMismatch(conversion.reason.get());
      return nullptr;
    case Converted::kRaised:
      break;
  }
  return nullptr;
}

PyMethodDef kFunctions[] = {
    {"_build_converter", BuildConverter, METH_O, "Make the native converter of a TypeSchema."},
    {"_convert_by", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(ConvertBy)),
     METH_FASTCALL, "Convert a value to a CAny; raises _ConvertError when it does not fit."},
    {nullptr, nullptr, 0, nullptr}};

/*! \brief Convert the Python form of a value; false with the Python error set. */
bool ConvertThroughPython(const SchemaNode& node, const TVMFFIAny* value, TVMFFIAny* result) {
  PyRef object(AnyViewToPy(value, nullptr));
  if (!object) return false;
  Conversion conversion;
  Converted done = ConvertPy(&conversion, node, object.get(), result);
  if (done == Converted::kMismatch) PyErr_SetObject(PyExc_TypeError, conversion.reason.get());
  return done == Converted::kDone;
}

}  // namespace

TVMFFIObject* ConvertHook(int32_t type_index) {
  const TVMFFIAny* cell = FindTypeAttr(type_index, "__ffi_convert__");
  return cell != nullptr && cell->type_index == kTVMFFIFunction ? cell->v_obj : nullptr;
}

bool IsConverter(PyObject* obj) { return Py_TYPE(obj) == &TypeConverterType; }

void* ConverterContext(PyObject* converter) {
  return &reinterpret_cast<TypeConverter*>(converter)->node;
}

int ConvertFieldValue(void* context, const TVMFFIAny* value, TVMFFIAny* result) {
  const SchemaNode& node = *static_cast<const SchemaNode*>(context);
  Fit fit = FitValue(node, *value, result);
  if (fit == Fit::kSame || fit == Fit::kChanged) return 0;
  return WithGil([&] {
    if (ConvertThroughPython(node, value, result)) return 0;
    SetRaisedFromPython();
    return -1;
  });
}

bool InitSchema(PyObject* module) {
  PyTypeObject* type = &TypeConverterType;
  type->tp_name = "tvm_ffi.core._TypeConverter";
  type->tp_doc = "The native form of a TypeSchema.";
  type->tp_basicsize = sizeof(TypeConverter);
  type->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION;
  type->tp_dealloc = Dealloc;
  type->tp_getset = kGetSet;
  return AddType(module, type) && PyModule_AddFunctions(module, kFunctions) == 0;
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm
