// SPDX-License-Identifier: Apache-2.0
/*!
 * \file reflection_internal.h
 * \brief Type look-up for functions whose type index comes from a caller of any language.
 */
#ifndef TVM_FFI_SRC_FFI_EXTRA_REFLECTION_INTERNAL_H_
#define TVM_FFI_SRC_FFI_EXTRA_REFLECTION_INTERNAL_H_

#include <tvm/ffi/c_api.h>
#include <tvm/ffi/error.h>

#include <cstdint>

#include "../type_table.h"

namespace tvm {
namespace ffi {
namespace reflection {

/*!
 * \brief Type info of an index.
 * \throws InternalError for an unknown index, where TVMFFIGetTypeInfo would end the process.
 */
inline const TVMFFITypeInfo* RequireTypeInfo(int32_t type_index) {
  const TVMFFITypeInfo* entry = TypeTable::Global()->Find(type_index);
  TVM_FFI_ICHECK(entry != nullptr) << "Cannot find type info for type_index=" << type_index;
  return entry;
}

}  // namespace reflection
}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_SRC_FFI_EXTRA_REFLECTION_INTERNAL_H_
