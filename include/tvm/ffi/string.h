// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/string.h
 * \brief `String` and `Bytes`: immutable text and binary values that cross the ABI.
 *
 * Both are one 16-byte cell. Up to 7 bytes live inside the cell, anything longer in a shared
 * reference-counted heap object, so copies never copy characters. The content is arbitrary bytes
 * (embedded NULs allowed, no UTF-8 check) and `data()[size()]` is always NUL.
 *
 * \code{.cpp}
 * String name = "conv2d";
 * String full = name + "_nchw";
 * if (full.starts_with("conv")) Use(full.c_str());
 * Any value = full;                          // shares the characters
 * std::string copy = value.cast<String>();   // implicit conversion out
 * \endcode
 *
 * Use `std::string` for text that is edited; use `String` for text that is stored in objects,
 * containers and `Any`, or passed through functions.
 *
 * The same text may be in either form (adopting a `std::string&&` always makes a heap object), so
 * equality, hashes and look-ups are by content. Unused bytes of the inline form are zero: raw cells
 * are compared and hashed by code that is inlined in every consumer.
 */
#ifndef TVM_FFI_STRING_H_
#define TVM_FFI_STRING_H_

#include <tvm/ffi/base_detail.h>
#include <tvm/ffi/error.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/object.h>
#include <tvm/ffi/type_traits.h>

#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/*! \brief `snprintf`, under the name that the platform gives it. */
#ifdef _MSC_VER
#define TVM_FFI_SNPRINTF _snprintf_s
#else
#define TVM_FFI_SNPRINTF snprintf
#endif

namespace tvm {
namespace ffi {
namespace detail {

/*! \brief Common layout of heap strings and bytes: object header, then {data, size}. */
class BytesObjBase : public Object, public TVMFFIByteArray {};

/*! \brief Heap form of `Bytes`. */
class BytesObj : public BytesObjBase {
 public:
  static constexpr const int32_t _type_index = TypeIndex::kTVMFFIBytes;
  static const constexpr bool _type_final = true;
  TVM_FFI_DECLARE_OBJECT_INFO_STATIC(StaticTypeKey::kTVMFFIBytes, BytesObj, Object);
};

/*! \brief Heap form of `String`. */
class StringObj : public BytesObjBase {
 public:
  static constexpr const int32_t _type_index = TypeIndex::kTVMFFIStr;
  static const constexpr bool _type_final = true;
  TVM_FFI_DECLARE_OBJECT_INFO_STATIC(StaticTypeKey::kTVMFFIStr, StringObj, Object);
};

/*!
 * \brief Heap object that adopts a `std::string` instead of copying its characters.
 * \tparam Base `StringObj` or `BytesObj`.
 */
template <typename Base>
class BytesObjStdImpl : public Base {
 public:
  explicit BytesObjStdImpl(std::string other) : data_(std::move(other)) {
    this->data = data_.data();
    this->size = data_.size();
  }

 private:
  std::string data_;
};

static_assert(sizeof(TVMFFIByteArray) == 2 * sizeof(void*), "{data, size} is ABI");
static_assert(sizeof(BytesObj) == sizeof(TVMFFIObject) + sizeof(TVMFFIByteArray),
              "consumers read {data, size} right behind the object header");
static_assert(sizeof(StringObj) == sizeof(BytesObj), "both heap forms share one layout");

/*! \brief Owner of the 16-byte cell behind `String` and `Bytes`; None when default constructed. */
class BytesBaseCell {
 public:
  BytesBaseCell() { SetNone(&data_); }
  explicit BytesBaseCell(std::nullopt_t) : BytesBaseCell() {}

  BytesBaseCell(const BytesBaseCell& other) : data_(other.data_) {  // NOLINT(*)
    if (IsHeap()) ObjectUnsafe::IncRefObjectHandle(data_.v_obj);
  }

  // Only the index of the source is reset: a moved-from small string keeps reporting its content,
  // which published binaries rely on as much as on the layout.
  BytesBaseCell(BytesBaseCell&& other) noexcept : data_(other.data_) {  // NOLINT(*)
    other.data_.type_index = TypeIndex::kTVMFFINone;
  }

  BytesBaseCell& operator=(const BytesBaseCell& other) {
    BytesBaseCell(other).swap(*this);  // NOLINT(*)
    return *this;
  }

  BytesBaseCell& operator=(BytesBaseCell&& other) noexcept {
    BytesBaseCell(std::move(other)).swap(*this);  // NOLINT(*)
    return *this;
  }

  ~BytesBaseCell() {
    if (IsHeap()) ObjectUnsafe::DecRefObjectHandle(data_.v_obj);
  }

  /*! \brief Whether the cell is None, which only `Optional` and moved-from values are. */
  bool operator==(std::nullopt_t) const { return data_.type_index == TypeIndex::kTVMFFINone; }
  bool operator!=(std::nullopt_t) const { return data_.type_index != TypeIndex::kTVMFFINone; }

  void swap(BytesBaseCell& other) { SwapCells(&data_, &other.data_); }

