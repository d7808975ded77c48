// SPDX-License-Identifier: Apache-2.0
// What loaders check of a payload before the dynamic loader or a GPU driver trusts its headers: a
// payload that passes lies whole within its bytes, and what is stored of it covers all its
// segments; any other is a ValueError.
#include <elf.h>
#include <tvm/ffi/string.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "../../examples/cubin_launcher/cubin_loader/image.h"
#include "../../src/loaders/elf_check.h"
#include "../../src/loaders/loadable.h"
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

// Whether one of the ranges covers `num_bytes` bytes at `offset`.
bool Covered(const std::vector<tvm_ffi_loaders::FileRange>& ranges, uint64_t offset,
             uint64_t num_bytes) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const tvm_ffi_loaders::FileRange& range) {
    return range.begin <= offset && offset <= range.end && num_bytes <= range.end - offset;
  });
}

void CheckSharedObjectIsWhole(std::string_view image) {
  const Elf64_Ehdr header = HeaderOf(image);
  FUZZ_CHECK(header.e_type == ET_DYN);
  const std::vector<tvm_ffi_loaders::FileRange> stored = tvm_ffi_loaders::LoadableRanges(image);
  uint64_t end = 0;
  for (const tvm_ffi_loaders::FileRange& range : stored) {
    FUZZ_CHECK(range.begin >= end && range.begin < range.end && range.end <= image.size());
    end = range.end + 1;
  }
  FUZZ_CHECK(Covered(stored, 0, sizeof(header)));
  for (size_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = EntryOf<Elf64_Phdr>(image, header.e_phoff, i);
    FUZZ_CHECK(Covered(stored, header.e_phoff + i * sizeof(segment), sizeof(segment)));
    if (segment.p_type == PT_NULL || segment.p_filesz == 0) continue;
    FUZZ_CHECK(Within(segment.p_offset, segment.p_filesz, image.size()));
    FUZZ_CHECK(Covered(stored, segment.p_offset, segment.p_filesz));
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

void CheckFatbinIsWhole(std::string_view image) {
  FUZZ_CHECK(image.size() >= 16);
  uint16_t header_size;
  uint64_t body_size;
  std::memcpy(&header_size, image.data() + 6, sizeof(header_size));
  std::memcpy(&body_size, image.data() + 8, sizeof(body_size));
  FUZZ_CHECK(Within(header_size, body_size, image.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view image(reinterpret_cast<const char*>(data), size);
  const Bytes bytes(image.data(), image.size());
  if (Accepts([&]() { tvm_ffi_loaders::CheckSharedObject(image); })) {
    CheckSharedObjectIsWhole(image);
    tvm_ffi_loaders::HasDebugSymbols(image);
  }
  if (Accepts([&]() { cubin_loader::CheckCubin(bytes); })) CheckCubinIsWhole(image);
  if (Accepts([&]() { cubin_loader::CheckFatbin(bytes); })) CheckFatbinIsWhole(image);
  if (Accepts([&]() { cubin_loader::CheckPtx(bytes); })) {
    FUZZ_CHECK(image.find(".version") != image.npos);
  }
  return 0;
}
