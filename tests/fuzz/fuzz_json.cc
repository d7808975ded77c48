// SPDX-License-Identifier: Apache-2.0
// JSON text: parse, stringify and parse again gives the same value; an error says where it is.
#include <tvm/ffi/extra/json.h>
#include <tvm/ffi/extra/structural_equal.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "fuzz_util.h"

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)

/*! \brief Floats of this size are written without a point, as the format has it: they come back as
 * integers. */
bool IsWrittenAsInteger(double value) {
  return std::floor(value) == value && std::fabs(value) >= 9007199254740992.0 &&
         std::fabs(value) < 1e17;
}

/*! \brief Whether a float came back; notes one that became an integer. */
bool SameFloat(double number, const Any& back, bool* float_became_int) {
  if (back.type_index() == TypeIndex::kTVMFFIInt) {
    *float_became_int = true;
    return IsWrittenAsInteger(number) && static_cast<double>(back.cast<int64_t>()) == number;
  }
  if (back.type_index() != TypeIndex::kTVMFFIFloat) return false;
  const double other = back.cast<double>();
  if (std::isnan(number)) return std::isnan(other);
  return std::memcmp(&number, &other, sizeof(number)) == 0;
}

/*! \brief Whether `root_back` is what the text of `root` stands for; no recursion, as they are
 * deep. */
bool SameValue(const Any& root, const Any& root_back, bool* float_became_int) {
  std::vector<std::pair<Any, Any>> open{{root, root_back}};
  while (!open.empty()) {
    const auto [value, back] = std::move(open.back());
    open.pop_back();
    if (value.type_index() == TypeIndex::kTVMFFIFloat) {
      if (!SameFloat(value.cast<double>(), back, float_became_int)) return false;
      continue;
    }
    if (value.type_index() != back.type_index()) return false;
    if (auto array = value.as<json::Array>()) {
      const auto other = back.cast<json::Array>();
      if (array->size() != other.size()) return false;
      for (int64_t i = 0; i < static_cast<int64_t>(other.size()); ++i) {
        open.emplace_back((*array)[i], other[i]);
      }
    } else if (auto object = value.as<json::Object>()) {
      const auto other = back.cast<json::Object>();
      if (object->size() != other.size()) return false;
      auto it = other.begin();
      for (const auto& [key, member] : *object) {  // the order is part of the value
        if (!AnyEqual()(key, (*it).first)) return false;
        open.emplace_back(member, (*it).second);
        ++it;
      }
    } else if (!AnyEqual()(value, back)) {
      return false;
    }
  }
  return true;
}

/*! \brief `<what>: line L column C (char P)`, where L and C follow from P. */
void CheckPosition(const std::string& message, const std::string& text) {
  const size_t at = message.rfind(": line ");
  FUZZ_CHECK(at != std::string::npos && at != 0);
  size_t line, column, position;
  int length = 0;
  FUZZ_CHECK(std::sscanf(message.c_str() + at, ": line %zu column %zu (char %zu)%n", &line, &column,
                         &position, &length) == 3);
  FUZZ_CHECK(at + static_cast<size_t>(length) == message.size());
  FUZZ_CHECK(position <= text.size());
  size_t expected_line = 1, expected_column = 1;
  for (size_t i = 0; i < position; ++i) {
    ++expected_column;
    if (text[i] == '\n') {
      ++expected_line;
      expected_column = 1;
    }
  }
  FUZZ_CHECK(line == expected_line && column == expected_column);
}

void CheckSameErrorIsThrown(const String& text, const String& message) {
  try {
    json::Parse(text);
  } catch (const Error& error) {
    FUZZ_CHECK(error.kind() == "ValueError");
    FUZZ_CHECK(error.message() == std::string(message));
    return;
  }
  FUZZ_CHECK(!"text that gives a message is also thrown for");
}

bool IsStructurallyEqual(const Any& value, const Any& back) {
  try {
    return StructuralEqual()(value, back);
  } catch (const Error& error) {
    // The comparison may run out of stack; the sanitizers' frames are large.
    FUZZ_CHECK(error.kind() == "RecursionError");
    return true;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const String text(reinterpret_cast<const char*>(data), size);
  String message;
  const Any value = json::Parse(text, &message);
  if (!message.empty()) {
    CheckPosition(message, text);
    CheckSameErrorIsThrown(text, message);
    return 0;
  }
  for (const int indent : {0, 2, -1}) {
    const String written = json::Stringify(value, indent);
    bool float_became_int = false;
    const Any back = json::Parse(written);
    FUZZ_CHECK(SameValue(value, back, &float_became_int));
    FUZZ_CHECK(float_became_int || IsStructurallyEqual(value, back));
    FUZZ_CHECK(json::Stringify(back, indent) == written);
  }
  return 0;
}