  const char* data() const noexcept {
    return IsHeap() ? TVMFFIBytesGetByteArrayPtr(data_.v_obj)->data : data_.v_bytes;
  }

  size_t size() const noexcept {
    return IsHeap() ? TVMFFIBytesGetByteArrayPtr(data_.v_obj)->size : data_.small_str_len;
  }

  /*!
   * \brief Adopts a `std::string` as a heap object, whatever its length. The cell must be fresh.
   * \param other The string; empty afterwards.
   * \param large_type_index Index of `LargeObj`.
   */
  template <typename LargeObj>
  void InitFromStd(std::string&& other, int32_t large_type_index) {
    Adopt(std::move(other), large_type_index);
  }

  /*! \brief InitFromStd without a class: both heap forms are alike, one serves `String` too. */
  void Adopt(std::string&& other, int32_t large_type_index) {
    // None first: an allocation failure must leave a cell that can be destroyed.
    data_.type_index = TypeIndex::kTVMFFINone;
    data_.zero_padding = 0;
    ObjectPtr<BytesObj> object = make_object<BytesObjStdImpl<BytesObj>>(std::move(other));
    SetHeap(std::move(object), large_type_index);
  }

  /*!
   * \brief Makes room for `size` bytes plus a NUL. The cell must be fresh (zero payload).
   * \return The buffer, to which the caller writes the bytes and one NUL.
   */
  template <typename LargeObj>
  char* InitSpaceForSize(size_t size, int32_t small_type_index, int32_t large_type_index) {
    return MakeSpace(size, small_type_index, large_type_index);
  }

  /*! \brief InitSpaceForSize without a class. */
  char* MakeSpace(size_t size, int32_t small_type_index, int32_t large_type_index) {
    // Small and empty first: an allocation failure must leave a cell that can be destroyed.
    data_.type_index = small_type_index;
    data_.zero_padding = 0;
    if (size <= kMaxSmallBytes) {
      data_.small_str_len = static_cast<uint32_t>(size);
      return data_.v_bytes;
    }
    // The largest number has no room for the NUL; it is refused for what it is.
    const size_t room = size == SIZE_MAX ? size : size + 1;
    ObjectPtr<BytesObj> object = make_inplace_array_object<BytesObj, char>(room);
    char* buffer = reinterpret_cast<char*>(object.get()) + sizeof(BytesObj);
    object->data = buffer;
    object->size = size;
    SetHeap(std::move(object), large_type_index);
    return buffer;
  }

  void InitTypeIndex(int32_t type_index) { data_.type_index = type_index; }

  /*! \brief Writes the cell out and becomes None. `result` is overwritten, not released. */
  void MoveToAny(TVMFFIAny* result) {
    *result = data_;
    SetNone(&data_);
  }

  /*! \brief The raw cell, without taking a reference. */
  TVMFFIAny CopyToTVMFFIAny() const { return data_; }

  /*! \brief Shares the content of a string or bytes cell. */
  static BytesBaseCell CopyFromAnyView(const TVMFFIAny* src) {
    BytesBaseCell result(*src);
    if (result.IsHeap()) ObjectUnsafe::IncRefObjectHandle(src->v_obj);
    return result;
  }

  /*! \brief Steals the content of a string or bytes cell, which becomes None. */
  static BytesBaseCell MoveFromAny(TVMFFIAny* src) {
    BytesBaseCell result(*src);
    SetNone(src);
    return result;
  }

 private:
  // One payload byte is kept for the NUL.
  static constexpr size_t kMaxSmallBytes = sizeof(int64_t) - 1;

  explicit BytesBaseCell(TVMFFIAny data) : data_(data) {}

  static void SetNone(TVMFFIAny* data) {
    data->type_index = TypeIndex::kTVMFFINone;
    data->zero_padding = 0;
    data->v_int64 = 0;
  }

  bool IsHeap() const noexcept { return data_.type_index >= TypeIndex::kTVMFFIStaticObjectBegin; }

  void SetHeap(ObjectPtr<BytesObj>&& object, int32_t type_index) {
    TVM_FFI_CLEAR_PTR_PADDING_IN_FFI_ANY(&data_);
    data_.v_obj = ObjectUnsafe::MoveObjectPtrToTVMFFIObjectPtr(std::move(object));
    data_.v_obj->type_index = type_index;
    data_.type_index = type_index;
  }

  TVMFFIAny data_;
};

static_assert(sizeof(BytesBaseCell) == sizeof(TVMFFIAny), "String and Bytes are one cell");

/*! \brief Conversions that `String` and `Bytes` share; befriended by both. */
template <typename T, int32_t kSmallTypeIndex, int32_t kLargeTypeIndex>
struct BytesCellTypeTraits : public TypeTraitsBase {
  TVM_FFI_INLINE static void CopyToAnyView(const T& src, TVMFFIAny* result) {
    *result = src.data_.CopyToTVMFFIAny();
  }

  TVM_FFI_INLINE static void MoveToAny(T src, TVMFFIAny* result) { src.data_.MoveToAny(result); }

  TVM_FFI_INLINE static bool CheckAnyStrict(const TVMFFIAny* src) {
    return src->type_index == kSmallTypeIndex || src->type_index == kLargeTypeIndex;
  }

