// SPDX-License-Identifier: Apache-2.0
/*!
 * \file function.cc
 * \brief `tvm_ffi.core.Function`: the callable wrapper of an FFI function, and the one place where
 *        Python calls native code.
 *
 * Invariant of a call: arguments are borrowed views on the C stack, temporaries die after the
 * native call and before the result is converted, and stream and allocator of the thread are put
 * back whether or not the call succeeded.
 */
#include "core.h"

namespace tvm {
namespace ffi {
namespace python {

PyTypeObject FunctionType = {PyVarObject_HEAD_INIT(nullptr, 0)};

namespace {

bool g_release_gil_by_default = true;

inline TVMFFISafeCallType SafeCallOf(TVMFFIObject* func) {
  return TVMFFIFunctionGetCellPtr(func)->safe_call;
}

/*! \brief Run `safe_call`, with the GIL released when asked. */
inline int Invoke(TVMFFIObject* func, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result,
                  bool release_gil) {
  if (!release_gil) return SafeCallOf(func)(func, args, num_args, result);
  PyThreadState* state = PyEval_SaveThread();
  int code = SafeCallOf(func)(func, args, num_args, result);
  PyEval_RestoreThread(state);
  return code;
}

/*! \brief `Invoke` under the stream and allocator that the arguments asked for. */
int InvokeInContext(TVMFFIObject* func, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result,
                    bool release_gil, const CallContext& ctx) {
  void* previous_stream = nullptr;
  DLPackManagedTensorAllocator previous_allocator = nullptr;
  DLPackManagedTensorAllocator allocator =
      ctx.api != nullptr ? ctx.api->managed_tensor_allocator : nullptr;
  if (ctx.device_type != -1) {
    int code = TVMFFIEnvSetStream(ctx.device_type, ctx.device_id, ctx.stream, &previous_stream);
    if (code != 0) return code;
  }
  int code = 0;
  if (allocator != nullptr) {
    code = TVMFFIEnvSetDLPackManagedTensorAllocator(allocator, 0, &previous_allocator);
  }
  if (code == 0) code = Invoke(func, args, num_args, result, release_gil);
  if (ctx.device_type != -1 && previous_stream != ctx.stream &&
      TVMFFIEnvSetStream(ctx.device_type, ctx.device_id, previous_stream, nullptr) != 0) {
    PyErr_SetString(PyExc_RuntimeError, "Failed to recover stream");
    return -2;
  }
  if (allocator != nullptr && previous_allocator != allocator &&
      TVMFFIEnvSetDLPackManagedTensorAllocator(previous_allocator, 0, nullptr) != 0) {
    PyErr_SetString(PyExc_RuntimeError, "Failed to recover DLPack managed tensor allocator");
    return -2;
  }
  return code;
}

/*! \brief Convert arguments into `packed`, call, release temporaries; the result stays in `result`.
 */
inline bool CallWithPython(TVMFFIObject* func, PyObject* const* args, Py_ssize_t nargs,
                           TVMFFIAny* packed, bool release_gil, TVMFFIAny* result,
                           const DLPackExchangeAPI** api) {
  ArgFrame frame;
  for (Py_ssize_t i = 0; i < nargs; ++i) {
    if (!SetArg(&frame, args[i], &packed[i])) return false;
  }
  int code;
  if (frame.ctx.device_type == -1 && frame.ctx.api == nullptr) {
    code = Invoke(func, packed, static_cast<int32_t>(nargs), result, release_gil);
  } else {
    code =
        InvokeInContext(func, packed, static_cast<int32_t>(nargs), result, release_gil, frame.ctx);
    *api = frame.ctx.api;
  }
  if (code == 0) return true;
  RaiseFFIError(code);
  return false;
}

constexpr Py_ssize_t kStackArgs = 16;

PyObject* FunctionVectorcall(PyObject* self, PyObject* const* args, size_t nargsf,
                             PyObject* kwnames) {
  if (kwnames != nullptr && PyTuple_GET_SIZE(kwnames) != 0) {
    PyErr_Format(PyExc_TypeError, "__call__() got an unexpected keyword argument '%U'",
                 PyTuple_GET_ITEM(kwnames, 0));
    return nullptr;
  }
  auto* wrapper = reinterpret_cast<FunctionWrapper*>(self);
  TVMFFIObject* func = wrapper->base.handle;
  if (func == nullptr) {
    RequireHandle(self);  // raises
    return nullptr;
  }
  Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
  TVMFFIAny result = NoneAny();
  const DLPackExchangeAPI* api = nullptr;
  TVMFFIAny stack[kStackArgs];
  TVMFFIAny* packed = stack;
  if (nargs > kStackArgs) {
    packed = static_cast<TVMFFIAny*>(PyMem_Malloc(nargs * sizeof(TVMFFIAny)));
    if (packed == nullptr) return PyErr_NoMemory();
  }
  bool ok = CallWithPython(func, args, nargs, packed, wrapper->release_gil, &result, &api);
  if (packed != stack) PyMem_Free(packed);
  if (!ok) return nullptr;
  if (result.type_index == kTVMFFINone) Py_RETURN_NONE;
  return AnyToPy(&result, api);
}

/*! \brief `Function.__call__`; also what subclasses reach as an ordinary attribute. */
PyObject* FunctionCall(PyObject* self, PyObject* args, PyObject* kwargs) {
  if (kwargs != nullptr && PyDict_GET_SIZE(kwargs) != 0) {
    Py_ssize_t position = 0;
    PyObject *key, *value;
    PyDict_Next(kwargs, &position, &key, &value);
    PyErr_Format(PyExc_TypeError, "__call__() got an unexpected keyword argument '%U'", key);
    return nullptr;
  }
  return FunctionVectorcall(self, &PyTuple_GET_ITEM(args, 0), PyTuple_GET_SIZE(args), nullptr);
}

PyObject* FunctionNew(PyTypeObject* type, PyObject*, PyObject*) {
  PyObject* self = type->tp_alloc(type, 0);
  if (self == nullptr) return nullptr;
  auto* wrapper = reinterpret_cast<FunctionWrapper*>(self);
  wrapper->vectorcall = FunctionVectorcall;
  wrapper->release_gil = g_release_gil_by_default;
  return self;
}

int FunctionTraverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(reinterpret_cast<FunctionWrapper*>(self)->dict);
  return 0;
}

int FunctionClear(PyObject* self) {
  Py_CLEAR(reinterpret_cast<FunctionWrapper*>(self)->dict);
  return 0;
}

void FunctionDealloc(PyObject* self) {
  PyObject_GC_UnTrack(self);
  auto* wrapper = reinterpret_cast<FunctionWrapper*>(self);
  Py_CLEAR(wrapper->dict);
  TVMFFIObject* func = wrapper->base.handle;
  wrapper->base.handle = nullptr;
  if (func != nullptr) DecRef(func);
  Py_TYPE(self)->tp_free(self);
}

PyObject* GetReleaseGil(PyObject* self, void*) {
  return PyBool_FromLong(reinterpret_cast<FunctionWrapper*>(self)->release_gil);
}

int SetReleaseGil(PyObject* self, PyObject* value, void*) {
  if (value == nullptr) {
    PyErr_SetString(PyExc_AttributeError, "release_gil cannot be deleted");
    return -1;
  }
  PyRef number(PyNumber_Index(value));
  if (!number) return -1;
  int flag = PyObject_IsTrue(number.get());
  if (flag < 0) return -1;
  reinterpret_cast<FunctionWrapper*>(self)->release_gil = flag != 0;
  return 0;
}

/*! \brief Parse `(symbol: int, *, keep_alive_object=None)`; the symbol must be an address. */
bool ParseSymbol(PyObject* args, PyObject* kwargs, void** symbol, PyObject** keep_alive) {
  static const char* kNames[] = {"", "keep_alive_object", nullptr};
  PyObject* address;
  *keep_alive = Py_None;
  if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|$O:Function", const_cast<char**>(kNames),
                                   &address, keep_alive)) {
    return false;
  }
  if (!PyLong_Check(address)) {
    PyErr_SetString(PyExc_TypeError, "an integer is required");
    return false;
  }
  *symbol = PyLong_AsVoidPtr(address);
  if (*symbol == nullptr) {
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_ValueError, "the symbol address is NULL");
    return false;
  }
  return true;
}

