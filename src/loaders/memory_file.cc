// SPDX-License-Identifier: Apache-2.0
/*!
 * \file src/loaders/memory_file.cc
 * \brief memfd_create with a fallback to a temporary file.
 */
#include "memory_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <tvm/ffi/error.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace tvm_ffi_loaders {
namespace {

/*! \brief A number that no other file of this process has. */
uint64_t NextSerial() {
  static std::atomic<uint64_t> counter{0};
  return counter.fetch_add(1, std::memory_order_relaxed);
}

/*!
 * \brief A path of an open descriptor that differs for each serial number.
 *
 * Descriptor numbers are reused, and the dynamic loader compares paths as text. The number is
 * therefore spelled in path components that mean nothing to the kernel: `/` for a zero bit, `/.`
 * for a one.
 */
std::string DescriptorPath(int fd, uint64_t serial) {
  std::string path = "/proc/self/fd";
  for (; serial != 0; serial >>= 1) {
    path += (serial & 1) != 0 ? "/." : "/";
  }
  return path + "/" + std::to_string(fd);
}

std::string TemporaryDirectory() {
  const char* dir = std::getenv("TMPDIR");
  return dir != nullptr && *dir != '\0' ? dir : "/tmp";
}

}  // namespace

MemoryFile::MemoryFile(std::string_view bytes, const std::vector<FileRange>& parts) {
  if (!CreateInMemory()) CreateTemporary();
  try {
    for (const FileRange& part : parts) {
      Write(bytes.substr(part.begin, part.end - part.begin), part.begin);
    }
    Resize(bytes.size());
    Seal();
  } catch (...) {
    Discard();
    throw;
  }
}

MemoryFile::~MemoryFile() { Discard(); }

bool MemoryFile::CreateInMemory() {
  fd_ = memfd_create("tvm_ffi_so_payload", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd_ < 0) return false;
  in_memory_ = true;
  path_ = DescriptorPath(fd_, NextSerial());
  if (access(path_.c_str(), R_OK) == 0) return true;
  Discard();  // no /proc here, so the descriptor has no path
  return false;
}

void MemoryFile::CreateTemporary() {
  path_ = TemporaryDirectory() + "/tvm_ffi_so_payload_" + std::to_string(getpid()) + "_" +
          std::to_string(NextSerial()) + "_XXXXXX";
  fd_ = mkostemp(path_.data(), O_CLOEXEC);  // readable and writable by this user only
  if (fd_ < 0) {
    TVM_FFI_THROW(RuntimeError) << "Cannot create a temporary file for a `so` payload in "
                                << TemporaryDirectory() << ": " << std::strerror(errno);
  }
}

void MemoryFile::Resize(size_t size) {
  if (ftruncate(fd_, static_cast<off_t>(size)) != 0) {
    TVM_FFI_THROW(RuntimeError) << "Cannot make room for a `so` payload of " << size
                                << " bytes: " << std::strerror(errno);
  }
}

void MemoryFile::Write(std::string_view bytes, size_t offset) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written >= 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
      offset += static_cast<size_t>(written);
    } else if (errno != EINTR) {
      TVM_FFI_THROW(RuntimeError) << "Cannot store a `so` payload, " << bytes.size()
                                  << " bytes are left to write: " << std::strerror(errno);
    }
  }
}

void MemoryFile::Seal() {
  // Nobody who gets hold of the descriptor can change code that is running.
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  const int code = in_memory_ ? fcntl(fd_, F_ADD_SEALS, kSeals) : fchmod(fd_, S_IRUSR);
  if (code != 0) {
    TVM_FFI_THROW(RuntimeError) << "Cannot make a `so` payload read-only: " << std::strerror(errno);
  }
}

void MemoryFile::Discard() {
  if (fd_ < 0) return;
  if (!in_memory_) unlink(path_.c_str());
  close(fd_);
  fd_ = -1;
  in_memory_ = false;
}

}  // namespace tvm_ffi_loaders
