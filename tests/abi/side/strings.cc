// SPDX-License-Identifier: Apache-2.0
//
// Strings and bytes of every length and origin: made by one side, read, compared, hashed, joined,
// kept and freed by the other.
#include <tvm/ffi/optional.h>
#include <tvm/ffi/string.h>

#include "map_keys.h"
#include "side.h"
#include "types.h"

namespace ABI_SIDE {
namespace {

using ffi::Bytes;

// Without NUL, as one origin below is a C string; map_keys.h has texts with NUL.
std::string Text(int64_t length) {
  std::string text;
  for (int64_t i = 0; i < length; ++i) text.push_back(static_cast<char>(1 + i * 7 % 251));
  return text;
}

// The same text from each constructor: copied, adopted, through a C string and a C cell.
Any MakeText(int64_t length, int64_t origin) {
  std::string text = Text(length);
  switch (origin) {
    case 0:
      return String(text);
    case 1:
      return String(std::move(text));
    case 2:
      return String(text.data(), text.size());
    case 3:
      return Bytes(text);
    case 4:
      return Bytes(std::move(text));
    case 5:
      return AnyView(text).cast<String>();
    default: {
      TVMFFIByteArray bytes{text.data(), text.size()};
      return String(bytes);
    }
  }
}
constexpr int64_t kNumOrigins = 7;

// What can be seen of a text without knowing where it comes from.
String Facts(const Any& value) {
  std::ostringstream facts;
  facts << value.type_index() << ' ' << ffi::AnyHash()(value) << ' ';
  if (auto bytes = value.as<Bytes>()) {
    ABI_EXPECT(std::string(bytes->data(), bytes->size()) == Text(bytes->size()));
    facts << "bytes " << bytes->size();
    return String(facts.str());
  }
  const String text = value.cast<String>();
  ABI_EXPECT(std::string(text) == Text(text.size()) && text.c_str()[text.size()] == '\0');
  ABI_EXPECT(text == std::string(text) && text.compare(Text(text.size() + 1)) < 0);
  facts << "text " << text.size() << ' ' << text.find("\x0f\x16") << ' '
        << text.Split('\x0f').size() << ' ' << std::hash<String>()(text) << ' ' << text.empty();
  return String(facts.str());
}

String Join(const String& left, const std::string& right) { return left + right; }
bool Same(const Any& left, const Any& right) { return ffi::AnyEqual()(left, right); }
int64_t Compare(const String& left, const String& right) { return left.compare(right); }
int64_t LengthOfChars(const char* text) { return static_cast<int64_t>(std::string(text).size()); }
Optional<String> FirstWord(const Optional<String>& text) {
  if (!text.has_value()) return std::nullopt;
  return (*text).substr(0, (*text).find(" "));
}
// Takes the reference over and gives it back.
Any Pass(Any value) { return value; }

TVM_FFI_STATIC_INIT_BLOCK() {
  refl::GlobalDef()
      .def(ABI_NAME("text_make"), &MakeText)
      .def(ABI_NAME("text_facts"), &Facts)
      .def(ABI_NAME("text_join"), &Join)
      .def(ABI_NAME("text_same"), &Same)
      .def(ABI_NAME("text_compare"), &Compare)
      .def(ABI_NAME("text_length"), &LengthOfChars)
      .def(ABI_NAME("text_first_word"), &FirstWord)
      .def(ABI_NAME("text_pass"), &Pass);
}

}  // namespace

ABI_SUBJECT(strings) {
  for (int64_t length : {0, 1, 6, 7, 8, 9, 15, 16, 31, 100, 5000}) {
    for (int64_t origin = 0; origin < kNumOrigins; ++origin) {
      const Any theirs = peer["text_make"](length, origin), own = MakeText(length, origin);
      const String facts = Facts(theirs);
      out(length, origin, facts);
      ABI_EXPECT(facts == peer["text_facts"](own).cast<String>());
      ABI_EXPECT(Same(theirs, own) && peer["text_same"](own, theirs).cast<bool>());
      ABI_EXPECT(!Same(theirs, MakeText(length + 1, origin)));
    }
  }
}

ABI_SUBJECT(string_operations) {
  for (int64_t left : {0, 3, 7, 20}) {
    for (int64_t right : {0, 4, 5, 40}) {
      const String own = Text(left), theirs = peer["text_make"](right, 1).cast<String>();
      const String joined = peer["text_join"](own, theirs).cast<String>();
      ABI_EXPECT(joined == Join(own, theirs) && joined == own + theirs);
      out(left, right, joined.size(), Any(joined).type_index(),
          peer["text_compare"](own, theirs).cast<int>(), own < theirs, own == theirs);
    }
  }
  out(peer["text_length"]("plain characters").cast<int>(),
      peer["text_first_word"](String("long words here")).cast<Optional<String>>().value(),
      peer["text_first_word"](nullptr).cast<Optional<String>>().has_value());
}

ABI_SUBJECT(string_ownership) {
  Any value = peer["text_make"](50, 1);
  out(value.cast<ObjectRef>().use_count());
  for (int i = 0; i < 3; ++i) {
    const Any kept = peer["text_pass"](value);
    out(kept.same_as(value), value.cast<ObjectRef>().use_count());
    value = peer["text_pass"](std::move(value));
  }
  out(value.cast<ObjectRef>().use_count());
  Array<Any> texts;
  for (int64_t i = 0; i < 100; ++i)
    texts.push_back(i % 2 ? MakeText(i, 1) : peer["text_make"](i, 2));
  texts = peer["text_pass"](texts).cast<Array<Any>>();
  for (int64_t i = 0; i < 100; ++i) ABI_EXPECT(texts[i].cast<String>() == Text(i));
}

}  // namespace ABI_SIDE