/*! \brief `Function.__from_extern_c__(c_symbol, *, keep_alive_object=None)`. */
PyObject* FromExternC(PyObject*, PyObject* args, PyObject* kwargs) {
  void* symbol;
  PyObject* keep_alive;
  if (!ParseSymbol(args, kwargs, &symbol, &keep_alive)) return nullptr;
  bool keep = keep_alive != Py_None;
  TVMFFIObjectHandle out = nullptr;
  if (keep) Py_INCREF(keep_alive);
  if (!CheckCode(TVMFFIFunctionCreate(
          keep ? keep_alive : nullptr, reinterpret_cast<TVMFFISafeCallType>(symbol),
          keep ? DropPyObject : [](void*) {}, &out))) {
    if (keep) Py_DECREF(keep_alive);
    return nullptr;
  }
  return NewFunction(static_cast<TVMFFIObject*>(out));
}

/*! \brief Closure of `__from_mlir_packed_safe_call__`: the entry point and what it needs alive. */
struct MlirClosure {
  void (*entry)(void** args);
  PyObject* keep_alive;

  static int Call(void* self, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
    void* handle = nullptr;
    int code = 0;
    void* packed[] = {&handle, &args, &num_args, &result, &code};
    static_cast<MlirClosure*>(self)->entry(packed);
    return code;
  }
  static void Delete(void* self) {
    auto* closure = static_cast<MlirClosure*>(self);
    if (closure->keep_alive != nullptr) DropPyObject(closure->keep_alive);
    delete closure;
  }
};

