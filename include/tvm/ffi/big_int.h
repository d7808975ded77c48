// SPDX-License-Identifier: Apache-2.0
/*!
 * \file tvm/ffi/big_int.h
 * \brief `BigInt`: an immutable integer of unlimited range that is stored inline while it fits.
 *
 * \code{.cpp}
 * BigInt factorial = 1;
 * for (int64_t i = 2; i <= 30; ++i) factorial *= i;
 * std::cout << factorial;                        // 265252859812191058636308480000000
 * std::optional<int64_t> small = factorial.as<int64_t>();   // nullopt
 * \endcode
 *
 * Use `int64_t` where the range is known to suffice: the inline form costs one overflow check per
 * operation, the heap form one allocation per result. Not part of `tvm_ffi.h`; include it.
 *
 * Invariant (ABI, assumed by every reader): values in [-2^63, 2^63) are ordinary Int cells and
 * never heap objects; a heap object holds the fewest two's-complement words that keep the sign. So
 * equal values have identical words, and an inline value never equals a heap value.
 *
 * Arithmetic with other built-in types goes through `int64_t`, with its conversions: a `double`
 * operand is truncated and a large `uint64_t` wraps. Convert those to `BigInt` first.
 */
#ifndef TVM_FFI_BIG_INT_H_
#define TVM_FFI_BIG_INT_H_

#include <tvm/ffi/error.h>
#include <tvm/ffi/memory.h>
#include <tvm/ffi/type_traits.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <istream>
#include <limits>
#include <new>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/*!
 * \brief Whether the builtins and 128-bit integers of GCC and Clang are used.
 *
 * Define `TVM_FFI_BIGINT_FORCE_PORTABLE` to do without them.
 */
#if !defined(TVM_FFI_BIGINT_FORCE_PORTABLE) && (defined(__GNUC__) || defined(__clang__)) && \
    defined(__SIZEOF_INT128__)
#define TVM_FFI_BIGINT_USE_BUILTINS 1
#else
#define TVM_FFI_BIGINT_USE_BUILTINS 0
#endif

namespace tvm {
namespace ffi {

class BigInt;

namespace detail {

struct BigIntUnsafe;

/*! \brief Heap form: a word count, then that many two's-complement words, lowest first. */
class BigIntObj : public Object {
 public:
  /*! \brief Object whose `size` words, allocated right behind it, are still uninitialised. */
  explicit BigIntObj(size_t size) : size_(size) {}
  BigIntObj(const BigIntObj&) = delete;
  BigIntObj& operator=(const BigIntObj&) = delete;

  static constexpr const int32_t _type_index = TypeIndex::kTVMFFIBigInt;
  static const constexpr bool _type_final = true;
  TVM_FFI_DECLARE_OBJECT_INFO_STATIC(StaticTypeKey::kTVMFFIBigInt, BigIntObj, Object);

 private:
  friend struct BigIntUnsafe;
  // Words in use; the allocation may be larger when a result needed workspace.
  size_t size_;
};

static_assert(sizeof(BigIntObj) == sizeof(TVMFFIObject) + sizeof(int64_t),
              "words start right behind the count");

}  // namespace detail

/*! \brief Integer of unlimited range; see the head of this file. */
class BigInt {
 public:
  /*! \brief Borrowed two's-complement words, lowest first; the last one carries the sign. */
  class ArrayView {
   public:
    /*! \brief `size` words at `data`, which must outlive the view. */
    ArrayView(const int64_t* data, size_t size) : data_(data), size_(size) {}
    /*! \brief Word `i`, unchecked. */
    const int64_t& operator[](size_t i) const { return data_[i]; }
    size_t size() const { return size_; }

   private:
    const int64_t* data_;
    size_t size_;
  };

  /*! \brief Zero. */
  BigInt() { SetInline(0); }

  /*! \brief The exact value of any built-in integer, `bool` and character types included. */
  template <
      typename Int,
      typename = std::enable_if_t<std::is_integral_v<Int> && (sizeof(Int) <= sizeof(int64_t))>>
  BigInt(Int value) {  // NOLINT(*)
    SetInline(static_cast<int64_t>(value));
    if constexpr (std::is_unsigned_v<Int> && sizeof(Int) == sizeof(int64_t)) {
      if (data_.v_int64 < 0) InitFromUInt64(value);
    }
  }

  /*!
   * \brief The value truncated toward zero.
   * \throws ValueError for NaN, OverflowError for an infinity.
   */
  explicit BigInt(double value);

  BigInt(const BigInt& other) : data_(other.data_) {  // NOLINT(*)
    if (IsHeap()) detail::ObjectUnsafe::IncRefObjectHandle(data_.v_obj);
  }
  BigInt(BigInt&& other) noexcept : data_(other.data_) {  // NOLINT(*)
    other.SetInline(0);
  }
  ~BigInt() {
    if (IsHeap()) detail::ObjectUnsafe::DecRefObjectHandle(data_.v_obj);
  }
  BigInt& operator=(const BigInt& other) {
    BigInt(other).swap(*this);  // NOLINT(*)
    return *this;
  }
  BigInt& operator=(BigInt&& other) noexcept {
    BigInt(std::move(other)).swap(*this);  // NOLINT(*)
    return *this;
  }
  void swap(BigInt& other) noexcept { std::swap(data_, other.data_); }

  /*! \brief Whether the value is not zero. */
  explicit operator bool() const noexcept { return IsHeap() || data_.v_int64 != 0; }
  /*! \throws OverflowError when the value does not fit. */
  explicit operator int64_t() const;
  /*!
   * \brief Nearest double, ties to even.
   * \throws OverflowError beyond the finite range.
   */
  explicit operator double() const;

  /*! \return The value as a built-in integer, nullopt when it does not fit. */
  template <typename Int, typename = std::enable_if_t<std::is_integral_v<Int> &&
                                                      (sizeof(Int) <= sizeof(int64_t))>>
  std::optional<Int> as() const;

  /*! \return Platform-independent hash of the value. */
  uint64_t hash() const;

  /// @{
  /*! \brief The binary operation of this name, with the result in place of the value. */
  BigInt& operator+=(const BigInt& rhs);
  BigInt& operator-=(const BigInt& rhs);
  BigInt& operator*=(const BigInt& rhs);
  BigInt& operator/=(const BigInt& rhs);
  BigInt& operator%=(const BigInt& rhs);
  BigInt& operator&=(const BigInt& rhs);
  BigInt& operator|=(const BigInt& rhs);
  BigInt& operator^=(const BigInt& rhs);
  BigInt& operator<<=(const BigInt& rhs);
  BigInt& operator>>=(const BigInt& rhs);
  /// @}
  BigInt& operator++();
  BigInt& operator--();
  BigInt operator++(int);
  BigInt operator--(int);

 private:
  friend struct detail::BigIntUnsafe;
  template <typename, typename>
  friend struct TypeTraits;

  /*! \brief Takes over a canonical object of at least two words. */
  explicit BigInt(ObjectPtr<detail::BigIntObj> object) {
    data_.type_index = TypeIndex::kTVMFFIBigInt;
    data_.zero_padding = 0;
    TVM_FFI_CLEAR_PTR_PADDING_IN_FFI_ANY(&data_);
    data_.v_obj = detail::ObjectUnsafe::MoveObjectPtrToTVMFFIObjectPtr(std::move(object));
  }

