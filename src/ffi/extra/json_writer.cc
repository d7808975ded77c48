// SPDX-License-Identifier: Apache-2.0
//
// json::Stringify: values to text, appended to one buffer.
#include <tvm/ffi/container/list.h>
#include <tvm/ffi/extra/json.h>
#include <tvm/ffi/reflection/registry.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "json_number.h"
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

// Text that grows at its end. Room is asked for first, then written without further checks.
class TextBuffer {
 public:
  TextBuffer() = default;
  TextBuffer(const TextBuffer&) = delete;
  TextBuffer& operator=(const TextBuffer&) = delete;
  ~TextBuffer() { std::free(begin_); }

  // The end of the text, with room for `size` more bytes behind it.
  TVM_FFI_INLINE char* Room(size_t size) {
    if (TVM_FFI_PREDICT_FALSE(static_cast<size_t>(limit_ - end_) < size)) Grow(size);
    return end_;
  }
  // Ends the text there, within the room.
  void SetEnd(char* end) { end_ = end; }

  void Append(char c) {
    *Room(1) = c;
    ++end_;
  }
  void Append(const char* text, size_t size) {
    std::memcpy(Room(size), text, size);
    end_ += size;
  }
  void AppendBlanks(size_t count) {
    std::memset(Room(count), ' ', count);
    end_ += count;
  }

  String Take() const { return String(begin_ == nullptr ? "" : begin_, Size()); }

 private:
  size_t Size() const { return static_cast<size_t>(end_ - begin_); }

  TVM_FFI_NO_INLINE void Grow(size_t size) {
    size_t used = Size();
    size_t capacity = std::max<size_t>(2 * static_cast<size_t>(limit_ - begin_), 256) + size;
    void* memory = std::realloc(begin_, capacity);
    if (memory == nullptr) throw std::bad_alloc();
    begin_ = static_cast<char*>(memory);
    end_ = begin_ + used;
    limit_ = begin_ + capacity;
  }

  char* begin_ = nullptr;
  char* end_ = nullptr;
  char* limit_ = nullptr;
};

class Writer {
 public:
  explicit Writer(int indent) : indent_(indent) {}

  String Write(const Any& root) {
    WriteValue(root);
    while (!open_.empty()) WriteNextItem();
    return out_.Take();
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
        out_.Append("null", 4);
        return;
      case TypeIndex::kTVMFFIBool:
        value.cast<bool>() ? out_.Append("true", 4) : out_.Append("false", 5);
        return;
      case TypeIndex::kTVMFFIInt:
        out_.SetEnd(WriteInt(value.cast<int64_t>(), out_.Room(kMaxNumberSize)));
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

  void WriteFloat(double value) {
    constexpr double kExactInt = 9007199254740992.0;  // 2^53
    char* p = out_.Room(kMaxNumberSize);
    if (std::fabs(value) < kExactInt && value == static_cast<double>(static_cast<int64_t>(value))) {
      if (std::signbit(value) && value == 0) *p++ = '-';
      p = WriteInt(static_cast<int64_t>(value), p);
      *p++ = '.';
      *p++ = '0';
      out_.SetEnd(p);
    } else if (std::isfinite(value)) {
      out_.SetEnd(WriteDouble17(value, p));
    } else if (std::isnan(value)) {
      out_.Append("NaN", 3);
    } else {
      value < 0 ? out_.Append("-Infinity", 9) : out_.Append("Infinity", 8);
    }
  }

  void WriteString(const Any& value) {
    const TVMFFIAny* cell = reinterpret_cast<const TVMFFIAny*>(&value);
    TVMFFIByteArray text = cell->type_index == TypeIndex::kTVMFFISmallStr
                               ? TVMFFISmallBytesGetContentByteArray(cell)
                               : *TVMFFIBytesGetByteArrayPtr(cell->v_obj);
    const char* p = text.data;
    const char* end = text.data + text.size;
    // Room for the text as it is and the quotes; what escapes add is asked for where they are.
    char* out = out_.Room(text.size + 2);
    *out++ = '"';  // NOLINT(clang-analyzer-core.NullDereference)
    while (end - p >= 8) {
      const uint64_t word = lanes::Load(p);
      if (HasEscapes(word)) {
        out = WriteBytes(p, 8, out, static_cast<size_t>(end - p) + 1);
      } else {
        std::memcpy(out, &word, sizeof(word));
        out += 8;
      }
      p += 8;
    }
    out = WriteBytes(p, static_cast<size_t>(end - p), out, static_cast<size_t>(end - p) + 1);
    *out++ = '"';
    out_.SetEnd(out);
  }

  static bool HasEscapes(uint64_t word) {
    return (lanes::Below(word, 0x20) | lanes::Equal(word, '"') | lanes::Equal(word, '\\') |
            lanes::Equal(word, '/') | lanes::Equal(word, 0x7f)) != 0;
  }

  // Writes `count` bytes, each with its escape if it has one; there is room for `rest` bytes, and
  // there is again afterwards for `rest - count`.
  char* WriteBytes(const char* p, size_t count, char* out, size_t rest) {
    constexpr size_t kEscapeSize = 6;
    for (size_t i = 0; i < count; ++i, --rest) {
      const unsigned char byte = static_cast<unsigned char>(p[i]);
      const char letter = kEscapes.letter[byte];
      if (letter == 0) {
        *out++ = p[i];
        continue;
      }
      out_.SetEnd(out);
      out = WriteEscape(letter, byte, out_.Room(rest + kEscapeSize));
    }
    return out;
  }

  static char* WriteEscape(char letter, unsigned char byte, char* out) {
    constexpr char kHex[] = "0123456789abcdef";
    *out++ = '\\';
    *out++ = letter;
    if (letter == 'u') {
      const char digits[] = {'0', '0', kHex[byte >> 4], kHex[byte & 15]};
      std::memcpy(out, digits, sizeof(digits));
      out += sizeof(digits);
    }
    return out;
  }

  void WriteKey(const Any& key) {
    if (key.type_index() != TypeIndex::kTVMFFISmallStr &&
        key.type_index() != TypeIndex::kTVMFFIStr) {
      TVM_FFI_THROW(ValueError) << "Expect key to be string, got `" << key.GetTypeKey() << "`";
    }
    WriteString(key);
    out_.Append(": ", indent_ != 0 ? 2 : 1);
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
    out_.Append(bracket);
    open_.push_back(container);
  }

  void Close(char bracket) {
    open_.pop_back();
    NewLine();
    out_.Append(bracket);
  }

  // What stands before an item.
  void Separate(bool is_first) {
    if (!is_first) out_.Append(',');
    NewLine();
  }

  // With an indent: a new line and the blanks of the current depth.
  void NewLine() {
    if (indent_ == 0) return;
    out_.Append('\n');
    if (indent_ > 0) out_.AppendBlanks(static_cast<size_t>(indent_) * open_.size());
  }

  int indent_;
  std::vector<OpenContainer> open_;  // outermost first
  TextBuffer out_;
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
