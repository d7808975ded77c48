// SPDX-License-Identifier: Apache-2.0
/*!
 * \file src/loaders/memory_file.h
 * \brief Bytes under a path that dlopen accepts, without a file system where the kernel allows it.
 */
#ifndef TVM_FFI_LOADERS_MEMORY_FILE_H_
#define TVM_FFI_LOADERS_MEMORY_FILE_H_

#include <string>
#include <string_view>
#include <vector>

#include "loadable.h"

namespace tvm_ffi_loaders {

/*!
 * \brief Anonymous, read-only file in memory, or a private temporary file where that is refused.
 *
 * Needed only while the bytes are being opened: mappings of the file stay valid after it is gone.
 * The path is never used twice in a process, because the dynamic loader takes a path that it has
 * seen as the library that it opened under it, even if a different file stands there now.
 */
class MemoryFile {
 public:
  /*!
   * \brief Store parts of a file; between them it has holes, which read as zeros and cost nothing.
   * \param bytes The whole file.
   * \param parts What of it is stored, ascending.
   * \throws RuntimeError that names the failing system call.
   */
  MemoryFile(std::string_view bytes, const std::vector<FileRange>& parts);
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  /*! \brief The path; valid while this object lives. */
  const std::string& path() const { return path_; }

 private:
  bool CreateInMemory();
  void CreateTemporary();
  void Resize(size_t size);
  void Write(std::string_view bytes, size_t offset);
  void Seal();
  void Discard();

  int fd_ = -1;
  bool in_memory_ = false;
  std::string path_;
};

}  // namespace tvm_ffi_loaders

#endif  // TVM_FFI_LOADERS_MEMORY_FILE_H_