/*! \brief `Function.__from_mlir_packed_safe_call__(symbol, *, keep_alive_object=None)`. */
PyObject* FromMlirPacked(PyObject*, PyObject* args, PyObject* kwargs) {
  void* symbol;
  PyObject* keep_alive;
  if (!ParseSymbol(args, kwargs, &symbol, &keep_alive)) return nullptr;
  auto* closure = new MlirClosure{reinterpret_cast<void (*)(void**)>(symbol), nullptr};
  if (keep_alive != Py_None) {
    Py_INCREF(keep_alive);
    closure->keep_alive = keep_alive;
  }
  TVMFFIObjectHandle out = nullptr;
  if (!CheckCode(TVMFFIFunctionCreate(closure, MlirClosure::Call, MlirClosure::Delete, &out))) {
    MlirClosure::Delete(closure);
    return nullptr;
  }
  return NewFunction(static_cast<TVMFFIObject*>(out));
}

PyMethodDef kFunctionMethods[] = {
    {"__from_extern_c__", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(FromExternC)),
     METH_VARARGS | METH_KEYWORDS | METH_STATIC,
     "Wrap the address of a C function with the packed calling convention.\n\n"
     "``keep_alive_object`` is handed to the C function as its first argument and held until the\n"
     "function dies."},
    {"__from_mlir_packed_safe_call__",
     reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(FromMlirPacked)),
     METH_VARARGS | METH_KEYWORDS | METH_STATIC,
     "Wrap the address of an MLIR packed-interface entry point."},
    {nullptr, nullptr, 0, nullptr}};

PyGetSetDef kFunctionGetSet[] = {
    {"release_gil", GetReleaseGil, SetReleaseGil,
     "Whether the GIL is released while the native function runs.", nullptr},
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

/*! \brief Read TVM_FFI_RELEASE_GIL_BY_DEFAULT; anything but an integer is a ValueError. */
bool ReadReleaseGilDefault() {
  PyRef os(PyImport_ImportModule("os"));
  if (!os) return false;
  PyRef environ(PyObject_GetAttrString(os.get(), "environ"));
  if (!environ) return false;
  PyRef text(
      PyObject_CallMethod(environ.get(), "get", "ss", "TVM_FFI_RELEASE_GIL_BY_DEFAULT", "1"));
  if (!text) return false;
  PyRef number(PyLong_FromUnicodeObject(text.get(), 10));
  if (!number) return false;
  g_release_gil_by_default = PyObject_IsTrue(number.get()) == 1;
  return true;
}

}  // namespace

PyObject* NewFunction(TVMFFIObject* owned) {
  const TypeEntry* entry = GetTypeEntry(kTVMFFIFunction);
  PyTypeObject* type = entry != nullptr ? entry->cls : &FunctionType;
  PyObject* self =
      type == &FunctionType ? FunctionNew(type, nullptr, nullptr) : NewWrapper(type, nullptr);
  if (self == nullptr) {
    DecRef(owned);
    return nullptr;
  }
  HandleOf(self) = owned;
  return self;
}

bool CallObject(TVMFFIObject* func, TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
  return CheckCode(SafeCallOf(func)(func, args, num_args, result));
}

TVMFFIObject* GlobalFunction::Get() {
  if (func_ == nullptr) {
    TVMFFIByteArray name = ToByteArray(name_);
    TVMFFIObjectHandle out = nullptr;
    if (TVMFFIFunctionGetGlobal(&name, &out) == 0) func_ = static_cast<TVMFFIObject*>(out);
  }
  return func_;
}

bool GlobalFunction::Call(TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
  TVMFFIObject* func = Get();
  if (func == nullptr) {
    PyErr_Format(PyExc_RuntimeError, "%s is not registered, make sure build project with extra API",
                 name_);
    return false;
  }
  return CallObject(func, args, num_args, result);
}

bool InitFunction(PyObject* module) {
  if (!ReadReleaseGilDefault()) return false;
  PyTypeObject* type = &FunctionType;
  type->tp_name = "tvm_ffi.core.Function";
  type->tp_doc = "A function that can be called from every language of the process.";
  type->tp_base = &CObjectType;
  type->tp_basicsize = sizeof(FunctionWrapper);
  type->tp_flags =
      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL;
  type->tp_dictoffset = offsetof(FunctionWrapper, dict);
  type->tp_vectorcall_offset = offsetof(FunctionWrapper, vectorcall);
  type->tp_new = FunctionNew;
  type->tp_dealloc = FunctionDealloc;
  type->tp_traverse = FunctionTraverse;
  type->tp_clear = FunctionClear;
  type->tp_free = PyObject_GC_Del;
  type->tp_call = FunctionCall;
  type->tp_methods = kFunctionMethods;
  type->tp_getset = kFunctionGetSet;
  return AddType(module, type);
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm
