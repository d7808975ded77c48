// SPDX-License-Identifier: Apache-2.0
//
// A cubin is a 64-bit ELF file for machine 190 (EM_CUDA); a fatbin starts with a 16-byte header
// that holds the size of what follows (both from the CUDA binary utilities' output on real images);
// PTX is text with a .version directive (PTX ISA, section "Directives").
#include "image.h"

#include <elf.h>
#include <tvm/ffi/error.h>

#include <cstring>
#include <string_view>

namespace cubin_loader {

namespace ffi = tvm::ffi;

namespace {

constexpr uint16_t kMachineCuda = 190;
constexpr uint32_t kFatbinMagic = 0xBA55ED50;

struct FatbinHeader {
  uint32_t magic;
  uint16_t version;
  uint16_t header_size;
  uint64_t body_size;
};
static_assert(sizeof(FatbinHeader) == 16, "as stored at the start of the image");

// Whether `count` records of `size` bytes fit at `offset` of a file of `total` bytes.
bool TableFits(uint64_t offset, uint64_t count, uint64_t size, uint64_t total) {
  return offset <= total && count * size <= total - offset;
}

[[noreturn]] void ThrowTruncated(const char* kind, size_t size) {
  TVM_FFI_THROW(ValueError) << "Payload of kind `" << kind << "` is truncated: its headers reach "
                            << "beyond its " << size << " bytes";
}

// Checks that what the section headers describe lies within the file.
void CheckSections(const ffi::Bytes& image, const Elf64_Ehdr& header) {
  for (size_t i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    std::memcpy(&section, image.data() + header.e_shoff + i * sizeof(section), sizeof(section));
    if (section.sh_type != SHT_NOBITS &&
        !TableFits(section.sh_offset, 1, section.sh_size, image.size())) {
      ThrowTruncated("cubin", image.size());
    }
  }
}

}  // namespace

void CheckCubin(const ffi::Bytes& image) {
  if (image.size() < SELFMAG || std::memcmp(image.data(), ELFMAG, SELFMAG) != 0) {
    TVM_FFI_THROW(ValueError) << "Payload of kind `cubin` is not a CUDA binary: it does not start "
                                 "with the ELF magic number";
  }
  Elf64_Ehdr header;
  if (image.size() < sizeof(header)) ThrowTruncated("cubin", image.size());
  std::memcpy(&header, image.data(), sizeof(header));
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != kMachineCuda) {
    TVM_FFI_THROW(ValueError) << "Payload of kind `cubin` is an ELF file for machine "
                              << header.e_machine << ", not a 64-bit CUDA binary (machine "
                              << kMachineCuda << ")";
  }
  if (header.e_shentsize != sizeof(Elf64_Shdr) ||
      !TableFits(header.e_shoff, header.e_shnum, sizeof(Elf64_Shdr), image.size()) ||
      !TableFits(header.e_phoff, header.e_phnum, sizeof(Elf64_Phdr), image.size())) {
    ThrowTruncated("cubin", image.size());
  }
  CheckSections(image, header);
}

void CheckFatbin(const ffi::Bytes& image) {
  FatbinHeader header{};
  if (image.size() >= sizeof(header)) std::memcpy(&header, image.data(), sizeof(header));
  if (header.magic != kFatbinMagic) {
    TVM_FFI_THROW(ValueError) << "Payload of kind `fatbin` is not a fat binary: it does not start "
                                 "with the magic number 0xBA55ED50";
  }
  if (!TableFits(header.header_size, 1, header.body_size, image.size())) {
    ThrowTruncated("fatbin", image.size());
  }
}

void CheckPtx(const ffi::Bytes& image) {
  std::string_view text(image.data(), image.size());
  if (text.find('\0') < text.size() - 1) {
    TVM_FFI_THROW(ValueError) << "Payload of kind `ptx` is not text: it has a NUL byte at "
                              << text.find('\0');
  }
  if (text.find(".version") == std::string_view::npos) {
    TVM_FFI_THROW(ValueError) << "Payload of kind `ptx` is not PTX: it has no .version directive";
  }
}

}  // namespace cubin_loader