  TVM_FFI_INLINE static T CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    return T(BytesBaseCell::CopyFromAnyView(src));
  }

  TVM_FFI_INLINE static T MoveFromAnyAfterCheck(TVMFFIAny* src) {
    return T(BytesBaseCell::MoveFromAny(src));
  }
};

}  // namespace detail

/*!
 * \brief Immutable binary value.
 *
 * Has no comparison operators and no implicit conversion from `const char*`: say `Bytes(ptr,
 * size)`.
 */
class Bytes {
 public:
  /*! \brief Empty bytes. */
  Bytes() { data_.InitTypeIndex(TypeIndex::kTVMFFISmallBytes); }

  /*! \brief Copies `size` bytes; `data` may be null when `size` is 0. */
  Bytes(const char* data, size_t size) { InitData(data, size); }  // NOLINT(*)
  /*! \brief Copies the bytes of the array. */
  Bytes(TVMFFIByteArray bytes) { InitData(bytes.data, bytes.size); }  // NOLINT(*)
  /*! \brief Copies the bytes of the string. */
  Bytes(const std::string& other) { InitData(other.data(), other.size()); }  // NOLINT(*)
  /*! \brief Adopts the string without copying; always a heap object. */
  Bytes(std::string&& other) {  // NOLINT(*)
    data_.Adopt(std::move(other), TypeIndex::kTVMFFIBytes);
  }

  void swap(Bytes& other) { data_.swap(other.data_); }

  /*! \brief Assigns from anything that `Bytes` can be constructed from. */
  template <typename T>
  Bytes& operator=(T&& other) {  // NOLINT(*)
    Bytes(std::forward<T>(other)).swap(*this);
    return *this;
  }

  /*! \return Number of bytes. */
  size_t size() const { return data_.size(); }
  /*! \return The bytes; NUL-terminated. Points into this value when it is small. */
  const char* data() const { return data_.data(); }
  /*! \brief Copies the bytes out. */
  operator std::string() const { return std::string(data(), size()); }  // NOLINT(*)

  /*!
   * \brief Orders two byte sequences by plain `char` (signed where the platform's `char` is).
   * \return -1, 0 or 1; a proper prefix is smaller.
   */
  static int memncmp(const char* lhs, const char* rhs, size_t lhs_count, size_t rhs_count) {
    if (lhs == rhs && lhs_count == rhs_count) return 0;
    const size_t common = lhs_count < rhs_count ? lhs_count : rhs_count;
    size_t i = 0;
    // Whole words first: long keys mostly differ late or not at all.
    for (uint64_t lhs_word, rhs_word; i + sizeof(uint64_t) <= common; i += sizeof(uint64_t)) {
      std::memcpy(&lhs_word, lhs + i, sizeof(lhs_word));
      std::memcpy(&rhs_word, rhs + i, sizeof(rhs_word));
      if (lhs_word != rhs_word) break;
    }
    for (; i < common; ++i) {
      if (lhs[i] != rhs[i]) return lhs[i] < rhs[i] ? -1 : 1;
    }
    if (lhs_count == rhs_count) return 0;
    return lhs_count < rhs_count ? -1 : 1;
  }

  /*! \return Whether two byte sequences have equal length and content. */
  static bool memequal(const void* lhs, const void* rhs, size_t lhs_count, size_t rhs_count) {
    return lhs_count == rhs_count &&
           (lhs == rhs || lhs_count == 0 || std::memcmp(lhs, rhs, lhs_count) == 0);
  }

 private:
  template <typename, typename>
  friend struct TypeTraits;
  template <typename, typename>
  friend class Optional;
  template <typename, int32_t, int32_t>
  friend struct detail::BytesCellTypeTraits;

  explicit Bytes(detail::BytesBaseCell data) : data_(std::move(data)) {}

  void InitData(const char* data, size_t size) {
    char* buffer = data_.MakeSpace(size, TypeIndex::kTVMFFISmallBytes, TypeIndex::kTVMFFIBytes);
    if (size != 0) std::memcpy(buffer, data, size);
    buffer[size] = '\0';
  }

  detail::BytesBaseCell data_;
};

static_assert(sizeof(Bytes) == sizeof(TVMFFIAny), "Bytes is one cell");

/*!
 * \brief Immutable text value; see the head of this file.
 *
 * Not null: `String` has no empty state besides `""`; use `Optional<String>` for "no text".
 */
class String {
 public:
  String(std::nullptr_t) = delete;  // NOLINT(*)
  /*! \brief The empty string. */
  String() { data_.InitTypeIndex(TypeIndex::kTVMFFISmallStr); }

  String(const String& other) = default;             // NOLINT(*)
  String(String&& other) = default;                  // NOLINT(*)
  String& operator=(const String& other) = default;  // NOLINT(*)
  String& operator=(String&& other) = default;       // NOLINT(*)

  void swap(String& other) noexcept { data_.swap(other.data_); }

