// SPDX-License-Identifier: Apache-2.0
//
// json::Parse: one pass over the text, without recursion.
//
// Finished values wait on a stack; a closing bracket turns the values above its opening one into an
// Array or a Map. Invariant: `frames_` holds the open containers, outermost first, and the values
// of the innermost one are `values_[frames_.back().first_value ..]`.
#include <tvm/ffi/endian.h>
#include <tvm/ffi/extra/json.h>
#include <tvm/ffi/reflection/registry.h>

#include <cerrno>
#include <clocale>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "json_containers.h"
#include "json_number.h"
#include "json_text.h"

namespace tvm {
namespace ffi {
namespace json {

namespace {

// Whether the lanes of a word are the bytes of the text in order, lowest first.
#if defined(__GNUC__) && TVM_FFI_IO_NO_ENDIAN_SWAP
#define TVM_FFI_JSON_LANES_IN_ORDER 1
#else
#define TVM_FFI_JSON_LANES_IN_ORDER 0
#endif

// The bytes that cannot stand for themselves in a JSON string.
TVM_FFI_INLINE uint64_t SpecialLanes(uint64_t word) {
  return lanes::Below(word, 0x20) | lanes::Equal(word, '"') | lanes::Equal(word, '\\');
}

// The first such byte in [p, end), or `end`.
const char* FindSpecialByte(const char* p, const char* end) {
#if defined(__SSE2__)
  for (; end - p >= 16; p += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i last_control = _mm_set1_epi8(0x1F);
    const __m128i special =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                  _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))),
                     _mm_cmpeq_epi8(_mm_max_epu8(bytes, last_control), last_control));
    const int mask = _mm_movemask_epi8(special);
    if (mask != 0) return p + __builtin_ctz(static_cast<unsigned>(mask));
  }
#endif
  for (; end - p >= 8; p += 8) {
    const uint64_t special = SpecialLanes(lanes::Load(p));
    if (special == 0) continue;
#if TVM_FFI_JSON_LANES_IN_ORDER
    return p + __builtin_ctzll(special) / 8;
#else
    break;
#endif
  }
  while (p != end && *p != '"' && *p != '\\' && static_cast<unsigned char>(*p) >= 0x20) ++p;
  return p;
}

// What a byte can be inside a number, by the parser's rule: it first takes the longest run of
// these.
bool IsNumberByte(unsigned char c) {
  return (c >= '0' && c <= '9') || c == 'e' || c == 'E' || c == '+' || c == '-' || c == '.';
}

bool IsDigit(char c) { return static_cast<unsigned char>(c - '0') <= 9; }

// So many digits fit into 64 bits whatever they are.
constexpr int kMaxExactDigits = 19;

// strtod whatever the process's locale is. Fails unless the whole run is a number in range.
bool SlowParseDouble(const char* begin, const char* end, double* out) {
#ifdef _WIN32
  static const _locale_t c_locale = _create_locale(LC_ALL, "C");
#else
  static const locale_t c_locale = newlocale(LC_ALL_MASK, "C", nullptr);
#endif
  char* parsed_end;
  errno = 0;
#ifdef _WIN32
  *out = _strtod_l(begin, &parsed_end, c_locale);
#else
  *out = strtod_l(begin, &parsed_end, c_locale);
#endif
  return parsed_end == end && errno == 0;
}

// Decimal digits with an optional fraction and exponent. Up to 19 digits have an exact way.
bool ParseDouble(const char* begin, const char* end, double* out) {
  const char* p = begin;
  bool negative = *p == '-';
  if (negative) ++p;
  uint64_t mantissa = 0;
  int num_digits = 0, exponent = 0;
  auto take_digits = [&](int exponent_per_digit) {
    for (; p != end && IsDigit(*p); ++p, ++num_digits, exponent += exponent_per_digit) {
      mantissa = mantissa * 10 + static_cast<uint64_t>(*p - '0');
    }
  };
  take_digits(0);
  if (p != end && *p == '.') {
    ++p;
    take_digits(-1);
  }
  if (num_digits == 0 || num_digits > kMaxExactDigits) return SlowParseDouble(begin, end, out);
  if (p != end && (*p == 'e' || *p == 'E')) {
    ++p;
    bool negative_exponent = p != end && *p == '-';
    if (p != end && (*p == '-' || *p == '+')) ++p;
    int value = 0, exponent_digits = 0;
    for (; p != end && IsDigit(*p) && exponent_digits < 4; ++p, ++exponent_digits) {
      value = value * 10 + (*p - '0');
    }
    if (exponent_digits == 0) return false;
    exponent += negative_exponent ? -value : value;
  }
  if (p != end || !DoubleFromDecimal(mantissa, exponent, out)) {
    return SlowParseDouble(begin, end, out);
  }
  if (negative) *out = -*out;
  return true;
}

