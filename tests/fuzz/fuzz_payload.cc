// SPDX-License-Identifier: Apache-2.0
// What loaders check of a payload before the dynamic loader or a GPU driver trusts its headers: a
// payload that passes lies whole within its bytes; any other is a ValueError.
#include <elf.h>
#include <tvm/ffi/string.h>

#include <cstring>
#include <string>
#include <string_view>

#include "../../examples/cubin_launcher/cubin_loader/image.h"
#include "../../src/loaders/elf_check.h"
#include "fuzz_util.h"

namespace {

using namespace tvm::ffi;  // NOLINT(build/namespaces)

// Whether a check accepts the payload.
template <typename F>
bool Accepts(F check) {
  try {
    check();
    return true;
  } catch (const Error& error) {
    FUZZ_CHECK(error.kind() == "ValueError");
    return false;
  }
}

bool Within(uint64_t offset, uint64_t num_bytes, size_t size) {
  return offset <= size && num_bytes <= size - offset;
}

Elf64_Ehdr HeaderOf(std::string_view image) {
  Elf64_Ehdr header;
  FUZZ_CHECK(image.size() >= sizeof(header));
  std::memcpy(&header, image.data(), sizeof(header));
  return header;
}

// Table entry `i` of type T at `offset`, which must lie within the image.
template <typename T>
T EntryOf(std::string_view image, uint64_t offset, size_t i) {
  T entry;
  FUZZ_CHECK(Within(offset, (i + 1) * sizeof(entry), image.size()));
  std::memcpy(&entry, image.data() + offset + i * sizeof(entry), sizeof(entry));
  return entry;
}

void CheckSharedObjectIsWhole(std::string_view image) {
  const Elf64_Ehdr header = HeaderOf(image);
  FUZZ_CHECK(header.e_type == ET_DYN);
  for (size_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = EntryOf<Elf64_Phdr>(image, header.e_phoff, i);
    FUZZ_CHECK(segment.p_type == PT_NULL ||
               Within(segment.p_offset, segment.p_filesz, image.size()));
  }
}

void CheckCubinIsWhole(std::string_view image) {
  const Elf64_Ehdr header = HeaderOf(image);
  for (size_t i = 0; i < header.e_shnum; ++i) {
    const auto section = EntryOf<Elf64_Shdr>(image, header.e_shoff, i);
    FUZZ_CHECK(section.sh_type == SHT_NOBITS ||
               Within(section.sh_offset, section.sh_size, image.size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view image(reinterpret_cast<const char*>(data), size);
  const Bytes bytes(image.data(), image.size());
  if (Accepts([&]() { tvm_ffi_loaders::CheckSharedObject(image); })) {
    CheckSharedObjectIsWhole(image);
  }
  if (Accepts([&]() { cubin_loader::CheckCubin(bytes); })) CheckCubinIsWhole(image);
  if (Accepts([&]() { cubin_loader::CheckFatbin(bytes); })) FUZZ_CHECK(size >= 16);
  if (Accepts([&]() { cubin_loader::CheckPtx(bytes); })) {
    FUZZ_CHECK(image.find(".version") != image.npos);
  }
  return 0;
}