  String& operator=(const std::string& other) {
    String(other).swap(*this);  // NOLINT(*)
    return *this;
  }
  String& operator=(std::string&& other) {
    String(std::move(other)).swap(*this);  // NOLINT(*)
    return *this;
  }
  String& operator=(const char* other) {
    String(other).swap(*this);  // NOLINT(*)
    return *this;
  }

  /*! \brief Copies `size` characters; `data` may be null when `size` is 0. */
  String(const char* data, size_t size) { InitData(data, size); }  // NOLINT(*)
  /*! \brief Copies a NUL-terminated string, which must not be null. */
  String(const char* other) { InitData(other, std::strlen(other)); }  // NOLINT(*)
  /*! \brief Copies the characters. */
  String(const std::string& other) { InitData(other.data(), other.size()); }  // NOLINT(*)
  /*! \brief Adopts the string without copying; always a heap object. */
  String(std::string&& other) {  // NOLINT(*)
    data_.Adopt(std::move(other), TypeIndex::kTVMFFIStr);
  }
  /*! \brief Copies the characters of the array. */
  explicit String(TVMFFIByteArray other) { InitData(other.data, other.size); }

  /*! \return The characters; NUL-terminated. Points into this value when it is small. */
  const char* data() const noexcept { return data_.data(); }
  /*! \brief The same as data(). */
  const char* c_str() const noexcept { return data(); }
  /*! \return Number of bytes, the final NUL not counted. */
  size_t size() const noexcept { return data_.size(); }
  /*! \brief The same as size(). */
  size_t length() const { return size(); }
  bool empty() const { return size() == 0; }

  /*! \return -1, 0 or 1, ordering by plain `char`; see `Bytes::memncmp`. */
  int compare(const String& other) const { return CompareWith(other.data(), other.size()); }
  int compare(const std::string& other) const { return CompareWith(other.data(), other.size()); }
  int compare(const TVMFFIByteArray& other) const { return CompareWith(other.data, other.size); }

  /*! \brief Compares with a NUL-terminated string, reading no further than its first difference. */
  int compare(const char* other) const {
    const char* self = data();
    const size_t count = size();
    for (size_t i = 0; i < count; ++i) {
      if (other[i] == '\0') return 1;
      if (self[i] != other[i]) return self[i] < other[i] ? -1 : 1;
    }
    return other[count] == '\0' ? 0 : -1;
  }

  /*! \return The character at `pos`. \throws std::out_of_range past the end. */
  char at(size_t pos) const {
    if (pos >= size()) throw std::out_of_range("tvm::String index out of bounds");
    return data()[pos];
  }

  /*! \brief "Not found" and "up to the end". */
  static constexpr size_t npos = static_cast<size_t>(-1);

  /*! \return Position of the first occurrence at or after `pos`, or `npos`. */
  size_t find(const String& str, size_t pos = 0) const { return View().find(str.View(), pos); }
  size_t find(const char* str, size_t pos = 0) const { return View().find(str, pos); }
  size_t find(const char* str, size_t pos, size_t count) const {
    return View().find(std::string_view(str, count), pos);
  }

  /*! \return Copy of up to `count` characters from `pos`. \throws std::out_of_range past the end.
   */
  String substr(size_t pos = 0, size_t count = npos) const {
    const size_t length = size();
    if (pos > length) throw std::out_of_range("tvm::String substr index out of bounds");
    return String(data() + pos, count < length - pos ? count : length - pos);
  }

  /*! \brief Whether the string begins with the bytes of `prefix`. */
  bool starts_with(const String& prefix) const { return starts_with(prefix.data(), prefix.size()); }
  bool starts_with(std::string_view prefix) const {
    return starts_with(prefix.data(), prefix.size());
  }
  bool starts_with(const char* prefix) const { return starts_with(prefix, std::strlen(prefix)); }
  bool starts_with(const char* prefix, size_t count) const {
    return count <= size() && Bytes::memequal(data(), prefix, count, count);
  }

  /*! \brief Whether the string ends with the bytes of `suffix`. */
  bool ends_with(const String& suffix) const { return ends_with(suffix.data(), suffix.size()); }
  bool ends_with(std::string_view suffix) const { return ends_with(suffix.data(), suffix.size()); }
  bool ends_with(const char* suffix) const { return ends_with(suffix, std::strlen(suffix)); }
  bool ends_with(const char* suffix, size_t count) const {
    const size_t length = size();
    return count <= length && Bytes::memequal(data() + length - count, suffix, count, count);
  }

  /*! \brief Copies the characters out. */
  operator std::string() const { return std::string(data(), size()); }  // NOLINT(*)

  /*!
   * \brief Splits at every delimiter: n delimiters give n + 1 pieces, empty ones included.
   * \return Views into this value; they die with it, and when it is moved or assigned.
   */
  template <typename D = void>
  std::vector<detail::Late<std::string_view, D>> Split(char delim) const {
    std::vector<detail::Late<std::string_view, D>> pieces;
    std::string_view rest = View();
    for (size_t end = rest.find(delim); end != npos; end = rest.find(delim)) {
      pieces.push_back(rest.substr(0, end));
      rest.remove_prefix(end + 1);
    }
    pieces.push_back(rest);
    return pieces;
  }