// A base-10 integer that takes the whole run and fits int64.
bool ParseInt(const char* begin, const char* end, int64_t* out) {
  const char* p = begin;
  bool negative = *p == '-';
  if (*p == '-' || *p == '+') ++p;
  if (p == end) return false;
  uint64_t value = 0;
  for (; p != end; ++p) {
    if (!IsDigit(*p)) return false;
    uint64_t digit = static_cast<uint64_t>(*p - '0');
    if (value > (std::numeric_limits<uint64_t>::max() - digit) / 10) return false;
    value = value * 10 + digit;
  }
  uint64_t limit = static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) + (negative ? 1 : 0);
  if (value > limit) return false;
  *out = negative ? static_cast<int64_t>(~value + 1) : static_cast<int64_t>(value);
  return true;
}

void AppendUTF8(uint32_t code_point, std::string* out) {
  if (code_point < 0x80) {
    out->push_back(static_cast<char>(code_point));
    return;
  }
  auto continuation = [&](int shift) {
    out->push_back(static_cast<char>(0x80 | ((code_point >> shift) & 0x3F)));
  };
  if (code_point < 0x800) {
    out->push_back(static_cast<char>(0xC0 | (code_point >> 6)));
  } else if (code_point < 0x10000) {
    out->push_back(static_cast<char>(0xE0 | (code_point >> 12)));
    continuation(6);
  } else {
    out->push_back(static_cast<char>(0xF0 | (code_point >> 18)));
    continuation(12);
    continuation(6);
  }
  continuation(0);
}

class Parser {
 public:
  explicit Parser(const String& text)
      : begin_(text.data()),
        end_(text.data() + text.size()),
        arena_(/*enabled=*/text.size() >= kMinArenaText) {}

  // False on a syntax error, which Message() then describes.
  bool Parse(Any* out) {
    if (!ParseDocument()) return false;
    *out = values_.Pop();
    return true;
  }

  std::string Message() const {
    size_t line = 1;
    const char* line_begin = begin_;
    for (const char* p = begin_; p < error_pos_; ++p) {
      if (*p == '\n') {
        ++line;
        line_begin = p + 1;
      }
    }
    return std::string(error_) + ": line " + std::to_string(line) + " column " +
           std::to_string(error_pos_ - line_begin + 1) + " (char " +
           std::to_string(error_pos_ - begin_) + ")";
  }

 private:
  // The nodes of such a text fill several blocks, so the unused end of the last one is a small
  // part.
  static constexpr size_t kMinArenaText = 8192;

  struct Frame {
    size_t first_value;
    bool is_object;
  };

  // Notes what is wrong and where; null and false say so to the caller.
  TVM_FFI_COLD_CODE std::nullptr_t Fail(const char* error, const char* pos) {
    error_ = error;
    error_pos_ = pos;
    return nullptr;
  }

