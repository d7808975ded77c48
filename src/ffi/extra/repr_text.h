// SPDX-License-Identifier: Apache-2.0
/*!
 * \file repr_text.h
 * \brief Text of the values that have no parts, for `ReprPrint`.
 */
#ifndef TVM_FFI_SRC_FFI_EXTRA_REPR_TEXT_H_
#define TVM_FFI_SRC_FFI_EXTRA_REPR_TEXT_H_

#include <tvm/ffi/any.h>
#include <tvm/ffi/object.h>

#include <optional>
#include <string>
#include <string_view>

namespace tvm {
namespace ffi {

/*! \return Double-quoted literal that Python reads back as the same text, if that is UTF-8. */
std::string QuoteString(std::string_view text);

/*! \return `b"..."` literal. */
std::string QuoteBytes(std::string_view bytes);

/*! \return Text of a value that is not an object; strings and bytes in either form included. */
std::string PlainText(const Any& value);

/*! \return `@0x...`, what marks an object when addresses are shown. */
std::string AddressText(const Object* obj);

/*!
 * \return Text of an object of the library's own types without parts (sentinels, big integers,
 *         strings, bytes, tensors, shapes); nothing for other objects.
 * \param with_addr Whether tensors show their address.
 */
std::optional<std::string> LeafObjectText(const Any& value, bool with_addr);

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_SRC_FFI_EXTRA_REPR_TEXT_H_