 private:
  template <typename, typename>
  friend struct TypeTraits;
  template <typename, typename>
  friend class Optional;
  template <typename, int32_t, int32_t>
  friend struct detail::BytesCellTypeTraits;
  friend String operator+(const String& lhs, const String& rhs);
  friend String operator+(const String& lhs, const std::string& rhs);
  friend String operator+(const std::string& lhs, const String& rhs);
  friend String operator+(const char* lhs, const String& rhs);
  friend String operator+(const String& lhs, const char* rhs);

  explicit String(detail::BytesBaseCell data) : data_(std::move(data)) {}

  std::string_view View() const { return std::string_view(data(), size()); }

  int CompareWith(const char* other, size_t count) const {
    return Bytes::memncmp(data(), other, size(), count);
  }

  char* InitSpaceForSize(size_t size) {
    return data_.MakeSpace(size, TypeIndex::kTVMFFISmallStr, TypeIndex::kTVMFFIStr);
  }

  void InitData(const char* data, size_t size) {
    char* buffer = InitSpaceForSize(size);
    if (size != 0) std::memcpy(buffer, data, size);
    buffer[size] = '\0';
  }

  static String Concat(const char* lhs, size_t lhs_size, const char* rhs, size_t rhs_size) {
    String result;
    char* buffer = result.InitSpaceForSize(lhs_size + rhs_size);
    if (lhs_size != 0) std::memcpy(buffer, lhs, lhs_size);
    if (rhs_size != 0) std::memcpy(buffer + lhs_size, rhs, rhs_size);
    buffer[lhs_size + rhs_size] = '\0';
    return result;
  }

  detail::BytesBaseCell data_;
};

static_assert(sizeof(String) == sizeof(TVMFFIAny), "String is one cell");

/*! \brief View of a byte array; no copy. */
inline std::string_view ToStringView(TVMFFIByteArray str) {
  return std::string_view(str.data, str.size);
}

/*! \brief Concatenation; small when the total is at most 7 bytes. */
inline String operator+(const String& lhs, const String& rhs) {
  return String::Concat(lhs.data(), lhs.size(), rhs.data(), rhs.size());
}
inline String operator+(const String& lhs, const std::string& rhs) {
  return String::Concat(lhs.data(), lhs.size(), rhs.data(), rhs.size());
}
inline String operator+(const std::string& lhs, const String& rhs) {
  return String::Concat(lhs.data(), lhs.size(), rhs.data(), rhs.size());
}
inline String operator+(const char* lhs, const String& rhs) {
  return String::Concat(lhs, std::strlen(lhs), rhs.data(), rhs.size());
}
inline String operator+(const String& lhs, const char* rhs) {
  return String::Concat(lhs.data(), lhs.size(), rhs, std::strlen(rhs));
}

// Equality with a sized operand needs no ordering, so it takes the memcmp path.
inline bool operator==(const String& lhs, const String& rhs) {
  return Bytes::memequal(lhs.data(), rhs.data(), lhs.size(), rhs.size());
}
inline bool operator==(const String& lhs, const std::string& rhs) {
  return Bytes::memequal(lhs.data(), rhs.data(), lhs.size(), rhs.size());
}
inline bool operator==(const std::string& lhs, const String& rhs) { return rhs == lhs; }
inline bool operator==(const String& lhs, const char* rhs) { return lhs.compare(rhs) == 0; }
inline bool operator==(const char* lhs, const String& rhs) { return rhs.compare(lhs) == 0; }

inline bool operator!=(const String& lhs, const String& rhs) { return !(lhs == rhs); }
inline bool operator!=(const String& lhs, const std::string& rhs) { return !(lhs == rhs); }
inline bool operator!=(const std::string& lhs, const String& rhs) { return !(rhs == lhs); }
inline bool operator!=(const String& lhs, const char* rhs) { return !(lhs == rhs); }
inline bool operator!=(const char* lhs, const String& rhs) { return !(rhs == lhs); }

inline bool operator<(const String& lhs, const String& rhs) { return lhs.compare(rhs) < 0; }
inline bool operator<(const String& lhs, const std::string& rhs) { return lhs.compare(rhs) < 0; }
inline bool operator<(const std::string& lhs, const String& rhs) { return rhs.compare(lhs) > 0; }
inline bool operator<(const String& lhs, const char* rhs) { return lhs.compare(rhs) < 0; }
inline bool operator<(const char* lhs, const String& rhs) { return rhs.compare(lhs) > 0; }

inline bool operator>(const String& lhs, const String& rhs) { return lhs.compare(rhs) > 0; }
inline bool operator>(const String& lhs, const std::string& rhs) { return lhs.compare(rhs) > 0; }
inline bool operator>(const std::string& lhs, const String& rhs) { return rhs.compare(lhs) < 0; }
inline bool operator>(const String& lhs, const char* rhs) { return lhs.compare(rhs) > 0; }
inline bool operator>(const char* lhs, const String& rhs) { return rhs.compare(lhs) < 0; }

inline bool operator<=(const String& lhs, const String& rhs) { return lhs.compare(rhs) <= 0; }
inline bool operator<=(const String& lhs, const std::string& rhs) { return lhs.compare(rhs) <= 0; }
inline bool operator<=(const std::string& lhs, const String& rhs) { return rhs.compare(lhs) >= 0; }
inline bool operator<=(const String& lhs, const char* rhs) { return lhs.compare(rhs) <= 0; }
inline bool operator<=(const char* lhs, const String& rhs) { return rhs.compare(lhs) >= 0; }

inline bool operator>=(const String& lhs, const String& rhs) { return lhs.compare(rhs) >= 0; }
inline bool operator>=(const String& lhs, const std::string& rhs) { return lhs.compare(rhs) >= 0; }
inline bool operator>=(const std::string& lhs, const String& rhs) { return rhs.compare(lhs) <= 0; }
inline bool operator>=(const String& lhs, const char* rhs) { return lhs.compare(rhs) >= 0; }
inline bool operator>=(const char* lhs, const String& rhs) { return rhs.compare(lhs) <= 0; }

// A String is never null; without these, nullptr would convert to `const char*` and crash.
bool operator==(const String& lhs, std::nullptr_t) = delete;
bool operator==(std::nullptr_t, const String& rhs) = delete;
bool operator!=(const String& lhs, std::nullptr_t) = delete;
bool operator!=(std::nullptr_t, const String& rhs) = delete;
bool operator<(const String& lhs, std::nullptr_t) = delete;
bool operator<(std::nullptr_t, const String& rhs) = delete;
bool operator>(const String& lhs, std::nullptr_t) = delete;
bool operator>(std::nullptr_t, const String& rhs) = delete;
bool operator<=(const String& lhs, std::nullptr_t) = delete;
bool operator<=(std::nullptr_t, const String& rhs) = delete;
bool operator>=(const String& lhs, std::nullptr_t) = delete;
bool operator>=(std::nullptr_t, const String& rhs) = delete;

/*! \brief Writes the characters; width and fill are ignored. */
inline std::ostream& operator<<(std::ostream& out, const String& input) {
  return out.write(input.data(), static_cast<std::streamsize>(input.size()));
}

namespace detail {

/*! \brief Appends `prefix` and the low `num_digits` hexadecimal digits of `value` (lower case). */
inline void AppendHexEscape(std::string* out, const char* prefix, uint32_t value, int num_digits) {
  out->append(prefix);
  for (int shift = 4 * (num_digits - 1); shift >= 0; shift -= 4) {
    out->push_back("0123456789abcdef"[(value >> shift) & 0xf]);
  }
}

inline bool IsControlByte(unsigned char byte) { return byte < 0x20 || byte == 0x7f; }

inline bool IsUTF8Continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

/*!
 * \brief Length of the terminal colour sequence (ESC `[` parameters, then `m` or `K`) at `text`.
 * \return 0 when there is none.
 */
inline size_t AnsiColorLength(std::string_view text) {
  if (text.size() < 2 || text[0] != '\x1b' || text[1] != '[') return 0;
  size_t end = 2;
  while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == ';')) ++end;
  return end < text.size() && (text[end] == 'm' || text[end] == 'K') ? end + 1 : 0;
}

