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

  String Write(const Any& root) {
    WriteValue(root);
    while (!open_.empty()) WriteNextItem();
    return String(std::move(out_));
  }

 private:
  // A container that is being written: a sequence with the next index, or a map with its iterator.
  struct OpenContainer {
    const SeqBaseObj* sequence;
    const MapObj* map;
    size_t next_index;
    MapBaseObj::iterator next_entry;
  };

  // A scalar, or the opening of a container whose items follow.
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
        Open('[', {value.as<ArrayObj>(), nullptr, 0, {}});
        return;
      case TypeIndex::kTVMFFIList:
        OpenList(value.as<ListObj>());
        return;
      case TypeIndex::kTVMFFIMap:
        Open('{', {nullptr, value.as<MapObj>(), 0, value.as<MapObj>()->begin()});
        return;
      default:
        TVM_FFI_THROW(ValueError) << "Unsupported type: `" << value.GetTypeKey() << "`";
    }
  }

  // The next item of the innermost open container, or its closing bracket.
  void WriteNextItem() {
    OpenContainer& container = open_.back();
    if (container.sequence != nullptr) {
      if (container.next_index == container.sequence->size()) return Close(']');
      Separate(container.next_index == 0);
      WriteValue(container.sequence->at(static_cast<int64_t>(container.next_index++)));
      return;
    }
    if (container.next_entry == container.map->end()) return Close('}');
    Separate(container.next_entry == container.map->begin());
    const auto& [key, value] = *container.next_entry;
    ++container.next_entry;
    WriteKey(key);
    WriteValue(value);
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

  void WriteKey(const Any& key) {
    if (key.type_index() != TypeIndex::kTVMFFISmallStr &&
        key.type_index() != TypeIndex::kTVMFFIStr) {
      TVM_FFI_THROW(ValueError) << "Expect key to be string, got `" << key.GetTypeKey() << "`";
    }
    WriteString(key);
    out_.append(indent_ != 0 ? ": " : ":");
  }

  // A list can contain itself; the other containers only through a list.
  void OpenList(const ListObj* list) {
    for (const OpenContainer& container : open_) {
      if (container.sequence == list) {
        TVM_FFI_THROW(ValueError) << "Cycle detected: List contains itself";
      }
    }
    Open('[', {list, nullptr, 0, {}});
  }

  void Open(char bracket, OpenContainer container) {
    if (open_.size() == kMaxNesting) {
      TVM_FFI_THROW(ValueError) << "Nesting is deeper than " << kMaxNesting << " levels";
    }
    out_.push_back(bracket);
    open_.push_back(container);
  }

  void Close(char bracket) {
    open_.pop_back();
    NewLine();
    out_.push_back(bracket);
  }

  // What stands before an item.
  void Separate(bool is_first) {
    if (!is_first) out_.push_back(',');
    NewLine();
  }

  // With an indent: a new line and the blanks of the current depth.
  void NewLine() {
    if (indent_ == 0) return;
    out_.push_back('\n');
    if (indent_ > 0) out_.append(static_cast<size_t>(indent_) * open_.size(), ' ');
  }

  int indent_;
  std::vector<OpenContainer> open_;  // outermost first
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
