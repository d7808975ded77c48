// SPDX-License-Identifier: Apache-2.0
// Data type text: what is parsed prints as text that parses to the same; any four bytes of a
// DLDataType print or are refused.
#include <tvm/ffi/dtype.h>
#include <tvm/ffi/reflection/registry.h>

#include <cstring>
#include <optional>
#include <string>

#include "fuzz_util.h"

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)

// Custom types are `custom[n0]` to `custom[n9]`.
constexpr int kNumCustomTypes = 10;

TVM_FFI_STATIC_INIT_BLOCK() {
  reflection::GlobalDef()
      .def("dtype.get_custom_type_code",
           [](const String& name) {
             if (name.size() != 2 || name.data()[0] != 'n' || name.data()[1] < '0' ||
                 name.data()[1] > '9') {
               TVM_FFI_THROW(ValueError) << "no custom type of that name";
             }
             return kDLExtCustomBegin + (name.data()[1] - '0');
           })
      .def("dtype.get_custom_type_name", [](int code) {
        if (code >= kDLExtCustomBegin + kNumCustomTypes) {
          TVM_FFI_THROW(ValueError) << "no custom type of that code";
        }
        return "n" + std::to_string(code - kDLExtCustomBegin);
      });
}

std::optional<DLDataType> Parse(const String& text) {
  try {
    return StringToDLDataType(text);
  } catch (const Error& error) {
    FUZZ_CHECK(error.kind() == "ValueError" && !error.message().empty());
    return std::nullopt;
  }
}

std::optional<String> Print(DLDataType dtype) {
  try {
    return DLDataTypeToString(dtype);
  } catch (const Error& error) {
    FUZZ_CHECK(error.kind() == "ValueError" && !error.message().empty());
    return std::nullopt;
  }
}

/*! \brief Whether the text form leaves something of a parsed type out. */
bool LosesInText(DLDataType dtype) {
  // `handle` stands for all handles, a scalable vector of one lane prints as a scalar, and custom
  // types print without their width.
  return dtype.code == kDLOpaqueHandle || dtype.lanes == 0xFFFF ||
         (dtype.code >= kDLExtCustomBegin && dtype.bits != 32);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const String text(reinterpret_cast<const char*>(data), size);
  if (const auto dtype = Parse(text)) {
    const auto printed = Print(*dtype);
    FUZZ_CHECK(printed.has_value());
    const auto back = Parse(*printed);
    FUZZ_CHECK(back.has_value());
    FUZZ_CHECK(LosesInText(*dtype) || *back == *dtype);
    FUZZ_CHECK(Print(*back) == printed);
  }
  DLDataType raw;
  if (size == sizeof(raw)) {
    std::memcpy(&raw, data, sizeof(raw));
    const auto printed = Print(raw);
    // The grammar has no scalable vectors of small floats.
    const bool is_small_float = raw.code >= kDLFloat8_e3m4 && raw.code < kDLExtCustomBegin;
    const bool is_scalable = static_cast<int16_t>(raw.lanes) < -1;
    if (printed.has_value() && !(is_small_float && is_scalable)) {
      FUZZ_CHECK(Parse(*printed).has_value());
    }
  }
  return 0;
}
