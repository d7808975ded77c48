// SPDX-License-Identifier: Apache-2.0
/*!
 * \file src/loaders/elf_check.h
 * \brief Recognises payloads that the dynamic loader of this process could not open.
 */
#ifndef TVM_FFI_LOADERS_ELF_CHECK_H_
#define TVM_FFI_LOADERS_ELF_CHECK_H_

#include <string_view>

namespace tvm_ffi_loaders {

/*!
 * \brief Check that bytes are a whole shared object for this process.
 *
 * Catches what happens to payloads on their way (something else, another platform's build, a
 * cut-off transfer). The dynamic loader itself checks little and crashes on some of these. It is no
 * protection against hostile payloads: loading code is running it.
 *
 * \param image The payload, of any alignment.
 * \throws ValueError that says what is wrong: not ELF, other class, byte order or architecture, not
 * a shared object, or truncated.
 */
void CheckSharedObject(std::string_view image);

}  // namespace tvm_ffi_loaders

#endif  // TVM_FFI_LOADERS_ELF_CHECK_H_
