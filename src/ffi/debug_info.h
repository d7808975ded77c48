// SPDX-License-Identifier: Apache-2.0
/*!
 * \file debug_info.h
 * \brief What backtrace.cc asks of a reader of debug information: functions, files and lines.
 *
 * Only builds that found libbacktrace have one (TVM_FFI_HAS_LIBBACKTRACE, see
 * cmake/Utils/FindLibBacktrace.cmake), and of these only the shared library: the reader needs a
 * symbol of its own that must not reach a program which links the static library.
 */
#ifndef TVM_FFI_SRC_FFI_DEBUG_INFO_H_
#define TVM_FFI_SRC_FFI_DEBUG_INFO_H_

#include <cstdint>
#include <string>
#include <vector>

namespace tvm {
namespace ffi {

/*! \brief One function at a code address. */
struct CodeLocation {
  /*! \brief Name as it stands in the file, mostly mangled; empty if unknown. */
  std::string function;
  /*! \brief Source file; empty if unknown. */
  std::string file;
  int line = 0;
};

/*!
 * \brief Finds the function that a code address belongs to and those inlined there.
 * \param pc The address.
 * \param out Receives the functions, innermost first; nothing if there is no information.
 * \note Takes no lock and never waits for another thread. Reading a module's information for the
 *  first time takes milliseconds and keeps it in memory.
 */
#if TVM_FFI_HAS_LIBBACKTRACE
__attribute__((weak, visibility("hidden"))) void FindCodeLocations(uintptr_t pc,
                                                                   std::vector<CodeLocation>* out);
#endif

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_SRC_FFI_DEBUG_INFO_H_
