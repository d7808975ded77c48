// SPDX-License-Identifier: Apache-2.0
/*!
 * \file callback.cc
 * \brief Python callables as FFI functions.
 *
 * A callback is an ordinary function object (`ffi.Function`) allocated here, with the callable
 * right behind the cell, so a call needs no trampoline: the cell's `safe_call` gets the object
 * itself. It may be called and dropped on any thread, with or without the GIL.
 */
#include <cstdlib>

#include "core.h"
#include "tvm_ffi_python_object.h"

namespace tvm {
namespace ffi {
namespace python {

namespace {

struct CallbackFunction {
  TVMFFIObject header;
  TVMFFIFunctionCell cell;
  PyObject* callable;            // owned
  const DLPackExchangeAPI* api;  // lives for the process; may be NULL
};

static_assert(offsetof(CallbackFunction, cell) == 24, "the cell follows the object header");

void DeleteCallback(void* self, int flags) {
  auto* func = static_cast<CallbackFunction*>(self);
  if (flags & kTVMFFIObjectDeleterFlagBitMaskStrong) DropPyObject(func->callable);
  if (flags & kTVMFFIObjectDeleterFlagBitMaskWeak) std::free(func);
}

/*! \brief The memory of a callback that a call made for itself; most calls with one need just one.
 */
CallbackFunction* g_spare = nullptr;

CallbackFunction* TakeSpare() {
#ifdef Py_GIL_DISABLED
  return nullptr;
#else
  CallbackFunction* spare = g_spare;
  g_spare = nullptr;
  return spare;
#endif
}

bool KeepSpare(CallbackFunction* func) {
#ifdef Py_GIL_DISABLED
  return false;
#else
  if (g_spare != nullptr) return false;
  g_spare = func;
  return true;
#endif
}

/*! \brief Convert borrowed arguments to new references; on failure nothing is left behind. */
bool ArgsToPy(const TVMFFIAny* args, int32_t num_args, const DLPackExchangeAPI* api,
              PyObject** out) {
  for (int32_t i = 0; i < num_args; ++i) {
    out[i] = AnyViewToPy(&args[i], api);
    if (out[i] != nullptr) continue;
    while (i > 0) Py_DECREF(out[--i]);
    return false;
  }
  return true;
}

/*! \brief Drop an argument; a kept view of a DLTensor that the caller lent must not outlive it. */
void ReleaseArg(PyObject* arg) {
  if (Py_REFCNT(arg) > 1 && PyObject_TypeCheck(arg, &TensorType) && HandleOf(arg) == nullptr) {
    reinterpret_cast<TensorWrapper*>(arg)->view = nullptr;
  }
  Py_DECREF(arg);
}

/*! \brief Call the Python callable with the GIL held; false with the Python error set. */
bool CallPython(const CallbackFunction* func, const TVMFFIAny* args, int32_t num_args,
                TVMFFIAny* result, PyObject** stack) {
  // stack[0] is the scratch slot that PY_VECTORCALL_ARGUMENTS_OFFSET lends to the callee.
  if (!ArgsToPy(args, num_args, func->api, stack + 1)) return false;
  PyObject* value =
      PyObject_Vectorcall(func->callable, stack + 1,
                          static_cast<size_t>(num_args) | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
  for (int32_t i = 1; i <= num_args; ++i) ReleaseArg(stack[i]);
  if (value == nullptr) return false;
  bool ok = true;
  if (value != Py_None) {
    ArgFrame frame;
    TVMFFIAny owned;
    ok = SetOwned(&frame, value, &owned);
    if (ok) *result = owned;
  } else {
    SetNone(result);
  }
  Py_DECREF(value);
  return ok;
}

/*! \brief Call with arguments on the C stack when they are few; the GIL is held. */
int CallWithGil(const CallbackFunction* func, const TVMFFIAny* args, int32_t num_args,
                TVMFFIAny* result) {
  constexpr int32_t kStackArgs = 16;
  bool ok;
  if (num_args <= kStackArgs) {
    PyObject* stack[kStackArgs + 1];
    ok = CallPython(func, args, num_args, result, stack);
  } else {
    auto** stack =
        static_cast<PyObject**>(PyMem_Malloc((num_args + size_t{1}) * sizeof(PyObject*)));
    if (stack == nullptr) {
      PyErr_NoMemory();
      ok = false;
    } else {
      ok = CallPython(func, args, num_args, result, stack);
      PyMem_Free(stack);
    }
  }
  if (ok) return 0;
  SetRaisedFromPython();
  return -1;
}

int CallbackSafeCall(void* self, const TVMFFIAny* args, int32_t num_args, TVMFFIAny* result) {
  auto* func = static_cast<const CallbackFunction*>(self);
  return WithGil([&] { return CallWithGil(func, args, num_args, result); });
}

}  // namespace

bool PythonIsUsable() { return Py_IsInitialized() && !PythonIsFinalizing(); }

TVMFFIObject* NewCallback(PyObject* callable, const DLPackExchangeAPI* api) {
  CallbackFunction* func = TakeSpare();
  if (func == nullptr) func = static_cast<CallbackFunction*>(std::malloc(sizeof(CallbackFunction)));
  if (func == nullptr) {
    PyErr_NoMemory();
    return nullptr;
  }
  InitHeader(&func->header, kTVMFFIFunction, DeleteCallback);
  func->cell.safe_call = CallbackSafeCall;
  func->cell.cpp_call = nullptr;
  Py_INCREF(callable);
  func->callable = callable;
  func->api = api;
  return &func->header;
}

bool RecycleCallback(TVMFFIObject* obj) {
  if (obj->deleter != DeleteCallback || !IsUnique(obj)) return false;
  auto* func = reinterpret_cast<CallbackFunction*>(obj);
  PyObject* callable = func->callable;
  if (!KeepSpare(func)) std::free(func);
  Py_DECREF(callable);
  return true;
}

void DropPyObject(void* py_object) {
  if (!PythonIsUsable()) return;
  WithGil([&] {
    Py_DECREF(static_cast<PyObject*>(py_object));
    return true;
  });
}

}  // namespace python
}  // namespace ffi
}  // namespace tvm

void TVMFFIPyObjectDeleter(void* py_object) { tvm::ffi::python::DropPyObject(py_object); }