  void SetInline(int64_t value) {
    data_.type_index = TypeIndex::kTVMFFIInt;
    data_.zero_padding = 0;
    data_.v_int64 = value;
  }

  void InitFromUInt64(uint64_t value);

  /*! \brief Drops the reference and becomes zero. */
  void Reset() { BigInt().swap(*this); }

  bool IsHeap() const noexcept { return data_.type_index != TypeIndex::kTVMFFIInt; }

  TVMFFIAny data_;
};

static_assert(sizeof(BigInt) == sizeof(TVMFFIAny), "BigInt is one cell");
static_assert(std::is_trivially_copyable_v<BigInt::ArrayView>, "views travel in registers");

namespace detail {

/*! \brief Raw access to representation; overloads on `int64_t` let one operand be primitive. */
struct BigIntUnsafe {
  /*! \return Whether the value is inline. */
  static bool CheckInt64(const BigInt& value) { return !value.IsHeap(); }
  static bool CheckInt64(const int64_t&) { return true; }

  /*! \return The inline value; the caller has checked. */
  static int64_t GetInt64(const BigInt& value) { return value.data_.v_int64; }
  static int64_t GetInt64(const int64_t& value) { return value; }

  /*! \brief Overwrites an inline value. */
  static void SetInt64(BigInt* value, int64_t word) { value->data_.v_int64 = word; }

  /*! \return The words, borrowed from the argument. */
  static BigInt::ArrayView GetArrayView(const BigInt& value) { return GetArrayView(&value.data_); }
  static BigInt::ArrayView GetArrayView(const int64_t& value) {
    return BigInt::ArrayView(&value, 1);
  }
  static BigInt::ArrayView GetArrayView(const ObjectPtr<BigIntObj>& object) {
    return BigInt::ArrayView(GetMutableData(object), object->size_);
  }
  static BigInt::ArrayView GetArrayView(const TVMFFIAny* value) {
    if (value->type_index == TypeIndex::kTVMFFIInt) return BigInt::ArrayView(&value->v_int64, 1);
    const BigIntObj* object = ObjectUnsafe::RawObjectPtrFromUnowned<BigIntObj>(value->v_obj);
    return BigInt::ArrayView(Words(object), object->size_);
  }

  /*! \return The words of an object that is still being filled. */
  static int64_t* GetMutableData(const ObjectPtr<BigIntObj>& object) {
    return const_cast<int64_t*>(Words(object.get()));
  }

  /*! \brief Lowers the word count; the allocation stays. */
  static void ShrinkSize(const ObjectPtr<BigIntObj>& object, size_t size) { object->size_ = size; }

  /*! \return The canonical value of an object with any number of redundant sign words. */
  static BigInt Normalize(ObjectPtr<BigIntObj> object) {
    const int64_t* words = GetMutableData(object);
    size_t size = object->size_;
    while (size > 1 && words[size - 1] == (words[size - 2] < 0 ? -1 : 0)) --size;
    if (size <= 1) return BigInt(size == 0 ? int64_t{0} : words[0]);
    ShrinkSize(object, size);
    return BigInt(std::move(object));
  }

 private:
  static const int64_t* Words(const BigIntObj* object) {
    return reinterpret_cast<const int64_t*>(reinterpret_cast<const char*>(object) +
                                            sizeof(BigIntObj));
  }
};

/*! \brief The operations on words; the `Fallback` functions serve the operators' slow path. */
namespace int_ops {

using ArrayView = BigInt::ArrayView;

// ---------------------------------------------------------------------------
// Words and magnitudes
// ---------------------------------------------------------------------------

/*! \return The same bits as a signed word. */
inline int64_t BitcastToInt64(uint64_t value) {
  int64_t result;
  std::memcpy(&result, &value, sizeof(result));
  return result;
}

inline bool IsNegative(ArrayView x) { return x[x.size() - 1] < 0; }

inline bool IsNormalizedZero(ArrayView x) { return x.size() == 1 && x[0] == 0; }

/*! \return Word `i` of the infinite sign extension. */
inline uint64_t ExtendedWord(ArrayView x, size_t i) {
  return static_cast<uint64_t>(i < x.size() ? x[i] : (IsNegative(x) ? -1 : 0));
}

/*! \return Index of the lowest non-zero word, `size()` when there is none. */
inline size_t FirstNonzero(ArrayView x) {
  size_t i = 0;
  while (i < x.size() && x[i] == 0) ++i;
  return i;
}

/*! \return Word `i` of |x|, given the result of `FirstNonzero(x)`. */
inline int64_t AbsWord(ArrayView x, size_t first_nonzero, size_t i) {
  if (!IsNegative(x) || i < first_nonzero) return x[i];
  const uint64_t complement = ~static_cast<uint64_t>(x[i]);
  return BitcastToInt64(i == first_nonzero ? complement + 1 : complement);
}

/*! \brief Replaces a two's-complement number by its negative. */
inline void NegateInplace(int64_t* words, size_t size) {
  uint64_t carry = 1;
  for (size_t i = 0; i < size; ++i) {
    const uint64_t word = ~static_cast<uint64_t>(words[i]) + carry;
    carry = carry != 0 && word == 0 ? 1 : 0;
    words[i] = BitcastToInt64(word);
  }
}

/*! \return A new object with `size` uninitialised words. \throws std::bad_alloc */
inline ObjectPtr<BigIntObj> NewWords(size_t size) {
  // More than any address space holds; refused here because the byte count could wrap around.
  constexpr size_t kMaxWords = std::numeric_limits<size_t>::max() / sizeof(int64_t) / 1024;
  if (size > kMaxWords) throw std::bad_alloc();
  return make_inplace_array_object<BigIntObj, int64_t>(size, size);
}

/*! \return The words of a fresh object, as unsigned. */
inline uint64_t* UnsignedWords(const ObjectPtr<BigIntObj>& object) {
  // Signed and unsigned variants of one type may alias.
  return reinterpret_cast<uint64_t*>(BigIntUnsafe::GetMutableData(object));
}

/*! \return An owned copy of a canonical number. */
inline BigInt FromArrayView(ArrayView x) {
  if (x.size() == 1) return BigInt(x[0]);
  ObjectPtr<BigIntObj> object = NewWords(x.size());
  std::memcpy(BigIntUnsafe::GetMutableData(object), &x[0], x.size() * sizeof(int64_t));
  return BigIntUnsafe::Normalize(std::move(object));
}

#if TVM_FFI_BIGINT_USE_BUILTINS
__extension__ typedef unsigned __int128 UInt128;
#endif

/*! \brief `high:low = a * b + c + d`, which never overflows. \return low */
inline uint64_t MulAddWide(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t* high) {
#if TVM_FFI_BIGINT_USE_BUILTINS
  const UInt128 value = static_cast<UInt128>(a) * b + c + d;
  *high = static_cast<uint64_t>(value >> 64);
  return static_cast<uint64_t>(value);
#else
  constexpr uint64_t kLow = 0xffffffff;
  const uint64_t a0 = a & kLow, a1 = a >> 32, b0 = b & kLow, b1 = b >> 32;
  const uint64_t low = a0 * b0;
  const uint64_t mid = a1 * b0 + (low >> 32);
  const uint64_t mid2 = a0 * b1 + (mid & kLow);
  uint64_t top = a1 * b1 + (mid >> 32) + (mid2 >> 32);
  uint64_t result = (mid2 << 32) | (low & kLow);
  result += c;
  top += result < c ? 1 : 0;
  result += d;
  top += result < d ? 1 : 0;
  *high = top;
  return result;
#endif
}

/*! \return `high:low / divisor`, for `high < divisor`; the remainder goes to `*remainder`. */
inline uint64_t DivWide(uint64_t high, uint64_t low, uint64_t divisor, uint64_t* remainder) {
#if TVM_FFI_BIGINT_USE_BUILTINS
  const UInt128 value = (static_cast<UInt128>(high) << 64) | low;
  const uint64_t quotient = static_cast<uint64_t>(value / divisor);
  *remainder = low - quotient * divisor;
  return quotient;
#else
  // Bit by bit: the portable build favours plainness.
  uint64_t quotient = 0;
  for (int bit = 63; bit >= 0; --bit) {
    const bool carry = (high >> 63) != 0;
    high = (high << 1) | ((low >> bit) & 1);
    quotient <<= 1;
    if (carry || high >= divisor) {
      high -= divisor;
      quotient |= 1;
    }
  }
  *remainder = high;
  return quotient;
#endif
}

/*! \return Number of zero bits above the highest set bit of a non-zero word. */
inline int CountLeadingZeros(uint64_t word) {
#if TVM_FFI_BIGINT_USE_BUILTINS
  return __builtin_clzll(word);
#else
  int count = 0;
  for (int step = 32; step != 0; step /= 2) {
    if ((word >> (64 - step)) == 0) {
      count += step;
      word <<= step;
    }
  }
  return count;
#endif
}

/*! \brief |x| as unsigned words without leading zero words; on the stack while it is short. */
class Magnitude {
 public:
  explicit Magnitude(ArrayView x) : size_(x.size()) {
    if (size_ > kStackWords) heap_.resize(size_);
    uint64_t* words = this->words();
    const size_t first_nonzero = FirstNonzero(x);
    for (size_t i = 0; i < size_; ++i) {
      words[i] = static_cast<uint64_t>(AbsWord(x, first_nonzero, i));
    }
    Trim();
  }
  Magnitude(const Magnitude&) = delete;
  Magnitude& operator=(const Magnitude&) = delete;

