// SPDX-License-Identifier: Apache-2.0
/*!
 * \file src/ffi/extra/buffer_stream.h
 * \brief Reader of the length-prefixed little-endian values of the embedded-module blob.
 *
 * Invariant: `offset_ <= size_`. Each length is compared with what is left before anything is read
 * or allocated, so a malformed blob can only make a Read return false. A failed Read moves nothing.
 */
#ifndef TVM_FFI_SRC_EXTRA_BUFFER_STREAM_H_
#define TVM_FFI_SRC_EXTRA_BUFFER_STREAM_H_

#include <tvm/ffi/string.h>

#include <cstddef>
#include <cstdint>

namespace tvm {
namespace ffi {

/*! \brief Assemble an unsigned 64-bit little-endian integer; no alignment needed. */
inline uint64_t LoadLittleEndian64(const char* data) {
  uint64_t value = 0;
  for (int i = 7; i >= 0; --i) {
    value = value << 8 | static_cast<unsigned char>(data[i]);
  }
  return value;
}

/*! \brief Borrowed vector of 64-bit integers, read in place. */
class UInt64VectorView {
 public:
  uint64_t size() const { return size_; }
  uint64_t operator[](uint64_t i) const { return LoadLittleEndian64(data_ + i * sizeof(uint64_t)); }

 private:
  friend class BufferInStream;
  const char* data_ = nullptr;
  uint64_t size_ = 0;
};

/*! \brief Stream over borrowed memory. */
class BufferInStream {
 public:
  BufferInStream(const char* data, uint64_t size) : data_(data), size_(size) {}

  /*! \brief Read one integer; false when fewer than 8 bytes are left. */
  bool Read(uint64_t* value) {
    if (size_ - offset_ < sizeof(uint64_t)) return false;
    *value = LoadLittleEndian64(data_ + offset_);
    offset_ += sizeof(uint64_t);
    return true;
  }

  /*! \brief Read a count and that many integers; the view refers to the memory of the stream. */
  bool Read(UInt64VectorView* value) {
    const char* data;
    uint64_t count;
    if (!ReadArray(sizeof(uint64_t), &data, &count)) return false;
    value->data_ = data;
    value->size_ = count;
    return true;
  }

  /*! \brief Read a size and that many bytes into a new String or Bytes. */
  bool Read(String* value) { return ReadChars(value); }
  bool Read(Bytes* value) { return ReadChars(value); }

 private:
  template <typename T>
  bool ReadChars(T* value) {
    const char* data;
    uint64_t count;
    if (!ReadArray(1, &data, &count)) return false;
    *value = T(data, static_cast<size_t>(count));
    return true;
  }

  bool ReadArray(uint64_t element_size, const char** data, uint64_t* count) {
    const uint64_t start = offset_;
    uint64_t length;
    if (!Read(&length)) return false;
    if (length > (size_ - offset_) / element_size) {
      offset_ = start;
      return false;
    }
    *data = data_ + offset_;
    *count = length;
    offset_ += length * element_size;
    return true;
  }

  const char* data_;
  uint64_t size_;
  uint64_t offset_ = 0;
};

}  // namespace ffi
}  // namespace tvm
#endif  // TVM_FFI_SRC_EXTRA_BUFFER_STREAM_H_
