// SPDX-License-Identifier: Apache-2.0
/*!
 * \file src/loaders/loadable.h
 * \brief Which parts of a shared object the dynamic loader reads.
 */
#ifndef TVM_FFI_LOADERS_LOADABLE_H_
#define TVM_FFI_LOADERS_LOADABLE_H_

#include <cstddef>
#include <string_view>
#include <vector>

namespace tvm_ffi_loaders {

/*! \brief A range of bytes of a file. */
struct FileRange {
  size_t begin;
  size_t end;
};

/*!
 * \brief The pages that opening a shared object maps or reads: its headers and its segments.
 *
 * What lies elsewhere (the section headers, symbol tables for debuggers, debug information: often
 * most of the file) is not needed to run it.
 *
 * \param image A payload that CheckSharedObject accepts.
 * \return Whole pages, cut at the end of the image; ascending, disjoint and not adjacent.
 */
std::vector<FileRange> LoadableRanges(std::string_view image);

/*!
 * \brief Whether a shared object has symbols for debuggers, which debug information comes with.
 * \param image A payload that CheckSharedObject accepts.
 */
bool HasDebugSymbols(std::string_view image);

}  // namespace tvm_ffi_loaders

#endif  // TVM_FFI_LOADERS_LOADABLE_H_
