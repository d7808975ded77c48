/* SPDX-License-Identifier: Apache-2.0 */
/*!
 * \file tvm_ffi_python_helpers.h
 * \brief Passing Python objects through the ABI unchanged, for native code that has both. For C and
 *  C++; needs the headers of Python.
 */
#ifndef TVM_FFI_PYTHON_HELPERS_H_
#define TVM_FFI_PYTHON_HELPERS_H_

#include <Python.h>
#include <tvm/ffi/c_api.h>

#include "tvm_ffi_python_object.h"

/*!
 * \brief Wraps a Python object into an object of type index `kTVMFFIOpaquePyObject`, which arrives
 *  in Python as the object itself.
 * \param py_object Borrowed; the result holds a reference of its own. The caller has the GIL.
 * \param out Receives the new object, which the caller owns; untouched on failure.
 * \return 0, or -1 with the error raised as the ABI does it.
 */
static inline int TVMFFIPyObjectToOpaque(PyObject* py_object, TVMFFIObjectHandle* out) {
  int code;
  Py_INCREF(py_object);
  code = TVMFFIObjectCreateOpaque(py_object, kTVMFFIOpaquePyObject, TVMFFIPyObjectDeleter, out);
  if (code != 0) Py_DECREF(py_object);
  return code;
}

#endif /* TVM_FFI_PYTHON_HELPERS_H_ */