  TVM_FFI_INLINE const char* SkipSpace(const char* p) const {
    while (p != end_ && static_cast<unsigned char>(*p) <= ' ' &&
           (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r')) {
      ++p;
    }
    return p;
  }

  TVM_FFI_INLINE bool IsAt(const char* p, char c) const { return p != end_ && *p == c; }

  // The functions below take the position of what they parse and return the one behind it, or null
  // after a failure.

  bool ParseDocument() {
    const char* p = begin_;
    for (;;) {
      p = SkipSpace(p);
      if (p != end_ && (*p == '{' || *p == '[')) {
        const bool is_object = *p == '{';
        if (frames_.size() == kMaxNesting) {
          return Fail("Nesting is deeper than 10000 levels", p) != nullptr;
        }
        frames_.push_back({values_.size(), is_object});
        p = SkipSpace(p + 1);
        if (IsAt(p, is_object ? '}' : ']')) {
          ++p;
          CloseContainer();
        } else {
          if (is_object && (p = ParseKey(p)) == nullptr) return false;
          continue;  // on to the first value
        }
      } else if ((p = ParseScalar(p)) == nullptr) {
        return false;
      }
      if ((p = ContinueContainers(p)) == nullptr) return false;
      if (frames_.empty()) return true;
    }
  }

  // After a value: closes the containers that end here, up to where the next value stands. Without
  // an open container that is the end of the text.
  TVM_FFI_INLINE const char* ContinueContainers(const char* p) {
    while (!frames_.empty()) {
      const bool is_object = frames_.back().is_object;
      p = SkipSpace(p);
      if (IsAt(p, ',')) {
        p = SkipSpace(p + 1);
        if (p == end_) return Fail("Syntax error near", p);
        return is_object ? ParseKey(p) : p;
      }
      if (!IsAt(p, is_object ? '}' : ']')) return Fail("Expecting ',' delimiter", p);
      ++p;
      CloseContainer();
    }
    p = SkipSpace(p);
    return p == end_ ? p : Fail("Extra data", p);
  }

  TVM_FFI_INLINE const char* ParseScalar(const char* p) {
    if (p == end_) return Fail("Expecting value", p);
    switch (*p) {
      case '"':
        return ParseString</*is_key=*/false>(p);
      case 'n':
        return ParseLiteral(p, "null", Any(nullptr));
      case 't':
        return ParseLiteral(p, "true", Any(true));
      case 'f':
        return ParseLiteral(p, "false", Any(false));
      case 'N':
        return ParseLiteral(p, "NaN", Any(std::numeric_limits<double>::quiet_NaN()));
      case 'I':
        return ParseLiteral(p, "Infinity", Any(std::numeric_limits<double>::infinity()));
      case '-':
        if (IsAt(p + 1, 'I')) {
          return ParseLiteral(p, "-Infinity", Any(-std::numeric_limits<double>::infinity()));
        }
        break;
      default:
        break;
    }
    const char* plain_end = ParsePlainNumber(p);
    return plain_end != nullptr ? plain_end : ParseAnyNumber(p);
  }

  const char* ParseLiteral(const char* p, const char* literal, Any value) {
    size_t size = std::strlen(literal);
    if (static_cast<size_t>(end_ - p) < size || std::memcmp(p, literal, size) != 0) {
      return Fail("Expecting value", p);
    }
    values_.Push(std::move(value));
    return p + size;
  }

  // Appends all digits from `p` on to the number, modulo 2^64, and returns their end.
  TVM_FFI_INLINE const char* TakeDigits(const char* p, uint64_t* number) const {
#if TVM_FFI_JSON_LANES_IN_ORDER
    // How many there are is hard to predict, so up to seven are taken without a branch on that.
    if (end_ - p >= 8) {
      static constexpr uint32_t kPowersOfTen[] = {1,     10,     100,     1000,
                                                  10000, 100000, 1000000, 10000000};
      const uint64_t word = lanes::Load(p);
      const uint64_t others = lanes::NoDigit(word);
      if (others != 0) {
        const int count = __builtin_ctzll(others) / 8;
        *number = *number * kPowersOfTen[count] + lanes::DigitsValue(word, count);
        return p + count;
      }
    }
#endif
    for (; p != end_ && IsDigit(*p); ++p) *number = *number * 10 + static_cast<uint64_t>(*p - '0');
    return p;
  }

  // Digits and perhaps a fraction, few enough to be exact in 64 bits. Null for everything else,
  // which is then still to be parsed.
  TVM_FFI_INLINE const char* ParsePlainNumber(const char* p) {
    const bool negative = *p == '-';
    if (negative) ++p;
    uint64_t digits = 0;
    const char* first = p;
    p = TakeDigits(p, &digits);
    const std::ptrdiff_t num_digits = p - first;
    if (num_digits == 0) return nullptr;
    if (p == end_ || !IsNumberByte(static_cast<unsigned char>(*p))) {
      if (num_digits >= kMaxExactDigits) return nullptr;
      values_.Push(Any(negative ? -static_cast<int64_t>(digits) : static_cast<int64_t>(digits)));
      return p;
    }
    if (*p != '.') return nullptr;
    const char* first_decimal = ++p;
    p = TakeDigits(p, &digits);
    const std::ptrdiff_t num_decimals = p - first_decimal;
    if (num_digits + num_decimals > kMaxExactDigits) return nullptr;
    if (p != end_ && IsNumberByte(static_cast<unsigned char>(*p))) return nullptr;
    double value;
    if (!DoubleFromDecimal(digits, -static_cast<int>(num_decimals), &value)) return nullptr;
    values_.Push(Any(negative ? -value : value));
    return p;
  }

  const char* ParseAnyNumber(const char* begin) {
    bool maybe_int = true;
    const char* p = begin;
    for (; p != end_ && IsNumberByte(static_cast<unsigned char>(*p)); ++p) {
      maybe_int = maybe_int && *p != '.' && *p != 'e' && *p != 'E';
    }
    if (p == begin) return Fail("Expecting value", begin);
    int64_t int_value;
    double float_value;
    if (maybe_int && ParseInt(begin, p, &int_value)) {
      values_.Push(Any(int_value));
    } else if (ParseDouble(begin, p, &float_value)) {
      values_.Push(Any(float_value));
    } else {
      return Fail("Expecting value", begin);
    }
    return p;
  }

  // A member's name and the colon after it.
  TVM_FFI_INLINE const char* ParseKey(const char* p) {
    if (!IsAt(p, '"')) return Fail("Expecting property name enclosed in double quotes", p);
    p = ParseString</*is_key=*/true>(p);
    if (p == nullptr) return nullptr;
    p = SkipSpace(p);
    return IsAt(p, ':') ? p + 1 : Fail("Expecting ':' delimiter", p);
  }

  template <bool is_key>
  TVM_FFI_INLINE const char* ParseString(const char* quote) {
    const char* first = quote + 1;
#if TVM_FFI_JSON_LANES_IN_ORDER
    if (end_ - first >= 8) {
      const uint64_t word = lanes::Load(first);
      const uint64_t special = SpecialLanes(word);
      if (special != 0) {
        const int size = __builtin_ctzll(special) / 8;
        if (first[size] == '"') {
          PushSmallString(word, size);
          return first + size + 1;
        }
      }
    }
#endif
    const char* last = FindSpecialByte(first, end_);
    if (IsAt(last, '"')) {  // no escapes: the content stands in the text
      PushString<is_key>(first, static_cast<size_t>(last - first));
      return last + 1;
    }
    pos_ = first;
    if (!DecodeString(quote)) return nullptr;
    PushString<is_key>(buffer_.data(), buffer_.size());
    return pos_;
  }

#if TVM_FFI_JSON_LANES_IN_ORDER
  // The first `size` bytes of a word, at most seven, as a string.
  TVM_FFI_INLINE void PushSmallString(uint64_t word, int size) {
    TVMFFIAny* cell = values_.Push();
    cell->type_index = TypeIndex::kTVMFFISmallStr;
    cell->small_str_len = static_cast<uint32_t>(size);
    cell->v_uint64 = word & ((uint64_t{1} << (8 * size)) - 1);
  }
#endif

  template <bool is_key>
  void PushString(const char* data, size_t size) {
    TVMFFIAny cell;
    is_key ? keys_.Get(data, size, &cell) : nodes_.MakeString(data, size, &cell);
    *values_.Push() = cell;
  }

  // Decodes the string from `pos_` to its closing quote into the buffer.
  bool DecodeString(const char* quote) {
    buffer_.clear();
    for (;;) {
      const char* plain_end = FindSpecialByte(pos_, end_);
      buffer_.append(pos_, plain_end);
      pos_ = plain_end;
      if (pos_ == end_) return Fail("Unterminated string starting at", quote) != nullptr;
      if (*pos_ == '"') break;
      if (*pos_ != '\\') return Fail("Invalid control character at", pos_) != nullptr;
      ++pos_;
      if (!ParseEscape()) return false;
    }
    ++pos_;
    return true;
  }

  // What follows a backslash.
  bool ParseEscape() {
    if (pos_ == end_) return Fail("Invalid \\escape", pos_) != nullptr;
    static constexpr char kLetters[] = "\"\\/bfnrt";
    static constexpr char kMeanings[] = "\"\\/\b\f\n\r\t";
    if (*pos_ == 'u') return ParseUnicodeEscape();
    const char* letter = *pos_ == '\0' ? nullptr : std::strchr(kLetters, *pos_);
    if (letter == nullptr) return Fail("Invalid \\escape", pos_) != nullptr;
    buffer_.push_back(kMeanings[letter - kLetters]);
    ++pos_;
    return true;
  }

  // `uXXXX`, and the second half of a surrogate pair.
  bool ParseUnicodeEscape() {
    const char* first = pos_++;
    uint32_t code_point;
    if (!ParseHex4(&code_point)) return Fail("Invalid \\uXXXX escape", first) != nullptr;
    constexpr const char* kBadPair = "Invalid surrogate pair of \\uXXXX escapes";
    if (code_point >= 0xDC00 && code_point <= 0xDFFF) return Fail(kBadPair, first) != nullptr;
    if (code_point >= 0xD800 && code_point <= 0xDBFF) {
      if (end_ - pos_ < 2 || pos_[0] != '\\' || pos_[1] != 'u')
        return Fail(kBadPair, first) != nullptr;
      const char* second = pos_ += 2;
      uint32_t low;
      if (!ParseHex4(&low)) return Fail("Invalid \\uXXXX escape", second) != nullptr;
      if (low < 0xDC00 || low > 0xDFFF) return Fail(kBadPair, second) != nullptr;
      code_point = 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
    }
    AppendUTF8(code_point, &buffer_);
    return true;
  }

  bool ParseHex4(uint32_t* out) {
    if (end_ - pos_ < 4) return false;
    uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      int digit = HexDigit(pos_[i]);
      if (digit < 0) return false;
      value = value * 16 + static_cast<uint32_t>(digit);
    }
    pos_ += 4;
    *out = value;
    return true;
  }

