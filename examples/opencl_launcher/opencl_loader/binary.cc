// SPDX-License-Identifier: Apache-2.0
//
// Reading and writing of payloads of kind `opencl_bin`.
#include "binary.h"

#include <tvm/ffi/error.h>

#include <cstdint>
#include <string_view>
#include <utility>

namespace opencl_loader {

namespace ffi = tvm::ffi;
using opencl_launcher::Parameter;
using opencl_launcher::ParameterKind;
using opencl_launcher::Signature;

namespace {

constexpr std::string_view kMagic = "OCLBIN1\n";
constexpr size_t kHeaderBytes = 16;  // magic and checksum

uint64_t Checksum(std::string_view data) {
  uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char byte : data) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

class Writer {
 public:
  void Int(uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) text_ += static_cast<char>(value >> shift);
  }
  void Text(std::string_view value) {
    Int(value.size());
    text_ += value;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Reads what Writer wrote. Every length is checked against what is left before it is used.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}

  uint64_t Int() {
    uint64_t value = 0;
    std::string_view bytes = Take(8);
    for (size_t i = 0; i < 8; ++i) value |= uint64_t{static_cast<unsigned char>(bytes[i])} << 8 * i;
    return value;
  }
  std::string Text() { return std::string(Take(Int())); }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view Take(uint64_t size) {
    if (size > rest_.size()) {
      TVM_FFI_THROW(ValueError) << "Payload of kind `opencl_bin` is malformed: it ends within a "
                                   "field of "
                                << size << " bytes";
    }
    std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
};

void WriteSignature(Writer* writer, const Signature& signature) {
  writer->Text(signature.name);
  writer->Int(signature.parameters.size());
  for (const Parameter& parameter : signature.parameters) {
    writer->Int(static_cast<uint64_t>(parameter.kind));
    writer->Int(parameter.read_only);
    writer->Text(parameter.type);
    writer->Text(parameter.name);
  }
}

Parameter ReadParameter(Reader* reader) {
  Parameter out;
  uint64_t kind = reader->Int();
  out.kind = static_cast<ParameterKind>(kind);
  out.read_only = reader->Int() != 0;
  out.type = reader->Text();
  out.name = reader->Text();
  bool is_number = out.kind == ParameterKind::kScalar;
  if (kind > static_cast<uint64_t>(ParameterKind::kUnsupported) || (is_number && !out.element())) {
    TVM_FFI_THROW(ValueError)
        << "Payload of kind `opencl_bin` is malformed: a parameter is of kind " << kind
        << " and type `" << out.type << "`";
  }
  return out;
}

Signature ReadSignature(Reader* reader) {
  Signature out;
  out.name = reader->Text();
  for (uint64_t left = reader->Int(); left > 0; --left) {
    out.parameters.push_back(ReadParameter(reader));
  }
  return out;
}

}  // namespace

ffi::Bytes WriteBinary(const Binary& binary) {
  Writer body;
  body.Text(binary.device);
  body.Int(binary.signatures.size());
  for (const Signature& signature : binary.signatures) WriteSignature(&body, signature);
  body.Text(binary.program);
  Writer checksum;
  checksum.Int(Checksum(body.text()));
  return ffi::Bytes(std::string(kMagic) + checksum.text() + body.text());
}

Binary ReadBinary(const ffi::Bytes& payload) {
  std::string_view data(payload.data(), payload.size());
  if (data.substr(0, kMagic.size()) != kMagic || data.size() < kHeaderBytes) {
    TVM_FFI_THROW(ValueError)
        << "Payload of kind `opencl_bin` does not start as one; they are made "
           "by the function `__binary__` of a module of kind `opencl`";
  }
  Reader reader(data.substr(kMagic.size()));
  if (reader.Int() != Checksum(data.substr(kHeaderBytes))) {
    TVM_FFI_THROW(ValueError)
        << "Payload of kind `opencl_bin` is damaged or truncated: the checksum "
           "of its "
        << data.size() << " bytes is wrong";
  }
  Binary out;
  out.device = reader.Text();
  for (uint64_t left = reader.Int(); left > 0; --left) {
    out.signatures.push_back(ReadSignature(&reader));
  }
  out.program = reader.Text();
  if (!reader.done()) {
    TVM_FFI_THROW(ValueError)
        << "Payload of kind `opencl_bin` is malformed: it has bytes behind its "
           "end";
  }
  return out;
}

}  // namespace opencl_loader
