// SPDX-License-Identifier: Apache-2.0
// Base64: bytes survive the way there and back; any text of whole groups decodes to something.
#include <tvm/ffi/extra/base64.h>

#include <string>
#include <string_view>

#include "fuzz_util.h"

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)

std::string_view View(const Bytes& bytes) { return {bytes.data(), bytes.size()}; }

void CheckRoundTrip(std::string_view bytes) {
  const String text = Base64Encode(TVMFFIByteArray{bytes.data(), bytes.size()});
  FUZZ_CHECK(text.size() == (bytes.size() + 2) / 3 * 4);
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const size_t padding = (3 - bytes.size() % 3) % 3;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text.data()[i];
    FUZZ_CHECK(i + padding < text.size() ? kAlphabet.find(c) != kAlphabet.npos : c == '=');
  }
  FUZZ_CHECK(View(Base64Decode(text)) == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  CheckRoundTrip(input);
  try {
    const Bytes decoded = Base64Decode(TVMFFIByteArray{input.data(), input.size()});
    FUZZ_CHECK(size % 4 == 0);
    FUZZ_CHECK(decoded.size() <= size / 4 * 3);
    CheckRoundTrip(View(decoded));
  } catch (const Error& error) {
    FUZZ_CHECK(size % 4 != 0);
    FUZZ_CHECK(error.message().find("invalid base64 encoding") != std::string::npos);
  }
  return 0;
}
