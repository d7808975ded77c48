// SPDX-License-Identifier: Apache-2.0
/*!
 * \file schema_convert.h
 * \brief What the conversion of Python values shares: reasons of a mismatch (schema_reason.cc),
 *        values that are no containers (schema_values.cc); the rest is in schema_convert.cc.
 */
#ifndef TVM_FFI_PYTHON_NANOBIND_SCHEMA_CONVERT_H_
#define TVM_FFI_PYTHON_NANOBIND_SCHEMA_CONVERT_H_

#include "schema.h"

namespace tvm {
namespace ffi {
namespace python {

/*! \brief What messages call a value: the plain type of builtins, the key of objects. */
PyRef Describe(PyObject* value);
/*! \brief Store a reason, which is consumed; NULL means that making it failed. */
Converted Mismatch(Conversion* conversion, PyObject* reason);
/*! \brief `expected X, got T`. */
Converted Expected(Conversion* conversion, const SchemaNode& node, PyObject* value);
/*! \brief `expected X, got T: {text of the current error}`. */
Converted ExpectedAfterError(Conversion* conversion, const SchemaNode& node, PyObject* value);
/*! \brief `{function}() failed for {type}: {text of the current error}`. */
Converted FunctionFailed(Conversion* conversion, const char* function, PyObject* value);
/*! \brief Take the current error's text; NULL when it is no `Exception` or has none. */
PyRef TakeErrorText();
/*! \brief Clear the current error; false when it is no `Exception` and has to get through. */
bool TakeError();

/*! \brief Pack by the rules of arguments; a failure is a mismatch that quotes the error. */
Converted Pack(Conversion* conversion, const SchemaNode& node, PyObject* value, TVMFFIAny* out);
/*! \brief Pack a value whose FFI form must have a type index. */
Converted PackAs(Conversion* conversion, const SchemaNode& node, int32_t type_index,
                 PyObject* value, TVMFFIAny* out);

/*! \brief Convert a normalised value by a node that is neither a container nor an alternative. */
Converted ConvertValue(Conversion* conversion, const SchemaNode& node, PyObject* value,
                       TVMFFIAny* out);

}  // namespace python
}  // namespace ffi
}  // namespace tvm

#endif  // TVM_FFI_PYTHON_NANOBIND_SCHEMA_CONVERT_H_
