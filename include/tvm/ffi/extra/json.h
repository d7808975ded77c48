// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/extra/json.h
 * \brief JSON text to and from Any.
 *
 * \code
 *   json::Value doc = json::Parse("{\"sizes\": [1, 2]}");
 *   json::Object object = doc.cast<json::Object>();
 *   String text = json::Stringify(object, 2);
 * \endcode
 *
 * null, true/false, integers that fit int64, other numbers, strings, arrays and objects are None,
 * bool, int, float, String, Array and Map. For objects of registered classes see serialization.h.
 */
#ifndef TVM_FFI_EXTRA_JSON_H_
#define TVM_FFI_EXTRA_JSON_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/container/array.h>
#include <tvm/ffi/container/map.h>
#include <tvm/ffi/extra/base.h>
#include <tvm/ffi/optional.h>
#include <tvm/ffi/string.h>

namespace tvm {
namespace ffi {
namespace json {

/*! \brief Any JSON value. */
using Value = Any;

/*! \brief A JSON object, members in order of first appearance; only keys that are strings can be
 * written. */
using Object = ffi::Map<Any, Any>;

/*! \brief A JSON array. */
using Array = ffi::Array<Any>;

/*!
 * \brief Parse JSON text (RFC 8259, and `NaN`, `Infinity`, `-Infinity`).
 *
 * A duplicate member keeps its first position and takes the last value. Strings are not checked to
 * be UTF-8. Nesting is limited to 10000 levels.
 *
 * The values of a text of 8 KiB or more lie in blocks of 16 KiB, each of which is freed when its
 * last value is: a small part of a large document that is kept for long is better copied. Up to
 * 2 MiB of free blocks stay in the process.
 *
 * \param json_str The text.
 * \param error_msg If given, receives the error message, or the empty string on success; syntax
 *        errors then give None instead of an exception.
 * \return The value.
 * \throws ValueError with the position (`line L column C (char P)`) if the text is not JSON and
 *         `error_msg` is null.
 */
TVM_FFI_EXTRA_CXX_API json::Value Parse(const String& json_str, String* error_msg = nullptr);

/*!
 * \brief Write a value as JSON text.
 *
 * \param value None, bool, int, float, string, Array, List or Map of such values.
 * \param indent Spaces per level; nothing or 0 writes everything on one line without blanks.
 * \return The text; non-ASCII characters are written as they are.
 * \throws ValueError if a value of another type is met, a key is not a string, a list contains
 *         itself, or values nest deeper than 10000 levels.
 */
TVM_FFI_EXTRA_CXX_API String Stringify(const json::Value& value,
                                       const Optional<int>& indent = std::nullopt);

}  // namespace json
}  // namespace ffi
}  // namespace tvm

#endif  // TVM_FFI_EXTRA_JSON_H_
