// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tests/fuzz/fuzz_util.h
 * \brief What the fuzz targets share: the check that ends a run, and reading of the input.
 */
#ifndef TVM_FFI_TESTS_FUZZ_FUZZ_UTIL_H_
#define TVM_FFI_TESTS_FUZZ_FUZZ_UTIL_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

/*! \brief Ends the run, which makes libFuzzer keep the input, unless the condition holds. */
#define FUZZ_CHECK(condition)                                                        \
  do {                                                                               \
    if (!(condition)) {                                                              \
      std::fprintf(stderr, "%s:%d: violated: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                  \
    }                                                                                \
  } while (false)

/*! \brief Takes the input apart from the front; gives zeros once it is used up. */
class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  const char* data() const { return reinterpret_cast<const char*>(data_); }

  uint8_t Byte() {
    if (size_ == 0) return 0;
    --size_;
    return *data_++;
  }

  /*! \brief The next `size` bytes, or all that are left. */
  FuzzInput Take(size_t size) {
    if (size > size_) size = size_;
    FuzzInput taken(data_, size);
    data_ += size;
    size_ -= size;
    return taken;
  }

 private:
  const uint8_t* data_;
  size_t size_;
};

#endif  // TVM_FFI_TESTS_FUZZ_FUZZ_UTIL_H_