  static int HexDigit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  }

  // Replaces the values of the innermost container by the container.
  void CloseContainer() {
    const Frame frame = frames_.back();
    TVMFFIAny* cells = values_.At(frame.first_value);
    const size_t num_cells = values_.size() - frame.first_value;
    ObjectPtr<ffi::Object> container =
        frame.is_object ? maps_.Make(cells, num_cells / 2) : nodes_.MakeArray(cells, num_cells);
    values_.Forget(frame.first_value);
    frames_.pop_back();
    // The room for the container is that of its first value or, if it is empty, has to be made.
    TVMFFIAny* cell = values_.Push();
    cell->type_index = frame.is_object ? TypeIndex::kTVMFFIMap : TypeIndex::kTVMFFIArray;
    cell->zero_padding = 0;
    cell->v_uint64 = 0;
    cell->v_obj = detail::ObjectUnsafe::MoveObjectPtrToTVMFFIObjectPtr(std::move(container));
  }

  const char* begin_;
  const char* end_;
  const char* pos_ = nullptr;  // inside the string that is being decoded
  const char* error_ = "";
  const char* error_pos_ = nullptr;
  std::vector<Frame> frames_;
  CellStack values_;
  std::string buffer_;
  detail::NodeArena arena_;
  detail::DocumentNodes nodes_{&arena_};
  KeyCache keys_{nodes_};
  detail::MapBuilder maps_{detail::MapBuilder::Repeated::kKeepsPlace, nodes_};
};

}  // namespace

json::Value Parse(const String& json_str, String* error_msg) {
  Parser parser(json_str);
  Any value;
  if (parser.Parse(&value)) {
    if (error_msg != nullptr) *error_msg = String();
    return value;
  }
  if (error_msg == nullptr) TVM_FFI_THROW(ValueError) << parser.Message();
  *error_msg = String(parser.Message());
  return Any(nullptr);
}

}  // namespace json

TVM_FFI_STATIC_INIT_BLOCK() {
  reflection::GlobalDef().def("ffi.json.Parse",
                              [](const String& text) { return json::Parse(text); });
}

}  // namespace ffi
}  // namespace tvm
