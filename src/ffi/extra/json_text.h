// SPDX-License-Identifier: Apache-2.0
//
// What the JSON parser, the JSON writer and the JSON graph share.
#ifndef TVM_FFI_SRC_EXTRA_JSON_TEXT_H_
#define TVM_FFI_SRC_EXTRA_JSON_TEXT_H_

#include <cstddef>

namespace tvm {
namespace ffi {
namespace json {

// How deep containers may nest: the reference handles this much on an 8 MiB stack, and releasing a
// deeper value would overflow it.
constexpr size_t kMaxNesting = 10000;

}  // namespace json
}  // namespace ffi
}  // namespace tvm

#endif  // TVM_FFI_SRC_EXTRA_JSON_TEXT_H_
