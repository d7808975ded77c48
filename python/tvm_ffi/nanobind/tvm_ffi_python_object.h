/* SPDX-License-Identifier: Apache-2.0 */
/*!
 * \file tvm_ffi_python_object.h
 * \brief What native code needs to own Python objects that came through the ABI: the one C function
 *  that the extension `tvm_ffi.core` exports. For C and C++.
 *
 * Link with the file that `tvm-ffi-config --cython-lib-path` names, or look the function up in the
 * process that imported `tvm_ffi`.
 */
#ifndef TVM_FFI_PYTHON_OBJECT_H_
#define TVM_FFI_PYTHON_OBJECT_H_

#ifdef _WIN32
#define TVM_FFI_PYTHON_DLL __declspec(dllexport)
#else
#define TVM_FFI_PYTHON_DLL __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*!
 * \brief Drops one reference to a Python object, from any thread, with or without the GIL.
 * \param py_object The `PyObject*`; not NULL.
 * \note Does nothing once the interpreter has ended, when the object is gone already.
 */
TVM_FFI_PYTHON_DLL void TVMFFIPyObjectDeleter(void* py_object);

#ifdef __cplusplus
}
#endif
#endif /* TVM_FFI_PYTHON_OBJECT_H_ */
