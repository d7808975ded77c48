// SPDX-License-Identifier: Apache-2.0
/*!
 * \file string.cc
 * \brief C functions that make strings and bytes, inline or on the heap by their length.
 */
#include <tvm/ffi/any.h>
#include <tvm/ffi/c_api.h>
#include <tvm/ffi/function.h>
#include <tvm/ffi/string.h>

#include <utility>

namespace tvm {
namespace ffi {
namespace {

/*! \brief Copies `input` into a String or Bytes and hands its cell to the caller. */
template <typename StringLike>
void CopyToCell(const TVMFFIByteArray& input, TVMFFIAny* out) {
  // Empty input may come with a null pointer.
  StringLike value(input.size != 0 ? input.data : "", input.size);
  *out = detail::AnyUnsafe::MoveAnyToTVMFFIAny(Any(std::move(value)));
}

}  // namespace
}  // namespace ffi
}  // namespace tvm

int TVMFFIStringFromByteArray(const TVMFFIByteArray* input, TVMFFIAny* out) {
  TVM_FFI_SAFE_CALL_BEGIN();
  tvm::ffi::CopyToCell<tvm::ffi::String>(*input, out);
  TVM_FFI_SAFE_CALL_END();
}

int TVMFFIBytesFromByteArray(const TVMFFIByteArray* input, TVMFFIAny* out) {
  TVM_FFI_SAFE_CALL_BEGIN();
  tvm::ffi::CopyToCell<tvm::ffi::Bytes>(*input, out);
  TVM_FFI_SAFE_CALL_END();
}
