// SPDX-License-Identifier: Apache-2.0
/*!
 * \file framework.cc
 * \brief Optional packages (torch, numpy, ml_dtypes, cuda): found among the imported modules when
 *        their values arrive, never imported from here.
 *
 * A package that was never imported has no instances, so looking at `sys.modules` is enough.
 */
#include <cstdlib>

#include "core.h"

namespace tvm {
namespace ffi {
namespace python {

namespace {

/*! \brief Whether documentation is being built, which treats the packages as absent. */
bool FrameworksAreHidden() {
  static const bool hidden = [] {
    const char* flag = std::getenv("TVM_FFI_BUILD_DOCS");
    return flag != nullptr && std::strcmp(flag, "0") != 0;
  }();
  return hidden;
}

PyObject* LoadedFrameworkFunction(PyObject*, PyObject* name) {
  const char* text = PyUnicode_AsUTF8(name);
  if (text == nullptr) return nullptr;
  PyObject* module = LoadedFramework(text);
  return PyRef::Borrow(module != nullptr ? module : Py_None).release();
}

PyObject* PrepareTorchFunction(PyObject*, PyObject*) {
  if (!PrepareTorch()) return nullptr;
  Py_RETURN_NONE;
}

PyMethodDef kFunctions[] = {
    {"_loaded_framework", LoadedFrameworkFunction, METH_O,
     "The module of an optional package if it is imported already, else None."},
    {"_prepare_torch", PrepareTorchFunction, METH_NOARGS,
     "Complete what an older torch lacks, if torch is imported."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

PyObject* LoadedFramework(const char* module_name) {
  if (FrameworksAreHidden()) return nullptr;
  PyObject* module = PyDict_GetItemString(PyImport_GetModuleDict(), module_name);
  return module != Py_None ? module : nullptr;
}

bool PrepareTorch() {
  static bool done = false;
  if (done) return true;
  PyObject* torch = LoadedFramework("torch");
  // While torch is still being imported it has no tensors yet.
  if (torch == nullptr || !PyObject_HasAttrString(torch, "Tensor")) return true;
  done = true;
  return static_cast<bool>(PyRef(PyImport_ImportModule("tvm_ffi._optional_torch_c_dlpack")));
}

const DLPackExchangeAPI kTorchWithoutApi = {};

PyObject* TensorToTorch(PyObject* tensor) {
  PyRef torch(PyImport_ImportModule("torch"));
  // Given the tensor, not a capsule: which version of capsule it reads depends on torch's own.
  return torch ? PyObject_CallMethod(torch.get(), "from_dlpack", "O", tensor) : nullptr;
}

bool InitFramework(PyObject* module) { return PyModule_AddFunctions(module, kFunctions) == 0; }

}  // namespace python
}  // namespace ffi
}  // namespace tvm