  uint64_t* words() { return heap_.empty() ? stack_ : heap_.data(); }
  size_t size() const { return size_; }

  /*! \brief Forgets leading zero words. */
  void Trim() {
    const uint64_t* words = this->words();
    while (size_ > 0 && words[size_ - 1] == 0) --size_;
  }

 private:
  static constexpr size_t kStackWords = 16;
  size_t size_;
  uint64_t stack_[kStackWords];
  std::vector<uint64_t> heap_;
};

/*! \brief Divides a magnitude by one word in place. \return The remainder. */
inline uint64_t DivRemWordInplace(uint64_t* words, size_t size, uint64_t divisor) {
  uint64_t remainder = 0;
  for (size_t i = size; i-- > 0;) words[i] = DivWide(remainder, words[i], divisor, &remainder);
  return remainder;
}

// ---------------------------------------------------------------------------
// One-word operations: true when the exact result does not fit
// ---------------------------------------------------------------------------

[[noreturn]] TVM_FFI_NO_INLINE TVM_FFI_COLD_CODE inline void ThrowDivisionByZero() {
  TVM_FFI_THROW(ZeroDivisionError) << "Division by zero";
  TVM_FFI_UNREACHABLE();
}

[[noreturn]] TVM_FFI_NO_INLINE TVM_FFI_COLD_CODE inline void ThrowNegativeShift() {
  TVM_FFI_THROW(ValueError) << "Negative BigInt shift count";
  TVM_FFI_UNREACHABLE();
}

TVM_FFI_INLINE bool AddOverflow(int64_t a, int64_t b, int64_t* out) {
#if TVM_FFI_BIGINT_USE_BUILTINS
  return __builtin_add_overflow(a, b, out);
#else
  *out = BitcastToInt64(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  return ((a ^ *out) & (b ^ *out)) < 0;
#endif
}

TVM_FFI_INLINE bool SubOverflow(int64_t a, int64_t b, int64_t* out) {
#if TVM_FFI_BIGINT_USE_BUILTINS
  return __builtin_sub_overflow(a, b, out);
#else
  *out = BitcastToInt64(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
  return ((a ^ b) & (a ^ *out)) < 0;
#endif
}

TVM_FFI_INLINE bool MulOverflow(int64_t a, int64_t b, int64_t* out) {
#if TVM_FFI_BIGINT_USE_BUILTINS
  return __builtin_mul_overflow(a, b, out);
#else
  const uint64_t abs_a = a < 0 ? 0 - static_cast<uint64_t>(a) : static_cast<uint64_t>(a);
  const uint64_t abs_b = b < 0 ? 0 - static_cast<uint64_t>(b) : static_cast<uint64_t>(b);
  const bool negative = (a < 0) != (b < 0);
  uint64_t high;
  const uint64_t low = MulAddWide(abs_a, abs_b, 0, 0, &high);
  const uint64_t limit = static_cast<uint64_t>(INT64_MAX) + (negative ? 1 : 0);
  *out = BitcastToInt64(negative ? 0 - low : low);
  return high != 0 || low > limit;
#endif
}

TVM_FFI_INLINE bool TruncDivOverflow(int64_t a, int64_t b, int64_t* out) {
  if (b == 0) ThrowDivisionByZero();
  if (b == -1) return SubOverflow(0, a, out);
  *out = a / b;
  return false;
}

TVM_FFI_INLINE bool TruncModOverflow(int64_t a, int64_t b, int64_t* out) {
  if (b == 0) ThrowDivisionByZero();
  *out = b == -1 ? 0 : a % b;  // INT64_MIN % -1 would trap
  return false;
}

TVM_FFI_INLINE bool FloorDivOverflow(int64_t a, int64_t b, int64_t* out) {
  if (TruncDivOverflow(a, b, out)) return true;
  if ((a < 0) != (b < 0) && *out * b != a) --*out;
  return false;
}

TVM_FFI_INLINE bool FloorModOverflow(int64_t a, int64_t b, int64_t* out) {
  TruncModOverflow(a, b, out);
  if (*out != 0 && (*out < 0) != (b < 0)) *out += b;
  return false;
}

TVM_FFI_INLINE bool LeftShiftOverflow(int64_t a, int64_t b, int64_t* out) {
  if (b < 0) ThrowNegativeShift();
  if (a == 0) {
    *out = 0;
    return false;
  }
  if (b > 63) return true;
  *out = BitcastToInt64(static_cast<uint64_t>(a) << b);
  return (*out >> b) != a;
}

TVM_FFI_INLINE int64_t RightShift(int64_t a, int64_t b) {
  if (b < 0) ThrowNegativeShift();
  return a >> (b > 63 ? 63 : b);
}

TVM_FFI_INLINE bool RightShiftOverflow(int64_t a, int64_t b, int64_t* out) {
  *out = RightShift(a, b);
  return false;
}

TVM_FFI_INLINE bool AndOverflow(int64_t a, int64_t b, int64_t* out) {
  *out = a & b;
  return false;
}

TVM_FFI_INLINE bool OrOverflow(int64_t a, int64_t b, int64_t* out) {
  *out = a | b;
  return false;
}

TVM_FFI_INLINE bool XorOverflow(int64_t a, int64_t b, int64_t* out) {
  *out = a ^ b;
  return false;
}

// ---------------------------------------------------------------------------
// Comparison
// ---------------------------------------------------------------------------

/*! \brief Word equality, which is equality of canonical numbers. */
inline bool EqualFallback(ArrayView a, ArrayView b) {
  return a.size() == b.size() && std::memcmp(&a[0], &b[0], a.size() * sizeof(int64_t)) == 0;
}

/*! \return -1, 0 or 1. */
inline int CompareFallback(ArrayView a, ArrayView b) {
  const bool negative = IsNegative(a);
  if (negative != IsNegative(b)) return negative ? -1 : 1;
  // Same sign: among canonical numbers more words mean a larger magnitude.
  if (a.size() != b.size()) return (a.size() < b.size()) != negative ? -1 : 1;
  for (size_t i = a.size(); i-- > 0;) {
    const uint64_t lhs = static_cast<uint64_t>(a[i]), rhs = static_cast<uint64_t>(b[i]);
    if (lhs != rhs) return lhs < rhs ? -1 : 1;
  }
  return 0;
}

// ---------------------------------------------------------------------------
// Ring and bit operations: one allocation, the result
// ---------------------------------------------------------------------------

inline BigInt AddFallback(ArrayView a, ArrayView b) {
  const size_t size = (a.size() < b.size() ? b.size() : a.size()) + 1;
  ObjectPtr<BigIntObj> result = NewWords(size);
  uint64_t* words = UnsignedWords(result);
  uint64_t carry = 0;
  for (size_t i = 0; i < size; ++i) {
    const uint64_t lhs = ExtendedWord(a, i);
    const uint64_t partial = lhs + ExtendedWord(b, i);
    words[i] = partial + carry;
    carry = (partial < lhs ? 1 : 0) | (words[i] < partial ? 1 : 0);
  }
  return BigIntUnsafe::Normalize(std::move(result));
}

inline BigInt SubFallback(ArrayView a, ArrayView b) {
  const size_t size = (a.size() < b.size() ? b.size() : a.size()) + 1;
  ObjectPtr<BigIntObj> result = NewWords(size);
  uint64_t* words = UnsignedWords(result);
  uint64_t borrow = 0;
  for (size_t i = 0; i < size; ++i) {
    const uint64_t lhs = ExtendedWord(a, i), rhs = ExtendedWord(b, i);
    const uint64_t partial = lhs - rhs;
    words[i] = partial - borrow;
    borrow = (lhs < rhs ? 1 : 0) | (partial < borrow ? 1 : 0);
  }
  return BigIntUnsafe::Normalize(std::move(result));
}

inline BigInt NegateFallback(ArrayView x) {
  const int64_t zero = 0;
  return SubFallback(ArrayView(&zero, 1), x);
}

/*! \brief `words[offset..] -= x`, dropping what leaves the `size` words. */
inline void SubtractShifted(uint64_t* words, size_t size, ArrayView x, size_t offset) {
  uint64_t borrow = 0;
  for (size_t i = offset; i < size; ++i) {
    const uint64_t lhs = words[i];
    const uint64_t rhs = i - offset < x.size() ? static_cast<uint64_t>(x[i - offset]) : 0;
    const uint64_t partial = lhs - rhs;
    words[i] = partial - borrow;
    borrow = (lhs < rhs ? 1 : 0) | (partial < borrow ? 1 : 0);
  }
}

inline BigInt MulFallback(ArrayView a, ArrayView b) {
  const size_t size = a.size() + b.size();
  ObjectPtr<BigIntObj> result = NewWords(size);
  uint64_t* words = UnsignedWords(result);
  std::memset(words, 0, size * sizeof(uint64_t));
  for (size_t i = 0; i < a.size(); ++i) {
    const uint64_t factor = static_cast<uint64_t>(a[i]);
    uint64_t carry = 0;
    for (size_t k = 0; k < b.size(); ++k) {
      words[i + k] = MulAddWide(factor, static_cast<uint64_t>(b[k]), words[i + k], carry, &carry);
    }
    words[i + b.size()] = carry;
  }
  // The words were multiplied as if unsigned; a negative operand was read 2^(64 n) too large.
  if (IsNegative(a)) SubtractShifted(words, size, b, a.size());
  if (IsNegative(b)) SubtractShifted(words, size, a, b.size());
  return BigIntUnsafe::Normalize(std::move(result));
}

/*! \brief Combines sign-extended words one by one; no combination needs a further word. */
template <typename WordOp>
inline BigInt BitwiseFallback(ArrayView a, ArrayView b, WordOp op) {
  const size_t size = a.size() < b.size() ? b.size() : a.size();
  ObjectPtr<BigIntObj> result = NewWords(size);
  uint64_t* words = UnsignedWords(result);
  for (size_t i = 0; i < size; ++i) words[i] = op(ExtendedWord(a, i), ExtendedWord(b, i));
  return BigIntUnsafe::Normalize(std::move(result));
}

inline BigInt AndFallback(ArrayView a, ArrayView b) {
  return BitwiseFallback(a, b, [](uint64_t x, uint64_t y) { return x & y; });
}

inline BigInt OrFallback(ArrayView a, ArrayView b) {
  return BitwiseFallback(a, b, [](uint64_t x, uint64_t y) { return x | y; });
}

inline BigInt XorFallback(ArrayView a, ArrayView b) {
  return BitwiseFallback(a, b, [](uint64_t x, uint64_t y) { return x ^ y; });
}

inline BigInt ComplementFallback(ArrayView x) {
  return BitwiseFallback(x, x, [](uint64_t word, uint64_t) { return ~word; });
}

/*! \brief Reads a non-negative shift count. \return false when it does not fit `size_t`. */
inline bool ShiftCount(ArrayView count, size_t* out) {
  const size_t used = count.size() == 2 && count[1] == 0 ? 1 : count.size();
  if (used != 1 || static_cast<uint64_t>(count[0]) > std::numeric_limits<size_t>::max()) {
    return false;
  }
  *out = static_cast<size_t>(static_cast<uint64_t>(count[0]));
  return true;
}

inline BigInt LeftShiftFallback(ArrayView x, ArrayView count) {
  if (IsNegative(count)) ThrowNegativeShift();
  if (IsNormalizedZero(x)) return BigInt();
  size_t shift = 0;
  if (!ShiftCount(count, &shift)) {
    TVM_FFI_THROW(OverflowError) << "BigInt shift count is too large";
  }
  const size_t offset = shift / 64, bits = shift % 64;
  const size_t size = x.size() + offset + 1;
  ObjectPtr<BigIntObj> result = NewWords(size);
  uint64_t* words = UnsignedWords(result);
  std::memset(words, 0, offset * sizeof(uint64_t));
  uint64_t carry = 0;
  for (size_t i = 0; i <= x.size(); ++i) {
    const uint64_t word = ExtendedWord(x, i);
    words[offset + i] = (word << bits) | carry;
    carry = bits == 0 ? 0 : word >> (64 - bits);
  }
  return BigIntUnsafe::Normalize(std::move(result));
}

inline BigInt RightShiftFallback(ArrayView x, ArrayView count) {
  if (IsNegative(count)) ThrowNegativeShift();
  size_t shift = 0;
  if (!ShiftCount(count, &shift) || shift / 64 >= x.size()) return BigInt(IsNegative(x) ? -1 : 0);
  const size_t offset = shift / 64, bits = shift % 64;
  const size_t size = x.size() - offset;
  ObjectPtr<BigIntObj> result = NewWords(size);
  uint64_t* words = UnsignedWords(result);
  for (size_t i = 0; i < size; ++i) {
    const uint64_t low = ExtendedWord(x, offset + i), high = ExtendedWord(x, offset + i + 1);
    words[i] = bits == 0 ? low : (low >> bits) | (high << (64 - bits));
  }
  return BigIntUnsafe::Normalize(std::move(result));
}

// ---------------------------------------------------------------------------
// Division
// ---------------------------------------------------------------------------

/*! \brief Shifts words left by 0 to 63 bits in place. \return The bits shifted out. */
inline uint64_t ShiftLeftInplace(uint64_t* words, size_t size, int bits) {
  if (bits == 0) return 0;
  uint64_t carry = 0;
  for (size_t i = 0; i < size; ++i) {
    const uint64_t word = words[i];
    words[i] = (word << bits) | carry;
    carry = word >> (64 - bits);
  }
  return carry;
}

/*! \brief Shifts words right by 0 to 63 bits in place. */
inline void ShiftRightInplace(uint64_t* words, size_t size, int bits) {
  if (bits == 0) return;
  for (size_t i = 0; i < size; ++i) {
    const uint64_t high = i + 1 < size ? words[i + 1] : 0;
    words[i] = (words[i] >> bits) | (high << (64 - bits));
  }
}

/*!
 * \brief Next digit of a long division: divides `window` (n + 1 words) by `divisor` (n >= 2 words,
 *        highest bit set), leaving the remainder in `window`.
 */
inline uint64_t LongDivisionStep(uint64_t* window, const uint64_t* divisor, size_t n) {
  const uint64_t top = divisor[n - 1];
  // Estimate from the top words; at most two too large.
  uint64_t digit = UINT64_MAX;
  uint64_t remainder = 0;
  bool remainder_overflows = false;
  if (window[n] < top) {
    digit = DivWide(window[n], window[n - 1], top, &remainder);
  } else {
    remainder = window[n - 1] + top;
    remainder_overflows = remainder < top;
  }
  while (!remainder_overflows) {
    uint64_t high;
    const uint64_t low = MulAddWide(digit, divisor[n - 2], 0, 0, &high);
    if (high < remainder || (high == remainder && low <= window[n - 2])) break;
    --digit;
    remainder += top;
    remainder_overflows = remainder < top;
  }
  uint64_t carry = 0, borrow = 0;
  for (size_t i = 0; i <= n; ++i) {
    const uint64_t product = i < n ? MulAddWide(digit, divisor[i], carry, 0, &carry) : carry;
    const uint64_t partial = window[i] - product;
    const uint64_t next_borrow = (window[i] < product ? 1 : 0) | (partial < borrow ? 1 : 0);
    window[i] = partial - borrow;
    borrow = next_borrow;
  }
  if (borrow == 0) return digit;
  // Still one too large: add the divisor back.
  carry = 0;
  for (size_t i = 0; i < n; ++i) {
    const uint64_t partial = window[i] + divisor[i];
    const uint64_t sum = partial + carry;
    carry = (partial < divisor[i] ? 1 : 0) | (sum < partial ? 1 : 0);
    window[i] = sum;
  }
  window[n] += carry;
  return digit - 1;
}

/*! \return Truncating quotient and remainder. */
inline std::pair<BigInt, BigInt> DivRemFallback(ArrayView a, int64_t b) {
  if (b == 0) ThrowDivisionByZero();
  const bool negative = IsNegative(a);
  // One word more than |a| needs, for the sign of the quotient.
  const size_t size = a.size() + 1;
  ObjectPtr<BigIntObj> quotient = NewWords(size);
  uint64_t* words = UnsignedWords(quotient);
  const size_t first_nonzero = FirstNonzero(a);
  for (size_t i = 0; i < a.size(); ++i) {
    words[i] = static_cast<uint64_t>(AbsWord(a, first_nonzero, i));
  }
  words[a.size()] = 0;
  const uint64_t divisor = b < 0 ? 0 - static_cast<uint64_t>(b) : static_cast<uint64_t>(b);
  const uint64_t remainder = DivRemWordInplace(words, a.size(), divisor);
  if (negative != (b < 0)) NegateInplace(BigIntUnsafe::GetMutableData(quotient), size);
  // |remainder| < |b| <= 2^63, so it fits either way.
  const int64_t signed_remainder = BitcastToInt64(negative ? 0 - remainder : remainder);
  return {BigIntUnsafe::Normalize(std::move(quotient)), BigInt(signed_remainder)};
}

/*! \return Truncating quotient and remainder. */
inline std::pair<BigInt, BigInt> DivRemFallback(ArrayView a, ArrayView b) {
  if (b.size() == 1) return DivRemFallback(a, b[0]);
  const bool negative_a = IsNegative(a), negative_b = IsNegative(b);
  Magnitude divisor(b);
  const size_t n = divisor.size(), m = a.size();
  if (m < n) return {BigInt(), FromArrayView(a)};
  // The dividend's workspace becomes the remainder: |a| and one word for the bits shifted out.
  ObjectPtr<BigIntObj> remainder = NewWords(m + 1);
  uint64_t* window = UnsignedWords(remainder);
  const size_t first_nonzero = FirstNonzero(a);
  for (size_t i = 0; i < m; ++i) {
    window[i] = static_cast<uint64_t>(AbsWord(a, first_nonzero, i));
  }
  window[m] = 0;

  ObjectPtr<BigIntObj> quotient = NewWords(m - n + 2);
  uint64_t* digits = UnsignedWords(quotient);
  digits[m - n + 1] = 0;
  if (n == 1) {
    // The divisor is in [2^63, 2^64): two words only because of its sign.
    const uint64_t rest = DivRemWordInplace(window, m, divisor.words()[0]);
    std::memcpy(digits, window, m * sizeof(uint64_t));
    std::memset(window, 0, m * sizeof(uint64_t));
    window[0] = rest;
  } else {
    const int bits = CountLeadingZeros(divisor.words()[n - 1]);
    ShiftLeftInplace(divisor.words(), n, bits);
    window[m] = ShiftLeftInplace(window, m, bits);
    for (size_t i = m - n + 1; i-- > 0;) {
      digits[i] = LongDivisionStep(window + i, divisor.words(), n);
    }
    ShiftRightInplace(window, m + 1, bits);
  }
  if (negative_a != negative_b) {
    NegateInplace(BigIntUnsafe::GetMutableData(quotient), m - n + 2);
  }
  if (negative_a) NegateInplace(BigIntUnsafe::GetMutableData(remainder), m + 1);
  return {BigIntUnsafe::Normalize(std::move(quotient)),
          BigIntUnsafe::Normalize(std::move(remainder))};
}

inline BigInt TruncDivFallback(ArrayView a, ArrayView b) { return DivRemFallback(a, b).first; }

inline BigInt TruncModFallback(ArrayView a, ArrayView b) { return DivRemFallback(a, b).second; }

/*! \return Whether truncation rounded a quotient up: there is a remainder of the other sign. */
inline bool TruncationRoundedUp(const BigInt& remainder, ArrayView divisor) {
  return static_cast<bool>(remainder) &&
         IsNegative(BigIntUnsafe::GetArrayView(remainder)) != IsNegative(divisor);
}

inline BigInt FloorDivFallback(ArrayView a, ArrayView b) {
  std::pair<BigInt, BigInt> result = DivRemFallback(a, b);
  if (!TruncationRoundedUp(result.second, b)) return std::move(result.first);
  const int64_t one = 1;
  return SubFallback(BigIntUnsafe::GetArrayView(result.first), ArrayView(&one, 1));
}

inline BigInt FloorModFallback(ArrayView a, ArrayView b) {
  BigInt remainder = DivRemFallback(a, b).second;
  if (!TruncationRoundedUp(remainder, b)) return remainder;
  return AddFallback(BigIntUnsafe::GetArrayView(remainder), b);
}

inline BigInt MinFallback(ArrayView a, ArrayView b) {
  return FromArrayView(CompareFallback(b, a) < 0 ? b : a);
}

inline BigInt MaxFallback(ArrayView a, ArrayView b) {
  return FromArrayView(CompareFallback(b, a) > 0 ? b : a);
}

// ---------------------------------------------------------------------------
// Conversion
// ---------------------------------------------------------------------------

/*! \return The value truncated toward zero. \throws ValueError, OverflowError */
inline BigInt FromDoubleFallback(double value) {
  if (std::isnan(value)) TVM_FFI_THROW(ValueError) << "Cannot convert NaN to BigInt";
  if (std::isinf(value)) TVM_FFI_THROW(OverflowError) << "Cannot convert infinity to BigInt";
  constexpr double kTwoPow63 = 9223372036854775808.0;
  if (value >= -kTwoPow63 && value < kTwoPow63) return BigInt(static_cast<int64_t>(value));
  // Beyond 2^63 a double is an integer: 53 significant bits and a positive shift.
  int exponent = 0;
  const int64_t mantissa = static_cast<int64_t>(std::ldexp(std::frexp(value, &exponent), 53));
  const int64_t shift = exponent - 53;
  return LeftShiftFallback(ArrayView(&mantissa, 1), ArrayView(&shift, 1));
}

/*! \return The nearest double, ties to even. \throws OverflowError */
inline double ToDoubleFallback(const BigInt& value) {
  if (BigIntUnsafe::CheckInt64(value)) return static_cast<double>(BigIntUnsafe::GetInt64(value));
  const ArrayView view = BigIntUnsafe::GetArrayView(value);
  Magnitude magnitude(view);
  const uint64_t* words = magnitude.words();
  const size_t size = magnitude.size();
  const int bits = CountLeadingZeros(words[size - 1]);
  // The top 64 bits, and whether anything below them is set.
  uint64_t top = words[size - 1] << bits;
  bool sticky = false;
  if (size > 1) {
    if (bits != 0) top |= words[size - 2] >> (64 - bits);
    sticky = (words[size - 2] << bits) != 0;
    for (size_t i = 0; i + 2 < size; ++i) sticky = sticky || words[i] != 0;
  }
  constexpr uint64_t kHalf = 1 << 10;  // 64 - 53 = 11 bits are rounded away
  uint64_t mantissa = top >> 11;
  const uint64_t rest = top & (2 * kHalf - 1);
  if (rest > kHalf || (rest == kHalf && (sticky || (mantissa & 1) != 0))) ++mantissa;
  double result = std::numeric_limits<double>::infinity();
  constexpr size_t kMaxWords = 1024 / 64;
  if (size <= kMaxWords) {
    const int exponent = static_cast<int>(size * 64) - bits - 53;
    result = std::ldexp(static_cast<double>(mantissa), exponent);
  }
  if (std::isinf(result)) TVM_FFI_THROW(OverflowError) << "BigInt does not fit finite double";
  return IsNegative(view) ? -result : result;
}

/*! \return Decimal text. */
inline std::string ToStringFallback(const BigInt& value) {
  if (BigIntUnsafe::CheckInt64(value)) return detail::DecimalText(BigIntUnsafe::GetInt64(value));
  constexpr uint64_t kChunk = 10000000000000000000u;  // 10^19, the largest power in a word
  constexpr int kChunkDigits = 19;
  const ArrayView view = BigIntUnsafe::GetArrayView(value);
  Magnitude magnitude(view);
  // Lowest digit first, reversed at the end; a word is at most 20 digits.
  std::string text;
  text.reserve(magnitude.size() * 20 + 1);
  while (magnitude.size() > 0) {
    uint64_t chunk = DivRemWordInplace(magnitude.words(), magnitude.size(), kChunk);
    magnitude.Trim();
    const bool is_last = magnitude.size() == 0;
    for (int i = 0; is_last ? chunk != 0 : i < kChunkDigits; ++i) {
      text.push_back(static_cast<char>('0' + chunk % 10));
      chunk /= 10;
    }
  }
  if (IsNegative(view)) text.push_back('-');
  return std::string(text.rbegin(), text.rend());
}

/*! \return The value of decimal digits (at least one, nothing else), negated on request. */
inline BigInt FromDecimalFallback(std::string_view digits, bool negative) {
  constexpr size_t kChunkDigits = 19;
  // 19 digits are less than 64 bits. One word more than they all need is the sign.
  const size_t capacity = digits.size() / kChunkDigits + 2;
  ObjectPtr<BigIntObj> result = NewWords(capacity);
  uint64_t* words = UnsignedWords(result);
  size_t size = 0;
  while (!digits.empty()) {
    const size_t length =
        digits.size() % kChunkDigits == 0 ? kChunkDigits : digits.size() % kChunkDigits;
    uint64_t chunk = 0, scale = 1;
    for (const char digit : digits.substr(0, length)) {
      chunk = chunk * 10 + static_cast<uint64_t>(digit - '0');
      scale *= 10;
    }
    digits.remove_prefix(length);
    uint64_t carry = chunk;
    for (size_t i = 0; i < size; ++i) words[i] = MulAddWide(words[i], scale, carry, 0, &carry);
    words[size++] = carry;
  }
  while (size < capacity) words[size++] = 0;
  if (negative) NegateInplace(BigIntUnsafe::GetMutableData(result), capacity);
  return BigIntUnsafe::Normalize(std::move(result));
}

// ---------------------------------------------------------------------------
// Dispatch of the public operators
// ---------------------------------------------------------------------------

/*! \brief One-word operation while both operands are inline and the result fits, else words. */
template <bool (*kOneWord)(int64_t, int64_t, int64_t*), BigInt (*kFallback)(ArrayView, ArrayView),
          typename Lhs, typename Rhs>
TVM_FFI_INLINE BigInt Compute(const Lhs& lhs, const Rhs& rhs) {
  if (TVM_FFI_PREDICT_TRUE(BigIntUnsafe::CheckInt64(lhs) && BigIntUnsafe::CheckInt64(rhs))) {
    int64_t result;
    if (TVM_FFI_PREDICT_TRUE(
            !kOneWord(BigIntUnsafe::GetInt64(lhs), BigIntUnsafe::GetInt64(rhs), &result))) {
      return BigInt(result);
    }
  }
  return kFallback(BigIntUnsafe::GetArrayView(lhs), BigIntUnsafe::GetArrayView(rhs));
}

/*! \brief The same, stored into the first operand: a one-word result overwrites just its word. */
template <bool (*kOneWord)(int64_t, int64_t, int64_t*), BigInt (*kFallback)(ArrayView, ArrayView),
          typename Rhs>
TVM_FFI_INLINE BigInt& Update(BigInt* lhs, const Rhs& rhs) {
  if (TVM_FFI_PREDICT_TRUE(BigIntUnsafe::CheckInt64(*lhs) && BigIntUnsafe::CheckInt64(rhs))) {
    int64_t result;
    if (TVM_FFI_PREDICT_TRUE(
            !kOneWord(BigIntUnsafe::GetInt64(*lhs), BigIntUnsafe::GetInt64(rhs), &result))) {
      BigIntUnsafe::SetInt64(lhs, result);
      return *lhs;
    }
  }
  return *lhs = kFallback(BigIntUnsafe::GetArrayView(*lhs), BigIntUnsafe::GetArrayView(rhs));
}

template <typename Lhs, typename Rhs>
TVM_FFI_INLINE bool Equal(const Lhs& lhs, const Rhs& rhs) {
  if (TVM_FFI_PREDICT_TRUE(BigIntUnsafe::CheckInt64(lhs) && BigIntUnsafe::CheckInt64(rhs))) {
    return BigIntUnsafe::GetInt64(lhs) == BigIntUnsafe::GetInt64(rhs);
  }
  return EqualFallback(BigIntUnsafe::GetArrayView(lhs), BigIntUnsafe::GetArrayView(rhs));
}

template <typename Lhs, typename Rhs>
TVM_FFI_INLINE bool Less(const Lhs& lhs, const Rhs& rhs) {
  if (TVM_FFI_PREDICT_TRUE(BigIntUnsafe::CheckInt64(lhs) && BigIntUnsafe::CheckInt64(rhs))) {
    return BigIntUnsafe::GetInt64(lhs) < BigIntUnsafe::GetInt64(rhs);
  }
  return CompareFallback(BigIntUnsafe::GetArrayView(lhs), BigIntUnsafe::GetArrayView(rhs)) < 0;
}

}  // namespace int_ops
}  // namespace detail

/// \cond Doxygen_Suppress
// Each operation has three overloads so that a primitive operand never makes a cell.
#define TVM_FFI_DEFINE_BIGINT_OP_OVERLOADS(Result, Name, Expr)               \
  TVM_FFI_INLINE Result Name(const BigInt& lhs, const BigInt& rhs) { Expr; } \
  TVM_FFI_INLINE Result Name(const BigInt& lhs, int64_t rhs) { Expr; }       \
  TVM_FFI_INLINE Result Name(int64_t lhs, const BigInt& rhs) { Expr; }
#define TVM_FFI_DEFINE_BIGINT_OP_BINARY(Name, Op)                      \
  TVM_FFI_DEFINE_BIGINT_OP_OVERLOADS(                                  \
      BigInt, Name,                                                    \
      return (detail::int_ops::Compute<&detail::int_ops::Op##Overflow, \
                                       &detail::int_ops::Op##Fallback>(lhs, rhs)))
#define TVM_FFI_DEFINE_BIGINT_OP_COMPARE(Name, Expr) \
  TVM_FFI_DEFINE_BIGINT_OP_OVERLOADS(bool, Name, return Expr)
/// \endcond

/*! \brief Exact sum, difference and product. */
TVM_FFI_DEFINE_BIGINT_OP_BINARY(operator+, Add)
TVM_FFI_DEFINE_BIGINT_OP_BINARY(operator-, Sub)
TVM_FFI_DEFINE_BIGINT_OP_BINARY(operator*, Mul)
/*! \brief Quotient rounded toward zero, and the remainder with the dividend's sign. */
TVM_FFI_DEFINE_BIGINT_OP_BINARY(operator/, TruncDiv)
TVM_FFI_DEFINE_BIGINT_OP_BINARY(truncdiv, TruncDiv)
TVM_FFI_DEFINE_BIGINT_OP_BINARY(operator%, TruncMod)
TVM_FFI_DEFINE_BIGINT_OP_BINARY(truncmod, TruncMod)
/*! \brief Quotient rounded down, and the remainder with the divisor's sign. */
TVM_FFI_DEFINE_BIGINT_OP_BINARY(floordiv, FloorDiv)
TVM_FFI_DEFINE_BIGINT_OP_BINARY(floormod, FloorMod)
/*! \brief Product with and floor quotient by a power of two; the count must not be negative. */
TVM_FFI_DEFINE_BIGINT_OP_BINARY(operator<<, LeftShift)
TVM_FFI_DEFINE_BIGINT_OP_BINARY(operator>>, RightShift)
/*! \brief Bit operations on the infinite two's-complement sign extension. */
TVM_FFI_DEFINE_BIGINT_OP_BINARY(operator&, And)
TVM_FFI_DEFINE_BIGINT_OP_BINARY(operator|, Or)
TVM_FFI_DEFINE_BIGINT_OP_BINARY(operator^, Xor)

/*! \brief Comparison by value. */
TVM_FFI_DEFINE_BIGINT_OP_COMPARE(operator==, detail::int_ops::Equal(lhs, rhs))
TVM_FFI_DEFINE_BIGINT_OP_COMPARE(operator!=, !detail::int_ops::Equal(lhs, rhs))
TVM_FFI_DEFINE_BIGINT_OP_COMPARE(operator<, detail::int_ops::Less(lhs, rhs))
TVM_FFI_DEFINE_BIGINT_OP_COMPARE(operator<=, !detail::int_ops::Less(rhs, lhs))
TVM_FFI_DEFINE_BIGINT_OP_COMPARE(operator>, detail::int_ops::Less(rhs, lhs))
TVM_FFI_DEFINE_BIGINT_OP_COMPARE(operator>=, !detail::int_ops::Less(lhs, rhs))

/// \cond Doxygen_Suppress
// The smaller and the larger operand, the first one when they are equal.
TVM_FFI_DEFINE_BIGINT_OP_OVERLOADS(BigInt, min,
                                   return detail::int_ops::Less(rhs, lhs) ? BigInt(rhs)
                                                                          : BigInt(lhs))
TVM_FFI_DEFINE_BIGINT_OP_OVERLOADS(BigInt, max,
                                   return detail::int_ops::Less(lhs, rhs) ? BigInt(rhs)
                                                                          : BigInt(lhs))
/// \endcond

#undef TVM_FFI_DEFINE_BIGINT_OP_COMPARE
#undef TVM_FFI_DEFINE_BIGINT_OP_BINARY
#undef TVM_FFI_DEFINE_BIGINT_OP_OVERLOADS

/*! \brief The value itself. */
TVM_FFI_INLINE BigInt operator+(const BigInt& x) { return x; }
/*! \brief The value with the other sign. */
TVM_FFI_INLINE BigInt operator-(const BigInt& x) { return int64_t{0} - x; }
/*! \return -x - 1 */
TVM_FFI_INLINE BigInt operator~(const BigInt& x) {
  if (detail::BigIntUnsafe::CheckInt64(x)) return BigInt(~detail::BigIntUnsafe::GetInt64(x));
  return detail::int_ops::ComplementFallback(detail::BigIntUnsafe::GetArrayView(x));
}

inline BigInt::BigInt(double value) : BigInt(detail::int_ops::FromDoubleFallback(value)) {}

inline void BigInt::InitFromUInt64(uint64_t value) {
  ObjectPtr<detail::BigIntObj> object = detail::int_ops::NewWords(2);
  int64_t* words = detail::BigIntUnsafe::GetMutableData(object);
  words[0] = detail::int_ops::BitcastToInt64(value);
  words[1] = 0;
  BigInt(std::move(object)).swap(*this);
}

inline BigInt::operator int64_t() const {
  if (IsHeap()) TVM_FFI_THROW(OverflowError) << "BigInt does not fit int64_t";
  return data_.v_int64;
}

inline BigInt::operator double() const { return detail::int_ops::ToDoubleFallback(*this); }

template <typename Int, typename>
std::optional<Int> BigInt::as() const {
  if constexpr (std::is_unsigned_v<Int> && sizeof(Int) == sizeof(int64_t)) {
    const ArrayView words = detail::BigIntUnsafe::GetArrayView(*this);
    if (words[words.size() - 1] < 0 || words.size() > 2 || (words.size() == 2 && words[1] != 0)) {
      return std::nullopt;
    }
    return static_cast<Int>(words[0]);
  } else {
    if (IsHeap() || data_.v_int64 < static_cast<int64_t>(std::numeric_limits<Int>::min()) ||
        data_.v_int64 > static_cast<int64_t>(std::numeric_limits<Int>::max())) {
      return std::nullopt;
    }
    return static_cast<Int>(data_.v_int64);
  }
}

inline uint64_t BigInt::hash() const {
  if (!IsHeap()) return data_.v_uint64;
  const ArrayView words = detail::BigIntUnsafe::GetArrayView(*this);
  return detail::StableHashBytes(&words[0], words.size() * sizeof(int64_t));
}

/// \cond Doxygen_Suppress
#define TVM_FFI_DEFINE_BIGINT_OP_UPDATE(Name, Op)                              \
  TVM_FFI_INLINE BigInt& BigInt::Name(const BigInt& rhs) {                     \
    return detail::int_ops::Update<&detail::int_ops::Op##Overflow,             \
                                   &detail::int_ops::Op##Fallback>(this, rhs); \
  }
TVM_FFI_DEFINE_BIGINT_OP_UPDATE(operator+=, Add)
TVM_FFI_DEFINE_BIGINT_OP_UPDATE(operator-=, Sub)
TVM_FFI_DEFINE_BIGINT_OP_UPDATE(operator*=, Mul)
TVM_FFI_DEFINE_BIGINT_OP_UPDATE(operator/=, TruncDiv)
TVM_FFI_DEFINE_BIGINT_OP_UPDATE(operator%=, TruncMod)
TVM_FFI_DEFINE_BIGINT_OP_UPDATE(operator&=, And)
TVM_FFI_DEFINE_BIGINT_OP_UPDATE(operator|=, Or)
TVM_FFI_DEFINE_BIGINT_OP_UPDATE(operator^=, Xor)
TVM_FFI_DEFINE_BIGINT_OP_UPDATE(operator<<=, LeftShift)
TVM_FFI_DEFINE_BIGINT_OP_UPDATE(operator>>=, RightShift)
#undef TVM_FFI_DEFINE_BIGINT_OP_UPDATE
/// \endcond

TVM_FFI_INLINE BigInt& BigInt::operator++() {
  return detail::int_ops::Update<&detail::int_ops::AddOverflow, &detail::int_ops::AddFallback>(
      this, int64_t{1});
}
TVM_FFI_INLINE BigInt& BigInt::operator--() {
  return detail::int_ops::Update<&detail::int_ops::SubOverflow, &detail::int_ops::SubFallback>(
      this, int64_t{1});
}
TVM_FFI_INLINE BigInt BigInt::operator++(int) {
  BigInt old = *this;
  ++*this;
  return old;
}
TVM_FFI_INLINE BigInt BigInt::operator--(int) {
  BigInt old = *this;
  --*this;
  return old;
}

/*!
 * \brief Reads an optional sign and decimal digits, whatever the base flags.
 *
 * Stops before the first other character. Without a digit the stream fails and `value` is
 * unchanged.
 */
inline std::istream& operator>>(std::istream& is, BigInt& value) {
  const std::istream::sentry ready(is);
  if (!ready) return is;
  constexpr int kEnd = std::char_traits<char>::eof();
  std::streambuf* buffer = is.rdbuf();
  int next = buffer->sgetc();
  const bool negative = next == '-';
  if (negative || next == '+') next = buffer->snextc();
  std::string digits;
  for (; next >= '0' && next <= '9'; next = buffer->snextc()) {
    digits.push_back(static_cast<char>(next));
  }
  std::ios_base::iostate state = next == kEnd ? std::ios_base::eofbit : std::ios_base::goodbit;
  if (digits.empty()) {
    state |= std::ios_base::failbit;
  } else {
    value = detail::int_ops::FromDecimalFallback(digits, negative);
  }
  is.setstate(state);
  return is;
}

/*! \brief Writes decimal text; width and fill apply, base flags do not. */
inline std::ostream& operator<<(std::ostream& os, const BigInt& value) {
  return os << detail::int_ops::ToStringFallback(value);
}

template <>
inline constexpr bool use_default_type_traits_v<BigInt> = false;

/*! \brief BigInt: an ordinary Int cell while inline, an `ffi.BigInt` object otherwise. */
template <>
struct TypeTraits<BigInt> : public TypeTraitsBase {
  TVM_FFI_INLINE static void CopyToAnyView(const BigInt& src, TVMFFIAny* result) {
    *result = src.data_;
  }

  TVM_FFI_INLINE static void MoveToAny(BigInt src, TVMFFIAny* result) {
    *result = src.data_;
    src.SetInline(0);
  }

  TVM_FFI_INLINE static bool CheckAnyStrict(const TVMFFIAny* src) {
    return src->type_index == TypeIndex::kTVMFFIInt || src->type_index == TypeIndex::kTVMFFIBigInt;
  }

  TVM_FFI_INLINE static BigInt CopyFromAnyViewAfterCheck(const TVMFFIAny* src) {
    if (src->type_index == TypeIndex::kTVMFFIInt) return BigInt(src->v_int64);
    return BigInt(detail::ObjectUnsafe::ObjectPtrFromUnowned<detail::BigIntObj>(src->v_obj));
  }

  TVM_FFI_INLINE static BigInt MoveFromAnyAfterCheck(TVMFFIAny* src) {
    BigInt result;
    result.data_ = *src;
    src->type_index = TypeIndex::kTVMFFINone;
    src->zero_padding = 0;
    src->v_int64 = 0;
    return result;
  }

  TVM_FFI_INLINE static std::optional<BigInt> TryCastFromAnyView(const TVMFFIAny* src) {
    if (CheckAnyStrict(src)) return CopyFromAnyViewAfterCheck(src);
    if (src->type_index == TypeIndex::kTVMFFIBool) return BigInt(src->v_int64);
    return std::nullopt;
  }

  TVM_FFI_INLINE static std::string TypeStr() { return "BigInt"; }
  TVM_FFI_INLINE static std::string TypeSchema() { return R"({"type":"ffi.BigInt"})"; }
};

}  // namespace ffi
}  // namespace tvm

namespace std {

template <>
inline void swap<::tvm::ffi::BigInt>(::tvm::ffi::BigInt& lhs, ::tvm::ffi::BigInt& rhs) noexcept {
  lhs.swap(rhs);
}

/*! \brief The platform-independent hash of the value. */
template <>
struct hash<::tvm::ffi::BigInt> {
  std::size_t operator()(const ::tvm::ffi::BigInt& value) const {
    return static_cast<std::size_t>(value.hash());
  }
};

}  // namespace std

#undef TVM_FFI_BIGINT_USE_BUILTINS
#endif  // TVM_FFI_BIG_INT_H_
