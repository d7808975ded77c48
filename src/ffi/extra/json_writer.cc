// SPDX-License-Identifier: Apache-2.0
//
// json::Stringify: values to text, appended to one buffer.
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/extra/json.h>
#include <tvm/ffi/reflection/registry.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json_text.h"

namespace tvm {
namespace ffi {
namespace json {

namespace {

// For each byte the letter of its two-character escape, 'u' for \u00XX, or 0 for none.
struct EscapeTable {
  char letter[256] = {};

  constexpr EscapeTable() {
    for (int c = 0; c < 0x20; ++c) letter[c] = 'u';
    letter[0x7f] = 'u';
    constexpr char kBytes[] = "\"\\/\b\f\n\r\t";
    constexpr char kLetters[] = "\"\\/bfnrt";
    for (int i = 0; i < 8; ++i) letter[static_cast<unsigned char>(kBytes[i])] = kLetters[i];
  }
};
constexpr EscapeTable kEscapes;

class Writer {
 public:
  explicit Writer(int indent) : indent_(indent) {}

  String Write(const Any& value) {
    WriteValue(value);
    return String(std::move(out_));
  }

 private:
  void WriteValue(const Any& value) {
    switch (value.type_index()) {
      case TypeIndex::kTVMFFINone:
        out_.append("null");
        return;
      case TypeIndex::kTVMFFIBool:
        out_.append(value.cast<bool>() ? "true" : "false");
        return;
      case TypeIndex::kTVMFFIInt:
        WriteInt(value.cast<int64_t>());
        return;
      case TypeIndex::kTVMFFIFloat:
        WriteFloat(value.cast<double>());
        return;
      case TypeIndex::kTVMFFISmallStr:
      case TypeIndex::kTVMFFIStr:
        WriteString(value);
        return;
      case TypeIndex::kTVMFFIArray:
        WriteSequence(value.as<ArrayObj>());
        return;
      case TypeIndex::kTVMFFIList:
        WriteList(value.as<ListObj>());
        return;
      case TypeIndex::kTVMFFIMap:
        WriteObject(value.as<MapObj>());
        return;
      default:
        TVM_FFI_THROW(ValueError) << "Unsupported type: `" << value.GetTypeKey() << "`";
    }
  }

  void WriteInt(int64_t value) {
    char digits[20];
    char* p = digits + sizeof(digits);
    uint64_t rest = value < 0 ? ~static_cast<uint64_t>(value) + 1 : static_cast<uint64_t>(value);
    do {
      *--p = static_cast<char>('0' + rest % 10);
      rest /= 10;
    } while (rest != 0);
    if (value < 0) *--p = '-';
    out_.append(p, digits + sizeof(digits));
  }

  void WriteFloat(double value) {
    constexpr double kExactInt = 9007199254740992.0;  // 2^53
    if (std::isnan(value)) {
      out_.append("NaN");
    } else if (std::isinf(value)) {
      out_.append(value < 0 ? "-Infinity" : "Infinity");
    } else if (std::fabs(value) < kExactInt && value == std::floor(value)) {
      if (std::signbit(value) && value == 0) out_.push_back('-');
      WriteInt(static_cast<int64_t>(value));
      out_.append(".0");
    } else {
      char text[32];
      int size = std::snprintf(text, sizeof(text), "%.17g", value);
      std::replace(text, text + size, ',', '.');  // a locale may have its own decimal point
      out_.append(text, static_cast<size_t>(size));
    }
  }

  void WriteString(const Any& value) {
    const TVMFFIAny* cell = reinterpret_cast<const TVMFFIAny*>(&value);
    TVMFFIByteArray text = cell->type_index == TypeIndex::kTVMFFISmallStr
                               ? TVMFFISmallBytesGetContentByteArray(cell)
                               : *TVMFFIBytesGetByteArrayPtr(cell->v_obj);
    out_.push_back('"');
    const char* run = text.data;
    const char* end = text.data + text.size;
    for (const char* p = run; p != end; ++p) {
      char letter = kEscapes.letter[static_cast<unsigned char>(*p)];
      if (letter == 0) continue;
      out_.append(run, p);
      run = p + 1;
      WriteEscape(letter, static_cast<unsigned char>(*p));
    }
    out_.append(run, end);
    out_.push_back('"');
  }

  void WriteEscape(char letter, unsigned char byte) {
    constexpr char kHex[] = "0123456789abcdef";
    out_.push_back('\\');
    out_.push_back(letter);
    if (letter == 'u') {
      const char digits[] = {'0', '0', kHex[byte >> 4], kHex[byte & 15]};
      out_.append(digits, sizeof(digits));
    }
  }

  // A list can contain itself; the other containers only through a list.
  void WriteList(const ListObj* list) {
    if (std::find(open_lists_.begin(), open_lists_.end(), list) != open_lists_.end()) {
      TVM_FFI_THROW(ValueError) << "Cycle detected: List contains itself";
    }
    open_lists_.push_back(list);
    WriteSequence(list);
    open_lists_.pop_back();
  }

  void WriteSequence(const SeqBaseObj* sequence) {
    Open('[');
    for (size_t i = 0; i < sequence->size(); ++i) {
      if (i != 0) out_.push_back(',');
      NewLine();
      WriteValue(sequence->at(static_cast<int64_t>(i)));
    }
    Close(']');
  }

  void WriteObject(const MapObj* map) {
    Open('{');
    bool first = true;
    for (const auto& [key, value] : *map) {
      if (!first) out_.push_back(',');
      first = false;
      NewLine();
      if (key.type_index() != TypeIndex::kTVMFFISmallStr &&
          key.type_index() != TypeIndex::kTVMFFIStr) {
        TVM_FFI_THROW(ValueError) << "Expect key to be string, got `" << key.GetTypeKey() << "`";
      }
      WriteString(key);
      out_.append(indent_ != 0 ? ": " : ":");
      WriteValue(value);
    }
    Close('}');
  }

  void Open(char bracket) {
    if (depth_ == kMaxNesting) {
      TVM_FFI_THROW(ValueError) << "Nesting is deeper than " << kMaxNesting << " levels";
    }
    out_.push_back(bracket);
    ++depth_;
  }

  void Close(char bracket) {
    --depth_;
    NewLine();
    out_.push_back(bracket);
  }

  // With an indent: a new line and the blanks of the current depth.
  void NewLine() {
    if (indent_ == 0) return;
    out_.push_back('\n');
    if (indent_ > 0) out_.append(static_cast<size_t>(indent_) * depth_, ' ');
  }

  int indent_;
  size_t depth_ = 0;
  std::vector<const ListObj*> open_lists_;
  std::string out_;
};

}  // namespace

String Stringify(const json::Value& value, const Optional<int>& indent) {
  return Writer(indent.has_value() ? *indent : 0).Write(value);
}

}  // namespace json

TVM_FFI_STATIC_INIT_BLOCK() {
  reflection::GlobalDef().def(
      "ffi.json.Stringify",
      [](const Any& value, const Optional<int>& indent) { return json::Stringify(value, indent); });
}

}  // namespace ffi
}  // namespace tvm