/*!
 * \brief Escapes the non-ASCII character at the start of `text` the way Python's `ascii()` does.
 * \return Number of bytes consumed: a complete UTF-8 sequence, or 1 for a byte that starts none.
 */
inline size_t AppendEscapedUTF8(std::string* out, std::string_view text) {
  const unsigned char lead = static_cast<unsigned char>(text[0]);
  size_t length = 0;
  uint32_t code_point = 0;
  if ((lead & 0xe0) == 0xc0) {
    length = 2;
    code_point = lead & 0x1f;
  } else if ((lead & 0xf0) == 0xe0) {
    length = 3;
    code_point = lead & 0x0f;
  } else if ((lead & 0xf8) == 0xf0) {
    length = 4;
    code_point = lead & 0x07;
  }
  bool complete = length != 0 && text.size() >= length;
  for (size_t i = 1; complete && i < length; ++i) {
    complete = IsUTF8Continuation(text[i]);
    code_point = (code_point << 6) | (static_cast<unsigned char>(text[i]) & 0x3f);
  }
  if (!complete) {
    AppendHexEscape(out, "\\x", lead, 2);
    return 1;
  }
  if (length == 4) {
    AppendHexEscape(out, "\\U", code_point, 8);
  } else {
    AppendHexEscape(out, "\\u", code_point, 4);
  }
  return length;
}

}  // namespace detail

/*!
 * \brief Quotes text as a JSON string literal.
 * \return `"` + escaped bytes + `"`; `/` is escaped too, bytes from 0x80 on are copied.
 */
