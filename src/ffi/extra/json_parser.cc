// SPDX-License-Identifier: Apache-2.0
//
// json::Parse: one pass over the text, without recursion.
//
// Finished values wait on a stack; a closing bracket turns the values above its opening one into an
// Array or a Map. Invariant: `frames_` holds the open containers, outermost first, and the values
// of the innermost one are `values_[frames_.back().first_value ..]`.
#include <tvm/ffi/extra/json.h>
#include <tvm/ffi/reflection/registry.h>

#include <cerrno>
#include <clocale>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "json_text.h"

namespace tvm {
namespace ffi {
namespace json {

namespace {

// 0x80 in the lane of each byte of `word` that is a quote, a backslash or below 0x20; lanes above
// the first such one may be wrong.
uint64_t SpecialLanes(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
  auto zero_lanes = [](uint64_t w) { return (w - kOnes) & ~w & kHighs; };
  uint64_t control = (word - kOnes * 0x20) & ~word & kHighs;
  return control | zero_lanes(word ^ (kOnes * '"')) | zero_lanes(word ^ (kOnes * '\\'));
}

// The first byte in [p, end) that cannot stand for itself in a JSON string, or `end`.
const char* FindSpecialByte(const char* p, const char* end) {
  while (end - p >= 8) {
    uint64_t word;
    std::memcpy(&word, p, sizeof(word));
    if (SpecialLanes(word) != 0) break;
    p += 8;
  }
  while (p != end && *p != '"' && *p != '\\' && static_cast<unsigned char>(*p) >= 0x20) ++p;
  return p;
}

// What a byte can be inside a number, by the parser's rule: it first takes the longest run of
// these.
bool IsNumberByte(unsigned char c) {
  return (c >= '0' && c <= '9') || c == 'e' || c == 'E' || c == '+' || c == '-' || c == '.';
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Exact powers of ten that a double holds.
constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr int kMaxExactPower = 22;
constexpr uint64_t kMaxExactMantissa = uint64_t{1} << 53;

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

// Decimal digits with an optional fraction and exponent, when mantissa and power of ten are exact
// doubles: then one multiplication or division rounds correctly. Anything else takes the slow way.
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
  if (num_digits == 0 || num_digits > 17) return SlowParseDouble(begin, end, out);
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
  if (p != end || mantissa > kMaxExactMantissa || std::abs(exponent) > kMaxExactPower) {
    return SlowParseDouble(begin, end, out);
  }
  double value = static_cast<double>(mantissa);
  value = exponent < 0 ? value / kPowersOfTen[-exponent] : value * kPowersOfTen[exponent];
  *out = negative ? -value : value;
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

// Members of objects repeat: keeps recently seen keys, so that equal ones share one String.
class KeyCache {
 public:
  String Get(const char* data, size_t size) {
    if (size <= 7 || size > 64) return String(data, size);  // short strings need no memory anyway
    uint64_t hash = size;
    for (size_t i = 0; i < size; ++i) hash = hash * 31 + static_cast<unsigned char>(data[i]);
    String& slot = slots_[hash % kSlots];
    if (slot.size() != size || std::memcmp(slot.data(), data, size) != 0) {
      slot = String(data, size);
    }
    return slot;
  }

 private:
  static constexpr size_t kSlots = 64;
  String slots_[kSlots];
};

class Parser {
 public:
  explicit Parser(const String& text)
      : begin_(text.data()), pos_(text.data()), end_(text.data() + text.size()) {}

  // False on a syntax error, which Message() then describes.
  bool Parse(Any* out) {
    if (!ParseDocument()) return false;
    *out = std::move(values_.back());
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
  struct Frame {
    size_t first_value;
    bool is_object;
  };

  bool Fail(const char* error, const char* pos) {
    error_ = error;
    error_pos_ = pos;
    return false;
  }

  void SkipSpace() {
    while (pos_ != end_ && (*pos_ == ' ' || *pos_ == '\n' || *pos_ == '\t' || *pos_ == '\r')) {
      ++pos_;
    }
  }

  bool At(char c) const { return pos_ != end_ && *pos_ == c; }

  bool ParseDocument() {
    if (!ParseValue()) return false;
    while (!frames_.empty()) {
      if (!ContinueContainer()) return false;
    }
    SkipSpace();
    return pos_ == end_ || Fail("Extra data", pos_);
  }

  // After a value inside a container: a comma and the next value, or the closing bracket.
  bool ContinueContainer() {
    const bool is_object = frames_.back().is_object;
    SkipSpace();
    if (At(',')) {
      ++pos_;
      SkipSpace();
      if (pos_ == end_) return Fail("Syntax error near", pos_);
      return (!is_object || ParseKey()) && ParseValue();
    }
    if (!At(is_object ? '}' : ']')) return Fail("Expecting ',' delimiter", pos_);
    ++pos_;
    CloseContainer();
    return true;
  }

  // A scalar, an empty container, or the opening of a container up to its first value.
  bool ParseValue() {
    for (;;) {
      SkipSpace();
      if (pos_ == end_) return Fail("Expecting value", pos_);
      switch (*pos_) {
        case '"':
          return ParseString(&ParserAppendValue);
        case '{':
        case '[': {
          bool is_object = *pos_ == '{';
          if (frames_.size() == kMaxNesting) {
            return Fail("Nesting is deeper than 10000 levels", pos_);
          }
          ++pos_;
          frames_.push_back({values_.size(), is_object});
          SkipSpace();
          if (At(is_object ? '}' : ']')) {
            ++pos_;
            CloseContainer();
            return true;
          }
          if (is_object && !ParseKey()) return false;
          continue;  // on to the first value
        }
        case 'n':
          return ParseLiteral("null", Any(nullptr));
        case 't':
          return ParseLiteral("true", Any(true));
        case 'f':
          return ParseLiteral("false", Any(false));
        case 'N':
          return ParseLiteral("NaN", Any(std::numeric_limits<double>::quiet_NaN()));
        case 'I':
          return ParseLiteral("Infinity", Any(std::numeric_limits<double>::infinity()));
        case '-':
          if (pos_ + 1 != end_ && pos_[1] == 'I') {
            return ParseLiteral("-Infinity", Any(-std::numeric_limits<double>::infinity()));
          }
          return ParseNumber();
        default:
          return ParseNumber();
      }
    }
  }

  bool ParseLiteral(const char* literal, Any value) {
    size_t size = std::strlen(literal);
    if (static_cast<size_t>(end_ - pos_) < size || std::memcmp(pos_, literal, size) != 0) {
      return Fail("Expecting value", pos_);
    }
    pos_ += size;
    values_.push_back(std::move(value));
    return true;
  }

  bool ParseNumber() {
    const char* begin = pos_;
    bool maybe_int = true;
    const char* p = begin;
    for (; p != end_ && IsNumberByte(static_cast<unsigned char>(*p)); ++p) {
      maybe_int = maybe_int && *p != '.' && *p != 'e' && *p != 'E';
    }
    if (p == begin) return Fail("Expecting value", begin);
    int64_t int_value;
    double float_value;
    if (maybe_int && ParseInt(begin, p, &int_value)) {
      values_.emplace_back(int_value);
    } else if (ParseDouble(begin, p, &float_value)) {
      values_.emplace_back(float_value);
    } else {
      return Fail("Expecting value", begin);
    }
    pos_ = p;
    return true;
  }

  // A member's name and the colon after it.
  bool ParseKey() {
    if (!At('"')) return Fail("Expecting property name enclosed in double quotes", pos_);
    if (!ParseString(&ParserAppendKey)) return false;
    SkipSpace();
    if (!At(':')) return Fail("Expecting ':' delimiter", pos_);
    ++pos_;
    return true;
  }

  static void ParserAppendValue(Parser* self, const char* data, size_t size) {
    self->values_.emplace_back(String(data, size));
  }
  static void ParserAppendKey(Parser* self, const char* data, size_t size) {
    self->values_.emplace_back(self->keys_.Get(data, size));
  }

  // Parses a string and hands its content to `append`.
  bool ParseString(void (*append)(Parser*, const char*, size_t)) {
    const char* quote = pos_++;
    const char* plain_end = FindSpecialByte(pos_, end_);
    if (plain_end != end_ && *plain_end == '"') {  // no escapes: the content stands in the text
      append(this, pos_, static_cast<size_t>(plain_end - pos_));
      pos_ = plain_end + 1;
      return true;
    }
    buffer_.clear();
    for (;;) {
      plain_end = FindSpecialByte(pos_, end_);
      buffer_.append(pos_, plain_end);
      pos_ = plain_end;
      if (pos_ == end_) return Fail("Unterminated string starting at", quote);
      if (*pos_ == '"') break;
      if (*pos_ != '\\') return Fail("Invalid control character at", pos_);
      ++pos_;
      if (!ParseEscape()) return false;
    }
    ++pos_;
    append(this, buffer_.data(), buffer_.size());
    return true;
  }

  // What follows a backslash.
  bool ParseEscape() {
    if (pos_ == end_) return Fail("Invalid \\escape", pos_);
    static constexpr char kLetters[] = "\"\\/bfnrt";
    static constexpr char kMeanings[] = "\"\\/\b\f\n\r\t";
    if (*pos_ == 'u') return ParseUnicodeEscape();
    const char* letter = *pos_ == '\0' ? nullptr : std::strchr(kLetters, *pos_);
    if (letter == nullptr) return Fail("Invalid \\escape", pos_);
    buffer_.push_back(kMeanings[letter - kLetters]);
    ++pos_;
    return true;
  }

  // `uXXXX`, and the second half of a surrogate pair.
  bool ParseUnicodeEscape() {
    const char* first = pos_++;
    uint32_t code_point;
    if (!ParseHex4(&code_point)) return Fail("Invalid \\uXXXX escape", first);
    constexpr const char* kBadPair = "Invalid surrogate pair of \\uXXXX escapes";
    if (code_point >= 0xDC00 && code_point <= 0xDFFF) return Fail(kBadPair, first);
    if (code_point >= 0xD800 && code_point <= 0xDBFF) {
      if (end_ - pos_ < 2 || pos_[0] != '\\' || pos_[1] != 'u') return Fail(kBadPair, first);
      const char* second = pos_ += 2;
      uint32_t low;
      if (!ParseHex4(&low)) return Fail("Invalid \\uXXXX escape", second);
      if (low < 0xDC00 || low > 0xDFFF) return Fail(kBadPair, second);
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
    Frame frame = frames_.back();
    frames_.pop_back();
    auto first = values_.begin() + static_cast<std::ptrdiff_t>(frame.first_value);
    Any container = frame.is_object ? Any(MakeObject(first)) : Any(MakeArray(first));
    values_.erase(first, values_.end());
    values_.push_back(std::move(container));
  }

  Array MakeArray(std::vector<Any>::iterator first) {
    return Array(std::make_move_iterator(first), std::make_move_iterator(values_.end()));
  }

  Object MakeObject(std::vector<Any>::iterator first) {
    members_.clear();
    for (auto it = first; it != values_.end(); it += 2) {
      members_.emplace_back(std::move(it[0]), std::move(it[1]));
    }
    Object object(members_.begin(), members_.end());
    if (object.size() != members_.size()) object = MakeObjectWithDuplicates();
    members_.clear();
    return object;
  }

  // A map moves an entry that is set again to its end; JSON keeps the place and takes the new
  // value.
  Object MakeObjectWithDuplicates() {
    std::vector<std::pair<Any, Any>> unique;
    ffi::Map<Any, int64_t> place_of;
    for (auto& member : members_) {
      auto it = place_of.find(member.first);
      if (it != place_of.end()) {
        unique[static_cast<size_t>((*it).second)].second = std::move(member.second);
        continue;
      }
      place_of.Set(member.first, static_cast<int64_t>(unique.size()));
      unique.push_back(std::move(member));
    }
    return Object(unique.begin(), unique.end());
  }

  const char* begin_;
  const char* pos_;
  const char* end_;
  const char* error_ = "";
  const char* error_pos_ = nullptr;
  std::vector<Frame> frames_;
  std::vector<Any> values_;
  std::vector<std::pair<Any, Any>> members_;
  std::string buffer_;
  KeyCache keys_;
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
