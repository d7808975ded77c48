// SPDX-License-Identifier: Apache-2.0
/*!
 * \file src/ffi/registration_count.h
 * \brief Counts registrations, so that whoever opens a library learns whether it registered itself.
 *
 * Tables of the process keep addresses of code: functions, getters of fields, attributes, symbols.
 * A library that registered any must not be unmapped. Initialisers run on the thread that opens
 * their library, so comparing the thread's count before and after is enough.
 */
#ifndef TVM_FFI_SRC_REGISTRATION_COUNT_H_
#define TVM_FFI_SRC_REGISTRATION_COUNT_H_

#include <cstdint>

namespace tvm {
namespace ffi {

/*! \brief Note that this thread registers something that refers to code. */
void CountRegistration();

/*! \brief How often this thread has called CountRegistration. */
uint64_t NumRegistrations();

}  // namespace ffi
}  // namespace tvm

#endif  // TVM_FFI_SRC_REGISTRATION_COUNT_H_
