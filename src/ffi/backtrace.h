// SPDX-License-Identifier: Apache-2.0
/*!
 * \file backtrace.h
 * \brief Lets the loaders tell backtrace.cc that code addresses changed their meaning.
 */
#ifndef TVM_FFI_SRC_FFI_BACKTRACE_H_
#define TVM_FFI_SRC_FFI_BACKTRACE_H_

namespace tvm {
namespace ffi {

/*!
 * \brief Forgets the names of code addresses. To be called after a shared library was closed, as
 *  another one may be mapped to its addresses. Safe from any thread, takes no lock.
 */
void ForgetBacktraceNames() noexcept;

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_SRC_FFI_BACKTRACE_H_