inline String EscapeStringJSON(const String& value) {
  std::string out;
  out.reserve(value.size() + 2);
  out.push_back('"');
  for (const char c : std::string_view(value.data(), value.size())) {
    switch (c) {
      case '"':
      case '\\':
      case '/':
        out.push_back('\\');
        out.push_back(c);
        break;
      case '\b':
        out.append(detail::CStr("\\b"));
        break;
      case '\f':
        out.append(detail::CStr("\\f"));
        break;
      case '\n':
        out.append(detail::CStr("\\n"));
        break;
      case '\r':
        out.append(detail::CStr("\\r"));
        break;
      case '\t':
        out.append(detail::CStr("\\t"));
        break;
      default:
        if (detail::IsControlByte(static_cast<unsigned char>(c))) {
          detail::AppendHexEscape(&out, "\\u", static_cast<unsigned char>(c), 4);
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
  return String(std::move(out));
}

/*! \brief Former name of `EscapeStringJSON`. */
[[deprecated("use EscapeStringJSON")]] inline String EscapeString(const String& value) {
  return EscapeStringJSON(value);
}

/*!
 * \brief Quotes text the way Python's `repr` would, in double quotes and pure ASCII.
 *
 * UTF-8 sequences become `\uNNNN` / `\UNNNNNNNN`, other high and control bytes `\xNN`; terminal
 * colour sequences keep their parameters readable. Overlong forms and surrogates are not checked.
 */
inline String EscapedStringPy(const String& value) {
  std::string out;
  out.reserve(value.size() + 2);
  out.push_back('"');
  std::string_view rest(value.data(), value.size());
  while (!rest.empty()) {
    const char c = rest[0];
    size_t consumed = 1;
    if (const size_t color_length = detail::AnsiColorLength(rest)) {
      out.append(detail::CStr("\\x1b")).append(rest.data() + 1, color_length - 1);
      consumed = color_length;
    } else if (c == '\n') {
      out.append(detail::CStr("\\n"));
    } else if (c == '\t') {
      out.append(detail::CStr("\\t"));
    } else if (c == '\r') {
      out.append(detail::CStr("\\r"));
    } else if (c == '\\' || c == '"') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      consumed = detail::AppendEscapedUTF8(&out, rest);
    } else if (detail::IsControlByte(static_cast<unsigned char>(c))) {
      detail::AppendHexEscape(&out, "\\x", static_cast<unsigned char>(c), 2);
    } else {
      out.push_back(c);
    }
    rest.remove_prefix(consumed);
  }
  out.push_back('"');
  return String(std::move(out));
}

namespace detail {

// Templates of the one type they serve, see type_traits.h.

template <typename T>
struct BytesTraits
    : public BytesCellTypeTraits<T, TypeIndex::kTVMFFISmallBytes, TypeIndex::kTVMFFIBytes> {
  TVM_FFI_INLINE static std::optional<T> TryCastFromAnyView(const TVMFFIAny* src) {
    if (BytesTraits::CheckAnyStrict(src)) return BytesTraits::CopyFromAnyViewAfterCheck(src);
    if (src->type_index == TypeIndex::kTVMFFIByteArrayPtr) {
      return T(*static_cast<const TVMFFIByteArray*>(src->v_ptr));
    }
    return std::nullopt;
  }

  TVM_FFI_INLINE static std::string TypeStr() { return "bytes"; }
  TVM_FFI_INLINE static std::string TypeSchema() { return R"({"type":"ffi.Bytes"})"; }
};

template <typename T>
struct StringTraits
    : public BytesCellTypeTraits<T, TypeIndex::kTVMFFISmallStr, TypeIndex::kTVMFFIStr> {
  TVM_FFI_INLINE static std::optional<T> TryCastFromAnyView(const TVMFFIAny* src) {
    if (StringTraits::CheckAnyStrict(src)) return StringTraits::CopyFromAnyViewAfterCheck(src);
    if (src->type_index == TypeIndex::kTVMFFIRawStr) return T(src->v_c_str);
    return std::nullopt;
  }

  TVM_FFI_INLINE static std::string TypeStr() { return "str"; }
  TVM_FFI_INLINE static std::string TypeSchema() { return R"({"type":"ffi.String"})"; }
};

}  // namespace detail

template <>
inline constexpr bool use_default_type_traits_v<Bytes> = false;

/*! \brief Bytes: strict from bytes values, converting also from a borrowed byte array. */
template <>
struct TypeTraits<Bytes> : public detail::BytesTraits<Bytes> {};

template <>
inline constexpr bool use_default_type_traits_v<String> = false;

/*! \brief String: strict from string values, converting also from a borrowed C string. */
template <>
struct TypeTraits<String> : public detail::StringTraits<String> {};

namespace detail {

template <typename T>
struct RawStrTraits : public TypeTraitsBase {
  static constexpr bool storage_enabled = false;

  TVM_FFI_INLINE static void CopyToAnyView(T const& src, TVMFFIAny* result) {
    TVM_FFI_ICHECK_NOTNULL(src);
    result->type_index = TypeIndex::kTVMFFIRawStr;
    result->zero_padding = 0;
    TVM_FFI_CLEAR_PTR_PADDING_IN_FFI_ANY(result);
    result->v_c_str = src;
  }

  TVM_FFI_INLINE static void MoveToAny(T src, TVMFFIAny* result) {
    TVM_FFI_ICHECK_NOTNULL(src);
    TypeTraits<String>::MoveToAny(String(src), result);
  }

  TVM_FFI_INLINE static std::optional<T> TryCastFromAnyView(const TVMFFIAny* src) {
    if (src->type_index == TypeIndex::kTVMFFIRawStr) return src->v_c_str;
    return std::nullopt;
  }

  TVM_FFI_INLINE static std::string TypeStr() { return "const char*"; }
  TVM_FFI_INLINE static std::string TypeSchema() { return R"({"type":"const char*"})"; }
};

template <typename T>
struct ByteArrayPtrTraits : public TypeTraitsBase {
  static constexpr bool storage_enabled = false;
  static constexpr int32_t field_static_type_index = TypeIndex::kTVMFFIByteArrayPtr;

  TVM_FFI_INLINE static void CopyToAnyView(T src, TVMFFIAny* result) {
    TVM_FFI_ICHECK_NOTNULL(src);
    result->type_index = TypeIndex::kTVMFFIByteArrayPtr;
    result->zero_padding = 0;
    TVM_FFI_CLEAR_PTR_PADDING_IN_FFI_ANY(result);
    result->v_ptr = src;
  }

  TVM_FFI_INLINE static void MoveToAny(T src, TVMFFIAny* result) {
    TVM_FFI_ICHECK_NOTNULL(src);
    TypeTraits<Bytes>::MoveToAny(Bytes(*src), result);
  }

  TVM_FFI_INLINE static std::optional<T> TryCastFromAnyView(const TVMFFIAny* src) {
    if (src->type_index == TypeIndex::kTVMFFIByteArrayPtr) return static_cast<T>(src->v_ptr);
    return std::nullopt;
  }

  TVM_FFI_INLINE static std::string TypeStr() { return "TVMFFIByteArray*"; }
  TVM_FFI_INLINE static std::string TypeSchema() { return R"({"type":"TVMFFIByteArray*"})"; }
};

}  // namespace detail

/*! \brief Borrowed C string: a view only, owned cells get a `String` copy. */
template <>
struct TypeTraits<const char*> : public detail::RawStrTraits<const char*> {};

/*! \brief String literals and `char` buffers: values to pass in, never a parameter type. */
template <int N>
struct TypeTraits<char[N]> : public TypeTraitsBase {
  static constexpr bool storage_enabled = false;

  TVM_FFI_INLINE static void CopyToAnyView(const char src[N], TVMFFIAny* result) {
    TypeTraits<const char*>::CopyToAnyView(src, result);
  }

  TVM_FFI_INLINE static void MoveToAny(const char src[N], TVMFFIAny* result) {
    TypeTraits<const char*>::MoveToAny(src, result);
  }
};

/*! \brief Borrowed byte array: a view only, owned cells get a `Bytes` copy. */
template <>
struct TypeTraits<TVMFFIByteArray*> : public detail::ByteArrayPtrTraits<TVMFFIByteArray*> {};

namespace detail {

template <typename T>
struct StdStringTraits
    : public FallbackOnlyTraitsBase<T, const char*, TVMFFIByteArray*, Bytes, String> {
  // A view cannot hold a length here, so text with embedded NULs ends at the first one.
  TVM_FFI_INLINE static void CopyToAnyView(const T& src, TVMFFIAny* result) {
    TypeTraits<const char*>::CopyToAnyView(src.c_str(), result);
  }

  TVM_FFI_INLINE static void MoveToAny(T src, TVMFFIAny* result) {
    TypeTraits<String>::MoveToAny(String(std::move(src)), result);
  }

  TVM_FFI_INLINE static std::string TypeStr() { return "std::string"; }
  TVM_FFI_INLINE static std::string TypeSchema() { return R"({"type":"std::string"})"; }

  TVM_FFI_INLINE static T ConvertFallbackValue(const char* src) { return T(src); }
  TVM_FFI_INLINE static T ConvertFallbackValue(TVMFFIByteArray* src) {
    return src->size == 0 ? T() : T(src->data, src->size);
  }
  TVM_FFI_INLINE static T ConvertFallbackValue(Bytes src) { return src.operator std::string(); }
  TVM_FFI_INLINE static T ConvertFallbackValue(String src) { return src.operator std::string(); }
};

}  // namespace detail

template <>
inline constexpr bool use_default_type_traits_v<std::string> = false;

/*! \brief `std::string`: copied out of every kind of text and bytes, adopted when put in. */
template <>
struct TypeTraits<std::string> : public detail::StdStringTraits<std::string> {};

}  // namespace ffi
}  // namespace tvm

namespace std {

/*! \brief Hash of the content, equal for both storage forms. */
template <>
struct hash<::tvm::ffi::Bytes> {
  std::size_t operator()(const ::tvm::ffi::Bytes& bytes) const {
    return std::hash<std::string_view>()(std::string_view(bytes.data(), bytes.size()));
  }
};

/*! \brief Hash of the content, equal for both storage forms. */
template <>
struct hash<::tvm::ffi::String> {
  std::size_t operator()(const ::tvm::ffi::String& str) const {
    return std::hash<std::string_view>()(std::string_view(str.data(), str.size()));
  }
};

}  // namespace std
#endif  // TVM_FFI_STRING_H_
