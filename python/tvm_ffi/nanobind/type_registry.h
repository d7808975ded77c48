// SPDX-License-Identifier: Apache-2.0
/*!
 * \file type_registry.h
 * \brief What defining types from Python needs of the type registry. Failures are thrown as
 *        `nb::python_error`.
 */
#ifndef TVM_FFI_PYTHON_NANOBIND_TYPE_REGISTRY_H_
#define TVM_FFI_PYTHON_NANOBIND_TYPE_REGISTRY_H_

#include <nanobind/nanobind.h>

#include "core.h"

namespace tvm {
namespace ffi {
namespace python {

void ThrowIfError(bool ok);
nanobind::object StealOrThrow(PyObject* obj);
/*! \brief An attribute of `tvm_ffi.core`. */
nanobind::object CoreAttr(const char* name);
/*! \brief The index of a key, or -1 when no type has it. */
int32_t IndexOfKey(const TVMFFIByteArray& key);
/*! \brief Refuse an index that Python code made up: tables are sized and indexed by it. */
int32_t RequireNativeIndex(int32_t type_index);
int32_t IndexOfInfo(nanobind::handle info);
/*! \brief Check that wrappers of a type index can be instances of the class. */
void RequireWrapperClass(int32_t type_index, nanobind::handle cls);
/*! \brief Whether Python has a description for the key. */
bool IsKnownKey(nanobind::handle key);
void StoreInfo(int32_t type_index, nanobind::handle info);
void StoreClass(int32_t type_index, nanobind::handle cls, nanobind::handle info);
/*! \brief Note that a type has something in the native table that cannot be taken back. */
void NoteMember(int32_t type_index);
/*! \brief Forget the class and the description of a type index. */
void ForgetType(int32_t type_index, nanobind::handle info);

}  // namespace python
}  // namespace ffi
}  // namespace tvm

#endif  // TVM_FFI_PYTHON_NANOBIND_TYPE_REGISTRY_H_
